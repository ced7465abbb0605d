/*
 * check.c - proves that a trace is sound, and counts what its header states.
 *
 * One walk over the operations does both. For each identifier it remembers
 * the latest operation on it: from that follow whether the identifier is
 * live, with how many bytes, and where in the file the reader of a message
 * should look. Linear in the operations, 4 bytes an identifier.
 */
#include "traces/trace.h"

#include "traces/text.h"
#include "traces/walk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A walk under way. */
struct walk {
    const struct trace *trace;
    const char *name; /* of the trace, for messages */
    struct trace_error *error;
    uint32_t *latest; /* an identifier's latest operation, counted from 1;
                         0 if there was none */
    uint64_t live;    /* bytes live now */
    size_t blocks;    /* blocks live now */
    struct trace_totals *totals;
};

/* Where operation index (from 0) stands, for people: "line 9". */
struct place {
    char text[40];
};

static struct place place_of(const struct trace *trace, size_t index)
{
    struct place place;

    if (trace->lines != NULL)
        (void)snprintf(place.text, sizeof place.text, "line %" PRIu32,
                       trace->lines[index]);
    else
        (void)snprintf(place.text, sizeof place.text, "operation %zu",
                       index + 1);
    return place;
}

/* Refuses operation index (from 0). Returns false, always. */
__attribute__((format(printf, 3, 4))) static bool
refuse(const struct walk *walk, size_t index, const char *format, ...)
{
    const struct trace *trace = walk->trace;
    char what[256];

    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (trace->lines != NULL)
        return trace_refuse(walk->error, walk->name, trace->lines[index],
                            "%s", what);
    return trace_refuse(walk->error, walk->name, 0,
                        "operation %zu of %zu: %s", index + 1,
                        trace->op_count, what);
}

/* Checks the numbers of operation index, each for itself. */
static bool check_numbers(const struct walk *walk, size_t index)
{
    const struct op *op = &walk->trace->ops[index];

    if (op->kind >= OP_KINDS)
        return refuse(walk, index, "expected a kind of operation, found %u",
                      op->kind);
    if (op->id >= TRACE_IDS_MAX || (op->kind == OP_TRIM && op->id != 0))
        return refuse(walk, index,
                      "expected an identifier from 0 to %zu, found %" PRIu32,
                      op->kind == OP_TRIM ? 0 : TRACE_IDS_MAX - 1, op->id);
    uint64_t most = op_has_size(op->kind) ? TRACE_SIZE_MAX : 0;
    if (op->size > most)
        return refuse(walk, index,
                      "expected a size from 0 to %" PRIu64 ", found %" PRIu64,
                      most, op->size);
    if (op->alignment_order > (op->kind == OP_ALIGNED ? 20 : 0))
        return refuse(walk, index,
                      "expected an alignment that the format has, found "
                      "2 to the power of %u",
                      op->alignment_order);
    if (op->thread >= TRACE_THREADS_MAX)
        return refuse(walk, index,
                      "expected a thread from 0 to %zu, found %u",
                      TRACE_THREADS_MAX - 1, op->thread);
    return true;
}

/* Notes the largest identifier and thread; every number is in range. */
static bool find_largest(const struct walk *walk)
{
    struct trace_totals *totals = walk->totals;

    for (size_t i = 0; i < walk->trace->op_count; i++) {
        const struct op *op = &walk->trace->ops[i];
        if (!check_numbers(walk, i))
            return false;
        if (op->id >= totals->id_count) {
            totals->id_count = (size_t)op->id + 1;
            totals->largest_at = i;
        }
        if (op->thread >= totals->threads) {
            totals->threads = (size_t)op->thread + 1;
            totals->thread_at = i;
        }
    }
    return true;
}

/*
 * Checks that the identifier of operation index, whose latest operation is
 * latest (counted from 1, 0 for none), is live, or that it is not.
 */
static bool check_live(const struct walk *walk, size_t index, size_t latest)
{
    const struct trace *trace = walk->trace;
    const struct op *op = &trace->ops[index];
    bool live = latest != 0 && trace->ops[latest - 1].kind != OP_FREE;
    bool wanted = op->kind == OP_FREE || op->kind == OP_REALLOC;

    if (live == wanted)
        return true;
    if (latest == 0)
        return refuse(walk, index,
                      "expected a live identifier, found %" PRIu32
                      ", which was never allocated",
                      op->id);
    return refuse(
        walk, index,
        "expected %s identifier, found %" PRIu32 ", which %s (see %s)",
        wanted ? "a live" : "an unused", op->id,
        wanted ? "was freed" : "is live", place_of(trace, latest - 1).text);
}

