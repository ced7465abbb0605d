/*
 * general.h - calls on heaps for everybody outside an allocator.
 *
 * Each takes the allocator's own function if its table has one, and the
 * general form otherwise, so that a policy need write only what it does
 * better. All keep the promises of malloc.h.
 */
#ifndef ALLOCATORS_GENERAL_H
#define ALLOCATORS_GENERAL_H

#include "allocators/malloc.h"

/* calloc; in general: malloc, and clear count * size bytes. */
void *heap_calloc(const struct allocator *allocator, struct heap *heap,
                  size_t count, size_t size);

/* realloc; in general: malloc, copy what fits, and free. */
void *heap_realloc(const struct allocator *allocator, struct heap *heap,
                   void *ptr, size_t size);

/* Returns the bytes given back; in general nothing, 0. */
size_t heap_trim(const struct allocator *allocator, struct heap *heap);

/* In general there is nothing to check: true. */
bool heap_check(const struct allocator *allocator, const struct heap *heap,
                struct fault *fault);

/* In general counted by walk; all zero if there is none. */
void heap_stats(const struct allocator *allocator, const struct heap *heap,
                struct stats *stats);

/*
 * Returns the sentence of the invariant that is labelled rule, or NULL if the
 * allocator lists none of that label.
 */
const char *invariant_sentence(const struct allocator *allocator,
                               const char *rule);

/*
 * Ends the program for a mistake of the caller: writes the one line
 * "ALLOCATOR: RULE: MESSAGE\n" to standard error by write(2), and aborts. For
 * use inside allocators.
 *
 *     caller_error("kr", "double free", "the block is already free");
 */
_Noreturn void caller_error(const char *allocator, const char *rule,
                            const char *message);

#endif
