/*
 * patterns.c - what the kinds of generated traces do, in integers only. More
 * of them are in patterns_server.c, patterns_study.c and patterns_worst.c.
 *
 * All but the leak free at the end what is still live, so that an allocator
 * can be seen to get back to where it began.
 */
#include "traces/patterns.h"

#include "traces/draft.h"

#include <assert.h>
#include <stdlib.h>

/* Allocates id, with a size from the mix that least and most span. */
static void allocate_mixed(struct draft *d, uint64_t id)
{
    uint64_t least = draft_value(d, "least");
    uint64_t most = draft_value(d, "most");

    draft_malloc(d, id, draft_log_uniform(d, least, most));
}

/* Frees the identifiers from first to last, one not included, in order. */
static void free_range(struct draft *d, uint64_t first, uint64_t end)
{
    for (uint64_t id = first; id < end; id++)
        draft_free(d, id);
}

/* Allocates the identifiers 0 to count - 1, with sizes from the mix. */
static void allocate_many(struct draft *d, uint64_t count)
{
    for (uint64_t id = 0; id < count; id++)
        allocate_mixed(d, id);
}

/*
 * Frees, in a random order, those of count live identifiers that keep does
 * not divide: of keep = 4, the three quarters that are not kept.
 */
static void free_but_every(struct draft *d, uint64_t count, uint64_t keep)
{
    uint32_t *order = draft_order(d, count);

    for (uint64_t i = 0; order != NULL && i < count; i++)
        if (order[i] % keep != 0)
            draft_free(d, order[i]);
    free(order);
}

/*
 * steps times frees a live identifier and allocates it again, factor times as
 * large as the mix. Live are the first count multiples of stride.
 */
static void replace(struct draft *d, uint64_t steps, uint64_t count,
                    uint64_t stride, uint64_t factor)
{
    uint64_t least = draft_value(d, "least");
    uint64_t most = draft_value(d, "most");

    for (uint64_t i = 0; i < steps; i++) {
        uint64_t id = stride * draft_uniform(d, 0, count - 1);
        draft_free(d, id);
        draft_malloc(d, id, factor * draft_log_uniform(d, least, most));
    }
}

/* Frees the first count multiples of stride. */
static void free_multiples(struct draft *d, uint64_t count, uint64_t stride)
{
    for (uint64_t i = 0; i < count; i++)
        draft_free(d, i * stride);
}

void pattern_churn(struct draft *d)
{
    uint64_t slots = draft_value(d, "slots");
    uint64_t count = draft_value(d, "count");
    bool *live = calloc(slots, sizeof *live);

    d->full = d->full || live == NULL;
    for (uint64_t i = 0; live != NULL && i < count; i++) {
        uint64_t id = draft_uniform(d, 0, slots - 1);
        if (live[id])
            draft_free(d, id);
        else
            allocate_mixed(d, id);
        live[id] = !live[id];
    }
    for (uint64_t id = 0; live != NULL && id < slots; id++)
        if (live[id])
            draft_free(d, id);
    free(live);
}

void pattern_comb(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t every = draft_value(d, "every");
    uint64_t least = draft_value(d, "least");
    uint64_t most = draft_value(d, "most");

    for (uint64_t id = 0; id < count; id++)
        draft_malloc(d, id, draft_uniform(d, least, most));
    for (uint64_t id = every - 1; id < count; id += every)
        draft_free(d, id);
    for (uint64_t id = every - 1; id < count; id += every)
        draft_malloc(d, id, draft_value(d, "larger"));
    free_range(d, 0, count);
}

void pattern_leak(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t every = draft_value(d, "every");
    uint64_t window = draft_value(d, "window");

    for (uint64_t i = 0; i < count + window; i++) {
        if (i >= window && (i - window) % every != 0)
            draft_free(d, i - window);
        if (i < count)
            allocate_mixed(d, i);
    }
}

void pattern_pair(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t size = draft_value(d, "size");

    for (uint64_t i = 0; i < count; i++) {
        draft_malloc(d, 0, size);
        draft_free(d, 0);
    }
}

void pattern_peak(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t keep = draft_value(d, "keep");
    uint64_t kept = (count + keep - 1) / keep;

    allocate_many(d, count);
    free_but_every(d, count, keep);
    draft_trim(d);
    replace(d, draft_value(d, "plateau"), kept, keep, 1);
    free_multiples(d, kept, keep);
}

