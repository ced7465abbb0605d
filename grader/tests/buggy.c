/*
 * buggy.c - an allocator that is right until it is told not to be: what the
 * judge and its messages are tried on.
 *
 * It is a kr heap behind another table. The option "bug" says what goes
 * wrong, and "after" in which call of the kind concerned: that of the first,
 * second, ... malloc, free or realloc. It goes wrong once.
 *
 * Comments of the form "@name" mark lines that messages must point at, by
 * which the expected screens call them (test_screens.c).
 */
#include "allocators/malloc.h"

#include "allocators/general.h"
#include "allocators/source.h"
#include "grader/tests/owned.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct allocator kr_allocator;
extern const struct allocator buggy_allocator;

/* All there are, in groups that is_in() tells apart. */
#define BUGS(BUG)                                                            \
    /* in malloc, calloc and aligned_alloc: which pointer is returned */     \
    BUG(OVERLAP_PART, "overlap-part")                                        \
    BUG(OVERLAP_CONTAINED, "overlap-contained")                              \
    BUG(OVERLAP_COVERING, "overlap-covering")                                \
    BUG(OVERLAP_IDENTICAL, "overlap-identical")                              \
    BUG(MISALIGNED, "misaligned")                                            \
    BUG(OUTSIDE, "outside")                                                  \
    BUG(OUTSIDE_STACK, "outside-stack")                                      \
    BUG(UNBACKED, "unbacked")                                                \
    BUG(NULL_EARLY, "null-early")                                            \
    /* in the same: what is done besides */                                  \
    BUG(OVERWRITE_HEAD, "overwrite-head")                                    \
    BUG(OVERWRITE_TAIL, "overwrite-tail")                                    \
    BUG(OVERWRITE_MIDDLE, "overwrite-middle")                                \
    BUG(HEADER_IN_BLOCK, "header-in-block")                                  \
    BUG(CRASH_NULL, "crash-null")                                            \
    BUG(CRASH_FIELD, "crash-field")                                          \
    BUG(CRASH_WILD, "crash-wild")                                            \
    BUG(CRASH_NO_ADDRESS, "crash-no-address")                                \
    BUG(CRASH_BEYOND, "crash-beyond")                                        \
    BUG(CRASH_COPY, "crash-copy")                                            \
    BUG(CRASH_LIBRARY, "crash-library")                                      \
    BUG(ABORT, "abort")                                                      \
    BUG(LOOP, "loop")                                                        \
    BUG(EXIT, "exit")                                                        \
    BUG(OVERFLOW, "overflow")                                                \
    BUG(SLEEP, "sleep")                                                      \
    BUG(FLOOD, "flood")                                                      \
    BUG(WALK_BROKEN, "walk-broken")                                          \
    BUG(ORDER_BROKEN, "order-broken")                                        \
    BUG(LIVE_ON_LIST, "live-on-list")                                        \
    /* in free */                                                            \
    BUG(OVERWRITE_IN_FREE, "overwrite-in-free")                              \
    BUG(CRASH_IN_FREE, "crash-in-free")                                      \
    BUG(LOOP_IN_FREE, "loop-in-free")                                        \
    /* in realloc */                                                         \
    BUG(LOST_ALL, "lost-all")                                                \
    BUG(LOST_TAIL, "lost-tail")                                              \
    BUG(OVERWRITE_IN_REALLOC, "overwrite-in-realloc")                        \
    BUG(NULL_IN_REALLOC, "null-in-realloc")                                  \
    /* elsewhere */                                                          \
    BUG(DIRTY, "dirty")                                                      \
    BUG(TRIM_LIVE, "trim-live")                                              \
    BUG(TRIM_ALL, "trim-all")                                                \
    BUG(CHECK_CRASH, "check-crash")                                          \
    BUG(OPEN_NULL, "open-null")                                              \
    BUG(OPEN_CRASH, "open-crash")

#define NAME(name, word) name,
#define WORD(name, word) "|" word

enum bug { NO_BUG, BUGS(NAME) };

enum { BUG, AFTER }; /* the place of each option in the list */

