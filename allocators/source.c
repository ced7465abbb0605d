/*
 * source.c - a range of addresses, who owns which of its pages, and the meter.
 *
 * This half keeps the books and refuses what it was told to refuse;
 * source_map.c makes the kernel follow. The books are three bitmaps with a
 * bit for each page:
 *
 *     owned      the page lies below the break, or in a run
 *     backed     the meter counts it: owned, and not released
 *     readonly   source_protect() made it so
 *
 * Runs need no list: who returns one says how long it is. A free run is
 * searched 64 pages at a time from the top, so that a search costs time linear
 * in the runs and in 1/64 of the pages above the free part.
 *
 * libc's malloc is never used here, for this file may be below it.
 */
#include "allocators/source.h"

#include "allocators/annotate.h"
#include "allocators/bits.h"
#include "allocators/general.h"
#include "allocators/source_internal.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below this many bytes no smaller range is tried, unless it was asked for. */
#define LIMIT_LEAST ((size_t)1 << 20)

/* 8 TiB: page numbers fit 32 bits. */
#define LIMIT_MOST ((size_t)1 << 43)

size_t source_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * Lays the struct and its tables out in a mapping of their own. All of it is
 * zero, and costs memory only where it is written.
 */
static struct source *book_open(const struct source_config *config,
                                size_t limit)
{
    size_t pages = limit / source_page_size();
    size_t bitmap_size = round_up(pages, 64) / 8;
    size_t table_size =
        config->kind == SOURCE_MEMFD ? pages * sizeof(uint32_t) : 0;
    size_t head_size = round_up(sizeof(struct source), 64);
    size_t size = round_up(head_size + 3 * bitmap_size + 2 * table_size,
                           source_page_size());

    char *book = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (book == MAP_FAILED)
        return NULL;
    struct source *source = (struct source *)book;
    *source = (struct source){
        .limit = limit,
        .page_count = pages,
        .page_shift = log2_floor(source_page_size()),
        .kind = config->kind,
        .annotated = config->annotated,
        .top = pages,
        .descriptor = -1,
        .book_size = size,
    };
    char *tables = book + head_size;
    source->owned = (uint64_t *)tables;
    source->backed = (uint64_t *)(tables + bitmap_size);
    source->readonly = (uint64_t *)(tables + 2 * bitmap_size);
    if (config->kind == SOURCE_MEMFD) {
        source->shows = (uint32_t *)(tables + 3 * bitmap_size);
        source->others = source->shows + pages;
    }
    return source;
}

/*
 * Gives the memory file a length. A length above the process's limit for files
 * would not only be refused but kill it by a signal, so that is looked at
 * first.
 */
static bool set_file_size(int descriptor, size_t size)
{
    struct rlimit most;
    if (getrlimit(RLIMIT_FSIZE, &most) == 0 &&
        most.rlim_cur != RLIM_INFINITY && size > most.rlim_cur) {
        errno = EFBIG;
        return false;
    }
    return ftruncate(descriptor, (off_t)size) == 0;
}

static struct source *open_with_limit(const struct source_config *config,
                                      int descriptor, size_t limit)
{
    struct source *source = book_open(config, limit);
    if (source == NULL)
        return NULL;
    bool ready = true;
    if (descriptor >= 0) {
        struct stat file;
        ready =
            set_file_size(descriptor, limit) && fstat(descriptor, &file) == 0;
        if (ready) {
            source->descriptor = descriptor;
            source->device = file.st_dev;
            source->inode = file.st_ino;
        }
    }
    if (ready && map_range(source, (void *)config->hint))
        return source;

    int why = errno;
    (void)munmap(source, source->book_size);
    errno = why;
    return NULL;
}

struct source *source_open(const struct source_config *config)
{
    size_t page_size = source_page_size();
    size_t limit = config->limit != 0 ? config->limit : SOURCE_LIMIT;
    limit = limit < LIMIT_MOST ? round_up(limit, page_size) : LIMIT_MOST;
    size_t least = limit < LIMIT_LEAST ? limit : LIMIT_LEAST;

    int descriptor = -1;
    if (config->kind == SOURCE_MEMFD) {
        descriptor = memfd_create("heaplab", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor < 0)
            return NULL;
    }
    while (limit >= least) {
        struct source *source = open_with_limit(config, descriptor, limit);
        if (source != NULL)
            return source;
        limit = round_down(limit / 2, page_size);
    }
    int why = errno;
    if (descriptor >= 0)
        (void)close(descriptor);
    errno = why;
    return NULL;
}

/*
 * Tells a memory checker that the bytes between the break and the next page
 * may be touched by nobody; or, before the source ends, by anybody again.
 */
