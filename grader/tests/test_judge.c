/*
 * test_judge.c - each kind of verdict, from logs made up by hand; and the
 * meter's figures.
 */
#include "grader/judge.h"

#include "grader/tests/help.h"

#include <signal.h>

static const struct op ops[] = {
    {.kind = OP_MALLOC, .id = 0, .size = 100},
    {.kind = OP_CALLOC, .id = 1, .size = 0},
    {.kind = OP_ALIGNED, .id = 2, .size = 50, .alignment_order = 6},
    {.kind = OP_REALLOC, .id = 0, .size = 300},
    {.kind = OP_TRIM},
    {.kind = OP_FREE, .id = 2},
    {.kind = OP_MALLOC, .id = 2, .size = 60},
    {.kind = OP_FREE, .id = 0},
};

enum { MALLOC, CALLOC, ALIGNED, REALLOC, TRIM, FREE, AGAIN, LAST, OPS };

static struct trace *trace;
static struct outcome *outcome;
static struct record *records;
static struct model *model;

static void setup(void)
{
    trace = make_trace(ops, OPS);
    outcome = make_outcome(trace);
    records = log_records(outcome->log);
    records[ALIGNED].pointer = MADE_BASE + 0x1000;
    model = model_open(trace);
    ck_assert_ptr_nonnull(model);
}

static void teardown(void)
{
    model_close(model);
    outcome_free(outcome);
    trace_free(trace);
}

/* Demands a verdict on the made-up outcome, and returns the rest of it. */
static struct verdict expect(enum wrong wrong, uint64_t op, uint64_t other)
{
    struct verdict verdict = judge(trace, outcome, model);

    ck_assert_int_eq(verdict.wrong, wrong);
    ck_assert_uint_eq(verdict.op, op);
    ck_assert_uint_eq(verdict.other, other);
    return verdict;
}

/* Makes the replay end while operation i is in phase. */
static void stop_in(size_t i, enum phase phase, enum ending ending,
                    int status)
{
    atomic_store(&outcome->log->started, i + 1);
    atomic_store(&outcome->log->phase, phase);
    if (phase == PHASE_CALL)
        records[i].flags = 0;
    outcome->ending = ending;
    outcome->status = status;
}

START_TEST(a_replay_that_went_well_is_right)
{
    expect(WRONG_NOTHING, NO_OP, NO_OP);
}
END_TEST

START_TEST(null_without_a_refusal_is_wrong)
{
    records[MALLOC].pointer = 0;
    expect(WRONG_NULL, MALLOC, NO_OP);
}
END_TEST

START_TEST(null_after_a_refusal_means_that_memory_ran_out)
{
    records[AGAIN].pointer = 0;
    records[AGAIN].flags |= RECORD_REFUSED;
    expect(WRONG_MEMORY, AGAIN, NO_OP);
}
END_TEST

START_TEST(null_from_realloc_names_the_block_that_stands)
{
    records[REALLOC].pointer = 0;
    expect(WRONG_NULL, REALLOC, MALLOC);
}
END_TEST

START_TEST(a_block_must_lie_in_the_source_to_its_last_byte)
{
    records[MALLOC].pointer = MADE_BASE - 16;
    expect(WRONG_OUTSIDE, MALLOC, NO_OP);
    records[MALLOC].pointer = MADE_BASE + MADE_LIMIT;
    expect(WRONG_OUTSIDE, MALLOC, NO_OP);
    records[MALLOC].pointer = MADE_BASE + MADE_LIMIT - 96;
    expect(WRONG_OUTSIDE, MALLOC, NO_OP);
    records[MALLOC].pointer = 16;
    expect(WRONG_OUTSIDE, MALLOC, NO_OP);
}
END_TEST

START_TEST(a_block_may_end_where_the_source_does)
{
    records[MALLOC].pointer = MADE_BASE + MADE_LIMIT - 112;
    expect(WRONG_NOTHING, NO_OP, NO_OP);
}
END_TEST

START_TEST(an_allocator_with_pages_of_its_own_may_put_blocks_anywhere)
{
    outcome->log->source_base = 0;
    records[MALLOC].pointer = 0x555500000010;
    expect(WRONG_NOTHING, NO_OP, NO_OP);
}
END_TEST

START_TEST(every_block_is_aligned_to_16)
{
    records[CALLOC].pointer += 8;
    expect(WRONG_MISALIGNED, CALLOC, NO_OP);
}
END_TEST

START_TEST(an_aligned_block_is_aligned_as_asked)
{
    records[ALIGNED].pointer += 32;
    expect(WRONG_MISALIGNED, ALIGNED, NO_OP);
}
END_TEST

