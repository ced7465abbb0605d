/*
 * owned.h - the blocks that a caller owns, in the order of their allocation;
 * and what kr writes before each.
 */
#ifndef GRADER_TESTS_OWNED_H
#define GRADER_TESTS_OWNED_H

#include <stddef.h>
#include <string.h>

struct owned {
    char *at;
    size_t size;
};

/* More than this many are not remembered. */
#define BLOCKS_MAX ((size_t)256)

struct blocks {
    struct owned block[BLOCKS_MAX];
    size_t count;
};

static inline void blocks_add(struct blocks *blocks, struct owned owned)
{
    if (owned.at != NULL && blocks->count < BLOCKS_MAX)
        blocks->block[blocks->count++] = owned;
}

static inline void blocks_remove(struct blocks *blocks, const char *at)
{
    for (size_t i = 0; i < blocks->count; i++) {
        if (blocks->block[i].at != at)
            continue;
        blocks->count--;
        memmove(&blocks->block[i], &blocks->block[i + 1],
                (blocks->count - i) * sizeof(blocks->block[0]));
        return;
    }
}

/* The first of the largest, or of the smallest; all zero if there is none. */
static inline struct owned blocks_largest(const struct blocks *blocks)
{
    struct owned found = {NULL, 0};

    for (size_t i = 0; i < blocks->count; i++) {
        if (found.at == NULL || blocks->block[i].size > found.size)
            found = blocks->block[i];
    }
    return found;
}

static inline struct owned blocks_smallest(const struct blocks *blocks)
{
    struct owned found = {NULL, 0};

    for (size_t i = 0; i < blocks->count; i++) {
        if (found.at == NULL || blocks->block[i].size < found.size)
            found = blocks->block[i];
    }
    return found;
}

/* The kr block behind a payload: see the picture in kr.c. */
struct header {
    size_t size;
    struct header *next;
};

static inline struct header *header_of(char *payload)
{
    return (struct header *)(void *)payload - 1;
}

#endif
