/*
 * programs.h - the sizes and lifetimes of real programs, as measured on the
 * traces in traces/recorded/.
 */
#ifndef TRACES_PROGRAMS_H
#define TRACES_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>

/*
 * A distribution is kept as PROGRAM_PARTS numbers, each the median of one of
 * as many equally frequent parts of what was measured, smallest first. The
 * last part, the rare largest ones, is split in PROGRAM_TAIL parts again.
 */
#define PROGRAM_PARTS ((size_t)64)
#define PROGRAM_TAIL  ((size_t)16)

/* How many numbers stand for a distribution. */
#define PROGRAM_POINTS (PROGRAM_PARTS - 1 + PROGRAM_TAIL)

/* A lifetime that lasts to the end of the trace. */
#define PROGRAM_FOREVER UINT32_MAX

struct program {
    const char *name;               /* traces/recorded/NAME.trace */
    uint32_t sizes[PROGRAM_POINTS]; /* bytes that malloc, calloc,
                                       aligned_alloc and realloc asked for */
    uint32_t lives[PROGRAM_POINTS]; /* how many of these calls came from the
                                       one that made a block, itself included,
                                       to its free; or PROGRAM_FOREVER */
};

/* The programs that were measured, and how many. */
extern const struct program programs[];
extern const size_t program_count;

#endif