/* Takes operation index into account. */
static bool step(struct walk *walk, size_t index)
{
    const struct op *op = &walk->trace->ops[index];
    struct trace_totals *totals = walk->totals;

    if (op->kind == OP_TRIM)
        return true;
    size_t latest = walk->latest[op->id];
    if (!check_live(walk, index, latest))
        return false;
    if (op->kind == OP_FREE || op->kind == OP_REALLOC) {
        walk->live -= walk->trace->ops[latest - 1].size;
        walk->blocks--;
    }
    if (op->kind != OP_FREE) {
        if (op->size > UINT64_MAX - walk->live)
            return refuse(walk, index, "expected fewer live bytes than 2^64");
        walk->live += op->size;
        walk->blocks++;
    }
    if (walk->live > totals->live_peak) {
        totals->live_peak = walk->live;
        totals->peak_at = index;
    }
    if (walk->blocks > totals->live_blocks)
        totals->live_blocks = walk->blocks;
    walk->latest[op->id] = (uint32_t)(index + 1);
    return true;
}

bool trace_walk(const struct trace *trace, const char *name,
                struct trace_totals *totals, struct trace_error *error)
{
    struct walk walk = {
        .trace = trace, .name = name, .error = error, .totals = totals};

    *totals = (struct trace_totals){.id_count = 0};
    if (trace->op_count < 1 || trace->op_count > TRACE_OPS_MAX)
        return trace_refuse(error, name, 0,
                            "expected 1 to %zu operations, found %zu",
                            TRACE_OPS_MAX, trace->op_count);
    if (!find_largest(&walk))
        return false;
    walk.latest = calloc(totals->id_count, sizeof *walk.latest);
    if (walk.latest == NULL)
        return trace_refuse(error, name, 0,
                            "out of memory for %zu identifiers",
                            totals->id_count);
    bool sound = true;
    for (size_t i = 0; sound && i < trace->op_count; i++)
        sound = step(&walk, i);
    free(walk.latest);
    totals->leaked_blocks = walk.blocks;
    totals->leaked_bytes = walk.live;
    return sound;
}

bool trace_totals_fit(const struct trace *trace, const char *name,
                      const struct trace_totals *totals,
                      const struct trace_header_lines *lines,
                      struct trace_error *error)
{
    if (trace->id_count != totals->id_count)
        return trace_refuse(error, name, lines ? lines->identifiers : 0,
                            "identifiers: expected %zu (the largest, %zu, "
                            "stands in %s), found %zu",
                            totals->id_count, totals->id_count - 1,
                            place_of(trace, totals->largest_at).text,
                            trace->id_count);
    if (trace->live_peak != totals->live_peak)
        return trace_refuse(
            error, name, lines ? lines->live_peak : 0,
            "live peak: expected %" PRIu64 " (reached by %s), found %" PRIu64,
            totals->live_peak, place_of(trace, totals->peak_at).text,
            trace->live_peak);
    if (trace->threads != totals->threads)
        return trace_refuse(error, name, lines ? lines->threads : 0,
                            "threads: expected %zu (thread %zu acts in %s), "
                            "found %zu",
                            totals->threads, totals->threads - 1,
                            place_of(trace, totals->thread_at).text,
                            trace->threads);
    return true;
}

/*
 * Checks text, which stands in the header as least to most lines that each
 * begin with key.
 */
static bool check_text(const char *name, const char *key, const char *text,
                       size_t least, size_t most, struct trace_error *error)
{
    size_t room = TRACE_LINE_MAX - strlen(key) - strlen(": ");
    size_t count = 0;

    if (text == NULL || (*text == '\0' && least > 0))
        return trace_refuse(error, name, 0,
                            "%s: expected text, found nothing", key);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        const char *fault = trace_value_fault(text, length);
        if (text[length] == '\n' && text[length + 1] == '\0')
            fault = "an empty last line";
        if (fault != NULL)
            return trace_refuse(error, name, 0, "%s: expected text, found %s",
                                key, fault);
        if (length > room || ++count > most)
            return trace_refuse(error, name, 0,
                                "%s: expected at most %zu lines of %zu bytes",
                                key, most, room);
        text += length + (text[length] == '\n');
    }
    return true;
}

bool trace_check(const struct trace *trace, const char *name,
                 struct trace_error *error)
{
    struct trace_totals totals;

    return check_text(name, "title", trace->title, 1, 1, error) &&
           check_text(name, "about", trace->about, 0, TRACE_NOTES_MAX,
                      error) &&
           check_text(name, "make", trace->make, 1, TRACE_NOTES_MAX, error) &&
           trace_walk(trace, name, &totals, error) &&
           trace_totals_fit(trace, name, &totals, NULL, error);
}

bool trace_recount(struct trace *trace)
{
    struct trace_totals totals;
    struct trace_error error;

    if (!trace_walk(trace, "trace", &totals, &error))
        return false;
    trace->id_count = totals.id_count;
    trace->live_peak = totals.live_peak;
    trace->threads = totals.threads;
    return true;
}

void trace_free(struct trace *trace)
{
    if (trace == NULL)
        return;
    free(trace->title);
    free(trace->about);
    free(trace->make);
    free(trace->ops);
    free(trace->lines);
    free(trace);
}
