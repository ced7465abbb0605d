/*
 * test_gradebook_run.c - a run of gradebook: what it is told, by whom it is
 * run, and how it ends.
 */
#include "grader/tests/gradebook.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static char class[PATH_ROOM]; /* folder of submissions */
static char out[PATH_ROOM];   /* for results */

static void setup(void)
{
    make_root();
    in_root(class, "class");
    in_root(out, "out");
    ck_assert_int_eq(mkdir(class, 0755), 0);
}

/* Is what was printed one line that has these words? */
static void one_line_says(const char *words)
{
    const char *line = strstr(text, "gradebook: ");

    ck_assert_msg(line != NULL && strstr(line, words) != NULL, "%s", text);
    ck_assert_ptr_eq(strchr(line, '\n') + 1, text + strlen(text));
}

START_TEST(a_bad_value_is_one_line_and_status_2)
{
    static const struct {
        const char *option, *value, *words;
    } bad[] = {
        {"--jobs", "0", "a number from 1 to 256 was expected"},
        {"--jobs", "2x", "a number from 1 to 256 was expected"},
        {"--labs", "kr,knitting", "no lab is called 'knitting'; there is:"},
        {"--labs", " ", "--labs names no lab"},
        {"--roster", "/nonexistent", "the roster /nonexistent: No such file"},
        {"--secret", "/nonexistent", "the secret /nonexistent: No such file"},
        {"--secret", "/dev/null", "a secret has 16 to 4096 bytes"},
        {"--without", "roof", "there are compile, look, child and parent"},
    };

    make_submission("class/a.c", "0", NULL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_int_eq(
            GRADEBOOK("-o", out, bad[i].option, bad[i].value, class), 2);
        one_line_says(bad[i].words);
    }
    ck_assert_int_eq(GRADEBOOK("-o", out, "/nonexistent"), 2);
    one_line_says("the submissions /nonexistent: No such file");
    ck_assert_int_eq(GRADEBOOK("-o", out), 2);
    one_line_says("a folder of submissions is wanted");
}
END_TEST

START_TEST(a_variable_that_is_given_but_empty_is_one_line)
{
    static const char *const given[] = {
        "SECRET=", "ROSTER=", "SUBMISSIONS=", "LABS=", "JOBS= "};
    char words[64];

    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        ck_assert_int_eq(run_in_kit(WORDS("make"), WORDS("grade", given[i])),
                         2);
        snprintf(words, sizeof(words),
                 "make grade: %.*s is empty: ", (int)strcspn(given[i], " "),
                 given[i]);
        ck_assert_msg(strstr(text, words) != NULL, "%s", text);
        ck_assert_ptr_eq(strchr(text, '\n') + 1, text + strlen(text));
    }
    ck_assert_int_eq(
        run_in_kit(WORDS("make"), WORDS("grade", "SUBMISSION=class")), 2);
    ck_assert_ptr_nonnull(strstr(text, "say SUBMISSIONS=folder"));
}
END_TEST

START_TEST(the_head_says_whether_a_secret_varies_the_traces)
{
    char secret[PATH_ROOM], words[PATH_ROOM + 64];

    make_submission("class/a.c", "0", NULL);
    make_file("secret", "a secret of the kit's own tests\n");
    in_root(secret, "secret");
    snprintf(words, sizeof(words), "\ntraces: varied by the secret in %s\n",
             secret);

    ck_assert_int_eq(GRADEBOOK("-o", out, class), 0);
    ck_assert_ptr_nonnull(strstr(text, "\ntraces: the public ones\n"));
    ck_assert_int_eq(GRADEBOOK("-s", secret, "-o", out, class), 0);
    ck_assert_ptr_nonnull(strstr(text, words));
}
END_TEST

START_TEST(where_there_is_nothing_to_grade_the_old_gradebook_stays)
{
    char path[PATH_ROOM];
    struct csv_table table;

    make_submission("class/a.c", "0", NULL);
    ck_assert_int_eq(GRADEBOOK("-o", out, class), 0);
    in_root(path, "class/a.c");
    ck_assert_int_eq(unlink(path), 0);

    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(GRADEBOOK("-o", out, class), 2);
        one_line_says("/class: nothing to grade: no folder, archive or .c "
                      "file in it");
        make_file("class/README.txt", "This is where they go.\n");
    }

    read_table(&table, "out/gradebook.csv");
    ck_assert_str_eq(cell_of(&table, "a", "points"), "0");
    csv_free(&table);
}
END_TEST

