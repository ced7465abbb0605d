/*
 * contract.h - a heap and its shadow: what the caller knows of every block.
 *
 * Each call goes to the heap and to the shadow, and what malloc.h promises of
 * that call is compared. Every usable byte of a block is filled with a pattern
 * of the block's own, so that whatever writes where it should not is seen when
 * the block is looked at again.
 */
#ifndef ALLOCATORS_TESTS_CONTRACT_H
#define ALLOCATORS_TESTS_CONTRACT_H

#include "allocators/bits.h"
#include "allocators/general.h"
#include "allocators/malloc.h"
#include "allocators/registry.h"
#include "allocators/source.h"
#include "allocators/tests/help.h"
#include "allocators/tests/layered.h"

#define SHADOW_BLOCKS ((size_t)16384)

/* More blocks than this are not compared with each other for overlaps: the
   patterns see those too, only later. */
#define SHADOW_COMPARED ((size_t)600)

struct shadow_block {
    unsigned char *ptr;
    size_t size;       /* bytes asked for */
    size_t usable;     /* bytes that the heap said may be used */
    unsigned char tag; /* what its pattern starts with */
};

struct shadow {
    const char *name; /* of the entry: for messages */
    const struct allocator *allocator;
    struct options options;
    struct source *source;
    struct heap *heap;
    uint64_t random; /* the state of the workload's sequence */
    uint64_t time;   /* nanoseconds, a fixed step an operation */
    uint64_t path;   /* a digest of every offset that was returned */
    size_t made;     /* blocks so far */
    size_t count;    /* live blocks, which are the first of: */
    struct shadow_block live[SHADOW_BLOCKS];
};

/* --- opening and closing --------------------------------------------------- */

/* Tests are run with numbers from 0: two for each entry, one a kind. */
static inline enum source_kind shadow_kind(int test)
{
    bool aliasing = (contract_entry((size_t)test / 2)->allocator->traits &
                     TRAIT_NEEDS_ALIASING) != 0;
    return test % 2 == 1 || aliasing ? SOURCE_MEMFD : SOURCE_PAGES;
}

static inline uint64_t shadow_clock(void *context)
{
    const struct shadow *s = context;
    return s->time;
}

/* Opens a heap on the shadow's source; s->heap is NULL if that fails. */
static inline void shadow_open_heap(struct shadow *s, uint64_t seed)
{
    s->options.seed = seed;
    s->random = seed;
    s->time = 0;
    s->path = 0;
    s->made = 0;
    s->count = 0;
    s->heap = s->allocator->open(s->source, &s->options);
}

/* Returns a shadow with a source of limit bytes, and no heap yet. */
static inline struct shadow *shadow_new(int test, size_t limit)
{
    struct shadow *s = calloc(1, sizeof *s);
    const struct entry *entry = contract_entry((size_t)test / 2);
    struct registry_error error;
    ck_assert_ptr_nonnull(s);
    s->name = entry->name;
    /* A layer has the options of what it wraps. */
    ck_assert_ptr_nonnull(
        registry_find(strchr(s->name, '+') != NULL ? entry->symbol : s->name,
                      &s->options, &error));
    s->options.clock = shadow_clock;
    s->options.clock_context = s;
    s->allocator = entry->allocator;
    s->source = source_open(
        &(struct source_config){.kind = shadow_kind(test), .limit = limit});
    ck_assert_ptr_nonnull(s->source);
    return s;
}

/* Returns a shadow with a heap, to be ended by shadow_close(). */
static inline struct shadow *shadow_open(int test)
{
    struct shadow *s = shadow_new(test, (size_t)1 << 30);
    shadow_open_heap(s, 1);
    ck_assert_ptr_nonnull(s->heap);
    return s;
}

/* Closes the heap; its source must have everything back. */
static inline void shadow_close_heap(struct shadow *s)
{
    s->allocator->close(s->heap);
    s->heap = NULL;
    ck_assert_msg(source_committed(s->source) == 0,
                  "%s: close() left %zu bytes committed", s->name,
                  source_committed(s->source));
    ck_assert_uint_eq(kernel_bytes(s->source), 0);
}