static void annotate_above_break(const struct source *source, bool closed)
{
    const char *start = source->base + source->grown;
    size_t size = source->edge - source->grown;

    if (!source->annotated)
        return;
    if (closed)
        annotate_closed(start, size);
    else
        annotate_open(start, size);
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    annotate_above_break(source, false);
    if (descriptor_is_ours(source))
        (void)close(source->descriptor);
    (void)munmap(source->base, source->limit);
    (void)munmap(source, source->book_size);
}

void source_reset(struct source *source)
{
    annotate_above_break(source, false);
    map_empty_all(source);
    bits_fill(source->owned, 0, source->page_count, false);
    source->grown = 0;
    source->edge = 0;
    source->top = source->page_count;
    source->peak = source->committed;
    source->requests = 0;
    source->refusals = 0;
    source->refused_size = 0;
    source_fail(source, 0, false);
}

/* Counts a refusal of size bytes; returns NULL for calls that return pointers. */
static void *refuse(struct source *source, size_t size)
{
    source->refusals++;
    source->refused_size = size;
    errno = ENOMEM;
    return NULL;
}

/* Counts a request. Is it one that source_fail() said to refuse? */
static bool must_refuse(struct source *source)
{
    size_t number = ++source->requests;
    return source->fail_at != 0 &&
           (number == source->fail_at ||
            (source->fail_for_ever && number > source->fail_at));
}

void source_fail(struct source *source, size_t n, bool for_ever)
{
    source->fail_at = n == 0 ? 0 : source->requests + n;
    source->fail_for_ever = for_ever;
}

/* source_grow() where the break enters new pages. */
static void *grow_pages(struct source *source, size_t size)
{
    if (must_refuse(source) || size > source->limit - source->grown)
        return refuse(source, size);

    char *old_break = source->base + source->grown;
    size_t edge = round_up(source->grown + size, source_page_size());
    size_t first = source->edge >> source->page_shift;
    size_t end = edge >> source->page_shift;
    if (bits_next(source->owned, first, end, true) < end ||
        !map_commit(source, first, end))
        return refuse(source, size);

    bits_fill(source->owned, first, end, true);
    source->grown += size;
    source->edge = edge;
    annotate_open(old_break, size);
    annotate_above_break(source, true);
    return old_break;
}

void *source_grow(struct source *source, size_t size)
{
    if (size > source->edge - source->grown)
        return grow_pages(source, size);
    char *old_break = source->base + source->grown;
    source->grown += size;
    annotate_open(old_break, size);
    return old_break;
}

/* The pages in [first, end) are nobody's from now on. */
static void disown(struct source *source, size_t first, size_t end)
{
    (void)map_uncommit(source, first, end);
    bits_fill(source->owned, first, end, false);
    if (source->top < end)
        source->top = end;
}

void source_shrink(struct source *source, size_t size)
{
    if (size > source->grown)
        caller_error("source", "break below base",
                     "source_shrink() by more than the break has grown");
    size_t old_end = source->edge >> source->page_shift;
    source->grown -= size;
    source->edge = round_up(source->grown, source_page_size());
    annotate_above_break(source, true);
    disown(source, source->edge >> source->page_shift, old_end);
}

/*
 * Returns the first page of the highest free run of count pages, above the
 * break, whose address is a multiple of alignment; or NOWHERE.
 */
static size_t find_run(const struct source *source, size_t count,
                       size_t alignment)
{
    size_t low = source->edge >> source->page_shift;
    size_t end = bits_last(source->owned, low, source->top, false);

    while (end - low >= count) {
        uintptr_t highest = (uintptr_t)address_of(source, end - count);
        uintptr_t start = round_down(highest, alignment);
        if (start < (uintptr_t)address_of(source, low))
            break;
        size_t first =
            (start - (uintptr_t)source->base) >> source->page_shift;
        size_t taken = bits_last(source->owned, first, first + count, true);
        if (taken == first)
            return first;
        end = bits_last(source->owned, low, taken, false);
    }
    return NOWHERE;
}

void *source_take(struct source *source, size_t size, size_t alignment)
{
    if (size == 0)
        caller_error("source", "empty run", "source_take() of 0 bytes");
    if (!is_power_of_two(alignment))
        caller_error("source", "alignment",
                     "source_take() at no power of two");
    if (must_refuse(source) || size > source->limit)
        return refuse(source, size);

    size_t count = round_up(size, source_page_size()) >> source->page_shift;
    size_t first = find_run(source, count, alignment);
    if (first == NOWHERE || !map_commit(source, first, first + count))
        return refuse(source, size);

    bits_fill(source->owned, first, first + count, true);
    if (first + count == source->top)
        source->top = first;
    annotate_open(address_of(source, first), count << source->page_shift);
    return address_of(source, first);
}