START_TEST(two_live_blocks_may_not_share_a_byte)
{
    records[AGAIN].pointer = records[REALLOC].pointer + 288;
    expect(WRONG_OVERLAP, AGAIN, REALLOC);
}
END_TEST

START_TEST(a_block_of_no_bytes_has_an_address_of_its_own)
{
    records[CALLOC].pointer = records[MALLOC].pointer;
    expect(WRONG_OVERLAP, CALLOC, MALLOC);
}
END_TEST

START_TEST(a_resized_block_may_lie_where_it_lay_and_a_new_one_where_one_was)
{
    records[REALLOC].pointer = MADE_BASE + 0x2000;
    records[AGAIN].pointer = records[MALLOC].pointer;
    expect(WRONG_NOTHING, NO_OP, NO_OP);

    model_close(model);
    model = model_open(trace);
    records[CALLOC].pointer = MADE_BASE + 0x3000;
    records[REALLOC].pointer = records[MALLOC].pointer;
    records[AGAIN].pointer = records[ALIGNED].pointer;
    expect(WRONG_NOTHING, NO_OP, NO_OP);
}
END_TEST

START_TEST(damage_is_told_with_its_place)
{
    struct verdict verdict;
    records[LAST] = (struct record){
        .flags = RECORD_DAMAGED, .damage_at = 7, .damage_count = 9};

    verdict = expect(WRONG_DAMAGED, LAST, REALLOC);

    ck_assert_uint_eq(verdict.at, 7);
    ck_assert_uint_eq(verdict.count, 9);
}
END_TEST

START_TEST(damage_before_a_realloc_is_not_the_reallocs)
{
    records[REALLOC] = (struct record){.flags = RECORD_DAMAGED};
    expect(WRONG_DAMAGED, REALLOC, MALLOC);
}
END_TEST

START_TEST(damage_may_show_at_the_end_only)
{
    outcome->log->final_op = CALLOC;
    expect(WRONG_DAMAGED, LAST, CALLOC);
}
END_TEST

START_TEST(contents_that_realloc_lost_are_told)
{
    struct verdict verdict;
    records[REALLOC].flags |= RECORD_LOST;
    records[REALLOC].damage_at = 3;
    records[REALLOC].damage_count = 2;

    verdict = expect(WRONG_LOST, REALLOC, MALLOC);

    ck_assert_uint_eq(verdict.at, 3);
    ck_assert_uint_eq(verdict.count, 2);
}
END_TEST

START_TEST(a_calloc_that_is_not_zero_is_told)
{
    records[CALLOC].flags |= RECORD_DIRTY;
    expect(WRONG_DIRTY, CALLOC, NO_OP);
}
END_TEST

START_TEST(a_broken_invariant_is_told_after_its_operation)
{
    outcome->log->fault_op = TRIM;
    expect(WRONG_INVARIANT, TRIM, NO_OP);
}
END_TEST

START_TEST(the_first_thing_that_is_wrong_counts)
{
    records[MALLOC].pointer += 8;
    records[CALLOC].pointer = 0;
    outcome->log->fault_op = MALLOC;
    stop_in(CALLOC, PHASE_CALL, ENDED_SIGNAL, SIGSEGV);
    expect(WRONG_MISALIGNED, MALLOC, NO_OP);
}
END_TEST

START_TEST(a_deadly_signal_in_a_call_is_a_crash)
{
    stop_in(AGAIN, PHASE_CALL, ENDED_SIGNAL, SIGSEGV);
    expect(WRONG_CRASH, AGAIN, NO_OP);
}
END_TEST

START_TEST(a_crash_on_a_new_block_means_that_it_is_unusable)
{
    stop_in(AGAIN, PHASE_LOOK, ENDED_SIGNAL, SIGBUS);
    expect(WRONG_UNUSABLE, AGAIN, NO_OP);
}
END_TEST

START_TEST(a_crash_on_an_old_block_means_that_it_is_gone)
{
    stop_in(FREE, PHASE_LOOK, ENDED_SIGNAL, SIGSEGV);
    records[FREE].flags = 0;
    expect(WRONG_UNUSABLE, FREE, ALIGNED);
}
END_TEST

START_TEST(a_crash_at_the_end_means_that_a_block_is_gone)
{
    stop_in(LAST, PHASE_LOOK, ENDED_SIGNAL, SIGSEGV);
    outcome->log->final_op = AGAIN;
    expect(WRONG_UNUSABLE, LAST, AGAIN);
}
END_TEST

START_TEST(an_abort_is_told_apart_from_a_crash)
{
    stop_in(LAST, PHASE_CALL, ENDED_SIGNAL, SIGABRT);
    expect(WRONG_ABORT, LAST, NO_OP);
}
END_TEST

