/*
 * test_meaning.c - sentences that follow from made-up figures.
 */
#include "grader/figures/meaning.h"

#include "grader/tests/help.h"

#define THREE 3

/* Cheap and loose, tight and dear, and one between. */
static struct standing all[THREE];

static void setup(void)
{
    static const char *const names[] = {"bump", "kr", "buddy"};
    static const double cost[] = {80, 640, 100};
    static const double utilization[] = {0.2, 0.8, 0.6};
    static const uint64_t peak[] = {4000, 1000, 1310};

    for (size_t i = 0; i < THREE; i++) {
        all[i] = (struct standing){.name = names[i],
                                   .counted = true,
                                   .cost = cost[i],
                                   .metered = true,
                                   .utilization = utilization[i],
                                   .peak_live = 800,
                                   .peak_committed = peak[i],
                                   .timed = true,
                                   .ratio = 2.0 + (double)i,
                                   .low = 1.9 + (double)i,
                                   .high = 2.1 + (double)i};
    }
}

/* Returns what is said of number i of count; static to the call. */
static const char *meaning(size_t count, size_t i)
{
    static char text[512];
    FILE *out = fmemopen(text, sizeof(text), "w");

    memset(text, 0, sizeof(text));
    ck_assert_ptr_nonnull(out);
    print_meaning(out, all, count, i);
    fclose(out);
    return text;
}

static const char *winners(size_t count)
{
    static char text[1024];
    FILE *out = fmemopen(text, sizeof(text), "w");

    memset(text, 0, sizeof(text));
    ck_assert_ptr_nonnull(out);
    (void)standings_mark(all, count);
    print_winners(out, all, count);
    fclose(out);
    return text;
}

START_TEST(each_is_set_beside_the_best)
{
    ck_assert_str_eq(meaning(THREE, 0),
                     "cheapest; needs 4.0 times the memory of kr");
    ck_assert_str_eq(meaning(THREE, 1),
                     "costs 8.0 times as much as bump; tightest");
    ck_assert_str_eq(meaning(THREE, 2), "costs 25 % more than bump; needs "
                                        "31 % more memory than kr");
}
END_TEST

START_TEST(a_small_difference_is_no_tie)
{
    all[2].cost = 80.4;
    ck_assert_str_eq(meaning(THREE, 2), "costs 0.5 % more than bump; needs "
                                        "31 % more memory than kr");
    all[2].cost = 80.01;
    ck_assert_str_eq(meaning(THREE, 2),
                     "costs less than 0.1 % more than bump; needs 31 % more "
                     "memory than kr");
}
END_TEST

START_TEST(factors_are_rounded_and_change_their_form_where_they_should)
{
    all[2].peak_committed = 1000;
    all[2].cost = 80 * 1.99;
    ck_assert(strstr(meaning(THREE, 2), "costs 99 % more") != NULL);
    all[2].cost = 80 * 2;
    ck_assert(strstr(meaning(THREE, 2), "costs 2.0 times as") != NULL);
    all[2].cost = 80 * 9.97;
    ck_assert(strstr(meaning(THREE, 2), "costs 10 times as") != NULL);
    all[2].cost = 80 * 1.0096;
    ck_assert(strstr(meaning(THREE, 2), "costs 1 % more") != NULL);
}
END_TEST

START_TEST(equals_are_all_best)
{
    all[2].cost = all[0].cost;
    all[2].utilization = all[1].utilization;

    ck_assert_str_eq(meaning(THREE, 2), "cheapest; tightest");
    ck_assert_str_eq(winners(THREE),
                     "cheapest: bump and buddy, alike.\n"
                     "tightest: kr and buddy, alike.\n"
                     "fastest: bump.\n"
                     "on the frontier: buddy (cheapest and tightest).\n");
}
END_TEST

START_TEST(three_that_are_alike_are_listed)
{
    all[2].cost = all[1].cost = all[0].cost;

    ck_assert(strstr(winners(THREE),
                     "cheapest: bump, kr and buddy, alike.\n") != NULL);
}
END_TEST

START_TEST(times_whose_intervals_overlap_are_not_told_apart)
{
    all[2].low = all[0].high;

    ck_assert(strstr(winners(THREE), "fastest: bump or buddy, not to be told "
                                     "apart.\n") != NULL);
}
END_TEST

START_TEST(the_frontier_is_told_from_cheap_to_dear)
{
    ck_assert_str_eq(
        winners(THREE),
        "cheapest: bump.\ntightest: kr.\nfastest: bump.\n"
        "on the frontier: bump (cheapest), buddy, kr (tightest).\n");
    ck_assert(all[0].on && all[1].on && all[2].on);
}
END_TEST

START_TEST(one_that_failed_has_no_figures_and_is_nobodys_measure)
{
    all[0] = (struct standing){.name = "bump", .wrong = "crash"};

    ck_assert_str_eq(meaning(THREE, 0), "has no figures: crash");
    ck_assert_str_eq(meaning(THREE, 1),
                     "costs 6.4 times as much as buddy; tightest");
    ck_assert_str_eq(winners(THREE),
                     "cheapest: buddy.\ntightest: kr.\nfastest: kr.\n"
                     "on the frontier: buddy (cheapest), kr (tightest).\n");
}
END_TEST

