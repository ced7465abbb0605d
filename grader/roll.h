/*
 * roll.h - a class on a lab, a line a file.
 */
#ifndef GRADER_ROLL_H
#define GRADER_ROLL_H

#include "grader/grade.h"

#include <stdio.h>

/* Prints the names of the steps, and the head of the columns. */
void roll_head(FILE *out, const struct rubric *rubric);

/* Prints the line of one file: its name, points, and what is wrong first. */
void roll_line(FILE *out, const struct rubric *rubric,
               const struct grade *grade, const char *name);

/* Returns the last part of a path, fit for a terminal; until the next call. */
const char *roll_name(const char *path);

#endif
