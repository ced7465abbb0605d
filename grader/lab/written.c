/*
 * written.c - whether a check() is written yet.
 */
#include "grader/lab/written.h"

bool check_is_written(const struct subject *subject,
                      const struct workload *workload)
{
    struct start start = subject_start(subject, JOB_JUDGED, 1, 5);
    struct job job = job_for(JOB_JUDGED, subject->name, workload->trace);
    struct outcome *outcome;
    bool written = true;

    job.stop_at = 1;
    job.check_every = 1;
    outcome = run_job(&start, &job, workload->trace->ops);
    if (outcome != NULL && outcome->log->fault_op == 0)
        written = outcome->log->fault_rule[0] != '\0';
    outcome_free(outcome);
    return written;
}
