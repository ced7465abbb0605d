/*
 * test_patterns_server.c - do requests end, queues stay bounded, and threads
 * free what others made?
 */
#include "traces/patterns.h"

#include "traces/tests/generated.h"

/* --- handover --- */

START_TEST(what_producers_make_consumers_free_in_order)
{
    struct trace *trace =
        generate("handover", "producers=3", "consumers=2", NULL);
    size_t count = 0;
    struct life *lives = lives_of(trace, &count);
    unsigned makers = 0;
    unsigned freers = 0;

    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_lt(lives[i].maker, 3);
        ck_assert_uint_ge(lives[i].freer, 3);
        ck_assert(i == 0 || lives[i].death > lives[i - 1].death);
        makers |= 1U << lives[i].maker;
        freers |= 1U << lives[i].freer;
    }
    ck_assert_uint_eq(count, 5000);
    ck_assert_uint_eq(makers, 0x07);
    ck_assert_uint_eq(freers, 0x18);
    ck_assert_uint_eq(trace->threads, 5);
    free(lives);
    trace_free(trace);
}
END_TEST

START_TEST(the_queue_is_filled_and_never_holds_more_than_it_can)
{
    struct trace *trace = generate("handover", "length=20", NULL);
    struct trace_info info;

    ck_assert(trace_describe(trace, &info));

    ck_assert_uint_eq(info.live_blocks, 20);
    ck_assert_uint_eq(trace->id_count, 20);
    trace_free(trace);
}
END_TEST

/* --- larson --- */

START_TEST(larson_s_threads_free_what_others_made)
{
    struct trace *trace = generate("larson", NULL);
    size_t count = 0;
    struct life *lives = lives_of(trace, &count);
    size_t foreign = 0;
    size_t replaced = 0;

    for (size_t i = 0; i < count; i++) {
        bool at_end = lives[i].death >= trace->op_count - 1000;
        replaced += !at_end;
        foreign += !at_end && lives[i].maker != lives[i].freer;
    }

    ck_assert_uint_eq(replaced, (size_t)10 * 4 * 100);
    /* In a round 100 of 250 slots are drawn, some of them twice: of what is
       freed, what was made in an earlier round is another thread's. */
    ck_assert_uint_gt(foreign, replaced * 6 / 10);
    ck_assert_uint_lt(foreign, replaced * 9 / 10);
    free(lives);
    trace_free(trace);
}
END_TEST

START_TEST(larson_keeps_every_slot_full)
{
    struct trace *trace = generate("larson", "threads=8", "slots=50",
                                   "least=100", "most=100", NULL);

    ck_assert_uint_eq(trace->live_peak, (size_t)8 * 50 * 100);
    ck_assert_uint_eq(trace->id_count, (size_t)8 * 50);
    ck_assert_uint_eq(trace->threads, 8);
    trace_free(trace);
}
END_TEST

/* --- requests --- */

START_TEST(a_request_frees_all_it_made_when_it_ends)
{
    struct trace *trace =
        generate("requests", "width=1", "every=1000", "requests=50", NULL);
    size_t live = 0;
    size_t requests = 0;

    for (size_t i = 0; i < trace->op_count; i++) {
        bool freed = trace->ops[i].kind == OP_FREE;
        live = freed ? live - 1 : live + 1;
        /* Once it frees, it goes on until nothing is left. */
        if (freed && live > 0)
            ck_assert_int_eq(trace->ops[i + 1].kind, OP_FREE);
        requests += live == 0;
    }
    ck_assert_uint_eq(requests, 50);
    ck_assert_uint_ge(trace->op_count / 2 / requests, 370);
    ck_assert_uint_le(trace->op_count / 2 / requests, 430);
    trace_free(trace);
}
END_TEST

START_TEST(every_so_many_requests_one_block_outlives_its_own)
{
    struct trace *trace =
        generate("requests", "width=1", "every=5", "requests=100",
                 "blocks=20", "sessions=1000", NULL);
    size_t count = 0;
    struct life *lives = lives_of(trace, &count);
    size_t survivors = 0;

    for (size_t i = 0; i < count; i++)
        survivors += lives[i].death >= trace->op_count - 20;

    /* With room for all sessions they go at the very end; but one. */
    ck_assert_uint_eq(survivors, 20);
    free(lives);
    trace_free(trace);
}
END_TEST

START_TEST(no_more_sessions_are_kept_than_there_is_room_for)
{
    struct trace *trace =
        generate("requests", "width=4", "every=1", "requests=200", "blocks=2",
                 "sessions=10", "least=64", "most=64", NULL);

    /* 4 requests of at most 3 blocks, 10 sessions and the one that is new. */
    ck_assert_uint_le(trace->live_peak, ((size_t)4 * 3 + 10) * 64);
    ck_assert_uint_gt(trace->live_peak, (size_t)10 * 64);
    trace_free(trace);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("patterns_server");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, what_producers_make_consumers_free_in_order);
    tcase_add_test(tcase,
                   the_queue_is_filled_and_never_holds_more_than_it_can);
    tcase_add_test(tcase, larson_s_threads_free_what_others_made);
    tcase_add_test(tcase, larson_keeps_every_slot_full);
    tcase_add_test(tcase, a_request_frees_all_it_made_when_it_ends);
    tcase_add_test(tcase, every_so_many_requests_one_block_outlives_its_own);
    tcase_add_test(tcase, no_more_sessions_are_kept_than_there_is_room_for);
    return run_case("patterns_server", tcase);
}
