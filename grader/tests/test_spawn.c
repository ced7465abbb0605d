/*
 * test_spawn.c - helper programs, and lines of code.
 */
#include "grader/spawn.h"

#include "grader/tests/help.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(output_and_error_are_taken_in_together)
{
    const char *words[] = {"sh", "-c", "echo one; echo two >&2", NULL};
    char text[64];

    ck_assert_int_eq(capture(words, NULL, text, sizeof(text)), 0);

    ck_assert_str_eq(text, "one\ntwo\n");
}
END_TEST

START_TEST(the_exit_status_is_returned)
{
    const char *words[] = {"sh", "-c", "exit 42", NULL};
    char text[64];

    ck_assert_int_eq(capture(words, NULL, text, sizeof(text)), 42);
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(what_does_not_fit_is_dropped_and_the_program_ends_all_the_same)
{
    const char *words[] = {"sh", "-c", "yes | head -c 1000000; exit 3", NULL};
    char text[8];

    ck_assert_int_eq(capture(words, NULL, text, sizeof(text)), 3);

    ck_assert_str_eq(text, "y\ny\ny\ny");
}
END_TEST

START_TEST(a_helper_works_in_its_folder_and_has_no_input)
{
    const char *words[] = {"sh", "-c", "pwd; cat", NULL};
    char text[64];

    ck_assert_int_eq(capture(words, "/usr", text, sizeof(text)), 0);

    ck_assert_str_eq(text, "/usr\n");
}
END_TEST

START_TEST(what_cannot_be_run_is_minus_one)
{
    const char *nobody[] = {"no-program-of-this-name", NULL};
    const char *killed[] = {"sh", "-c", "kill -9 $$", NULL};
    const char *fine[] = {"true", NULL};
    char text[64];

    ck_assert_int_eq(capture(nobody, NULL, text, sizeof(text)), -1);
    ck_assert_int_eq(capture(killed, NULL, text, sizeof(text)), -1);
    ck_assert_int_eq(capture(fine, "/nowhere", text, sizeof(text)), -1);
}
END_TEST

START_TEST(no_child_is_left)
{
    const char *words[] = {"true", NULL};
    char text[8];

    capture(words, NULL, text, sizeof(text));

    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(code_is_found_by_its_address) /* and here is the line */
{
    unsigned long here = (unsigned long)(uintptr_t)&capture;
    char path[PATH_ROOM];
    struct line line;

    path_built(path, "grader/tests/test_spawn");
    ck_assert_int_eq(line_of(path, here, &line), 0);

    ck_assert_ptr_nonnull(strstr(line.file, "grader/spawn.c"));
    ck_assert_uint_gt(line.number, 1);
}
END_TEST

START_TEST(an_address_without_code_has_no_line)
{
    char path[PATH_ROOM];
    struct line line;

    path_built(path, "grader/tests/test_spawn");
    ck_assert_int_eq(line_of(path, 0, &line), -1);
    ck_assert_int_eq(line_of(path, 16, &line), -1);
    ck_assert_int_eq(line_of("/nowhere", 0x401000, &line), -1);
}
END_TEST

START_TEST(what_takes_too_long_is_killed_with_all_that_it_started)
{
    const struct manner manner = {.seconds = 0.2};
    const char *words[] = {"/bin/sh", "-c", "sleep 60 & echo $!; sleep 60",
                           NULL};
    char text[64];
    int status = capture_in(&manner, words, text, sizeof(text));
    long left = strtol(text, NULL, 10);

    ck_assert_int_eq(status, CAPTURE_LATE);
    ck_assert_int_gt(left, 0);
    for (int i = 0; i < 1000 && kill((pid_t)left, 0) == 0; i++)
        usleep(10000); /* until it is reaped by whom it was left to */
    ck_assert_int_ne(kill((pid_t)left, 0), 0);
}
END_TEST

static bool stay_out(void *context)
{
    return *(const bool *)context;
}

START_TEST(a_child_that_cannot_enter_the_walls_does_not_run)
{
    bool open = false;
    const struct walls walls = {.enter = stay_out, .context = &open};
    const struct manner manner = {.walls = &walls};
    const char *words[] = {"/bin/echo", "inside", NULL};
    char text[64];

    ck_assert_int_eq(capture_in(&manner, words, text, sizeof(text)), -1);
    ck_assert_str_eq(text, "");
    open = true;
    ck_assert_int_eq(capture_in(&manner, words, text, sizeof(text)), 0);
    ck_assert_str_eq(text, "inside\n");
}
END_TEST

static Suite *spawn_suite(void)
{
    Suite *suite = suite_create("spawn");
    TCase *tcase = tcase_create("spawn");

    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, output_and_error_are_taken_in_together);
    tcase_add_test(tcase, the_exit_status_is_returned);
    tcase_add_test(
        tcase,
        what_does_not_fit_is_dropped_and_the_program_ends_all_the_same);
    tcase_add_test(tcase, a_helper_works_in_its_folder_and_has_no_input);
    tcase_add_test(tcase, what_cannot_be_run_is_minus_one);
    tcase_add_test(tcase, no_child_is_left);
    tcase_add_test(tcase, code_is_found_by_its_address);
    tcase_add_test(tcase, an_address_without_code_has_no_line);
    tcase_add_test(tcase,
                   what_takes_too_long_is_killed_with_all_that_it_started);
    tcase_add_test(tcase, a_child_that_cannot_enter_the_walls_does_not_run);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(spawn_suite());
}
