/*
 * command_coverage.c - heaplab coverage: which lines of a file no trace of a
 * lab reaches.
 */
#include "grader/commands/commands.h"

#include "grader/lab/broken.h"
#include "grader/property.h"
#include "grader/show/explain.h"
#include "grader/submission.h"
#include "grader/tools/reach.h"
#include "grader/tools/tour.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: heaplab coverage LAB FILE.c [TRACE]\n"
    "\n"
    "  Replays the traces of LAB (1-kr, or just kr) on FILE.c, step by "
    "step,\n"
    "  up to the first that goes wrong; or TRACE alone. Prints the lines of\n"
    "  FILE.c that none of them reached. Exits 0 if nothing went wrong, 1 "
    "if\n"
    "  something did. make coverage LAB=kr makes what this needs.\n";

/* A lab's traces on a file that counts. */
struct count_tour {
    const struct step *broken; /* the last step whose heaps were broken */
    size_t traces;             /* replayed, the one that went wrong too */
    bool wrong;                /* one went wrong, and was explained */
    bool trouble;              /* the kit's own: error tells */
    char error[512];
};

/* Asks check() about the heaps that a step breaks: once a step. */
static void try_heaps(struct count_tour *count, const struct stop *stop)
{
    struct finding *finding;

    if (stop->step == NULL || stop->step->broken_count == 0 ||
        stop->step == count->broken)
        return;
    count->broken = stop->step;
    finding = calloc(1, sizeof(*finding));
    if (finding != NULL &&
        !try_broken(finding, stop->step, stop->subject, stop->workload)) {
        count->wrong = !finding->trouble;
        printf("%s", finding->message);
    }
    free(finding);
}

/* Replays a trace for the pictures, which need functions of their own. */
static void take_picture(const struct hearing *hearing)
{
    struct job job =
        job_for(JOB_JUDGED, hearing->subject->name, hearing->trace);

    job.picture = 1;
    outcome_free(hear_again(hearing, &job));
}

/* A visit_stop: replays one trace. */
static bool count_trace(void *context, const struct stop *stop)
{
    struct count_tour *count = context;
    const struct step *step = stop->step;
    const struct workload *workload = stop->workload;
    struct hearing hearing;

    if (!hear(&hearing, stop->subject, workload->trace, workload->path,
              step != NULL && step->check, count->error,
              sizeof(count->error))) {
        count->trouble = true;
        return false;
    }
    count->traces++;
    if (step != NULL && hearing.verdict.wrong == WRONG_NOTHING &&
        step->properties != 0)
        property_judge(step->properties, hearing.trace, hearing.outcome,
                       &hearing.verdict);
    count->wrong = hearing.verdict.wrong != WRONG_NOTHING;
    if (count->wrong) {
        explain(stdout, &hearing);
    } else {
        take_picture(&hearing);
        try_heaps(count, stop);
    }
    hearing_close(&hearing);
    return !count->wrong;
}

/* Prints what was reached. Returns false for trouble, with error filled. */
static bool print_reach(const struct count_tour *count,
                        const struct subject *subject, char *error,
                        size_t size)
{
    static struct reach reach;

    if (!reach_read(&reach, subject, error, size))
        return false;
    if (count->wrong)
        printf("\nUp to there, these lines were not reached:\n");
    if (!reach_print(stdout, &reach, subject, error, size))
        return false;
    if (reach.reached_lines < reach.code_lines && !count->wrong)
        printf("\nNo trace came to these lines. Either they are not needed, "
               "or nothing tests them\nand a trace of your own should: "
               "traces/README.md has the format. Beyond any trace\nis what "
               "is for a caller's mistakes, for NULL, for sizes that no "
               "machine has, and\nfor a source that refuses; and what no "
               "replay calls: close, usable_size.\n");
    printf("\n%s: %zu of %zu lines reached by %zu trace%s\n", subject->file,
           reach.reached_lines, reach.code_lines, count->traces,
           count->traces == 1 ? "" : "s");
    return true;
}

/* Counts a file that is built. Returns the program's exit status. */
static int count_file(const struct rubric *rubric,
                      const struct subject *subject, const char *only)
{
    struct count_tour count = {.broken = NULL};
    char error[512];

    if (!tour(rubric, subject, only, count_trace, &count, error,
              sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    if (count.trouble) {
        fprintf(stderr, "heaplab: %s\n", count.error);
        return STATUS_TROUBLE;
    }
    if (!print_reach(&count, subject, error, sizeof(error))) {
        fprintf(stderr, "heaplab: %s\n", error);
        return STATUS_TROUBLE;
    }
    return count.wrong ? STATUS_NOT : STATUS_FULL;
}

int run_coverage(int argc, char **argv)
{
    static struct rubric rubric;
    static char says[COMPILER_SAYS];
    struct subject subject;
    int status;

    if (!tour_arguments(argc, argv, usage, &rubric, &status))
        return status;
    if (!reach_build(&subject, rubric.allocator, argv[2], says)) {
        fprintf(stderr, "%s\n", says);
        return subject.trouble ? STATUS_TROUBLE : STATUS_NOT;
    }
    status = count_file(&rubric, &subject, argv[3]);
    submission_remove(&subject);
    return status;
}
