/*
 * test_reuse.c - whether a replay ever used memory again, of made-up ones.
 */
#include "grader/reuse.h"

#include "grader/tests/help.h"

/* Two blocks of 100 bytes, the first freed, and a third; then it grows. */
static const struct op ops[] = {
    {.kind = OP_MALLOC, .id = 0, .size = 100},
    {.kind = OP_MALLOC, .id = 1, .size = 100},
    {.kind = OP_FREE, .id = 0},
    {.kind = OP_MALLOC, .id = 2, .size = 50},
    {.kind = OP_REALLOC, .id = 2, .size = 120},
};

#define COUNT (sizeof(ops) / sizeof(ops[0]))

static struct trace *trace;
static struct outcome *outcome;
static struct record *records;

static void setup(void)
{
    trace = make_trace(ops, COUNT);
    outcome = make_outcome(trace);
    records = log_records(outcome->log);
}

static void teardown(void)
{
    outcome_free(outcome);
    trace_free(trace);
}

START_TEST(blocks_side_by_side_reuse_nothing)
{
    ck_assert(!replay_reuses(trace, outcome));
}
END_TEST

START_TEST(a_block_where_a_freed_one_lay_reuses)
{
    records[3].pointer = records[0].pointer;
    ck_assert(replay_reuses(trace, outcome));
}
END_TEST

START_TEST(a_block_that_begins_elsewhere_may_reuse)
{
    records[3].pointer = records[0].pointer + 96;
    ck_assert(replay_reuses(trace, outcome));
}
END_TEST

START_TEST(what_grows_where_it_lies_keeps_its_own_bytes)
{
    records[4].pointer = records[3].pointer;
    ck_assert(!replay_reuses(trace, outcome));
}
END_TEST

START_TEST(what_grows_into_a_freed_block_reuses)
{
    records[1].pointer = MADE_BASE + 4096;
    records[0].pointer = MADE_BASE + 64;
    records[3].pointer = records[4].pointer = MADE_BASE;
    ck_assert(replay_reuses(trace, outcome));
}
END_TEST

START_TEST(a_resize_that_failed_reuses_nothing)
{
    records[4].pointer = 0;
    ck_assert(!replay_reuses(trace, outcome));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reuse");
    TCase *tcase = tcase_create("reuse");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, blocks_side_by_side_reuse_nothing);
    tcase_add_test(tcase, a_block_where_a_freed_one_lay_reuses);
    tcase_add_test(tcase, a_block_that_begins_elsewhere_may_reuse);
    tcase_add_test(tcase, what_grows_where_it_lies_keeps_its_own_bytes);
    tcase_add_test(tcase, what_grows_into_a_freed_block_reuses);
    tcase_add_test(tcase, a_resize_that_failed_reuses_nothing);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
