/*
 * desk.h - one submission, graded on one lab behind walls.
 */
#ifndef GRADER_GRADEBOOK_DESK_H
#define GRADER_GRADEBOOK_DESK_H

#include "grader/grade.h"

/* What is to be graded, and how. */
struct errand {
    const struct rubric *rubric;
    const char *copy;            /* path of the file; read only */
    const char *shown;           /* what messages call it */
    const struct dealer *dealer; /* who varies the traces; NULL: nobody */
    const char *folder;          /* where folders may be made */
    unsigned off;                /* mask of enum layer (rooms.h) */
};

/*
 * Compiles, looks at, runs and judges. All is in *grade, which must be zero,
 * whatever the file does. Returns false, with a line in error, for trouble of
 * the kit's own. Leaves nothing behind.
 */
bool desk_grade(struct grade *grade, const struct errand *errand, char *error,
                size_t size);

#endif
