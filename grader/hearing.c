/*
 * hearing.c - a judged replay, and others of the same to find out more.
 *
 * A log tells that a payload is damaged only when the block is looked at
 * again. Replays are exact, so the operation that did it is found by another
 * one which looks at that block after every operation.
 */
#include "grader/hearing.h"

#include "grader/property.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Chance decides what goes wrong in threads: so often is it tried, and no more
   once so many seconds have passed. */
#define THREADED_MOST    8
#define THREADED_SECONDS 0.3

/* CPU time for a whole judged replay, in seconds. */
#define TOTAL_SECONDS 60

/* For all judged replays of a submission in a class together, sleep too, and
   what is left for each of them when that is used up. */
#define SUBMISSION_SECONDS 300.0
#define LEFT_SECONDS       2.0

/* Returns the seconds that the subject's replays may still take. */
static double seconds_left(const struct subject *subject)
{
    double left = SUBMISSION_SECONDS;

    if (subject->spent != NULL)
        left -= (double)atomic_load(subject->spent) * 1e-9;
    return left > LEFT_SECONDS ? left : LEFT_SECONDS;
}

struct outcome *hear_again(const struct hearing *hearing,
                           const struct job *job)
{
    const struct subject *subject = hearing->subject;
    double left = seconds_left(subject);
    struct start start = subject_start(
        subject, (enum job_mode)job->mode, hearing->call_seconds,
        left < TOTAL_SECONDS ? left : TOTAL_SECONDS);
    struct outcome *outcome;

    if (left <= LEFT_SECONDS)
        start.stuck_seconds = LEFT_SECONDS;
    outcome = run_job(&start, job, hearing->trace->ops);
    if (outcome != NULL && subject->spent != NULL)
        atomic_fetch_add(subject->spent,
                         (uint64_t)(outcome->work_seconds * 1e9));
    return outcome;
}

/* Was it ended because of a call that took too long? */
static bool is_late(const struct outcome *outcome)
{
    return outcome != NULL &&
           (outcome->ending == ENDED_LOOP || outcome->ending == ENDED_STUCK);
}

struct outcome *hear_patiently(const struct hearing *hearing,
                               const struct job *job)
{
    struct outcome *outcome = hear_again(hearing, job);
    struct outcome *second;

    if (hearing->in_threads || !is_late(outcome))
        return outcome;
    second = hear_again(hearing, job);
    if (second == NULL)
        return outcome;
    outcome_free(outcome);
    return second;
}

/* Is there a verdict? Otherwise puts into error why not. */
static bool has_verdict(const struct hearing *hearing, char *error,
                        size_t size)
{
    const char *why = "its log contradicts itself; was it overwritten?";

    if (hearing->outcome == NULL || hearing->model == NULL) {
        snprintf(error, size, "there is no memory for a replay of %s",
                 hearing->trace_path);
        return false;
    }
    if (hearing->verdict.wrong != WRONG_KIT)
        return true;
    if (hearing->outcome->log->message[0] != '\0')
        why = hearing->outcome->log->message;
    else if (hearing->outcome->ending == ENDED_FAILED)
        why = hearing->outcome->output;
    snprintf(error, size, "%s: the runner gave no verdict: %.*s",
             hearing->trace_path, (int)strcspn(why, "\n"), why);
    return false;
}

/* Replays and judges once; of the hearing, subject and trace are set. */
static bool hear_once(struct hearing *hearing, enum job_mode mode,
                      uint64_t check_every, char *error, size_t size)
{
    struct job job = job_for(mode, hearing->subject->name, hearing->trace);

    job.check_every = check_every;
    hearing->in_threads = mode == JOB_THREADED;
    hearing->outcome = hear_patiently(hearing, &job);
    hearing->model = model_open(hearing->trace);
    if (hearing->outcome != NULL && hearing->model != NULL)
        hearing->verdict =
            judge(hearing->trace, hearing->outcome, hearing->model);
    if (has_verdict(hearing, error, size))
        return true;
    hearing_close(hearing);
    return false;
}

bool hear_in_order(struct hearing *hearing, const struct subject *subject,
                   const struct trace *trace, const char *trace_path,
                   uint64_t check_every, char *error, size_t size)
{
    *hearing = (struct hearing){.subject = subject,
                                .trace = trace,
                                .trace_path = trace_path,
                                .call_seconds = 1.0};
    return hear_once(hearing, JOB_JUDGED, check_every, error, size);
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

bool hear(struct hearing *hearing, const struct subject *subject,
          const struct trace *trace, const char *trace_path,
          uint64_t check_every, char *error, size_t size)
{
    double end;

    if (!hear_in_order(hearing, subject, trace, trace_path, check_every,
                       error, size))
        return false;
    if (trace->threads <= 1 || subject->served[0] != '\0' ||
        hearing->verdict.wrong != WRONG_NOTHING)
        return true;
    end = seconds_now() + THREADED_SECONDS;
    for (int i = 0; hearing->verdict.wrong == WRONG_NOTHING &&
                    i < THREADED_MOST && (i == 0 || seconds_now() < end);
         i++) {
        outcome_free(hearing->outcome);
        model_close(hearing->model);
        if (!hear_once(hearing, JOB_THREADED, check_every, error, size))
            return false;
    }
    return true;
}

void hear_properties(struct hearing *hearing, unsigned properties)
{
    hearing->properties = properties;
    if (hearing->verdict.wrong == WRONG_NOTHING && properties != 0 &&
        !hearing->in_threads)
        property_judge(properties, hearing->trace, hearing->outcome,
                       &hearing->verdict);
}

void hearing_close(struct hearing *hearing)
{
    outcome_free(hearing->outcome);
    model_close(hearing->model);
    *hearing = (struct hearing){0};
}

bool is_harm(const struct verdict *verdict)
{
    return verdict->other != NO_OP && (verdict->wrong == WRONG_DAMAGED ||
                                       verdict->wrong == WRONG_UNUSABLE);
}

uint64_t hear_culprit(const struct hearing *hearing)
{
    struct job job =
        job_for(JOB_JUDGED, hearing->subject->name, hearing->trace);
    uint64_t culprit = NO_OP;
    const struct log *log;
    struct outcome *again;

    if (!is_harm(&hearing->verdict) || hearing->in_threads)
        return NO_OP;
    job.watch = hearing->verdict.other;
    again = hear_again(hearing, &job);
    if (again == NULL)
        return NO_OP;
    log = again->log;
    culprit = log->watch_op;
    if (hearing->verdict.wrong == WRONG_UNUSABLE && /* the look crashed */
        again->ending == ENDED_SIGNAL && atomic_load(&log->started) > 0 &&
        atomic_load(&log->phase) == PHASE_LOOK)
        culprit = atomic_load(&log->started) - 1;
    outcome_free(again);
    return culprit < hearing->trace->op_count ? culprit : NO_OP;
}

struct model *hear_model(const struct hearing *hearing, uint64_t count)
{
    struct model *model = model_open(hearing->trace);
    bool out_of_memory;

    for (uint64_t i = 0; model != NULL && i < count; i++) {
        const struct op *op = &hearing->trace->ops[i];
        uint64_t pointer = hearing->outcome->records[i].pointer;
        bool good = pointer != 0 && pointer % 16 == 0;
        if (op->kind == OP_FREE || (op->kind == OP_REALLOC && good))
            model_free(model, op->id, i);
        if (op_has_size(op->kind) && good)
            model_allocate(model, i, pointer, &out_of_memory);
    }
    return model;
}
