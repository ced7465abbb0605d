/*
 * explain.c - tells a person what went wrong in a replay.
 *
 * One more replay, which stops where it went wrong, shows the heap's own
 * picture of itself. What went wrong in threads only is explained from the one
 * log that there is.
 */
#include "grader/show/explain.h"

#include "grader/show/draw.h"
#include "grader/show/locate.h"
#include "grader/show/next.h"
#include "grader/show/words.h"

#include <inttypes.h>
#include <string.h>

/* Columns and lines that are shown of what the allocator wrote. */
#define OUTPUT_COLUMNS 72
#define OUTPUT_LINES   5

/* --- the moment to draw ------------------------------------------------------- */

/*
 * Replays up to count operations for the picture; and one less if the heap
 * cannot show itself then. Returns the last of these replays; or NULL.
 */
static struct outcome *picture_after(const struct hearing *hearing,
                                     uint64_t count)
{
    struct job job =
        job_for(JOB_JUDGED, hearing->subject->name, hearing->trace);
    struct outcome *again = NULL;

    if (hearing->in_threads)
        return NULL; /* it would be another heap */
    job.picture = 1;
    for (uint64_t back = 0; back < 2 && back < count; back++) {
        outcome_free(again);
        job.stop_at = count - back;
        again = hear_again(hearing, &job);
        if (again == NULL || again->log->walk_count > 0)
            break;
    }
    return again;
}

/* Returns the operation that allocated id's block before operation op. */
static uint64_t allocated_before(const struct trace *trace, uint64_t op)
{
    for (uint64_t i = op; i-- > 0;) {
        if (trace->ops[i].id == trace->ops[op].id &&
            op_has_size(trace->ops[i].kind))
            return i;
    }
    return NO_OP;
}

/* Sets the block at the centre of a scene: that which operation op is on. */
static void set_focus(struct scene *scene, const struct hearing *hearing,
                      uint64_t op)
{
    const struct trace *trace = hearing->trace;
    const struct record *records = hearing->outcome->records;
    enum op_kind kind = trace->ops[op].kind;
    bool returned = records[op].flags & RECORD_RETURNED;
    uint64_t old = NO_OP;

    if (kind == OP_FREE || kind == OP_REALLOC)
        old = allocated_before(trace, op);
    scene->focus = old;
    scene->state = kind == OP_FREE && returned ? "freed" : "live";
    if (op_has_size(kind) && returned && records[op].pointer != 0) {
        scene->focus = op;
        scene->state = old == NO_OP ? "new"
                       : records[op].pointer == records[old].pointer
                           ? "resized"
                           : "moved";
    }
    if (scene->focus != NO_OP)
        scene->focus_start = records[scene->focus].pointer;
}

/* A heap at one moment of a replay. */
struct moment {
    struct model *model;     /* who owns what then; or NULL */
    bool own;                /* the model is the moment's own */
    struct outcome *picture; /* a replay that stopped there; or NULL */
    struct scene scene;
};

/* Goes to the moment after count operations, when op is being looked at. */
static void moment_open(struct moment *moment, const struct hearing *hearing,
                        uint64_t count, uint64_t op)
{
    const struct log *log = hearing->outcome->log;
    struct outcome *picture = picture_after(hearing, count);

    /* Of threads there is only the moment at which the judge stopped. */
    moment->own = !hearing->in_threads;
    moment->model = moment->own ? hear_model(hearing, count) : hearing->model;
    moment->picture = picture;
    moment->scene = (struct scene){.trace = hearing->trace,
                                   .model = moment->model,
                                   .base = log->source_base,
                                   .limit = log->source_limit,
                                   .op = op,
                                   .focus = NO_OP,
                                   .other = NO_OP};
    if (picture != NULL && picture->log->walk_count > 0 &&
        picture->log->source_base == log->source_base)
        moment->scene.picture = picture->log;
}

static void moment_close(struct moment *moment)
{
    if (moment->own)
        model_close(moment->model);
    outcome_free(moment->picture);
}

/* --- what is marked ------------------------------------------------------------ */

/* Marks what two blocks own both. */
static void mark_overlap(const struct hearing *hearing, struct scene *scene,
                         char *words, size_t size)
{
    const struct verdict *verdict = &hearing->verdict;
    const struct trace *trace = hearing->trace;
    const struct record *records = hearing->outcome->records;
    uint64_t one = records[verdict->op].pointer;
    uint64_t other = records[verdict->other].pointer;
    uint64_t one_end = one + trace->ops[verdict->op].size;
    uint64_t other_end = other + trace->ops[verdict->other].size;

    scene->from = one > other ? one : other;
    scene->to = one_end < other_end ? one_end : other_end;
    if (scene->to <= scene->from)
        scene->to = scene->from + 1;
    snprintf(words, size, "p%" PRIu32 " and p%" PRIu32 " both own this",
             trace->ops[verdict->op].id, trace->ops[verdict->other].id);
}

