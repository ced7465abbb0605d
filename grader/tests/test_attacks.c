/*
 * test_attacks.c - a class of attacks, with honest submissions among them, and
 * what build/gradebook makes of it.
 */
#include "grader/tests/attacked.h"
#include "grader/tests/opened.h"

#include <dirent.h>
#include <glob.h>

#define RESULTS "results"

/* All attacks, as paths of patches. */
static glob_t attacks;

static struct grading whole; /* of the class, two at a time */
static char *before;         /* what lay around before it, and after it */
static char *after;
static bool walls; /* are there walls to be tried? */

static const char *unwatched; /* why it is not watched, or NULL */
static struct watch watch;    /* of that run */
static struct opened opened;  /* what was seen of it */

static const char *const honest[] = {"complete", "half-done", "stub"};

static const char *name_of(size_t i)
{
    static char name[WORD_ROOM];
    const char *base = strrchr(attacks.gl_pathv[i], '/') + 1;

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(base, "."), base);
    return name;
}

static void make_all_honest(const char *class)
{
    char path[PATH_ROOM];

    ck_assert_int_eq(mkdir(below(path, class), 0755), 0);
    make_honest(class, "complete", NULL);
    make_honest(class, "half-done", "4");
    make_honest(class, "stub", "0");
}

/* Lists what nobody but gradebook may change: with sizes and times. */
static char *list_around(void)
{
    char *said = calloc(1, (size_t)1 << 20);
    char allocators[PATH_ROOM];
    char labs[PATH_ROOM];
    const char *words[] = {"find",  place,     allocators,       labs,
                           "-path", NULL,      "-prune",         "-o",
                           "-type", "d",       "-printf",        "%p %m\n",
                           "-o",    "-printf", "%p %s %m %T@\n", NULL};
    char results[PATH_ROOM];

    ck_assert_ptr_nonnull(said);
    path_kit(allocators, "allocators");
    path_kit(labs, "labs");
    words[5] = below(results, RESULTS);
    ck_assert_int_eq(capture(words, NULL, said, (size_t)1 << 20), 0);
    return said;
}

/* Grades the class, and has it watched. */
static void grade_watched(void)
{
    opened_begin(&opened, place, RESULTS);
    if (unwatched == NULL)
        ck_assert_msg(watch_begin(&watch, 450), "%s", watch.trouble);
    run_gradebook(&whole, "class", RESULTS, "2", NULL, getuid());
    if (unwatched != NULL)
        return;
    watch_end(&watch);
    opened_judge(&opened, &watch);
    watch_free(&watch);
}

/* Before all tests: the class is graded once. */
static void grade_the_class(void)
{
    char pattern[PATH_ROOM];
    char path[PATH_ROOM];

    place_make();
    path_kit(pattern, "grader/tests/attacks/*.patch");
    ck_assert_int_eq(glob(pattern, 0, NULL, &attacks), 0);
    make_all_honest("class");
    for (size_t i = 0; i < attacks.gl_pathc; i++)
        make_attack("class", name_of(i));
    ck_assert_int_eq(mkdir(below(path, RESULTS), 0755), 0);
    before = list_around();
    grade_watched();
    after = list_around();
    walls = strstr(whole.said, "not graded without these walls") == NULL;
    if (!walls)
        printf("skipped: no walls here: %s\n", whole.said);
}

static void remove_the_class(void)
{
    globfree(&attacks);
    free(before);
    free(after);
    place_remove();
}

/* What is expected of an attack. */
struct expected {
    char step[WORD_ROOM];
    char words[TITLE_ROOM];
    char points[32];
};

