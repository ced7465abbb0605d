/*
 * racy.c - an allocator that says it is made for threads, and is, until it is
 * told not to be: what replays in threads are tried on.
 *
 * It is a kr heap behind a lock of its own. The option "bug" says what goes
 * wrong, and all of them go wrong in threads only: in the hands of any thread
 * but the first one that asked for memory, or when two meet.
 */
#include "allocators/malloc.h"

#include "allocators/general.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

extern const struct allocator kr_allocator;
extern const struct allocator racy_allocator;

#define BUGS(BUG)                                                            \
    BUG(SAME_BLOCK, "same-block") /* to two who ask at the same time */      \
    /* in malloc, for another thread than the first one */                   \
    BUG(NULL_EARLY, "null-early")                                            \
    BUG(CRASH, "crash")                                                      \
    BUG(OVERFLOW, "overflow")                                                \
    BUG(ABORT, "abort")                                                      \
    BUG(EXIT, "exit")                                                        \
    BUG(SLEEP, "sleep")                                                      \
    BUG(LOOP, "loop")           /* with the lock held */                     \
    BUG(FORGETFUL, "forgetful") /* it never unlocks */                       \
    BUG(BREAK, "break")         /* what a free block says of itself */       \
    /* in free, for another thread than the first one */                     \
    BUG(DAMAGE, "damage")

#define NAME(name, word) name,
#define WORD(name, word) "|" word

enum bug { NO_BUG, BUGS(NAME) };

static const struct tunable racy_options[] = {
    {.name = "bug",
     .choices = "none" BUGS(WORD),
     .meaning = "what goes wrong in threads"},
    {.name = NULL},
};

/* The most looks, a millisecond apart, until somebody else is there too. */
#define PATIENCE 2000

/* One process replays one heap, so this may be static. */
static struct {
    enum bug bug;
    pthread_mutex_t mutex;
    _Atomic(pthread_t) first; /* thread that called malloc first; 0: none */
    _Atomic int visitors;     /* who have seen what is kept */
    _Atomic(char *) kept;     /* a block that is not given back; or NULL */
    _Atomic(char *) eldest;   /* first block of the first thread */
} state = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Is the caller another thread than the first one? */
static bool is_other(void)
{
    pthread_t nobody = 0;

    return !atomic_compare_exchange_strong(&state.first, &nobody,
                                           pthread_self()) &&
           nobody != pthread_self();
}

static volatile int going = 1;

static int descend(int depth);

/* Through a pointer, so that no compiler makes a jump of it. */
static int (*volatile deeper)(int) = descend;

static int descend(int depth)
{
    volatile int here[64] = {0};

    here[depth % 64] = depth;
    return deeper(depth + 1) + here[0];
}

/* Goes wrong, as another thread, with the lock held. */
static void misbehave(void)
{
    volatile int *volatile wild = (volatile int *)(uintptr_t)8;

    if (state.bug == CRASH)
        *wild = 1;
    if (state.bug == OVERFLOW)
        going = descend(1);
    if (state.bug == ABORT)
        caller_error("racy", "abort", "told to give up");
    if (state.bug == EXIT)
        exit(0);
    while (state.bug == SLEEP)
        pause();
    while (state.bug == LOOP && going)
        ;
}

/*
 * Returns the block that is kept, without a lock: whoever sees it waits for
 * another who sees it too, and then both have it.
 */
static char *take_kept(void)
{
    char *block = atomic_load(&state.kept);

    if (block == NULL)
        return NULL;
    atomic_fetch_add(&state.visitors, 1);
    for (int i = 0; i < PATIENCE && atomic_load(&state.visitors) < 2; i++)
        usleep(1000);
    atomic_store(&state.kept, NULL);
    return block;
}

static struct heap *racy_open(struct source *source,
                              const struct options *options)
{
    static const struct options plain = {.seed = 1};

    state.bug = (enum bug)options->value[0];
    return kr_allocator.open(source, &plain);
}

static void racy_close(struct heap *heap)
{
    kr_allocator.close(heap);
}

static bool find_free(void *context, const struct piece *piece)
{
    if (!piece->live)
        *(char **)context = (char *)piece->start;
    return piece->live;
}

/* Makes the size of the first free piece an odd one. */
static void break_free(const struct heap *heap)
{
    char *found = NULL;

    kr_allocator.lists(heap, find_free, &found);
    if (found != NULL)
        *(size_t *)(void *)found |= 1;
}

static void *racy_malloc(struct heap *heap, size_t size)
{
    bool other = is_other();
    char *block = take_kept();

    if (block != NULL)
        return block;
    pthread_mutex_lock(&state.mutex);
    if (other)
        misbehave();
    if (!other || state.bug != NULL_EARLY)
        block = kr_allocator.malloc(heap, size);
    if (!other && atomic_load(&state.eldest) == NULL)
        atomic_store(&state.eldest, block);
    if (other && state.bug == BREAK)
        break_free(heap);
    if (!other || state.bug != FORGETFUL)
        pthread_mutex_unlock(&state.mutex);
    return block;
}

static void racy_free(struct heap *heap, void *ptr)
{
    char *eldest = atomic_load(&state.eldest);

    if (state.bug == SAME_BLOCK && atomic_load(&state.kept) == NULL &&
        atomic_load(&state.visitors) == 0) {
        atomic_store(&state.kept, ptr);
        return;
    }
    pthread_mutex_lock(&state.mutex);
    kr_allocator.free(heap, ptr);
    for (int i = 0; is_other() && state.bug == DAMAGE && i < 8; i++)
        eldest[i] = 0x55;
    pthread_mutex_unlock(&state.mutex);
}

static void *racy_aligned_alloc(struct heap *heap, size_t alignment,
                                size_t size)
{
    void *block;

    pthread_mutex_lock(&state.mutex);
    block = kr_allocator.aligned_alloc(heap, alignment, size);
    pthread_mutex_unlock(&state.mutex);
    return block;
}

static size_t racy_usable_size(const struct heap *heap, const void *ptr)
{
    return kr_allocator.usable_size(heap, ptr);
}

static bool racy_check(const struct heap *heap, struct fault *fault)
{
    return kr_allocator.check(heap, fault);
}

static const struct invariant racy_invariants[] = {
    {"F2", "every size is a multiple of 16, and at least 32"},
    {NULL, NULL},
};

const struct allocator racy_allocator = {
    .title = "kr behind a lock, with a seeded bug",
    .traits = TRAIT_THREAD_SAFE,
    .options = racy_options,
    .invariants = racy_invariants,
    .open = racy_open,
    .close = racy_close,
    .malloc = racy_malloc,
    .free = racy_free,
    .aligned_alloc = racy_aligned_alloc,
    .usable_size = racy_usable_size,
    .check = racy_check,
};
