/*
 * source_model.h - what a source should be like after a random sequence of
 * operations: a model that is too simple to be wrong, and the comparison.
 *
 * The model has an entry for each page of a small range. Memory is numbered:
 * memory[page] tells which memory the page shows, so that aliased pages have
 * the same number, and mark[memory] what was written into it last.
 */
#ifndef ALLOCATORS_TESTS_SOURCE_MODEL_H
#define ALLOCATORS_TESTS_SOURCE_MODEL_H

#include "allocators/tests/help.h"

#define MODEL_PAGES ((size_t)96)

struct model {
    struct source *source;
    enum source_kind kind;
    uint64_t random;   /* the state of the sequence */
    size_t page_size;  /* bytes */
    size_t grown;      /* bytes below the break */
    size_t peak;       /* bytes; the most that were ever committed */
    unsigned last_run; /* the number of the run that was taken last */
    bool system_fails; /* system calls are being refused: what should be
                           inaccessible may not be, and the meter may be high */
    bool owned[MODEL_PAGES];
    bool backed[MODEL_PAGES];
    bool readonly[MODEL_PAGES];
    unsigned run[MODEL_PAGES];  /* which run the page is in; 0: none */
    size_t memory[MODEL_PAGES]; /* of a backed page */
    uint64_t mark[MODEL_PAGES]; /* by memory */
    size_t done[16];            /* how often each operation worked */
};

static inline char *model_page(const struct model *m, size_t page)
{
    return source_base(m->source) + page * m->page_size;
}

/* Pages that the break has entered. */
static inline size_t model_edge(const struct model *m)
{
    return (m->grown + m->page_size - 1) / m->page_size;
}

static inline bool model_shown(const struct model *m, size_t memory)
{
    bool shown = false;
    for (size_t page = 0; page < MODEL_PAGES; page++)
        shown |= m->backed[page] && m->memory[page] == memory;
    return shown;
}

static inline size_t model_committed(const struct model *m)
{
    bool shown[MODEL_PAGES] = {false};
    size_t count = 0;
    for (size_t page = 0; page < MODEL_PAGES; page++) {
        if (!m->backed[page] || shown[m->memory[page]])
            continue;
        shown[m->memory[page]] = true;
        count++;
    }
    return count * m->page_size;
}

/* The pages in [first, end) become backed by new memory, all zero. */
static inline void model_back(struct model *m, size_t first, size_t end)
{
    size_t memory = 0;
    for (size_t page = first; page < end; page++) {
        if (m->backed[page])
            continue;
        while (model_shown(m, memory))
            memory++;
        m->backed[page] = true;
        m->memory[page] = memory;
        m->mark[memory] = 0;
    }
    if (model_committed(m) > m->peak)
        m->peak = model_committed(m);
}

static inline void model_unback(struct model *m, size_t first, size_t end)
{
    for (size_t page = first; page < end; page++)
        m->backed[page] = m->readonly[page] = false;
}

/* --- comparing ------------------------------------------------------------ */

/* The first, a middle and the last word of a page. */
static inline uint64_t *model_word(const struct model *m, size_t page,
                                   size_t which)
{
    size_t offset[] = {0, m->page_size / 2 + 8, m->page_size - 8};
    return (uint64_t *)(model_page(m, page) + offset[which]);
}

static inline void model_check_contents(const struct model *m)
{
    for (size_t page = 0; page < MODEL_PAGES; page++) {
        for (size_t i = 0; m->backed[page] && i < 3; i++)
            expect(*model_word(m, page, i) == m->mark[m->memory[page]],
                   "page %zu lost its contents", page);
    }
}

static inline void model_check_access(const struct model *m)
{
    char access[MODEL_PAGES];
    read_access(m->source, access);
    for (size_t page = 0; page < MODEL_PAGES; page++) {
        char expected = NO_ACCESS;
        if (m->backed[page])
            expected = m->readonly[page] ? READ_ONLY : READ_WRITE;
        else if (m->system_fails)
            continue;
        expect(access[page] == expected,
               "page %zu: the kernel says '%c', should be '%c'", page,
               access[page], expected);
    }
}

