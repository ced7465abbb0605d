/*
 * trial.h - which mutants traces catch.
 *
 * A mutant is judged on a trace in the way of the step that must refuse it:
 * the variant that the step runs, the properties it asks for, and check() if
 * it asks for that. Only whether the replay is right counts.
 */
#ifndef GRADER_LAB_TRIAL_H
#define GRADER_LAB_TRIAL_H

#include "grader/cell.h"
#include "grader/lab/mutant.h"

/* What became of a mutant on one trace. */
enum catch {
    CATCH_NO,      /* nothing was wrong: it survives */
    CATCH_YES,     /* something was */
    CATCH_TROUBLE, /* the kit's own: there was no verdict */
};

/* A mutant on trial. Trials are shared with the processes that work on them. */
struct trial {
    struct mutant mutant;
    bool trouble;                 /* the kit's own: error tells */
    char error[512];              /* in one line */
    unsigned char of[TRACES_MAX]; /* enum catch, a trace */
};

/* Whether traces are judged by what a step asks beyond being right. Not where
   the reference itself lacks it: trim gives back memory that could be reused. */
struct asked {
    bool of[STEPS_MAX][TRACES_MAX];
};

/*
 * Replays each of the count workloads, at most TRACES_MAX, on the lab's
 * reference in the way of every correctness step, and fills *asked. Returns
 * true if all are right; otherwise false, with a line in error, size bytes.
 */
bool trial_sound(struct asked *asked, const struct rubric *rubric,
                 const struct workload *workloads, size_t count, char *error,
                 size_t size);

/*
 * Tries all mutants of a lab on the workloads, at most TRACES_MAX of them, as
 * many mutants at a time as there are processors. Returns the trials, *count
 * of them, to be freed by trials_free(); or NULL, with a line in error.
 */
struct trial *trials_run(const struct rubric *rubric,
                         const struct asked *asked,
                         const struct workload *workloads,
                         size_t workload_count, size_t *count, char *error,
                         size_t size);
void trials_free(struct trial *trials, size_t count);

#endif
