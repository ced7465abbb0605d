/*
 * draw.h - a neighbourhood of a heap, drawn with characters.
 */
#ifndef GRADER_DRAW_H
#define GRADER_DRAW_H

#include "grader/model.h"
#include "grader/run.h"

#include <stdio.h>

/* What to draw. Addresses are as in the log. */
struct scene {
    const struct trace *trace;
    const struct model *model; /* the blocks that are live */
    const struct log *picture; /* walk and lists of the heap; or NULL */
    uint64_t base;             /* what offsets are counted from */

    /* The block at the centre: of this operation, at this address. It need
       not be in the model. NO_OP: none. */
    uint64_t focus;
    uint64_t focus_start;

    /* Another block to show with it; or NO_OP. */
    uint64_t other;

    /* Bytes to mark, and what to write beside the mark; from == to: none. */
    uint64_t from;
    uint64_t to;
    const char *mark;
};

/*
 * Prints the scene: the blocks in address order, each in a row of its own at
 * its place; the mark; their headers; and the free list in its own order. At
 * most 80 columns wide. Returns false if memory runs out.
 */
bool draw(FILE *out, const struct scene *scene);

#endif
