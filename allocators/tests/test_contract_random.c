/*
 * test_contract_random.c - every allocator under random workloads: sound after
 * each operation, what it shows of itself agrees, and nothing but the seed
 * decides.
 */
#include "allocators/tests/contract.h"

/* The workloads' length and live blocks; shorter where all is slow. */
static int steps(void)
{
    return under_valgrind() || SANITIZED ? 1000 : 4000;
}

#define MOST ((size_t)150)

START_TEST(a_heap_is_sound_after_every_operation)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct shadow *s = shadow_new(_i, (size_t)1 << 30);
        shadow_open_heap(s, seed);
        ck_assert_ptr_nonnull(s->heap);
        for (int step = 0; step < steps(); step++) {
            ck_assert_msg(shadow_step(s, MOST),
                          "%s: NULL without need in step %d of seed %d",
                          s->name, step, (int)seed);
            expect_sound(s);
        }

        expect_contents(s);
        ck_assert_uint_eq(source_refusals(s->source), 0);
        ck_assert_uint_le(kernel_bytes(s->source),
                          source_committed(s->source));
        shadow_close(s);
    }
}
END_TEST

/* --- walk, lists, stats ----------------------------------------------------- */

/* What a walk has shown so far. */
struct survey {
    const struct shadow *shadow;
    struct stats seen;
    const char *end;      /* one past the last piece */
    size_t shadows_found; /* how many live blocks of the shadow it met */
    size_t capacity;
    size_t count;
    struct piece *pieces;
};

static bool is_in_shadow(const struct shadow *s, const struct piece *piece)
{
    const char *end = (const char *)piece->start + piece->size;
    for (size_t i = 0; i < s->count; i++) {
        if (s->live[i].ptr != piece->payload)
            continue;
        expect((char *)s->live[i].ptr + s->live[i].usable <= end,
               "%s: a block reaches beyond its piece", s->name);
        return true;
    }
    return false;
}

static bool survey_piece(void *context, const struct piece *piece)
{
    struct survey *survey = context;
    const struct shadow *s = survey->shadow;
    const char *start = piece->start;

    expect(start >= survey->end, "%s: pieces out of order", s->name);
    survey->end = start + piece->size;
    expect(start >= source_base(s->source) &&
               survey->end <=
                   source_base(s->source) + source_limit(s->source),
           "%s: a piece outside the source", s->name);
    expect((const char *)piece->payload >= start &&
               (const char *)piece->payload <= survey->end,
           "%s: a payload outside its piece", s->name);

    bool mine = is_in_shadow(s, piece);
    expect(mine || !piece->live || never_reuses(s),
           "%s: a live piece that nobody owns", s->name);
    expect(!mine || piece->live, "%s: a live block shown as free", s->name);
    survey->shadows_found += mine;

    survey->seen.live_blocks += piece->live;
    survey->seen.live_bytes += piece->live ? piece->size : 0;
    survey->seen.free_blocks += !piece->live;
    survey->seen.free_bytes += piece->live ? 0 : piece->size;
    if (!piece->live && piece->size > survey->seen.largest_free)
        survey->seen.largest_free = piece->size;
    if (survey->count == survey->capacity) {
        survey->capacity = 2 * survey->capacity + 64;
        survey->pieces = realloc(survey->pieces,
                                 survey->capacity * sizeof *survey->pieces);
        ck_assert_ptr_nonnull(survey->pieces);
    }
    survey->pieces[survey->count++] = *piece;
    return true;
}

/* Each piece on a list is a free piece of the walk, and on one list only. */
static bool survey_listed(void *context, const struct piece *piece)
{
    struct survey *survey = context;
    size_t low = 0;
    size_t high = survey->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (survey->pieces[middle].start < piece->start)
            low = middle + 1;
        else
            high = middle;
    }
    expect(low < survey->count && survey->pieces[low].start == piece->start &&
               survey->pieces[low].size == piece->size &&
               !survey->pieces[low].live && !piece->live,
           "%s: on a list but not free, or twice", survey->shadow->name);
    expect(piece->list != NULL, "%s: a list without a name",
           survey->shadow->name);
    survey->pieces[low].live = true; /* not a second time */
    return true;
}

