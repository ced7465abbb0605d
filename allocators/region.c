/*
 * region.c - bump pointers in chunks, and a count of each chunk's live blocks.
 *
 * malloc() hands out the bytes at a pointer and moves it up, as bump.c does;
 * when a chunk is used up, the pointer goes on in another. free() only counts
 * down. When the last live block of a chunk goes, the whole chunk is empty,
 * and is used again. So nothing is searched, split or merged, and one block
 * that stays keeps the 64 KiB around it from being used again: regions are
 * for blocks that die together.
 *
 * The latest block is the exception: it ends where the next one will begin, so
 * freeing or resizing it only moves the pointer. What is freed in the opposite
 * order is given back exactly, as on a stack.
 *
 *     malloc, free    O(1)
 *     realloc         in place for the latest block and to shrink; else it moves
 *     clear           O(chunks)
 *     overhead        8 bytes a block, up to 15 of rounding, and every freed
 *                     block of a chunk in which another one lives
 *
 * The 8 bytes are for usable_size() and realloc(). Their lowest bit says that
 * the block was freed, which a count would not tell a double free and walk().
 *
 * Zones that are freed at once are Ross's, "The AED Free Storage Package",
 * Communications of the ACM 10, 1967; chunks Hanson's, "Fast Allocation and
 * Deallocation of Memory Based on Object Lifetimes", Software - Practice and
 * Experience 20, 1990; the latest block is in Vo's Vmlast, "Vmalloc: A General
 * and Efficient Memory Allocator", the same journal 26, 1996.
 */
#include "allocators/malloc.h"

#include "allocators/bits.h"
#include "allocators/general.h"
#include "allocators/source.h"

#include <string.h>

/* Bytes of a chunk, and what its address is a multiple of. */
#define CHUNK ((size_t)65536)

/* More than this, in size or alignment, gets a chunk of its own. */
#define LARGE (CHUNK / 4)

/* More than this is refused, so that no sum overflows. */
#define LARGEST ((size_t)PTRDIFF_MAX / 4)

/*
 * A chunk, and its blocks.
 *
 *     start                            heap->next            start + size
 *     |                                |                              |
 *     +---+------+---------+------+----+---+--------------------------+
 *     | 8 | size | payload | size | ...    |  room, if current    | 8 |
 *     +---+------+---------+------+--------+----------------------+---+
 *         ^      ^
 *         block  what malloc() returned
 *
 * A source hands page runs out from the top of its range down. So a table of
 * the chunks by their distance from the top is short. It follows struct heap,
 * and grows with the break.
 */
struct chunk {
    char *start;        /* NULL: none begins at this distance */
    size_t size;        /* bytes: CHUNK, or pages for one large block */
    size_t count;       /* live blocks in it */
    struct chunk *next; /* if it is empty: the next on that list, or NULL */
};

struct block {
    size_t size; /* bytes, header included, a multiple of ALIGNMENT; plus
                    FREED if nobody owns it */
};

#define FREED ((size_t)1)

struct heap {
    char *next;            /* where the next block begins: in current */
    char *end;             /* one past the last byte for blocks there */
    struct chunk *current; /* NULL, as are next and end, if there is none */
    struct chunk *empty;   /* the first of those to be used again */
    struct source *source;
    char *top;          /* no chunk ends above; a multiple of CHUNK */
    size_t chunk_count; /* places in the table: */
    struct chunk chunks[];
};

static struct block *block_of(const void *payload)
{
    return (struct block *)payload - 1;
}

static size_t room_of(const struct heap *heap)
{
    return (size_t)(heap->end - heap->next);
}

/* How many times CHUNK bytes ptr lies below the top. */
static size_t distance(const struct heap *heap, const void *ptr)
{
    return (size_t)(heap->top - 1 - (const char *)ptr) / CHUNK;
}

/* Where the lowest block of a chunk begins, and where the highest ends. */
static char *low_of(const struct chunk *chunk)
{
    return chunk->start + ALIGNMENT - sizeof(struct block);
}

static char *high_of(const struct chunk *chunk)
{
    return chunk->start + chunk->size - sizeof(struct block);
}

