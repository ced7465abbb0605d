/*
 * reach.h - which lines of a submission were reached, by gcov's account.
 */
#ifndef GRADER_TOOLS_REACH_H
#define GRADER_TOOLS_REACH_H

#include "grader/subject.h"

#include <stdio.h>

/* The most lines of a file that are looked at. */
#define REACH_LINES 20000

struct reach {
    /* Of each line, from index 1: is there code, and was it reached? */
    unsigned char code[REACH_LINES + 1];
    unsigned char reached[REACH_LINES + 1];
    size_t code_lines;    /* how many have code */
    size_t reached_lines; /* how many of these were reached */
};

/*
 * Compiles file in place of the allocator that name stands for, as
 * submission_build() does, so that a replay counts what is reached, even if it
 * crashes. To be ended by submission_remove(). The tools variant must be built.
 */
bool reach_build(struct subject *subject, const char *name, const char *file,
                 char *says);

/*
 * Reads what all replays of subject reached. Returns false, with a line in
 * error, if gcov is not there or cannot read what was counted.
 */
bool reach_read(struct reach *reach, const struct subject *subject,
                char *error, size_t size);

/*
 * Prints the lines of the submission that were not reached, function by
 * function. Returns false, with a line in error, if the file cannot be taken
 * apart.
 */
bool reach_print(FILE *out, const struct reach *reach,
                 const struct subject *subject, char *error, size_t size);

#endif
