/*
 * general.c - the general forms of what an allocator may leave out.
 */
#include "allocators/general.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *heap_calloc(const struct allocator *allocator, struct heap *heap,
                  size_t count, size_t size)
{
    size_t total;
    void *ptr;

    if (allocator->calloc != NULL)
        return allocator->calloc(heap, count, size);
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    ptr = allocator->malloc(heap, total);
    if (ptr != NULL)
        memset(ptr, 0, total);
    return ptr;
}

void *heap_realloc(const struct allocator *allocator, struct heap *heap,
                   void *ptr, size_t size)
{
    size_t kept;
    void *moved;

    if (allocator->realloc != NULL)
        return allocator->realloc(heap, ptr, size);
    moved = allocator->malloc(heap, size);
    if (moved == NULL || ptr == NULL)
        return moved;
    kept = allocator->usable_size(heap, ptr);
    memcpy(moved, ptr, kept < size ? kept : size);
    allocator->free(heap, ptr);
    return moved;
}

size_t heap_trim(const struct allocator *allocator, struct heap *heap)
{
    return allocator->trim != NULL ? allocator->trim(heap) : 0;
}

bool heap_check(const struct allocator *allocator, const struct heap *heap,
                struct fault *fault)
{
    return allocator->check == NULL || allocator->check(heap, fault);
}

/* A visit_fn: adds one piece to a struct stats. */
static bool count_piece(void *context, const struct piece *piece)
{
    struct stats *stats = context;

    if (piece->live) {
        stats->live_blocks++;
        stats->live_bytes += piece->size;
        return true;
    }
    stats->free_blocks++;
    stats->free_bytes += piece->size;
    if (piece->size > stats->largest_free)
        stats->largest_free = piece->size;
    return true;
}

void heap_stats(const struct allocator *allocator, const struct heap *heap,
                struct stats *stats)
{
    *stats = (struct stats){0};
    if (allocator->stats != NULL)
        allocator->stats(heap, stats);
    else if (allocator->walk != NULL)
        allocator->walk(heap, count_piece, stats);
}

const char *invariant_sentence(const struct allocator *allocator,
                               const char *rule)
{
    const struct invariant *i = allocator->invariants;

    if (i == NULL || rule == NULL)
        return NULL;
    for (; i->label != NULL; i++) {
        if (strcmp(i->label, rule) == 0)
            return i->sentence;
    }
    return NULL;
}

/* Appends text to line, which holds at most size bytes; returns the length. */
static size_t append(char *line, size_t length, size_t size, const char *text)
{
    while (*text != '\0' && length < size)
        line[length++] = *text++;
    return length;
}

_Noreturn void caller_error(const char *allocator, const char *rule,
                            const char *message)
{
    char line[256];
    size_t length = 0;
    const size_t size = sizeof(line) - 1; /* room for the newline */

    length = append(line, length, size, allocator);
    length = append(line, length, size, ": ");
    length = append(line, length, size, rule);
    length = append(line, length, size, ": ");
    length = append(line, length, size, message);
    line[length++] = '\n';
    if (write(STDERR_FILENO, line, length) < 0)
        abort(); /* nobody to tell, and nothing else to do */
    abort();
}
