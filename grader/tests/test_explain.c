/*
 * test_explain.c - what a message leads to: the next command works, and a file
 * that was handed in is called as its owner calls it. What a message looks like
 * is in test_screens.c.
 */
#include "grader/show/explain.h"

#include "grader/spawn.h"
#include "grader/submission.h"
#include "grader/tests/help.h"

#include <unistd.h>

#define SMALL "grader/tests/screens/small.trace"

/* An allocator that never moves on from its first block. */
static const char stuck_allocator[] =
    "#include \"allocators/malloc.h\"\n"
    "#include \"allocators/source.h\"\n"
    "static struct heap *stuck_open(struct source *source,\n"
    "                               const struct options *options)\n"
    "{\n"
    "    (void)options;\n"
    "    return source_grow(source, 4096);\n"
    "}\n"
    "static void stuck_close(struct heap *heap) { (void)heap; }\n"
    "static void *stuck_malloc(struct heap *heap, size_t size) /* line 10 "
    "*/\n"
    "{\n"
    "    (void)size;\n"
    "    return (char *)heap + 16;\n"
    "}\n"
    "static void stuck_free(struct heap *heap, void *ptr)\n"
    "{\n"
    "    (void)heap, (void)ptr;\n"
    "}\n"
    "static const struct tunable stuck_options[] = {\n"
    "    {.name = \"search\", .choices = \"first\"}, {.name = NULL}};\n"
    "extern const struct allocator kr_allocator;\n"
    "const struct allocator kr_allocator = {\n"
    "    .title = \"stuck\", .options = stuck_options, .open = stuck_open, "
    ".close = stuck_close,\n"
    "#ifdef STUCK_CHECK\n"
    "    .check = STUCK_CHECK,\n"
    "#endif\n"
    "    .malloc = stuck_malloc, .free = stuck_free};\n";

/* To be put before it: a check that is not written yet. */
static const char stub_of_check[] =
    "#include \"allocators/malloc.h\"\n"
    "static bool stub(const struct heap *heap, struct fault *fault)\n"
    "{\n"
    "    (void)heap, (void)fault;\n"
    "    return false;\n"
    "}\n"
    "#define STUCK_CHECK stub\n";

/* Returns what explain() says, or show() if count is not 0; to be freed. */
static char *say(const struct subject *subject, const char *path,
                 uint64_t count)
{
    struct trace *trace = read_trace(path);
    struct hearing hearing;
    char error[512];
    char *said = NULL;
    size_t size;
    FILE *out = open_memstream(&said, &size);

    ck_assert_ptr_nonnull(out);
    ck_assert_msg(
        hear(&hearing, subject, trace, path, 1, error, sizeof(error)), "%s",
        error);
    if (count > 0)
        show(out, &hearing, count);
    else
        explain(out, &hearing);
    fclose(out);
    hearing_close(&hearing);
    trace_free(trace);
    return said;
}

/*
 * Runs the command behind "next:" in text. Returns what it prints, to be freed,
 * and its exit status.
 */
static char *follow(const char *text, int *status)
{
    const char *next = strstr(text, "next:  build/heaplab ");
    char heaplab[PATH_ROOM];
    char command[4 * PATH_ROOM];
    const char *shell[] = {"sh", "-c", command, NULL};
    size_t size = 65536;
    char *answer = malloc(size);

    ck_assert_ptr_nonnull(answer);
    ck_assert_ptr_nonnull(next);
    path_built(heaplab, "heaplab");
    next += strlen("next:  build/heaplab ");
    snprintf(command, sizeof(command), "%s %.*s", heaplab,
             (int)strcspn(next, "\n"), next);
    *status = capture(shell, NULL, answer, size);
    return answer;
}

static struct subject kr_subject(void)
{
    struct subject subject;
    char error[512];

    ck_assert(subject_kit(&subject, "kr", error, sizeof(error)));
    return subject;
}

START_TEST(the_next_command_shows_the_next_operation)
{
    struct subject subject = kr_subject();
    char *here = say(&subject, SMALL, 3);
    char *there = say(&subject, SMALL, 4);
    int status;

    char *answer = follow(here, &status);

    ck_assert_str_eq(answer, there);
    ck_assert_int_eq(status, 0);
    free(here);
    free(there);
    free(answer);
}
END_TEST

