/*
 * bump.c - the simplest allocator there is: a pointer that only goes up.
 *
 * malloc() hands out the bytes at the pointer and moves it; free() does
 * nothing. No allocator is faster, and none wastes more: what was freed comes
 * back only when the whole heap is cleared. It is here to be read first, and
 * to be compared with.
 *
 *     malloc     O(1)
 *     free       nothing
 *     overhead   16 bytes a block, and every block that was ever freed
 *
 * Knuth, "The Art of Computer Programming", volume 1, 3rd edition, section
 * 2.5, begins with it; section 2.2.2 calls the pointer a stack's.
 */
#include "allocators/malloc.h"

#include "allocators/bits.h"
#include "allocators/source.h"

#include <assert.h>

/*
 * A block: its size, so that realloc() knows how much to copy, then the bytes
 * that the caller owns.
 *
 *     block          payload
 *     |              |<---------- size --------->|
 *     +--------------+---------------------------+--------------+------
 *     | size |       |                           | size |       |
 *     +--------------+---------------------------+--------------+------
 *     0              16                          16 + size
 */
struct block {
    size_t size; /* bytes of payload; a multiple of ALIGNMENT, never 0 */
    size_t unused;
};

static_assert(sizeof(struct block) == ALIGNMENT,
              "payloads are aligned because headers are");

/* Bytes asked of the source at a time, or a larger block's own size. */
#define CHUNK ((size_t)16384)

struct heap {
    struct source *source;
    char *first; /* lowest block */
    char *next;  /* where the next block will be */
    char *end;   /* one past the last byte we may use */
};

static_assert(sizeof(struct heap) % ALIGNMENT == 0,
              "the first block follows the heap");

static struct heap *bump_open(struct source *source,
                              const struct options *options)
{
    struct heap *heap = source_grow(source, sizeof(*heap));

    (void)options;
    if (heap == NULL)
        return NULL;
    heap->source = source;
    heap->first = (char *)(heap + 1);
    heap->next = heap->first;
    heap->end = heap->first;
    return heap;
}

static void bump_close(struct heap *heap)
{
    source_shrink(heap->source, (size_t)(heap->end - (char *)heap));
}

/* Makes sure that size bytes lie between next and end. */
static bool reserve(struct heap *heap, size_t size)
{
    size_t missing = size - (size_t)(heap->end - heap->next);

    if (source_grow(heap->source, round_up(missing, CHUNK)) != NULL) {
        heap->end += round_up(missing, CHUNK);
        return true;
    }
    if (source_grow(heap->source, missing) == NULL)
        return false;
    heap->end += missing;
    return true;
}

static void *bump_malloc(struct heap *heap, size_t size)
{
    size_t total;
    struct block *block;

    if (size > PTRDIFF_MAX - CHUNK)
        return NULL;
    total = sizeof(*block) + round_up(size + (size == 0), ALIGNMENT);
    if (total > (size_t)(heap->end - heap->next) && !reserve(heap, total))
        return NULL;
    block = (struct block *)heap->next;
    block->size = total - sizeof(*block);
    heap->next += total;
    return block + 1;
}

static void bump_free(struct heap *heap, void *ptr)
{
    (void)heap;
    (void)ptr;
}

static size_t bump_usable_size(const struct heap *heap, const void *ptr)
{
    (void)heap;
    return ((const struct block *)ptr - 1)->size;
}

/*
 * Aligning wastes the bytes up to the aligned place: they become a block of
 * their own, which nobody will ever own, so that blocks still tile the heap.
 */
static void *bump_aligned_alloc(struct heap *heap, size_t alignment,
                                size_t size)
{
    size_t gap = 0;
    char *payload;

    if (alignment <= ALIGNMENT)
        return bump_malloc(heap, size);
    if (size > PTRDIFF_MAX - CHUNK ||
        alignment > (PTRDIFF_MAX - CHUNK - size) / 2)
        return NULL;
    payload = heap->next + sizeof(struct block);
    gap = round_up((uintptr_t)payload, alignment) - (uintptr_t)payload;
    if (gap == ALIGNMENT) /* too small for a block: take the next place */
        gap += alignment;
    if (gap > 0) {
        size_t room = gap + 2 * sizeof(struct block) + size + ALIGNMENT;
        if (room > (size_t)(heap->end - heap->next) && !reserve(heap, room))
            return NULL;
        bump_malloc(heap, gap - sizeof(struct block));
    }
    return bump_malloc(heap, size);
}

static void bump_clear(struct heap *heap)
{
    heap->next = heap->first;
}

/* The invariants. Between any two calls on a heap: */
static const struct invariant bump_invariants[] = {
    {"B1", "blocks tile the heap from its first byte up to next"},
    {"B2", "every size is a multiple of 16, and at least 16"},
    {"B3", "next lies between the first block and the end, and is aligned"},
    {NULL, NULL},
};

static bool next_is_sound(const struct heap *heap)
{
    return heap->next >= heap->first && heap->next <= heap->end &&
           (heap->next - heap->first) % (ptrdiff_t)ALIGNMENT == 0;
}

static bool bump_check(const struct heap *heap, struct fault *fault)
{
    const char *at = heap->first;

    if (!next_is_sound(heap)) {
        *fault = (struct fault){"B3", heap->next};
        return false;
    }
    while (at < heap->next) {
        const struct block *block = (const struct block *)at;
        size_t room = (size_t)(heap->next - at) - sizeof(*block);
        if (block->size % ALIGNMENT != 0 || block->size < ALIGNMENT) {
            *fault = (struct fault){"B2", block};
            return false;
        }
        if (block->size > room) {
            *fault = (struct fault){"B1", block};
            return false;
        }
        at += sizeof(*block) + block->size;
    }
    return true;
}

/* A bump heap does not know what was freed: every block counts as live. */
static void bump_walk(const struct heap *heap, visit_fn *visit, void *context)
{
    const char *at = heap->first;

    while (next_is_sound(heap) && at < heap->next) {
        const struct block *block = (const struct block *)at;
        size_t room = (size_t)(heap->next - at) - sizeof(*block);
        struct piece piece = {
            .start = block,
            .size = sizeof(*block) + block->size,
            .payload = block + 1,
            .live = true,
        };
        if (block->size % ALIGNMENT != 0 || block->size > room ||
            !visit(context, &piece))
            return;
        at += piece.size;
    }
}

const struct allocator bump_allocator = {
    .title = "bump pointer, never reuses",
    .traits = TRAIT_NEVER_REUSES,
    .invariants = bump_invariants,
    .open = bump_open,
    .close = bump_close,
    .malloc = bump_malloc,
    .free = bump_free,
    .aligned_alloc = bump_aligned_alloc,
    .usable_size = bump_usable_size,
    .clear = bump_clear,
    .check = bump_check,
    .walk = bump_walk,
};