static inline void shadow_delete(struct shadow *s)
{
    source_close(s->source);
    free(s);
}

static inline void shadow_close(struct shadow *s)
{
    shadow_close_heap(s);
    shadow_delete(s);
}

static inline bool never_reuses(const struct shadow *s)
{
    return (s->allocator->traits & TRAIT_NEVER_REUSES) != 0;
}

static inline bool reuses_together(const struct shadow *s)
{
    return (s->allocator->traits & TRAIT_REUSES_TOGETHER) != 0;
}

/* --- patterns -------------------------------------------------------------- */

static inline void fill(const struct shadow_block *block)
{
    for (size_t i = 0; i < block->usable; i++)
        block->ptr[i] = (unsigned char)(block->tag + i);
}

/* Fails unless the first size bytes of the block's pattern are at ptr. */
static inline void expect_pattern(const struct shadow *s,
                                  const struct shadow_block *block,
                                  const unsigned char *ptr, size_t size)
{
    size_t i = 0;
    while (i < size && ptr[i] == (unsigned char)(block->tag + i))
        i++;
    expect(i == size, "%s: byte %zu of a block of %zu changed", s->name, i,
           block->size);
}

static inline void expect_zero(const struct shadow *s,
                               const unsigned char *ptr, size_t size)
{
    size_t i = 0;
    while (i < size && ptr[i] == 0)
        i++;
    expect(i == size, "%s: byte %zu of %zu from calloc is not zero", s->name,
           i, size);
}

/* --- looking at the whole heap --------------------------------------------- */

/* Fails, naming the rule, if an invariant of the heap is broken. */
static inline void expect_sound(const struct shadow *s)
{
    struct fault fault = {.rule = "none", .at = NULL};
    if (!heap_check(s->allocator, s->heap, &fault))
        ck_abort_msg("%s: rule %s broken at %p", s->name, fault.rule,
                     fault.at);
}

/* Fails if a byte of a live block is not as the caller left it. */
static inline void expect_contents(const struct shadow *s)
{
    for (size_t i = 0; i < s->count; i++)
        expect_pattern(s, &s->live[i], s->live[i].ptr, s->live[i].usable);
}

/* --- calls: each returns the block, or NULL --------------------------------- */

static inline bool apart(const struct shadow_block *a,
                         const struct shadow_block *b)
{
    return a->ptr + a->usable <= b->ptr || b->ptr + b->usable <= a->ptr;
}

static inline void expect_good_block(const struct shadow *s,
                                     const struct shadow_block *block,
                                     size_t alignment)
{
    uintptr_t at = (uintptr_t)block->ptr;
    uintptr_t base = (uintptr_t)source_base(s->source);

    expect(at % alignment == 0, "%s: %zu bytes at %p, not at %zu", s->name,
           block->size, (void *)block->ptr, alignment);
    expect(block->usable >= block->size, "%s: %zu usable of %zu asked",
           s->name, block->usable, block->size);
    expect(at >= base && at - base < source_limit(s->source) &&
               block->usable <= source_limit(s->source) - (at - base),
           "%s: %zu bytes at %p, outside the source", s->name, block->usable,
           (void *)block->ptr);
    for (size_t i = 0; i < s->count && i < SHADOW_COMPARED; i++)
        expect(apart(block, &s->live[i]) && block->ptr != s->live[i].ptr,
               "%s: %zu bytes at %p overlap %zu at %p", s->name, block->size,
               (void *)block->ptr, s->live[i].size, (void *)s->live[i].ptr);
}

/* Takes note of a new block and fills it. */
static inline unsigned char *shadow_add(struct shadow *s, void *ptr,
                                        size_t size, size_t alignment)
{
    if (ptr == NULL)
        return NULL;
    expect(s->count < SHADOW_BLOCKS, "too many blocks");
    s->made++;
    struct shadow_block block = {
        .ptr = ptr,
        .size = size,
        .usable = s->allocator->usable_size(s->heap, ptr),
        .tag = (unsigned char)(s->made * 89),
    };
    expect_good_block(s, &block, alignment);
    fill(&block);
    s->live[s->count++] = block;
    s->path =
        s->path * 31 + ((uintptr_t)ptr - (uintptr_t)source_base(s->source));
    return ptr;
}

