/*
 * floor.h - the least that an allocator could do: a free list for each size
 * class, last in first out, and a pointer that goes up. It keeps no headers,
 * is told the size of what it frees, and checks nothing.
 *
 * It is what throughput is measured against: its time is the unit of measured
 * time, and where it puts blocks is where the empty replay writes.
 */
#ifndef GRADER_RUNNER_FLOOR_H
#define GRADER_RUNNER_FLOOR_H

#include <stddef.h>
#include <stdint.h>

/* Four classes for each doubling, up to 2^41 bytes. */
#define FLOOR_CLASSES ((size_t)160)

struct floor {
    void *free[FLOOR_CLASSES]; /* first free block, or NULL */
    char *next;                /* where the next new block will be */
    char *end;                 /* one past the last byte there is */
};

/* Sets up an empty floor over size bytes at memory. Writes nothing there. */
void floor_init(struct floor *floor, void *memory, size_t size);

/* Returns a block of at least size bytes; NULL when the memory is used up. */
void *floor_malloc(struct floor *floor, size_t size);

/* Frees the block of size bytes at ptr. NULL does nothing. */
void floor_free(struct floor *floor, void *ptr, size_t size);

#endif
