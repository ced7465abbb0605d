/*
 * source.h - where a heap's memory comes from, and the meter on it.
 *
 * A source is a reserved range of addresses and a way to put pages behind
 * it. (Vmalloc calls this a discipline: Vo, "Vmalloc: A General and Efficient
 * Memory Allocator", Software - Practice and Experience 26, 1996.) A heap asks
 * for memory in one of two ways, or both:
 *
 *     base                                                     base + limit
 *     |<- break ->|                                  |<- page runs ->|
 *     +-----------+----------------------------------+---------------+
 *     |  grow ->  |            not backed            |     <- take   |
 *     +-----------+----------------------------------+---------------+
 *
 * The break is one contiguous range that grows upwards, like sbrk(). Page runs
 * are taken from the top of the range downwards and returned in any order.
 * What is not backed faults when it is touched.
 *
 * The meter counts committed bytes: whole pages between source_grow() or
 * source_take() and their return or release, whether or not they were ever
 * written. So the kernel's own count never exceeds it, and equals it when
 * every committed page was written (huge pages are switched off). Pages that
 * are aliased onto others' are counted once.
 *
 * A source is not thread-safe: a heap that is calls it under its own lock.
 * Giving memory back keeps errno. A heap that passes pages it does not own is
 * mistaken, and ended by caller_error() (general.h).
 */
#ifndef ALLOCATORS_SOURCE_H
#define ALLOCATORS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

/* What stands behind the addresses. */
enum source_kind {
    SOURCE_PAGES, /* anonymous private memory */
    SOURCE_MEMFD, /* a shared memory file: can alias, can be mapped by
                     another process */
};

/* How a source is made. Zero everywhere gives a usable one. */
struct source_config {
    enum source_kind kind;

    /* Where the range should begin; 0 lets the kernel choose. A hint: if the
       place is taken the source lies elsewhere, and source_base() tells. */
    uintptr_t hint;

    /* Bytes of the range, rounded up to pages; 0 for SOURCE_LIMIT. If the
       system refuses as much, half is tried, and so on. */
    size_t limit;

    /* In builds for a memory checker: tell it that nobody may touch the bytes
       between the break and the next page (annotate.h). */
    bool annotated;
};

/* The default range. valgrind refuses one of 64 GiB; 16 GiB works. */
#define SOURCE_LIMIT ((size_t)16 << 30)

/*
 * Returns a new source with nothing committed, to be ended by
 * source_close(). Returns NULL with errno set if the system has no memory,
 * address space or descriptors for it.
 */
struct source *source_open(const struct source_config *config);

/*
 * Ends the source and unmaps its range. NULL does nothing.
 */
void source_close(struct source *source);

/*
 * Makes the source as new: every page given back, the meter and its peak at
 * zero, failures and counts forgotten, the same range.
 */
void source_reset(struct source *source);

/*
 * Moves the break up by size bytes, at most PTRDIFF_MAX, and returns where it
 * stood before. Bytes that the break passes for the first time are zero;
 * after a shrink they are unspecified up to the next page boundary. size 0
 * tells where the break is and is never refused. Returns NULL, and leaves
 * everything as it was, if the range is full or the request is refused.
 * Cost: a system call if the break enters a new page.
 */
void *source_grow(struct source *source, size_t size);

/*
 * Moves the break down by size bytes, at most as many as it has grown by, and
 * gives back every page above it.
 */
void source_shrink(struct source *source, size_t size);

/*
 * Returns a run of size bytes of zeroed pages at a multiple of alignment. size
 * is rounded up to pages and must not be 0; alignment is a power of two, and
 * anything up to a page means a page. Returns NULL, and leaves everything as
 * it was, if there is no room or the request is refused. Cost: linear in the
 * runs, plus a system call.
 */
void *source_take(struct source *source, size_t size, size_t alignment);

/*
 * Gives back size bytes of pages at run, all taken, rounded up to pages: a
 * whole run or any whole pages of one. Touching them faults from then on. If
 * the system refuses (its mappings are exhausted) the pages are emptied and
 * counted as returned all the same, and only stay accessible. Pages that it
 * would not even empty stay counted.
 */
void source_return(struct source *source, void *run, size_t size);

/*
 * Gives the physical pages that lie wholly within the size bytes at start
 * back to the system, and returns how many bytes that were. The addresses
 * stay the heap's, and count as committed again when source_recommit() says
 * so. Until then they must not be touched.
 */
size_t source_release(struct source *source, void *start, size_t size);

/*
 * Makes the pages that lie partly or wholly within the size bytes at start
 * usable again after a release; they are zero. Pages in the range that were
 * not released stay as they are. Returns false, and changes nothing, if the
 * request is refused.
 */
bool source_recommit(struct source *source, void *start, size_t size);

/*
 * Makes the size bytes of pages at from show the same memory as those at onto,
 * and gives from's own physical pages back: meshing. Both are page-aligned, in
 * committed runs of this source, and do not overlap. from is writable after
 * it. Returns false, and changes nothing, if the source cannot alias, the
 * system refuses, or the memory at onto does not lie side by side in the
 * memory file, as when its pages were aliased one by one.
 */
bool source_alias(struct source *source, void *from, void *onto, size_t size);

/*
 * Makes the size bytes of committed pages at start read-only (writable false)
 * or writable again. Returns false, and changes nothing, if the system
 * refuses.
 */
bool source_protect(struct source *source, void *start, size_t size,
                    bool writable);

/*
 * Refuses a coming request: the n-th from now, counted from 1, of all calls to
 * source_grow(), source_take(), source_recommit() and source_alias() that
 * need new pages or mappings; if for_ever, all after it too. n 0 refuses
 * nothing more.
 */
void source_fail(struct source *source, size_t n, bool for_ever);

/* The requests so far, as source_fail() counts them, refused ones too. */
size_t source_requests(const struct source *source);

/* The requests refused so far, by source_fail() or for want of memory. */
size_t source_refusals(const struct source *source);

/* How many bytes the last refused request was for; 0 if there was none. */
size_t source_refused_size(const struct source *source);

/* The first address of the range, and how many bytes it has. */
char *source_base(const struct source *source);
size_t source_limit(const struct source *source);

/* Bytes committed now, and the most there ever were. */
size_t source_committed(const struct source *source);
size_t source_peak(const struct source *source);

/*
 * Can the size bytes at start be read: do they lie in committed pages of this
 * source? start may be anything: this is for a check() that does not trust
 * what it reads. size 0 asks for nothing: true if start is in the range. Cost:
 * linear in 1/64 of the pages.
 */
bool source_holds(const struct source *source, const void *start,
                  size_t size);

/*
 * Are the size bytes at start the heap's, released or not: in pages below the
 * break, or in runs? Otherwise as source_holds().
 */
bool source_owns(const struct source *source, const void *start, size_t size);

/* Bytes of a page, a power of two. */
size_t source_page_size(void);

/*
 * The descriptor of the memory file behind a SOURCE_MEMFD, or -1. It stays
 * the source's.
 */
int source_descriptor(const struct source *source);

#endif
