/*
 * class.h - a class of submissions, several graded at a time.
 */
#ifndef GRADER_GRADEBOOK_CLASS_H
#define GRADER_GRADEBOOK_CLASS_H

#include "grader/class/intake.h"
#include "grader/grade.h"

/* What came of one submission on one lab. */
struct result {
    enum {
        RESULT_NOTHING, /* the submission has nothing for the lab */
        RESULT_NONE,    /* trouble of the kit's own: note tells */
        RESULT_GRADED,
    } state;
    int points[STEPS_MAX]; /* by step; NO_POINTS: none that is exact */
    int total;             /* of 100; NO_POINTS likewise */
    char line[256];        /* as it is printed on a terminal */
    char note[256];        /* the first thing that is wrong; or empty */
    char doubt[256]; /* why a person should look at the file; or empty. From
                        measured time: never in a gradebook */
};

/* How a class is graded. */
struct terms {
    const char *out;    /* folder for results, which is there */
    const char *folder; /* private folder for what is being graded */
    const struct dealer *dealers; /* by entry: who varies its traces; NULL */
    size_t jobs;                  /* submissions graded at the same time: 1
                                    or more */
    unsigned off;                 /* mask of enum layer (rooms.h) */
    int width;                    /* columns for names: see roll_widen() */
};

/*
 * Grades all submissions of the class on the lab of rubric, number lab of the
 * intake. Each is graded by a process of its own, so that nothing one does
 * can come to another; prints a line for each as they are done, in their
 * order, and at last how many have all points; writes what a person reads of
 * each (told.h), graded or not. A line on standard error tells how far it is, if
 * that is a terminal. Fills results, one for each entry. Returns false, with a line in error, if that
 * cannot begin.
 */
bool class_grade(struct result *results, const struct intake *intake,
                 size_t lab, const struct rubric *rubric,
                 const struct terms *terms, char *error, size_t size);

/* Returns results for count entries, which share memory with processes that
   work on them; NULL for want of it. To be freed by results_free(). */
struct result *results_new(size_t count);
void results_free(struct result *results, size_t count);

#endif