/* Does nobody own a block in chunk, and is it to be used again? */
static bool is_empty(const struct heap *heap, const struct chunk *chunk)
{
    return chunk->count == 0 && chunk != heap->current;
}

/* The bytes of a block for size bytes of payload, at most LARGEST. */
static size_t block_size(size_t size)
{
    return round_up(sizeof(struct block) + size, ALIGNMENT);
}

/* Makes size bytes at start a block that nobody will own: blocks tile chunks
   without gaps. size 0 does nothing. */
static void waste(void *start, size_t size)
{
    if (size > 0)
        *(struct block *)start = (struct block){size | FREED};
}

/* Takes a new chunk; of alignments above CHUNK the lowest block may begin at
   start + CHUNK. Returns NULL if the source refuses. */
static struct chunk *add_chunk(struct heap *heap, size_t size,
                               size_t alignment)
{
    size_t below = alignment > CHUNK ? alignment - CHUNK : 0;
    char *run = source_take(heap->source, below + size, below + CHUNK);
    size_t i;

    if (run == NULL)
        return NULL;
    if (below > 0)
        source_return(heap->source, run, below);
    run += below;
    i = distance(heap, run);
    for (; i >= heap->chunk_count; heap->chunk_count++) {
        if (source_grow(heap->source, sizeof(struct chunk)) == NULL) {
            source_return(heap->source, run, size);
            return NULL;
        }
    }
    heap->chunks[i] = (struct chunk){.start = run, .size = size};
    return &heap->chunks[i];
}

static void return_chunk(struct heap *heap, struct chunk *chunk)
{
    source_return(heap->source, chunk->start, chunk->size);
    chunk->start = NULL;
}

/* Goes on in an empty chunk or a new one; false if the source refuses. */
static bool next_chunk(struct heap *heap)
{
    struct chunk *chunk = heap->empty;

    if (chunk != NULL)
        heap->empty = chunk->next;
    else
        chunk = add_chunk(heap, CHUNK, 0);
    if (chunk == NULL)
        return false;
    waste(heap->next, room_of(heap));
    heap->current = chunk;
    heap->next = low_of(chunk);
    heap->end = high_of(chunk);
    return true;
}

/* What becomes of a chunk when nobody owns a block in it any longer. */
static void empty_chunk(struct heap *heap, struct chunk *chunk)
{
    if (chunk == heap->current) {
        heap->next = low_of(chunk);
    } else if (chunk->size == CHUNK) {
        chunk->next = heap->empty;
        heap->empty = chunk;
    } else {
        return_chunk(heap, chunk);
    }
}

/* Returns a block that has a chunk of its own, to the end of which it
   reaches. Its header lies in the chunk's first CHUNK bytes. */
static void *large_alloc(struct heap *heap, size_t alignment, size_t size)
{
    size_t offset = alignment < CHUNK ? alignment : CHUNK;
    struct chunk *chunk;
    struct block *block;

    if (size > LARGEST || alignment > LARGEST)
        return NULL;
    size = round_up(offset + block_size(size), source_page_size());
    chunk = add_chunk(heap, size, alignment);
    if (chunk == NULL)
        return NULL;
    chunk->count = 1;
    block = block_of(chunk->start + offset);
    block->size = (size_t)(high_of(chunk) - (char *)block);
    waste(low_of(chunk), offset - ALIGNMENT);
    return block + 1;
}

static struct heap *region_open(struct source *source,
                                const struct options *options)
{
    struct heap *heap = source_grow(source, sizeof(*heap));
    uintptr_t top = (uintptr_t)source_base(source) + source_limit(source);

    (void)options;
    if (heap == NULL)
        return NULL;
    *heap = (struct heap){.source = source};
    heap->top = (char *)round_up(top, CHUNK);
    return heap;
}

static void *region_malloc(struct heap *heap, size_t size)
{
    size_t need = block_size(size);
    struct block *block;

    if (size > LARGE)
        return large_alloc(heap, ALIGNMENT, size);
    if (need > room_of(heap) && !next_chunk(heap))
        return NULL;
    block = (struct block *)heap->next;
    block->size = need;
    heap->next += need;
    heap->current->count++;
    return block + 1;
}

/* Returns the chunk of a live block of this heap; ends the program if ptr is
   seen to be none. */
