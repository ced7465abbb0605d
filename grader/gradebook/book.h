/*
 * book.h - a class on one lab, from what was handed in to the gradebook.
 */
#ifndef GRADER_GRADEBOOK_BOOK_H
#define GRADER_GRADEBOOK_BOOK_H

#include "grader/class/roster.h"
#include "grader/gradebook/class.h"

/* What a gradebook is made from. */
struct book {
    const struct intake *intake;
    size_t lab;                  /* its number in the intake */
    const struct rubric *rubric; /* of the lab */
    const struct roster *roster; /* NULL: all are their own */
    const char *secret;          /* file; NULL: the traces are the rubric's */
    const char *path;            /* of the file to be written */
    const struct terms *terms;   /* its dealers are not looked at */
};

/* What came of a class. */
struct sum {
    size_t graded; /* have a result */
    size_t none;   /* have none, by trouble of the kit's own */
};

/*
 * Grades the class on the lab and writes the gradebook; adds to *sum. Whoever
 * has an identity on the roster has the variants of that identity; others
 * have those of their submission's name. Returns a status: STATUS_FULL;
 * STATUS_USAGE if roster or secret are not good; STATUS_TROUBLE. Otherwise
 * than for the first, a line is in error.
 */
int book_make(const struct book *book, struct sum *sum, char *error,
              size_t size);

#endif
