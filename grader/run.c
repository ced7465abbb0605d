/*
 * run.c - runs one job in a runner, and takes in what comes of it.
 *
 * A job goes to the runner in a memory file, and another one takes in the log;
 * a job on an allocator that is not trusted is replayed on this side, through
 * a mailbox (mailbox.c).
 */
#include "grader/run.h"

#include "allocators/source.h"
#include "grader/child.h"
#include "grader/mailbox.h"
#include "grader/overdue.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct job job_for(enum job_mode mode, const char *allocator,
                   const struct trace *trace)
{
    struct job job = {
        .magic = JOB_MAGIC,
        .mode = mode,
        .source_kind = SOURCE_PAGES,
        .op_count = trace->op_count,
        .id_count = trace->id_count,
        .source_limit = (uint64_t)4 << 30,
        .stop_at = trace->op_count,
        .watch = NO_OP,
        .rounds_least = 3,
        .budget_ns = 500000000,
    };

    snprintf(job.allocator, sizeof(job.allocator), "%s", allocator);
    return job;
}

void outcome_free(struct outcome *outcome)
{
    if (outcome == NULL)
        return;
    munmap(outcome->log, outcome->map_size);
    free(outcome);
}

int job_file(const struct job *job, const struct op *ops)
{
    int file = memfd_create("job", MFD_CLOEXEC);
    size_t size = job_size(job->op_count);
    struct job *map;

    if (file < 0)
        return -1;
    if (ftruncate(file, (off_t)size) == 0) {
        map = mmap(NULL, size, PROT_WRITE, MAP_SHARED, file, 0);
        if (map != MAP_FAILED) {
            *map = *job;
            memcpy(map + 1, ops, size - sizeof(*job));
            munmap(map, size);
            return file;
        }
    }
    close(file);
    return -1;
}

int log_file(const struct job *job, struct outcome **outcome)
{
    int file = memfd_create("log", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    size_t size = log_size(job->op_count);
    struct log *log;

    if (file < 0)
        return -1;
    *outcome = calloc(1, sizeof(**outcome));
    /* Sealed: this side would crash on a log that was cut. */
    if (*outcome != NULL && ftruncate(file, (off_t)size) == 0 &&
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ==
            0) {
        log = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (log != MAP_FAILED) {
            log->fault_op = NO_OP;
            log->watch_op = NO_OP;
            log->final_op = NO_OP;
            (*outcome)->log = log;
            (*outcome)->records = log_records(log);
            (*outcome)->map_size = size;
            return file;
        }
    }
    free(*outcome);
    *outcome = NULL;
    close(file);
    return -1;
}

/* Runs the job in the runner itself. Returns false if it cannot be started. */
static bool run_direct(const struct start *start, int job, int log,
                       struct outcome *outcome, bool judged)
{
    const int descriptors[] = {job, log};
    enum ending ending = ENDED_DONE;
    struct child child;

    if (!child_start(&child, start, outcome, descriptors, 2))
        return false;
    while (ending == ENDED_DONE) {
        child_nap(&child);
        if (child_has_ended(&child))
            break;
        ending = child_overdue(&child, judged);
    }
    child_end(&child, ending);
    return true;
}

/* Notes which thread is to be asked where it is. */
static void ask_thread(struct child *child, const struct job *job,
                       size_t thread)
{
    const struct log_thread *told =
        log_threads(child->outcome->log, job->op_count);

    if (thread < TRACE_THREADS_MAX)
        child->ask = (pid_t)atomic_load(&told[thread].tid);
}

/* As run_direct(), for a job in threads. */
static bool run_in_threads(const struct start *start, const struct job *job,
                           const int descriptors[2], struct outcome *outcome)
{
    enum ending ending = ENDED_DONE;
    struct overdue overdue = {0};
    struct child child;
    size_t thread = TRACE_THREADS_MAX;

    outcome->threaded = true;
    if (!child_start(&child, start, outcome, descriptors, 2))
        return false;
    while (ending == ENDED_DONE) {
        bool threads;
        child_nap(&child);
        if (child_has_ended(&child))
            break;
        threads = atomic_load(&outcome->log->phase) == PHASE_THREADS;
        ending = child_overdue(&child, !threads);
        thread = TRACE_THREADS_MAX;
        if (ending == ENDED_DONE && threads)
            ending =
                threads_overdue(&overdue, &child, job->op_count, &thread);
    }
    ask_thread(&child, job,
               ending != ENDED_DONE ? thread : TRACE_THREADS_MAX);
    child_end(&child, ending);
    threads_settle(outcome, job->op_count,
                   ending != ENDED_DONE ? thread : TRACE_THREADS_MAX);
    return true;
}

struct outcome *run_job(const struct start *start, const struct job *job,
                        const struct op *ops)
{
    bool judged = job->mode == JOB_JUDGED;
    struct outcome *outcome = NULL;
    int answered = log_file(job, &outcome);
    int asked = -1;
    bool done = false;

    if (answered >= 0 && judged && start->served) {
        done = run_served(start, job, ops, outcome);
    } else if (answered >= 0) {
        asked = job_file(job, ops);
        if (asked >= 0 && job->mode == JOB_THREADED)
            done =
                run_in_threads(start, job, (int[]){asked, answered}, outcome);
        else if (asked >= 0)
            done = run_direct(start, asked, answered, outcome, judged);
    }
    if (!done) {
        outcome_free(outcome);
        outcome = NULL;
    }
    if (asked >= 0)
        close(asked);
    if (answered >= 0)
        close(answered);
    return outcome;
}