static void expect_survey_agrees(const struct shadow *s)
{
    struct survey survey = {.shadow = s};
    struct stats stats;
    if (s->allocator->walk == NULL)
        return;

    s->allocator->walk(s->heap, survey_piece, &survey);

    ck_assert_msg(survey.shadows_found == s->count,
                  "%s: walk shows %zu of %zu live blocks", s->name,
                  survey.shadows_found, s->count);
    heap_stats(s->allocator, s->heap, &stats);
    ck_assert_int_eq(memcmp(&stats, &survey.seen, sizeof stats), 0);
    ck_assert_uint_le(stats.live_bytes + stats.free_bytes,
                      source_committed(s->source));
    if (s->allocator->lists != NULL)
        s->allocator->lists(s->heap, survey_listed, &survey);
    free(survey.pieces);
}

START_TEST(walk_lists_and_stats_agree_with_the_caller)
{
    struct shadow *s = shadow_open(_i);
    expect_survey_agrees(s);

    for (int step = 0; step < steps() / 4; step++) {
        ck_assert(shadow_step(s, MOST));
        expect_survey_agrees(s);
    }

    shadow_free_all(s);
    expect_survey_agrees(s);
    shadow_close(s);
}
END_TEST

static bool stop_at_third(void *context, const struct piece *piece)
{
    size_t *calls = context;
    (void)piece;
    return ++*calls < 3;
}

START_TEST(walk_and_lists_end_when_told_to)
{
    struct shadow *s = shadow_open(_i);
    for (int step = 0; step < 200; step++)
        ck_assert(shadow_step(s, MOST));

    size_t calls = 0;
    if (s->allocator->walk != NULL) {
        s->allocator->walk(s->heap, stop_at_third, &calls);
        ck_assert_uint_eq(calls, 3);
    }
    calls = 0;
    if (s->allocator->lists != NULL)
        s->allocator->lists(s->heap, stop_at_third, &calls);

    ck_assert_uint_le(calls, 3);
    shadow_close(s);
}
END_TEST

/* --- nothing but the seed decides ------------------------------------------- */

static uint64_t path_of_run(struct shadow *s, uint64_t seed)
{
    source_reset(s->source);
    shadow_open_heap(s, seed);
    ck_assert_ptr_nonnull(s->heap);
    for (int step = 0; step < 1500; step++)
        ck_assert(shadow_step(s, MOST));
    uint64_t path = s->path;
    shadow_close_heap(s);
    return path;
}

START_TEST(the_same_seed_gives_the_same_pointers)
{
    struct shadow *s = shadow_new(_i, (size_t)1 << 30);

    uint64_t path = path_of_run(s, 7);

    ck_assert_uint_ne(path_of_run(s, 8), path);
    ck_assert_uint_eq(path_of_run(s, 7), path);
    shadow_delete(s);
}
END_TEST

START_TEST(a_reset_source_serves_a_new_heap)
{
    struct shadow *s = shadow_new(_i, (size_t)1 << 30);

    for (uint64_t seed = 1; seed <= 5; seed++) {
        shadow_open_heap(s, seed);
        ck_assert_ptr_nonnull(s->heap);
        for (int step = 0; step < 300; step++)
            ck_assert(shadow_step(s, MOST));
        expect_contents(s);
        /* Not closed: its memory is simply gone. */
        source_reset(s->source);
        ck_assert_uint_eq(source_committed(s->source), 0);
    }

    shadow_delete(s);
}
END_TEST

START_TEST(two_heaps_live_side_by_side)
{
    struct shadow *alone = shadow_new(_i, (size_t)1 << 30);
    uint64_t path = path_of_run(alone, 5);
    shadow_open_heap(alone, 5);
    struct shadow *other = shadow_new(_i, (size_t)1 << 30);
    shadow_open_heap(other, 6);
    ck_assert(alone->heap != NULL && other->heap != NULL);

    for (int step = 0; step < 1500; step++) {
        ck_assert(shadow_step(alone, MOST));
        ck_assert(shadow_step(other, MOST));
        if (step % 16 == 0) {
            expect_sound(alone);
            expect_sound(other);
        }
    }

    ck_assert_uint_eq(alone->path, path);
    shadow_close(alone);
    expect_sound(other);
    expect_contents(other);
    shadow_free_all(other);
    shadow_close(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("contract_random");
    for (size_t entry = 0; entry < contract_count(); entry++) {
        TCase *tcase = contract_case(suite, entry);
        int first = (int)entry * 2;
#define ADD(test) tcase_add_loop_test(tcase, test, first, first + 2)
        ADD(a_heap_is_sound_after_every_operation);
        ADD(walk_lists_and_stats_agree_with_the_caller);
        ADD(walk_and_lists_end_when_told_to);
        ADD(the_same_seed_gives_the_same_pointers);
        ADD(a_reset_source_serves_a_new_heap);
        ADD(two_heaps_live_side_by_side);
#undef ADD
    }
    return run_suite(suite);
}
