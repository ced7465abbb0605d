/*
 * vary.c - variants of a trace.
 *
 * The random numbers are those of draft.c. Each part of the work draws from a
 * sequence of its own, so that none depends on how many the others drew.
 */
#include "traces/vary.h"

#include "traces/draft.h"
#include "traces/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What a sequence is drawn for; any numbers that differ. */
enum purpose { FOR_ORDER, FOR_IDENTIFIERS, FOR_SIZES };

/* Returns a sequence that seed and two numbers begin: each its own. */
static struct draft sequence(uint64_t seed, enum purpose purpose,
                             uint64_t number)
{
    struct draft d = {.random = seed};

    d.random = draft_uniform(&d, 0, UINT64_MAX) + purpose;
    d.random = draft_uniform(&d, 0, UINT64_MAX) + number;
    return d;
}

/* Returns what a size becomes; equal sizes become equal ones. */
static uint64_t varied_size(uint64_t seed, uint64_t size)
{
    struct draft d = sequence(seed, FOR_SIZES, size);
    uint64_t most = size / VARY_SIZE;
    uint64_t varied = size - most + draft_uniform(&d, 0, 2 * most);

    return varied < TRACE_SIZE_MAX ? varied : TRACE_SIZE_MAX;
}

static void vary_sizes(struct op *ops, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++)
        if (op_has_size(ops[i].kind))
            ops[i].size = varied_size(seed, ops[i].size);
}

/* Deals out id_count identifiers anew. Returns false if memory runs out. */
static bool vary_identifiers(struct op *ops, size_t count, size_t id_count,
                             uint64_t seed)
{
    struct draft d = sequence(seed, FOR_IDENTIFIERS, 0);
    uint32_t *dealt = draft_order(&d, id_count);

    for (size_t i = 0; dealt != NULL && i < count; i++)
        if (ops[i].kind != OP_TRIM)
            ops[i].id = dealt[ops[i].id];
    free(dealt);
    return dealt != NULL;
}

/*
 * Puts count operations, at most VARY_WINDOW_MAX, into another order. The places
 * are dealt out; then each place that an identifier got takes the first of its
 * operations that is left.
 */
static void mix(struct op *ops, size_t count, struct draft *d)
{
    struct op before[VARY_WINDOW_MAX];
    uint32_t order[VARY_WINDOW_MAX];
    bool taken[VARY_WINDOW_MAX] = {false};

    assert(count <= VARY_WINDOW_MAX);
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    memcpy(before, ops, count * sizeof *ops);
    draft_shuffle(d, order, count);
    for (size_t place = 0; place < count; place++) {
        size_t next = 0;
        while (taken[next] || before[next].id != before[order[place]].id)
            next++;
        taken[next] = true;
        ops[place] = before[next];
    }
}

/* Mixes the operations, a window at a time. A window ends before a trim. */
static void vary_order(struct op *ops, size_t count, uint64_t seed,
                       size_t window)
{
    struct draft d = sequence(seed, FOR_ORDER, 0);
    size_t room = (size_t)draft_uniform(&d, 1, window);

    for (size_t begin = 0; begin < count; room = window) {
        size_t end = begin;
        while (end < count && end - begin < room && ops[end].kind != OP_TRIM)
            end++;
        mix(ops + begin, end - begin, &d);
        begin = end + (end < count && ops[end].kind == OP_TRIM);
    }
}

/* Returns how the variant is made, to be freed, or NULL. */
static char *make_of(const struct trace *trace, uint64_t seed, size_t window)
{
    size_t room = strlen(trace->make) + 128;
    char *make = malloc(room);
    size_t lines = 1;
    char *at = make;

    if (make == NULL)
        return NULL;
    (void)snprintf(make, room,
                   "heaplab trace vary --seed %" PRIu64
                   " --window %zu, of what is made thus:\n%s",
                   seed, window, trace->make);
    while ((at = strchr(at, '\n')) != NULL && ++lines <= TRACE_NOTES_MAX)
        at++;
    if (at != NULL)
        *at = '\0';
    return make;
}

/* Returns a copy of trace, without lines, whose make tells of it. */
static struct trace *copy_of(const struct trace *trace, uint64_t seed,
                             size_t window)
{
    struct trace *copy = calloc(1, sizeof *copy);

    if (copy == NULL)
        return NULL;
    *copy = (struct trace){.title = strdup(trace->title),
                           .about = strdup(trace->about),
                           .make = make_of(trace, seed, window),
                           .ops = calloc(trace->op_count, sizeof *copy->ops),
                           .op_count = trace->op_count,
                           .id_count = trace->id_count};
    if (copy->title != NULL && copy->about != NULL && copy->make != NULL &&
        copy->ops != NULL) {
        memcpy(copy->ops, trace->ops, trace->op_count * sizeof *copy->ops);
        return copy;
    }
    trace_free(copy);
    return NULL;
}

struct trace *trace_vary(const struct trace *trace, uint64_t seed,
                         size_t window, struct trace_error *error)
{
    struct trace *varied = copy_of(trace, seed, window);

    if (varied != NULL) {
        vary_sizes(varied->ops, varied->op_count, seed);
        vary_order(varied->ops, varied->op_count, seed, window);
        /* Unless memory runs out, what recounting leaves, checking proves. */
        if (vary_identifiers(varied->ops, varied->op_count, varied->id_count,
                             seed) &&
            trace_recount(varied) && trace_check(varied, "variant", error))
            return varied;
    }
    trace_refuse(error, "variant", 0, "out of memory");
    trace_free(varied);
    return NULL;
}

bool trace_peaks_agree(const struct trace *one, const struct trace *other)
{
    uint64_t a = one->live_peak;
    uint64_t b = other->live_peak;
    uint64_t apart = a > b ? a - b : b - a;

    return apart <= a / 100;
}
