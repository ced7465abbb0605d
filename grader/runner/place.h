/*
 * place.h - where things lie in the address space of a runner.
 *
 * A cache's hits and misses depend on addresses, so a count is exact only if
 * everything that a replay touches lies at the same place every time. One
 * table a variant, since sanitizers own parts of the address space. The
 * places are hints: if one is taken the replay goes on elsewhere, and only
 * the exactness of the count is lost, which the log tells.
 *
 * All lie below 2^39, which every 64-bit Linux has; valgrind keeps its own
 * things below 64 GiB.
 */
#ifndef GRADER_RUNNER_PLACE_H
#define GRADER_RUNNER_PLACE_H

#include <stddef.h>
#include <stdint.h>

#ifdef VARIANT_ASAN
#define PLACE_BASE ((uintptr_t)0x200000000000) /* above the shadow */
#else
#define PLACE_BASE ((uintptr_t)0x2000000000)
#endif

/* Each place has 16 GiB to itself. */
#define PLACE(n) (PLACE_BASE + ((uintptr_t)(n) << 34))

#define PLACE_SOURCE  PLACE(0) /* the heap under replay */
#define PLACE_JOB     PLACE(1) /* the job, with the operations */
#define PLACE_LOG     PLACE(2) /* the log */
#define PLACE_BLOCKS  PLACE(3) /* what the replay knows of each identifier */
#define PLACE_SIZES   PLACE(4) /* what the floor must be told */
#define PLACE_FLOOR   PLACE(5) /* the floor's own memory */
#define PLACE_STACK   PLACE(6) /* the stack of the replay */
#define PLACE_KNOWN   PLACE(7) /* what a memory checker was told */
#define PLACE_ORDER   PLACE(8) /* what threads wait for */
#define PLACE_SIGNALS PLACE(9) /* stacks for their signals */

/* Bytes of the replay's stack; its lowest page faults. */
#define STACK_SIZE ((size_t)1 << 20)

/* Bytes of stack that an allocator may use without being charged for them. */
#define STACK_ALLOWANCE ((size_t)64 << 10)

/* From one stack to the next: that of the trace's thread number n is the
   (n+1)-th above the replay's. Nothing lies between them. */
#define STACK_STRIDE (2 * STACK_SIZE)

/* Is an address on one of the stacks? */
static inline int place_is_stack(uint64_t address)
{
    uint64_t above = address - PLACE_STACK;

    return above < ((uint64_t)1 << 34) && above % STACK_STRIDE < STACK_SIZE;
}

/* Is it where the next bytes of a stack would be that is used up? */
static inline int place_is_below_stack(uint64_t address)
{
    uint64_t above = address - (PLACE_STACK - STACK_SIZE);

    return above < ((uint64_t)1 << 34) &&
           above % STACK_STRIDE < STACK_SIZE + 4096;
}

#endif
