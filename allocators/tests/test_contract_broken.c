/*
 * test_contract_broken.c - check, walk and lists on heaps that somebody wrote
 * into: they end, write nothing, stay within the heap, and name a rule.
 *
 * Every word of every header, and the first words of every free piece, is set
 * to values that mistakes leave there, one at a time.
 */
#include "allocators/tests/contract.h"

/* Bytes of a free piece, from its start, that may hold links. */
#define LINKS ((size_t)48)

#define PIECES ((size_t)4096)

struct broken {
    struct shadow *shadow;
    size_t count;
    struct piece pieces[PIECES]; /* of the heap while it is sound */
    const char *low;             /* the first piece's first byte */
    const char *high;            /* one past the last piece */
    size_t visited;              /* since the heap was broken */
    size_t noticed;              /* how often check() said so */
    size_t tried;
    char *copy;   /* of all committed pages while it is broken */
    char **pages; /* where those are */
    size_t page_count;
};

/* Takes note of where the committed pages are. */
static void find_pages(struct broken *b)
{
    const struct source *source = b->shadow->source;
    size_t page = source_page_size();
    char *at = source_base(source);
    char *end = at + source_limit(source);
    b->copy = malloc(source_committed(source));
    b->pages = malloc(source_committed(source) / page * sizeof *b->pages);
    ck_assert(b->copy != NULL && b->pages != NULL);
    for (; at < end; at += page) {
        if (source_holds(source, at, page))
            b->pages[b->page_count++] = at;
    }
    ck_assert_uint_eq(b->page_count * page, source_committed(source));
}

static void copy_pages(struct broken *b)
{
    size_t page = source_page_size();
    for (size_t i = 0; i < b->page_count; i++)
        memcpy(b->copy + i * page, b->pages[i], page);
}

static bool pages_are_as_copied(const struct broken *b)
{
    size_t page = source_page_size();
    for (size_t i = 0; i < b->page_count; i++) {
        if (memcmp(b->copy + i * page, b->pages[i], page) != 0)
            return false;
    }
    return true;
}

static bool keep_piece(void *context, const struct piece *piece)
{
    struct broken *b = context;
    b->pieces[b->count++] = *piece;
    return b->count < PIECES;
}

/* Two of visit_fn: what is shown must come to an end, and begin within the
   heap; what a walk shows must end there too. */
static bool visit_listed(void *context, const struct piece *piece)
{
    struct broken *b = context;
    const char *start = piece->start;
    expect(++b->visited < (size_t)1 << 22, "%s: no end", b->shadow->name);
    expect(start >= b->low && start < b->high,
           "%s: a piece that begins outside the heap", b->shadow->name);
    return true;
}

static bool visit_walked(void *context, const struct piece *piece)
{
    const struct broken *b = context;
    bool more = visit_listed(context, piece);
    expect(piece->size <= (size_t)(b->high - (const char *)piece->start),
           "%s: a piece that ends outside the heap", b->shadow->name);
    return more;
}

/* Calls all that must work on a broken heap. */
static void look_at(struct broken *b)
{
    const struct shadow *s = b->shadow;
    const struct allocator *a = s->allocator;
    copy_pages(b);
    b->tried++;
    b->visited = 0;

    struct fault fault = {.rule = NULL, .at = NULL};
    if (!heap_check(a, s->heap, &fault)) {
        b->noticed++;
        expect(fault.rule != NULL &&
                   invariant_sentence(a, fault.rule) != NULL,
               "%s: the broken rule has no sentence", s->name);
    }
    a->walk(s->heap, visit_walked, b);
    if (a->lists != NULL)
        a->lists(s->heap, visit_listed, b);

    expect(pages_are_as_copied(b), "%s: looking wrote into the heap",
           s->name);
}

/* Sets a word to each of the values in turn, and then back. */
static void break_word(struct broken *b, uint64_t *word)
{
    struct shadow *s = b->shadow;
    const struct piece *other =
        &b->pieces[random_below(&s->random, b->count)];
    uintptr_t base = (uintptr_t)source_base(s->source);
    uint64_t old = *word;
    const uint64_t values[] = {
        0,
        1,
        8,
        16,
        17,
        32,
        old + 16,
        old - 16,
        old + 8,
        old + 1,
        2 * old,
        old ^ (uint64_t)1 << random_below(&s->random, 64),
        ~old,
        UINT64_MAX,
        INT64_MAX,
        UINT64_MAX - 15,
        (uintptr_t)other->start,
        (uintptr_t)other->payload,
        (uintptr_t)other->start + other->size,
        (uintptr_t)word,
        base,
        base + source_limit(s->source) - 16,
        base + source_limit(s->source),
        next_random(&s->random),
        next_random(&s->random) % 65536,
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (values[i] == old)
            continue;
        *word = values[i];
        look_at(b);
    }
    *word = old;
}

static void break_everything(struct broken *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct piece *piece = &b->pieces[i];
        size_t header = (size_t)((const char *)piece->payload -
                                 (const char *)piece->start);
        if (!piece->live)
            header = piece->size < LINKS ? piece->size : LINKS;
        for (size_t at = 0; at + 8 <= header; at += 8)
            break_word(b, (uint64_t *)((char *)piece->start + at));
    }
}

START_TEST(looking_at_a_broken_heap_ends_and_writes_nothing)
{
    struct shadow *s = shadow_open(_i);
    if (s->allocator->walk == NULL || s->allocator->check == NULL) {
        shadow_close(s);
        return;
    }
    for (int step = 0; step < 250; step++)
        ck_assert(shadow_step(s, 40));
    struct broken *b = calloc(1, sizeof *b);
    ck_assert_ptr_nonnull(b);
    b->shadow = s;
    find_pages(b);
    s->allocator->walk(s->heap, keep_piece, b);
    ck_assert_uint_gt(b->count, 0);
    b->low = b->pieces[0].start;
    b->high = (const char *)b->pieces[b->count - 1].start +
              b->pieces[b->count - 1].size;

    break_everything(b);

    ck_assert(b->tried == 0 || b->noticed > 0);
    expect_sound(s);
    expect_contents(s);
    free(b->pages);
    free(b->copy);
    free(b);
    shadow_close(s);
}
END_TEST

START_TEST(every_rule_has_a_label_and_a_sentence)
{
    const struct allocator *a = contract_entry((size_t)_i / 2)->allocator;
    const struct invariant *rule = a->invariants;

    ck_assert((rule == NULL) == (a->check == NULL));
    for (; rule != NULL && rule->label != NULL; rule++) {
        ck_assert_uint_ge(strlen(rule->label), 2);
        ck_assert_uint_ge(strlen(rule->sentence), 10);
        ck_assert_str_eq(invariant_sentence(a, rule->label), rule->sentence);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("contract_broken");
    for (size_t entry = 0; entry < contract_count(); entry++) {
        TCase *tcase = contract_case(suite, entry);
        int first = (int)entry * 2;
#define ADD(test) tcase_add_loop_test(tcase, test, first, first + 2)
        ADD(looking_at_a_broken_heap_ends_and_writes_nothing);
        ADD(every_rule_has_a_label_and_a_sentence);
#undef ADD
    }
    return run_suite(suite);
}
