/*
 * source_internal.h - what source.c and source_map.c share: the struct, its
 * bitmaps, and the calls that change which pages are backed.
 *
 * source.c keeps the books (who owns which page, the meter's face, refusals);
 * source_map.c talks to the kernel. Nobody else includes this.
 */
#ifndef ALLOCATORS_SOURCE_INTERNAL_H
#define ALLOCATORS_SOURCE_INTERNAL_H

#include "allocators/source.h"

#include <sys/types.h>

/* No page: what a search that found nothing returns. */
#define NOWHERE SIZE_MAX

/*
 * The struct and its tables lie outside the range, in a mapping of their own:
 * they play the kernel's part, which no heap is charged for. The tables have
 * an entry for each page, and the kernel backs only what was written of them.
 *
 * Pages are numbered from base. In a memory file, file page n lies at n pages
 * from its beginning; page n shows file page n unless it is aliased, or was
 * committed while another page still showed file page n.
 */
struct source {
    char *base;          /* the first byte of the range */
    size_t limit;        /* bytes of the range, a multiple of pages */
    size_t page_count;   /* the same in pages */
    unsigned page_shift; /* a page is 2^page_shift bytes */
    enum source_kind kind;

    bool annotated; /* as in struct source_config */

    size_t grown; /* bytes from base to the break */
    size_t edge;  /* grown, rounded up to pages */
    size_t top;   /* a page number; no page from here on is free */

    size_t committed; /* bytes; the meter */
    size_t peak;      /* bytes; its highest value */

    size_t requests;     /* so far */
    size_t refusals;     /* so far */
    size_t refused_size; /* bytes of the last one refused, or 0 */
    size_t fail_at;      /* the request to refuse, or 0 */
    bool fail_for_ever;

    int descriptor; /* of the memory file, or -1 */
    dev_t device;   /* these two tell whether the descriptor still is ours: */
    ino_t inode;    /* a program may have closed it, and opened another */

    /* False as long as every page shows its own file page and no file page
       is lost, so that whole ranges can be treated at once. */
    bool rearranged;

    uint64_t *owned;    /* a bit a page: below the break or in a run */
    uint64_t *backed;   /* a bit a page: counted by the meter */
    uint64_t *readonly; /* a bit a page: source_protect() made it so */

    /* Memory files only. shows[p]: 1 + the file page that page p's mapping
       leads to, or 0 for its own. others[f]: how many backed pages but f
       itself show file page f; one more if the kernel would not empty it. */
    uint32_t *shows;
    uint32_t *others;

    size_t book_size; /* bytes of the mapping that holds all this */
};

/* The address of a page, and the page of an address in the range. */
static inline char *address_of(const struct source *source, size_t page)
{
    return source->base + (page << source->page_shift);
}

static inline size_t page_of(const struct source *source, const void *address)
{
    return ((uintptr_t)address - (uintptr_t)source->base) >>
           source->page_shift;
}

/* --- bitmaps ------------------------------------------------------------ */

static inline bool bit_is_set(const uint64_t *bits, size_t index)
{
    return (bits[index / 64] >> (index % 64) & 1) != 0;
}

/* Sets the bits in [first, end) to value. */
static inline void bits_fill(uint64_t *bits, size_t first, size_t end,
                             bool value)
{
    while (first < end) {
        size_t count = 64 - first % 64;
        if (count > end - first)
            count = end - first;
        uint64_t mask = (UINT64_MAX >> (64 - count)) << (first % 64);
        if (value)
            bits[first / 64] |= mask;
        else
            bits[first / 64] &= ~mask;
        first += count;
    }
}

/* The lowest index in [first, end) whose bit is value, or end. */
static inline size_t bits_next(const uint64_t *bits, size_t first, size_t end,
                               bool value)
{
    while (first < end) {
        uint64_t word = value ? bits[first / 64] : ~bits[first / 64];
        word >>= first % 64;
        if (word != 0) {
            size_t found = first + (size_t)__builtin_ctzll(word);
            return found < end ? found : end;
        }
        first += 64 - first % 64;
    }
    return end;
}

/* One above the highest index in [first, end) whose bit is value, or first. */
static inline size_t bits_last(const uint64_t *bits, size_t first, size_t end,
                               bool value)
{
    while (first < end) {
        size_t last = end - 1;
        uint64_t word = value ? bits[last / 64] : ~bits[last / 64];
        word <<= 63 - last % 64;
        if (word != 0) {
            size_t found = end - (size_t)__builtin_clzll(word);
            return found > first ? found : first;
        }
        end = last - last % 64;
    }
    return first;
}

/* --- source_map.c ------------------------------------------------------- */

/*
 * Maps the whole range anew, inaccessible, every page showing its own file
 * page: at the hint if the source has no base yet, else over the range.
 * Returns false with errno set if the system refuses.
 */
bool map_range(struct source *source, void *hint);

/*
 * Makes every page in [first, end) backed, accessible and counted; those that
 * are backed stay as they are. Returns false, and changes nothing, if the
 * system refuses.
 */
bool map_commit(struct source *source, size_t first, size_t end);

/*
 * Gives the physical pages behind the backed pages in [first, end) back and
 * makes those inaccessible. Returns by how many bytes the meter fell, which
 * is less if others show the same memory. Keeps errno.
 */
size_t map_uncommit(struct source *source, size_t first, size_t end);

/*
 * Gives back whatever is backed, and makes the range as map_range() made it.
 * Keeps errno.
 */
void map_empty_all(struct source *source);

/* Does page from + k show the same file page as onto + k for all k < count? */
bool map_same(const struct source *source, size_t from, size_t onto,
              size_t count);

/* source_alias() in page numbers. */
bool map_alias(struct source *source, size_t from, size_t onto, size_t count);

/* source_protect() in page numbers. */
bool map_protect(struct source *source, size_t first, size_t end,
                 bool writable);

/* Is the descriptor still that of the source's memory file? */
bool descriptor_is_ours(const struct source *source);

#endif
