/*
 * test_heapmap.c - maps of made-up replays, drawn by hand.
 */
#include "grader/figures/heapmap.h"

#include "grader/tests/help.h"

/* A cell of the map is 100 bytes wide where all is 6000 bytes. */
static const struct op ops[] = {
    {.kind = OP_MALLOC, .id = 0, .size = 2000},
    {.kind = OP_MALLOC, .id = 1, .size = 2000},
    {.kind = OP_MALLOC, .id = 2, .size = 1950},
    {.kind = OP_FREE, .id = 1},
    {.kind = OP_REALLOC, .id = 0, .size = 1030},
    {.kind = OP_MALLOC, .id = 1, .size = 0},
};

#define COUNT (sizeof(ops) / sizeof(ops[0]))

static struct map map;
static struct trace *trace;
static struct outcome *outcome;
static struct record *records;

static void setup(void)
{
    trace = make_trace(ops, COUNT);
    outcome = make_outcome(trace);
    records = log_records(outcome->log);
    for (size_t i = 0; i < COUNT; i++)
        records[i].committed = 8000;
    records[0].pointer = MADE_BASE;
    records[1].pointer = MADE_BASE + 2000;
    records[2].pointer = MADE_BASE + 4050;
    records[4].pointer = MADE_BASE;
    records[5].pointer = MADE_BASE + 2000;
}

static void teardown(void)
{
    outcome_free(outcome);
    trace_free(trace);
}

static const char *printed(void)
{
    static char text[8192];
    FILE *out = fmemopen(text, sizeof(text), "w");

    memset(text, 0, sizeof(text));
    ck_assert_ptr_nonnull(out);
    map_print(out, &map, MADE_BASE, MADE_LIMIT);
    fclose(out);
    return text;
}

START_TEST(a_map_is_as_drawn_by_hand)
{
    ck_assert(map_fill(&map, trace, outcome, COUNT, COUNT));

    ck_assert_str_eq(
        printed(),
        "        1 |@@@@@@@@@@@@@@@@@@@@                            "
        "            |  25 %\n"
        "        2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@        "
        "            |  50 %\n"
        "        3 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@=@@@@@@@"
        "@@@@@@@@@@@@|  74 %\n"
        "        4 |@@@@@@@@@@@@@@@@@@@@....................=@@@@@@@"
        "@@@@@@@@@@@@|  49 %\n"
        "        5 |@@@@@@@@@@-.............................=@@@@@@@"
        "@@@@@@@@@@@@|  37 %\n"
        "        6 |@@@@@@@@@@-.............................=@@@@@@@"
        "@@@@@@@@@@@@|  37 %\n"
        "           0                                                "
        "      8 KiB\n");
}
END_TEST

START_TEST(fewer_rows_are_evenly_apart_and_end_at_the_end)
{
    ck_assert(map_fill(&map, trace, outcome, COUNT, 2));

    ck_assert_uint_eq(map.row_count, 2);
    ck_assert_uint_eq(map.rows[0].count, 3);
    ck_assert_uint_eq(map.rows[1].count, 6);
    ck_assert_double_eq_tol(map.rows[0].live, 5950.0 / 8000, 1e-12);
}
END_TEST

START_TEST(there_are_no_more_rows_than_operations)
{
    ck_assert(map_fill(&map, trace, outcome, 2, 12));

    ck_assert_uint_eq(map.row_count, 2);
    ck_assert_uint_eq(map.rows[1].count, 2);
}
END_TEST

START_TEST(a_gap_wider_than_the_rest_is_left_out)
{
    records[2].pointer = MADE_BASE + MADE_LIMIT - 2000;

    ck_assert(map_fill(&map, trace, outcome, 3, 1));

    ck_assert_uint_eq(map.segment_count, 2);
    ck_assert_uint_eq(map.segments[0].columns, 40);
    ck_assert_uint_eq(map.segments[1].columns, 20);
    ck_assert_str_eq(printed(),
                     "        3 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|"
                     "@@@@@@@@@@@@@@@@@@@@|  74 %\n"
                     "           0                                  4 KiB "
                     "top - 4 KiB      top\n");
}
END_TEST

START_TEST(a_narrow_gap_is_drawn_blank)
{
    records[1].pointer = MADE_BASE + 4000;

    ck_assert(map_fill(&map, trace, outcome, 2, 1));

    ck_assert_uint_eq(map.segment_count, 1);
    ck_assert_str_eq(map.rows[0].cells,
                     "@@@@@@@@@@@@@@@@@@@@                    "
                     "@@@@@@@@@@@@@@@@@@@@");
}
END_TEST

START_TEST(a_resize_that_failed_leaves_the_block)
{
    records[4].pointer = 0;

    ck_assert(map_fill(&map, trace, outcome, 5, 5));

    ck_assert_str_eq(map.rows[4].cells, map.rows[3].cells);
}
END_TEST

START_TEST(a_replay_without_blocks_has_blank_rows)
{
    records[0].pointer = 0;
    records[0].committed = 0;

    ck_assert(map_fill(&map, trace, outcome, 1, 1));

    ck_assert_uint_eq(map.segment_count, 0);
    ck_assert_str_eq(printed(),
                     "        1 |                                        "
                     "                    |     -\n           \n");
}
END_TEST

START_TEST(nothing_of_nothing_is_an_empty_map)
{
    ck_assert(map_fill(&map, trace, outcome, 0, 12));
    ck_assert_uint_eq(map.row_count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heapmap");
    TCase *tcase = tcase_create("heapmap");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_map_is_as_drawn_by_hand);
    tcase_add_test(tcase, fewer_rows_are_evenly_apart_and_end_at_the_end);
    tcase_add_test(tcase, there_are_no_more_rows_than_operations);
    tcase_add_test(tcase, a_gap_wider_than_the_rest_is_left_out);
    tcase_add_test(tcase, a_narrow_gap_is_drawn_blank);
    tcase_add_test(tcase, a_resize_that_failed_leaves_the_block);
    tcase_add_test(tcase, a_replay_without_blocks_has_blank_rows);
    tcase_add_test(tcase, nothing_of_nothing_is_an_empty_map);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
