/*
 * tools.h - what the tests of the memory checkers share: a wrong kr.c under a
 * tool, and what is told of it.
 */
#ifndef GRADER_TESTS_TOOLS_H
#define GRADER_TESTS_TOOLS_H

#include "grader/tests/labs.h"
#include "grader/tests/wrong_kr.h"

#include "grader/tools/tool.h"

/* Is there a valgrind that can be run: it cannot run itself. */
static inline bool has_tool(enum tool tool)
{
    return tool != TOOL_MEMCHECK || (can_count() && !under_valgrind());
}

/* What came of a file under a tool on a trace. */
struct telling {
    struct tool_report report;
    struct verdict verdict;
    bool well;       /* nothing was reported, and nothing is wrong */
    char text[8192]; /* what is printed */
};

/* Replays the trace at name on a built subject, and fills *telling. */
static inline void tell_of(struct telling *telling, enum tool tool,
                           const struct subject *subject, const char *name,
                           bool check)
{
    struct workload workload;
    struct hearing hearing;
    char error[1024];
    FILE *out = fmemopen(telling->text, sizeof(telling->text), "w");

    ck_assert_ptr_nonnull(out);
    ck_assert_msg(workload_open(&workload, name, error, sizeof(error)), "%s",
                  error);
    ck_assert_msg(tool_hear(&hearing, &telling->report, tool, subject,
                            &workload, check, error, sizeof(error)),
                  "%s", error);
    telling->verdict = hearing.verdict;
    telling->well = tool_explain(out, tool, &hearing, &telling->report);
    fclose(out);
    hearing_close(&hearing);
    workload_close(&workload);
}

/* Builds the file for a tool. */
static inline struct subject built_for(enum tool tool, const char *name,
                                       const char *file)
{
    const struct recipe recipe = {.variant = tool_variant(tool)};
    static char says[COMPILER_SAYS];
    struct subject subject;

    ck_assert_msg(submission_build_as(&subject, name, file, &recipe, says),
                  "%s", says);
    return subject;
}

/* Tells of kr.c with a mistake in it. Its path goes into file, 256 bytes. */
static inline void tell_of_mistake(struct telling *telling, enum tool tool,
                                   const struct mistake *mistake,
                                   const char *trace, bool check,
                                   char file[256])
{
    struct subject subject;

    write_wrong_kr(mistake, file);
    subject = built_for(tool, "kr", file);
    tell_of(telling, tool, &subject, trace, check);
    submission_remove(&subject);
    unlink(file);
}

/* Returns the number of the line of kr.c that holds text first. */
static inline unsigned line_with(const char *text)
{
    char line[512];
    unsigned number = 0;
    FILE *in = fopen("allocators/kr.c", "re");

    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof(line), in) != NULL) {
        number++;
        if (strstr(line, text) != NULL) {
            fclose(in);
            return number;
        }
    }
    ck_abort_msg("kr.c has no '%s'", text);
}

#endif
