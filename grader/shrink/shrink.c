/*
 * shrink.c - finds the shortest script that still shows what is wrong.
 *
 * Delta debugging: something is left out, and if the rest still fails in the
 * same way, it stays out. Whole lives of blocks go first, many at a time,
 * then fewer; then single frees and reallocs; blocks that only fill space are
 * made one; sizes are made small and round. Each try is a judged replay. A
 * life is left out whole, so that what remains is always a sound trace.
 *
 * Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input",
 * IEEE Transactions on Software Engineering 28 (2002).
 */
#include "grader/shrink/shrink.h"

#include "grader/show/words.h"
#include "grader/shrink/simplify.h"
#include "traces/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seconds that a search may take, if nothing is said. */
#define SECONDS_MOST 20.0

/* CPU time of a single call in a try: many tries may loop. Of a call that
   waits, time: only if that is what is looked for, for a busy machine makes
   others wait as well. */
#define CALL_SECONDS  0.1
#define STUCK_SECONDS 0.5

/* How often all the ways of shrinking are gone through, at the most. */
#define ROUNDS_MOST 5

/* --- leaving out ------------------------------------------------------- */

/* A way to say what goes together: fills unit and unit_count. */
typedef void units_fn(struct search *search);

/* A block with all its operations is a unit; and so is a trim. */
static void units_by_life(struct search *search)
{
    size_t count = script_renumber(&search->best);

    for (size_t i = 0; i < search->best.count; i++) {
        const struct op *op = &search->best.ops[i];
        search->unit[i] = op->kind == OP_TRIM ? count++ : op->id;
    }
    search->unit_count = count;
}

/* Each operation but those that begin a life is a unit. */
static void units_by_operation(struct search *search)
{
    search->unit_count = 0;
    for (size_t i = 0; i < search->best.count; i++) {
        enum op_kind kind = search->best.ops[i].kind;
        bool begins = op_has_size(kind) && kind != OP_REALLOC;
        search->unit[i] = begins ? NO_UNIT : search->unit_count++;
    }
}

/* Tries the best script without the units from first up to last. */
static bool fails_without(struct search *search, size_t first, size_t last)
{
    const struct script *best = &search->best;
    struct script *attempt = &search->attempt;

    attempt->count = 0;
    for (size_t i = 0; i < best->count; i++) {
        size_t unit = search->unit[i];
        if (unit == NO_UNIT || unit < first || unit >= last)
            attempt->ops[attempt->count++] = best->ops[i];
    }
    return attempt_fails(search);
}

/* Leaves out what is not needed, runs of units first. Returns whether any. */
static bool leave_out(struct search *search, units_fn *units)
{
    bool any = false;

    units(search);
    for (size_t run = search->unit_count; run >= 1; run /= 2) {
        for (size_t first = 0;
             first < search->unit_count && !search->result->spent;) {
            if (fails_without(search, first, first + run)) {
                any = true;
                units(search);
            } else {
                first += run;
            }
        }
    }
    return any;
}

/* --- the whole search -------------------------------------------------- */

/* Damage shows later than it is done: finds the shortest beginning that
   shows it at its end. */
static void cut_tail(struct search *search)
{
    size_t low = 1, high = search->best.count;

    while (low < high) {
        attempt_best(search);
        search->attempt.count = (low + high) / 2;
        if (attempt_fails(search))
            high = search->best.count;
        else
            low = (low + high) / 2 + 1;
    }
}

static void shrink_best(struct search *search)
{
    bool any = true;

    if (search->result->verdict.wrong == WRONG_DAMAGED ||
        search->result->verdict.wrong == WRONG_UNUSABLE)
        cut_tail(search);
    for (int round = 0; any && round < ROUNDS_MOST; round++) {
        any = leave_out(search, units_by_life);
        any |= leave_out(search, units_by_operation);
        any |= fuse_blocks(search);
        any |= make_plain(search);
        any |= shrink_sizes(search);
    }
    script_renumber(&search->best);
}

/* Hears the trace itself: what is wrong is what is looked for. */
static bool find_fault(struct search *search, const struct trace *trace,
                       const char *name)
{
    struct shrinkage *result = search->result;

    search->start.call_seconds = 1;
    search->start.total_seconds = 60;
    search->ending =
        search_hear(search, trace, &result->verdict, result->rule);
    result->tests = 1;
    if (result->verdict.wrong == WRONG_NOTHING)
        snprintf(result->message, sizeof(result->message),
                 "%s: nothing goes wrong on it", name);
    else if (result->verdict.wrong == WRONG_KIT)
        snprintf(result->message, sizeof(result->message),
                 "%s: the runner gave no verdict", name);
    else if (result->verdict.op == NO_OP)
        snprintf(result->message, sizeof(result->message),
                 "%s: it goes wrong before the first operation", name);
    return result->message[0] == '\0';
}

