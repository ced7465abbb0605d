/*
 * run.h - runs one job in a runner, and takes in what comes of it.
 */
#ifndef GRADER_RUN_H
#define GRADER_RUN_H

#include "grader/runner/job.h"
#include "grader/walls.h"

#include <stdbool.h>

/* How a runner ended. */
enum ending {
    ENDED_DONE,   /* it did all that the job asked */
    ENDED_EXIT,   /* it exited before it was done: status is the exit code */
    ENDED_SIGNAL, /* a signal killed it: status is its number */
    ENDED_LOOP,   /* one call took more CPU time than it may */
    ENDED_STUCK,  /* one call took too long without using the CPU */
    ENDED_TIME,   /* the whole took more CPU time than it may */
    ENDED_FAILED, /* the kit's own trouble: message in output */
};

/* What to start, and how long it may take. */
struct start {
    const char *runner;        /* path of the executable */
    const char *const *prefix; /* words to put before it, ended by NULL; or
                                  NULL: callgrind and its options */
    const char *directory;     /* to be in, and for what it writes; NULL: the
                                  root */
    double call_seconds;       /* CPU time for a single call */
    double stuck_seconds;      /* time for a single call that uses no CPU; 0:
                                  10 seconds. Behind walls, also what all may
                                  sleep beyond the CPU time; 0: 20 seconds */
    double total_seconds;      /* CPU time for everything */

    /* For what is not trusted. */
    bool served; /* the runner is a served one (runner/mailbox.h): judged jobs
                    are replayed on this side */
    const struct walls *walls; /* NULL: there are none */
};

/* The most output of a runner that is kept. */
#define OUTPUT_MAX ((size_t)16384)

struct outcome {
    enum ending ending;
    int status;
    bool threaded;   /* of a job in threads: nothing but the records tells the
                        order of what happened */
    struct log *log; /* as the runner left it */
    const struct record *records;
    size_t map_size;
    double cpu_seconds; /* that its process used, as the kernel counts */
    char output[OUTPUT_MAX + 1]; /* standard output and error together */
    size_t output_size;          /* bytes kept: the first and the last ones */
    size_t output_lost;  /* bytes between them; behind OUTPUT_MAX / 2 */
    double work_seconds; /* that it cost: its CPU time; for a served runner,
                            that of the judge too, and what it slept */
};

/*
 * Runs job, whose op_count operations are at ops, and waits for its end. The
 * runner gets an empty environment, no input, no descriptors but the job and
 * the log, no core dumps, and a process group of its own, which is killed at
 * the end. Returns the outcome, to be freed by outcome_free(). Returns NULL,
 * with errno set, if the job could not even be prepared.
 */
struct outcome *run_job(const struct start *start, const struct job *job,
                        const struct op *ops);

/*
 * Makes the two files that run_job() gives a runner, for one that is started
 * in another way: a memory file with the job and its operations; and one for
 * an empty log, which is mapped into a new outcome. Each returns its
 * descriptor, closed on exec, or -1 with errno set.
 */
int job_file(const struct job *job, const struct op *ops);
int log_file(const struct job *job, struct outcome **outcome);

/* Frees outcome and its log. NULL does nothing. */
void outcome_free(struct outcome *outcome);

/*
 * Returns a job for a trace of op_count operations on id_count identifiers,
 * with nothing unusual asked. allocator is cut to what a job holds.
 */
struct job job_for(enum job_mode mode, const char *allocator,
                   const struct trace *trace);

#endif
