/*
 * annotate.h - a judged replay that tells a memory checker who owns what.
 */
#ifndef GRADER_RUNNER_ANNOTATE_H
#define GRADER_RUNNER_ANNOTATE_H

#include "allocators/annotate.h"
#include "grader/runner/replay.h"
#include "grader/runner/runner.h"

#if ANNOTATED
/*
 * Returns a target that does what target does, and lets the allocator touch
 * no live block but the one it is given: see annotate.c. Returns target itself
 * if the job does not ask for that, or this build knows no checker. Maps a
 * table; there can be one such target in a process.
 */
const struct target *annotate(struct runner *runner,
                              const struct target *target);
#else
static inline const struct target *annotate(struct runner *runner,
                                            const struct target *target)
{
    (void)runner;
    return target;
}
#endif

#endif
