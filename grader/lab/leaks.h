/*
 * leaks.h - what of a lab's solution stands in a folder of files.
 *
 * The solution is every line of a body that the rubric has emptied, and every
 * line that a mutant puts in, of more than LEAK_LENGTH characters, white space
 * counted as one blank and not at the ends. A line is given anyway, and no leak,
 * if the stub has it, or an allocator of a lab in which nothing is written. The
 * files of a mutant are part of the solution whatever stands in them.
 */
#ifndef GRADER_LAB_LEAKS_H
#define GRADER_LAB_LEAKS_H

#include "grader/lab/rubric.h"

#include <stdio.h>

#define LEAK_LENGTH 20

/*
 * Searches all files below folder for the solution of a lab, and prints each
 * find on out, as "FILE:LINE: what stands there". Lines are found wherever
 * they stand, in another line and across line ends too. Returns true, with
 * the number of finds in *count; or false, with a line in error, size bytes,
 * if the reference or a file cannot be read.
 */
bool leaks_search(FILE *out, const struct rubric *rubric, const char *folder,
                  size_t *count, char *error, size_t size);

#endif