START_TEST(the_gradebook_is_the_same_however_many_are_graded_at_a_time)
{
    char one[PATH_ROOM], two[PATH_ROOM];

    make_submission("class/a.c", "2", NULL);
    make_submission("class/b.c", "0", NULL);
    make_submission("class/c.c", "10", "libc-malloc");
    make_submission("class/d.c", "10", "honest-at-first");

    ck_assert_int_eq(GRADEBOOK("-j1", "-o", out, class), 0);
    in_root(one, "one");
    ck_assert_int_eq(rename(out, one), 0);
    ck_assert_int_eq(GRADEBOOK("-j3", "-o", out, class), 0);

    in_root(one, "one/gradebook.csv");
    in_root(two, "out/gradebook.csv");
    ck_assert_msg(run_in_kit(WORDS("cmp"), WORDS(one, two)) == 0, "%s", text);
}
END_TEST

START_TEST(all_of_an_identity_are_graded_and_the_last_one_counts)
{
    char roster[PATH_ROOM];
    struct csv_table table;

    make_submission("class/early.c", "3", NULL);
    make_submission("class/late.c", "0", NULL);
    make_file("class/roster.csv", "file,identity,submitted\n"
                                  "late.c,ann,2024-10-02T12:00\n"
                                  "early.c,ann,2024-10-02T11:00\n"
                                  ",bob,\n");
    in_root(roster, "class/roster.csv");

    ck_assert_int_eq(GRADEBOOK("-r", roster, "-o", out, class), 0);

    read_table(&table, "out/gradebook.csv");
    ck_assert_uint_eq(table.rows, 4);
    ck_assert_str_eq(cell_of(&table, "early", "points"), "30");
    ck_assert_str_eq(cell_of(&table, "early", "counts"), "no");
    ck_assert_str_eq(cell_of(&table, "late", "points"), "0");
    ck_assert_str_eq(cell_of(&table, "late", "counts"), "yes");
    ck_assert_str_eq(cell_of(&table, "", "identity"), "bob");
    csv_free(&table);
}
END_TEST

/* What a submission is told of a variant. */
static const char *told(const struct csv_table *table, const char *name)
{
    const char *note =
        strstr(cell_of(table, name, "note"), "teaching/stack, varied: ");

    ck_assert_ptr_nonnull(note);
    return note;
}

START_TEST(with_a_secret_the_traces_vary_by_identity)
{
    char secret[PATH_ROOM], roster[PATH_ROOM];
    struct csv_table table;

    make_submission("class/a.c", "10", "honest-at-first");
    make_submission("class/b.c", "10", "honest-at-first");
    make_submission("class/c.c", "10", "honest-at-first");
    make_file("secret", "a secret of the kit's own tests\n");
    make_file("roster.csv", "file,identity\na.c,ann\nb.c,bob\nc.c,ann\n");
    in_root(secret, "secret");
    in_root(roster, "roster.csv");

    ck_assert_msg(GRADEBOOK("-s", secret, "-r", roster, "-o", out, class) ==
                      0,
                  "%s", text);

    read_table(&table, "out/gradebook.csv");
    ck_assert_str_eq(told(&table, "a"), told(&table, "c"));
    ck_assert_str_ne(told(&table, "a"), told(&table, "b"));
    csv_free(&table);
}
END_TEST

/* Grades a class with a secret, if there is one. Returns the points of a.c for
   throughput. */
static long throughput(const char *secret)
{
    struct csv_table table;
    long points;

    ck_assert_msg(GRADEBOOK(secret != NULL ? "-s" : "-o",
                            secret != NULL ? secret : out, "-o", out,
                            class) == 0,
                  "%s", text);
    read_table(&table, "out/gradebook.csv");
    points = strtol(cell_of(&table, "a", "10 throughput (10)"), NULL, 10);
    csv_free(&table);
    return points;
}

START_TEST(with_a_secret_it_is_of_no_use_to_know_the_traces)
{
    char secret[PATH_ROOM];

    make_submission("class/a.c", "10", "../../grader/tests/tuned");
    make_file("secret", "a secret of the kit's own tests\n");
    in_root(secret, "secret");

    ck_assert_int_eq(throughput(NULL), 10);
    ck_assert_int_le(throughput(secret), 6);
}
END_TEST

/* Puts one file into archives of each kind that can be made here; returns how
   many. */
