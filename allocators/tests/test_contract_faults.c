/*
 * test_contract_faults.c - every allocator when its source refuses: a call
 * fails only if the source refused in that very call, it leaves everything as
 * it was, and afterwards the heap goes on.
 */
#include "allocators/tests/contract.h"

#define STEPS 600
#define MOST  ((size_t)60)

/* One random operation on a heap whose source may refuse. */
static void step_with_refusals(struct shadow *s)
{
    size_t refusals = source_refusals(s->source);
    size_t committed = source_committed(s->source);
    uint64_t path = s->path;

    bool worked = shadow_step(s, MOST);

    expect_sound(s);
    if (worked)
        return;
    ck_assert_msg(source_refusals(s->source) > refusals,
                  "%s: NULL although the source refused nothing", s->name);
    ck_assert_msg(source_committed(s->source) <= committed,
                  "%s: a failed call kept memory", s->name);
    ck_assert_uint_eq(s->path, path);
    expect_contents(s);
}

/*
 * Runs the workload with the n-th request refused, and what comes after with
 * none. Returns whether anything was refused at all.
 */
static bool run_with_refusal(int test, size_t n, bool for_ever)
{
    struct shadow *s = shadow_new(test, (size_t)64 << 20);
    source_fail(s->source, n, for_ever);
    shadow_open_heap(s, 11);
    if (s->heap == NULL) {
        ck_assert_uint_gt(source_refusals(s->source), 0);
        ck_assert_msg(source_committed(s->source) == 0,
                      "%s: a failed open() kept memory", s->name);
        source_fail(s->source, 0, false);
        shadow_open_heap(s, 11);
        ck_assert_ptr_nonnull(s->heap);
    }
    for (int step = 0; step < STEPS; step++)
        step_with_refusals(s);
    bool refused = source_refusals(s->source) > 0;

    source_fail(s->source, 0, false);
    for (int step = 0; step < 40; step++) {
        ck_assert(shadow_step(s, MOST));
        expect_sound(s);
    }

    expect_contents(s);
    shadow_close(s);
    return refused;
}

START_TEST(any_one_request_can_be_refused)
{
    size_t n = 1;
    while (run_with_refusal(_i, n, false))
        n++;
    ck_assert_uint_gt(n, 5);
}
END_TEST

START_TEST(all_requests_from_one_on_can_be_refused)
{
    size_t n = 1;
    while (run_with_refusal(_i, n, true))
        n++;
    ck_assert_uint_gt(n, 5);
}
END_TEST

START_TEST(requests_refused_at_random_do_no_harm)
{
    struct shadow *s = shadow_new(_i, (size_t)64 << 20);
    shadow_open_heap(s, 12);
    uint64_t random = 99;
    int all = under_valgrind() || SANITIZED ? 600 : 3000;
    for (int step = 0; step < all; step++) {
        source_fail(s->source, random_below(&random, 4),
                    random_below(&random, 2) == 0);
        step_with_refusals(s);
    }
    source_fail(s->source, 0, false);
    expect_contents(s);
    shadow_close(s);
}
END_TEST

/* A block that a heap cannot grow, with the source refusing, stands. */
START_TEST(a_failed_realloc_keeps_the_block)
{
    struct shadow *s = shadow_open(_i);
    ck_assert_ptr_nonnull(shadow_malloc(s, 1000));
    ck_assert_ptr_nonnull(shadow_malloc(s, 1000));
    unsigned char *old = s->live[0].ptr;
    source_fail(s->source, 1, true);

    ck_assert_ptr_null(shadow_realloc(s, 0, (size_t)8 << 20));
    ck_assert_ptr_null(shadow_calloc(s, 8, (size_t)1 << 20));
    ck_assert_ptr_null(shadow_aligned(s, 4096, (size_t)8 << 20));

    ck_assert_ptr_eq(s->live[0].ptr, old);
    expect_contents(s);
    expect_sound(s);
    source_fail(s->source, 0, false);
    ck_assert_ptr_nonnull(shadow_realloc(s, 0, (size_t)8 << 20));
    shadow_close(s);
}
END_TEST

/* Allocates small blocks until there is no more; returns how many. */
static size_t fill_heap(struct shadow *s)
{
    uint64_t sizes = 3;
    while (s->count < SHADOW_BLOCKS &&
           shadow_malloc(s, 16 + random_below(&sizes, 500)) != NULL)
        continue;
    ck_assert_uint_lt(s->count, SHADOW_BLOCKS);
    return s->count;
}

static void empty_heap(struct shadow *s)
{
    if (never_reuses(s) && s->allocator->clear != NULL) {
        s->count = 0;
        s->allocator->clear(s->heap);
    }
    shadow_free_all(s);
}

START_TEST(a_heap_out_of_memory_can_be_emptied_and_filled_again)
{
    struct shadow *s = shadow_new(_i, (size_t)2 << 20);
    shadow_open_heap(s, 1);
    ck_assert_ptr_nonnull(s->heap);
    size_t first = fill_heap(s);
    ck_assert_msg(first > 3000, "%s: full after %zu blocks", s->name, first);

    for (int round = 0; round < 3; round++) {
        expect_sound(s);
        expect_contents(s);
        empty_heap(s);
        expect_sound(s);
        size_t again = fill_heap(s);
        ck_assert_msg(again >= first - first / 10,
                      "%s: room for %zu blocks, and then for %zu", s->name,
                      first, again);
    }

    expect_contents(s);
    shadow_close(s);
}
END_TEST

START_TEST(a_full_heap_serves_what_was_freed)
{
    struct shadow *s = shadow_new(_i, (size_t)2 << 20);
    shadow_open_heap(s, 1);
    (void)fill_heap(s);
    uint64_t random = 4;

    for (int i = 0; i < 300 && !never_reuses(s) && !reuses_together(s); i++) {
        size_t which = random_below(&random, s->count);
        size_t size = s->live[which].size;
        shadow_free(s, which);
        ck_assert_ptr_nonnull(shadow_malloc(s, size));
    }

    expect_sound(s);
    expect_contents(s);
    shadow_close(s);
}
END_TEST

START_TEST(a_source_too_small_for_a_heap_is_left_empty)
{
    struct shadow *s = shadow_new(_i, source_page_size());

    shadow_open_heap(s, 1);
    while (s->heap != NULL && shadow_malloc(s, 100) != NULL)
        continue;

    if (s->heap != NULL) {
        expect_sound(s);
        expect_contents(s);
        shadow_close_heap(s);
    }
    ck_assert_uint_eq(source_committed(s->source), 0);
    shadow_delete(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("contract_faults");
    for (size_t entry = 0; entry < contract_count(); entry++) {
        TCase *tcase = contract_case(suite, entry);
        int first = (int)entry * 2;
#define ADD(test) tcase_add_loop_test(tcase, test, first, first + 2)
        ADD(any_one_request_can_be_refused);
        ADD(all_requests_from_one_on_can_be_refused);
        ADD(requests_refused_at_random_do_no_harm);
        ADD(a_failed_realloc_keeps_the_block);
        ADD(a_heap_out_of_memory_can_be_emptied_and_filled_again);
        ADD(a_full_heap_serves_what_was_freed);
        ADD(a_source_too_small_for_a_heap_is_left_empty);
#undef ADD
    }
    return run_suite(suite);
}
