/*
 * test_record.c - does record_run() run a program as it is, and tell what
 * happened? The recorded program is this one, in a mode.
 */
#include "traces/tests/recorded.h"

#include "traces/recording.h"

#include <dirent.h>
#include <signal.h>

static int blocks_one_to_four(void)
{
    for (int i = 1; i <= 4; i++)
        blocks[i] = malloc(MARKED + (size_t)i);
    free(blocks[2]);
    blocks[3] = realloc(blocks[3], MARKED + 33);
    free(blocks[1]);
    return 0;
}

/* --- the program --- */

static int exit_with_seven(void)
{
    blocks[0] = malloc(MARKED + 1);
    return 7;
}

START_TEST(the_exit_status_is_passed_on)
{
    struct record_result result = record_mode("exit_with_seven");

    ck_assert_int_eq(result.status, 7);
    ck_assert_int_eq(result.signal, 0);
    ck_assert_uint_eq(result.traces, 1);
    ck_assert_uint_ge(result.operations, 1);
}
END_TEST

static int interrupted(void)
{
    blocks[0] = malloc(MARKED + 1);
    (void)kill(getppid(), SIGINT); /* as from the keyboard: to both */
    (void)kill(getpid(), SIGINT);
    return 0;
}

START_TEST(an_interrupt_ends_the_program_but_not_the_recording)
{
    struct record_result result = record_mode("interrupted");

    ck_assert_int_eq(result.signal, SIGINT);
    check_story(1, "a0+1");
}
END_TEST

static int has_other_preload(void)
{
    const char *preload = getenv("LD_PRELOAD");

    blocks[0] = malloc(MARKED + 1);
    return preload == NULL || strncmp(preload, "libm.so.6:", 10) != 0;
}

START_TEST(what_was_to_be_preloaded_still_is)
{
    ck_assert_int_eq(setenv("LD_PRELOAD", "libm.so.6", 1), 0);

    struct record_result result = record_mode("has_other_preload");

    ck_assert_int_eq(result.status, 0);
    check_story(1, "a0+1");
}
END_TEST

START_TEST(the_recorder_may_stand_in_a_folder_with_a_space)
{
    char command[2 * sizeof paths.recorder];
    char space[] = "a b";

    (void)snprintf(command, sizeof command,
                   "mkdir '%s/%s' && cp '%s' '%s/%s/recorder.so'",
                   paths.folder, space, paths.recorder, paths.folder, space);
    ck_assert_int_eq(system(command), 0); /* NOLINT(cert-env33-c): own path */
    (void)snprintf(paths.recorder, sizeof paths.recorder, "%s/%s/recorder.so",
                   paths.folder, space);

    record_mode("exit_with_seven");

    check_story(1, "a0+1");
}
END_TEST

/* --- the traces --- */

START_TEST(a_limit_keeps_the_first_operations)
{
    record_mode("blocks_one_to_four");
    struct trace *whole = read_recorded(1);
    record_with("blocks_one_to_four",
                (struct record_config){.limit = whole->op_count - 2});

    struct trace *trace = read_recorded(1);
    ck_assert_uint_eq(trace->op_count, whole->op_count - 2);
    ck_assert_mem_eq(trace->ops, whole->ops,
                     trace->op_count * sizeof *trace->ops);
    check_story(1, "a0+1 a1+2 a2+3 a3+4 f1");
    check_about(1, "Cut: ");
    trace_free(trace);
    trace_free(whole);
}
END_TEST

START_TEST(skipping_allocates_first_what_is_live_then)
{
    record_mode("blocks_one_to_four");
    struct trace *whole = read_recorded(1);
    record_with("blocks_one_to_four",
                (struct record_config){.skip = whole->op_count - 2});

    check_story(1, "a0+1 a1+3 a2+4 r1+33 f0");
    check_about(1, "allocate what was live when it begins");
    check_about(1, "Cut: 2 operations");
    trace_free(whole);
}
END_TEST

START_TEST(skipping_everything_leaves_nothing)
{
    struct record_result result;
    struct trace_error error;

    ck_assert(!try_mode("blocks_one_to_four",
                        (struct record_config){.skip = 1000000}, &result,
                        &error));

    ck_assert_ptr_nonnull(strstr(
        error.message, "no operations are left after the first 1000000"));
}
END_TEST

START_TEST(identifiers_are_as_few_as_blocks_are_live)
{
    struct trace_info info;

    record_mode("blocks_one_to_four");

    struct trace *trace = read_recorded(1);
    ck_assert(trace_describe(trace, &info));
    ck_assert_uint_eq(trace->id_count, info.live_blocks);
    trace_free(trace);
}
END_TEST

