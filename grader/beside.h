/*
 * beside.h - the memory that an allocator has beside what its source gave it.
 *
 * Nothing stops a program from keeping its notes on a stack, in variables, or
 * in pages that it never asked for. But the kernel knows what it has backed.
 */
#ifndef GRADER_BESIDE_H
#define GRADER_BESIDE_H

#include <stdint.h>
#include <sys/types.h>

/* A process that is looked at from outside. */
struct beside {
    int heap;          /* the memory file of its heap */
    int stack;         /* and of the stack that its allocator runs on */
    int own;           /* tells of its private memory; -1: nobody does */
    uint64_t own_most; /* bytes of that which are not charged */
};

/*
 * Begins to look at process pid, which has loaded its program and not yet run
 * any code of the allocator. To be ended by beside_close().
 */
void beside_open(struct beside *beside, pid_t pid, int heap, int stack);

/*
 * Returns the bytes it has beside the given ones of its heap: of the stack, above an allowance; in pages of the heap's file that were not
 * given; and in any other private memory, above an allowance. Cost: some 50
 * microseconds.
 */
uint64_t beside_now(const struct beside *beside, uint64_t given);

void beside_close(const struct beside *beside);

#endif