static struct chunk *chunk_of(struct heap *heap, const void *ptr)
{
    const struct block *block = block_of(ptr);
    size_t i = distance(heap, block);

    if ((uintptr_t)ptr % ALIGNMENT != 0 || i >= heap->chunk_count ||
        heap->chunks[i].start == NULL)
        caller_error("region", "foreign pointer", "malloc never returned it");
    if ((block->size & FREED) != 0)
        caller_error("region", "double free", "the block is free already");
    return &heap->chunks[i];
}

static void region_free(struct heap *heap, void *ptr)
{
    struct block *block;
    struct chunk *chunk;

    if (ptr == NULL)
        return;
    block = block_of(ptr);
    chunk = chunk_of(heap, ptr);
    if ((char *)block + block->size == heap->next)
        heap->next = (char *)block;
    block->size |= FREED;
    if (--chunk->count == 0)
        empty_chunk(heap, chunk);
}

static void *region_realloc(struct heap *heap, void *ptr, size_t size)
{
    size_t need = block_size(size);
    struct block *block;
    void *moved;

    if (ptr == NULL || size > LARGEST)
        return ptr == NULL ? region_malloc(heap, size) : NULL;
    block = block_of(ptr);
    chunk_of(heap, ptr);
    if ((char *)block + block->size == heap->next &&
        need <= (size_t)(heap->end - (char *)block)) {
        block->size = need;
        heap->next = (char *)block + need;
    }
    if (need <= block->size)
        return ptr;
    moved = region_malloc(heap, size);
    if (moved != NULL) {
        memcpy(moved, ptr, block->size - sizeof(*block));
        region_free(heap, ptr);
    }
    return moved;
}

/* What lies below the aligned place is wasted. */
static void *region_aligned_alloc(struct heap *heap, size_t alignment,
                                  size_t size)
{
    uintptr_t payload;
    size_t gap;

    if (alignment <= ALIGNMENT)
        return region_malloc(heap, size);
    if (alignment > LARGE || size > LARGE)
        return large_alloc(heap, alignment, size);
    if (alignment + block_size(size) > room_of(heap) && !next_chunk(heap))
        return NULL;
    payload = (uintptr_t)heap->next + sizeof(struct block);
    gap = round_up(payload, alignment) - payload;
    waste(heap->next, gap);
    heap->next += gap;
    return region_malloc(heap, size);
}

static size_t region_usable_size(const struct heap *heap, const void *ptr)
{
    (void)heap;
    return block_of(ptr)->size - sizeof(struct block);
}

/* Keeps all chunks but those of large blocks. */
static void region_clear(struct heap *heap)
{
    heap->empty = NULL;
    for (size_t i = heap->chunk_count; i-- > 0;) {
        struct chunk *chunk = &heap->chunks[i];
        chunk->count = 0;
        if (chunk->start != NULL)
            empty_chunk(heap, chunk);
    }
}

static size_t region_trim(struct heap *heap)
{
    size_t given = 0;

    for (; heap->empty != NULL; heap->empty = heap->empty->next) {
        given += heap->empty->size;
        return_chunk(heap, heap->empty);
    }
    return given;
}

static void region_close(struct heap *heap)
{
    size_t table = heap->chunk_count * sizeof(struct chunk);

    heap->current = NULL;
    region_clear(heap);
    region_trim(heap);
    source_shrink(heap->source, sizeof(*heap) + table);
}

/* The invariants. Between any two calls on a heap: */
static const struct invariant region_invariants[] = {
    {"R1", "each chunk lies where its place in the table says, in pages"},
    {"R2", "the room, next to end, is the upper part of the current chunk"},
    {"R3", "every size is a multiple of 16, and at least 16"},
    {"R4", "blocks tile each chunk in use, the current one up to next"},
    {"R5", "the count of a chunk is how many of its blocks are not freed"},
    {"R6", "the empty list holds exactly the empty chunks"},
    {NULL, NULL},
};

