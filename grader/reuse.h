/*
 * reuse.h - whether a replay ever used memory again.
 */
#ifndef GRADER_REUSE_H
#define GRADER_REUSE_H

#include "grader/run.h"

/*
 * Returns true if in a judged replay of trace that went well some block got a
 * byte which an earlier block had had, and which was free again. What a
 * resized block keeps of its own bytes is no reuse. Cost: linear in the
 * operations and bytes up to the first reuse. Without memory for it: true.
 */
bool replay_reuses(const struct trace *trace, const struct outcome *outcome);

#endif