static const struct tunable buggy_options[] = {
    [BUG] = {.name = "bug",
             .choices = "none" BUGS(WORD),
             .meaning = "what goes wrong"},
    [AFTER] = {.name = "after",
               .least = 1,
               .most = 1000000,
               .initial = 1,
               .meaning = "in which call of its kind"},
    {.name = NULL},
};

/* One process replays one heap, so this may be static: see open(). */
static struct {
    enum bug bug;
    size_t after;
    size_t mallocs, frees, reallocs; /* calls so far */
    struct blocks live;              /* what the caller owns */
    struct source *source;
} state;

/* --- what goes wrong --------------------------------------------------------- */

/* A seeded bug must stay what it is: sanitizers would name it first. */
#define UNSEEN                                                               \
    __attribute__((noinline, no_sanitize("address", "undefined", "thread")))

static volatile int going = 1;
static volatile uintptr_t nowhere;

static UNSEEN void write_bytes(char *at, size_t size)
{
    for (volatile size_t i = 0; i < size; i++)
        at[i] = 0x55;
}

static UNSEEN void crash_at(uintptr_t address)
{
    volatile int *volatile wild = (volatile int *)address;

    *wild = 1; /* @crash */
}

static UNSEEN void crash_copy(void)
{
    char *volatile wild = (char *)0x1000;
    volatile size_t size = 64;

    memcpy(wild, (char[64]){0}, size); /* @crash-copy */
    going = 1;
}

static UNSEEN size_t crash_library(void)
{
    const char *volatile wild = (const char *)0x2000;

    return strlen(wild) + 1; /* @crash-library */
}

static UNSEEN void loop(void)
{
    while (going)
        ;
}

static UNSEEN int descend(int depth);

/* Through a pointer, so that no compiler makes a jump of it. */
static int (*volatile deeper)(int) = descend;

static UNSEEN int descend(int depth)
{
    volatile int here[16] = {0};

    here[depth % 16] = depth;
    return deeper(depth + 1) + here[0];
}