START_TEST(the_last_operation_has_no_next)
{
    struct subject subject = kr_subject();
    char *last = say(&subject, SMALL, 16);

    ck_assert_ptr_null(strstr(last, "next:"));
    free(last);
}
END_TEST

START_TEST(nothing_is_said_when_nothing_is_wrong)
{
    struct subject subject = kr_subject();
    char *said = say(&subject, SMALL, 0);

    ck_assert_str_eq(said, "");
    free(said);
}
END_TEST

/* A file of somebody's, with a name that a shell would take apart. */
static char folder[64];
static char file[128];

static void write_file(const char *before)
{
    FILE *out = fopen(file, "we");

    ck_assert_ptr_nonnull(out);
    fprintf(out, "%s%s", before, stuck_allocator);
    fclose(out);
}

static void hand_in(void)
{
    snprintf(folder, sizeof(folder), "/tmp/heaplab-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(file, sizeof(file), "%s/kim's allocator $1.c", folder);
    write_file("");
}

static void take_back(void)
{
    unlink(file);
    rmdir(folder);
}

START_TEST(a_submission_is_called_as_its_owner_does_and_can_be_looked_at)
{
    struct subject subject;
    char says[COMPILER_SAYS];
    char expected[512];
    char *message, *answer;
    int status;

    ck_assert_msg(submission_build(&subject, "kr", file, says), "%s", says);
    message = say(&subject, SMALL, 0);
    submission_remove(&subject);
    answer = follow(message, &status);

    snprintf(expected, sizeof(expected),
             "%s:10:1: error: malloc(48) for p1 returned 0x10, which lies "
             "inside live block p0: both own its bytes 0-47\n"
             "  trace " SMALL ":11, op 2 of 16: p1 = malloc(48)\n",
             file);
    ck_assert_int_eq(strncmp(message, expected, strlen(expected)), 0);
    ck_assert_int_eq(strncmp(answer, "after " SMALL ":10, op 1 of 16: ", 45),
                     0);
    ck_assert_int_eq(status, 1);
    free(message);
    free(answer);
}
END_TEST

START_TEST(a_check_that_is_not_written_is_what_the_message_points_at)
{
    struct subject subject;
    char says[COMPILER_SAYS];
    char expected[512];
    char *message;

    write_file(stub_of_check);
    ck_assert_msg(submission_build(&subject, "kr", file, says), "%s", says);
    message = say(&subject, SMALL, 0);
    submission_remove(&subject);

    snprintf(expected, sizeof(expected),
             "%s:2:1: error: check() after malloc(100) for p0 says no, but "
             "not which rule: perhaps it is not written yet\n",
             file);
    ck_assert_int_eq(strncmp(message, expected, strlen(expected)), 0);
    free(message);
}
END_TEST

START_TEST(a_runner_that_is_not_there_is_the_kits_own_trouble)
{
    struct subject subject = kr_subject();
    struct trace *trace = read_trace(SMALL);
    struct hearing hearing;
    char error[512] = "";

    snprintf(subject.runner, sizeof(subject.runner), "/nowhere/runner");

    ck_assert(
        !hear(&hearing, &subject, trace, SMALL, 0, error, sizeof(error)));
    ck_assert_str_eq(error, SMALL ": the runner gave no verdict: "
                                  "/nowhere/runner: No such file or "
                                  "directory");
    trace_free(trace);
}
END_TEST

static Suite *explain_suite(void)
{
    Suite *suite = suite_create("explain");
    TCase *tcase = tcase_create("next");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, the_next_command_shows_the_next_operation);
    tcase_add_test(tcase, the_last_operation_has_no_next);
    tcase_add_test(tcase, nothing_is_said_when_nothing_is_wrong);
    tcase_add_test(tcase, a_runner_that_is_not_there_is_the_kits_own_trouble);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("submission");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, hand_in, take_back);
    tcase_add_test(
        tcase, a_submission_is_called_as_its_owner_does_and_can_be_looked_at);
    tcase_add_test(tcase,
                   a_check_that_is_not_written_is_what_the_message_points_at);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(explain_suite());
}
