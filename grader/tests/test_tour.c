/*
 * test_tour.c - that a tour visits a lab's traces; and that on all of them
 * nothing is reported of what is right.
 */
#include "grader/lab/labs.h"
#include "grader/tests/tools.h"

#include "grader/tools/tour.h"

/* A visit_stop: nothing may be reported. context is the tool. */
static bool is_silent(void *context, const struct stop *stop)
{
    static struct telling telling;

    tell_of(&telling, *(enum tool *)context, stop->subject,
            stop->workload->path, stop->step->check);
    ck_assert_msg(telling.well, "%s on %s: %s", stop->subject->name,
                  stop->workload->name, telling.text);
    return true;
}

/*
 * Asserts that nothing is reported of an allocator on the traces of lab 1. With
 * its own variants and check() where the lab has them; or (alone) of this one
 * on every trace, those that are measured, and long, only under asan.
 */
static void assert_silent(enum tool tool, const char *name, const char *file,
                          bool alone)
{
    static struct rubric rubric;
    char error[512];
    struct subject subject = built_for(tool, name, file);

    ck_assert_msg(rubric_of_lab(&rubric, "kr", error, sizeof(error)), "%s",
                  error);
    for (size_t i = 0; alone && i < rubric.step_count; i++) {
        struct step *step = &rubric.steps[i];
        step->allocator[0] = '\0';
        step->properties = 0;
        if (step->measure != MEASURE_CORRECT && tool == TOOL_MEMCHECK)
            step->trace_count = 0;
    }
    ck_assert_msg(
        tour(&rubric, &subject, NULL, is_silent, &tool, error, sizeof(error)),
        "%s", error);
    submission_remove(&subject);
}

/* What is right. */
static const struct {
    const char *name;
    const char *file;
    bool alone;
} right[] = {
    {"kr", "allocators/kr.c", false},
    {"kr-next", "allocators/kr.c", true},
    {"kr-best", "allocators/kr.c", true},
    {"bump", "allocators/bump.c", true},
};

#define RIGHT ((int)(sizeof(right) / sizeof(right[0])))

START_TEST(memcheck_reports_nothing_of_what_is_right)
{
    assert_silent(TOOL_MEMCHECK, right[_i].name, right[_i].file,
                  right[_i].alone);
}
END_TEST

START_TEST(asan_reports_nothing_of_what_is_right)
{
    assert_silent(TOOL_ASAN, right[_i].name, right[_i].file, right[_i].alone);
}
END_TEST

/* A visit_stop: counts. */
static bool count_stop(void *context, const struct stop *stop)
{
    (void)stop;
    ++*(int *)context;
    return true;
}

START_TEST(a_trace_that_two_steps_ask_for_alike_is_visited_once)
{
    static struct rubric rubric;
    struct subject subject = {.name = "kr"};
    char error[512];
    int stops = 0;

    ck_assert(rubric_of_lab(&rubric, "kr", error, sizeof(error)));

    /* Of utilization and of throughput. */
    ck_assert(tour(&rubric, &subject, "churn", count_stop, &stops, error,
                   sizeof(error)));

    ck_assert_int_eq(stops, 1);
}
END_TEST

START_TEST(a_trace_that_no_step_asks_for_is_visited_once)
{
    static struct rubric rubric;
    struct subject subject = {.name = "kr"};
    char error[512];
    int stops = 0;

    ck_assert(rubric_of_lab(&rubric, "kr", error, sizeof(error)));

    ck_assert(tour(&rubric, &subject, "pair", count_stop, &stops, error,
                   sizeof(error)));

    ck_assert_int_eq(stops, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tour");
    TCase *tcase = tcase_create("tour");

    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase,
                   a_trace_that_two_steps_ask_for_alike_is_visited_once);
    tcase_add_test(tcase, a_trace_that_no_step_asks_for_is_visited_once);
    if (has_tool(TOOL_MEMCHECK))
        tcase_add_loop_test(tcase, memcheck_reports_nothing_of_what_is_right,
                            0, RIGHT);
    tcase_add_loop_test(tcase, asan_reports_nothing_of_what_is_right, 0,
                        RIGHT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
