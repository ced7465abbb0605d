/*
 * buddy.c - blocks of powers of two, split in halves and merged again.
 *
 * A block of 2^k bytes lies at a multiple of 2^k. So its buddy, the other half
 * of what it was split from, is at its own address with one bit flipped. A
 * request halves the smallest free block that is large enough until it fits. A
 * freed block merges with its buddy if that is free and whole, and so on.
 *
 *     malloc     O(log n)   a step a split; the list to take from by one bit
 *     free       O(log n)   a step a merge
 *     overhead   2 bits for 16 bytes, 1.6 %, and rounding to a power of two
 *
 * No bit of it lies in a block: one of 4096 bytes has a page to itself. So
 * aligning is free of cost. Above 64 KiB a block is a run of pages.
 *
 * Knowlton, "A Fast Storage Allocator", Communications of the ACM 8, 1965.
 * Knuth, "The Art of Computer Programming", volume 1, section 2.5, algorithms
 * R and S. For merging, one bit a pair is enough: "exactly one of the two is
 * allocated". As many bits tell of each block whether it is free; so a double
 * free is seen, and walk() knows which of the two it is.
 */
#include "allocators/malloc.h"

#include "allocators/bits.h"
#include "allocators/general.h"
#include "allocators/source.h"

#include <string.h>

#define UNIT   ALIGNMENT   /* bytes of the smallest block: order 0 */
#define SPAN   (64 * UNIT) /* bytes that one word has bits for: order 6 */
#define ARENA  (64 * SPAN) /* bytes of the largest block */
#define ORDERS 13U         /* the largest block's order, and 1 */

/*
 * A span: 1 KiB of an arena, and two bits for each of its 64 units.
 *
 *     blocks     |      64       | 32    |16 |16 |       64      | ...
 *     begins       1   0   0   0   1   0   1   1   1   0   0   0
 *     free         0   0   0   0   1   0   1   0   0   0   0   0
 *
 * begins are the split bits: a unit is the middle of one block only that could
 * be split, and if it is, its upper half begins there. So a block ends where
 * the next bit is set. Large blocks have no bits, but their bytes in the
 * lowest word of free.
 *
 * A source hands runs out from the top of its range down. So spans are in a
 * table by their distance from the top, which follows struct heap and
 * grows with the break.
 */
struct span {
    uint64_t begins; /* bit i: a block begins at unit i */
    uint64_t free;   /* bit i: and it is free */
};

struct link {          /* what a free block begins with */
    struct link *next; /* the next free block of the order, or the head */
    struct link *prev;
};

struct heap {
    struct source *source;
    char *top;                 /* no run ends above; a multiple of ARENA */
    char *lowest;              /* the lowest run, or top: ends the table */
    uint64_t nonempty;         /* bit k: list k has a block */
    struct link lists[ORDERS]; /* heads of circular lists, one an order */
    struct span spans[];
};

/* The least order whose blocks have size bytes, at most ARENA. */
static unsigned order_for(size_t size)
{
    return log2_floor((size - (size != 0)) | (UNIT - 1)) - 3;
}

static char *buddy_of(const char *block, unsigned order)
{
    return (char *)((uintptr_t)block ^ (UNIT << order));
}

/* In the table, the span whose bits tell of the unit at ptr. */
static struct span *span_of(const struct heap *heap, const void *ptr)
{
    size_t below_top = (size_t)(heap->top - 1 - (const char *)ptr);

    return (struct span *)&heap->spans[below_top / SPAN];
}

static uint64_t bit_of(const void *ptr)
{
    return (uint64_t)1 << ((uintptr_t)ptr / UNIT % 64);
}

/* The bytes of the arena or run that begins at start; 0 if none does. */
static size_t bytes_at(const struct heap *heap, const char *start)
{
    return span_of(heap, start)->begins != 0 ? ARENA
                                             : span_of(heap, start)->free;
}

/* The order of the block at block, in an arena; 6 if it is 6 or more. */
static inline unsigned order_in_span(const struct heap *heap,
                                     const char *block)
{
    unsigned unit = (uintptr_t)block / UNIT % 64;
    uint64_t ends = span_of(heap, block)->begins >> unit >> 1;

    ends |= (uint64_t)1 << 63 >> unit; /* where the span ends */
    return (unsigned)__builtin_ctz((unsigned)__builtin_ctzll(ends) + 1);
}

