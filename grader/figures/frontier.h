/*
 * frontier.h - who is beaten by nobody in cost and utilization together.
 *
 * One allocator beats another if it is at least as good in both and better in
 * one. Those that nobody beats are the frontier (Pareto's): to choose another
 * is to pay for nothing.
 */
#ifndef GRADER_FIGURES_FRONTIER_H
#define GRADER_FIGURES_FRONTIER_H

#include <stdbool.h>
#include <stddef.h>

/* What one allocator reached. */
struct point {
    double cost;        /* counted, an operation; less is better */
    double utilization; /* 0 to 1; more is better */
    bool known;         /* are both figures there? */
    bool on;            /* out: is it on the frontier? */
};

/*
 * Sets on for each of the count points that no other beats; a point that is
 * not known beats nobody and is not on. Returns how many are on. Cost: the
 * square of count.
 */
size_t frontier_mark(struct point *points, size_t count);

#endif
