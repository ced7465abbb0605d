/*
 * test_reach.c - that a file's lines are counted as reached or not, whatever
 * became of the replay.
 */
#include "grader/tests/labs.h"
#include "grader/tests/wrong_kr.h"

#include "grader/show/explain.h"
#include "grader/spawn.h"
#include "grader/tools/reach.h"

static struct reach reach;
static char text[65536];

/* Replays a trace on a file that counts, and reads what it reached. */
static enum wrong reach_by(const char *file, const char *trace)
{
    static char says[COMPILER_SAYS];
    struct workload workload;
    struct subject subject;
    struct hearing hearing;
    enum wrong wrong;
    FILE *out = fmemopen(text, sizeof(text), "w");

    ck_assert_ptr_nonnull(out);
    ck_assert_msg(reach_build(&subject, "kr", file, says), "%s", says);
    ck_assert(workload_open(&workload, trace, says, sizeof(says)));
    ck_assert_msg(hear(&hearing, &subject, workload.trace, workload.path, 0,
                       says, sizeof(says)),
                  "%s", says);
    wrong = hearing.verdict.wrong;
    hearing_close(&hearing);
    workload_close(&workload);
    ck_assert_msg(reach_read(&reach, &subject, says, sizeof(says)), "%s",
                  says);
    ck_assert_msg(reach_print(out, &reach, &subject, says, sizeof(says)),
                  "%s", says);
    fclose(out);
    submission_remove(&subject);
    ck_assert_int_ne(access(subject.runner, F_OK), 0);
    return wrong;
}

START_TEST(lines_are_reached_or_listed)
{
    enum wrong wrong = reach_by("allocators/kr.c", "first");

    ck_assert_int_eq(wrong, WRONG_NOTHING);
    ck_assert_uint_gt(reach.reached_lines, 30);
    ck_assert_uint_lt(reach.reached_lines, reach.code_lines);
    ck_assert_ptr_nonnull(strstr(text, "kr_realloc() was never called\n"));
    ck_assert_ptr_nonnull(strstr(text, "    moved = kr_malloc(heap, size);"));
    ck_assert_ptr_null(strstr(text, "\ninsert()"));
}
END_TEST

START_TEST(what_a_crash_reached_is_kept)
{
    char file[256];
    enum wrong wrong;

    write_wrong_kr(mistake_named("crashes-in-free"), file);
    wrong = reach_by(file, "first");
    unlink(file);

    ck_assert_int_eq(wrong, WRONG_CRASH);
    ck_assert_uint_gt(reach.reached_lines, 20);
    ck_assert_ptr_null(strstr(text, "kr_free() was never called"));
}
END_TEST

/* Ends kr_free() in some way; the rest of it is kr.c. */
static enum wrong reach_by_end(const char *statement)
{
    struct mistake mistake = {"ends", "    insert(heap, block_of(ptr));",
                              statement};
    char file[256];
    enum wrong wrong;

    write_wrong_kr(&mistake, file);
    wrong = reach_by(file, "first");
    unlink(file);
    return wrong;
}

START_TEST(what_an_abort_an_exit_or_a_loop_reached_is_kept)
{
    static const struct {
        const char *statement;
        enum wrong wrong;
    } ends[] = {
        {"    caller_error(\"kr\", \"rule\", \"message\");", WRONG_ABORT},
        {"    for (volatile unsigned i = 0;; i++)\n        ;", WRONG_LOOP},
        {"    extern void exit(int);\n    exit(0);", WRONG_EXIT},
    };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        ck_assert_int_eq(reach_by_end(ends[i].statement), ends[i].wrong);
        ck_assert_uint_gt(reach.reached_lines, 20);
        ck_assert_ptr_null(strstr(text, "kr_free() was never called"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reach");
    TCase *tcase = tcase_create("lines");
    const char *gcov[] = {"gcov", "--version", NULL};

    tcase_set_timeout(tcase, 120);
    if (capture(gcov, NULL, text, sizeof(text)) == 0) {
        tcase_add_test(tcase, lines_are_reached_or_listed);
        tcase_add_test(tcase, what_a_crash_reached_is_kept);
        tcase_add_test(tcase,
                       what_an_abort_an_exit_or_a_loop_reached_is_kept);
    }
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
