/*
 * explain.c - tells a person what went wrong in a replay.
 *
 * A log tells that a payload is damaged only when the block is looked at
 * again. Replays are exact, so the operation that did it is found by another
 * one which looks at that block after every operation. A third one, which
 * stops where it went wrong, shows the heap's own picture of itself.
 */
#include "grader/explain.h"

#include "grader/draw.h"
#include "grader/spawn.h"
#include "grader/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* CPU time for a whole judged replay, in seconds. */
#define TOTAL_SECONDS 60

/* Runs the subject on the trace once, as job says. */
static struct outcome *run_again(const struct hearing *hearing,
                                 const struct job *job)
{
    struct start start = {.runner = hearing->subject->runner,
                          .call_seconds = hearing->call_seconds,
                          .total_seconds = TOTAL_SECONDS};

    return run_job(&start, job, hearing->trace->ops);
}

bool hear(struct hearing *hearing, const struct subject *subject,
          const struct trace *trace, const char *trace_path,
          uint64_t check_every, char *error, size_t size)
{
    struct job job = job_for(JOB_JUDGED, subject->name, trace);

    *hearing = (struct hearing){.subject = subject,
                                .trace = trace,
                                .trace_path = trace_path,
                                .call_seconds = 1.0};
    job.check_every = check_every;
    hearing->outcome = run_again(hearing, &job);
    hearing->model = model_open(trace);
    if (hearing->outcome == NULL || hearing->model == NULL) {
        snprintf(error, size, "there is no memory for a replay of %s",
                 trace_path);
        hearing_close(hearing);
        return false;
    }
    hearing->verdict = judge(trace, hearing->outcome, hearing->model);
    if (hearing->verdict.wrong == WRONG_KIT) {
        const char *why = hearing->outcome->log->message[0] != '\0'
                              ? hearing->outcome->log->message
                              : hearing->outcome->output;
        snprintf(error, size, "%s: the runner gave no verdict: %s",
                 trace_path, why);
        hearing_close(hearing);
        return false;
    }
    return true;
}

void hearing_close(struct hearing *hearing)
{
    outcome_free(hearing->outcome);
    model_close(hearing->model);
    *hearing = (struct hearing){0};
}

/* --- the operation that did it ------------------------------------------------ */

/* Returns the operation that overwrote the damaged block, or NO_OP. */
static uint64_t find_culprit(const struct hearing *hearing)
{
    const struct verdict *verdict = &hearing->verdict;
    struct job job =
        job_for(JOB_JUDGED, hearing->subject->name, hearing->trace);
    struct outcome *again;
    uint64_t culprit = NO_OP;

    if (verdict->wrong != WRONG_DAMAGED || verdict->other == NO_OP)
        return NO_OP;
    job.watch = verdict->other;
    again = run_again(hearing, &job);
    if (again != NULL)
        culprit = again->log->watch_op;
    outcome_free(again);
    return culprit;
}

/* The address of the code that a message should point at; 0: not known. */
static uint64_t code_at_fault(const struct hearing *hearing, uint64_t op)
{
    static const enum call calls[] = {
        [OP_MALLOC] = CALL_MALLOC,   [OP_CALLOC] = CALL_CALLOC,
        [OP_ALIGNED] = CALL_ALIGNED, [OP_REALLOC] = CALL_REALLOC,
        [OP_FREE] = CALL_FREE,       [OP_TRIM] = CALL_FREE,
    };
    const struct log *log = hearing->outcome->log;
    enum wrong wrong = hearing->verdict.wrong;

    if ((wrong == WRONG_CRASH || wrong == WRONG_LOOP) && log->pc != 0)
        return log->pc;
    if (op == NO_OP)
        return 0;
    return log->function[calls[hearing->trace->ops[op].kind]];
}

/* Returns file as the user calls it. */
static const char *name_of_file(const struct subject *subject,
                                const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *last = slash != NULL ? slash + 1 : file;

    if (subject->compiled_as[0] != '\0' &&
        strcmp(last, subject->compiled_as) == 0)
        return subject->file;
    return strncmp(file, "./", 2) == 0 ? file + 2 : file;
}

static unsigned trace_line(const struct trace *trace, uint64_t op)
{
    return trace->lines != NULL && op != NO_OP ? trace->lines[op] : 1;
}