static unsigned order_of(const struct heap *heap, const char *block)
{
    unsigned order = order_in_span(heap, block);

    while (order >= 6 && order < ORDERS - 1 &&
           ((uintptr_t)block & (UNIT << order)) == 0 &&
           (span_of(heap, block + (UNIT << order))->begins & 1) == 0)
        order++;
    return order;
}

/* Can the block, which is not free, merge with its buddy? */
static bool can_join(const struct heap *heap, const char *block,
                     unsigned order)
{
    const char *buddy = buddy_of(block, order);

    return order < ORDERS - 1 &&
           (span_of(heap, buddy)->free & bit_of(buddy)) != 0 &&
           order_of(heap, buddy) == order;
}

/* Makes a block free, and the first of its list. */
static inline void put(struct heap *heap, char *block, unsigned order)
{
    struct link *link = (struct link *)block;
    struct link *head = &heap->lists[order];

    span_of(heap, block)->free |= bit_of(block);
    link->next = head->next;
    link->prev = head;
    head->next->prev = link;
    head->next = link;
    heap->nonempty |= (uint64_t)1 << order;
}

/* Takes a free block off its list; it is free no longer. */
static inline void take(struct heap *heap, char *block, unsigned order)
{
    struct link *link = (struct link *)block;

    span_of(heap, block)->free &= ~bit_of(block);
    link->prev->next = link->next;
    link->next->prev = link->prev;
    if (link->next == link->prev) /* both are the head */
        heap->nonempty &= ~((uint64_t)1 << order);
}

/* Halves a block that is not free until it has order; frees the upper parts. */
static inline void split(struct heap *heap, char *block, unsigned from,
                         unsigned order)
{
    while (from > order) {
        char *upper = block + (UNIT << --from);
        span_of(heap, upper)->begins |= bit_of(upper);
        put(heap, upper, from);
    }
}

static char *take_run(struct heap *heap, size_t size, size_t alignment)
{
    char *run; /* at a multiple of ARENA or more */
    size_t missing;

    if (size > PTRDIFF_MAX / 4 || alignment > PTRDIFF_MAX / 4)
        return NULL;
    size = round_up(size + (size == 0), source_page_size());
    run = source_take(heap->source, size,
                      alignment > ARENA ? alignment : ARENA);
    if (run == NULL)
        return NULL;
    missing = run < heap->lowest ? (size_t)(heap->lowest - run) : 0;
    if (source_grow(heap->source, missing / SPAN * sizeof(struct span)) ==
        NULL) {
        source_return(heap->source, run, size);
        return NULL;
    }
    heap->lowest -= missing;
    span_of(heap, run)->free = size;
    return run;
}

static void return_run(struct heap *heap, char *start)
{
    source_return(heap->source, start, bytes_at(heap, start));
    memset(span_of(heap, start + ARENA - 1), 0, 64 * sizeof(struct span));
}

static struct heap *buddy_open(struct source *source,
                               const struct options *options)
{
    struct heap *heap = source_grow(source, sizeof(*heap));
    uintptr_t top = (uintptr_t)source_base(source) + source_limit(source);

    (void)options;
    if (heap == NULL)
        return NULL;
    *heap = (struct heap){.source = source};
    heap->top = (char *)round_up(top, ARENA);
    heap->lowest = heap->top;
    for (unsigned k = 0; k < ORDERS; k++)
        heap->lists[k] = (struct link){&heap->lists[k], &heap->lists[k]};
    return heap;
}

static void *buddy_malloc(struct heap *heap, size_t size)
{
    unsigned order, from;
    char *block;

    if (size > ARENA)
        return take_run(heap, size, ARENA);
    order = order_for(size);
    if (heap->nonempty >> order == 0) {
        block = take_run(heap, ARENA, ARENA);
        if (block == NULL)
            return NULL;
        *span_of(heap, block) = (struct span){.begins = 1};
        put(heap, block, ORDERS - 1);
    }
    from = order + (unsigned)__builtin_ctzll(heap->nonempty >> order);
    block = (char *)heap->lists[from].next;
    take(heap, block, from);
    split(heap, block, from, order);
    return block;
}

