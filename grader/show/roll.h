/*
 * roll.h - a class on a lab, a line a file.
 */
#ifndef GRADER_SHOW_ROLL_H
#define GRADER_SHOW_ROLL_H

#include "grader/grade.h"

#include <stdio.h>

/* Columns for names: the least, and the most that 80 columns have room for
   beside ten steps. */
#define ROLL_NAME      16
#define ROLL_NAME_MOST 24

/* Returns the columns for names that were width wide so far, and now have
   name among them. */
int roll_widen(int width, const char *name);

/* Prints the names of the steps, and the head of the columns. */
void roll_head(FILE *out, const struct rubric *rubric, int width);

/* Prints a name in its columns. What does not fit is cut, and ".." says so. */
void roll_name_print(FILE *out, const char *name, int width);

/* Prints the line of one file: its name, points, and what is wrong first. */
void roll_line(FILE *out, const struct rubric *rubric,
               const struct grade *grade, const char *name, int width);

/* Prints the last line: how many have all points, in all and of each step. */
void roll_foot(FILE *out, const struct rubric *rubric, const size_t *full,
               size_t full_in_all, int width);

/* Prints as much of a note as 80 columns leave beside what stands before, and
   ends the line. used: columns that are used already. */
void roll_note(FILE *out, const char *note, int used);

/* Puts the reason why a file was not run, in one line, into why. */
void roll_why(const struct grade *grade, char *why, size_t size);

/* Returns the last part of a path, fit for a terminal; until the next call. */
const char *roll_name(const char *path);

#endif
