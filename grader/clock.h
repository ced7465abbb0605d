/*
 * clock.h - what a replay costs: counted exactly, and measured in time.
 */
#ifndef GRADER_CLOCK_H
#define GRADER_CLOCK_H

#include "grader/run.h"
#include "grader/subject.h"

/* What a counted run did otherwise than the judged one. Only one that did
   nothing otherwise is worth points. */
enum deviation {
    DEVIATES_NOT,
    DEVIATES_POINTERS, /* other pointers, as good as the judged ones */
    DEVIATES_ENDING,   /* it ended in the allocator's code */
    DEVIATES_WRONG,    /* other pointers, which are wrong: had it been the
                          judged run, it would have failed */
};

/*
 * The counted cost of a replay, under callgrind: events of the replay with
 * the allocator, less those of the empty replay. The caches are fixed: 32 KiB
 * of 8 ways for instructions and for data, 8 MiB of 16 ways behind them.
 */
struct count {
    bool counted;             /* false: why tells */
    enum deviation deviation; /* from the judged run: why tells */
    long long instructions;
    long long l1_misses;
    long long last_misses;
    double cost; /* an operation: instructions + 10 * l1 + 100 * last */
    char why[256];
};

/* What a miss costs, in instructions. */
#define COST_L1   10
#define COST_LAST 100

/*
 * Counts a replay of trace. judged is the outcome of the judged run, whose
 * pointers are compared. Takes about 50 times as long as the replay. Where
 * valgrind is not to be had, count->counted is false.
 */
void count_cost(struct count *count, const struct subject *subject,
                const struct trace *trace, const struct outcome *judged);

/* Is valgrind there, and was the kit built with its headers? */
bool can_count(void);

/*
 * Measured time of a replay, as thread CPU time, beside the floor's
 * (runner/floor.h): the replay's time over the floor's.
 */
struct timing {
    bool timed;   /* false: too few operations to be timed */
    double ratio; /* median over the pairs */
    double low;   /* of the ratio: the median's confidence interval ... */
    double high;  /* ... of at least 95 % */
    double per_second; /* operations, by the median time */
    size_t pairs;
};

/* A replay of fewer operations is over too soon to be timed. */
#define TIMED_OPS_MIN 1000

/*
 * Times replays of trace: at least 6 pairs, and more for up to budget seconds.
 */
void time_replays(struct timing *timing, const struct subject *subject,
                  const struct trace *trace, double budget);

#endif
