/*
 * payload.c - patterns in blocks. 8 bytes at a time, for every byte of every
 * block of every trace passes here several times.
 */
#include "grader/runner/payload.h"

#include <string.h>

/* A pattern: its k-th word is start + k * STEP. */
#define STEP ((uint64_t)0xbf58476d1ce4e5b9)

static uint64_t pattern_start(uint64_t op)
{
    return (op + 1) * (uint64_t)0x9e3779b97f4a7c15;
}

void payload_fill(void *block, size_t size, uint64_t op)
{
    char *at = block;
    uint64_t word = pattern_start(op);
    size_t i = 0;

    for (; i + sizeof(word) <= size; i += sizeof(word), word += STEP)
        memcpy(at + i, &word, sizeof(word));
    for (; i < size; i++, word >>= 8)
        at[i] = (char)(unsigned char)word;
}

/*
 * Compares size bytes at block with the words start, start + step, and so on.
 * Returns true if they are the same, else tells where they differ.
 */
static bool compare(const void *block, size_t size, uint64_t start,
                    uint64_t step, struct damage *damage)
{
    const unsigned char *at = block;
    uint64_t word = start;
    uint64_t found;
    size_t last = 0;
    size_t i = 0;

    for (; i + sizeof(word) <= size; i += sizeof(word), word += step) {
        memcpy(&found, at + i, sizeof(found));
        if (found != word)
            break;
    }
    damage->at = size;
    for (; i < size; i++) {
        word = start + step * (i / sizeof(word));
        if (at[i] == (unsigned char)(word >> (8 * (i % sizeof(word)))))
            continue;
        if (damage->at == size)
            damage->at = i;
        last = i;
    }
    damage->count = damage->at < size ? last - damage->at + 1 : 0;
    return damage->count == 0;
}

bool payload_whole(const void *block, size_t size, uint64_t op,
                   struct damage *damage)
{
    return compare(block, size, pattern_start(op), STEP, damage);
}

bool payload_zero(const void *block, size_t size, struct damage *damage)
{
    return compare(block, size, 0, 0, damage);
}