/* Is chunk, which may be anything, in the table, and can it be read? */
static bool is_sound(const struct heap *heap, const struct chunk *chunk)
{
    size_t offset = (uintptr_t)chunk - (uintptr_t)heap->chunks;
    size_t i = offset / sizeof(*chunk);

    return i < heap->chunk_count && offset % sizeof(*chunk) == 0 &&
           chunk->start == heap->top - (i + 1) * CHUNK && chunk->size > 0 &&
           chunk->size % source_page_size() == 0 &&
           source_holds(heap->source, chunk->start, chunk->size);
}

/* Do next and end lie in the current chunk, if there is one? */
static bool is_room_sound(const struct heap *heap)
{
    const struct chunk *chunk = heap->current;

    return chunk == NULL ||
           (is_sound(heap, chunk) && heap->end == high_of(chunk) &&
            heap->next >= low_of(chunk) && heap->next <= heap->end &&
            room_of(heap) % ALIGNMENT == 0);
}

/* Shows the bytes from start, a header or room for one, to end, if any. */
static bool show(const char *start, const char *end, bool live,
                 visit_fn *visit, void *context)
{
    const char *payload = start + sizeof(struct block);
    struct piece piece = {start, (size_t)(end - start), payload, live, NULL};

    return start == end || visit(context, &piece);
}

/* Visits the blocks of a sound chunk, and the room above them. Returns false
   at the first that is broken, having said so in *fault, or when told to. */
static bool visit_blocks(const struct heap *heap, const struct chunk *chunk,
                         visit_fn *visit, void *context, struct fault *fault)
{
    const char *at = low_of(chunk);
    const char *end = chunk == heap->current ? heap->next : high_of(chunk);

    if (is_empty(heap, chunk))
        end = at;
    while (at < end) {
        const struct block *block = (const struct block *)at;
        size_t size = block->size & ~FREED;
        *fault = (struct fault){"R3", block};
        if (size % ALIGNMENT != 0 || size == 0)
            return false;
        fault->rule = "R4";
        if (size > (size_t)(end - at) ||
            !show(at, at + size, size == block->size, visit, context))
            return false;
        at += size;
    }
    return show(end, high_of(chunk), false, visit, context);
}

static void region_walk(const struct heap *heap, visit_fn *visit,
                        void *context)
{
    struct fault fault;
    bool more = is_room_sound(heap);

    for (size_t i = heap->chunk_count; more && i-- > 0;) {
        const struct chunk *chunk = &heap->chunks[i];
        if (chunk->start != NULL)
            more = is_sound(heap, chunk) &&
                   visit_blocks(heap, chunk, visit, context, &fault);
    }
}

/* A visit_fn. */
static bool count_live(void *context, const struct piece *piece)
{
    *(size_t *)context += piece->live;
    return true;
}

/* Walks the table, and follows the list as often as there is an empty chunk. */
static bool region_check(const struct heap *heap, struct fault *fault)
{
    const struct chunk *listed = heap->empty;
    size_t empty = 0;

    *fault = (struct fault){"R2", heap->next};
    if (!is_room_sound(heap))
        return false;
    for (size_t i = heap->chunk_count; i-- > 0;) {
        const struct chunk *chunk = &heap->chunks[i];
        size_t count = 0;
        if (chunk->start == NULL)
            continue;
        *fault = (struct fault){"R1", chunk};
        if (!is_sound(heap, chunk) ||
            !visit_blocks(heap, chunk, count_live, &count, fault))
            return false;
        *fault = (struct fault){"R5", chunk};
        if (count != chunk->count)
            return false;
        empty += is_empty(heap, chunk);
    }
    for (; empty > 0 && is_sound(heap, listed); empty--) {
        if (!is_empty(heap, listed) || listed->size != CHUNK)
            break;
        listed = listed->next;
    }
    *fault = (struct fault){"R6", listed};
    return empty == 0 && listed == NULL;
}

const struct allocator region_allocator = {
    .title = "bump pointers in counted chunks",
    .traits = TRAIT_GIVES_BACK | TRAIT_REUSES_TOGETHER,
    .invariants = region_invariants,
    .open = region_open,
    .close = region_close,
    .malloc = region_malloc,
    .free = region_free,
    .realloc = region_realloc,
    .aligned_alloc = region_aligned_alloc,
    .usable_size = region_usable_size,
    .clear = region_clear,
    .trim = region_trim,
    .check = region_check,
    .walk = region_walk,
};
