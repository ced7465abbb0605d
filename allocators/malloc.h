/*
 * malloc.h - the interface that every allocator of the kit stands behind.
 *
 * A struct heap is one policy at work over one source of memory (source.h).
 * An allocator is a const table of functions on heaps, and that table is the
 * one external symbol of its file. A name by which people choose it, with
 * the options it stands for, is a line in allocators.def (registry.h).
 *
 * What every allocator promises:
 *
 *   - no state but the heap's: no globals but const tables, so that two heaps
 *     of one policy can live side by side, even in one thread;
 *   - all memory comes from the heap's source, the allocator's own metadata
 *     and struct heap included, for what is not in the source is not measured;
 *   - blocks are aligned to ALIGNMENT, and never overlap;
 *   - a request of size 0 gets a block of its own; one of more than
 *     PTRDIFF_MAX bytes fails;
 *   - a call that fails returns NULL and leaves the heap as it was;
 *   - time is read only through the options' clock, and chance is drawn only
 *     from the options' seed, so that a replay is the same every time;
 *   - a mistake of the caller that the policy can see (a double free, a
 *     pointer it never gave out) is named in one line by caller_error(), which
 *     does not return: never silence, and never stdio.
 *
 * A pointer in the table may be NULL only where the comment beside it says
 * so. general.h then supplies the general form: callers outside an allocator
 * use the functions of general.h and need not know which is which.
 */
#ifndef ALLOCATORS_MALLOC_H
#define ALLOCATORS_MALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap;   /* a policy's own; each file defines what it needs */
struct source; /* where a heap's memory comes from: source.h */

/* What the address of every block is a multiple of, in bytes. */
#define ALIGNMENT ((size_t)16)

/* What an allocator can do or needs: bits of its traits. */
enum trait {
    TRAIT_THREAD_SAFE = 1 << 0,    /* calls on one heap may run in parallel */
    TRAIT_GIVES_BACK = 1 << 1,     /* trim() returns memory to the source */
    TRAIT_NEEDS_ALIASING = 1 << 2, /* open() needs a source that can alias */
    TRAIT_NEVER_REUSES = 1 << 3,   /* memory comes back only by clear() */
    TRAIT_REUSES_TOGETHER = 1 << 4, /* a freed block's memory is used again
                                       when all that lies near it is freed */
};

/*
 * One option of an allocator: either a choice between words or a number.
 * The list in an allocator's table ends with an entry whose name is NULL.
 */
struct tunable {
    const char *name;    /* lower-case word, as in "search=best" */
    const char *choices; /* "first|next|best": the first is the default;
                            NULL for a number */
    size_t least;        /* a number's smallest value */
    size_t most;         /* a number's largest value */
    size_t initial;      /* a number's default */
    const char *meaning; /* what it decides, for people: one line */
};

/* The most options that one allocator may have. */
#define OPTIONS_MAX ((size_t)8)

/*
 * What a heap is opened with. Filled by options_parse() (registry.h).
 */
struct options {
    /* One value for each option, in the order of the allocator's list: the
       index of the chosen word, or the number. */
    size_t value[OPTIONS_MAX];

    /* Where all randomness of the heap starts. */
    uint64_t seed;

    /* Returns the time in nanoseconds; never goes back. Called with
       clock_context. NULL if the allocator has no use for time. */
    uint64_t (*clock)(void *clock_context);
    void *clock_context;
};

/*
 * A rule that holds between any two calls on a heap. The list in an
 * allocator's table ends with an entry whose label is NULL.
 */
struct invariant {
    const char *label;    /* "K3": a letter for the policy, and a number */
    const char *sentence; /* what is always true */
};

/* What check() found. */
struct fault {
    const char *rule; /* the label of the broken invariant */
    const void *at;   /* where: usually the header that breaks it */
};

/*
 * A piece of the heap, as walk() and lists() show it. Pieces do not overlap;
 * what lies between them is metadata of the policy.
 */
struct piece {
    const void *start;   /* the first byte, the header included */
    size_t size;         /* bytes from start, header and padding included */
    const void *payload; /* what malloc() returned or would return */
    bool live;           /* owned by the caller? */
    const char *list;    /* lists() only: the name of the free list */
};

/*
 * Is called once for a piece, with the context its caller was given. Returns
 * false to end the walk.
 */
typedef bool visit_fn(void *context, const struct piece *piece);

