/*
 * test_workloads.c - do the generated traces tell the policies apart, as
 * docs/workloads.md says?
 */
#include "grader/cell.h"
#include "grader/clock.h"
#include "traces/generate.h"

#include "grader/tests/help.h"

/* Replays a trace of the kind, as it is shipped, on the kit's allocator. */
static struct cell *replay(const char *name, const char *kind, unsigned want)
{
    static struct workload workload;
    static struct subject subject;
    struct trace_error error;
    char why[512];
    struct cell *cell = cells_new(1);

    ck_assert_ptr_nonnull(cell);
    workload.trace = trace_generate(kind, NULL, 0, &error);
    ck_assert_ptr_nonnull(workload.trace);
    ck_assert_msg(subject_kit(&subject, name, why, sizeof(why)), "%s", why);
    cell->subject = &subject;
    cell->workload = &workload;
    cells_fill(cell, 1, want, 0);
    ck_assert_msg(!cell->trouble, "%s", cell->message);
    ck_assert_msg(cell->verdict.wrong == WRONG_NOTHING, "%s", cell->message);
    workload_close(&workload);
    return cell;
}

/* Peak live bytes over peak committed bytes, in percent. */
static double utilization_of(const char *name, const char *kind)
{
    struct cell *cell = replay(name, kind, 0);
    double percent = 100 * cell->verdict.peak_utilization;

    cells_free(cell, 1);
    return percent;
}

/* The counted cost of an operation. */
static double cost_of(const char *name, const char *kind)
{
    struct cell *cell = replay(name, kind, WANT_COUNT);
    double cost = cell->count.cost;

    ck_assert(cell->count.counted);
    cells_free(cell, 1);
    return cost;
}

/* The heap grows to five times what is live, headers included. */
START_TEST(no_policy_uses_more_than_a_fifth_of_robson)
{
    static const char *const names[] = {"kr", "kr-next", "kr-best", "buddy"};
    double percent = utilization_of(names[_i], "robson");

    ck_assert_double_gt(percent, 19);
    ck_assert_double_lt(percent, 20.5);
}
END_TEST

START_TEST(buddy_uses_a_tenth_of_its_worst_and_kr_a_third)
{
    double buddy = utilization_of("buddy", "buddy-worst");

    ck_assert_double_gt(buddy, 9);
    ck_assert_double_lt(buddy, 10.5);
    ck_assert_double_gt(utilization_of("kr", "buddy-worst"), 3 * buddy);
}
END_TEST

START_TEST(rover_costs_next_fit_memory_and_no_other_search)
{
    double first = utilization_of("kr", "rover");

    ck_assert_double_gt(first, 85);
    ck_assert_double_eq_tol(utilization_of("kr-best", "rover"), first, 1);
    ck_assert_double_lt(utilization_of("kr-next", "rover"), first - 10);
}
END_TEST

START_TEST(blocks_that_stay_hold_a_region_s_chunks)
{
    double kr = utilization_of("kr", "short-lived");

    ck_assert_double_lt(utilization_of("region", "short-lived"), kr / 5);
}
END_TEST

START_TEST(region_serves_requests_at_the_lowest_cost)
{
    double region = cost_of("region", "requests");

    ck_assert_double_lt(region * 1.5, cost_of("buddy", "requests"));
    ck_assert_double_lt(region * 5, cost_of("kr", "requests"));
    ck_assert_double_lt(region * 5, cost_of("kr-best", "requests"));
}
END_TEST

START_TEST(next_fit_searches_longer_than_first_fit_on_rover)
{
    ck_assert_double_gt(cost_of("kr-next", "rover"),
                        3 * cost_of("kr", "rover"));
}
END_TEST

static Suite *workloads_suite(void)
{
    Suite *suite = suite_create("workloads");
    TCase *tcase = tcase_create("workloads");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, no_policy_uses_more_than_a_fifth_of_robson, 0,
                        4);
    tcase_add_test(tcase, buddy_uses_a_tenth_of_its_worst_and_kr_a_third);
    tcase_add_test(tcase, rover_costs_next_fit_memory_and_no_other_search);
    tcase_add_test(tcase, blocks_that_stay_hold_a_region_s_chunks);
    if (SANITIZED || !can_count()) {
        puts("left out: no counting without valgrind, or with sanitizers");
    } else {
        tcase_add_test(tcase, region_serves_requests_at_the_lowest_cost);
        tcase_add_test(tcase,
                       next_fit_searches_longer_than_first_fit_on_rover);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(workloads_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
