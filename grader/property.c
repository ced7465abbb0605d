/*
 * property.c - what a lab asks of a policy beyond being right.
 */
#include "grader/property.h"

#include "allocators/bits.h"
#include "allocators/malloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER ALIGNMENT

/* What may be taken of the source at once beyond what a block needs. Whoever
   takes more in advance is judged as if it took it piece by piece. */
#define AT_ONCE ((uint64_t)16384)

/* A live block, from its payload's first byte to its last, rounded up. */
struct extent {
    uint64_t start;
    uint64_t end;
    uint64_t id;
};

/* Free bytes between live blocks. */
struct hole {
    uint64_t start; /* address where a header would be */
    uint64_t room;  /* bytes that a payload could have */
    bool last;      /* above all blocks: its end is not known to the byte */
};

struct survey {
    const struct trace *trace;
    const struct outcome *outcome;
    struct extent *live; /* in address order */
    size_t count;
    struct extent *dead; /* freed, and not used again: in no order */
    size_t dead_count;
    uint64_t lowest;    /* the lowest payload there ever was */
    uint64_t committed; /* bytes of pages, before the operation */
    uint64_t granted;   /* the same, without what was taken in advance */
    uint64_t next;      /* where the last block that was placed ends */
    uint64_t
        rover; /* where the hole begins that was below it then; 0: none */
};

/* The names of the properties, by the numbers of their bits. */
static const char *const names_of_bits[] = {
    "room", "in-place", "first-fit", "next-fit", "best-fit", "reuse"};

#define PROPERTY_COUNT (sizeof(names_of_bits) / sizeof(names_of_bits[0]))

unsigned property_named(const char *name)
{
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (strcmp(names_of_bits[i], name) == 0)
            return 1U << i;
    }
    return 0;
}

void property_names(unsigned properties, char *names)
{
    size_t used = 0;

    names[0] = '\0';
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (properties & 1U << i)
            used += (size_t)snprintf(names + used, PROPERTY_NAMES_ROOM - used,
                                     "%s%s", used > 0 ? "," : "",
                                     names_of_bits[i]);
    }
}

/* The bytes of a page: so many below the end of what is committed may belong
   to nobody. */
