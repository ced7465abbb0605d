/*
 * test_comparison.c - allocators side by side as compare prints them, from
 * made-up figures; and the commands compare and map as people meet them.
 */
#include "grader/figures/comparison.h"

#include "grader/spawn.h"
#include "grader/tests/help.h"

#include <unistd.h>

#define SUBJECTS  ((size_t)2)
#define WORKLOADS ((size_t)2)

static struct op ops[] = {{.kind = OP_MALLOC, .id = 0, .size = 8},
                          {.kind = OP_FREE, .id = 0},
                          {.kind = OP_MALLOC, .id = 0, .size = 8}};
static struct trace traces[WORKLOADS];
static struct workload workloads[WORKLOADS];
static struct cell cells[SUBJECTS * WORKLOADS];
static struct grid grid;
static struct comparison comparison;
static char text[16384];

/* kr and bump on two traces that are scored. */
static void setup(void)
{
    static const double cost[] = {200, 800, 100, 100};
    static const double peak[] = {0.8, 0.8, 0.2, 0.4};

    memset(cells, 0, sizeof(cells));
    grid = (struct grid){.subject_count = SUBJECTS,
                         .workload_count = WORKLOADS,
                         .workloads = workloads,
                         .cells = cells};
    snprintf(grid.subjects[0].name, sizeof(grid.subjects[0].name), "%s",
             "kr");
    snprintf(grid.subjects[1].name, sizeof(grid.subjects[1].name), "%s",
             "bump");
    for (size_t w = 0; w < WORKLOADS; w++) {
        traces[w] = (struct trace){.title = "made up",
                                   .ops = ops,
                                   .threads = 1,
                                   .op_count = TIMED_OPS_MIN,
                                   .live_peak = SCORED_PEAK};
        workloads[w] = (struct workload){.trace = &traces[w]};
        snprintf(workloads[w].name, sizeof(workloads[w].name), "made/%c",
                 (char)('a' + (int)w));
    }
    traces[0].ops = calloc(TIMED_OPS_MIN, sizeof(struct op));
    ck_assert_ptr_nonnull(traces[0].ops);
    memcpy(traces[0].ops, ops, sizeof(ops));
    traces[1].ops = traces[0].ops;
    for (size_t i = 0; i < SUBJECTS * WORKLOADS; i++) {
        cells[i].subject = &grid.subjects[i / WORKLOADS];
        cells[i].workload = &workloads[i % WORKLOADS];
        cells[i].verdict.peak_utilization = peak[i];
        cells[i].verdict.mean_utilization = peak[i];
        cells[i].verdict.peak_live = SCORED_PEAK;
        cells[i].verdict.peak_committed =
            (uint64_t)((double)SCORED_PEAK / peak[i]);
        cells[i].count = (struct count){.counted = true, .cost = cost[i]};
        cells[i].never_reuses = i >= WORKLOADS;
    }
    comparison = (struct comparison){.grid = &grid, .exact = true};
}

static void teardown(void)
{
    free(traces[0].ops);
}

static const char *printed(void)
{
    FILE *out = fmemopen(text, sizeof(text), "w");

    memset(text, 0, sizeof(text));
    ck_assert_ptr_nonnull(out);
    comparison_print(out, &comparison);
    fclose(out);
    return text;
}

static const char *written(void)
{
    struct json json = {0};

    memset(text, 0, sizeof(text));
    json.out = fmemopen(text, sizeof(text), "w");
    ck_assert_ptr_nonnull(json.out);
    json_open_object(&json, NULL);
    comparison_json(&json, &comparison);
    json_close_object(&json);
    fclose(json.out);
    return text;
}

static void assert_has(const char *all, const char *piece)
{
    ck_assert_msg(strstr(all, piece) != NULL, "no '%s' in:\n%s", piece, all);
}

START_TEST(a_table_has_its_meaning_below)
{
    const char *expected =
        "made/a: made up\n"
        "  1000 operations, at most 256 KiB live\n"
        "              utilization        cost\n"
        "               peak   mean       an op\n"
        "* kr             80%    80%         200\n"
        "* bump           20%    20%         100\n"
        "\n"
        "  kr            costs 2.0 times as much as bump; tightest\n"
        "  bump          cheapest; needs 4.0 times the memory of kr; never "
        "reuses a\n"
        "                byte, and needs 5.0 times the most that is live\n"
        "  cheapest: bump.\n"
        "  tightest: kr.\n"
        "  on the frontier: bump (cheapest), kr (tightest).\n";

    ck_assert_msg(strncmp(printed(), expected, strlen(expected)) == 0,
                  "%s---\n%s", expected, text);
}
END_TEST

START_TEST(all_traces_are_taken_together)
{
    assert_has(printed(), "over 2 traces with 256 KiB live or more");
    assert_has(text, "* kr             80%    80%         400\n"
                     "* bump           30%    30%         100\n");
}
END_TEST

START_TEST(one_trace_is_not_taken_together)
{
    traces[1].live_peak = SCORED_PEAK - 1;

    ck_assert_ptr_null(strstr(printed(), "over 2 traces"));
    ck_assert_ptr_null(strstr(text, "over 1 traces"));
    assert_has(text, "  A small trace: ");
}
END_TEST

START_TEST(who_is_wrong_on_one_trace_has_no_place_over_all)
{
    cells[2].verdict.wrong = WRONG_CRASH;

    assert_has(printed(), "  bump         crash\n");
    assert_has(text, "  bump         not right on all\n");
    assert_has(text, "  bump          has no figures: crash\n");
}
END_TEST

