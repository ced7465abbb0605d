/*
 * accept.h - which variants of a trace are as good as the trace: those on
 * which the kit's own allocator does as well.
 */
#ifndef GRADER_LAB_ACCEPT_H
#define GRADER_LAB_ACCEPT_H

#include "grader/cell.h"
#include "grader/lab/secret.h"

/* By how much the reference's figures may differ from those on the trace. */
#define ACCEPT_UTILIZATION 0.03
#define ACCEPT_COST        0.10

/*
 * May a trace be varied? Only if it is large enough to be scored (tally.h):
 * a small one is made by hand, to the byte, to show one thing. And not if a
 * step breaks the heap that it leaves.
 */
bool may_vary(const struct rubric *rubric, const char *name,
              const struct trace *trace);

/* Are the figures on a variant as good as those on the trace, to within
   ACCEPT_UTILIZATION and ACCEPT_COST of them, up or down? */
bool reach_agrees(const struct reach *shipped, const struct reach *variant);

/*
 * Finds SECRET_VARIANTS variants for each of the secret's traces that may
 * vary. shipped are those traces, in the same order. A variant is accepted if
 * its live peak agrees with the trace's, and if the kit's own allocator is
 * right on it, has the properties that steps ask for and reaches the same
 * figures. When two in a row are refused for another reason than the peak,
 * the window is halved from there on.
 *
 * Returns false, with a line in error, if the reference is not right on the
 * traces as they are shipped, or if there are variants with which it would
 * lose marks.
 */
bool accept_variants(struct secret *secret, const struct workload *shipped,
                     const struct rubric *rubric, char *error, size_t size);

#endif
