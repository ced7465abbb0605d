/*
 * remote.c - source.h, where the books are kept by the judge.
 *
 * Every request goes to the judge, who says yes or no and counts what is
 * committed. This side makes the pages accessible that were given, so that an
 * allocator which touches others crashes here as it does elsewhere. One that
 * gets round that uses memory which the judge sees and counts as well.
 */
#include "grader/served/served.h"

#include "allocators/bits.h"
#include "allocators/general.h"
#include "grader/runner/place.h"

#include <errno.h>
#include <sys/mman.h>

struct source {
    char *base;   /* the first byte of the range */
    size_t limit; /* bytes of the range */
    size_t grown; /* bytes from base to the break */
};

static struct source the_source;

struct source *remote_source(size_t limit)
{
    void *base = mmap((void *)PLACE_SOURCE, limit, PROT_NONE,
                      MAP_SHARED | MAP_NORESERVE, HEAP_FD, 0);

    if (base != (void *)PLACE_SOURCE)
        return NULL;
    (void)madvise(base, limit, MADV_NOHUGEPAGE);
    the_source = (struct source){base, limit, 0};
    return &the_source;
}

size_t source_page_size(void)
{
    static size_t size;

    if (size == 0)
        size = (size_t)sysconf(_SC_PAGESIZE);
    return size;
}

/* Makes the pages from address first to address end accessible, or not. */
static void set_access(const char *first, const char *end, int access)
{
    if (first < end)
        (void)mprotect((void *)first, (size_t)(end - first), access);
}

/* The first page boundary at or above an address; at or below it. */
static char *page_above(const char *address)
{
    return (char *)round_up((uintptr_t)address, source_page_size());
}

static char *page_below(const char *address)
{
    return (char *)round_down((uintptr_t)address, source_page_size());
}

/* Asks the judge. Returns whether the answer is GIVEN. */
static bool want(enum letter_kind kind, const void *at, uint64_t size,
                 uint64_t other, struct letter *letter)
{
    *letter =
        (struct letter){.kind = kind, .words = {(uintptr_t)at, size, other}};
    post(letter);
    if (letter->kind != GIVEN)
        errno = ENOMEM;
    return letter->kind == GIVEN;
}

/* Ends the program if the judge says that the pages are not the heap's. */
static void end_if_mistaken(const struct letter *letter, const char *rule,
                            const char *message)
{
    if (letter->kind == MISTAKE)
        caller_error("source", rule, message);
}

void *source_grow(struct source *source, size_t size)
{
    char *old_break = source->base + source->grown;
    struct letter letter;

    if (size == 0)
        return old_break;
    if (!want(WANT_GROW, NULL, size, 0, &letter))
        return NULL;
    source->grown += size;
    set_access(page_above(old_break), page_above(old_break + size),
               PROT_READ | PROT_WRITE);
    return old_break;
}

void source_shrink(struct source *source, size_t size)
{
    const char *old_break = source->base + source->grown;
    struct letter letter;

    (void)want(WANT_SHRINK, NULL, size, 0, &letter);
    end_if_mistaken(&letter, "break below base",
                    "source_shrink() by more than the break has grown");
    source->grown -= size;
    set_access(page_above(old_break - size), page_above(old_break),
               PROT_NONE);
}

void *source_take(struct source *source, size_t size, size_t alignment)
{
    struct letter letter;
    char *run;

    (void)source;
    if (size == 0)
        caller_error("source", "empty run", "source_take() of 0 bytes");
    if (!is_power_of_two(alignment))
        caller_error("source", "alignment",
                     "source_take() at no power of two");
    if (!want(WANT_TAKE, NULL, size, alignment, &letter))
        return NULL;
    run = (char *)(uintptr_t)letter.words[0];
    set_access(run, page_above(run + size), PROT_READ | PROT_WRITE);
    return run;
}

void source_return(struct source *source, void *run, size_t size)
{
    struct letter letter;

    (void)source;
    (void)want(WANT_RETURN, run, size, 0, &letter);
    end_if_mistaken(&letter, "foreign pages",
                    "source_return() of pages not taken");
    set_access(page_below(run), page_above((char *)run + size), PROT_NONE);
}

size_t source_release(struct source *source, void *start, size_t size)
{
    struct letter letter;

    (void)source;
    (void)want(WANT_RELEASE, start, size, 0, &letter);
    end_if_mistaken(&letter, "foreign pages",
                    "source_release() of pages not owned");
    set_access(page_above(start), page_below((char *)start + size),
               PROT_NONE);
    return letter.words[0];
}

bool source_recommit(struct source *source, void *start, size_t size)
{
    struct letter letter;
    bool given = want(WANT_RECOMMIT, start, size, 0, &letter);

    (void)source;
    end_if_mistaken(&letter, "foreign pages",
                    "source_recommit() of pages not owned");
    if (given)
        set_access(page_below(start), page_above((char *)start + size),
                   PROT_READ | PROT_WRITE);
    return given;
}

/* Pages that show others' memory would need another hand on the mapping. */
bool source_alias(struct source *source, void *from, void *onto, size_t size)
{
    (void)source;
    (void)from;
    (void)onto;
    (void)size;
    return false;
}

bool source_protect(struct source *source, void *start, size_t size,
                    bool writable)
{
    struct letter letter;

    (void)source;
    (void)want(WANT_OWNED, start, size, true, &letter);
    end_if_mistaken(&letter, "foreign pages",
                    "source_protect() of pages not committed");
    set_access(page_below(start), page_above((char *)start + size),
               writable ? PROT_READ | PROT_WRITE : PROT_READ);
    return true;
}

bool source_holds(const struct source *source, const void *start, size_t size)
{
    struct letter letter;

    (void)source;
    return want(WANT_OWNED, start, size, true, &letter);
}

bool source_owns(const struct source *source, const void *start, size_t size)
{
    struct letter letter;

    (void)source;
    return want(WANT_OWNED, start, size, false, &letter);
}

/* A failure is for the judge to order. */
void source_fail(struct source *source, size_t n, bool for_ever)
{
    (void)source;
    (void)n;
    (void)for_ever;
}

/* Asks for one figure of the meter. */
static size_t figure(size_t which)
{
    struct letter letter;

    if (!want(WANT_METER, NULL, 0, 0, &letter))
        return 0;
    return which < 4 ? letter.words[which] : letter.detail;
}

size_t source_requests(const struct source *source)
{
    (void)source;
    return figure(0);
}

size_t source_refusals(const struct source *source)
{
    (void)source;
    return figure(1);
}

size_t source_committed(const struct source *source)
{
    (void)source;
    return figure(2);
}

size_t source_peak(const struct source *source)
{
    (void)source;
    return figure(3);
}

size_t source_refused_size(const struct source *source)
{
    (void)source;
    return figure(4);
}

char *source_base(const struct source *source)
{
    return source->base;
}

size_t source_limit(const struct source *source)
{
    return source->limit;
}

int source_descriptor(const struct source *source)
{
    (void)source;
    return -1;
}