START_TEST(the_header_says_what_was_run_and_how)
{
    char make[4400];

    record_with("blocks_one_to_four",
                (struct record_config){
                    .title = "four", .setup = "cc\nls", .limit = 123456});

    struct trace *trace = read_recorded(1);
    (void)snprintf(make, sizeof make,
                   "cc\nls\nheaplab record -o out.trace --title four "
                   "--limit 123456 -- %s as blocks_one_to_four",
                   paths.self);
    ck_assert_str_eq(trace->title, "four");
    ck_assert_str_eq(trace->make, make);
    ck_assert_str_eq(trace->about, "A recording of test_record (the program "
                                   "test_record).");
    trace_free(trace);
}
END_TEST

START_TEST(no_raw_files_are_left)
{
    record_mode("blocks_one_to_four");

    DIR *folder = opendir(paths.folder);
    ck_assert_ptr_nonnull(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        ck_assert(entry->d_name[0] == '.' ||
                  strcmp(entry->d_name, "out.trace") == 0);
    (void)closedir(folder);
}
END_TEST

/* --- what is refused --- */

/* Checks that recording program fails, for a reason that has words in it. */
static int check_refused(char *program, const char *words)
{
    struct record_config config = {.recorder = paths.recorder,
                                   .out = paths.out};
    char *argv[] = {program, NULL};
    struct record_result result;
    struct trace_error error;

    ck_assert(!record_run(&config, argv, &result, &error));
    if (strstr(error.message, words) == NULL)
        ck_abort_msg("\"%s\" is not in \"%s\"", words, error.message);
    return result.status;
}

START_TEST(a_program_that_does_not_exist_is_refused)
{
    char program[] = "no-such-program";
    /* Under valgrind, posix_spawn() is a fork, and hears of no error. */
    bool spawns = getenv("UNDER_VALGRIND") == NULL;

    int status = check_refused(program, spawns ? "no-such-program: cannot be "
                                                 "run: No such file"
                                               : "recorded nothing");

    ck_assert_int_eq(status, 127);
}
END_TEST

START_TEST(a_recorder_that_does_not_exist_is_refused)
{
    char program[] = "true";

    (void)snprintf(paths.recorder, sizeof paths.recorder, "/no/recorder.so");
    ck_assert_int_eq(unsetenv("TMPDIR"), 0);
    int status = check_refused(program, "/no/recorder.so: the recorder "
                                        "cannot be found");

    ck_assert_int_eq(status, 127);
}
END_TEST

START_TEST(a_folder_for_raw_files_that_does_not_exist_is_refused)
{
    char program[] = "true";

    ck_assert_int_eq(setenv("TMPDIR", "/no/folder", 1), 0);

    check_refused(program, "/no/folder: no directory can be made in it");
}
END_TEST

START_TEST(a_program_that_is_not_recorded_is_refused)
{
    char program[] = "false";

    (void)snprintf(paths.recorder, sizeof paths.recorder,
                   "/dev/null"); /* the loader refuses it */
    ck_assert_ptr_nonnull(
        freopen("/dev/null", "w", stderr)); /* and says so */
    int status = check_refused(program, "false: recorded nothing: perhaps it "
                                        "is a static program");

    ck_assert_int_eq(status, 1);
}
END_TEST

START_TEST(a_trace_that_cannot_be_written_is_refused)
{
    struct record_result result;
    struct trace_error error;

    (void)snprintf(paths.out, sizeof paths.out, "%s/no/out.trace",
                   paths.folder);

    ck_assert(!try_mode("exit_with_seven", (struct record_config){.limit = 0},
                        &result, &error));
    ck_assert_ptr_nonnull(strstr(error.message, "/no/out.trace: "));
    ck_assert_int_eq(result.status, 7);
}
END_TEST

/* --- words --- */

static void check_path(const char *path, size_t number, const char *expected)
{
    char *name = recording_path(path, number);

    ck_assert_str_eq(name, expected);
    free(name);
}

START_TEST(the_number_of_a_trace_stands_before_its_extension)
{
    check_path("a.b/out.trace", 1, "a.b/out.trace");
    check_path("a.b/out.trace", 2, "a.b/out.2.trace");
    check_path("a.b/out", 13, "a.b/out.13");
    check_path("a.b/.out", 3, "a.b/.out.3");
    check_path("out.x.y", 4, "out.x.4.y");
}
END_TEST

static void check_make(const struct record_config *config, char *const *argv,
                       const char *expected)
{
    struct recording recording = {.config = config, .argv = argv};
    char *make = recording_make(&recording);

    ck_assert_str_eq(make, expected);
    free(make);
}

START_TEST(the_command_is_quoted_for_a_shell)
{
    struct record_config config = {
        .out = "/a/b.trace", .title = "x y", .skip = 5};
    char first[] = "ls", second[] = "it's", third[] = "",
         fourth[] = "a\nb\t'\\\001\xff", fifth[] = "$\xc3\xa4";
    char *argv[] = {first, second, third, fourth, fifth, NULL};

    check_make(&config, argv,
               "heaplab record -o b.trace --title 'x y' --skip 5 -- ls "
               "'it'\\''s' '' $'a\\nb\\t\\'\\\\\\001\\377' '$\xc3\xa4'");
}
END_TEST

START_TEST(a_command_too_long_for_a_line_is_left_out)
{
    struct record_config config = {.out = "b.trace", .setup = "true\n"};
    char program[5001];
    char *argv[] = {program, NULL};

    memset(program, 'x', sizeof program - 1);
    program[sizeof program - 1] = '\0';

    check_make(&config, argv,
               "true\nby hand: the command of 5029 bytes is too long for "
               "this line");
}
END_TEST

/* Checks that what a process became is told about it. */
static void check_words(struct raw_process *processes, size_t count,
                        size_t number, const struct conversion *conversion,
                        const char *title, const char *about)
{
    struct record_config config = {.out = "a/b.trace", .title = "t"};
    struct record_result result = {.status = 0};
    struct recording recording = {
        .config = &config, .result = &result, .files = {processes, count}};
    char *text = recording_title(&recording, number);

    ck_assert_str_eq(text, title);
    free(text);
    text = recording_about(&recording, number, conversion);
    ck_assert_str_eq(text, about);
    free(text);
}

START_TEST(what_is_not_as_it_was_is_told)
{
    const struct raw_header first = {.command = "/bin/a b"};
    const struct raw_header second = {
        .command = "c", .program = "/bin/d", .forked = 1, .lost = 7};
    struct raw_process processes[] = {{.header = &first},
                                      {.header = &second}};
    struct conversion conversion = {.op_count = 9,
                                    .inherited = 2,
                                    .found = 20,
                                    .unseen = 3,
                                    .threads = 64,
                                    .raw_threads = 65};

    check_words(processes, 1, 1, &(struct conversion){.op_count = 0}, "t",
                "A recording of 'a b'.");
    check_words(processes, 2, 2, &conversion, "t: c",
                "A recording of process 2 of 2, c (the program d).\n"
                "The command writes it to b.2.trace.\n"
                "The first 2 operations allocate what was live when it "
                "begins.\n"
                "What was live when it was forked is not known fully.\n"
                "Cut: 7 operations of the process's 20.\n"
                "Its file could not grow: the last 7 events are lost.\n"
                "3 blocks were freed unseen; their free stands where their "
                "address came again.\n"
                "Of 65 threads, those from number 63 on act as one.");
}
END_TEST

static const struct mode modes[] = {
    {"blocks_one_to_four", blocks_one_to_four},
    {"exit_with_seven", exit_with_seven},
    {"interrupted", interrupted},
    {"has_other_preload", has_other_preload},
};

static void add_recording_tests(TCase *tcase)
{
    tcase_add_test(tcase, the_exit_status_is_passed_on);
    tcase_add_test(tcase,
                   an_interrupt_ends_the_program_but_not_the_recording);
    tcase_add_test(tcase, what_was_to_be_preloaded_still_is);
    tcase_add_test(tcase, the_recorder_may_stand_in_a_folder_with_a_space);
    tcase_add_test(tcase, a_limit_keeps_the_first_operations);
    tcase_add_test(tcase, skipping_allocates_first_what_is_live_then);
    tcase_add_test(tcase, skipping_everything_leaves_nothing);
    tcase_add_test(tcase, identifiers_are_as_few_as_blocks_are_live);
    tcase_add_test(tcase, the_header_says_what_was_run_and_how);
    tcase_add_test(tcase, no_raw_files_are_left);
    tcase_add_test(tcase, a_trace_that_cannot_be_written_is_refused);
}

static Suite *record_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *tcase = tcase_create("record");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    if (CAN_RECORD)
        add_recording_tests(tcase);
    tcase_add_test(tcase, a_program_that_does_not_exist_is_refused);
    tcase_add_test(tcase, a_recorder_that_does_not_exist_is_refused);
    tcase_add_test(tcase,
                   a_folder_for_raw_files_that_does_not_exist_is_refused);
    tcase_add_test(tcase, a_program_that_is_not_recorded_is_refused);
    tcase_add_test(tcase, the_number_of_a_trace_stands_before_its_extension);
    tcase_add_test(tcase, what_is_not_as_it_was_is_told);
    tcase_add_test(tcase, the_command_is_quoted_for_a_shell);
    tcase_add_test(tcase, a_command_too_long_for_a_line_is_left_out);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char *argv[])
{
    run_mode(modes, sizeof modes / sizeof *modes, argc, argv);
    return run_suite(record_suite());
}
