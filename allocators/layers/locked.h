/*
 * locked.h - one lock around any allocator, so that threads can share a heap
 * of a policy that knows nothing of threads.
 *
 * A layer stands between a heap and its callers and is a heap itself: it has
 * a table of functions like any allocator, and can be wrapped in turn.
 *
 *     caller  -->  locked table  -->  mutex  -->  kr's table  -->  kr's heap
 *
 * Each call holds the mutex from beginning to end, so that calls run one after
 * the other. What the wrapped allocator leaves NULL stays NULL: the general
 * forms (general.h) are made of calls that each hold the lock, which is enough,
 * for between them only the block of the caller itself is touched.
 */
#ifndef ALLOCATORS_LAYERS_LOCKED_H
#define ALLOCATORS_LAYERS_LOCKED_H

#include "allocators/malloc.h"

#include <pthread.h>

/*
 * What a locked heap is made of. Whoever wraps provides the memory, and keeps
 * it until the heap is closed; all but the hooks is the layer's own.
 */
struct locked {
    const struct allocator *inner; /* whose heap it is */
    struct heap *heap;             /* of inner */
    pthread_mutex_t mutex;         /* held during each call on heap */

    /* Called with the mutex held, before and after malloc, free, calloc,
       realloc, aligned_alloc and trim: for who meters the heap. NULL: not. */
    void (*enter)(void *context);
    void (*leave)(void *context);
    void *context; /* for both */
};

/*
 * Returns the table for locked heaps of inner: its title, options and
 * invariants, its traits and TRAIT_THREAD_SAFE, and a function for each that
 * inner has. open is NULL: open a heap of inner's, and wrap it.
 */
struct allocator locked_table(const struct allocator *inner);

/*
 * Makes a locked heap of heap, which inner opened, in the memory at locked,
 * without hooks. Returns it: for the functions of locked_table(inner) only.
 * From then on nobody may call inner on heap. Closing it closes heap as well,
 * when no other thread uses it any more.
 */
struct heap *locked_wrap(struct locked *locked, const struct allocator *inner,
                         struct heap *heap);

#endif