static size_t make_archives(void)
{
    static const char *const commands[] = {
        "tar -cf plain.tar kr.c",     "tar -czf gzip.tar.gz kr.c",
        "tar -cjf bzip.tar.bz2 kr.c", "tar -cJf xz.tar.xz kr.c",
        "zip -q zip.zip kr.c",
    };
    char at[PATH_ROOM + 256];
    size_t made = 0;

    make_submission("class/kr.c", "1", NULL);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        snprintf(at, sizeof(at), "cd '%s' && %s", class, commands[i]);
        made += run_in_kit(WORDS("sh", "-c"), WORDS(at)) == 0;
    }
    snprintf(at, sizeof(at), "rm '%s/kr.c'; chmod -R a+rX '%s'", class, root);
    ck_assert_int_eq(run_in_kit(WORDS("sh", "-c"), WORDS(at)), 0);
    return made;
}

static void all_are_unpacked(size_t count)
{
    struct csv_table table;

    read_table(&table, "out/gradebook.csv");
    ck_assert_uint_eq(table.rows, count + 1);
    for (size_t i = 1; i < table.rows; i++)
        ck_assert_msg(strcmp(csv_cell(&table, i, 5), "10") == 0, "%s: %s",
                      csv_cell(&table, i, 0),
                      csv_cell(&table, i, table.columns - 1));
    csv_free(&table);
}

START_TEST(archives_of_all_kinds_are_unpacked_behind_walls)
{
    size_t count = make_archives();

    ck_assert_uint_ge(count, 2);
    ck_assert_msg(GRADEBOOK("-o", out, class) == 0, "%s", text);
    all_are_unpacked(count);
}
END_TEST

/* What makes an ordinary user of root. */
#define AS_NOBODY                                                            \
    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"

START_TEST(an_ordinary_user_grades_as_root_does)
{
    size_t count = make_archives();

    if (geteuid() != 0 ||
        run_in_kit(WORDS(AS_NOBODY),
                   WORDS("test", "-x", "build/release/gradebook")) != 0)
        return; /* the other test was one; or the kit is root's alone */
    ck_assert_int_eq(mkdir(out, 0777), 0);
    ck_assert_int_eq(chmod(out, 0777), 0);

    ck_assert_msg(run_in_kit(WORDS(AS_NOBODY, "build/release/gradebook"),
                             WORDS("-o", out, class)) == 0,
                  "%s", text);
    all_are_unpacked(count);
}
END_TEST

START_TEST(where_results_cannot_be_written_nothing_is_graded)
{
    make_submission("class/a.c", "0", NULL);
    make_file("out", "a file in the folder's place\n");

    ck_assert_int_eq(GRADEBOOK("-o", out, class), 2);
    one_line_says("/out: results cannot be written there: ");
    ck_assert_ptr_null(strstr(text, "1-kr"));

    ck_assert_int_eq(unlink(out), 0);
    ck_assert_int_eq(mkdir(out, 0755), 0);
    make_file("out/1-kr", "another\n");
    ck_assert_int_eq(GRADEBOOK("-o", out, class), 2);
    one_line_says("/out/1-kr: results cannot be written there: ");
}
END_TEST

/* Copies what gradebook needs of the kit into the folder copy of the test's.
   Returns its gradebook. */
static const char *copy_kit(void)
{
    static char program[PATH_ROOM];
    char folder[PATH_ROOM];
    static const char copy[] =
        "mkdir -p \"$1/build\" && cp -r labs traces \"$1\" && "
        "cp -r build/release \"$1/build/\" && chmod -R a+rX \"$1\"";

    in_root(folder, "copy");
    ck_assert_msg(run_in_kit(WORDS("sh", "-c", copy), WORDS("sh", folder)) ==
                      0,
                  "%s", text);
    in_root(program, "copy/build/release/gradebook");
    return program;
}

START_TEST(a_kit_that_is_closed_to_nobody_is_one_line)
{
    static const char *const closed[] = {"copy/build",
                                         "copy/build/release/runner.a"};
    const char *program;

    if (geteuid() != 0)
        return; /* whoever else runs it is the user that it runs as */
    make_submission("class/a.c", "0", NULL);
    program = copy_kit();
    for (size_t i = 0; i < 2; i++) {
        char path[PATH_ROOM], words[PATH_ROOM + 64];
        mode_t mode = i == 0 ? 0755 : 0644;
        in_root(path, closed[i]);
        snprintf(words, sizeof(words),
                 "gradebook: %s is closed to the user nobody", path);
        ck_assert_int_eq(chmod(path, mode & 0700), 0);
        ck_assert_int_eq(run_in_kit(WORDS(program), WORDS("-o", out, class)),
                         2);
        one_line_says("chmod ");
        ck_assert_msg(strstr(text, words) != NULL, "%s", text);
        ck_assert_int_eq(chmod(path, mode), 0);
    }
    ck_assert_msg(run_in_kit(WORDS(program), WORDS("-o", out, class)) == 0,
                  "%s", text);
}
END_TEST

