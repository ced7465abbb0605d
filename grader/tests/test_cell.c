/*
 * test_cell.c - what comes of the work on a cell, also if it is cut off.
 */
#include "grader/cell.h"

#include "grader/tests/help.h"

static const struct op ops[] = {{.kind = OP_MALLOC, .size = 100},
                                {.kind = OP_FREE}};

static struct subject subject;
static struct workload workload;
static struct cell *cell;

static void setup(void)
{
    char error[512];

    ck_assert(subject_kit(&subject, "bump", error, sizeof(error)));
    workload = (struct workload){.trace = make_trace(ops, 2), .path = "made"};
    cell = cells_new(1);
    ck_assert_ptr_nonnull(cell);
    cell->subject = &subject;
    cell->workload = &workload;
}

static void teardown(void)
{
    cells_free(cell, 1);
    workload_close(&workload);
}

START_TEST(what_is_right_has_no_message)
{
    cells_fill(cell, 1, 0, 0);

    ck_assert(!cell->trouble);
    ck_assert_int_eq(cell->verdict.wrong, WRONG_NOTHING);
    ck_assert_str_eq(cell->message, "");
}
END_TEST

START_TEST(a_judge_that_dies_is_trouble_and_no_verdict)
{
    struct workload nowhere = workload;

    nowhere.trace = (struct trace *)(uintptr_t)16; /* crashes who reads it */
    cell->workload = &nowhere;
    cells_fill(cell, 1, 0, 0);

    ck_assert(cell->trouble);
    ck_assert_ptr_nonnull(strstr(cell->message, "did not come to its end"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cell");
    TCase *tcase = tcase_create("cell");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_is_right_has_no_message);
    tcase_add_test(tcase, a_judge_that_dies_is_trouble_and_no_verdict);
    return run_suite(suite);
}
