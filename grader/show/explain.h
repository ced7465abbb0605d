/*
 * explain.h - tells a person what went wrong in a replay: which trace, which
 * line, which operation, which blocks, drawn; and what to do next.
 */
#ifndef GRADER_SHOW_EXPLAIN_H
#define GRADER_SHOW_EXPLAIN_H

#include "grader/hearing.h"

#include <stdio.h>

/*
 * Prints what is wrong, in the form of a compiler's error, with the drawing
 * and the next command. Replays the trace again, once to find the operation
 * that did damage, once for the picture; unless it was in threads, and so can
 * not be had again. Prints nothing if nothing is wrong.
 */
void explain(FILE *out, const struct hearing *hearing);

/*
 * Prints the heap as it is after the first count operations of a replay that
 * went well so far, around the block of the last of them.
 */
void show(FILE *out, const struct hearing *hearing, uint64_t count);

#endif