/* Cuts the trace behind what fails, and gets room for attempts. */
static bool begin(struct search *search, const struct trace *trace)
{
    size_t count = search->result->verdict.op + 1;

    search->best.ops = calloc(count, sizeof(struct op));
    search->attempt.ops = calloc(count, sizeof(struct op));
    search->unit = calloc(count, sizeof(*search->unit));
    if (search->best.ops == NULL || search->attempt.ops == NULL ||
        search->unit == NULL)
        return false;
    memcpy(search->best.ops, trace->ops, count * sizeof(struct op));
    search->best.count = count;
    for (size_t i = 0; i < count; i++)
        search->best.ops[i].thread = 0; /* replays have one */
    script_renumber(&search->best);
    search->start.call_seconds = CALL_SECONDS;
    search->start.stuck_seconds =
        search->ending == ENDED_STUCK ? STUCK_SECONDS : 0;
    search->start.total_seconds = 10;
    return true;
}

/* A call that is slow is not one that never ends: tries the best script with
   the limits that everybody has. */
static bool holds(struct search *search)
{
    search->start.call_seconds = 1;
    search->start.stuck_seconds = 4 * STUCK_SECONDS;
    search->result->spent = false;
    search->deadline += SECONDS_MOST;
    attempt_best(search);
    return attempt_fails(search);
}

/*
 * Returns what format makes of its arguments, to be freed, if it may stand in
 * a header; a copy of "unnamed" if not: a file may be called anything. NULL
 * for want of memory.
 */
__attribute__((format(printf, 1, 2))) static char *
header_text(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return NULL;
    if ((size_t)length < TRACE_LINE_MAX - 16 &&
        trace_value_fault(text, (size_t)length) == NULL)
        return text;
    free(text);
    return strdup("unnamed");
}

/* Makes a trace of the best script, told from what it was shrunk. */
static struct trace *finish(struct search *search, const struct trace *trace)
{
    const char *subject = search->subject->name;
    const char *word = verdict_word(search->result->verdict.wrong);
    struct trace *small = calloc(1, sizeof(*small));

    if (small == NULL)
        return NULL;
    small->ops = search->best.ops;
    small->op_count = search->best.count;
    search->best.ops = NULL;
    small->title = header_text("%s, shrunk: %s", word, trace->title);
    small->about =
        header_text("The last operation goes wrong on %s: %s%s%s. Shrunk "
                    "from %zu operations.",
                    subject, word, search->result->rule[0] != '\0' ? " " : "",
                    search->result->rule, trace->op_count);
    small->make = header_text("%s", search->demand->make);
    if (small->title != NULL && small->about != NULL && small->make != NULL &&
        trace_recount(small))
        return small;
    trace_free(small);
    return NULL;
}

struct trace *shrink_trace(const struct subject *subject,
                           const struct trace *trace, const char *name,
                           const struct demand *demand,
                           struct shrinkage *shrinkage)
{
    struct search search = {.subject = subject,
                            .demand = demand,
                            .result = shrinkage,
                            .start =
                                subject_start(subject, JOB_JUDGED, 1, 60)};
    struct trace *small = NULL;

    *shrinkage = (struct shrinkage){.message = ""};
    if (!find_fault(&search, trace, name))
        return NULL;
    search.deadline = search_clock() +
                      (demand->seconds > 0 ? demand->seconds : SECONDS_MOST);
    if (begin(&search, trace)) {
        shrink_best(&search);
        if (shrinkage->verdict.wrong != WRONG_LOOP || holds(&search))
            small = finish(&search, trace);
        else
            snprintf(shrinkage->message, sizeof(shrinkage->message),
                     "%s: it is slow rather than wrong", name);
    }
    if (small == NULL && shrinkage->message[0] == '\0')
        snprintf(shrinkage->message, sizeof(shrinkage->message),
                 "%s: there is no memory to shrink it", name);
    free(search.best.ops);
    free(search.attempt.ops);
    free(search.unit);
    return small;
}
