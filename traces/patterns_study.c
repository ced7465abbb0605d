/*
 * patterns_study.c - generated traces whose sizes and lifetimes are those
 * that studies found, or that were measured in the same way.
 */
#include "traces/patterns.h"

#include "traces/draft.h"
#include "traces/programs.h"

#include <stdlib.h>

/* Draws a point of a distribution, each as often as it stands for. */
static uint32_t draw_point(struct draft *d, const uint32_t *points)
{
    uint64_t part = draft_uniform(d, 0, PROGRAM_PARTS - 1);

    if (part == PROGRAM_PARTS - 1)
        part += draft_uniform(d, 0, PROGRAM_TAIL - 1);
    return points[part];
}

/*
 * Blocks by the allocation before which they die: a list for each, linked by
 * identifier. 0 ends a list, so that identifiers are counted from 1 here.
 */
struct deaths {
    uint32_t *first; /* first[i]: who dies before allocation i */
    uint32_t *next;  /* next[id]: who dies at the same time */
};

/* Frees who dies before allocation i. */
static void bury(struct draft *d, const struct deaths *deaths, uint64_t i)
{
    for (uint32_t id = deaths->first[i]; id != 0; id = deaths->next[id])
        draft_free(d, id - 1);
}

void pattern_model(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    const struct program *program = &programs[draft_value(d, "program") - 1];
    struct deaths deaths = {calloc(count + 1, sizeof(uint32_t)),
                            calloc(count + 1, sizeof(uint32_t))};
    bool room = deaths.first != NULL && deaths.next != NULL;

    d->full = d->full || !room;
    for (uint64_t i = 0; room && i < count; i++) {
        bury(d, &deaths, i);
        draft_malloc(d, i, draw_point(d, program->sizes));
        uint64_t death = i + draw_point(d, program->lives);
        death = death < count ? death : count; /* at the end */
        deaths.next[i + 1] = deaths.first[death];
        deaths.first[death] = (uint32_t)(i + 1);
    }
    if (room)
        bury(d, &deaths, count);
    free(deaths.first);
    free(deaths.next);
}

/* A block of pattern_short_lived() that dies young. */
struct mayfly {
    uint64_t id;
    uint64_t death; /* how many bytes will have been allocated by then */
};

/* Frees those of count mayflies whose time has come; returns who is left. */
static uint64_t swat(struct draft *d, struct mayfly *flies, uint64_t count,
                     uint64_t bytes)
{
    uint64_t left = 0;

    for (uint64_t i = 0; i < count; i++)
        if (flies[i].death <= bytes)
            draft_free(d, flies[i].id);
        else
            flies[left++] = flies[i];
    return left;
}

/*
 * Keeps id, one of those that live long, and frees another in its place if
 * as many are kept as are to be: kept[0 .. *held - 1] are.
 */
static void keep(struct draft *d, uint64_t *kept, uint64_t *held, uint64_t id)
{
    if (*held < draft_value(d, "kept")) {
        kept[(*held)++] = id;
        return;
    }
    uint64_t out = draft_uniform(d, 0, *held - 1);
    draft_free(d, kept[out]);
    kept[out] = id;
}

void pattern_short_lived(struct draft *d)
{
    uint64_t count = draft_value(d, "count");
    uint64_t window = draft_value(d, "window");
    uint64_t share = draft_value(d, "share");
    uint64_t bytes = 0; /* allocated up to now */
    uint64_t flying = 0;
    uint64_t held = 0;
    struct mayfly *flies = calloc(count, sizeof *flies);
    uint64_t *kept = calloc(draft_value(d, "kept"), sizeof *kept);
    bool room = flies != NULL && kept != NULL;

    d->full = d->full || !room;
    for (uint64_t id = 0; room && id < count; id++) {
        uint64_t size = draft_log_uniform(d, draft_value(d, "least"),
                                          draft_value(d, "most"));
        flying = swat(d, flies, flying, bytes);
        draft_malloc(d, id, size);
        bytes += size;
        if (draft_uniform(d, 1, 100) > share)
            keep(d, kept, &held, id);
        else
            flies[flying++] = (struct mayfly){
                .id = id, .death = bytes + draft_uniform(d, 0, window - 1)};
    }
    if (room)
        swat(d, flies, flying, UINT64_MAX);
    for (uint64_t i = 0; room && i < held; i++)
        draft_free(d, kept[i]);
    free(flies);
    free(kept);
}