/* Totals over a heap. Bytes are of whole pieces, headers included. */
struct stats {
    size_t live_blocks;
    size_t live_bytes;
    size_t free_blocks;
    size_t free_bytes;
    size_t largest_free; /* bytes of the largest free piece, or 0 */
};

struct allocator {
    /* What it is, for people: "K&R, address-ordered free list". */
    const char *title;

    /* Any of enum trait. */
    unsigned traits;

    /* Its options; NULL if it has none. */
    const struct tunable *options;

    /* What check() proves; NULL if there is no check(). */
    const struct invariant *invariants;

    /*
     * Returns a new, empty heap whose memory comes from source, which must be
     * fresh or reset and which no other heap may use. options is copied if it
     * is needed later. Returns NULL, and leaves nothing taken, if the source
     * refuses.
     */
    struct heap *(*open)(struct source *source,
                         const struct options *options);

    /*
     * Ends the heap and gives all that it took back to its source. Every
     * block of the heap is gone.
     */
    void (*close)(struct heap *heap);

    /*
     * Returns a block of at least size bytes, aligned to ALIGNMENT.
     *
     * size 0 gets a block of its own. The contents are unspecified. Returns
     * NULL, and leaves the heap unchanged, if size is above PTRDIFF_MAX or
     * the source refuses.
     */
    void *(*malloc)(struct heap *heap, size_t size);

    /*
     * Frees the block at ptr, which a call on this heap returned and which is
     * live; or does nothing if ptr is NULL. Keeps errno.
     */
    void (*free)(struct heap *heap, void *ptr);

    /*
     * Returns a block of count * size bytes, all zero. Fails as malloc()
     * does, and also if the product overflows. May be NULL: malloc() and
     * clearing.
     */
    void *(*calloc)(struct heap *heap, size_t count, size_t size);

    /*
     * Returns a block of at least size bytes that begins with the contents of
     * the block at ptr, up to the smaller of both sizes; ptr is freed unless
     * it is what is returned. ptr NULL is malloc(size); size 0 gives a block
     * of size 0. On failure returns NULL, and the block at ptr stands
     * unchanged. May be NULL: malloc(), copying and free().
     */
    void *(*realloc)(struct heap *heap, void *ptr, size_t size);

    /*
     * Returns a block of at least size bytes at a multiple of alignment, a
     * power of two. size need not be a multiple of alignment. Fails as
     * malloc() does.
     */
    void *(*aligned_alloc)(struct heap *heap, size_t alignment, size_t size);

    /*
     * Returns how many bytes the caller may use at ptr, a live block of this
     * heap: at least as many as were asked for.
     */
    size_t (*usable_size)(const struct heap *heap, const void *ptr);

    /*
     * Frees every block at once; the heap is as new, and may keep its memory.
     * May be NULL: the policy cannot.
     */
    void (*clear)(struct heap *heap);

    /*
     * Gives memory that no block needs back to the source. Returns how many
     * bytes. No block moves. May be NULL: nothing is given back.
     */
    size_t (*trim)(struct heap *heap);

    /*
     * Returns true if every invariant of the heap holds. Otherwise fills
     * *fault with the first one broken. Writes nothing else, allocates
     * nothing, and ends even on a corrupt heap. Time: linear in the pieces.
     * May be NULL: nothing to check.
     */
    bool (*check)(const struct heap *heap, struct fault *fault);

    /*
     * Calls visit for every piece of the heap, live or free, in address
     * order, until it returns false. Ends even on a corrupt heap. May be
     * NULL: the policy does not know its pieces.
     */
    void (*walk)(const struct heap *heap, visit_fn *visit, void *context);

    /*
     * Calls visit for every piece on the free lists, list by list, each in
     * the order in which the policy follows it. Ends even on a corrupt heap.
     * May be NULL: there are no lists.
     */
    void (*lists)(const struct heap *heap, visit_fn *visit, void *context);

    /*
     * Fills *stats. May be NULL: counted by walk().
     */
    void (*stats)(const struct heap *heap, struct stats *stats);

    /*
     * Called by a thread that will use the heap no more, so that nothing it
     * cached is lost. May be NULL: no caches.
     */
    void (*thread_exit)(struct heap *heap);

    /*
     * Called before fork() in the parent, and after it in the parent and in
     * the child, so that the heap is usable in both. May be NULL: no locks.
     */
    void (*fork_prepare)(struct heap *heap);
    void (*fork_parent)(struct heap *heap);
    void (*fork_child)(struct heap *heap);
};

#endif
