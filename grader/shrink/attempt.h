/*
 * attempt.h - the tries of which a search for a small trace is made; shrink.c
 * decides what is tried.
 */
#ifndef GRADER_SHRINK_ATTEMPT_H
#define GRADER_SHRINK_ATTEMPT_H

#include "grader/run.h"
#include "grader/shrink/shrink.h"

/* An operation that no unit has: it is never left out by itself. */
#define NO_UNIT SIZE_MAX

/* A script. Each life of an identifier has an identifier of its own. */
struct script {
    struct op *ops;
    size_t count;
};

struct search {
    const struct subject *subject;
    const struct demand *demand;
    struct shrinkage *result; /* its verdict is what all tries must have */
    enum ending ending;       /* so must this be, for WRONG_LOOP */
    struct script best;
    struct script attempt; /* what is tried now: as much room as best */
    size_t *unit;          /* of each operation of best: what goes together */
    size_t unit_count;
    double deadline;
    struct start start;
};

/* Seconds of a clock that only goes forward. */
double search_clock(void);

/*
 * Replays a trace and judges it, into *verdict; rule, 16 bytes, becomes the
 * invariant, or empty. Returns how the replay ended.
 */
enum ending search_hear(const struct search *search,
                        const struct trace *trace, struct verdict *verdict,
                        char *rule);

/* Begins an attempt that is as the best script. */
void attempt_best(struct search *search);

/*
 * Replays the attempt. If it is sound and fails as it should, it becomes the
 * best script, cut behind the operation at which it fails: then true is
 * returned. What is in attempt after that is no matter. False, too, when the
 * search has cost all that it may: result->spent tells.
 */
bool attempt_fails(struct search *search);

/*
 * Gives each life of an identifier an identifier of its own, from 0 up in the
 * order of their beginnings. Returns how many there are.
 */
size_t script_renumber(struct script *script);

#endif
