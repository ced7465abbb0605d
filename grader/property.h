/*
 * property.h - what a lab asks of a policy beyond being right: that memory is
 * used again, split, merged; that the block which the policy promises is the
 * one taken.
 *
 * Judged from pointers and from what the source gave, never from what the
 * allocator says of itself. The model of the free bytes is that of an
 * allocator which keeps a header of 16 bytes before each block: between two
 * live blocks lies a hole, and its room is what a new block's payload could
 * have there. Rounding may hide 16 bytes of a hole, so a hole counts as large
 * enough only with 16 bytes to spare, and as too small only without any.
 */
#ifndef GRADER_PROPERTY_H
#define GRADER_PROPERTY_H

#include "grader/judge.h"

/* What can be asked: bits. */
enum property {
    /* No new memory is taken while a freed block is large enough: asked of an
       allocator that does not split or merge yet. Whoever takes more than
       16 KiB in advance takes it when it puts a block there. */
    PROPERTY_REUSE = 1 << 5,

    /* No new memory is taken while a hole is large enough. */
    PROPERTY_ROOM = 1 << 0,

    /* realloc keeps its block where the bytes above are free, and when it
       shrinks. */
    PROPERTY_IN_PLACE = 1 << 1,

    /* The hole that is taken is the lowest; the first after the last one
       taken; the smallest - of those that are large enough. Each of them asks
       for room as well. */
    PROPERTY_FIRST_FIT = 1 << 2,
    PROPERTY_NEXT_FIT = 1 << 3,
    PROPERTY_BEST_FIT = 1 << 4,
};

/*
 * Returns the bit of a property by its name in a rubric, "room", "in-place",
 * "first-fit", "next-fit", "best-fit" or "reuse"; 0 if there is none of that
 * name.
 */
unsigned property_named(const char *name);

/* Room for the names of all properties. */
#define PROPERTY_NAMES_ROOM 80

/* Writes the names of the properties whose bits are set into names,
   PROPERTY_NAMES_ROOM bytes, with commas between them. */
void property_names(unsigned properties, char *names);

/*
 * Judges whether a replay that was right has the properties. Returns true if
 * so. Otherwise enters what is wrong first in *verdict: WRONG_ROOM,
 * WRONG_MOVED or WRONG_FIT, its operation, the address of the hole that should
 * have been used (at), and its room (count). Returns false with WRONG_KIT if
 * memory runs out. Cost: the operations times the live blocks.
 */
bool property_judge(unsigned properties, const struct trace *trace,
                    const struct outcome *outcome, struct verdict *verdict);

#endif
