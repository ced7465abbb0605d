/*
 * poke.h - how a heap is to be changed, as a rubric says it: so that it is
 * broken, or so that it is sound as before.
 *
 *     F4 p7-8 = &p1-16 : the highest free block leads back to the lowest
 *
 * First the label of the invariant that is broken then; labels that are right
 * as well follow behind '|'. Then the pokes, with ';' between them: each
 * changes one word of eight bytes. A place is pN, the payload that identifier
 * N got last, live or freed; or heap, what open() returned; with + or - and
 * bytes. A word is set to a number (=), has one added or taken away (+=, -=),
 * or is set to the address of a place (= &). All new values are made from the
 * heap as it was before the first poke. Behind ':' stands what is wrong then,
 * for people. A change after which all invariants hold has no label:
 *
 *     heap+16 = &p3-16 : the rover is on p3, which is free
 */
#ifndef GRADER_LAB_POKE_H
#define GRADER_LAB_POKE_H

#include "grader/runner/job.h"

#include <stdbool.h>
#include <stddef.h>

/* The heap itself, as the identifier of a place. */
#define PLACE_HEAP UINT32_MAX

struct place {
    uint32_t id; /* of the trace; or PLACE_HEAP */
    int64_t offset;
};

struct poke {
    struct place at;
    enum poke_kind kind;
    uint64_t number;    /* POKE_SET, POKE_ADD */
    struct place point; /* POKE_POINT */
};

/* A heap that is changed: broken, or sound. */
struct broken {
    char labels[32]; /* "F4|F3": the first is the one that is told; empty:
                        the heap is sound */
    char text[160];  /* the pokes as they were written */
    char words[80];  /* what is wrong then */
    struct poke pokes[POKES_MAX];
    size_t poke_count;
};

/*
 * Reads text. Returns NULL, or what was expected instead, in a few words.
 */
const char *broken_read(struct broken *broken, const char *text);

/* The same for a text without labels, of a heap that is sound. */
const char *sound_read(struct broken *broken, const char *text);

/* Do all invariants hold after the change? */
bool broken_is_sound(const struct broken *broken);

/* Is rule one of the labels that are right? */
bool broken_is(const struct broken *broken, const char *rule);

#endif