/* Prints "file:line:1: error: ". */
static void print_place(FILE *out, const struct hearing *hearing, uint64_t op)
{
    const struct log *log = hearing->outcome->log;
    uint64_t code = code_at_fault(hearing, op);
    struct line line;
    bool known = line_of(hearing->subject->runner, code, &line) == 0;

    if (!known && code == log->pc && op != NO_OP) /* crashed inside libc */
        known = line_of(hearing->subject->runner,
                        log->function[hearing->trace->ops[op].kind == OP_FREE
                                          ? CALL_FREE
                                          : CALL_MALLOC],
                        &line) == 0;
    if (known)
        fprintf(out,
                "%s:%u:1: error: ", name_of_file(hearing->subject, line.file),
                line.number);
    else
        fprintf(out, "%s:%u:1: error: ", hearing->trace_path,
                trace_line(hearing->trace, op));
}

/* --- the picture ------------------------------------------------------------ */

/* Replays up to count operations for the picture; NULL if it fails again. */
static struct outcome *picture_after(const struct hearing *hearing,
                                     uint64_t count)
{
    struct job job =
        job_for(JOB_JUDGED, hearing->subject->name, hearing->trace);
    struct outcome *again;

    job.stop_at = count;
    job.picture = 1;
    again = run_again(hearing, &job);
    if (again != NULL && again->log->walk_count == 0) {
        outcome_free(again);
        return NULL;
    }
    return again;
}

/* Forgets what the model learned after operation op: its frees. */
static struct model *model_after(const struct hearing *hearing,
                                 uint64_t count)
{
    struct model *model = model_open(hearing->trace);
    bool out_of_memory;

    for (uint64_t i = 0; model != NULL && i < count; i++) {
        const struct op *op = &hearing->trace->ops[i];
        uint64_t pointer = hearing->outcome->records[i].pointer;
        if (op->kind == OP_FREE || op->kind == OP_REALLOC)
            model_free(model, op->id, i);
        if (op_has_size(op->kind) && pointer != 0 && pointer % 16 == 0)
            model_allocate(model, i, pointer, &out_of_memory);
    }
    return model;
}

/* Fills in the bytes that a scene marks, and the words beside. */
static void mark_bytes(const struct hearing *hearing, struct scene *scene,
                       char *words, size_t size)
{
    const struct verdict *verdict = &hearing->verdict;
    const struct trace *trace = hearing->trace;
    uint64_t pointer = hearing->outcome->records[verdict->op].pointer;
    uint64_t start, end, old_end;

    switch (verdict->wrong) {
    case WRONG_OVERLAP:
        start = model_block(scene->model, verdict->other)->start;
        old_end = start + trace->ops[verdict->other].size;
        end = pointer + trace->ops[verdict->op].size;
        scene->from = start > pointer ? start : pointer;
        scene->to = end < old_end ? end : old_end;
        if (scene->to <= scene->from)
            scene->to = scene->from + 1;
        snprintf(words, size, "p%" PRIu32 " and p%" PRIu32 " both own this",
                 trace->ops[verdict->op].id, trace->ops[verdict->other].id);
        break;
    case WRONG_DAMAGED:
        start = model_block(scene->model, verdict->other)->start;
        scene->from = start + verdict->at;
        scene->to = scene->from + verdict->count;
        snprintf(words, size, "p%" PRIu32 "'s bytes were overwritten",
                 trace->ops[verdict->other].id);
        break;
    case WRONG_LOST:
    case WRONG_DIRTY:
        scene->from = pointer + verdict->at;
        scene->to = scene->from + verdict->count;
        snprintf(words, size,
                 verdict->wrong == WRONG_LOST ? "not what was here before"
                                              : "not zero");
        break;
    default:
        return;
    }
    scene->mark = words;
}

/* Draws the heap at the moment that operation op went wrong. */
static void draw_fault(FILE *out, const struct hearing *hearing, uint64_t op)
{
    const struct verdict *verdict = &hearing->verdict;
    bool returned = hearing->outcome->records[op].flags & RECORD_RETURNED;
    uint64_t count = returned && verdict->wrong != WRONG_LOOP ? op + 1 : op;
    struct outcome *picture = picture_after(hearing, count);
    struct model *model = model_after(hearing, count);
    char words[80];
    struct scene scene = {
        .trace = hearing->trace,
        .model = model,
        .picture = picture != NULL ? picture->log : NULL,
        .base = hearing->outcome->log->source_base,
        .focus = NO_OP,
        .other = verdict->other,
    };

    if (op_has_size(hearing->trace->ops[op].kind) && returned &&
        hearing->outcome->records[op].pointer != 0) {
        scene.focus = op;
        scene.focus_start = hearing->outcome->records[op].pointer;
    } else if (verdict->other == NO_OP) {
        scene.other = model_owner(model, hearing->trace->ops[op].id);
    }
    if (verdict->wrong == WRONG_LOST)
        scene.other = NO_OP; /* it is gone, or where the focus is */
    if (model != NULL && (scene.focus != NO_OP || scene.other != NO_OP)) {
        mark_bytes(hearing, &scene, words, sizeof(words));
        draw(out, &scene);
    }
    model_close(model);
    outcome_free(picture);
}

