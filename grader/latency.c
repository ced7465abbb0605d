/*
 * latency.c - how long single calls take.
 */
#include "grader/latency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_time(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;

    return a < b ? -1 : a > b;
}

/* The least of the sorted times that share of 100 do not exceed. */
static uint64_t percentile(const uint64_t *times, size_t count, size_t share)
{
    size_t rank = (count * share + 99) / 100;

    return times[rank > 0 ? rank - 1 : 0];
}

bool latency_from(struct latency *latency, const struct record *records,
                  size_t count, uint64_t *clock, size_t clock_count)
{
    uint64_t *times = malloc(count * sizeof(*times));

    *latency = (struct latency){0};
    if (times == NULL)
        return false;
    qsort(clock, clock_count, sizeof(*clock), by_time);
    latency->clock = percentile(clock, clock_count, 50);
    for (size_t i = 0; i < count; i++) {
        uint64_t time = records[i].nanoseconds;
        times[i] = time > latency->clock ? time - latency->clock : 0;
        if (i == 0 || times[i] > latency->worst) {
            latency->worst = times[i];
            latency->which = i;
        }
    }
    qsort(times, count, sizeof(*times), by_time);
    latency->half = percentile(times, count, 50);
    latency->most = percentile(times, count, 99);
    latency->measured = true;
    free(times);
    return true;
}

void measure_latency(struct latency *latency, const struct subject *subject,
                     const struct trace *trace)
{
    struct job job = job_for(JOB_LATENCY, subject->name, trace);
    struct start start = subject_start(subject, JOB_LATENCY, 120, 120);
    struct outcome *outcome;

    *latency = (struct latency){0};
    job.rounds_least = LATENCY_REPLAYS;
    outcome = run_job(&start, &job, trace->ops);
    if (outcome == NULL || outcome->ending != ENDED_DONE)
        snprintf(latency->why, sizeof(latency->why),
                 "the replays did not come to their end");
    else if (!latency_from(latency, outcome->records, trace->op_count,
                           outcome->log->time_clock, TIMES_MAX))
        snprintf(latency->why, sizeof(latency->why), "there is no memory");
    outcome_free(outcome);
}
