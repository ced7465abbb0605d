/*
 * payload.h - what is written into blocks, so that any damage shows.
 *
 * Every block is filled with a pattern of its own, made from the number of
 * the operation that allocated it and the place in the block: bytes that came
 * from another block, or from another place in this one, are wrong.
 */
#ifndef GRADER_RUNNER_PAYLOAD_H
#define GRADER_RUNNER_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a payload is wrong. */
struct damage {
    size_t at;    /* its first wrong byte */
    size_t count; /* bytes from the first wrong one to the last one */
};

/* Fills size bytes at block with the pattern of operation op. */
void payload_fill(void *block, size_t size, uint64_t op);

/*
 * Returns true if the size bytes at block still are the pattern of operation
 * op. Otherwise fills *damage.
 */
bool payload_whole(const void *block, size_t size, uint64_t op,
                   struct damage *damage);

/*
 * Returns true if the size bytes at block are all zero. Otherwise fills
 * *damage.
 */
bool payload_zero(const void *block, size_t size, struct damage *damage);

#endif
