/*
 * source_map.c - the half of a source that talks to the kernel.
 *
 * The range is one inaccessible mapping. To commit pages is to make them
 * accessible; the kernel then backs each when it is first written. To give
 * them back is to empty them and to make them inaccessible again.
 *
 *     anonymous     commit    mprotect(READ | WRITE)
 *                   empty     madvise(DONTNEED)
 *     memory file   commit    the same, or mmap() if the page's own file page
 *                             is in use by an alias
 *                   empty     fallocate(PUNCH_HOLE), once nobody shows the
 *                             file page
 *     both          hide      mprotect(NONE), or mmap() to end an alias
 *
 * Every step works on stretches: pages side by side in the same state. The
 * order of the steps is such that the kernel never holds more than the meter
 * says, whichever of them fails.
 */
#include "allocators/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define ACCESSIBLE (PROT_READ | PROT_WRITE)

static bool set_access(const struct source *source, size_t first, size_t end,
                       int access)
{
    return mprotect(address_of(source, first),
                    (end - first) << source->page_shift, access) == 0;
}

bool descriptor_is_ours(const struct source *source)
{
    struct stat now;
    return source->descriptor >= 0 && fstat(source->descriptor, &now) == 0 &&
           now.st_dev == source->device && now.st_ino == source->inode;
}

/*
 * Huge pages are switched off so that a byte written never costs more than
 * the page that the meter charged for it. That a kernel without huge pages
 * refuses this is as good.
 */
static void no_huge_pages(void *start, size_t size)
{
    (void)madvise(start, size, MADV_NOHUGEPAGE);
}

bool map_range(struct source *source, void *hint)
{
    int flags = MAP_NORESERVE;
    if (source->kind == SOURCE_MEMFD)
        flags |= MAP_SHARED;
    else
        flags |= MAP_PRIVATE | MAP_ANONYMOUS;
    if (source->base != NULL)
        flags |= MAP_FIXED;

    if (source->kind == SOURCE_MEMFD && !descriptor_is_ours(source)) {
        errno = EBADF;
        return false;
    }
    void *base = mmap(source->base != NULL ? source->base : hint,
                      source->limit, PROT_NONE, flags, source->descriptor, 0);
    if (base == MAP_FAILED)
        return false;
    no_huge_pages(base, source->limit);
    source->base = base;
    return true;
}

/* Maps count pages from first on onto the file pages from file on. */
static bool map_file(const struct source *source, size_t first, size_t count,
                     size_t file, int access)
{
    size_t size = count << source->page_shift;
    if (!descriptor_is_ours(source))
        return false;
    void *at = mmap(address_of(source, first), size, access,
                    MAP_SHARED | MAP_NORESERVE | MAP_FIXED,
                    source->descriptor, (off_t)(file << source->page_shift));
    if (at == MAP_FAILED)
        return false;
    no_huge_pages(at, size);
    return true;
}

static size_t file_of(const struct source *source, size_t page)
{
    if (!source->rearranged || source->shows[page] == 0)
        return page;
    return source->shows[page] - 1;
}

/* Does a backed page show this file page? */
static bool file_is_used(const struct source *source, size_t file)
{
    return source->others[file] != 0 ||
           (source->shows[file] == 0 && bit_is_set(source->backed, file));
}

static void show(struct source *source, size_t page, size_t file)
{
    source->shows[page] = file == page ? 0 : (uint32_t)(file + 1);
    if (file != page)
        source->others[file]++;
}

static void forget(struct source *source, size_t page, size_t file)
{
    if (file != page)
        source->others[file]--;
}

/*
 * Returns a file page that nobody shows and that none of the pages to be
 * committed, those of [first, end) without backing, will want for its own.
 * There always is one: there are as many file pages as pages, and every page,
 * backed or to be, needs one at most. Time: linear in the pages at worst; but
 * just above the break there is nearly always one.
 */
static size_t spare_file(const struct source *source, size_t first,
                         size_t end)
{
    size_t file = source->edge >> source->page_shift;
    for (size_t tries = 0; tries < source->page_count; tries++, file++) {
        if (file >= source->page_count)
            file = 0;
        bool wanted =
            file >= first && file < end && !bit_is_set(source->backed, file);
        if (!wanted && !file_is_used(source, file))
            return file;
    }
    return NOWHERE;
}

/*
 * Empties anonymous pages; if even that is refused (they are locked, and the
 * mappings exhausted), clears them and leaves them counted and accessible.
 */
