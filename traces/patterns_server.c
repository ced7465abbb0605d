/*
 * patterns_server.c - generated traces of servers: requests that end, and
 * threads that free what others allocated.
 */
#include "traces/patterns.h"

#include "traces/draft.h"

#include <stdlib.h>

/* Returns a size from the mix that least and most span. */
static uint64_t mixed_size(struct draft *d)
{
    return draft_log_uniform(d, draft_value(d, "least"),
                             draft_value(d, "most"));
}

/* A request that is being served: the identifiers from first on are its. */
struct request {
    uint64_t *ids; /* of its blocks */
    uint64_t count;
    uint64_t goal;     /* blocks it will have allocated at its end */
    uint64_t survivor; /* which of them outlives it; goal: none */
};

/* What the requests leave behind: a ring of blocks, the oldest goes. */
struct sessions {
    uint64_t *ids;
    uint64_t room, count;
    uint64_t oldest;
};

static void remember(struct draft *d, struct sessions *s, uint64_t id)
{
    if (s->count < s->room) {
        s->ids[s->count++] = id;
        return;
    }
    draft_free(d, s->ids[s->oldest]);
    s->ids[s->oldest] = id;
    s->oldest = (s->oldest + 1) % s->room;
}

/* Begins the request that is number'th of all. */
static void begin(struct draft *d, struct request *request, uint64_t number)
{
    uint64_t blocks = draft_value(d, "blocks");
    bool leaves = number % draft_value(d, "every") == 0;

    request->count = 0;
    request->goal = draft_uniform(d, (blocks + 1) / 2, blocks + blocks / 2);
    request->survivor =
        leaves ? draft_uniform(d, 0, request->goal - 1) : request->goal;
}

/* Ends a request: frees all but its survivor. */
static void end(struct draft *d, struct request *request, struct sessions *s)
{
    for (uint64_t i = 0; i < request->count; i++)
        if (i != request->survivor)
            draft_free(d, request->ids[i]);
    if (request->survivor < request->count)
        remember(d, s, request->ids[request->survivor]);
    request->count = 0;
    request->goal = 0;
}

/* Serves the requests, each of which has room for its identifiers. */
static void serve(struct draft *d, struct request *requests,
                  struct sessions *sessions)
{
    uint64_t width = draft_value(d, "width");
    uint64_t total = draft_value(d, "requests");
    uint64_t begun = 0;
    uint64_t ended = 0;
    uint64_t id = 0;

    for (; begun < width && begun < total; begun++)
        begin(d, &requests[begun], begun + 1);
    while (ended < total && !d->full) {
        struct request *request = &requests[draft_uniform(
            d, 0, begun < width ? begun - 1 : width - 1)];
        if (request->count < request->goal) {
            request->ids[request->count++] = id;
            draft_malloc(d, id++, mixed_size(d));
        } else if (request->goal > 0) {
            end(d, request, sessions);
            ended++;
            if (begun < total)
                begin(d, request, ++begun);
        }
    }
    for (uint64_t i = 0; i < sessions->count; i++)
        draft_free(d, sessions->ids[i]);
}

void pattern_requests(struct draft *d)
{
    uint64_t width = draft_value(d, "width");
    uint64_t most = 2 * draft_value(d, "blocks"); /* that a request has */
    struct sessions sessions = {.room = draft_value(d, "sessions")};
    struct request *requests = calloc(width, sizeof *requests);
    uint64_t *ids = calloc(width * most, sizeof *ids);

    sessions.ids = calloc(sessions.room, sizeof *sessions.ids);
    if (requests != NULL && ids != NULL && sessions.ids != NULL) {
        for (uint64_t i = 0; i < width; i++)
            requests[i].ids = ids + i * most;
        serve(d, requests, &sessions);
    } else {
        d->full = true;
    }
    free(sessions.ids);
    free(ids);
    free(requests);
}

void pattern_handover(struct draft *d)
{
    uint64_t producers = draft_value(d, "producers");
    uint64_t threads = producers + draft_value(d, "consumers");
    uint64_t length = draft_value(d, "length");
    uint64_t count = draft_value(d, "count");
    uint64_t made = 0;
    uint64_t taken = 0;

    while (taken < count && !d->full) {
        uint64_t turn = draft_uniform(d, 1, draft_value(d, "burst"));
        d->thread = (uint16_t)draft_uniform(d, 0, threads - 1);
        for (; turn > 0 && d->thread < producers; turn--)
            if (made < count && made - taken < length)
                draft_malloc(d, made++ % length, mixed_size(d));
        for (; turn > 0 && d->thread >= producers; turn--)
            if (taken < made)
                draft_free(d, taken++ % length);
    }
}

/* Replaces a random one of slots blocks, of which first is the first. */
static void replace_slot(struct draft *d, uint64_t first, uint64_t slots)
{
    uint64_t id = first + draft_uniform(d, 0, slots - 1);

    draft_free(d, id);
    draft_malloc(
        d, id,
        draft_uniform(d, draft_value(d, "least"), draft_value(d, "most")));
}

/* One round: each thread replaces steps blocks of the array that it has. */
static void replace_round(struct draft *d, uint64_t round, uint64_t *left)
{
    uint64_t threads = draft_value(d, "threads");
    uint64_t slots = draft_value(d, "slots");
    uint64_t working = threads;

    for (uint64_t i = 0; i < threads; i++)
        left[i] = draft_value(d, "steps");
    while (working > 0 && !d->full) {
        uint64_t turn = draft_uniform(d, 1, draft_value(d, "burst"));
        uint64_t thread = draft_uniform(d, 0, threads - 1);
        d->thread = (uint16_t)thread;
        for (; turn > 0 && left[thread] > 0; turn--) {
            replace_slot(d, (thread + round) % threads * slots, slots);
            working -= --left[thread] == 0;
        }
    }
}

void pattern_larson(struct draft *d)
{
    uint64_t total = draft_value(d, "threads") * draft_value(d, "slots");
    uint64_t *left = calloc(draft_value(d, "threads"), sizeof *left);

    d->full = d->full || left == NULL;
    for (uint64_t id = 0; id < total; id++)
        draft_malloc(d, id,
                     draft_uniform(d, draft_value(d, "least"),
                                   draft_value(d, "most")));
    for (uint64_t r = 0; left != NULL && r < draft_value(d, "rounds"); r++)
        replace_round(d, r, left);
    d->thread = 0;
    for (uint64_t id = 0; id < total; id++)
        draft_free(d, id);
    free(left);
}