static inline void model_check(const struct model *m)
{
    if (m->system_fails) {
        ck_assert_uint_ge(source_committed(m->source), model_committed(m));
    } else {
        ck_assert_uint_eq(source_committed(m->source), model_committed(m));
        ck_assert_uint_eq(source_peak(m->source), m->peak);
    }
    model_check_contents(m);
    model_check_access(m);
    ck_assert_uint_le(kernel_bytes(m->source), source_committed(m->source));
}

/* --- operations: each returns whether it did something --------------------- */

/* Picks pages [*first, *end) that are all owned, below the break or in one
   run. */
static inline bool model_pick(struct model *m, size_t most, size_t *first,
                              size_t *end)
{
    *first = random_below(&m->random, MODEL_PAGES);
    if (!m->owned[*first])
        return false;
    size_t count = 1 + random_below(&m->random, most);
    *end = *first + 1;
    while (*end < MODEL_PAGES && *end - *first < count && m->owned[*end] &&
           m->run[*end] == m->run[*first])
        ++*end;
    return true;
}

static inline bool model_all_backed(const struct model *m, size_t first,
                                    size_t end)
{
    while (first < end && m->backed[first])
        first++;
    return first == end;
}

static inline bool model_grow(struct model *m)
{
    size_t size = random_below(&m->random, 3 * m->page_size);
    size_t old_edge = model_edge(m);
    char *expected = source_base(m->source) + m->grown;
    bool fits = m->grown + size <= MODEL_PAGES * m->page_size;
    size_t edge = (m->grown + size + m->page_size - 1) / m->page_size;
    for (size_t page = old_edge; fits && page < edge; page++)
        fits = !m->owned[page];

    char *at = source_grow(m->source, size);

    if (at == NULL) {
        ck_assert(!fits || m->system_fails);
        return false;
    }
    ck_assert(fits);
    ck_assert_ptr_eq(at, expected);
    m->grown += size;
    memset(m->owned + old_edge, true, edge - old_edge);
    model_back(m, old_edge, edge);
    return true;
}

static inline bool model_shrink(struct model *m)
{
    size_t size = random_below(&m->random, 3 * m->page_size);
    size_t old_edge = model_edge(m);
    if (size > m->grown)
        return false;

    source_shrink(m->source, size);

    m->grown -= size;
    size_t edge = model_edge(m);
    model_unback(m, edge, old_edge);
    memset(m->owned + edge, false, old_edge - edge);
    return true;
}

/* Where the highest free run of count aligned pages begins, or MODEL_PAGES. */
static inline size_t model_find_run(const struct model *m, size_t count,
                                    size_t alignment)
{
    for (size_t first = MODEL_PAGES - count; first >= model_edge(m);
         first--) {
        bool fits = (uintptr_t)model_page(m, first) % alignment == 0;
        for (size_t page = first; fits && page < first + count; page++)
            fits = !m->owned[page];
        if (fits)
            return first;
        if (first == 0)
            break;
    }
    return MODEL_PAGES;
}

static inline bool model_take(struct model *m)
{
    size_t count = 1 + random_below(&m->random, 6);
    size_t alignment = (size_t)64 << random_below(&m->random, 12);
    size_t first = model_find_run(m, count, alignment);

    char *run = source_take(m->source, count * m->page_size - 63, alignment);

    if (run == NULL) {
        ck_assert(first == MODEL_PAGES || m->system_fails);
        return false;
    }
    ck_assert_ptr_eq(run, model_page(m, first));
    m->last_run++;
    for (size_t page = first; page < first + count; page++) {
        m->owned[page] = true;
        m->run[page] = m->last_run;
    }
    model_back(m, first, first + count);
    return true;
}

static inline bool model_return(struct model *m)
{
    size_t first;
    size_t end;
    if (!model_pick(m, 6, &first, &end) || m->run[first] == 0)
        return false;

    source_return(m->source, model_page(m, first),
                  (end - first) * m->page_size);

    model_unback(m, first, end);
    for (size_t page = first; page < end; page++) {
        m->owned[page] = false;
        m->run[page] = 0;
    }
    return true;
}

