/*
 * kr.c - an address-ordered free list with coalescing, after Kernighan and
 * Ritchie, "The C Programming Language", 2nd edition, section 8.7.
 *
 * The heap is one run of blocks with no gaps. Free blocks are also threaded
 * on a list in address order, so that a freed block finds both of its
 * neighbours on the way to its place. The list is circular and begins at a
 * head of size 0, which no request fits: searches need no special case.
 *
 *     malloc     O(free blocks)    a free block that is large enough, split
 *     free       O(free blocks)    insert in address order, merge
 *     realloc    O(free blocks)    in place if the block above is free
 *     overhead   16 bytes a block, and up to 15 of rounding
 *
 * Three ways to choose among the blocks that fit, by the option "search":
 *     first   the lowest one
 *     next    the first one after the last place that was used (the book's
 *             own; Knuth calls the place a rover)
 *     best    the smallest one, the lowest of equals
 *
 * Knuth, "The Art of Computer Programming", volume 1, section 2.5.
 */
#include "allocators/malloc.h"

#include "allocators/bits.h"
#include "allocators/general.h"
#include "allocators/source.h"

#include <assert.h>
#include <string.h>

/*
 * A block: a header, then the bytes the caller owns.
 *
 *              |<----------------- size ------------------>|
 *              +----------+----------+---------------------+----------
 *     used     |   size   |   USED   |  payload ...        |  size ...
 *              +----------+----------+---------------------+----------
 *     free     |   size   |   next   |  (nothing)          |  size ...
 *              +----------+----------+---------------------+----------
 *     offset   0          8          16                    size
 *              ^                     ^                     ^
 *              block                 what malloc()         the block
 *                                    returned              above
 */
struct block {
    size_t size;        /* bytes, header included; a multiple of ALIGNMENT */
    struct block *next; /* the free block above, or the head; or USED */
};

static_assert(sizeof(struct block) % ALIGNMENT == 0, "aligns payloads");

/* What next is in a block that the caller owns: no block's address. */
#define USED ((struct block *)1)

/* The smallest block: a header, and bytes that nobody else has. */
#define MIN_SIZE (sizeof(struct block) + ALIGNMENT)

/* Bytes asked of the source at a time, or a larger block's own size. */
#define CHUNK ((size_t)16384)

struct heap {
    struct block head;   /* of the free list; its size is 0 */
    struct block *rover; /* where next fit begins: the head or a free block */
    struct block *first; /* lowest block */
    char *end;           /* one past the highest block */
    struct source *source;

    /* Returns the free block (or the head) before one that has size bytes,
       or NULL if there is none. */
    struct block *(*find)(struct heap *heap, size_t size);
};

static struct block *block_of(void *payload)
{
    return (struct block *)payload - 1;
}

static void *payload_of(struct block *block)
{
    return block + 1;
}

static struct block *block_at(struct block *block, size_t offset)
{
    return (struct block *)((char *)block + offset);
}

static struct block *block_above(struct block *block)
{
    return block_at(block, block->size);
}

static bool is_free(const struct block *block)
{
    return block->next != USED;
}

/* The bytes of a block for size bytes of payload; 0 if there can be none. */
static size_t block_size(size_t size)
{
    /* Step 1, carve: yours to write. */
    (void)size;
    return 0;
}

/* Follows the list once round from start, the head or a free block; returns
   the block before the first one that has size bytes, or NULL. */
static struct block *search_from(struct block *start, size_t size)
{
    /* Step 1, carve: yours to write. */
    (void)start;
    (void)size;
    return NULL;
}

static struct block *first_fit(struct heap *heap, size_t size)
{
    return search_from(&heap->head, size);
}

static struct block *next_fit(struct heap *heap, size_t size)
{
    /* Step 7, next-fit: yours to write. */
    (void)heap;
    (void)size;
    return NULL;
}

static struct block *best_fit(struct heap *heap, size_t size)
{
    /* Step 8, best-fit: yours to write. */
    (void)heap;
    (void)size;
    return NULL;
}

/* Returns the highest free block below block, or the head. */
static struct block *free_below(struct heap *heap, const struct block *block)
{
    /* Step 4, coalesce: yours to write. */
    (void)heap;
    (void)block;
    return &heap->head;
}

