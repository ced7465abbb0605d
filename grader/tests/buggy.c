/*
 * buggy.c - an allocator that is right until it is told not to be: what the
 * judge and its messages are tried on.
 *
 * It is a kr heap behind another table. The option "bug" says what goes
 * wrong, and "after" in which call of the kind concerned: that of the first,
 * second, ... malloc, free or realloc. It goes wrong once.
 *
 * Comments of the form "@name" mark lines that messages must point at; "@@name"
 * marks a whole function. The expected screens name them (test_screens.c).
 */
#include "allocators/malloc.h"

#include "allocators/general.h"
#include "allocators/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct allocator kr_allocator;
extern const struct allocator buggy_allocator;

/* A seeded bug must stay what it is: sanitizers would name it first. */
#define UNSEEN                                                               \
    __attribute__((noinline, no_sanitize("address", "undefined", "thread")))

/* In the order of the words in buggy_options. */
enum bug {
    NO_BUG,
    /* in malloc, calloc and aligned_alloc: which pointer is returned */
    OVERLAP_PART,
    OVERLAP_CONTAINED,
    OVERLAP_COVERING,
    OVERLAP_IDENTICAL,
    MISALIGNED,
    OUTSIDE,
    OUTSIDE_STACK,
    UNBACKED,
    NULL_EARLY,
    /* in malloc: what it does besides */
    OVERWRITE_HEAD,
    OVERWRITE_TAIL,
    OVERWRITE_MIDDLE,
    HEADER_IN_BLOCK,
    CRASH_NULL,
    CRASH_FIELD,
    CRASH_WILD,
    CRASH_NO_ADDRESS,
    CRASH_BEYOND,
    CRASH_COPY,
    CRASH_LIBRARY,
    ABORT,
    LOOP,
    EXIT,
    OVERFLOW,
    SLEEP,
    FLOOD,
    WALK_BROKEN,
    ORDER_BROKEN,
    LIVE_ON_LIST,
    /* in free */
    OVERWRITE_IN_FREE,
    CRASH_IN_FREE,
    LOOP_IN_FREE,
    /* in realloc */
    LOST_ALL,
    LOST_TAIL,
    OVERWRITE_IN_REALLOC,
    NULL_IN_REALLOC,
    /* elsewhere */
    DIRTY,
    TRIM_LIVE,
    TRIM_ALL,
    CHECK_CRASH,
    OPEN_NULL,
    OPEN_CRASH,
};

enum { BUG, AFTER }; /* the place of each option in the list */

static const struct tunable buggy_options[] = {
    [BUG] = {.name = "bug",
             .choices = "none|overlap-part|overlap-contained|"
                        "overlap-covering|overlap-identical|misaligned|"
                        "outside|outside-stack|unbacked|null-early|"
                        "overwrite-head|overwrite-tail|overwrite-middle|"
                        "header-in-block|crash-null|crash-field|crash-wild|"
                        "crash-no-address|crash-beyond|crash-copy|"
                        "crash-library|"
                        "abort|loop|exit|overflow|sleep|flood|walk-broken|"
                        "order-broken|live-on-list|overwrite-in-free|"
                        "crash-in-free|loop-in-free|lost-all|lost-tail|"
                        "overwrite-in-realloc|null-in-realloc|dirty|"
                        "trim-live|trim-all|check-crash|open-null|"
                        "open-crash",
             .meaning = "what goes wrong"},
    [AFTER] = {.name = "after",
               .least = 1,
               .most = 1000000,
               .initial = 1,
               .meaning = "in which call of its kind"},
    {.name = NULL},
};

#define LIVE_MAX ((size_t)256)

/* What the caller owns. */
struct owned {
    char *at;
    size_t size;
};

/* One process replays one heap, so this may be static: see open(). */
static struct {
    enum bug bug;
    size_t after;
    size_t mallocs, frees, reallocs; /* calls so far */
    struct owned live[LIVE_MAX];     /* in the order of allocation */
    size_t live_count;
    char *break_at; /* the highest address seen, and more */
    struct source *source;
} state;

/* The kr block behind a payload: see the picture in kr.c. */
struct header {
    size_t size;
    struct header *next;
};

static struct header *header_of(char *payload)
{
    return (struct header *)(void *)payload - 1;
}

/* --- who owns what ---------------------------------------------------------- */

static void add_live(char *at, size_t size)
{
    if (at != NULL && state.live_count < LIVE_MAX)
        state.live[state.live_count++] = (struct owned){at, size};
}

static void remove_live(const char *at)
{
    for (size_t i = 0; i < state.live_count; i++) {
        if (state.live[i].at != at)
            continue;
        state.live_count--;
        memmove(&state.live[i], &state.live[i + 1],
                (state.live_count - i) * sizeof(state.live[0]));
        return;
    }
}

static struct owned largest(void)
{
    struct owned found = state.live[0];

    for (size_t i = 1; i < state.live_count; i++) {
        if (state.live[i].size > found.size)
            found = state.live[i];
    }
    return found;
}

static struct owned smallest(void)
{
    struct owned found = state.live[0];

    for (size_t i = 1; i < state.live_count; i++) {
        if (state.live[i].size < found.size)
            found = state.live[i];
    }
    return found;
}

/* --- what goes wrong --------------------------------------------------------- */

static UNSEEN void write_bytes(char *at, size_t size)
{
    for (volatile size_t i = 0; i < size; i++)
        at[i] = 0x55;
}

static UNSEEN void crash_at(volatile int *wild)
{
    *wild = 1; /* @crash */
}

