/*
 * overdue.h - which thread of a threaded replay takes too long.
 *
 * A call that waits for a lock is not at fault while another one holds it and
 * computes: what counts is the CPU time of the thread itself. If none of them
 * uses any, they wait for each other, and the call that began first is told.
 * A thread that waits for another one's operation is never at fault.
 */
#ifndef GRADER_OVERDUE_H
#define GRADER_OVERDUE_H

#include "grader/child.h"

/* A thread as it was when last looked at. */
struct watched {
    uint64_t phase;   /* one of enum phase */
    uint64_t started; /* number of its operation begun last */
    double cpu_then;  /* seconds of its CPU time, when that was new */
    double wall_then; /* seconds */
};

struct overdue {
    struct watched threads[TRACE_THREADS_MAX];
};

/*
 * Looks at the threads of a runner whose log's phase is PHASE_THREADS.
 * Returns how it must be ended, or ENDED_DONE to let it go on. *thread is
 * then the number of the one at fault. overdue is all zero at first. Cost: a
 * small file to read for each thread that is in the same call as last time.
 */
enum ending threads_overdue(struct overdue *overdue,
                            const struct child *child, uint64_t op_count,
                            size_t *thread);

/*
 * Once the runner has ended while its threads were at work: puts what the
 * thread at fault was doing into the log, as if that were the whole log's:
 * thread, or if that is TRACE_THREADS_MAX, the one that a signal killed, that
 * called exit(), or that is in a call.
 */
void threads_settle(struct outcome *outcome, uint64_t op_count,
                    size_t thread);

#endif