static uint64_t page_size(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The bytes of payload that a request of size bytes takes up. */
static uint64_t need_of(uint64_t size)
{
    return round_up(size > 0 ? size : 1, ALIGNMENT);
}

/* Returns the hole below live block i; i == count: the one above them all. */
static struct hole hole_below(const struct survey *survey, size_t i)
{
    uint64_t start =
        i > 0 ? survey->live[i - 1].end : survey->lowest - HEADER;
    uint64_t end = i < survey->count
                       ? survey->live[i].start - HEADER
                       : survey->outcome->log->source_base + survey->granted;
    struct hole hole = {.start = start, .last = i == survey->count};

    hole.room = end > start + HEADER ? end - start - HEADER : 0;
    return hole;
}

/* Is a hole certainly large enough for need bytes? */
static bool holds(struct hole hole, uint64_t need)
{
    return hole.room >= need + ALIGNMENT + (hole.last ? page_size() : 0);
}

/* Is it perhaps? */
static bool may_hold(struct hole hole, uint64_t need)
{
    return hole.room >= need || hole.last;
}

static size_t place_of(const struct survey *survey, uint64_t address)
{
    size_t i = 0;

    while (i < survey->count && survey->live[i].start < address)
        i++;
    return i;
}

static void add_live(struct survey *survey, uint64_t start, uint64_t size,
                     uint64_t id)
{
    size_t i = place_of(survey, start);

    memmove(&survey->live[i + 1], &survey->live[i],
            (survey->count - i) * sizeof(*survey->live));
    survey->live[i] = (struct extent){start, start + need_of(size), id};
    survey->count++;
    if (survey->lowest == 0 || start < survey->lowest)
        survey->lowest = start;
    survey->next = start + need_of(size);
}

static struct extent take_live(struct survey *survey, uint64_t id)
{
    size_t i = 0;
    struct extent taken;

    while (i + 1 < survey->count && survey->live[i].id != id)
        i++;
    taken = survey->live[i];
    survey->count--;
    memmove(&survey->live[i], &survey->live[i + 1],
            (survey->count - i) * sizeof(*survey->live));
    return taken;
}

static void add_dead(struct survey *survey, struct extent extent)
{
    survey->dead[survey->dead_count++] = extent;
}

/* Forgets the dead blocks that a new one lies in. */
static void bury(struct survey *survey, uint64_t start, uint64_t end)
{
    size_t kept = 0;

    for (size_t i = 0; i < survey->dead_count; i++) {
        struct extent dead = survey->dead[i];
        if (dead.end <= start || dead.start >= end)
            survey->dead[kept++] = dead;
    }
    survey->dead_count = kept;
}

static bool breach(struct verdict *verdict, enum wrong wrong, uint64_t op,
                   struct hole hole)
{
    verdict->wrong = wrong;
    verdict->op = op;
    verdict->other = NO_OP;
    verdict->at = hole.start;
    verdict->count = hole.room;
    if (hole.last) /* so many at least: what heap and page end with differ */
        verdict->count -= hole.room < page_size() ? hole.room : page_size();
    return false;
}

/* New memory was taken: was there a hole that would have done? */
static bool judge_room(const struct survey *survey, uint64_t op,
                       struct verdict *verdict)
{
    uint64_t need = need_of(survey->trace->ops[op].size);

    for (size_t i = 0; survey->lowest != 0 && i <= survey->count; i++) {
        struct hole hole = hole_below(survey, i);
        if (holds(hole, need))
            return breach(verdict, WRONG_ROOM, op, hole);
    }
    return true;
}

/* New memory was taken: was there a freed block that would have done? */
static bool judge_reuse(const struct survey *survey, uint64_t op,
                        struct verdict *verdict)
{
    uint64_t need = need_of(survey->trace->ops[op].size);

    for (size_t i = 0; i < survey->dead_count; i++) {
        struct extent dead = survey->dead[i];
        if (dead.end - dead.start >= need)
            return breach(verdict, WRONG_ROOM, op,
                          (struct hole){.start = dead.start - HEADER,
                                        .room = dead.end - dead.start});
    }
    return true;
}

/* Is hole a above a place, and b not? */
static bool only_above(uint64_t place, struct hole a, struct hole b)
{
    return a.start > place && b.start <= place;
}

/*
 * Does hole a come before hole b in the order of next fit? It goes on where it
 * ended: that is where the last block was put, or where the hole below it
 * begins, for holes may have come about between the two since. Where that
 * makes a difference, neither is told to come first.
 */
static bool comes_next(const struct survey *survey, struct hole a,
                       struct hole b)
{
    uint64_t place = survey->next - HEADER - 1;

    if (only_above(place, a, b) != only_above(survey->rover, a, b) ||
        only_above(place, b, a) != only_above(survey->rover, b, a))
        return false;
    return only_above(place, a, b) ||
           (!only_above(place, b, a) && a.start < b.start);
}

/*
 * Returns whether hole a comes before hole b in the order in which the policy
 * takes them.
 */
static bool comes_before(const struct survey *survey, unsigned fit,
                         struct hole a, struct hole b)
{
    if (fit == PROPERTY_NEXT_FIT)
        return comes_next(survey, a, b);
    if (fit == PROPERTY_BEST_FIT && a.last != b.last)
        return b.last;
    if (fit == PROPERTY_BEST_FIT && a.room != b.room)
        return a.room < b.room;
    return a.start < b.start;
}

/* Was the block put into the hole that the policy takes first? */
static bool judge_fit(const struct survey *survey, unsigned fit, uint64_t op,
                      struct verdict *verdict)
{
    uint64_t need = need_of(survey->trace->ops[op].size);
    uint64_t pointer = survey->outcome->records[op].pointer;
    struct hole taken;

    if (survey->lowest == 0)
        return true;
    taken = hole_below(survey, place_of(survey, pointer));
    for (size_t i = 0; i <= survey->count; i++) {
        struct hole hole = hole_below(survey, i);
        if (hole.start == taken.start || !may_hold(hole, need) ||
            !comes_before(survey, fit, hole, taken))
            continue;
        if (holds(hole, need))
            return breach(verdict, WRONG_FIT, op, hole);
        return true; /* too close to tell */
    }
    return true;
}

/* Notes the highest hole below the block that is now put at pointer. */
static void move_rover(struct survey *survey, uint64_t pointer)
{
    size_t i = place_of(survey, pointer);

    survey->rover = 0;
    while (survey->rover == 0 && survey->lowest != 0 && i-- > 0) {
        struct hole hole = hole_below(survey, i);
        if (hole.room > 0)
            survey->rover = hole.start;
    }
}

/* realloc moved its block: could it have stayed? */
static bool judge_move(const struct survey *survey, struct extent old,
                       uint64_t op, struct verdict *verdict)
{
    uint64_t need = need_of(survey->trace->ops[op].size);
    size_t i = place_of(survey, old.start);
    uint64_t end = i < survey->count ? survey->live[i].start - HEADER : 0;
    struct hole above = {.start = old.end};

    if (need > old.end - old.start &&
        (end == 0 || end < old.start + need + ALIGNMENT))
        return true;
    above.room = end > old.end ? end - old.end : 0;
    return breach(verdict, WRONG_MOVED, op, above);
}

/* Returns how far from the source's base the block of operation i reaches. */
static uint64_t reach_of(const struct survey *survey, uint64_t i)
{
    return survey->outcome->records[i].pointer +
           need_of(survey->trace->ops[i].size) -
           survey->outcome->log->source_base;
}

/*
 * Does operation i take new memory? It does so if it has the source give some,
 * or if its block lies in what was taken in advance.
 */
static bool takes_memory(const struct survey *survey, uint64_t i)
{
    return survey->outcome->records[i].committed > survey->committed ||
           reach_of(survey, i) > survey->granted;
}

/* Operation i took new memory: as much of it counts as it had a reason to
   take; nothing, if it left out what lies between. */
static void grant(struct survey *survey, uint64_t i)
{
    const struct op *op = &survey->trace->ops[i];
    uint64_t most =
        survey->granted + need_of(op->size) + AT_ONCE + 2 * page_size();

    if (op->kind == OP_ALIGNED)
        most += (uint64_t)1 << op->alignment_order;
    if (reach_of(survey, i) <= most)
        survey->granted = most;
}

/* Judges where the block of malloc or calloc was put. */
static bool judge_place(const struct survey *survey, unsigned properties,
                        uint64_t i, bool grew, struct verdict *verdict)
{
    unsigned fit = properties & (PROPERTY_FIRST_FIT | PROPERTY_NEXT_FIT |
                                 PROPERTY_BEST_FIT);

    if (grew && (fit != 0 || (properties & PROPERTY_ROOM)) &&
        !judge_room(survey, i, verdict))
        return false;
    if (grew && (properties & PROPERTY_REUSE))
        return judge_reuse(survey, i, verdict);
    return grew || fit == 0 || judge_fit(survey, fit, i, verdict);
}

/* Judges one allocating operation; the survey takes it in. */
static bool judge_allocation(struct survey *survey, unsigned properties,
                             uint64_t i, struct verdict *verdict)
{
    const struct op *op = &survey->trace->ops[i];
    const struct record *record = &survey->outcome->records[i];
    bool grew = takes_memory(survey, i);
    bool well = true;
    struct extent old = {0};

    if (op->kind == OP_REALLOC) {
        old = take_live(survey, op->id);
        add_dead(survey, old);
    }
    if (op->kind == OP_REALLOC && (properties & PROPERTY_IN_PLACE) &&
        old.start != record->pointer)
        well = judge_move(survey, old, i, verdict);
    if (op->kind == OP_MALLOC || op->kind == OP_CALLOC)
        well = judge_place(survey, properties, i, grew, verdict);
    if (grew)
        grant(survey, i);
    if (op->kind != OP_REALLOC)
        move_rover(survey, record->pointer);
    bury(survey, record->pointer, record->pointer + need_of(op->size));
    add_live(survey, record->pointer, op->size, op->id);
    return well;
}

bool property_judge(unsigned properties, const struct trace *trace,
                    const struct outcome *outcome, struct verdict *verdict)
{
    struct survey survey = {.trace = trace, .outcome = outcome};
    bool well = true;

    survey.live = calloc(trace->id_count + 1, sizeof(*survey.live));
    survey.dead = calloc(trace->op_count, sizeof(*survey.dead));
    if (survey.live == NULL || survey.dead == NULL) {
        free(survey.live);
        free(survey.dead);
        verdict->wrong = WRONG_KIT;
        return false;
    }
    for (uint64_t i = 0; well && i < trace->op_count; i++) {
        const struct op *op = &trace->ops[i];
        if (op->kind == OP_FREE)
            add_dead(&survey, take_live(&survey, op->id));
        else if (op->kind != OP_TRIM)
            well = judge_allocation(&survey, properties, i, verdict);
        survey.committed = outcome->records[i].committed;
        if (survey.granted > survey.committed)
            survey.granted = survey.committed;
    }
    free(survey.live);
    free(survey.dead);
    return well;
}
