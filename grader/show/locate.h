/*
 * locate.h - the line of the source that a message points at.
 */
#ifndef GRADER_SHOW_LOCATE_H
#define GRADER_SHOW_LOCATE_H

#include "grader/hearing.h"

/*
 * Prints where to look, in the form of a compiler: "file:line:1: ". For a
 * crash or an endless loop, the line of the allocator that was at work: its
 * own, or the one that called what is not its own. Otherwise the function of
 * its table that operation op called. What cannot be told, for want of
 * debugging information, is the line of the trace.
 */
void print_place(FILE *out, const struct hearing *hearing, uint64_t op);

#endif