START_TEST(what_takes_too_long_is_a_loop)
{
    static const enum ending endings[] = {ENDED_LOOP, ENDED_STUCK,
                                          ENDED_TIME};

    stop_in(MALLOC, PHASE_CALL, endings[_i], SIGKILL);
    expect(WRONG_LOOP, MALLOC, NO_OP);
}
END_TEST

START_TEST(an_exit_is_wrong_whatever_its_status)
{
    stop_in(MALLOC, PHASE_CALL, ENDED_EXIT, 0);
    expect(WRONG_EXIT, MALLOC, NO_OP);
}
END_TEST

START_TEST(the_kits_own_trouble_is_no_verdict)
{
    atomic_store(&outcome->log->started, 0);
    atomic_store(&outcome->log->phase, PHASE_START);
    outcome->ending = ENDED_FAILED;
    expect(WRONG_KIT, NO_OP, NO_OP);
}
END_TEST

START_TEST(an_open_that_fails_is_the_allocators_own)
{
    atomic_store(&outcome->log->started, 0);
    atomic_store(&outcome->log->phase, PHASE_OPEN);
    outcome->ending = ENDED_FAILED;
    expect(WRONG_NULL, NO_OP, NO_OP);
}
END_TEST

START_TEST(a_log_that_contradicts_itself_is_no_verdict)
{
    if (_i == 1)
        stop_in(AGAIN, PHASE_CALL, ENDED_SIGNAL, SIGSEGV);
    records[TRIM].flags = 0; /* though later calls returned */
    expect(WRONG_KIT, NO_OP, NO_OP);
}
END_TEST

START_TEST(a_replay_that_is_done_too_soon_is_no_verdict)
{
    atomic_store(&outcome->log->started, LAST);
    expect(WRONG_KIT, NO_OP, NO_OP);
}
END_TEST

START_TEST(a_log_full_of_nonsense_is_judged_all_the_same)
{
    uint64_t random = 11;
    uint64_t *words = (uint64_t *)records;

    for (int round = 0; round < 2000; round++) {
        model_close(model);
        model = model_open(trace);
        for (size_t i = 0; i < OPS * sizeof(*records) / sizeof(*words); i++) {
            if (random_below(&random, 4) == 0)
                words[i] = next_random(&random) >> random_below(&random, 64);
        }
        for (size_t i = 0; i < OPS; i++) /* a leaf a granule costs too much */
            records[i].pointer %= MADE_BASE + 2 * MADE_LIMIT;
        outcome->log->final_op = next_random(&random);
        outcome->log->fault_op = next_random(&random);
        atomic_store(&outcome->log->started, next_random(&random));
        outcome->ending = (enum ending)random_below(&random, 7);
        judge(trace, outcome, model);
    }
}
END_TEST

START_TEST(the_meter_agrees_with_sums_by_hand)
{
    /*                    live:  100  100  150  350  350  300  360   60 */
    static const uint64_t committed[] = {4096, 4096, 8192, 8192,
                                         4096, 0,    4096, 4096};
    struct verdict verdict;
    for (size_t i = 0; i < OPS; i++)
        records[i].committed = committed[i];

    verdict = expect(WRONG_NOTHING, NO_OP, NO_OP);

    ck_assert_uint_eq(verdict.peak_live, 360);
    ck_assert_uint_eq(verdict.peak_committed, 8192);
    ck_assert_double_eq_tol(verdict.peak_utilization, 360.0 / 8192, 1e-12);
    ck_assert_double_eq_tol(verdict.mean_utilization,
                            (100.0 / 4096 + 100.0 / 4096 + 150.0 / 8192 +
                             350.0 / 8192 + 350.0 / 4096 + 360.0 / 4096 +
                             60.0 / 4096) /
                                7,
                            1e-12);
}
END_TEST

START_TEST(the_meter_stops_where_it_went_wrong)
{
    struct verdict verdict;
    records[REALLOC].pointer = 0;

    verdict = judge(trace, outcome, model);

    ck_assert_uint_eq(verdict.peak_live, 150);
}
END_TEST

START_TEST(pointers_are_compared_from_the_beginning_of_each_source)
{
    struct outcome *other = make_outcome(trace);
    struct record *there = log_records(other->log);
    there[ALIGNED].pointer = records[ALIGNED].pointer;
    ck_assert_uint_eq(other_pointer(trace, outcome, other), NO_OP);

    other->log->source_base += 4096;
    ck_assert_uint_ne(other_pointer(trace, outcome, other), NO_OP);
    for (size_t i = 0; i < OPS; i++)
        there[i].pointer += there[i].pointer != 0 ? 4096 : 0;
    ck_assert_uint_eq(other_pointer(trace, outcome, other), NO_OP);

    there[AGAIN].pointer = 0;
    ck_assert_uint_ne(other_pointer(trace, outcome, other), NO_OP);
    there[AGAIN].pointer = records[AGAIN].pointer + 4096 + 16;
    ck_assert_uint_ne(other_pointer(trace, outcome, other), NO_OP);
    outcome_free(other);
}
END_TEST