START_TEST(one_alone_is_compared_with_what_is_live)
{
    ck_assert_str_eq(meaning(1, 0), "needs 5.0 times the most that is live");
    ck_assert_str_eq(winners(1), "");
    ck_assert(!all[0].on);
}
END_TEST

START_TEST(one_that_never_reuses_is_told_so)
{
    all[0].never_reuses = true;

    ck_assert_str_eq(meaning(THREE, 0),
                     "cheapest; needs 4.0 times the memory of kr; never "
                     "reuses a byte, and needs 5.0 times the most that is "
                     "live");
}
END_TEST

START_TEST(without_counts_there_is_no_cheapest_and_no_frontier)
{
    for (size_t i = 0; i < THREE; i++)
        all[i].counted = false;

    ck_assert_str_eq(meaning(THREE, 0), "needs 4.0 times the memory of kr");
    ck_assert_str_eq(winners(THREE), "tightest: kr.\nfastest: bump.\n");
}
END_TEST

START_TEST(one_whose_memory_is_not_metered_is_left_out_of_memory)
{
    all[1].metered = false;

    ck_assert_str_eq(meaning(THREE, 1), "costs 8.0 times as much as bump");
    ck_assert(strstr(winners(THREE), "tightest: buddy.\n") != NULL);
    ck_assert(!all[1].on);
}
END_TEST

START_TEST(a_lower_peak_does_not_hide_a_worse_mean)
{
    all[2].peak_committed = 900;
    ck_assert(strstr(meaning(THREE, 2),
                     "needs less than kr at its peak, but "
                     "less of it is live in the mean") != NULL);
    all[2].peak_committed = 1000;
    ck_assert(strstr(meaning(THREE, 2), "needs as much as kr at its peak, "
                                        "but less of it is live") != NULL);
}
END_TEST

START_TEST(a_cost_of_nothing_is_no_divisor)
{
    all[0].cost = 0;
    ck_assert(strstr(meaning(THREE, 2),
                     "costs 100 an operation more than bump") != NULL);
    all[0].cost = -2;
    ck_assert(strstr(meaning(THREE, 2),
                     "costs 102 an operation more than bump") != NULL);
}
END_TEST

START_TEST(over_several_traces_only_who_is_right_on_all_stands)
{
    struct tally good = {.cells = 2,
                         .scored = 2,
                         .counted = true,
                         .cost = 90,
                         .utilization = 0.5};
    struct tally bad = {.cells = 2, .scored = 1, .wrong = 1};

    ck_assert_ptr_null(standing_over("kr", &good).wrong);
    ck_assert_double_eq(standing_over("kr", &good).cost, 90);
    ck_assert_str_eq(standing_over("kr", &bad).wrong, "not right on all");
}
END_TEST

START_TEST(what_the_kernel_tells_of_little_memory_is_not_taken)
{
    struct trace trace = {
        .threads = 1, .op_count = TIMED_OPS_MIN, .live_peak = 1000};
    struct workload workload = {.trace = &trace};
    struct subject glibc = {.name = "glibc"};
    struct cell cell = {.subject = &glibc, .workload = &workload};

    ck_assert(!standing_of(&cell).metered);
    trace.live_peak = SCORED_PEAK;
    ck_assert(standing_of(&cell).metered);
}
END_TEST

START_TEST(a_trace_that_frees_nothing_gives_nothing_to_reuse)
{
    struct op ops[] = {{.kind = OP_MALLOC, .id = 0, .size = 8},
                       {.kind = OP_FREE, .id = 0},
                       {.kind = OP_MALLOC, .id = 0, .size = 8}};
    struct trace trace = {.ops = ops, .op_count = 2};
    struct workload workload = {.trace = &trace};
    struct subject subject = {.name = "bump"};
    struct cell cell = {
        .subject = &subject, .workload = &workload, .never_reuses = true};

    ck_assert(!standing_of(&cell).never_reuses);
    trace.op_count = 3;
    ck_assert(standing_of(&cell).never_reuses);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("meaning");
    TCase *tcase = tcase_create("meaning");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, each_is_set_beside_the_best);
    tcase_add_test(tcase, a_small_difference_is_no_tie);
    tcase_add_test(
        tcase, factors_are_rounded_and_change_their_form_where_they_should);
    tcase_add_test(tcase, equals_are_all_best);
    tcase_add_test(tcase, three_that_are_alike_are_listed);
    tcase_add_test(tcase, times_whose_intervals_overlap_are_not_told_apart);
    tcase_add_test(tcase, the_frontier_is_told_from_cheap_to_dear);
    tcase_add_test(tcase,
                   one_that_failed_has_no_figures_and_is_nobodys_measure);
    tcase_add_test(tcase, one_alone_is_compared_with_what_is_live);
    tcase_add_test(tcase, one_that_never_reuses_is_told_so);
    tcase_add_test(tcase,
                   without_counts_there_is_no_cheapest_and_no_frontier);
    tcase_add_test(tcase,
                   one_whose_memory_is_not_metered_is_left_out_of_memory);
    tcase_add_test(tcase, a_lower_peak_does_not_hide_a_worse_mean);
    tcase_add_test(tcase, a_cost_of_nothing_is_no_divisor);
    tcase_add_test(tcase,
                   over_several_traces_only_who_is_right_on_all_stands);
    tcase_add_test(tcase,
                   what_the_kernel_tells_of_little_memory_is_not_taken);
    tcase_add_test(tcase, a_trace_that_frees_nothing_gives_nothing_to_reuse);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