/*
 * Finds the pages that lie partly or wholly within the size bytes at start.
 * Returns false if some of those are not the source's.
 */
static bool pages_within(const struct source *source, const void *start,
                         size_t size, size_t *first, size_t *end)
{
    size_t offset = (uintptr_t)start - (uintptr_t)source->base;
    if (offset > source->limit || size > source->limit - offset)
        return false;
    *first = offset >> source->page_shift;
    *end = round_up(offset + size, source_page_size()) >> source->page_shift;
    return true;
}

/* Are the bits of all pages that lie within the size bytes at start set? */
static bool all_within(const struct source *source, const void *start,
                       size_t size, const uint64_t *bits)
{
    size_t first;
    size_t end;
    return pages_within(source, start, size, &first, &end) &&
           bits_next(bits, first, end, false) >= end;
}

bool source_holds(const struct source *source, const void *start, size_t size)
{
    return all_within(source, start, size, source->backed);
}

bool source_owns(const struct source *source, const void *start, size_t size)
{
    return all_within(source, start, size, source->owned);
}

/*
 * Finds the same pages. Ends the program if they are not all owned: whoever
 * passes them is mistaken about what it holds.
 */
static void find_pages(const struct source *source, const void *start,
                       size_t size, const char *caller, size_t *first,
                       size_t *end)
{
    if (!pages_within(source, start, size, first, end) ||
        bits_next(source->owned, *first, *end, false) < *end)
        caller_error("source", "foreign pages", caller);
}

void source_return(struct source *source, void *run, size_t size)
{
    size_t first;
    size_t end;
    find_pages(source, run, size, "source_return() of pages not taken",
               &first, &end);
    disown(source, first, end);
}

size_t source_release(struct source *source, void *start, size_t size)
{
    size_t first;
    size_t end;
    find_pages(source, start, size, "source_release() of pages not owned",
               &first, &end);
    /* Not those that lie within only in part. */
    if (address_of(source, first) < (char *)start)
        first++;
    if (address_of(source, end) > (char *)start + size)
        end--;
    return first < end ? map_uncommit(source, first, end) : 0;
}

bool source_recommit(struct source *source, void *start, size_t size)
{
    size_t first;
    size_t end;
    find_pages(source, start, size, "source_recommit() of pages not owned",
               &first, &end);
    if (bits_next(source->backed, first, end, false) == end)
        return true;
    if (must_refuse(source) || !map_commit(source, first, end)) {
        (void)refuse(source, size);
        return false;
    }
    return true;
}

/* find_pages(), and all of them committed. */
static void find_backed(const struct source *source, const void *start,
                        size_t size, const char *caller, size_t *first,
                        size_t *end)
{
    find_pages(source, start, size, caller, first, end);
    if (bits_next(source->backed, *first, *end, false) < *end)
        caller_error("source", "released pages", caller);
}

bool source_alias(struct source *source, void *from, void *onto, size_t size)
{
    static const char caller[] = "source_alias() of pages not committed";
    size_t first;
    size_t end;
    size_t onto_first;
    size_t onto_end;
    find_backed(source, from, size, caller, &first, &end);
    find_backed(source, onto, size, caller, &onto_first, &onto_end);
    if (address_of(source, first) != from ||
        address_of(source, onto_first) != onto ||
        (first < onto_end && onto_first < end))
        caller_error("source", "alias ranges",
                     "source_alias() of parts of pages, or overlapping");

    if (source->kind != SOURCE_MEMFD)
        return false;
    if (map_same(source, first, onto_first, end - first) &&
        bits_next(source->readonly, first, end, true) == end)
        return true;
    if (must_refuse(source) ||
        !map_alias(source, first, onto_first, end - first)) {
        (void)refuse(source, size);
        return false;
    }
    return true;
}

bool source_protect(struct source *source, void *start, size_t size,
                    bool writable)
{
    size_t first;
    size_t end;
    find_backed(source, start, size,
                "source_protect() of pages not committed", &first, &end);
    return first == end || map_protect(source, first, end, writable);
}

size_t source_requests(const struct source *source)
{
    return source->requests;
}

size_t source_refusals(const struct source *source)
{
    return source->refusals;
}

size_t source_refused_size(const struct source *source)
{
    return source->refused_size;
}

char *source_base(const struct source *source)
{
    return source->base;
}

size_t source_limit(const struct source *source)
{
    return source->limit;
}

size_t source_committed(const struct source *source)
{
    return source->committed;
}

size_t source_peak(const struct source *source)
{
    return source->peak;
}

int source_descriptor(const struct source *source)
{
    return source->descriptor;
}
