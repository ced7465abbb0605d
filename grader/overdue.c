/*
 * overdue.c - which thread of a threaded replay takes too long.
 */
#include "grader/overdue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Seconds of a call that uses no CPU, if none are said; and what counts as
   none. */
#define STUCK_SECONDS 10
#define IDLE_SECONDS  0.1

/* Is a phase one in which the allocator's code runs? */
static bool is_call(uint64_t phase)
{
    return phase == PHASE_CALL || phase == PHASE_CHECK;
}

static double wall_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* CPU time of a thread of another process; 0 if it is not to be had. */
static double thread_seconds(pid_t pid, uint64_t tid)
{
    char path[80];
    char text[80];
    double nanoseconds = 0;
    FILE *in;

    snprintf(path, sizeof(path), "/proc/%d/task/%" PRIu64 "/schedstat",
             (int)pid, tid);
    in = fopen(path, "re");
    if (in == NULL)
        return 0;
    if (fgets(text, sizeof(text), in) != NULL)
        nanoseconds = strtod(text, NULL);
    fclose(in);
    return nanoseconds * 1e-9;
}

/* Looks at one thread; returns whether it has been in this call before. */
static bool look_again(struct watched *watched, const struct log_thread *told,
                       double wall)
{
    uint64_t phase = atomic_load(&told->phase);
    uint64_t started = atomic_load(&told->started);

    if (phase == watched->phase && started == watched->started &&
        is_call(phase))
        return true;
    *watched = (struct watched){.phase = phase,
                                .started = started,
                                .cpu_then = -1,
                                .wall_then = wall};
    return false;
}

/* What a look at all threads tells. */
struct survey {
    size_t oldest;   /* the thread whose call began first; TRACE_THREADS_MAX:
                        none was in the same call before */
    uint64_t called; /* which call that is */
    bool idle;       /* none of them does anything */
};

/* Looks at thread t. Returns whether its call has used up its CPU time. */
static bool survey_thread(struct survey *survey, struct watched *watched,
                          const struct child *child,
                          const struct log_thread *told, size_t t)
{
    uint64_t called = atomic_load(&told->called);
    double cpu;

    if (!look_again(watched, told, wall_seconds())) {
        survey->idle = survey->idle && !is_call(watched->phase) &&
                       watched->phase != PHASE_LOOK;
        return false;
    }
    cpu = thread_seconds(child->pid, atomic_load(&told->tid));
    if (watched->cpu_then < 0)
        watched->cpu_then = cpu;
    cpu -= watched->cpu_then;
    survey->idle = survey->idle && cpu < IDLE_SECONDS;
    if (survey->oldest == TRACE_THREADS_MAX || called < survey->called) {
        survey->oldest = t;
        survey->called = called;
    }
    return cpu > child->start->call_seconds;
}

enum ending threads_overdue(struct overdue *overdue,
                            const struct child *child, uint64_t op_count,
                            size_t *thread)
{
    const struct log_thread *told =
        log_threads(child->outcome->log, op_count);
    double limit = child->start->stuck_seconds > 0
                       ? child->start->stuck_seconds
                       : STUCK_SECONDS;
    struct survey survey = {.oldest = TRACE_THREADS_MAX, .idle = true};

    for (size_t t = 0; t < TRACE_THREADS_MAX; t++) {
        *thread = t;
        if (survey_thread(&survey, &overdue->threads[t], child, &told[t], t))
            return ENDED_LOOP;
    }
    *thread = survey.oldest;
    if (!survey.idle || survey.oldest == TRACE_THREADS_MAX)
        return ENDED_DONE;
    return wall_seconds() - overdue->threads[survey.oldest].wall_then > limit
               ? ENDED_STUCK
               : ENDED_DONE;
}

/* Finds the thread that a runner's end is told of, if none is known. */
static size_t find_thread(const struct log_thread *told)
{
    static const enum phase likely[] = {PHASE_CALL, PHASE_CHECK, PHASE_LOOK,
                                        PHASE_WAIT};
    size_t t;

    for (t = 0; t < TRACE_THREADS_MAX; t++) {
        if (told[t].crash.signal != 0 || told[t].exits != 0)
            return t;
    }
    for (size_t i = 0; i < sizeof(likely) / sizeof(likely[0]); i++) {
        for (t = 0; t < TRACE_THREADS_MAX; t++) {
            if (atomic_load(&told[t].phase) == likely[i] &&
                atomic_load(&told[t].started) > 0)
                return t;
        }
    }
    return TRACE_THREADS_MAX;
}

void threads_settle(struct outcome *outcome, uint64_t op_count, size_t thread)
{
    struct log *log = outcome->log;
    const struct log_thread *told = log_threads(log, op_count);

    if (atomic_load(&log->phase) != PHASE_THREADS)
        return;
    if (thread == TRACE_THREADS_MAX)
        thread = find_thread(told);
    if (thread == TRACE_THREADS_MAX)
        return;
    atomic_store(&log->phase, atomic_load(&told[thread].phase));
    atomic_store(&log->started, atomic_load(&told[thread].started));
    log->crash = told[thread].crash;
}
