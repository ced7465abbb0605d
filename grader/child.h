/*
 * child.h - a runner at work: started, watched, ended.
 */
#ifndef GRADER_CHILD_H
#define GRADER_CHILD_H

#include "grader/run.h"

#include <sys/types.h>

struct child {
    pid_t pid;
    int pipe;   /* read end of its output */
    int output; /* the same; -1 once there will be no more */
    int end;    /* readable once it has ended; -1 if the kernel has none */
    struct outcome *outcome; /* takes in what it prints */
    const struct start *start;
    pid_t ask; /* the thread that is asked to note where it is, when the
                  runner is ended; 0: any */

    /* The call it was in when last looked at, and since when. */
    uint64_t phase;   /* one of enum phase */
    uint64_t started; /* operations begun */
    double cpu_then;  /* seconds of its CPU time */
    double wall_then; /* seconds */

    int memory;     /* tells of its memory (footprint.h), if it is not
                       trusted; or -1 */
    double began;   /* when it was started, in seconds */
    double own_cpu; /* CPU time of this process then, in seconds */
    double looked;  /* when it was looked at last */
    double mark;    /* when child_await() was called last */
    double awaited; /* seconds that it was waited for: served ones only */
};

/* Milliseconds between two looks at a runner. */
#define LOOK_MS 20

/*
 * Starts the runner that start tells of, with an empty environment, no input,
 * a process group of its own, and the count descriptors from number 3 on; its
 * output goes into outcome. Returns false, with errno set, if there is no
 * process for it.
 */
bool child_start(struct child *child, const struct start *start,
                 struct outcome *outcome, const int *descriptors,
                 size_t count);

/* Sleeps until there is output, the runner ends, or LOOK_MS have passed. */
void child_nap(struct child *child);

/* Takes in what the runner has printed, without waiting. */
void child_listen(struct child *child);

/*
 * Notes that a served runner is waited for from now on; or, if begins is
 * false, that it has been, since this was called last. Short waits do not
 * count. Returns whether it is time to look whether it is overdue.
 */
bool child_await(struct child *child, bool begins);

/*
 * Has the runner ended by itself? It is not reaped before child_end(), so
 * that its number stays its own.
 */
bool child_has_ended(const struct child *child);

/*
 * Returns how the runner must be ended now, or ENDED_DONE to let it go on.
 * step_by_step: does the log tell the call that it is in? One that is not
 * trusted is killed here if it has taken more memory or disk than it may; and
 * it must not sleep for longer than it works, but for some seconds.
 */
enum ending child_overdue(struct child *child, bool step_by_step);

/*
 * Ends the runner and its whole group, and puts into the outcome how it ended:
 * as ending says, or by itself if that is ENDED_DONE. A runner that is ended
 * is first asked to note where it is (runner/guard.c).
 */
void child_end(struct child *child, enum ending ending);

#endif
