/*
 * test_command_secret.c - "heaplab secret" and "heaplab trace vary", as a user
 * meets them.
 */
#include "grader/clock.h"
#include "grader/spawn.h"
#include "grader/tests/help.h"

#include <unistd.h>

static char text[65536]; /* what the last command printed */
static char folder[] = "/tmp/heaplab-secret-XXXXXX";

/* Runs heaplab with up to 5 words, ended by NULL; returns its exit status. */
static int heaplab(const char *const *words)
{
    char program[PATH_ROOM];
    const char *all[8] = {program};

    path_built(program, "heaplab");
    for (size_t i = 0; words[i] != NULL; i++)
        all[i + 1] = words[i];
    return capture(all, NULL, text, sizeof(text));
}

#define HEAPLAB(...) heaplab((const char *const[]){__VA_ARGS__, NULL})

static void assert_says(const char *piece)
{
    ck_assert_msg(strstr(text, piece) != NULL, "no '%s' in:\n%s", piece,
                  text);
}

/* Writes a file in the test's folder, which goes with the test. */
static void write_file(char *path, size_t room, const char *name,
                       const char *contents)
{
    (void)snprintf(path, room, "%s/%s", folder, name);
    FILE *out = fopen(path, "we");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs(contents, out), 0);
    ck_assert_int_eq(fclose(out), 0);
}

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    rmdir(folder);
}

START_TEST(vary_writes_a_trace_that_check_accepts)
{
    char path[256];

    ck_assert_int_eq(HEAPLAB("trace", "vary", "--seed=9", "split"), 0);
    assert_says("make: heaplab trace vary --seed 9 --window 16, of what");
    write_file(path, sizeof(path), "v.trace", text);
    ck_assert_int_eq(HEAPLAB("trace", "check", path), 0);
    assert_says("ok, 8 operations");
    unlink(path);
}
END_TEST

START_TEST(vary_refuses_what_is_no_trace)
{
    ck_assert_int_eq(HEAPLAB("trace", "vary", "nosuch"), 2);
    assert_says("nosuch: no such file");
    ck_assert_int_eq(HEAPLAB("trace", "vary"), 2);
}
END_TEST

START_TEST(secret_tells_what_is_varied)
{
    char rubric[256];
    char secret[256];

    write_file(rubric, sizeof(rubric), "rubric",
               "lab t\ntitle t\nallocator kr\nstep right\n title t\n"
               " points 100\n traces teaching/stack.trace\n");
    write_file(secret, sizeof(secret), "secret", "sixteen letters!\n");
    ck_assert_int_eq(HEAPLAB("secret", rubric, secret), 0);
    assert_says("t: 8 variants of each trace");
    assert_says("  teaching/stack            16        0");
    ck_assert_int_eq(HEAPLAB("secret", rubric, secret), 0);
    assert_says("remembered from an earlier run");
    unlink(rubric);
    unlink(secret);
}
END_TEST

START_TEST(secret_refuses_what_is_none)
{
    ck_assert_int_eq(HEAPLAB("secret", "kr", "/no/such"), 2);
    assert_says("/no/such: No such file");
    ck_assert_int_eq(HEAPLAB("secret", "nolab", "/no/such"), 2);
    assert_says("no lab is called 'nolab'");
    ck_assert_int_eq(HEAPLAB("secret", "kr"), 2);
    ck_assert_int_eq(HEAPLAB("secret", "--help"), 0);
    assert_says("usage: heaplab secret LAB FILE");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command_secret");
    TCase *tcase = tcase_create("command_secret");
    tcase_add_unchecked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, vary_writes_a_trace_that_check_accepts);
    tcase_add_test(tcase, vary_refuses_what_is_no_trace);
    tcase_add_test(tcase, secret_tells_what_is_varied);
    tcase_add_test(tcase, secret_refuses_what_is_none);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
