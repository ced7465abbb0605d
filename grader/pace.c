/*
 * pace.c - whether the counted cost of a file that nobody trusts is likely.
 */
#include "grader/pace.h"

#include "grader/judge.h"
#include <stdio.h>

/* Runs of each, and replays in one. */
#define RUNS    3
#define REPLAYS 8

/* CPU seconds that one may take. */
#define PACE_SECONDS 10.0

/* Replays once; to be freed by outcome_free(). */
static struct outcome *replay(const struct subject *subject,
                              const struct trace *trace)
{
    struct job job = job_for(JOB_PACED, subject->name, trace);
    struct start start =
        subject_start(subject, JOB_PACED, PACE_SECONDS, PACE_SECONDS);
    job.rounds_least = REPLAYS;
    return run_job(&start, &job, trace->ops);
}

/* Takes in the time of a replay, if it came to its end, and is the least so
   far. */
static void take(double *least, const struct outcome *outcome)
{
    if (outcome != NULL && outcome->ending == ENDED_DONE &&
        (*least == 0 || outcome->cpu_seconds < *least))
        *least = outcome->cpu_seconds;
}

/* Did it do otherwise than the judged replay? What a busy machine can do to it
   is not meant. */
static bool strays(const struct trace *trace, const struct outcome *judged,
                   const struct outcome *outcome)
{
    if (outcome == NULL || outcome->ending == ENDED_STUCK ||
        outcome->ending == ENDED_FAILED)
        return false;
    return outcome->ending != ENDED_DONE ||
           other_pointer(trace, judged, outcome) != NO_OP;
}

void pace_measure(struct pace *pace, const struct subject *subject,
                  const struct trace *trace, const struct outcome *judged)
{
    struct subject reference = *subject;

    path_built(reference.runner, "runner");
    reference.walls = NULL; /* it is trusted, and lies outside of them */
    *pace = (struct pace){0};
    for (int i = 0; i < RUNS; i++) {
        struct outcome *own = replay(subject, trace);
        struct outcome *other = replay(&reference, trace);
        take(&pace->own, own);
        take(&pace->reference, other);
        pace->strayed = pace->strayed || strays(trace, judged, own);
        outcome_free(own);
        outcome_free(other);
    }
}

bool pace_is_doubtful(const struct pace *pace, double share)
{
    double fair = share > 1 ? share : 1;

    return share > 0 && pace->reference > 0 &&
           pace->own > PACE_MOST * fair * pace->reference;
}
