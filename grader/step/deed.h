/*
 * deed.h - what an operation did to a heap, told from the heap before it and
 * after it.
 */
#ifndef GRADER_STEP_DEED_H
#define GRADER_STEP_DEED_H

#include "grader/step/snapshot.h"

#include <stdio.h>

/* An operation with the heap on both sides of it. */
struct deed {
    const struct trace *trace;
    uint64_t op;      /* its index */
    uint64_t pointer; /* what it returned; 0: NULL or nothing */
    uint64_t old;     /* the block that it was given; 0: none */
    bool returned;    /* did the call come back? */
    const struct snapshot *before;
    const struct snapshot *after;
};

/*
 * Prints what was done, in phrases with "; " between them: which free block
 * was taken or that new memory was, what was split, merged, moved. Nothing of
 * what the heap does not show of itself.
 */
void print_deed(FILE *out, const struct deed *deed);

#endif
