/*
 * comparison.h - allocators side by side, as heaplab compare prints them: tables,
 * what they mean, maps, and single calls' times.
 */
#ifndef GRADER_FIGURES_COMPARISON_H
#define GRADER_FIGURES_COMPARISON_H

#include "grader/figures/figures.h"
#include "grader/figures/meaning.h"
#include "grader/latency.h"

/* What is compared, and how. */
struct comparison {
    const struct grid *grid;
    bool exact;                /* is measured time left out? */
    bool maps;                 /* is there a map for each cell? */
    struct latency *latencies; /* as the grid's cells; NULL: not measured */
};

/* Fills all with what each allocator reached on trace w, and marks who is on
   the frontier. */
void comparison_standings(const struct comparison *comparison, size_t w,
                          struct standing all[SUBJECTS_MAX]);

/* The same over all traces that are scored. Returns how many those are. */
size_t comparison_overall(const struct comparison *comparison,
                          struct standing all[SUBJECTS_MAX]);

/* Returns the sentence on allocator s of all those on a trace, to be freed;
   NULL without memory. */
char *comparison_sentence(const struct comparison *comparison,
                          const struct standing all[SUBJECTS_MAX], size_t s);

/* Prints everything, in 80 columns. */
void comparison_print(FILE *out, const struct comparison *comparison);

/* Writes everything as the members of an open object. */
void comparison_json(struct json *json, const struct comparison *comparison);

#endif