START_TEST(measured_times_are_left_out_only_if_asked)
{
    cells[0].timing = (struct timing){.timed = true,
                                      .ratio = 2,
                                      .low = 1.9,
                                      .high = 2.1,
                                      .per_second = 1e7};
    ck_assert_ptr_null(strstr(printed(), "1.90 - 2.10"));

    comparison.exact = false;

    assert_has(printed(), "       10.0     2.00  1.90 - 2.10\n");
}
END_TEST

START_TEST(no_line_is_longer_than_80)
{
    comparison.exact = false;
    snprintf(grid.subjects[1].name, sizeof(grid.subjects[1].name), "%s",
             "kr:search=best,and=more,of=it");

    for (const char *line = printed(); *line != '\0';) {
        size_t length = strcspn(line, "\n");
        ck_assert_msg(length <= 80, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}
END_TEST

START_TEST(single_calls_are_marked_as_measured)
{
    struct latency latencies[SUBJECTS * WORKLOADS] = {
        {true, 20, 7, 130, 4500, 1, ""},
        {true, 20, 7, 130, 4500, 0, ""},
        {true, 20, 0, 10, 99, 0, ""},
        {.why = "is not right on it"},
    };
    comparison.latencies = latencies;

    assert_has(printed(), "measured in a run of their own, not for points");
    assert_has(text, "  kr                 7       130       4500  op 2: "
                     "free(p0)\n");
    assert_has(text,
               "  bump               0        10         99  op 1: p0 = "
               "malloc(8)\n");
    assert_has(text, "  bump         is not right on it\n");
    assert_has(text, "less the 20 ns");
    assert_has(written(), "\"single_calls\": {");
    assert_has(text, "\"for_points\": false");
    assert_has(text, "\"percentile_99\": 130");
    assert_has(text, "\"worst_operation\": 2");
    assert_has(text, "\"not_measured_because\": \"is not right on it\"");
}
END_TEST

START_TEST(json_carries_what_is_said)
{
    assert_has(written(), "\"utilization\": 0.8");
    assert_has(text, "\"on_the_frontier\": true");
    assert_has(text, "\"never_reuses\": true");
    assert_has(text,
               "\"meaning\": \"costs 2.0 times as much as bump; tightest\"");
    assert_has(text, "\"on the frontier: bump (cheapest), kr (tightest).\"");
    assert_has(text, "\"over_all_traces\": {");
    ck_assert_ptr_null(strstr(text, "single_calls"));
}
END_TEST

/* --- the commands ----------------------------------------------------------- */

/* Runs heaplab with words, ended by NULL. */
static int heaplab(const char *const *words)
{
    char program[PATH_ROOM];
    const char *line[16] = {program};

    path_built(program, "heaplab");
    for (size_t i = 0; words[i] != NULL; i++)
        line[i + 1] = words[i];
    return capture(line, NULL, text, sizeof(text));
}

#define HEAPLAB(...) heaplab((const char *const[]){__VA_ARGS__, NULL})

START_TEST(what_is_exact_is_printed_the_same_twice)
{
    static char first[sizeof(text)];

    ck_assert_int_eq(
        HEAPLAB("compare", "--exact", "bump", "kr", "-t", "queue"), 0);
    memcpy(first, text, sizeof(first));
    ck_assert_int_eq(
        HEAPLAB("compare", "--exact", "bump", "kr", "-t", "queue"), 0);

    assert_has(text, "never reuses");
    ck_assert_str_eq(text, first);
}
END_TEST

START_TEST(maps_and_single_calls_are_added_if_asked)
{
    ck_assert_int_eq(HEAPLAB("compare", "--exact", "--maps", "--latency",
                             "kr", "glibc", "-t", "split"),
                     0);

    assert_has(text, "kr on teaching/split: ");
    assert_has(text, "glibc on teaching/split: has pages of its own");
    assert_has(text, "single calls, in nanoseconds");
}
END_TEST

START_TEST(a_heap_over_time_is_drawn)
{
    ck_assert_int_eq(HEAPLAB("map", "--rows", "2", "kr", "split"), 0);

    assert_has(text, "kr on teaching/split: 8 operations, at most 20 KiB");
    assert_has(text, "\n        4 |");
    assert_has(text, "\n        8 |");
}
END_TEST

START_TEST(a_heap_with_pages_of_its_own_has_no_map)
{
    ck_assert_int_eq(HEAPLAB("map", "glibc", "split"), 2);

    ck_assert_str_eq(text, "heaplab: glibc has pages of its own: there is no "
                           "map of them\n");
}
END_TEST

START_TEST(a_map_ends_where_the_replay_goes_wrong)
{
    int status = HEAPLAB("map", "--property", "first-fit", "kr-best",
                         "best-versus-first");

    ck_assert_int_eq(status, 1);
    assert_has(text, "the map ends where operation 7 goes wrong (other fit)");
    assert_has(text, "next:  build/heaplab replay --property first-fit "
                     "kr-best best-versus-first\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("comparison");
    TCase *tcase = tcase_create("made up");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_table_has_its_meaning_below);
    tcase_add_test(tcase, all_traces_are_taken_together);
    tcase_add_test(tcase, one_trace_is_not_taken_together);
    tcase_add_test(tcase, who_is_wrong_on_one_trace_has_no_place_over_all);
    tcase_add_test(tcase, measured_times_are_left_out_only_if_asked);
    tcase_add_test(tcase, no_line_is_longer_than_80);
    tcase_add_test(tcase, single_calls_are_marked_as_measured);
    tcase_add_test(tcase, json_carries_what_is_said);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("commands");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, what_is_exact_is_printed_the_same_twice);
    tcase_add_test(tcase, maps_and_single_calls_are_added_if_asked);
    tcase_add_test(tcase, a_heap_over_time_is_drawn);
    tcase_add_test(tcase, a_heap_with_pages_of_its_own_has_no_map);
    tcase_add_test(tcase, a_map_ends_where_the_replay_goes_wrong);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