static inline unsigned char *shadow_malloc(struct shadow *s, size_t size)
{
    return shadow_add(s, s->allocator->malloc(s->heap, size), size,
                      ALIGNMENT);
}

static inline unsigned char *shadow_calloc(struct shadow *s, size_t count,
                                           size_t size)
{
    unsigned char *ptr = heap_calloc(s->allocator, s->heap, count, size);
    if (ptr != NULL)
        expect_zero(s, ptr, count * size);
    return shadow_add(s, ptr, count * size, ALIGNMENT);
}

static inline unsigned char *shadow_aligned(struct shadow *s,
                                            size_t alignment, size_t size)
{
    void *ptr = s->allocator->aligned_alloc(s->heap, alignment, size);
    return shadow_add(s, ptr, size,
                      alignment < ALIGNMENT ? ALIGNMENT : alignment);
}

/* Frees the live block of that number; the last one takes its place. */
static inline void shadow_free(struct shadow *s, size_t which)
{
    struct shadow_block block = s->live[which];
    expect_pattern(s, &block, block.ptr, block.usable);
    s->allocator->free(s->heap, block.ptr);
    s->live[which] = s->live[--s->count];
}

/* Resizes the live block of that number; on failure it must be unchanged. */
static inline unsigned char *shadow_realloc(struct shadow *s, size_t which,
                                            size_t size)
{
    struct shadow_block old = s->live[which];
    expect_pattern(s, &old, old.ptr, old.usable);
    unsigned char *ptr = heap_realloc(s->allocator, s->heap, old.ptr, size);
    if (ptr == NULL) {
        expect_pattern(s, &old, old.ptr, old.usable);
        return NULL;
    }
    expect_pattern(s, &old, ptr, size < old.size ? size : old.size);
    s->live[which] = s->live[--s->count];
    return shadow_add(s, ptr, size, ALIGNMENT);
}

static inline void shadow_free_all(struct shadow *s)
{
    while (s->count > 0)
        shadow_free(s, random_below(&s->random, s->count));
}

/* --- a workload ------------------------------------------------------------ */

/* A size: mostly small, sometimes 0, rarely some pages. */
static inline size_t random_size(uint64_t *state)
{
    size_t order = random_below(state, 64);
    if (order < 48)
        return random_below(state, (size_t)16 << order / 8);
    if (order < 62)
        return random_below(state, 4096);
    return random_below(state, (size_t)64 << 10);
}

/*
 * One random operation, with at most most blocks alive. Returns false if the
 * heap returned NULL.
 */
static inline bool shadow_step(struct shadow *s, size_t most)
{
    size_t what = random_below(&s->random, 100);
    size_t size = random_size(&s->random);
    size_t which = s->count == 0 ? 0 : random_below(&s->random, s->count);
    s->time += 1000;

    if (what >= 98) {
        (void)heap_trim(s->allocator, s->heap);
        return true;
    }
    if (s->count >= most || (what < 40 && s->count > 0)) {
        shadow_free(s, which);
        return true;
    }
    if (what < 55 && s->count > 0)
        return shadow_realloc(s, which, size) != NULL;
    if (what < 62)
        return shadow_calloc(s, 1 + size % 7, size / 4) != NULL;
    if (what < 68)
        return shadow_aligned(s, (size_t)1 << size % 14, size) != NULL;
    return shadow_malloc(s, size) != NULL;
}

/* A test case for each entry, named after it, each test on both kinds. */
static inline TCase *contract_case(Suite *suite, size_t entry)
{
    TCase *tcase = tcase_create(contract_entry(entry)->name);
    tcase_set_timeout(tcase, 300);
    suite_add_tcase(suite, tcase);
    return tcase;
}

#endif
