/*
 * command_memcheck.c - heaplab memcheck and heaplab asan: a lab's traces
 * replayed on a file under a memory checker.
 */
#include "grader/commands/commands.h"

#include "grader/lab/labs.h"

#include "grader/property.h"
#include "grader/submission.h"
#include "grader/tools/tool.h"
#include "grader/tools/tour.h"

#include <stdio.h>

/* The help of a command by its name and its tool's. */
#define USAGE(name, tool)                                                    \
    "usage: heaplab " name " LAB FILE.c [TRACE]\n"                           \
    "\n"                                                                     \
    "  Replays the traces of LAB (1-kr, or just kr) on FILE.c under " tool   \
    ",\n  step by step, up to the first that goes wrong; or TRACE alone. "   \
    "The tool is\n  told whose each byte is. Exits 0 if nothing is "         \
    "reported, 1 if something\n  is. make " name                             \
    " LAB=kr makes what this needs.\n"

/* A lab's traces under a tool. */
struct survey {
    enum tool tool;
    const struct step *step; /* whose traces are being replayed; or NULL */
    size_t number;           /* of it */
    size_t traces;           /* of that step that went well */
    size_t all;              /* that went well */
    bool wrong;              /* something has been told */
    bool trouble;            /* the kit's own: error tells */
    char error[512];
};

/* Prints that a step's traces went well. */
static void print_step_done(const struct survey *survey)
{
    if (survey->step != NULL && survey->traces > 0)
        printf("%2zu %-12s %2zu trace%s: nothing to report\n", survey->number,
               survey->step->name, survey->traces,
               survey->traces == 1 ? "" : "s");
}

/* Goes on to a stop's step. */
static void enter_step(struct survey *survey, const struct stop *stop)
{
    if (survey->step == stop->step)
        return;
    print_step_done(survey);
    survey->step = stop->step;
    survey->number = stop->number;
    survey->traces = 0;
}

/* A visit_stop: replays one trace. */
static bool survey_trace(void *context, const struct stop *stop)
{
    struct survey *survey = context;
    const struct step *step = stop->step;
    static struct tool_report report;
    struct hearing hearing;

    enter_step(survey, stop);
    if (!tool_hear(&hearing, &report, survey->tool, stop->subject,
                   stop->workload, step != NULL && step->check, survey->error,
                   sizeof(survey->error))) {
        survey->trouble = true;
        return false;
    }
    if (step != NULL && !report.found &&
        hearing.verdict.wrong == WRONG_NOTHING && step->properties != 0)
        property_judge(step->properties, hearing.trace, hearing.outcome,
                       &hearing.verdict);
    survey->wrong = report.found || hearing.verdict.wrong != WRONG_NOTHING;
    if (survey->wrong) {
        print_step_done(survey);
        if (survey->all > 0)
            putchar('\n');
        tool_explain(stdout, survey->tool, &hearing, &report);
    } else {
        survey->traces++;
        survey->all++;
    }
    hearing_close(&hearing);
    fflush(stdout);
    return !survey->wrong;
}

/* Surveys a file that is built. Returns the program's exit status. */
static int survey_file(struct survey *survey, const struct rubric *rubric,
                       const struct subject *subject, const char *only)
{
    bool read = tour(rubric, subject, only, survey_trace, survey,
                     survey->error, sizeof(survey->error));

    if (!read || survey->trouble) {
        fprintf(stderr, "heaplab: %s\n", survey->error);
        return survey->trouble ? STATUS_TROUBLE : STATUS_USAGE;
    }
    if (survey->wrong)
        return STATUS_NOT;
    print_step_done(survey);
    printf("%s: %s has nothing to report on %zu trace%s\n", subject->file,
           tool_name(survey->tool), survey->all, survey->all == 1 ? "" : "s");
    return STATUS_FULL;
}

static int run(enum tool tool, const char *usage, int argc, char **argv)
{
    static struct rubric rubric;
    static char says[COMPILER_SAYS];
    const struct recipe recipe = {.variant = tool_variant(tool)};
    struct survey survey = {.tool = tool};
    struct subject subject;
    int status;

    if (!tour_arguments(argc, argv, usage, &rubric, &status))
        return status;
    if (!submission_build_as(&subject, rubric.allocator, argv[2], &recipe,
                             says)) {
        fprintf(stderr, "%s\n", says);
        return subject.trouble ? STATUS_TROUBLE : STATUS_NOT;
    }
    lab_of_file(&subject, &rubric, argv[2]);
    status = survey_file(&survey, &rubric, &subject, argv[3]);
    submission_remove(&subject);
    return status;
}

int run_memcheck(int argc, char **argv)
{
    return run(TOOL_MEMCHECK, USAGE("memcheck", "memcheck"), argc, argv);
}

int run_asan(int argc, char **argv)
{
    return run(TOOL_ASAN, USAGE("asan", "AddressSanitizer"), argc, argv);
}