/* Marks the header in which an invariant is broken. */
static void mark_invariant(const struct hearing *hearing, struct scene *scene,
                           char *words, size_t size)
{
    const struct log *log = hearing->outcome->log;

    if (log->fault_at - log->source_base >= log->source_limit)
        return;
    scene->from = log->fault_at;
    scene->to = log->fault_at + 16;
    snprintf(words, size, "%.15s is broken here",
             log->fault_rule[0] != '\0' ? log->fault_rule : "it");
}

/* Fills in the bytes that a scene marks, and the words beside. */
static void mark_bytes(const struct hearing *hearing, struct scene *scene,
                       char *words, size_t size)
{
    const struct verdict *verdict = &hearing->verdict;
    const struct record *records = hearing->outcome->records;
    uint64_t pointer = records[verdict->op].pointer;
    uint32_t id = hearing->trace->ops[verdict->op].id;

    if (is_harm(verdict)) {
        pointer = records[verdict->other].pointer;
        id = hearing->trace->ops[verdict->other].id;
    }
    scene->mark = words;
    scene->from = pointer + verdict->at;
    scene->to = scene->from + verdict->count;
    switch (verdict->wrong) {
    case WRONG_OVERLAP:
        mark_overlap(hearing, scene, words, size);
        break;
    case WRONG_MISALIGNED:
        scene->to = scene->from + 1;
        snprintf(words, size, "p%" PRIu32 " begins here", id);
        break;
    case WRONG_DAMAGED:
        scene->damage = true;
        snprintf(words, size, "p%" PRIu32 "'s bytes were overwritten", id);
        break;
    case WRONG_UNUSABLE:
        scene->from = hearing->outcome->log->crash.address;
        scene->to = scene->from + 1;
        snprintf(words, size, "no memory here");
        break;
    case WRONG_ROOM:
    case WRONG_FIT:
        scene->from = verdict->at;
        scene->to = scene->from + verdict->count;
        snprintf(words, size, "free, and large enough");
        break;
    case WRONG_LOST:
        snprintf(words, size, "not what p%" PRIu32 " held", id);
        break;
    case WRONG_DIRTY:
        snprintf(words, size, "not zero");
        break;
    case WRONG_INVARIANT:
        scene->to = scene->from;
        mark_invariant(hearing, scene, words, size);
        break;
    default:
        scene->to = scene->from;
        break;
    }
}

/* --- the whole message -------------------------------------------------------- */

/* Is there anything to draw for a verdict of this kind? */
static bool can_draw(const struct hearing *hearing)
{
    enum wrong wrong = hearing->verdict.wrong;

    return hearing->outcome->log->source_base != 0 &&
           wrong != WRONG_OUTSIDE && wrong != WRONG_MEMORY &&
           wrong != WRONG_KIT;
}

/* Returns where the last lines of a text begin that ends at end. */
static const char *last_lines(const char *text, const char *end, int lines)
{
    if (end > text && end[-1] == '\n')
        end--;
    while (end > text && (end[-1] != '\n' || --lines > 0))
        end--;
    return end;
}

/* Prints the last lines of what the allocator wrote. */
static void print_output(FILE *out, const struct outcome *outcome)
{
    const char *end = outcome->output + outcome->output_size;
    const char *at = last_lines(outcome->output, end, OUTPUT_LINES);

    if (outcome->output_size == 0)
        return;
    /* How much there was of what was lost depends on when it was ended. */
    if (outcome->output_lost > 0)
        fprintf(out, "\n  what it printed (more than %zu KiB):\n",
                OUTPUT_MAX >> 10);
    else
        fprintf(out, "\n  what it printed (%zu bytes):\n",
                outcome->output_size);
    if (at > outcome->output)
        fprintf(out, "    | ...\n");
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((newline != NULL ? newline : end) - at);
        fprintf(out, "    | ");
        print_clean(out, at,
                    length > OUTPUT_COLUMNS ? OUTPUT_COLUMNS : length);
        fputc('\n', out);
        at += length + (newline != NULL);
    }
}

/* Draws the heap at the moment that operation op went wrong, and prints what
   the allocator had written by then. */