static bool empty_private(struct source *source, size_t first, size_t end)
{
    char *at = address_of(source, first);
    size_t size = (end - first) << source->page_shift;

    if (madvise(at, size, MADV_DONTNEED) != 0) {
        /* Locked pages are not emptied but can be replaced. */
        void *anew = mmap(
            at, size, PROT_NONE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
        if (anew == MAP_FAILED) {
            if (bits_next(source->readonly, first, end, true) < end)
                (void)set_access(source, first, end, ACCESSIBLE);
            memset(at, 0, size);
            return false;
        }
        no_huge_pages(at, size);
    }
    source->committed -= size;
    return true;
}

/*
 * Empties count file pages from file on, which nobody shows any more. shown_at
 * is the first of the pages that still lead to them, or NOWHERE: through these
 * it can be done after the program closed the descriptor. File pages that
 * cannot be emptied stay counted and are never used again.
 */
static void empty_file(struct source *source, size_t file, size_t count,
                       size_t shown_at)
{
    size_t size = count << source->page_shift;
    off_t offset = (off_t)(file << source->page_shift);

    bool done = descriptor_is_ours(source) &&
                fallocate(source->descriptor,
                          FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
                          (off_t)size) == 0;
    if (!done && shown_at != NOWHERE)
        done = set_access(source, shown_at, shown_at + count, ACCESSIBLE) &&
               madvise(address_of(source, shown_at), size, MADV_REMOVE) == 0;
    if (done) {
        source->committed -= size;
        return;
    }
    source->rearranged = true;
    for (size_t i = 0; i < count; i++)
        source->others[file + i]++;
}

/*
 * The pages in [first, end), which show file pages side by side, show them no
 * more: empties those that nobody else shows.
 */
static void drop_files(struct source *source, size_t first, size_t end)
{
    size_t file = file_of(source, first);
    size_t unused = 0; /* how many just below page nobody shows */

    bits_fill(source->backed, first, end, false);
    if (!source->rearranged) {
        empty_file(source, file, end - first, first);
        return;
    }
    for (size_t page = first; page < end; page++, file++) {
        forget(source, page, file);
        if (!file_is_used(source, file)) {
            unused++;
            continue;
        }
        if (unused > 0)
            empty_file(source, file - unused, unused, page - unused);
        unused = 0;
    }
    if (unused > 0)
        empty_file(source, file - unused, unused, end - unused);
}

/*
 * Makes the pages in [first, end) inaccessible, each leading to its own file
 * page. If the system refuses, what leads elsewhere is mended at the next
 * commit, which looks.
 */
static void hide(struct source *source, size_t first, size_t end)
{
    size_t page = source->rearranged ? first : end;
    while (page < end && file_of(source, page) == page)
        page++;
    if (page < end &&
        map_file(source, first, end - first, first, PROT_NONE)) {
        memset(source->shows + first, 0,
               (end - first) * sizeof *source->shows);
        return;
    }
    (void)set_access(source, first, end, PROT_NONE);
}

/* The end of the pages from first on that are backed and show file pages side
   by side, at most end. */
static size_t stretch_end(const struct source *source, size_t first,
                          size_t end)
{
    end = bits_next(source->backed, first, end, false);
    if (!source->rearranged)
        return end;
    size_t file = file_of(source, first);
    size_t page = first + 1;
    while (page < end && file_of(source, page) == file + (page - first))
        page++;
    return page;
}

size_t map_uncommit(struct source *source, size_t first, size_t end)
{
    int saved_errno = errno;
    size_t before = source->committed;
    size_t page = bits_next(source->backed, first, end, true);

    while (page < end) {
        size_t stop = stretch_end(source, page, end);
        bool gone = true;
        if (source->kind == SOURCE_MEMFD)
            drop_files(source, page, stop);
        else
            gone = empty_private(source, page, stop);
        bits_fill(source->readonly, page, stop, false);
        if (gone) {
            bits_fill(source->backed, page, stop, false);
            hide(source, page, stop);
        }
        page = bits_next(source->backed, stop, end, true);
    }
    errno = saved_errno;
    return before - source->committed;
}

/*
 * After map_range() with nothing backed: every page shows its own file page
 * again, and what the kernel once refused to empty it is asked to again.
 */
static void forget_aliases(struct source *source)
{
    bool empty = source->committed == 0 ||
                 fallocate(source->descriptor,
                           FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                           (off_t)source->limit) == 0;
    /* Written only where it changes: the tables cost memory where written. */
    for (size_t page = 0; page < source->page_count; page++) {
        if (source->shows[page] != 0)
            source->shows[page] = 0;
        if (empty && source->others[page] != 0)
            source->others[page] = 0;
    }
    if (empty) {
        source->committed = 0;
        source->rearranged = false;
    }
}

/*
 * First page by page, so that all is right whatever of the rest is refused;
 * then the range is mapped anew, which makes the kernel forget into how many
 * mappings it was split, and the file emptied as a whole, which includes what
 * it refused to empty before.
 */
void map_empty_all(struct source *source)
{
    int saved_errno = errno;
    (void)map_uncommit(source, 0, source->page_count);
    if (map_range(source, NULL)) {
        if (source->kind == SOURCE_PAGES) {
            bits_fill(source->backed, 0, source->page_count, false);
            source->committed = 0;
        } else if (source->rearranged) {
            forget_aliases(source);
        }
    }
    errno = saved_errno;
}

/* Can the page be committed as it is, on its own file page? */
static bool is_plain(const struct source *source, size_t page)
{
    return source->shows[page] == 0 && source->others[page] == 0;
}

/* Hides the pages in [first, end) that uncover() made accessible. */
static void cover(struct source *source, size_t first, size_t end)
{
    size_t page = bits_next(source->backed, first, end, false);
    while (page < end) {
        size_t stop = bits_next(source->backed, page, end, true);
        if (source->rearranged)
            for (size_t p = page; p < stop; p++)
                forget(source, p, file_of(source, p));
        hide(source, page, stop);
        page = bits_next(source->backed, stop, end, false);
    }
}

/*
 * Makes the first pages of [page, stop), none of them backed, accessible and
 * returns the end of those; or page if the system refuses. [first, end) is all
 * that is to be committed.
 */
static size_t uncover(struct source *source, size_t page, size_t stop,
                      size_t first, size_t end)
{
    size_t next = stop;
    if (source->rearranged) {
        next = page;
        while (next < stop && is_plain(source, next))
            next++;
    }
    if (next > page) {
        if (set_access(source, page, next, ACCESSIBLE))
            return next;
        /* The kernel may have gone through with a part of it. */
        (void)set_access(source, page, next, PROT_NONE);
        return page;
    }
    size_t file =
        source->others[page] == 0 ? page : spare_file(source, first, end);
    if (file == NOWHERE || !map_file(source, page, 1, file, ACCESSIBLE))
        return page;
    show(source, page, file);
    return page + 1;
}

bool map_commit(struct source *source, size_t first, size_t end)
{
    size_t fresh = 0; /* pages */
    size_t page = bits_next(source->backed, first, end, false);

    while (page < end) {
        size_t stop = bits_next(source->backed, page, end, true);
        size_t next = uncover(source, page, stop, first, end);
        if (next == page) {
            cover(source, first, page);
            return false;
        }
        fresh += next - page;
        page = bits_next(source->backed, next, end, false);
    }
    bits_fill(source->backed, first, end, true);
    source->committed += fresh << source->page_shift;
    if (source->committed > source->peak)
        source->peak = source->committed;
    return true;
}

bool map_same(const struct source *source, size_t from, size_t onto,
              size_t count)
{
    size_t i = 0;
    while (i < count &&
           file_of(source, from + i) == file_of(source, onto + i))
        i++;
    return i == count;
}

/* A page that showed one file page shows another, or the same, from now on. */
static void show_instead(struct source *source, size_t page, size_t old,
                         size_t file)
{
    show(source, page, file);
    forget(source, page, old);
}

/*
 * One mmap() does it, or nothing happens: file pages that do not lie side by
 * side would take several, and undoing the first when the last is refused
 * could be refused as well.
 */
bool map_alias(struct source *source, size_t from, size_t onto, size_t count)
{
    size_t file = file_of(source, onto);
    for (size_t i = 1; i < count; i++)
        if (file_of(source, onto + i) != file + i)
            return false;
    if (!map_file(source, from, count, file, ACCESSIBLE))
        return false;

    source->rearranged = true;
    bits_fill(source->readonly, from, from + count, false);
    size_t unused = 0; /* how many just below unused_end nobody shows now */
    size_t unused_end = 0;
    for (size_t i = 0; i < count; i++) {
        size_t old = file_of(source, from + i);
        show_instead(source, from + i, old, file + i);
        if (file_is_used(source, old))
            continue;
        if (unused > 0 && old != unused_end) {
            empty_file(source, unused_end - unused, unused, NOWHERE);
            unused = 0;
        }
        unused++;
        unused_end = old + 1;
    }
    if (unused > 0)
        empty_file(source, unused_end - unused, unused, NOWHERE);
    return true;
}

bool map_protect(struct source *source, size_t first, size_t end,
                 bool writable)
{
    if (set_access(source, first, end, writable ? ACCESSIBLE : PROT_READ)) {
        bits_fill(source->readonly, first, end, !writable);
        return true;
    }
    /* The kernel may have gone through with a part of it. */
    size_t page = first;
    while (page < end) {
        bool was = bit_is_set(source->readonly, page);
        size_t stop = bits_next(source->readonly, page, end, !was);
        (void)set_access(source, page, stop, was ? PROT_READ : ACCESSIBLE);
        page = stop;
    }
    return false;
}
