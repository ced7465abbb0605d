/*
 * draw.h - a neighbourhood of a heap, drawn with characters.
 */
#ifndef GRADER_SHOW_DRAW_H
#define GRADER_SHOW_DRAW_H

#include "grader/model.h"
#include "grader/run.h"

#include <stdio.h>

/* What to draw. Addresses are as in the log. */
struct scene {
    const struct trace *trace;
    const struct model *model; /* the blocks that are live */
    const struct log *picture; /* walk and lists of the heap; or NULL */
    uint64_t base;             /* what offsets are counted from */
    uint64_t limit;            /* bytes from there that may be drawn */

    /* The operation that is being looked at: "this op". */
    uint64_t op;

    /* The block at the centre: allocated by operation focus, lying at
       focus_start. It need not be in the model. NO_OP: none. */
    uint64_t focus;
    uint64_t focus_start;
    const char *state; /* what has become of it: "new", "freed", "live" */

    /* The operation that allocated another block to show; or NO_OP. */
    uint64_t other;

    /* Bytes to mark, and what to write beside the mark; from == to: none. */
    uint64_t from;
    uint64_t to;
    const char *mark;

    /* Are the marked bytes damage? Then a header that lies there did it. */
    bool damage;
};

/*
 * Prints the scene: the blocks in address order, each in a row of its own at
 * its place; the mark; what there is to say of each; and the free list in its
 * own order. At most 80 columns wide, and 40 lines. Returns false if memory
 * runs out.
 */
bool draw(FILE *out, const struct scene *scene);

#endif
