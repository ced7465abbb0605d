/*
 * hints.h - the hints of a lab: a text file, read strictly.
 *
 *     # a comment
 *     step reuse
 *     hint
 *       The text of the first hint, indented by two blanks, as it is to be
 *       shown.
 *     hint
 *       The second one.
 *
 * Each step that is named must be one of the rubric's, once, and has 3 to 5
 * hints, from a nudge to nearly the answer. Comments begin at the left margin;
 * so do "step" and "hint". Empty lines separate, and within a hint they stay.
 */
#ifndef GRADER_LAB_HINTS_H
#define GRADER_LAB_HINTS_H

#include "grader/lab/rubric.h"

#define HINTS_LEAST 3
#define HINTS_MOST  5
#define HINT_ROOM   1024

/* The hints of a lab, by the index of the step in its rubric. */
struct hints {
    size_t count[STEPS_MAX];                     /* 0: this step has none */
    char text[STEPS_MAX][HINTS_MOST][HINT_ROOM]; /* whole lines */
};

/*
 * Reads the hints at path for the steps of rubric. Returns false, with
 * "FILE:LINE: what was expected" in error, size bytes, if they cannot be read.
 */
bool hints_read(struct hints *hints, const struct rubric *rubric,
                const char *path, char *error, size_t size);

/*
 * Returns the index of the step that word means in rubric: its number, counted
 * from 1, or its name. Returns rubric->step_count if there is none.
 */
size_t hints_step(const struct rubric *rubric, const char *word);

#endif
