/*
 * gradebook_csv.h - the gradebook of a lab: a table (csv.h), a row a
 * submission.
 *
 *     submission,identity,lab,file,submitted,points,1 carve (10),...,
 *     report (20),counts,note
 *
 * submission  its name in the folder, without the ending
 * identity    whose it is, as the roster says
 * lab, file   1-kr, and which file of the submission was graded
 * submitted   when, as the roster says
 * points      the sum of the steps
 * 1 carve (10)   the points of a step, by number, name and most points
 * report (20)    what a person gives points for, beside the 100: empty
 * counts      yes or no; of the rows of one identity at most one says yes;
 *             empty: nothing was handed in
 * note        what is to be known of it, in one line
 *
 * A cell without a figure is empty, and never 0: a step that was scored from
 * measured time, and then the sum as well. Nothing else in it depends on the
 * machine, the hour or the order of files: rows are sorted by identity, then
 * submission, so that the same results make the same bytes.
 *
 * Each lab has a file of its own. Its columns are the lab's, and stay the
 * same whatever else is graded beside it; and a course's system takes in one
 * assignment at a time.
 */
#ifndef GRADER_CLASS_GRADEBOOK_CSV_H
#define GRADER_CLASS_GRADEBOOK_CSV_H

#include "grader/lab/rubric.h"

#include <stdbool.h>
#include <stddef.h>

/* In place of points: there is no figure. */
#define NO_POINTS (-1)

/* A row. Text is never NULL; the table makes it safe. */
struct gradebook_row {
    const char *submission; /* empty: nothing was handed in */
    const char *identity;
    const char *file;      /* empty: none */
    const char *submitted; /* empty: not known */
    const char *counts;    /* "yes", "no" or empty */
    const char *note;      /* may be empty */
    bool graded;           /* else points are not looked at */
    int points[STEPS_MAX]; /* by step of the rubric; or NO_POINTS */
};

/*
 * Writes the gradebook of rubric's lab, with count rows in any order, to the
 * file at path. It is written under another name in the same folder and
 * renamed last: at any time the file is whole, the old one or the new. It is
 * readable to its owner alone. Returns false, with one line in error, if it
 * could not be; then path is as it was.
 */
bool gradebook_write(const char *path, const struct rubric *rubric,
                     const struct gradebook_row *rows, size_t count,
                     char *error, size_t size);

/* Puts FOLDER/gradebook-LAB.csv, or for one lab alone (NULL)
   FOLDER/gradebook.csv, into path, size bytes. False: no room. */
bool gradebook_path(char *path, size_t size, const char *folder,
                    const char *lab);

#endif