static UNSEEN void crash_copy(const void *from)
{
    char *volatile wild = (char *)0x1000;
    volatile size_t size = 64;

    memcpy(wild, from, size); /* @crash-copy */
}

static UNSEEN size_t crash_library(void)
{
    const char *volatile wild = (const char *)0x2000;

    return strlen(wild);
}

static volatile int going = 1;

static UNSEEN void loop(void) /* @@loop */
{
    while (going)
        ;
}

static UNSEEN int descend(int depth);

/* Through a pointer, so that no compiler makes a jump of it. */
static int (*volatile deeper)(int) = descend;

static UNSEEN int descend(int depth) /* @@descend */
{
    volatile int here[16];

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
    struct owned victim = state.live[state.live_count - 1];
    struct header *header = header_of(victim.at);
    struct header *rest;

    header->size -= 32;
    rest = (struct header *)(void *)((char *)header + header->size);
    rest->size = 32;
    rest->next = header->next; /* which says that it is in use */
    kr_allocator.free(heap, rest + 1);
}

/* Does what the bug does to the heap, or to the program. */
static void misbehave(struct heap *heap)
{
    struct owned victim = largest();

    switch (state.bug) {
    case OVERWRITE_HEAD:
        write_bytes(victim.at, 8);
        break;
    case OVERWRITE_TAIL:
    case OVERWRITE_IN_FREE:
    case OVERWRITE_IN_REALLOC:
        write_bytes(victim.at + victim.size - 8, 8);
        break;
    case OVERWRITE_MIDDLE:
        write_bytes(victim.at + victim.size / 2, 8);
        break;
    case HEADER_IN_BLOCK:
        split_too_early(heap);
        break;
    case CRASH_NULL:
    case CRASH_IN_FREE:
    case OPEN_CRASH:
    case CHECK_CRASH:
        crash_at(NULL);
        break;
    case CRASH_FIELD:
        crash_at((volatile int *)8);
        break;
    case CRASH_WILD:
        crash_at((volatile int *)0x123456789abc);
        break;
    case CRASH_NO_ADDRESS:
        crash_at((volatile int *)0x5555555555555555);
        break;
    case CRASH_BEYOND:
        crash_at((volatile int *)(source_base(state.source) + (1 << 20)));
        break;
    case CRASH_COPY:
        crash_copy(heap);
        break;
    case CRASH_LIBRARY:
        state.after += crash_library();
        break;
    case ABORT:
        caller_error("buggy", "abort", "told to give up");
    case LOOP:
    case LOOP_IN_FREE:
        loop();
        break;
    case EXIT:
        exit(0);
    case OVERFLOW:
        state.after += (size_t)descend(1);
        break;
    case SLEEP:
        for (;;)
            pause();
    case FLOOD:
        flood();
        break;
    case WALK_BROKEN:
        header_of(victim.at)->size = 0x5555555555555555;
        break;
    case ORDER_BROKEN:
        first_free(heap)->next = first_free(heap);
        break;
    case LIVE_ON_LIST:
        header_of(victim.at)->next = first_free(heap)->next;
        first_free(heap)->next = header_of(victim.at);
        break;
    default:
        break;
    }
}

/* Returns the wrong pointer that the bug returns, for size bytes. */
static char *wrong_pointer(char *right, size_t size)
{
    static char static_memory[256];
    struct owned large = largest();

    switch (state.bug) {
    case OVERLAP_PART:
        return large.at + (large.size - 16) / 16 * 16;
    case OVERLAP_CONTAINED:
        return large.at + 32;
    case OVERLAP_COVERING:
        return smallest().at - 16;
    case OVERLAP_IDENTICAL:
        for (size_t i = 0; i < state.live_count; i++) {
            if (state.live[i].size == size)
                return state.live[i].at;
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

static bool is_in(enum bug first, enum bug last)
{
    return state.bug >= first && state.bug <= last;
}

/* --- the calls in malloc.h ---------------------------------------------------- */

static struct heap *buggy_open(struct source *source,
                               const struct options *options)
{
    static const struct options plain = {.seed = 1};

    state.bug = (enum bug)options->value[BUG];
    state.after = options->value[AFTER];
    state.mallocs = state.frees = state.reallocs = 0;
    state.live_count = 0;
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
    add_live(right, size);
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

    remove_live(ptr);
    kr_allocator.free(heap, ptr);
    if (due && is_in(OVERWRITE_IN_FREE, LOOP_IN_FREE))
        misbehave(heap);
}

static void *buggy_calloc(struct heap *heap, size_t count, /* @calloc */
                          size_t size)
{
    bool due = malloc_is_due();
    char *right = instead(due) ? NULL : heap_calloc(&kr_allocator, heap,
                                                    count, size);

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
    remove_live(ptr);
    if (due && state.bug == LOST_ALL)
        write_bytes(moved, size);
    if (due && state.bug == LOST_TAIL)
        write_bytes(moved + 32, size - 32);
    if (due && state.bug == OVERWRITE_IN_REALLOC)
        misbehave(heap);
    add_live(moved, size);
    return moved;
}

static void *buggy_aligned_alloc(struct heap *heap, size_t alignment,
                                 size_t size)
{
    bool due = malloc_is_due();
    char *right =
        instead(due) ? NULL
                     : kr_allocator.aligned_alloc(heap, alignment, size);

    return after_malloc(heap, due, right, size);
}

static size_t buggy_usable_size(const struct heap *heap, const void *ptr)
{
    return kr_allocator.usable_size(heap, ptr);
}

/* The bug gives back every page, or all but the first, whoever lives there. */
static size_t buggy_trim(struct heap *heap)
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
