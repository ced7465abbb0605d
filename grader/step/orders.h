/*
 * orders.h - draws the two orders of a heap, kept apart: that of addresses,
 * and that of the free list.
 */
#ifndef GRADER_STEP_ORDERS_H
#define GRADER_STEP_ORDERS_H

#include "grader/step/snapshot.h"

#include <stdio.h>

/* Columns of a page. */
#define PAGE_COLUMNS 80

/*
 * Prints the parts of a heap side by side, live ones by name and free ones by
 * size, wider ones wider; below the free ones their places on the free list;
 * and that list. What does not fit is left out far from focus, an address;
 * the part there is marked by asterisks, if mark says so.
 */
void draw_orders(FILE *out, const struct snapshot *snapshot,
                 const struct trace *trace, uint64_t focus, bool mark,
                 bool colour);

#endif
