/*
 * locked.c - one lock around any allocator.
 *
 *     each call    one uncontended lock and unlock: about 40 instructions and
 *                  two atomic ones; under contention the callers sleep
 *     memory       struct locked; no bytes in any block
 *
 * The mutex is a plain one. A call of the inner allocator that came back to
 * the layer would wait for itself for ever: inner knows nothing of the layer,
 * so it cannot.
 */
#include "allocators/layers/locked.h"

/* The heap that callers know is the layer's record. */
static struct locked *locked_of(const struct heap *heap)
{
    return (struct locked *)heap;
}

static struct locked *lock(const struct heap *heap)
{
    struct locked *locked = locked_of(heap);

    pthread_mutex_lock(&locked->mutex);
    return locked;
}

/* As lock(), for the calls that are metered. */
static struct locked *enter(struct heap *heap)
{
    struct locked *locked = lock(heap);

    if (locked->enter != NULL)
        locked->enter(locked->context);
    return locked;
}

static void leave(struct locked *locked)
{
    if (locked->leave != NULL)
        locked->leave(locked->context);
    pthread_mutex_unlock(&locked->mutex);
}

static void locked_close(struct heap *heap)
{
    struct locked *locked = locked_of(heap);

    pthread_mutex_destroy(&locked->mutex);
    locked->inner->close(locked->heap);
}

static void *locked_malloc(struct heap *heap, size_t size)
{
    struct locked *locked = enter(heap);
    void *ptr = locked->inner->malloc(locked->heap, size);

    leave(locked);
    return ptr;
}

static void locked_free(struct heap *heap, void *ptr)
{
    struct locked *locked = enter(heap);

    locked->inner->free(locked->heap, ptr);
    leave(locked);
}

static void *locked_calloc(struct heap *heap, size_t count, size_t size)
{
    struct locked *locked = enter(heap);
    void *ptr = locked->inner->calloc(locked->heap, count, size);

    leave(locked);
    return ptr;
}

static void *locked_realloc(struct heap *heap, void *ptr, size_t size)
{
    struct locked *locked = enter(heap);
    void *moved = locked->inner->realloc(locked->heap, ptr, size);

    leave(locked);
    return moved;
}

static void *locked_aligned_alloc(struct heap *heap, size_t alignment,
                                  size_t size)
{
    struct locked *locked = enter(heap);
    void *ptr = locked->inner->aligned_alloc(locked->heap, alignment, size);

    leave(locked);
    return ptr;
}

static size_t locked_usable_size(const struct heap *heap, const void *ptr)
{
    struct locked *locked = lock(heap);
    size_t size = locked->inner->usable_size(locked->heap, ptr);

    pthread_mutex_unlock(&locked->mutex);
    return size;
}

static void locked_clear(struct heap *heap)
{
    struct locked *locked = lock(heap);

    locked->inner->clear(locked->heap);
    pthread_mutex_unlock(&locked->mutex);
}

static size_t locked_trim(struct heap *heap)
{
    struct locked *locked = enter(heap);
    size_t given = locked->inner->trim(locked->heap);

    leave(locked);
    return given;
}

static bool locked_check(const struct heap *heap, struct fault *fault)
{
    struct locked *locked = lock(heap);
    bool sound = locked->inner->check(locked->heap, fault);

    pthread_mutex_unlock(&locked->mutex);
    return sound;
}

static void locked_walk(const struct heap *heap, visit_fn *visit,
                        void *context)
{
    struct locked *locked = lock(heap);

    locked->inner->walk(locked->heap, visit, context);
    pthread_mutex_unlock(&locked->mutex);
}

static void locked_lists(const struct heap *heap, visit_fn *visit,
                         void *context)
{
    struct locked *locked = lock(heap);

    locked->inner->lists(locked->heap, visit, context);
    pthread_mutex_unlock(&locked->mutex);
}

static void locked_stats(const struct heap *heap, struct stats *stats)
{
    struct locked *locked = lock(heap);

    locked->inner->stats(locked->heap, stats);
    pthread_mutex_unlock(&locked->mutex);
}

static void locked_thread_exit(struct heap *heap)
{
    struct locked *locked = lock(heap);

    locked->inner->thread_exit(locked->heap);
    pthread_mutex_unlock(&locked->mutex);
}

/* The lock is held across fork(), so that the child's copy is between calls. */
static void locked_fork_prepare(struct heap *heap)
{
    struct locked *locked = lock(heap);

    if (locked->inner->fork_prepare != NULL)
        locked->inner->fork_prepare(locked->heap);
}

static void locked_fork_parent(struct heap *heap)
{
    struct locked *locked = locked_of(heap);

    if (locked->inner->fork_parent != NULL)
        locked->inner->fork_parent(locked->heap);
    pthread_mutex_unlock(&locked->mutex);
}

/* The child has a new mutex: nobody else is there who could wait for it. */
static void locked_fork_child(struct heap *heap)
{
    struct locked *locked = locked_of(heap);

    if (locked->inner->fork_child != NULL)
        locked->inner->fork_child(locked->heap);
    pthread_mutex_init(&locked->mutex, NULL);
}

struct allocator locked_table(const struct allocator *inner)
{
    return (struct allocator){
        .title = inner->title,
        .traits = inner->traits | TRAIT_THREAD_SAFE,
        .options = inner->options,
        .invariants = inner->invariants,
        .close = locked_close,
        .malloc = locked_malloc,
        .free = locked_free,
        .calloc = inner->calloc != NULL ? locked_calloc : NULL,
        .realloc = inner->realloc != NULL ? locked_realloc : NULL,
        .aligned_alloc = locked_aligned_alloc,
        .usable_size = locked_usable_size,
        .clear = inner->clear != NULL ? locked_clear : NULL,
        .trim = inner->trim != NULL ? locked_trim : NULL,
        .check = inner->check != NULL ? locked_check : NULL,
        .walk = inner->walk != NULL ? locked_walk : NULL,
        .lists = inner->lists != NULL ? locked_lists : NULL,
        .stats = inner->stats != NULL ? locked_stats : NULL,
        .thread_exit = inner->thread_exit != NULL ? locked_thread_exit : NULL,
        .fork_prepare = locked_fork_prepare,
        .fork_parent = locked_fork_parent,
        .fork_child = locked_fork_child,
    };
}

struct heap *locked_wrap(struct locked *locked, const struct allocator *inner,
                         struct heap *heap)
{
    *locked = (struct locked){.inner = inner, .heap = heap};
    pthread_mutex_init(&locked->mutex, NULL);
    return (struct heap *)locked;
}
