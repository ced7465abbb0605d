/*
 * latency.h - how long single calls take: half of them, nearly all, the worst.
 *
 * A mean hides the call that walks a long list or merges a whole arena. This
 * is measured in a run of its own, each call the least of several replays, and
 * earns no points. Times hold what the call itself causes: system calls, and
 * the faults of pages that it is the first to touch. An allocator with pages
 * of its own keeps them from replay to replay, so its faults are left out.
 */
#ifndef GRADER_LATENCY_H
#define GRADER_LATENCY_H

#include "grader/run.h"
#include "grader/subject.h"

/* Replays of which each call's least time is taken. */
#define LATENCY_REPLAYS 7

struct latency {
    bool measured;  /* false: why tells */
    uint64_t clock; /* what reading the clock takes, and was taken off */
    uint64_t half;  /* ns that half of the calls do not exceed */
    uint64_t most;  /* ns that 99 of 100 calls do not exceed */
    uint64_t worst; /* ns of the longest call */
    uint64_t which; /* the operation that took it, an index: the first */
    char why[256];
};

/*
 * Replays trace on subject, which has been judged to be right on it, and fills
 * *latency. Takes about as long as LATENCY_REPLAYS replays, 120 seconds of
 * CPU time at the most.
 */
void measure_latency(struct latency *latency, const struct subject *subject,
                     const struct trace *trace);

/*
 * Fills *latency from count times, at least one, of the records' stamps, and
 * the times of the clock alone, clock_count of them, which are sorted. The
 * clock's is their median; a call that was faster than it takes 0. Returns
 * false if memory runs out.
 */
bool latency_from(struct latency *latency, const struct record *records,
                  size_t count, uint64_t *clock, size_t clock_count);

#endif
