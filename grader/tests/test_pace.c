/*
 * test_pace.c - a counted cost is doubted if the CPU time is too much for it.
 */
#include "grader/pace.h"

#include "grader/hearing.h"
#include "grader/tests/help.h"

#define TRACE "traces/teaching/churn.trace"

/* Measures the kit's kr on a trace, beside itself. */
static struct pace pace_of_kr(bool other_pointers)
{
    struct trace_error trace_error;
    struct subject subject;
    struct hearing hearing;
    struct pace pace;
    struct trace *trace;
    char path[PATH_ROOM];
    char error[512];

    path_kit(path, TRACE);
    trace = trace_read(path, &trace_error);
    ck_assert_ptr_nonnull(trace);
    ck_assert(subject_kit(&subject, other_pointers ? "kr-best" : "kr", error,
                          sizeof(error)));
    ck_assert_msg(
        hear(&hearing, &subject, trace, path, 0, error, sizeof(error)), "%s",
        error);
    snprintf(subject.name, sizeof(subject.name), "kr");
    pace_measure(&pace, &subject, trace, hearing.outcome);
    hearing_close(&hearing);
    trace_free(trace);
    return pace;
}

START_TEST(the_same_file_takes_the_same_time)
{
    struct pace pace = pace_of_kr(false);

    ck_assert(!pace.strayed);
    ck_assert_double_gt(pace.own, 0);
    ck_assert_double_gt(pace.reference, 0);
    ck_assert(!pace_is_doubtful(&pace, 1));
}
END_TEST

START_TEST(other_pointers_than_the_judged_ones_are_noticed)
{
    ck_assert(pace_of_kr(true).strayed);
}
END_TEST

START_TEST(time_may_grow_with_the_counted_cost)
{
    const struct pace pace = {.own = 10, .reference = 1};

    ck_assert(pace_is_doubtful(&pace, 3));
    ck_assert(!pace_is_doubtful(&pace, 4));
}
END_TEST

START_TEST(what_costs_less_than_full_marks_may_take_their_time)
{
    const struct pace twice = {.own = 2, .reference = 1};
    const struct pace four = {.own = 4, .reference = 1};

    ck_assert(!pace_is_doubtful(&twice, 0.1));
    ck_assert(pace_is_doubtful(&four, 0.1));
}
END_TEST

START_TEST(nothing_is_doubted_where_nothing_was_measured_or_counted)
{
    ck_assert(!pace_is_doubtful(&(struct pace){.own = 1}, 1));
    ck_assert(!pace_is_doubtful(&(struct pace){.own = 9, .reference = 1}, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pace");
    TCase *tcase = tcase_create("pace");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_same_file_takes_the_same_time);
    tcase_add_test(tcase, other_pointers_than_the_judged_ones_are_noticed);
    tcase_add_test(tcase, time_may_grow_with_the_counted_cost);
    tcase_add_test(tcase,
                   what_costs_less_than_full_marks_may_take_their_time);
    tcase_add_test(tcase,
                   nothing_is_doubted_where_nothing_was_measured_or_counted);
    return run_suite(suite);
}