static void show_fault(FILE *out, const struct hearing *hearing, uint64_t op,
                       bool culprit_known)
{
    const struct verdict *verdict = &hearing->verdict;
    bool returned = hearing->outcome->records[op].flags & RECORD_RETURNED;
    char words[80] = "";
    struct moment moment;
    struct scene *scene = &moment.scene;

    moment_open(&moment, hearing, returned ? op + 1 : op, op);
    if (!is_harm(verdict) || culprit_known)
        set_focus(scene, hearing, op);
    if (verdict->wrong == WRONG_OVERLAP || is_harm(verdict))
        scene->other = verdict->other;
    if (scene->other == scene->focus)
        scene->other = NO_OP;
    mark_bytes(hearing, scene, words, sizeof(words));
    if (moment.model != NULL && can_draw(hearing))
        draw(out, scene);
    if (verdict->wrong < WRONG_CRASH && moment.picture != NULL)
        print_output(out, moment.picture);
    else if (verdict->wrong != WRONG_ABORT ||
             hearing->outcome->output_lost > 0)
        print_output(out, hearing->outcome);
    moment_close(&moment);
}

/* Prints which line of the trace an operation is. */
static void print_operation(FILE *out, const struct hearing *hearing,
                            uint64_t op)
{
    const struct trace *trace = hearing->trace;

    fprintf(out, "%s%s", hearing->trace_path,
            trace->lines != NULL ? "" : ", varied");
    if (op != NO_OP) {
        if (trace->lines != NULL)
            fprintf(out, ":%" PRIu32, trace->lines[op]);
        fprintf(out, ", op %" PRIu64 " of %zu: ", op + 1, trace->op_count);
        print_statement(out, &trace->ops[op]);
        if (trace->threads > 1)
            fprintf(out, ", by thread %u", (unsigned)trace->ops[op].thread);
    }
    fputc('\n', out);
}

/* Prints when harm that was done earlier came to light. */
static void print_discovery(FILE *out, const struct hearing *hearing)
{
    uint64_t op = hearing->verdict.op;

    fprintf(out, "  found ");
    if (hearing->outcome->records[op].flags & RECORD_RETURNED) {
        fprintf(out, "at the end of the trace: ");
        print_statement(out, &hearing->trace->ops[hearing->verdict.other]);
        fprintf(out, " is never freed\n");
        return;
    }
    fprintf(out, "at op %" PRIu64 ": ", op + 1);
    print_statement(out, &hearing->trace->ops[op]);
    fputc('\n', out);
}

void explain(FILE *out, const struct hearing *hearing)
{
    const struct verdict *verdict = &hearing->verdict;
    uint64_t culprit = hear_culprit(hearing);
    uint64_t op = culprit != NO_OP ? culprit : verdict->op;

    if (verdict->wrong == WRONG_NOTHING)
        return;
    print_place(out, hearing, op);
    fprintf(out, "error: ");
    print_verdict(out, hearing->trace, hearing->outcome, verdict,
                  hearing->model, culprit);
    fprintf(out, "\n  trace ");
    print_operation(out, hearing, op);
    if (hearing->origin != NULL)
        fprintf(out, "  shrunk from %s\n", hearing->origin);
    if (hearing->in_threads)
        fprintf(out, "  in threads only: in one thread the same operations "
                     "are right, and not\n  every replay in threads goes "
                     "wrong, or in the same way\n");
    if (culprit != NO_OP)
        print_discovery(out, hearing);
    if (op != NO_OP)
        show_fault(out, hearing, op, culprit != NO_OP);
    else
        print_output(out, hearing->outcome);
    print_next(out, hearing, op != NO_OP ? op + 1 : 0);
}

/* Prints the totals after count operations. */
static void print_totals(FILE *out, const struct hearing *hearing,
                         const struct model *model, uint64_t count)
{
    const struct trace *trace = hearing->trace;
    uint64_t blocks = 0, bytes = 0;

    for (uint64_t id = 0; id < trace->id_count; id++) {
        uint64_t op = model_owner(model, id);
        blocks += op != NO_OP;
        bytes += op != NO_OP ? trace->ops[op].size : 0;
    }
    fprintf(out, "  %-17s%" PRIu64 " block%s live, ", "in all", blocks,
            blocks == 1 ? "" : "s");
    print_size(out, bytes);
    fprintf(out, " asked for, ");
    print_size(out, hearing->outcome->records[count - 1].committed);
    fprintf(out, " committed\n");
}

void show(FILE *out, const struct hearing *hearing, uint64_t count)
{
    struct moment moment;

    fprintf(out, "after ");
    print_operation(out, hearing, count - 1);
    moment_open(&moment, hearing, count, count - 1);
    set_focus(&moment.scene, hearing, count - 1);
    if (moment.model != NULL && moment.scene.base != 0)
        draw(out, &moment.scene);
    if (moment.model != NULL)
        print_totals(out, hearing, moment.model, count);
    moment_close(&moment);
    if (count < hearing->trace->op_count)
        print_next_state(out, hearing, count + 1);
}
