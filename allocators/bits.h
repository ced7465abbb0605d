/*
 * bits.h - arithmetic on powers of two.
 */
#ifndef ALLOCATORS_BITS_H
#define ALLOCATORS_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is value a power of two? 0 is not. is_power_of_two(64) -> true */
static inline bool is_power_of_two(size_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/*
 * Rounds value up to a multiple of unit, a power of two. value must be at
 * most SIZE_MAX - unit + 1. round_up(17, 16) -> 32
 */
static inline size_t round_up(size_t value, size_t unit)
{
    return (value + unit - 1) & ~(unit - 1);
}

/* Rounds value down to a multiple of unit, a power of two. */
static inline size_t round_down(size_t value, size_t unit)
{
    return value & ~(unit - 1);
}

/* The largest k with 2^k <= value; value is not 0. log2_floor(5) -> 2 */
static inline unsigned log2_floor(size_t value)
{
    return 63U - (unsigned)__builtin_clzll(value);
}

/* The smallest k with 2^k >= value; value is not 0. log2_ceil(5) -> 3 */
static inline unsigned log2_ceil(size_t value)
{
    return value == 1 ? 0 : log2_floor(value - 1) + 1;
}

#endif