/* Makes low and high one block, if they touch and neither is the head. */
static void merge(struct heap *heap, struct block *low, struct block *high)
{
    /* Step 4, coalesce: yours to write. */
    (void)heap;
    (void)low;
    (void)high;
}

/* Puts block on the list in its place, and merges it with what it touches. */
static void insert(struct heap *heap, struct block *block)
{
    struct block *before = free_below(heap, block);

    block->next = before->next;
    before->next = block;
    merge(heap, block, block->next);
    merge(heap, before, block);
}

/* Cuts a free block in two, unless what is above size bytes is too small. */
static void split(struct block *block, size_t size)
{
    /* Step 3, split: yours to write. */
    (void)block;
    (void)size;
}

/* Takes the free block after before off the list, to be used for size bytes. */
static struct block *take(struct heap *heap, struct block *before,
                          size_t size)
{
    /* Step 1, carve: yours to write. */
    (void)heap;
    (void)before;
    (void)size;
    return NULL;
}

/* Cuts a used block down to size bytes, and frees the rest if it can be. */
static void shrink(struct heap *heap, struct block *block, size_t size)
{
    /* Step 5, realloc: yours to write. */
    (void)heap;
    (void)block;
    (void)size;
}

/* Puts a chunk more on the list; size bytes, if the source refuses that. */
static bool grow(struct heap *heap, size_t size)
{
    struct block *block = (struct block *)heap->end;
    size_t chunk = round_up(size, CHUNK);

    assert(size >= MIN_SIZE);
    assert(size % ALIGNMENT == 0);
    if (source_grow(heap->source, chunk) == NULL) {
        chunk = size;
        if (source_grow(heap->source, chunk) == NULL)
            return false;
    }
    heap->end += chunk;
    block->size = chunk;
    insert(heap, block);
    return true;
}

enum { SEARCH }; /* the place of each option in the list */

static const struct tunable kr_options[] = {
    [SEARCH] = {.name = "search",
                .choices = "first|next|best",
                .meaning = "which free block that fits is taken"},
    {.name = NULL},
};

static struct heap *kr_open(struct source *source,
                            const struct options *options)
{
    static struct block *(*const searches[])(struct heap *, size_t) = {
        first_fit, next_fit, best_fit};
    size_t room = round_up(sizeof(struct heap), ALIGNMENT);
    struct heap *heap = source_grow(source, room);

    if (heap == NULL)
        return NULL;
    heap->head.size = 0;
    heap->head.next = &heap->head;
    heap->rover = &heap->head;
    heap->first = (struct block *)((char *)heap + room);
    heap->end = (char *)heap->first;
    heap->source = source;
    heap->find = searches[options->value[SEARCH]];
    return heap;
}

static void kr_close(struct heap *heap)
{
    source_shrink(heap->source, (size_t)(heap->end - (char *)heap));
}

static void *kr_malloc(struct heap *heap, size_t size)
{
    /* Step 1, carve: yours to write. */
    (void)heap;
    (void)size;
    return NULL;
}

/* Ends the program unless ptr looks like a live block of this heap. */
static void demand_live(const struct heap *heap, void *ptr)
{
    const char *at = ptr;

    if (at <= (const char *)heap->first || at >= heap->end ||
        (uintptr_t)at % ALIGNMENT != 0)
        caller_error("kr", "foreign pointer", "malloc never returned it");
    if (is_free(block_of(ptr)))
        caller_error("kr", "double free", "the block is free already");
}

static void kr_free(struct heap *heap, void *ptr)
{
    /* Step 2, reuse: yours to write. */
    (void)heap;
    (void)ptr;
}

/* Lets a used block take in the free one above it, if there is one and both
   together have size bytes. Returns whether it did. */
static bool grow_in_place(struct heap *heap, struct block *block, size_t size)
{
    /* Step 5, realloc: yours to write. */
    (void)heap;
    (void)block;
    (void)size;
    return false;
}

static void *kr_realloc(struct heap *heap, void *ptr, size_t size)
{
    /* Step 5, realloc: yours to write. */
    (void)heap;
    (void)ptr;
    (void)size;
    return NULL;
}