/* Releases from somewhere in a page to somewhere in a page. */
static inline bool model_release(struct model *m)
{
    size_t first;
    size_t end;
    if (!model_pick(m, 6, &first, &end))
        return false;
    size_t before = source_committed(m->source);
    char *low = model_page(m, first);
    char *high = model_page(m, end);
    if (random_below(&m->random, 2) == 0) {
        low++;
        first++;
    }
    if (random_below(&m->random, 2) == 0) {
        high--;
        end--;
    }

    size_t given = source_release(m->source, low, (size_t)(high - low));

    ck_assert_uint_eq(given, before - source_committed(m->source));
    if (first < end)
        model_unback(m, first, end);
    return true;
}

static inline bool model_recommit(struct model *m)
{
    size_t first;
    size_t end;
    if (!model_pick(m, 6, &first, &end))
        return false;

    /* Partly is enough: the last byte of the first page, and the first of the
       last. */
    char *low = model_page(m, first) + m->page_size - 1;
    char *high = end == first + 1 ? low + 1 : model_page(m, end - 1) + 1;
    if (!source_recommit(m->source, low, (size_t)(high - low))) {
        ck_assert(m->system_fails);
        return false;
    }

    model_back(m, first, end);
    return true;
}

static inline bool model_alias(struct model *m)
{
    size_t from;
    size_t from_end;
    size_t onto;
    size_t onto_end;
    if (!model_pick(m, 4, &from, &from_end) ||
        !model_pick(m, 4, &onto, &onto_end))
        return false;
    size_t count = from_end - from;
    if (count > onto_end - onto)
        count = onto_end - onto;
    if ((from < onto + count && onto < from + count) ||
        !model_all_backed(m, from, from + count) ||
        !model_all_backed(m, onto, onto + count))
        return false;

    size_t refusals = source_refusals(m->source);
    if (!source_alias(m->source, model_page(m, from), model_page(m, onto),
                      count * m->page_size)) {
        ck_assert(m->kind == SOURCE_PAGES ||
                  source_refusals(m->source) == refusals + 1);
        return false;
    }
    ck_assert_int_eq(m->kind, SOURCE_MEMFD);
    for (size_t i = 0; i < count; i++)
        m->memory[from + i] = m->memory[onto + i];
    memset(m->readonly + from, false, count);
    return true;
}

static inline bool model_protect(struct model *m)
{
    size_t first;
    size_t end;
    bool writable = random_below(&m->random, 2) == 0;
    if (!model_pick(m, 6, &first, &end) || !model_all_backed(m, first, end))
        return false;
    if (!source_protect(m->source, model_page(m, first),
                        (end - first) * m->page_size, writable)) {
        ck_assert(m->system_fails);
        return false;
    }
    memset(m->readonly + first, !writable, end - first);
    return true;
}

/* Writes a new mark into a page, through whichever page shows it. */
static inline bool model_write(struct model *m)
{
    size_t page = random_below(&m->random, MODEL_PAGES);
    if (!m->backed[page] || m->readonly[page])
        return false;
    uint64_t mark = next_random(&m->random);
    m->mark[m->memory[page]] = mark;
    for (size_t i = 0; i < 3; i++)
        *model_word(m, page, i) = mark;
    return true;
}

/* Begins anew on a source that is new or reset. */
static inline void model_begin(struct model *m, struct source *source,
                               enum source_kind kind, uint64_t seed)
{
    *m = (struct model){.source = source,
                        .kind = kind,
                        .random = seed,
                        .page_size = source_page_size()};
}

static inline void model_open(struct model *m, enum source_kind kind,
                              uint64_t seed)
{
    struct source *source = source_open(&(struct source_config){
        .kind = kind, .limit = MODEL_PAGES * source_page_size()});
    ck_assert_ptr_nonnull(source);
    model_begin(m, source, kind, seed);
}

#define MODEL_ALIAS ((size_t)9) /* where model_alias stands below */

/* One random operation. */
static inline void model_step(struct model *m)
{
    static bool (*const operations[])(struct model *) = {
        model_grow,     model_shrink, model_take,    model_take,
        model_take,     model_return, model_return,  model_release,
        model_recommit, model_alias,  model_protect, model_write,
        model_write,    model_write,  model_alias,
    };
    size_t which =
        random_below(&m->random, sizeof operations / sizeof *operations);
    m->done[which] += operations[which](m);
}

#endif
