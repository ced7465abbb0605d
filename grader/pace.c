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
    start.walls = subject->pace_walls;
    return run_job(&start, &job, trace->ops);
}

/* Takes in the time of a replay, if it is the least so far. Returns false if
   it did not come to its end. */
static bool take(double *least, const struct outcome *outcome)
{
    if (outcome == NULL || outcome->ending != ENDED_DONE)
        return false;
    if (*least == 0 || outcome->cpu_seconds < *least)
        *least = outcome->cpu_seconds;
    return true;
}

void pace_measure(struct pace *pace, const struct subject *subject,
                  const struct trace *trace, const struct outcome *judged)
{
    struct subject reference = *subject;

    path_built(reference.runner, "runner");
    *pace = (struct pace){0};
    for (int i = 0; i < RUNS; i++) {
        struct outcome *own = replay(subject, trace);
        struct outcome *other = replay(&reference, trace);
        if (!take(&pace->own, own) || !same_pointers(trace, judged, own))
            pace->strayed = true;
        (void)take(&pace->reference, other);
        outcome_free(own);
        outcome_free(other);
    }
}

bool pace_is_doubtful(const struct pace *pace, double share)
{
    double fair = share > 1 ? share : 1;

    return pace->reference > 0 &&
           pace->own > PACE_MOST * fair * pace->reference;
}