/* Takes a block with room to spare, and frees what lies on both sides. */
static void *kr_aligned_alloc(struct heap *heap, size_t alignment,
                              size_t size)
{
    size_t need = block_size(size);
    struct block *block, *aligned;
    char *payload;

    if (alignment <= ALIGNMENT || need == 0)
        return kr_malloc(heap, size);
    if (alignment > PTRDIFF_MAX - CHUNK - need)
        return NULL;
    payload = kr_malloc(heap, MIN_SIZE + alignment + need);
    if (payload == NULL)
        return NULL;
    block = block_of(payload);
    payload += MIN_SIZE;
    payload += round_up((uintptr_t)payload, alignment) - (uintptr_t)payload;
    aligned = block_of(payload);
    aligned->size = (size_t)((char *)block_above(block) - (char *)aligned);
    aligned->next = USED;
    block->size -= aligned->size;
    insert(heap, block);
    shrink(heap, aligned, need);
    return payload;
}

static size_t kr_usable_size(const struct heap *heap, const void *ptr)
{
    (void)heap;
    return ((const struct block *)ptr)[-1].size - sizeof(struct block);
}

/* Only what lies at the very end of the heap can go. */
static size_t kr_trim(struct heap *heap)
{
    struct block *last = free_below(heap, (struct block *)heap->end);
    size_t size = last->size;

    if (last == &heap->head || (char *)block_above(last) != heap->end)
        return 0;
    free_below(heap, last)->next = &heap->head;
    heap->rover = &heap->head;
    heap->end -= size;
    source_shrink(heap->source, size);
    return size;
}

/* The invariants. Between any two calls on a heap: */
static const struct invariant kr_invariants[] = {
    {"F1", "blocks tile the heap: each begins where the last one ends"},
    {"F2", "every size is a multiple of 16, and at least 32"},
    {"F3", "the free list holds exactly the blocks not marked USED"},
    {"F4", "the free list is in address order, from head round to head"},
    {"F5", "no two free blocks touch"},
    {"F6", "the rover is the head or a free block"},
    {NULL, NULL},
};

/* Returns the rule that block breaks, or NULL. expect is the free block that
   the list says comes next. F2 and F1 come first: they make a walk end. */
static const char *broken_rule(const struct heap *heap,
                               const struct block *block,
                               const struct block *expect, bool after_free)
{
    /* Step 6, checker: yours to write. */
    (void)heap;
    (void)block;
    (void)expect;
    (void)after_free;
    return NULL;
}

/* Walks memory and the list side by side; the list is never followed. */
static bool kr_check(const struct heap *heap, struct fault *fault)
{
    /* Step 6, checker: yours to write. */
    (void)heap;
    (void)fault;
    return false;
}

static bool show(const struct block *block, visit_fn *visit, void *context)
{
    struct piece piece = {.start = block,
                          .size = block->size,
                          .payload = block + 1,
                          .live = !is_free(block),
                          .list = is_free(block) ? "free list" : NULL};

    return visit(context, &piece);
}

static void kr_walk(const struct heap *heap, visit_fn *visit, void *context)
{
    const char *at = (const char *)heap->first;
    size_t size;

    for (; at < heap->end; at += size) {
        size = ((const struct block *)at)->size;
        if (size % ALIGNMENT != 0 || size < MIN_SIZE ||
            size > (size_t)(heap->end - at) ||
            !show((const struct block *)at, visit, context))
            return;
    }
}

static void kr_lists(const struct heap *heap, visit_fn *visit, void *context)
{
    size_t most = (size_t)(heap->end - (const char *)heap->first) / MIN_SIZE;
    const struct block *block = heap->head.next;

    for (size_t i = 0; i < most && block != &heap->head; i++) {
        if (block < heap->first || (const char *)block >= heap->end ||
            (uintptr_t)block % ALIGNMENT != 0 || !show(block, visit, context))
            return;
        block = block->next;
    }
}

const struct allocator kr_allocator = {
    .title = "K&R, address-ordered free list",
    .traits = TRAIT_GIVES_BACK,
    .options = kr_options,
    .invariants = kr_invariants,
    .open = kr_open,
    .close = kr_close,
    .malloc = kr_malloc,
    .free = kr_free,
    .realloc = kr_realloc,
    .aligned_alloc = kr_aligned_alloc,
    .usable_size = kr_usable_size,
    .trim = kr_trim,
    .check = kr_check,
    .walk = kr_walk,
    .lists = kr_lists,
};
