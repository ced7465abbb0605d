/*
 * test_trial.c - traces tried on the mutants of a lab: heaplab mutants. (That
 * the rubric catches them all: test_mutants.c.)
 */
#include "grader/lab/labs.h"
#include "grader/lab/trial.h"
#include "grader/spawn.h"
#include "grader/tests/labs.h"

static char said[1 << 15];
static char folder[] = "/tmp/heaplab-trial-XXXXXX";
static char path[PATH_ROOM]; /* of a trace in it */

static void setup(void)
{
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 7);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/own.trace", folder);
}

static void teardown(void)
{
    unlink(path);
    rmdir(folder);
}

/* Writes a trace of two operations. */
static void write_trace(const char *body, int identifiers, int peak)
{
    FILE *out = fopen(path, "we");

    ck_assert_ptr_nonnull(out);
    fprintf(out,
            "heaplab trace 1\ntitle: mine\nmake: by hand\noperations: 2\n"
            "identifiers: %d\nlive peak: %d\nthreads: 1\n\n%s",
            identifiers, peak, body);
    ck_assert_int_eq(fclose(out), 0);
}

/* Runs heaplab mutants; returns its exit status. */
static int mutants(const char *lab, const char *trace)
{
    char program[PATH_ROOM];
    const char *words[] = {program, "mutants", lab, trace, NULL};

    path_built(program, "heaplab");
    return capture(words, NULL, said, sizeof(said));
}

static void assert_says(const char *piece)
{
    ck_assert_msg(strstr(said, piece) != NULL, "no '%s' in: %s", piece, said);
}

START_TEST(a_trace_is_told_what_it_catches_and_what_is_left)
{
    const char *left;

    write_trace("a 0 100\nr 0 3000\n", 1, 3000);

    ck_assert_int_eq(mutants("kr", path), 1);

    assert_says("own.trace: 2 operations, catches ");
    assert_says("1-kr: ");
    assert_says("mutants caught by 1 trace\n");
    left = strstr(said, "not caught, and the step");
    ck_assert_ptr_nonnull(left);
    ck_assert_ptr_null(strstr(left, " same-block-twice "));
    ck_assert_ptr_nonnull(strstr(left, " header-forgotten "));
    ck_assert_ptr_nonnull(strstr(left, " checker-always-true "));
}
END_TEST

START_TEST(a_property_that_the_reference_lacks_is_not_asked_for)
{
    static struct asked asked;
    static struct rubric rubric;
    struct workload workload;
    char error[1024];
    bool sound;

    ck_assert(rubric_of_lab(&rubric, "kr", error, sizeof(error)));
    ck_assert(workload_open(&workload, "trim", error, sizeof(error)));

    sound = trial_sound(&asked, &rubric, &workload, 1, error, sizeof(error));

    workload_close(&workload);
    ck_assert_msg(sound, "%s", error);
    /* What trim gave back is not there to be used again: steps 1 and 2. */
    ck_assert(asked.of[0][0]);
    ck_assert(!asked.of[1][0]);
}
END_TEST

START_TEST(a_malformed_trace_is_refused_by_its_line)
{
    write_trace("a 0 100\nf 1\n", 2, 100);

    ck_assert_int_eq(mutants("kr", path), 2);

    assert_says("own.trace:10: expected a live identifier");
}
END_TEST

START_TEST(what_there_is_not_is_told)
{
    ck_assert_int_eq(mutants("kr", "nosuch"), 2);
    assert_says("nosuch: no such file");
    ck_assert_int_eq(mutants("nolab", "comb"), 2);
    assert_says("no lab is called 'nolab'");
    ck_assert_int_eq(mutants("bump", "first"), 2);
    assert_says("there is no mutant of lab 0-bump");
    ck_assert_int_eq(mutants("bump", NULL), 2);
    assert_says("no trace is given, and there is no labs/0-bump/traces/");
    ck_assert_int_eq(mutants(NULL, NULL), 2);
    assert_says("usage: heaplab mutants");
    ck_assert_int_eq(mutants("--help", NULL), 0);
    assert_says("usage: heaplab mutants");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trial");
    TCase *tcase = tcase_create("trial");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    /* A sanitizer sees some mistakes before the judge does. */
    if (!SANITIZED && !under_valgrind())
        tcase_add_test(tcase,
                       a_trace_is_told_what_it_catches_and_what_is_left);
    tcase_add_test(tcase,
                   a_property_that_the_reference_lacks_is_not_asked_for);
    tcase_add_test(tcase, a_malformed_trace_is_refused_by_its_line);
    tcase_add_test(tcase, what_there_is_not_is_told);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
