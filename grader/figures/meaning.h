/*
 * meaning.h - what the figures of several allocators on one trace mean, in
 * sentences.
 *
 * A sentence says only what follows from the figures: who is best, and by how
 * much the others are behind. Counted cost and metered memory are exact, so
 * only equal figures are alike. Measured times whose intervals overlap cannot
 * be told apart.
 */
#ifndef GRADER_FIGURES_MEANING_H
#define GRADER_FIGURES_MEANING_H

#include "grader/cell.h"
#include "grader/figures/tally.h"

#include <stdio.h>

/* What one allocator reached, on one trace or over several. */
struct standing {
    const char *name;  /* of the allocator */
    const char *wrong; /* why there are no figures, a word; NULL: there are */

    double cost;             /* counted, an operation */
    double utilization;      /* 0 to 1: mean of peak and mean */
    uint64_t peak_live;      /* bytes; 0: not told, as over several traces */
    uint64_t peak_committed; /* bytes; likewise */
    double ratio;            /* measured time over the floor's */
    double low, high;        /* its interval */

    bool counted;  /* is the cost there? */
    bool metered;  /* are utilization and bytes? */
    bool timed;    /* is the time? */
    bool threaded; /* replayed in threads: neither can be there */

    bool never_reuses; /* though something was freed that could have been */
    bool on;           /* out: is it on the frontier? */
};

/*
 * Returns what a cell says. The memory of an allocator with pages of its own,
 * which the kernel tells roughly, is left out on a trace too small to be
 * scored. on is false.
 */
struct standing standing_of(const struct cell *cell);

/* Returns what several cells of one allocator say together. on is false. */
struct standing standing_over(const char *name, const struct tally *tally);

/* Sets on for those of the count that no other beats in cost and utilization
   together (frontier.h); none if fewer than two have both. Returns how many. */
size_t standings_mark(struct standing *all, size_t count);

/*
 * Prints what the figures of number i of count mean beside the others', in
 * one sentence, without a full stop or an end of line; nothing if there is
 * nothing to be said.
 */
void print_meaning(FILE *out, const struct standing *all, size_t count,
                   size_t i);

/*
 * Prints who is best in each dimension, and who is on the frontier, as marked;
 * one sentence a line, with its full stop. Prints nothing if fewer than two
 * have figures.
 */
void print_winners(FILE *out, const struct standing *all, size_t count);

#endif
