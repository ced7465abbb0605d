/*
 * written.h - whether a check() is written yet.
 */
#ifndef GRADER_LAB_WRITTEN_H
#define GRADER_LAB_WRITTEN_H

#include "grader/cell.h"

/*
 * Returns false if the subject's check() says no of a heap after the first
 * operation of a trace and names no rule: that is what the stub of one does,
 * and judging by it would hide all else. Costs a replay of one operation.
 */
bool check_is_written(const struct subject *subject,
                      const struct workload *workload);

#endif
