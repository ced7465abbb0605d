/*
 * test_latency.c - the arithmetic of single calls' times; and that a run of
 * them comes to its end.
 */
#include "grader/latency.h"

#include "grader/tests/help.h"

#define HUNDRED 100

/* Calls of 120 to 219 ns, in no order. */
static void make_times(struct record records[HUNDRED])
{
    for (size_t i = 0; i < HUNDRED; i++)
        records[i] = (struct record){.nanoseconds = 120 + (i * 37) % HUNDRED};
}

START_TEST(the_clocks_own_time_is_taken_off)
{
    uint64_t clock[] = {25, 19, 20, 21, 400};
    struct record records[HUNDRED];
    struct latency latency;
    make_times(records);

    ck_assert(latency_from(&latency, records, HUNDRED, clock, 5));

    ck_assert(latency.measured);
    ck_assert_uint_eq(latency.clock, 21);
    ck_assert_uint_eq(latency.half, 120 + 49 - 21);
    ck_assert_uint_eq(latency.most, 120 + 98 - 21);
    ck_assert_uint_eq(latency.worst, 120 + 99 - 21);
}
END_TEST

START_TEST(the_worst_is_named_and_of_equals_the_first)
{
    uint64_t clock[] = {0};
    struct record records[] = {{.nanoseconds = 5},
                               {.nanoseconds = 9},
                               {.nanoseconds = 9},
                               {.nanoseconds = 1}};
    struct latency latency;

    ck_assert(latency_from(&latency, records, 4, clock, 1));

    ck_assert_uint_eq(latency.worst, 9);
    ck_assert_uint_eq(latency.which, 1);
    ck_assert_uint_eq(latency.half, 5);
    ck_assert_uint_eq(latency.most, 9);
}
END_TEST

START_TEST(a_call_faster_than_the_clock_takes_nothing)
{
    uint64_t clock[] = {20};
    struct record records[] = {{.nanoseconds = 19}};
    struct latency latency;

    ck_assert(latency_from(&latency, records, 1, clock, 1));

    ck_assert_uint_eq(latency.half, 0);
    ck_assert_uint_eq(latency.worst, 0);
    ck_assert_uint_eq(latency.which, 0);
}
END_TEST

/* A list of 2000 holes is walked by each call of the end, and by none of the
   beginning: no call is as long by chance, 7 times. */
START_TEST(a_search_of_a_long_list_shows_in_the_worst_call)
{
    char error[512];
    struct subject kr;
    struct latency latency;
    struct trace *trace = read_trace("traces/teaching/comb.trace");
    ck_assert(subject_kit(&kr, "kr", error, sizeof(error)));

    measure_latency(&latency, &kr, trace);

    ck_assert_msg(latency.measured, "%s", latency.why);
    ck_assert_uint_le(latency.half, latency.most);
    ck_assert_uint_le(latency.most, latency.worst);
    ck_assert_uint_gt(latency.most, latency.clock);
    ck_assert_uint_lt(latency.which, trace->op_count);
    trace_free(trace);
}
END_TEST

START_TEST(glibc_is_measured_too)
{
    char error[512];
    struct subject glibc;
    struct latency latency;
    struct trace *trace = read_trace("traces/teaching/stack.trace");
    ck_assert(subject_kit(&glibc, "glibc", error, sizeof(error)));

    measure_latency(&latency, &glibc, trace);

    ck_assert_msg(latency.measured, "%s", latency.why);
    trace_free(trace);
}
END_TEST

START_TEST(replays_that_do_not_end_well_measure_nothing)
{
    struct subject buggy = buggy_subject("bug=abort,after=6");
    struct latency latency;
    struct trace *trace = read_trace("grader/tests/screens/small.trace");

    measure_latency(&latency, &buggy, trace);

    ck_assert(!latency.measured);
    ck_assert_str_eq(latency.why, "the replays did not come to their end");
    trace_free(trace);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("latency");
    TCase *tcase = tcase_create("latency");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_clocks_own_time_is_taken_off);
    tcase_add_test(tcase, the_worst_is_named_and_of_equals_the_first);
    tcase_add_test(tcase, a_call_faster_than_the_clock_takes_nothing);
    tcase_add_test(tcase, a_search_of_a_long_list_shows_in_the_worst_call);
    tcase_add_test(tcase, glibc_is_measured_too);
    tcase_add_test(tcase, replays_that_do_not_end_well_measure_nothing);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