static void read_expected(struct expected *expected, const char *name)
{
    char inside[256];
    char path[PATH_ROOM];
    char format[32];
    FILE *in;

    snprintf(inside, sizeof(inside), "grader/tests/attacks/%s.expect", name);
    path_kit(path, inside);
    in = fopen(path, "re");
    ck_assert_msg(in != NULL, "%s", path);
    snprintf(format, sizeof(format), "%%%d[^\n]\n%%%d[^\n]\n%%31[^\n]",
             WORD_ROOM - 1, TITLE_ROOM - 1);
    ck_assert_msg(fscanf(in, format, expected->step, expected->words,
                         expected->points) == 3,
                  "%s: three lines are wanted", path);
    fclose(in);
}

/* Is the step that says FAIL or has less than its points the one expected? */
static bool refused_at(const struct row *row, const char *step)
{
    char line[WORD_ROOM + 16];
    const char *at;

    if (strcmp(step, "compile") == 0)
        return strstr(row->report, "does not compile") != NULL;
    if (strcmp(step, "refused") == 0)
        return strstr(row->report, "must not be run") != NULL ||
               strstr(row->report, "error: the file ") != NULL;
    snprintf(line, sizeof(line), " %s ", step);
    at = strstr(row->report, line);
    if (at == NULL)
        return false;
    at += strlen(line) + strspn(at + strlen(line), " ");
    return strtol(at, NULL, 10) < strtol(strchr(at, '/') + 1, NULL, 10);
}

START_TEST(each_attack_gets_its_verdict_and_its_points)
{
    struct expected expected;
    struct row row;
    static const char at_most[] = "at most ";

    if (!walls)
        return;
    read_expected(&expected, name_of((size_t)_i));
    read_row(&row, RESULTS, name_of((size_t)_i));

    ck_assert_msg(refused_at(&row, expected.step) &&
                      (strstr(row.report, expected.words) != NULL ||
                       strstr(row.note, expected.words) != NULL),
                  "%s: not '%s' at %s, but: %s\n%.1500s", name_of((size_t)_i),
                  expected.words, expected.step, row.note, row.report);
    if (strncmp(expected.points, at_most, strlen(at_most)) == 0)
        ck_assert_msg(
            row.points[0] != '\0' &&
                strtol(row.points, NULL, 10) <=
                    strtol(expected.points + strlen(at_most), NULL, 10),
            "%s: %s points", name_of((size_t)_i), row.points);
    else
        ck_assert_msg(strcmp(row.points, expected.points) == 0,
                      "%s: %s points, not %s", name_of((size_t)_i),
                      row.points, expected.points);
    free(row.report);
}
END_TEST

START_TEST(no_attack_tells_the_secret)
{
    struct row row;

    if (!walls)
        return;
    ck_assert_ptr_null(strstr(whole.said, SECRET));
    for (size_t i = 0; i < attacks.gl_pathc; i++) {
        read_row(&row, RESULTS, name_of(i));
        ck_assert_msg(strstr(row.report, SECRET) == NULL &&
                          strstr(row.note, SECRET) == NULL,
                      "%s: %.900s", name_of(i), row.report);
        free(row.report);
    }
}
END_TEST

START_TEST(every_submission_has_a_result)
{
    if (!walls)
        return;

    ck_assert_msg(whole.status == 0, "%.900s", whole.said);
}
END_TEST