/* Does a block begin at ptr that is free, or not, as asked? */
static inline bool is_block(const struct heap *heap, const void *ptr,
                            bool free)
{
    const struct span *span = span_of(heap, ptr);

    return (const char *)ptr >= heap->lowest &&
           (const char *)ptr < heap->top && (uintptr_t)ptr % UNIT == 0 &&
           (span->begins & (free ? span->free : ~span->free) & bit_of(ptr)) !=
               0;
}

/* Ends the program unless ptr, no live block in an arena, is a large one. */
static void demand_run(const struct heap *heap, const char *ptr)
{
    if (is_block(heap, ptr, true))
        caller_error("buddy", "double free", "the block is free already");
    if (ptr < heap->lowest || ptr >= heap->top ||
        (uintptr_t)ptr % ARENA != 0 || bytes_at(heap, ptr) == 0)
        caller_error("buddy", "foreign pointer", "malloc never returned it");
}

/* Frees what is not freed below. Not inline, for that needs few registers. */
static __attribute__((noinline)) void free_slowly(struct heap *heap,
                                                  char *block)
{
    unsigned order;

    if (!is_block(heap, block, false)) {
        demand_run(heap, block);
        return_run(heap, block);
        return;
    }
    for (order = order_of(heap, block); can_join(heap, block, order);
         order++) {
        char *buddy = buddy_of(block, order);
        char *upper = block > buddy ? block : buddy;
        take(heap, buddy, order);
        span_of(heap, upper)->begins &= ~bit_of(upper);
        block = block < buddy ? block : buddy;
    }
    put(heap, block, order);
}

/* The most frequent case first: a small block whose buddy is in use. */
static void buddy_free(struct heap *heap, void *ptr)
{
    unsigned order;

    if (ptr == NULL)
        return;
    order = is_block(heap, ptr, false) ? order_in_span(heap, ptr) : ORDERS;
    if (order < 6 &&
        (span_of(heap, ptr)->free & bit_of(buddy_of(ptr, order))) == 0)
        put(heap, ptr, order);
    else
        free_slowly(heap, ptr);
}

static size_t buddy_usable_size(const struct heap *heap, const void *ptr)
{
    return is_block(heap, ptr, false) ? UNIT << order_of(heap, ptr)
                                      : bytes_at(heap, ptr);
}

static void *buddy_realloc(struct heap *heap, void *ptr, size_t size)
{
    size_t have;
    void *moved;

    if (ptr == NULL)
        return buddy_malloc(heap, size);
    if (!is_block(heap, ptr, false))
        demand_run(heap, ptr);
    have = buddy_usable_size(heap, ptr);
    if (size <= have) {
        if (is_block(heap, ptr, false))
            split(heap, ptr, order_for(have), order_for(size));
        return ptr;
    }
    moved = buddy_malloc(heap, size);
    if (moved != NULL) {
        memcpy(moved, ptr, have);
        buddy_free(heap, ptr);
    }
    return moved;
}

static void *buddy_aligned_alloc(struct heap *heap, size_t alignment,
                                 size_t size)
{
    if (alignment > ARENA)
        return take_run(heap, size, alignment);
    return buddy_malloc(heap, size > alignment ? size : alignment);
}

static size_t buddy_trim(struct heap *heap)
{
    size_t given = 0;

    for (; heap->nonempty >> (ORDERS - 1) != 0; given += ARENA) {
        char *arena = (char *)heap->lists[ORDERS - 1].next;
        take(heap, arena, ORDERS - 1);
        return_run(heap, arena);
    }
    return given;
}

static void buddy_close(struct heap *heap)
{
    size_t spans = (size_t)(heap->top - heap->lowest) / SPAN;

    for (char *at = heap->lowest; at < heap->top; at += ARENA) {
        if (bytes_at(heap, at) > 0)
            return_run(heap, at);
    }
    source_shrink(heap->source, sizeof(*heap) + spans * sizeof(struct span));
}

/* The invariants. Between any two calls on a heap: */
static const struct invariant buddy_invariants[] = {
    {"B1", "what the table says is an arena or a run has its pages"},
    {"B2", "blocks of powers of two tile each arena; no other bits are set"},
    {"B3", "no two buddies are both free"},
    {"B4", "the list of an order holds exactly its free blocks, both ways"},
    {"B5", "the bitmap has the orders whose list is not empty"},
    {NULL, NULL},
};