START_TEST(pointers_alone_tell_that_blocks_overlap)
{
    records[AGAIN].pointer = records[CALLOC].pointer;
    struct verdict verdict = judge_pointers(trace, OPS, outcome, model);

    ck_assert_int_eq(verdict.wrong, WRONG_OVERLAP);
    ck_assert_uint_eq(verdict.op, AGAIN);
    ck_assert_uint_eq(verdict.other, CALLOC);
}
END_TEST

START_TEST(pointers_after_the_last_one_asked_for_are_not_looked_at)
{
    records[AGAIN].pointer = 0;

    ck_assert_int_eq(judge_pointers(trace, AGAIN, outcome, model).wrong,
                     WRONG_NOTHING);
}
END_TEST

START_TEST(a_null_that_no_one_explains_is_wrong)
{
    records[AGAIN].pointer = 0;
    struct verdict verdict = judge_pointers(trace, OPS, outcome, model);

    ck_assert_int_eq(verdict.wrong, WRONG_NULL);
    ck_assert_uint_eq(verdict.op, AGAIN);
}
END_TEST

static Suite *judge_suite(void)
{
    Suite *suite = suite_create("judge");
    TCase *tcase = tcase_create("pointers");

#define ADD(test) tcase_add_test(tcase, test)
    tcase_add_checked_fixture(tcase, setup, teardown);
    ADD(a_replay_that_went_well_is_right);
    ADD(null_without_a_refusal_is_wrong);
    ADD(null_after_a_refusal_means_that_memory_ran_out);
    ADD(null_from_realloc_names_the_block_that_stands);
    ADD(a_block_must_lie_in_the_source_to_its_last_byte);
    ADD(a_block_may_end_where_the_source_does);
    ADD(an_allocator_with_pages_of_its_own_may_put_blocks_anywhere);
    ADD(every_block_is_aligned_to_16);
    ADD(an_aligned_block_is_aligned_as_asked);
    ADD(two_live_blocks_may_not_share_a_byte);
    ADD(a_block_of_no_bytes_has_an_address_of_its_own);
    ADD(a_resized_block_may_lie_where_it_lay_and_a_new_one_where_one_was);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("contents");
    tcase_add_checked_fixture(tcase, setup, teardown);
    ADD(damage_is_told_with_its_place);
    ADD(damage_before_a_realloc_is_not_the_reallocs);
    ADD(damage_may_show_at_the_end_only);
    ADD(contents_that_realloc_lost_are_told);
    ADD(a_calloc_that_is_not_zero_is_told);
    ADD(a_broken_invariant_is_told_after_its_operation);
    ADD(the_first_thing_that_is_wrong_counts);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("endings");
    tcase_add_checked_fixture(tcase, setup, teardown);
    ADD(a_deadly_signal_in_a_call_is_a_crash);
    ADD(a_crash_on_a_new_block_means_that_it_is_unusable);
    ADD(a_crash_on_an_old_block_means_that_it_is_gone);
    ADD(a_crash_at_the_end_means_that_a_block_is_gone);
    ADD(an_abort_is_told_apart_from_a_crash);
    tcase_add_loop_test(tcase, what_takes_too_long_is_a_loop, 0, 3);
    ADD(an_exit_is_wrong_whatever_its_status);
    ADD(the_kits_own_trouble_is_no_verdict);
    ADD(an_open_that_fails_is_the_allocators_own);
    tcase_add_loop_test(tcase, a_log_that_contradicts_itself_is_no_verdict, 0,
                        2);
    ADD(a_replay_that_is_done_too_soon_is_no_verdict);
    ADD(a_log_full_of_nonsense_is_judged_all_the_same);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("meter");
    tcase_add_checked_fixture(tcase, setup, teardown);
    ADD(the_meter_agrees_with_sums_by_hand);
    ADD(the_meter_stops_where_it_went_wrong);
    ADD(pointers_are_compared_from_the_beginning_of_each_source);
    ADD(pointers_alone_tell_that_blocks_overlap);
    ADD(pointers_after_the_last_one_asked_for_are_not_looked_at);
    ADD(a_null_that_no_one_explains_is_wrong);
    suite_add_tcase(suite, tcase);
#undef ADD
    return suite;
}

int main(void)
{
    return run_suite(judge_suite());
}