/* Returns how many processes there are in a session. */
static size_t processes_in(pid_t session)
{
    DIR *all = opendir("/proc");
    size_t count = 0;
    struct dirent *entry;

    ck_assert_ptr_nonnull(all);
    while ((entry = readdir(all)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        count += pid > 0 && getsid(pid) == session;
    }
    closedir(all);
    return count;
}

START_TEST(no_process_is_left)
{
    ck_assert_uint_eq(processes_in(whole.session), 0);
    ck_assert_uint_ge(processes_in(getsid(0)), 1);
}
END_TEST

/* Returns the first line of the two lists that differs. */
static const char *first_difference(void)
{
    static char line[PATH_ROOM];
    const char *at = after;

    for (const char *old = before; *old != '\0' && *old == *at; old++)
        at++;
    while (at > after && at[-1] != '\n')
        at--;
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
    return line;
}

START_TEST(nothing_outside_the_results_is_written)
{
    char path[PATH_ROOM];
    char *precious = text_of(below(path, "precious"));

    ck_assert_msg(strcmp(before, after) == 0, "%s", first_difference());
    ck_assert_ptr_nonnull(strstr(before, "precious"));
    ck_assert_str_eq(precious, "precious\n");
    free(precious);
}
END_TEST

START_TEST(each_submission_was_watched_from_beginning_to_end)
{
    if (!walls)
        return;

    ck_assert_str_eq(watch.trouble, "");
    ck_assert_uint_eq(opened.room_count, attacks.gl_pathc + 3);
    for (size_t i = 0; i < opened.room_count; i++)
        ck_assert_msg(opened.rooms[i].is_written, "%s", opened.rooms[i].name);
}
END_TEST

START_TEST(behind_the_walls_each_opens_the_given_and_its_own)
{
    if (!walls)
        return;

    ck_assert_uint_gt(opened.behind, 0);
    ck_assert_str_eq(opened.strayed, "");
}
END_TEST

START_TEST(behind_the_walls_all_calls_are_filtered)
{
    if (!walls)
        return;

    ck_assert_str_eq(opened.unfiltered, "");
}
END_TEST

START_TEST(gradebook_writes_its_results_and_a_folder_that_goes)
{
    if (!walls)
        return;

    ck_assert_uint_gt(opened.outside, 0);
    ck_assert_str_eq(opened.littered, "");
    ck_assert_str_ne(opened.class, "");
    ck_assert_int_ne(access(opened.class, F_OK), 0);
}
END_TEST

START_TEST(the_honest_have_what_they_have_alone)
{
    struct grading alone;
    struct row with;
    struct row without;

    if (!walls)
        return;
    make_all_honest("honest");
    run_gradebook(&alone, "honest", "alone", "1", NULL, getuid());

    for (size_t i = 0; i < 3; i++) {
        read_row(&with, RESULTS, honest[i]);
        read_row(&without, "alone", honest[i]);
        ck_assert_str_eq(with.cells, without.cells);
        ck_assert(strcmp(with.report, without.report) == 0);
        free(with.report);
        free(without.report);
    }
    read_row(&with, RESULTS, "complete");
    ck_assert_str_eq(with.points, "100");
    free(with.report);
}
END_TEST

START_TEST(without_the_compiler_s_walls_a_secret_is_told)
{
    struct grading grading;
    struct row row;

    if (!grade_one(&row, &grading, "include-secret", "compile", getuid()))
        return;

    ck_assert_ptr_nonnull(strstr(row.report, SECRET));
    free(row.report);
}
END_TEST

START_TEST(without_the_look_a_system_call_is_made)
{
    struct grading grading;
    struct row row;

    if (!grade_one(&row, &grading, "inline-call", "look", getuid()))
        return;

    ck_assert_str_eq(row.points, "100");
    free(row.report);
}
END_TEST

START_TEST(without_the_look_a_cost_that_is_not_counted_is_doubted)
{
    struct grading grading;
    struct row row;

    if (!can_count() ||
        !grade_one(&row, &grading, "stops-the-counting", "look", getuid()))
        return;

    ck_assert_str_eq(row.points, "100");
    ck_assert_msg(strstr(row.report, " to look at: ") != NULL, "%.900s",
                  row.report);
    ck_assert_ptr_nonnull(strstr(grading.said, "to look at"));
    ck_assert_ptr_null(strstr(row.note, "CPU time"));
    free(row.report);
}
END_TEST

START_TEST(without_the_child_s_walls_a_file_is_written)
{
    struct grading grading;
    struct row row;
    char path[PATH_ROOM];

    if (!grade_one(&row, &grading, "hidden-write", "child", getuid()))
        return;

    ck_assert_int_eq(access(below(path, "written"), F_OK), 0);
    free(row.report);
}
END_TEST

START_TEST(without_the_parent_s_judging_a_log_is_forged)
{
    struct grading grading;
    struct row row;

    if (!grade_one(&row, &grading, "forges-the-log", "parent", getuid()))
        return;

    ck_assert_msg(strtol(row.points, NULL, 10) >= 10, "%.900s", row.report);
    free(row.report);
}
END_TEST

/* As root, all of the above is done by root's gradebook. */
START_TEST(an_ordinary_user_has_the_same_walls)
{
    static const char *const some[] = {"include-secret", "hidden-write",
                                       "hidden-read", "forges-the-log"};
    char path[PATH_ROOM];
    struct expected expected;
    struct grading grading;
    struct row row;

    if (getuid() != 0)
        return;
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        if (!grade_one(&row, &grading, some[i], NULL, OTHER_USER))
            return;
        read_expected(&expected, some[i]);
        ck_assert_str_eq(row.points, expected.points);
        ck_assert_msg(strstr(row.report, SECRET) == NULL, "%.900s",
                      row.report);
        ck_assert_uint_eq(processes_in(grading.session), 0);
        free(row.report);
    }
    ck_assert_int_ne(access(below(path, "written"), F_OK), 0);
}
END_TEST

