/*
 * frontier.c - who is beaten by nobody in cost and utilization together.
 */
#include "grader/figures/frontier.h"

static bool beats(const struct point *one, const struct point *other)
{
    return one->known && one->cost <= other->cost &&
           one->utilization >= other->utilization &&
           (one->cost < other->cost || one->utilization > other->utilization);
}

size_t frontier_mark(struct point *points, size_t count)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        points[i].on = points[i].known;
        for (size_t j = 0; j < count && points[i].on; j++)
            points[i].on = !beats(&points[j], &points[i]);
        found += points[i].on;
    }
    return found;
}
