/*
 * test_tally.c - the figures of several traces together.
 */
#include "grader/figures/tally.h"

#include "grader/tests/help.h"

#define CELLS 3

static struct trace traces[CELLS];
static struct workload workloads[CELLS];
static struct cell cells[CELLS];

/* Three cells that are right; the second one's trace is small. */
static void setup(void)
{
    static const double peak[] = {0.5, 0.9, 0.7};
    static const double cost[] = {100, 3, 10000};

    memset(cells, 0, sizeof(cells));
    for (size_t i = 0; i < CELLS; i++) {
        traces[i] = (struct trace){.threads = 1,
                                   .op_count = TIMED_OPS_MIN,
                                   .live_peak = SCORED_PEAK};
        workloads[i].trace = &traces[i];
        cells[i].workload = &workloads[i];
        cells[i].verdict.peak_utilization = peak[i];
        cells[i].verdict.mean_utilization = peak[i] - 0.2;
        cells[i].count = (struct count){.counted = true, .cost = cost[i]};
        cells[i].timing = (struct timing){.timed = true,
                                          .ratio = cost[i] / 10,
                                          .low = cost[i] / 20,
                                          .high = cost[i] / 5,
                                          .per_second = 1e9 / cost[i]};
    }
    traces[1].live_peak = SCORED_PEAK - 1;
}

START_TEST(utilization_is_an_arithmetic_mean_and_cost_a_geometric_one)
{
    struct tally tally = tally_cells(cells, CELLS, true);

    ck_assert_uint_eq(tally.cells, 3);
    ck_assert_uint_eq(tally.scored, 2);
    ck_assert_uint_eq(tally.wrong, 0);
    ck_assert_double_eq_tol(tally.peak, 0.6, 1e-12);
    ck_assert_double_eq_tol(tally.mean, 0.4, 1e-12);
    ck_assert_double_eq_tol(tally.utilization, 0.5, 1e-12);
    ck_assert(tally.counted);
    ck_assert_double_eq_tol(tally.cost, 1000, 1e-9);
    ck_assert(tally.timed);
    ck_assert_double_eq_tol(tally.ratio, 100, 1e-9);
    ck_assert_double_eq_tol(tally.low, 50, 1e-9);
    ck_assert_double_eq_tol(tally.high, 200, 1e-9);
    ck_assert_double_eq_tol(tally.per_second, 1e6, 1e-3);
}
END_TEST

START_TEST(small_traces_count_too_if_asked)
{
    struct tally tally = tally_cells(cells, CELLS, false);

    ck_assert_uint_eq(tally.scored, 3);
    ck_assert_double_eq_tol(tally.peak, 0.7, 1e-12);
}
END_TEST

START_TEST(a_trace_of_few_operations_is_not_scored)
{
    traces[0].op_count = TIMED_OPS_MIN - 1;
    ck_assert(!is_scored(&traces[0]));
    ck_assert(!is_scored(&traces[1]));
    ck_assert(is_scored(&traces[2]));
}
END_TEST

START_TEST(what_is_wrong_is_not_averaged_and_the_first_is_kept)
{
    cells[1].verdict.wrong = WRONG_CRASH;
    cells[2].verdict.wrong = WRONG_OVERLAP;

    struct tally tally = tally_cells(cells, CELLS, true);

    ck_assert_uint_eq(tally.wrong, 2);
    ck_assert_ptr_eq(tally.first, &cells[1]);
    ck_assert(!tally.trouble);
    ck_assert_double_eq_tol(tally.cost, 100, 1e-9);
}
END_TEST

START_TEST(trouble_of_the_kits_own_is_told_apart)
{
    cells[0].trouble = true;

    struct tally tally = tally_cells(cells, CELLS, true);

    ck_assert(tally.trouble);
    ck_assert_ptr_eq(tally.first, &cells[0]);
    ck_assert_uint_eq(tally.wrong, 1);
}
END_TEST

START_TEST(one_cell_that_was_not_counted_leaves_the_cost_open)
{
    cells[0].count.counted = false;
    ck_assert(!tally_cells(cells, CELLS, true).counted);
}
END_TEST

START_TEST(one_cell_that_was_not_timed_leaves_the_time_open)
{
    cells[2].timing.timed = false;
    ck_assert(!tally_cells(cells, CELLS, true).timed);
}
END_TEST

START_TEST(nothing_scored_is_nothing_counted)
{
    struct tally tally = tally_cells(&cells[1], 1, true);

    ck_assert_uint_eq(tally.scored, 0);
    ck_assert(!tally.counted);
    ck_assert(!tally.timed);
}
END_TEST

START_TEST(figures_have_three_digits_and_their_thousands_apart)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "   0.00"},         {1.239, "   1.24"}, {9.99, "   9.99"},
        {10.04, "   10.0"},     {99.94, "   99.9"}, {100, "    100"},
        {999.4, "    999"},     {1000, "  1 000"},  {10665.2, " 10 665"},
        {1234567, "1 234 567"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[64] = "";
        FILE *out = fmemopen(text, sizeof(text), "w");
        ck_assert_ptr_nonnull(out);
        print_figure(out, 7, cases[i].value);
        fclose(out);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

static Suite *tally_suite(void)
{
    Suite *suite = suite_create("tally");
    TCase *tcase = tcase_create("tally");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(
        tcase, utilization_is_an_arithmetic_mean_and_cost_a_geometric_one);
    tcase_add_test(tcase, small_traces_count_too_if_asked);
    tcase_add_test(tcase, a_trace_of_few_operations_is_not_scored);
    tcase_add_test(tcase,
                   what_is_wrong_is_not_averaged_and_the_first_is_kept);
    tcase_add_test(tcase, trouble_of_the_kits_own_is_told_apart);
    tcase_add_test(tcase, one_cell_that_was_not_counted_leaves_the_cost_open);
    tcase_add_test(tcase, one_cell_that_was_not_timed_leaves_the_time_open);
    tcase_add_test(tcase, nothing_scored_is_nothing_counted);
    tcase_add_test(tcase,
                   figures_have_three_digits_and_their_thousands_apart);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(tally_suite());
}
