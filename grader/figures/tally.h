/*
 * tally.h - the figures of one allocator over several traces.
 */
#ifndef GRADER_FIGURES_TALLY_H
#define GRADER_FIGURES_TALLY_H

#include "grader/cell.h"

#include <stdio.h>

struct tally {
    size_t cells;             /* looked at */
    size_t wrong;             /* of them, whose verdict is not ok */
    const struct cell *first; /* the first one that is wrong; or NULL */
    bool trouble;             /* some have no verdict: the kit's own fault */

    /* Over the cells that are scored and right. */
    size_t scored;
    double peak; /* utilization: arithmetic means, 0 to 1 */
    double mean;
    double utilization; /* of peak and mean */

    /* Geometric means, for costs are compared by ratios. */
    bool counted;      /* were all of them counted exactly? */
    double cost;       /* counted cost an operation */
    bool timed;        /* were all of them timed? */
    double ratio;      /* time over the floor's */
    double low, high;  /* its interval */
    double per_second; /* operations */
};

/*
 * Adds up count cells of one subject. With only_large, traces whose live peak
 * is under SCORED_PEAK are judged but not scored.
 */
struct tally tally_cells(const struct cell *cells, size_t count,
                         bool only_large);

/* Is a trace large enough to be scored? */
bool is_scored(const struct trace *trace);

/* Prints a number with its thousands apart: "10 665". Two digits after the
   point below 10, one below 100. */
void print_figure(FILE *out, int width, double value);

#endif