/* --- the whole message -------------------------------------------------------- */

/* Is there anything to draw for a verdict of this kind? */
static bool can_draw(const struct hearing *hearing, uint64_t op)
{
    enum wrong wrong = hearing->verdict.wrong;

    return op != NO_OP && hearing->outcome->log->source_base != 0 &&
           wrong != WRONG_OUTSIDE && wrong != WRONG_MEMORY &&
           wrong != WRONG_KIT;
}

/* Prints what the allocator wrote, apart from our own words. */
static void print_output(FILE *out, const struct outcome *outcome)
{
    const char *at = outcome->output;
    int lines = 0;

    if (outcome->output_size == 0)
        return;
    fprintf(out, "\n  what it printed (%zu bytes):\n",
            outcome->output_size + outcome->output_lost);
    for (; *at != '\0' && lines < 5; lines++) {
        int length = (int)strcspn(at, "\n");
        fprintf(out, "    | %.*s\n", length > 72 ? 72 : length, at);
        at += length + (at[length] == '\n');
    }
    if (*at != '\0' || outcome->output_lost > 0)
        fprintf(out, "    | ...\n");
}

static void print_next(FILE *out, const struct hearing *hearing, uint64_t op)
{
    const struct subject *subject = hearing->subject;

    fprintf(out, "\n  next:  build/heaplab replay ");
    if (subject->file[0] != '\0')
        fprintf(out, "--file %s ", subject->file);
    fprintf(out, "%s %s", subject->name, hearing->trace_path);
    if (op != NO_OP && op > 0)
        fprintf(out, " --at %" PRIu64, op);
    fputc('\n', out);
}

void explain(FILE *out, const struct hearing *hearing)
{
    const struct verdict *verdict = &hearing->verdict;
    const struct trace *trace = hearing->trace;
    uint64_t culprit = find_culprit(hearing);
    uint64_t op = culprit != NO_OP ? culprit : verdict->op;

    if (verdict->wrong == WRONG_NOTHING)
        return;
    print_place(out, hearing, op);
    print_verdict(out, trace, hearing->outcome, verdict, hearing->model, op);
    fprintf(out, "\n  trace %s", hearing->trace_path);
    if (op != NO_OP) {
        if (trace->lines != NULL)
            fprintf(out, ":%" PRIu32, trace->lines[op]);
        fprintf(out, ", op %" PRIu64 " of %zu: ", op + 1, trace->op_count);
        print_statement(out, &trace->ops[op]);
    }
    fputc('\n', out);
    if (can_draw(hearing, op))
        draw_fault(out, hearing, op);
    if (verdict->wrong != WRONG_ABORT || hearing->outcome->output_lost > 0)
        print_output(out, hearing->outcome);
    print_next(out, hearing, op);
}

void show(FILE *out, const struct hearing *hearing, uint64_t count)
{
    struct outcome *picture = picture_after(hearing, count);
    struct model *model = model_after(hearing, count);
    const struct op *op = &hearing->trace->ops[count - 1];
    struct scene scene = {
        .trace = hearing->trace,
        .model = model,
        .picture = picture != NULL ? picture->log : NULL,
        .base = hearing->outcome->log->source_base,
        .focus = NO_OP,
        .other = NO_OP,
    };

    fprintf(out, "%s, after op %" PRIu64 " of %zu: ", hearing->trace_path,
            count, hearing->trace->op_count);
    print_statement(out, op);
    fputc('\n', out);
    if (op_has_size(op->kind)) {
        scene.focus = count - 1;
        scene.focus_start = hearing->outcome->records[count - 1].pointer;
    } else if (picture != NULL) {
        scene.focus_start = scene.base;
    }
    if (model != NULL && hearing->outcome->log->source_base != 0)
        draw(out, &scene);
    model_close(model);
    outcome_free(picture);
}
