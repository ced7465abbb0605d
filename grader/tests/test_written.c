/*
 * test_written.c - whether a check() is written yet, and that what judges whole
 * files asks it.
 */
#include "grader/lab/written.h"

#include "grader/figures/figures.h"
#include "grader/lab/labs.h"
#include "grader/lab/starter.h"
#include "grader/submission.h"
#include "grader/tests/wrong_kr.h"

#include <unistd.h>

static char file[256]; /* the one under test */
static struct subject subject;
static struct workload workload;
static struct grid grid;

/* Makes the file of a student who has solved so many steps of lab 1. */
static void make_file(size_t solved)
{
    static struct rubric rubric;
    char reference[PATH_ROOM];
    char error[512];
    int descriptor;
    FILE *out;

    snprintf(file, sizeof(file), "/tmp/heaplab-written-XXXXXX.c");
    descriptor = mkstemps(file, 2);
    ck_assert_int_ge(descriptor, 0);
    out = fdopen(descriptor, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_msg(
        rubric_of_lab(&rubric, "kr", error, sizeof(error)) &&
            starter_reference(reference, &rubric, error, sizeof(error)) &&
            starter_write(out, &rubric, reference, solved, error,
                          sizeof(error)),
        "%s", error);
    ck_assert_int_eq(fclose(out), 0);
}

/* Builds the file into *built. */
static void build(struct subject *built)
{
    char says[COMPILER_SAYS];

    ck_assert_msg(submission_build(built, "kr", file, says), "%s", says);
    unlink(file);
}

static void setup(void)
{
    char error[512];

    ck_assert_msg(workload_open(&workload, "split", error, sizeof(error)),
                  "%s", error);
}

static void teardown(void)
{
    workload_close(&workload);
}

START_TEST(the_stub_of_a_check_is_not_written)
{
    bool written;

    make_file(5);
    build(&subject);

    written = check_is_written(&subject, &workload);

    submission_remove(&subject);
    ck_assert(!written);
}
END_TEST

START_TEST(the_reference_s_check_is_written)
{
    bool written;

    make_file(6);
    build(&subject);

    written = check_is_written(&subject, &workload);

    submission_remove(&subject);
    ck_assert(written);
}
END_TEST

START_TEST(an_allocator_without_a_check_has_nothing_to_write)
{
    char error[512];

    ck_assert_msg(subject_kit(&subject, "glibc", error, sizeof(error)), "%s",
                  error);

    ck_assert(check_is_written(&subject, &workload));
}
END_TEST

/* What scores and compare do, on one trace. Returns what is wrong. */
static enum wrong judged_in_a_grid(void)
{
    char *names[] = {"kr"};
    char *paths[] = {"split"};
    char error[512];
    enum wrong wrong;

    ck_assert_msg(grid_open(&grid, names, 1, paths, 1, error, sizeof(error)),
                  "%s", error);
    build(&grid.subjects[0]);
    grid_fill(&grid, 0, 0);
    ck_assert_msg(!grid.cells[0].trouble, "%s", grid.cells[0].message);
    wrong = grid.cells[0].verdict.wrong;
    grid_close(&grid);
    return wrong;
}

START_TEST(a_grid_judges_without_a_check_that_is_not_written)
{
    make_file(5);

    ck_assert_int_eq(judged_in_a_grid(), WRONG_NOTHING);
}
END_TEST

START_TEST(a_grid_judges_by_a_check_that_is_written)
{
    const struct mistake mistake = {.name = "misses-the-rover",
                                    .right = "heap->rover == &heap->head",
                                    .wrong = "false"};

    write_wrong_kr(&mistake, file);

    ck_assert_int_eq(judged_in_a_grid(), WRONG_INVARIANT);
}
END_TEST

START_TEST(a_grid_judges_a_stub_by_what_it_returns)
{
    make_file(0);

    ck_assert_int_eq(judged_in_a_grid(), WRONG_NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("written");
    TCase *tcase = tcase_create("written");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_stub_of_a_check_is_not_written);
    tcase_add_test(tcase, the_reference_s_check_is_written);
    tcase_add_test(tcase, an_allocator_without_a_check_has_nothing_to_write);
    tcase_add_test(tcase, a_grid_judges_without_a_check_that_is_not_written);
    tcase_add_test(tcase, a_grid_judges_by_a_check_that_is_written);
    tcase_add_test(tcase, a_grid_judges_a_stub_by_what_it_returns);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