/* Returns false where blocks do not tile it, or when told to. */
static bool visit_blocks(const struct heap *heap, const char *start,
                         visit_fn *visit, void *context)
{
    size_t size = bytes_at(heap, start);
    struct piece piece = {start, size, start, true, NULL};

    if (span_of(heap, start)->begins == 0)
        return size == 0 || visit(context, &piece);
    for (const char *at = start; at < start + ARENA; at += size) {
        bool live = is_block(heap, at, false);
        size = UNIT << order_of(heap, at);
        piece = (struct piece){at, size, at, live, NULL};
        if ((!live && !is_block(heap, at, true)) ||
            (uintptr_t)at % size != 0 || !visit(context, &piece))
            return false;
    }
    return true;
}

static void buddy_walk(const struct heap *heap, visit_fn *visit,
                       void *context)
{
    const char *at = heap->lowest;

    while (at < heap->top && visit_blocks(heap, at, visit, context))
        at += ARENA;
}

/* Ends, for no block has two before it. Returns false if it is broken. */
static bool follow(const struct heap *heap, unsigned order, visit_fn *visit,
                   void *context)
{
    const struct link *head = &heap->lists[order], *before = head;

    for (; before->next != head; before = before->next) {
        const struct link *at = before->next;
        struct piece piece = {at, UNIT << order, at, false, "free blocks"};
        if (!is_block(heap, at, true) ||
            order_of(heap, (const char *)at) != order ||
            !source_holds(heap->source, at, sizeof(*at)) ||
            at->prev != before || !visit(context, &piece))
            return false;
    }
    return head->prev == before;
}

static void buddy_lists(const struct heap *heap, visit_fn *visit,
                        void *context)
{
    for (unsigned k = 0; k < ORDERS && follow(heap, k, visit, context);)
        k++;
}

struct census { /* what check() counts */
    const struct heap *heap;
    size_t blocks;       /* in an arena */
    size_t free[ORDERS]; /* free blocks in all, less those met on lists */
    const char *twin;    /* one whose buddy is free, too, or NULL */
};

static bool count_block(void *context, const struct piece *piece)
{
    struct census *census = context;
    unsigned order = log2_floor(piece->size) - 4;

    census->blocks++;
    if (piece->live)
        return true;
    census->free[order] += piece->list == NULL ? 1 : SIZE_MAX;
    if (can_join(census->heap, piece->start, order))
        census->twin = piece->start;
    return true;
}

static const char *broken_rule(struct census *census, const char *start)
{
    size_t begins = 0;

    if (!source_holds(census->heap->source, start,
                      bytes_at(census->heap, start)))
        return "B1";
    if (span_of(census->heap, start)->begins == 0)
        return NULL;
    for (size_t i = 0; i < ARENA; i += SPAN) {
        const struct span *span = span_of(census->heap, start + i);
        begins += (size_t)__builtin_popcountll(span->begins | span->free);
    }
    census->blocks = 0;
    if (!visit_blocks(census->heap, start, count_block, census) ||
        census->blocks != begins)
        return "B2";
    return census->twin != NULL ? "B3" : NULL;
}

static bool buddy_check(const struct heap *heap, struct fault *fault)
{
    struct census census = {.heap = heap};
    const char *at = heap->lowest;

    for (; at < heap->top; at += ARENA) {
        *fault = (struct fault){broken_rule(&census, at), at};
        if (fault->rule != NULL)
            return false;
    }
    for (unsigned k = 0; k < ORDERS; k++) {
        *fault = (struct fault){"B4", &heap->lists[k]};
        if (!follow(heap, k, count_block, &census) || census.free[k] != 0)
            return false;
        *fault = (struct fault){"B5", &heap->nonempty};
        if ((heap->nonempty >> k & 1) ==
            (heap->lists[k].prev == &heap->lists[k]))
            return false;
    }
    return true;
}

const struct allocator buddy_allocator = {
    .title = "buddies: powers of two, split and merged",
    .traits = TRAIT_GIVES_BACK,
    .invariants = buddy_invariants,
    .open = buddy_open,
    .close = buddy_close,
    .malloc = buddy_malloc,
    .free = buddy_free,
    .realloc = buddy_realloc,
    .aligned_alloc = buddy_aligned_alloc,
    .usable_size = buddy_usable_size,
    .trim = buddy_trim,
    .check = buddy_check,
    .walk = buddy_walk,
    .lists = buddy_lists,
};