/* Adds what takes a watch. */
static void add_watched(TCase *tcase)
{
    unwatched = watch_missing();
    if (unwatched != NULL) {
        printf("skipped: what is opened is not watched: %s\n", unwatched);
        return;
    }
    tcase_add_test(tcase, each_submission_was_watched_from_beginning_to_end);
    tcase_add_test(tcase, behind_the_walls_each_opens_the_given_and_its_own);
    tcase_add_test(tcase, behind_the_walls_all_calls_are_filtered);
    tcase_add_test(tcase,
                   gradebook_writes_its_results_and_a_folder_that_goes);
}

static Suite *attacks_suite(size_t count)
{
    Suite *suite = suite_create("attacks");
    TCase *tcase = tcase_create("class");

    suite_add_tcase(suite, tcase);
    tcase_add_unchecked_fixture(tcase, grade_the_class, remove_the_class);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, each_attack_gets_its_verdict_and_its_points, 0,
                        (int)count);
    tcase_add_test(tcase, every_submission_has_a_result);
    tcase_add_test(tcase, no_attack_tells_the_secret);
    tcase_add_test(tcase, no_process_is_left);
    tcase_add_test(tcase, nothing_outside_the_results_is_written);
    tcase_add_test(tcase, the_honest_have_what_they_have_alone);
    add_watched(tcase);
    tcase = tcase_create("layers");
    suite_add_tcase(suite, tcase);
    tcase_add_unchecked_fixture(tcase, place_make, place_remove);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, an_ordinary_user_has_the_same_walls);
    tcase_add_test(tcase, without_the_compiler_s_walls_a_secret_is_told);
    tcase_add_test(tcase, without_the_look_a_system_call_is_made);
    tcase_add_test(tcase,
                   without_the_look_a_cost_that_is_not_counted_is_doubted);
    tcase_add_test(tcase, without_the_parent_s_judging_a_log_is_forged);
    tcase_add_test(tcase, without_the_child_s_walls_a_file_is_written);
    return suite;
}

/* A sanitizer's own calls and memory are what the walls refuse. */
START_TEST(sanitized_submissions_are_not_attacked)
{
    printf("skipped: attacks are for builds without sanitizers\n");
    ck_assert(SANITIZED);
}
END_TEST

int main(void)
{
    char pattern[PATH_ROOM];
    glob_t found;
    size_t count;
    int status;

    path_kit(pattern, "grader/tests/attacks/*.patch");
    count = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    globfree(&found);
    if (SANITIZED) {
        Suite *suite = suite_create("attacks");
        TCase *tcase = tcase_create("none");
        suite_add_tcase(suite, tcase);
        tcase_add_test(tcase, sanitized_submissions_are_not_attacked);
        return run_suite(suite);
    }
    status = run_suite(attacks_suite(count));
    return status;
}
