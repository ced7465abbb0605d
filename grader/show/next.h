/*
 * next.h - the last line of a message: the command that shows more.
 */
#ifndef GRADER_SHOW_NEXT_H
#define GRADER_SHOW_NEXT_H

#include "grader/hearing.h"

#include <stdio.h>

/*
 * Prints the command that shows the moment at which operation number, counted
 * from 1, goes wrong; 0: before the first. For a lab's own file that is
 * "make step", which goes through the trace; for others "heaplab replay",
 * which draws the heap as it was before. Both know the trace as it is in its
 * file: of a variant, it is said before that it is one.
 */
void print_next(FILE *out, const struct hearing *hearing, uint64_t number);

/* The same, where others go through the trace too, by "heaplab step". */
void print_next_step(FILE *out, const struct hearing *hearing,
                     uint64_t number);

/* Prints the command that draws the heap after operation number. */
void print_next_state(FILE *out, const struct hearing *hearing,
                      uint64_t number);

#endif