void pattern_phases(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t steps = draft_value(d, "steps");
    uint64_t factor = draft_value(d, "factor");
    uint64_t keep = 4;
    uint64_t kept = (count + keep - 1) / keep;

    /* Growth: a live set that builds up, every other block replaced once. */
    for (uint64_t id = 0; id < count; id++) {
        allocate_mixed(d, id);
        if (id % 2 == 1)
            replace(d, 1, id + 1, 1, 1);
    }
    replace(d, steps, count, 1, 1);      /* plateau */
    replace(d, steps, count, 1, factor); /* the mix shifts */
    free_but_every(d, count, keep);      /* drop */
    replace(d, steps / keep, kept, keep, factor);
    free_multiples(d, kept, keep);
}

void pattern_ping_pong(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t rounds = draft_value(d, "rounds");
    uint64_t size[2] = {draft_value(d, "most"), draft_value(d, "least")};

    for (uint64_t id = 0; id < count; id++)
        draft_malloc(d, id, size[id % 2]);
    for (uint64_t round = 1; round <= rounds && !d->full; round++)
        for (uint64_t id = 0; id < count; id++)
            draft_realloc(d, id, size[(id + round) % 2]);
    free_range(d, 0, count);
}

void pattern_queue(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t length = draft_value(d, "length");

    assert(length > 0);
    for (uint64_t i = 0; i < count + length; i++) {
        if (i >= length && i - length < count)
            draft_free(d, i % length);
        if (i < count)
            allocate_mixed(d, i % length);
    }
}

void pattern_ramp(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t window = draft_value(d, "window");
    uint64_t least = draft_value(d, "least");
    uint64_t most = draft_value(d, "most");
    uint64_t half = count / 2;

    assert(window > 0 && half > 0);
    for (uint64_t i = 0; i < count + window; i++) {
        uint64_t height = i < half ? i : count - 1 - i;
        if (i >= window && i - window < count)
            draft_free(d, i % window);
        if (i < count)
            draft_malloc(d, i % window,
                         least + (most - least) * height / half);
    }
}

void pattern_shuffle(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t rounds = draft_value(d, "rounds");

    for (uint64_t round = 0; round < rounds && !d->full; round++) {
        uint32_t *order = draft_order(d, count);
        allocate_many(d, count);
        for (uint64_t i = 0; order != NULL && i < count; i++)
            draft_free(d, order[i]);
        free(order);
    }
}

void pattern_stack(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t depth = draft_value(d, "depth");
    uint64_t top = 0;
    uint64_t goal = depth; /* the first climb goes all the way */

    while (count > 0) {
        for (; top < goal && count > 0; count--)
            allocate_mixed(d, top++);
        goal = draft_uniform(d, 0, top - 1);
        while (top > goal)
            draft_free(d, --top);
        goal = draft_uniform(d, top + 1, depth);
    }
    while (top > 0)
        draft_free(d, --top);
}

/* Returns how many bytes a table that had size bytes gets. */
static uint64_t grown(const struct draft *d, uint64_t size)
{
    uint64_t most = draft_value(d, "most");
    uint64_t next =
        size * draft_value(d, "percent") / 100 + draft_value(d, "step");

    next = next > size ? next : size + 1;
    return next < most ? next : most;
}

/* Appends one entry to a table: used bytes of room. Returns its room. */
static uint64_t append_entry(struct draft *d, uint64_t id, uint64_t used,
                             uint64_t room)
{
    while (room < used) {
        room = grown(d, room);
        draft_realloc(d, id, room);
    }
    return room;
}

void pattern_tables(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t first = draft_value(d, "least");
    uint64_t most = draft_value(d, "most");
    uint64_t entry = draft_value(d, "entry");
    uint64_t growing = count; /* order[0 .. growing - 1] still grow */
    uint32_t *order = draft_order(d, count);
    uint64_t *used = calloc(count, sizeof *used);
    uint64_t *room = calloc(count, sizeof *room);
    bool good = order != NULL && used != NULL && room != NULL;

    d->full = d->full || !good;
    for (uint64_t id = 0; good && id < count; id++) {
        room[id] = first;
        draft_malloc(d, id, first);
    }
    while (good && growing > 0 && !d->full) {
        uint64_t pick = draft_uniform(d, 0, growing - 1);
        uint32_t id = order[pick];
        used[id] = used[id] + entry < most ? used[id] + entry : most;
        room[id] = append_entry(d, id, used[id], room[id]);
        if (used[id] == most)
            order[pick] = order[--growing];
    }
    if (good)
        free_range(d, 0, count);
    free(room);
    free(used);
    free(order);
}
