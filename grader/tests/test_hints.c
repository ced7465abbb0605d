/*
 * test_hints.c - the reader of hints, the hints of all labs, and heaplab hint.
 */
#include "grader/lab/hints.h"

#include "grader/lab/labs.h"
#include "grader/lab/leaks.h"
#include "grader/spawn.h"
#include "grader/tests/help.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/heaplab-hints-XXXXXX";
static char path[PATH_ROOM];  /* of a file of hints in it */
static char state[PATH_ROOM]; /* of what was shown */
static char error[512];
static struct rubric rubric; /* of lab 1-kr */
static struct hints hints;

static void setup(void)
{
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 7);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/hints", folder);
    snprintf(state, sizeof(state), "%s/shown", folder);
    ck_assert(rubric_of_lab(&rubric, "1-kr", error, sizeof(error)));
}

static void teardown(void)
{
    unlink(path);
    unlink(state);
    rmdir(folder);
}

/* Reads text as a file of hints. */
static bool read_text(const char *text)
{
    FILE *out = fopen(path, "we");

    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    ck_assert_int_eq(fclose(out), 0);
    return hints_read(&hints, &rubric, path, error, sizeof(error));
}

START_TEST(hints_are_kept_as_they_are_written)
{
    bool good = read_text("# a comment\n"
                          "step reuse\n"
                          "hint\n"
                          "  one\n"
                          "      two\n"
                          "\n"
                          "  three\n"
                          "\n"
                          "hint\n"
                          "  second\n"
                          "hint\n"
                          "  third\n");

    ck_assert_msg(good, "%s", error);
    ck_assert_uint_eq(hints.count[0], 0);
    ck_assert_uint_eq(hints.count[1], 3);
    ck_assert_str_eq(hints.text[1][0], "one\n    two\n\nthree\n");
    ck_assert_str_eq(hints.text[1][2], "third\n");
}
END_TEST

START_TEST(what_is_malformed_is_refused_by_its_line)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"hint\n", ":1: 'step NAME' was expected before the first hint"},
        {"  text\n", ":1: 'hint' was expected before its text"},
        {"step reuse\n  text\n", ":2: 'hint' was expected before its text"},
        {"step nosuch\n", ":1: the rubric of 1-kr has no step 'nosuch'"},
        {"# 1\nstep reuse\nhint\n  a\nhint\n  b\n",
         ":2: step 'reuse' has 2 hints: 3 to 5 were expected"},
        {"step reuse\nstep split\n",
         ":1: step 'reuse' has 0 hints: 3 to 5 were expected"},
        {"step reuse\nhint\nhint\n", ":3: a hint without a text"},
        {"step reuse\nhint\n  a\nhint\n  b\nhint\n  c\nhint\n  d\nhint\n"
         "  e\nhint\n",
         ":12: at most 5 hints a step"},
        {"step reuse\nhint\n  a\nhint\n  b\nhint\n  c\nstep reuse\n",
         ":8: the hints of step 'reuse' were already given above"},
        {" x\n", ":1: 'step NAME', 'hint' or text indented by two blanks"},
        {"step reuse", ":1: a line of at most 80 characters, with a newline"},
        {"#23456789 123456789 123456789 123456789 123456789 123456789 "
         "123456789 123456789 1\n",
         ":1: a line of at most 80 characters, with a newline"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_msg(!read_text(cases[i].text), "%s", cases[i].text);
        ck_assert_msg(strncmp(error, path, strlen(path)) == 0, "%s", error);
        ck_assert_msg(strstr(error, cases[i].said) != NULL,
                      "not '%s', but: %s", cases[i].said, error);
    }
}
END_TEST

START_TEST(a_hint_that_is_too_long_is_refused)
{
    char text[4096] = "step reuse\nhint\n";
    size_t used = strlen(text);

    for (int i = 0; i < 40; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s",
                                 "  three words more, and again\n");

    ck_assert(!read_text(text));
    ck_assert_ptr_nonnull(strstr(error, "a hint has at most 1023 bytes"));
}
END_TEST

START_TEST(hints_that_are_not_there_are_told)
{
    ck_assert(!hints_read(&hints, &rubric, path, error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "No such file"));
}
END_TEST

START_TEST(a_step_goes_by_its_number_or_its_name)
{
    ck_assert_uint_eq(hints_step(&rubric, "1"), 0);
    ck_assert_uint_eq(hints_step(&rubric, "reuse"), 1);
    ck_assert_uint_eq(hints_step(&rubric, "0"), rubric.step_count);
    ck_assert_uint_eq(hints_step(&rubric, "11"), rubric.step_count);
    ck_assert_uint_eq(hints_step(&rubric, "2x"), rubric.step_count);
    ck_assert_uint_eq(hints_step(&rubric, ""), rubric.step_count);
}
END_TEST

/* Are there functions to write in a lab? */
static bool is_to_be_written(const struct rubric *lab)
{
    size_t blanks = 0;

    for (size_t s = 0; s < lab->step_count; s++)
        blanks += lab->steps[s].blank_count;
    return blanks > 0;
}

START_TEST(each_step_with_functions_to_write_has_hints)
{
    static struct rubric lab;
    char name[PATH_ROOM];
    glob_t found;

    find_rubrics(&found);
    ck_assert_uint_gt(found.gl_pathc, 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        ck_assert(
            rubric_of_lab(&lab, found.gl_pathv[i], error, sizeof(error)));
        if (!is_to_be_written(&lab))
            continue;
        snprintf(name, sizeof(name), "%.*s/hints",
                 (int)(strrchr(found.gl_pathv[i], '/') - found.gl_pathv[i]),
                 found.gl_pathv[i]);
        ck_assert_msg(hints_read(&hints, &lab, name, error, sizeof(error)),
                      "%s", error);
        for (size_t s = 0; s < lab.step_count; s++)
            ck_assert_msg(lab.steps[s].blank_count == 0 ||
                              hints.count[s] >= HINTS_LEAST,
                          "%s: step %s has no hints", name,
                          lab.steps[s].name);
    }
    globfree(&found);
}
END_TEST