/* Is there a served runner below the folder, that has been built? */
static bool is_at_work(const char *temporary)
{
    char pattern[PATH_ROOM + 64];
    glob_t found;
    bool is;

    snprintf(pattern, sizeof(pattern), "%s/heaplab-class-*/room-*/served",
             temporary);
    is = glob(pattern, 0, NULL, &found) == 0;
    globfree(&found);
    return is;
}

static size_t entries_in(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;

    ck_assert_ptr_nonnull(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 2; /* . and .. */
}

/* Starts gradebook in a group of its own, with temporary for its folders. */
static pid_t start(const char *temporary)
{
    pid_t pid = fork();

    if (pid == 0) {
        char program[PATH_ROOM];
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        path_kit(program, "build/release/gradebook");
        setenv("TMPDIR", temporary, 1);
        setpgid(0, 0);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execl(program, program, "-o", out, class, NULL);
        _exit(127);
    }
    ck_assert_int_gt(pid, 0);
    return pid;
}

START_TEST(stopped_it_leaves_no_process_and_no_folder)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    char temporary[PATH_ROOM];
    int number = numbers[_i];
    int status;
    pid_t pid;

    in_root(temporary, "tmp");
    ck_assert_int_eq(mkdir(temporary, 0755), 0);
    for (char name[] = "class/a.c"; name[6] < 'e'; name[6]++)
        make_submission(name, "10", "endless-loop");
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* who is left, comes here */

    pid = start(temporary);
    while (!is_at_work(temporary) && waitpid(pid, &status, WNOHANG) == 0)
        usleep(2000);
    /* As a terminal does it: the whole group. */
    ck_assert_int_eq(kill(number == SIGINT ? -pid : pid, number), 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);

    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == number);
    ck_assert_int_eq(waitpid(-1, NULL, 0), -1); /* there is nobody */
    ck_assert_uint_eq(entries_in(temporary), 0);
    in_root(temporary, "out/gradebook.csv");
    ck_assert_int_ne(access(temporary, F_OK), 0);
}
END_TEST

START_TEST(a_whole_run_leaves_no_folder)
{
    char temporary[PATH_ROOM];
    int status;

    in_root(temporary, "tmp");
    ck_assert_int_eq(mkdir(temporary, 0755), 0);
    make_submission("class/a.c", "0", NULL);

    ck_assert_int_gt(waitpid(start(temporary), &status, 0), 0);

    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_uint_eq(entries_in(temporary), 0);
}
END_TEST

static Suite *whole_suite(void)
{
    Suite *suite = suite_create("a run of gradebook");
    TCase *tcase = tcase_create("run");

    tcase_add_checked_fixture(tcase, setup, remove_root);
    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, a_bad_value_is_one_line_and_status_2);
    tcase_add_test(tcase, a_variable_that_is_given_but_empty_is_one_line);
    tcase_add_test(tcase, the_head_says_whether_a_secret_varies_the_traces);
    tcase_add_test(tcase,
                   where_there_is_nothing_to_grade_the_old_gradebook_stays);
    tcase_add_test(
        tcase, the_gradebook_is_the_same_however_many_are_graded_at_a_time);
    tcase_add_test(tcase,
                   all_of_an_identity_are_graded_and_the_last_one_counts);
    tcase_add_test(tcase, with_a_secret_the_traces_vary_by_identity);
    tcase_add_test(tcase, with_a_secret_it_is_of_no_use_to_know_the_traces);
    tcase_add_test(tcase, archives_of_all_kinds_are_unpacked_behind_walls);
    tcase_add_test(tcase, an_ordinary_user_grades_as_root_does);
    tcase_add_test(tcase, where_results_cannot_be_written_nothing_is_graded);
    tcase_add_test(tcase, a_kit_that_is_closed_to_nobody_is_one_line);
    tcase_add_loop_test(tcase, stopped_it_leaves_no_process_and_no_folder, 0,
                        3);
    tcase_add_test(tcase, a_whole_run_leaves_no_folder);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(whole_suite());

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
