/*
 * report.h - what a person reads of a file's points on a lab.
 */
#ifndef GRADER_SHOW_REPORT_H
#define GRADER_SHOW_REPORT_H

#include "grader/grade.h"

#include <stdio.h>

/*
 * Prints the points of file, step by step, and the first failure in full. What
 * is printed depends on nothing but the grade.
 */
void report_print(FILE *out, const struct rubric *rubric,
                  const struct grade *grade, const char *file);

#endif
