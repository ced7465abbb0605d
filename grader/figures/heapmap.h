/*
 * heapmap.h - a heap over time, in text: rows are moments of a replay, columns
 * cells of its addresses, and a character tells how much of a cell is live.
 *
 * It is drawn from what a judged replay returned: pointers, and the bytes
 * committed. Where between its blocks a heap keeps pages is not known here, so
 * a cell is blank until a block has lain in it. Addresses that no block ever
 * lay at may be many: between the break and the page runs there are gigabytes.
 * If the widest such gap is wider than all the rest, it is left out, and the
 * map has two segments.
 */
#ifndef GRADER_FIGURES_HEAPMAP_H
#define GRADER_FIGURES_HEAPMAP_H

#include "grader/cell.h"
#include "grader/run.h"

#include <stdio.h>

/* Columns of cells in a map, and the most rows. */
#define MAP_COLUMNS  ((size_t)60)
#define MAP_ROWS_MAX ((size_t)200)

/* A range of addresses that is drawn. */
struct map_segment {
    uint64_t start;
    uint64_t end;   /* one past the last */
    size_t columns; /* that it has in the map */
};

/* A moment. */
struct map_row {
    uint64_t count;              /* operations done by then */
    char cells[MAP_COLUMNS + 2]; /* a character each; '|' between segments */
    double live; /* bytes live over bytes committed, 0 to 1; less than 0: none
                    are committed */
};

struct map {
    struct map_segment segments[2];
    size_t segment_count; /* 0: no block was ever allocated */
    struct map_row rows[MAP_ROWS_MAX];
    size_t row_count;
    uint64_t peak_committed; /* bytes */
};

/*
 * Fills *map for the first count operations of a judged replay of trace, all
 * of which went well; with rows moments (1 to MAP_ROWS_MAX, but no more than
 * operations), evenly apart, the last one after operation count. Returns false
 * if memory runs out. Cost: linear in the operations, plus rows times the
 * identifiers.
 */
bool map_fill(struct map *map, const struct trace *trace,
              const struct outcome *outcome, uint64_t count, size_t rows);

/* Prints the line above a map: which heap, on what, and its most memory. */
void map_title(FILE *out, const struct map *map, const char *allocator,
               const struct workload *workload);

/*
 * Prints the rows of the map and its scale, at most 80 columns wide. base and
 * limit are the source's: its end is called "top".
 */
void map_print(FILE *out, const struct map *map, uint64_t base,
               uint64_t limit);

/* Prints what the characters mean: two lines. */
void map_legend(FILE *out);

#endif