static void flood(void)
{
    static const char line[] = "no free block is large enough here\n";

    for (int i = 0; i < 100000; i++) {
        if (write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
            return;
    }
    caller_error("buggy", "flood", "the last of many lines");
}

/* A visit_fn: finds the first free piece. */
static bool find_free(void *context, const struct piece *piece)
{
    if (piece->live)
        return true;
    *(struct header **)context = (struct header *)piece->start;
    return false;
}

static struct header *first_free(const struct heap *heap)
{
    struct header *found = NULL;

    kr_allocator.lists(heap, find_free, &found);
    return found;
}

/*
 * Makes the last block's piece of the heap 32 bytes too small, and a free one
 * of what follows: its header lies in the block's last bytes.
 */
static void split_too_early(struct heap *heap)
{
    struct owned victim = state.live.block[state.live.count - 1];
    struct header *header = header_of(victim.at);
    struct header *rest;

    header->size -= 32;
    rest = (struct header *)(void *)((char *)header + header->size);
    rest->size = 32;
    rest->next = header->next; /* which says that it is in use */
    kr_allocator.free(heap, rest + 1);
}

/* Writes where a live block's owner has written. */
static void overwrite(struct owned victim)
{
    if (state.bug == OVERWRITE_HEAD)
        write_bytes(victim.at, 8);
    else if (state.bug == OVERWRITE_MIDDLE)
        write_bytes(victim.at + victim.size / 2, 8);
    else
        write_bytes(victim.at + victim.size - 8, 8);
}

/* Breaks what the heap has written about itself. */
static void corrupt(struct heap *heap, struct header *victim)
{
    struct header *free_piece = first_free(heap);

    if (state.bug == WALK_BROKEN) {
        victim->size = 0x5555555555555555;
    } else if (state.bug == ORDER_BROKEN) {
        free_piece->next = free_piece;
    } else {
        victim->next = free_piece->next;
        free_piece->next = victim;
    }
}

/* Touches what must not be touched. */
static void crash(void)
{
    if (state.bug == CRASH_FIELD)
        crash_at(nowhere + 8);
    else if (state.bug == CRASH_WILD)
        crash_at(0x12345678);
    else if (state.bug == CRASH_NO_ADDRESS)
        crash_at(0x5555555555555555);
    else if (state.bug == CRASH_BEYOND)
        crash_at((uintptr_t)source_base(state.source) + (1 << 20));
    else if (state.bug == CRASH_COPY)
        crash_copy();
    else if (state.bug == CRASH_LIBRARY)
        state.after += crash_library();
    else
        crash_at(nowhere);
}

/* Ends the program, or does not come to an end. */
static void give_up(void)
{
    if (state.bug == ABORT)
        caller_error("buggy", "abort", "told to give up");
    if (state.bug == EXIT)
        exit(0);
    if (state.bug == OVERFLOW)
        state.after += (size_t)descend(1);
    if (state.bug == FLOOD)
        flood();
    while (state.bug == SLEEP)
        pause(); /* @sleep */
    loop();
}

static bool is_in(enum bug first, enum bug last)
{
    return state.bug >= first && state.bug <= last;
}

/* Does what the bug does to the heap, or to the program. */
static void misbehave(struct heap *heap)
{
    struct owned victim = blocks_largest(&state.live);

    if (is_in(OVERWRITE_HEAD, OVERWRITE_MIDDLE) ||
        state.bug == OVERWRITE_IN_FREE || state.bug == OVERWRITE_IN_REALLOC)
        overwrite(victim);
    else if (state.bug == HEADER_IN_BLOCK)
        split_too_early(heap);
    else if (is_in(WALK_BROKEN, LIVE_ON_LIST))
        corrupt(heap, header_of(victim.at));
    else if (is_in(ABORT, FLOOD) || state.bug == LOOP_IN_FREE)
        give_up();
    else
        crash();
}

/* Returns the wrong pointer that the bug returns, for size bytes. */
static char *wrong_pointer(char *right, size_t size)
{
    static char static_memory[256];
    struct owned large = blocks_largest(&state.live);

    switch (state.bug) {
    case OVERLAP_PART:
        return large.at + (large.size - 16) / 16 * 16;
    case OVERLAP_CONTAINED:
        return large.at + 32;
    case OVERLAP_COVERING:
        return blocks_smallest(&state.live).at - 16;
    case OVERLAP_IDENTICAL:
        for (size_t i = 0; i < state.live.count; i++) {
            if (state.live.block[i].size == size)
                return state.live.block[i].at;
        }
        return large.at;
    case MISALIGNED:
        return right + 8;
    case OUTSIDE:
        return static_memory;
    case OUTSIDE_STACK:
        return (char *)__builtin_frame_address(0) - 4096;
    case UNBACKED:
        return source_base(state.source) + (1 << 20);
    case NULL_EARLY:
        return NULL;
    default:
        return right;
    }
}

/* --- the calls in malloc.h ---------------------------------------------------- */

static struct heap *buggy_open(struct source *source, /* @open */
                               const struct options *options)
{
    static const struct options plain = {.seed = 1};

    state.bug = (enum bug)options->value[BUG];
    state.after = options->value[AFTER];
    state.mallocs = state.frees = state.reallocs = 0;
    state.live.count = 0;
    state.source = source;
    if (state.bug == OPEN_NULL)
        return NULL;
    if (state.bug == OPEN_CRASH)
        misbehave(NULL);
    return kr_allocator.open(source, &plain);
}

static void buggy_close(struct heap *heap)
{
    kr_allocator.close(heap);
}

/* Is this the malloc, calloc or aligned_alloc that goes wrong? */
static bool malloc_is_due(void)
{
    return ++state.mallocs == state.after;
}

static char *after_malloc(struct heap *heap, bool due, char *right,
                          size_t size)
{
    if (due && is_in(OVERWRITE_HEAD, LIVE_ON_LIST))
        misbehave(heap);
    if (due && is_in(OVERLAP_PART, NULL_EARLY))
        return wrong_pointer(right, size);
    blocks_add(&state.live, (struct owned){right, size});
    return right;
}

/* Does the bug take the place of the call? Then kr must not see it. */
static bool instead(bool due)
{
    return due && is_in(OVERLAP_PART, NULL_EARLY) && state.bug != MISALIGNED;
}

static void *buggy_malloc(struct heap *heap, size_t size) /* @malloc */
{
    bool due = malloc_is_due();
    char *right = instead(due) ? NULL : kr_allocator.malloc(heap, size);

    return after_malloc(heap, due, right, size);
}

static void buggy_free(struct heap *heap, void *ptr) /* @free */
{
    bool due = ++state.frees == state.after;

    blocks_remove(&state.live, ptr);
    kr_allocator.free(heap, ptr);
    if (due && is_in(OVERWRITE_IN_FREE, LOOP_IN_FREE))
        misbehave(heap);
}

static void *buggy_calloc(struct heap *heap, size_t count, /* @calloc */
                          size_t size)
{
    bool due = malloc_is_due();
    char *right =
        instead(due) ? NULL : heap_calloc(&kr_allocator, heap, count, size);

    if (state.bug == DIRTY && right != NULL && count * size > 24)
        write_bytes(right + 16, 5);
    return after_malloc(heap, due, right, count * size);
}

static void *buggy_realloc(struct heap *heap, void *ptr, /* @realloc */
                           size_t size)
{
    bool due = ++state.reallocs == state.after;
    char *moved;

    if (due && state.bug == NULL_IN_REALLOC)
        return NULL;
    moved = kr_allocator.realloc(heap, ptr, size);
    blocks_remove(&state.live, ptr);
    if (due && state.bug == LOST_ALL)
        write_bytes(moved, size);
    if (due && state.bug == LOST_TAIL)
        write_bytes(moved + 32, size - 32);
    if (due && state.bug == OVERWRITE_IN_REALLOC)
        misbehave(heap);
    blocks_add(&state.live, (struct owned){moved, size});
    return moved;
}

static void *buggy_aligned_alloc(struct heap *heap, size_t alignment,
                                 size_t size)
{
    bool due = malloc_is_due();
    char *right = instead(due)
                      ? NULL
                      : kr_allocator.aligned_alloc(heap, alignment, size);

    return after_malloc(heap, due, right, size);
}

static size_t buggy_usable_size(const struct heap *heap, const void *ptr)
{
    return kr_allocator.usable_size(heap, ptr);
}

/* The bug gives back every page, or all but the first, whoever lives there. */
static size_t buggy_trim(struct heap *heap) /* @trim */
{
    size_t keep = state.bug == TRIM_LIVE ? source_page_size() : 0;
    char *low = source_base(state.source) + keep;
    size_t above = (size_t)((char *)source_grow(state.source, 0) - low);

    if (state.bug != TRIM_LIVE && state.bug != TRIM_ALL)
        return kr_allocator.trim(heap);
    source_shrink(state.source, above);
    return above;
}

static bool buggy_check(const struct heap *heap, struct fault *fault)
{
    if (state.bug == CHECK_CRASH && state.mallocs == state.after)
        misbehave(NULL);
    return kr_allocator.check(heap, fault);
}

static void buggy_walk(const struct heap *heap, visit_fn *visit,
                       void *context)
{
    kr_allocator.walk(heap, visit, context);
}

static void buggy_lists(const struct heap *heap, visit_fn *visit,
                        void *context)
{
    kr_allocator.lists(heap, visit, context);
}

static const struct invariant buggy_invariants[] = {
    {"F1", "blocks tile the heap: each begins where the last one ends"},
    {"F2", "every size is a multiple of 16, and at least 32"},
    {"F3", "the free list holds exactly the blocks not marked USED"},
    {"F4", "the free list is in address order, from head round to head"},
    {NULL, NULL},
};

const struct allocator buggy_allocator = {
    .title = "kr with a seeded bug",
    .traits = TRAIT_GIVES_BACK,
    .options = buggy_options,
    .invariants = buggy_invariants,
    .open = buggy_open,
    .close = buggy_close,
    .malloc = buggy_malloc,
    .free = buggy_free,
    .calloc = buggy_calloc,
    .realloc = buggy_realloc,
    .aligned_alloc = buggy_aligned_alloc,
    .usable_size = buggy_usable_size,
    .trim = buggy_trim,
    .check = buggy_check,
    .walk = buggy_walk,
    .lists = buggy_lists,
};