START_TEST(no_hint_holds_a_line_of_the_solution)
{
    static char text[1 << 16];
    char from[PATH_ROOM];
    size_t count;
    FILE *in;

    path_kit(from, "labs/1-kr/hints");
    in = fopen(from, "re");
    ck_assert_ptr_nonnull(in);
    ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, in), 0);
    fclose(in);
    read_text(text);

    ck_assert_msg(
        leaks_search(stdout, &rubric, folder, &count, error, sizeof(error)),
        "%s", error);

    ck_assert_uint_eq(count, 0);
}
END_TEST

/* Runs heaplab hint with the state; returns its exit status. */
static char said[8192];
static int hint(const char *lab, const char *step, const char *number)
{
    char program[PATH_ROOM];
    const char *words[] = {program, "hint", "--state", state,
                           lab,     step,   number,    NULL};

    path_built(program, "heaplab");
    return capture(words, NULL, said, sizeof(said));
}

static void assert_says(const char *piece)
{
    ck_assert_msg(strstr(said, piece) != NULL, "no '%s' in: %s", piece, said);
}

START_TEST(each_call_shows_the_next_hint_and_the_last_says_what_to_do)
{
    ck_assert_int_eq(hint("kr", "2", NULL), 0);
    assert_says("hint 1 of 3 for step 2, reuse\n");
    assert_says("next:  make hint LAB=kr STEP=2");
    ck_assert_int_eq(hint("kr", "split", NULL), 0);
    assert_says("hint 1 of 4 for step 3, split\n");
    ck_assert_int_eq(hint("1-kr", "reuse", NULL), 0);
    assert_says("hint 2 of 3 for step 2, reuse\n");
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(hint("kr", "2", NULL), 0);
        assert_says("hint 3 of 3 for step 2, reuse\n");
        assert_says("That was the last one");
        assert_says("make starter LAB=kr STEP=2");
    }
}
END_TEST

START_TEST(a_number_shows_that_hint_and_loses_no_place)
{
    ck_assert_int_eq(hint("kr", "split", "3"), 0);
    assert_says("hint 3 of 4");
    ck_assert_int_eq(hint("kr", "split", "1"), 0);
    assert_says("hint 1 of 4");
    ck_assert_int_eq(hint("kr", "split", NULL), 0);
    assert_says("hint 4 of 4");
}
END_TEST

START_TEST(a_state_that_is_damaged_costs_a_hint_seen_again)
{
    FILE *out = fopen(state, "we");

    ck_assert_ptr_nonnull(out);
    fputs("rubbish\n1-kr reuse x\n\n1-kr split 99\n", out);
    fclose(out);

    ck_assert_int_eq(hint("kr", "reuse", NULL), 0);
    assert_says("hint 1 of 3");
    ck_assert_int_eq(hint("kr", "split", NULL), 0);
    assert_says("hint 4 of 4");
}
END_TEST

START_TEST(a_state_that_cannot_be_written_is_told)
{
    ck_assert_int_eq(mkdir(state, 0700), 0);

    int status = hint("kr", "reuse", NULL);

    rmdir(state);
    ck_assert_int_eq(status, 3);
    assert_says("hint 1 of 3");
    assert_says("which hint was shown is not remembered");
}
END_TEST

START_TEST(what_there_is_not_is_one_clear_line)
{
    ck_assert_int_eq(hint("nolab", "1", NULL), 2);
    assert_says("no lab is called 'nolab'; there is: 0-bump 1-kr");
    ck_assert_int_eq(hint("bump", "1", NULL), 2);
    assert_says("lab 0-bump has no hints");
    ck_assert_int_eq(hint("kr", "11", NULL), 2);
    assert_says("lab 1-kr has no step '11'; there is: 1 carve, 2 reuse");
    ck_assert_int_eq(hint("kr", "reuse", "4"), 2);
    assert_says("step reuse has 3 hints, not 4");
    ck_assert_int_eq(hint("kr", "reuse", "x"), 2);
    assert_says("N wants a number from 1, not 'x'");
    ck_assert_int_eq(hint("kr", NULL, NULL), 2);
    assert_says("a lab and a step are wanted");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hints");
    TCase *tcase = tcase_create("hints");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, hints_are_kept_as_they_are_written);
    tcase_add_test(tcase, what_is_malformed_is_refused_by_its_line);
    tcase_add_test(tcase, a_hint_that_is_too_long_is_refused);
    tcase_add_test(tcase, hints_that_are_not_there_are_told);
    tcase_add_test(tcase, a_step_goes_by_its_number_or_its_name);
    tcase_add_test(tcase, each_step_with_functions_to_write_has_hints);
    tcase_add_test(tcase, no_hint_holds_a_line_of_the_solution);
    tcase_add_test(
        tcase, each_call_shows_the_next_hint_and_the_last_says_what_to_do);
    tcase_add_test(tcase, a_number_shows_that_hint_and_loses_no_place);
    tcase_add_test(tcase, a_state_that_is_damaged_costs_a_hint_seen_again);
    tcase_add_test(tcase, a_state_that_cannot_be_written_is_told);
    tcase_add_test(tcase, what_there_is_not_is_one_clear_line);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
