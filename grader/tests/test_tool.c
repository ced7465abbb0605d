/*
 * test_tool.c - that a file which crashes, loops, exits or floods gets a
 * verdict under a memory checker as well, and that no replay hangs.
 */
#include "grader/tests/tools.h"

/* What a call may do instead of returning. */
static const struct {
    struct mistake mistake;
    const char *words; /* of the first line */
} unruly[] = {
    {{"loops", "    demand_live(heap, ptr);\n",
      "    for (volatile unsigned i = 0;; i++)\n        ;\n"},
     "did not return"},
    {{"exits", "    demand_live(heap, ptr);\n", "    exit(0);\n"},
     "ended the program"},
    {{"aborts", "    demand_live(heap, ptr);\n", "    abort();\n"}, "abort"},
    {{"recurses", "    demand_live(heap, ptr);\n",
      "    kr_free(heap, ptr);\n    ((volatile char *)ptr)[0] = 1;\n"},
     ""},
    {{"forks", "    demand_live(heap, ptr);\n",
      "    if (fork() != -1)\n        abort();\n    exit(7);\n"},
     "ended the program"},
    {{"floods", "    demand_live(heap, ptr);\n",
      "    for (int i = 0; i < 20000; i++)\n"
      "        dprintf(1, \"==1== Invalid read of size 8\\n\");\n"
      "    abort();\n"},
     "abort"},
};

#define UNRULY ((int)(sizeof(unruly) / sizeof(unruly[0])))

/* A copy of kr.c that may call what libc has. */
static void write_unruly(const struct mistake *mistake, char path[256])
{
    static const struct mistake includes = {
        "includes", "#include <string.h>",
        "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
        "#include <unistd.h>"};
    static char text[65536];
    char plain[256];
    const char *at;
    FILE *file;

    write_wrong_kr(&includes, plain);
    file = fopen(plain, "re");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    unlink(plain);
    at = strstr(text, "static void kr_free(");
    ck_assert_ptr_nonnull(at);
    at = strstr(at, mistake->right);
    ck_assert_ptr_nonnull(at);
    snprintf(path, 256, "/tmp/heaplab-%ld-%s.c", (long)getpid(),
             mistake->name);
    file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "%.*s%s%s", (int)(at - text), text, mistake->wrong,
            at + strlen(mistake->right));
    fclose(file);
}

/* Asserts that an unruly file gets a verdict, of the operation it was in. */
static void assert_verdict(enum tool tool, int i)
{
    static struct telling telling;
    struct subject subject;
    char file[256];

    write_unruly(&unruly[i].mistake, file);
    subject = built_for(tool, "kr", file);
    tell_of(&telling, tool, &subject, "first", false);
    submission_remove(&subject);
    unlink(file);
    ck_assert_msg(!telling.well, "%s under %s: nothing is wrong",
                  unruly[i].mistake.name, tool_name(tool));
    ck_assert_msg(strstr(telling.text, "op 2 of 2: free(p0)") != NULL &&
                      strstr(telling.text, unruly[i].words) != NULL &&
                      strstr(telling.text, "next:") != NULL,
                  "%s under %s: %s", unruly[i].mistake.name, tool_name(tool),
                  telling.text);
}

START_TEST(an_unruly_file_gets_a_verdict_under_memcheck)
{
    assert_verdict(TOOL_MEMCHECK, _i);
}
END_TEST

START_TEST(an_unruly_file_gets_a_verdict_under_asan)
{
    assert_verdict(TOOL_ASAN, _i);
}
END_TEST

/* A replay under a tool that nobody starts. */
START_TEST(a_runner_of_another_build_is_trouble_in_words)
{
    struct subject subject = {.name = "kr", .runner = "/nowhere/runner"};
    struct workload workload;
    struct hearing hearing;
    static struct tool_report report;
    char error[1024];

    ck_assert(workload_open(&workload, "first", error, sizeof(error)));

    ck_assert(!tool_hear(&hearing, &report, TOOL_ASAN, &subject, &workload,
                         false, error, sizeof(error)));

    ck_assert_msg(strstr(error, "no verdict under asan") != NULL, "%s",
                  error);
    workload_close(&workload);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tool");
    TCase *tcase = tcase_create("unruly");

    tcase_set_timeout(tcase, 120);
    if (has_tool(TOOL_MEMCHECK))
        tcase_add_loop_test(
            tcase, an_unruly_file_gets_a_verdict_under_memcheck, 0, UNRULY);
    tcase_add_loop_test(tcase, an_unruly_file_gets_a_verdict_under_asan, 0,
                        UNRULY);
    tcase_add_test(tcase, a_runner_of_another_build_is_trouble_in_words);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
