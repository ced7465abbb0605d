/*
 * told.h - the text that a person reads of a submission: OUT/LAB/NAME.txt.
 *
 * NAME is the submission's, as it is, if all of it is letters and digits of
 * ASCII, '-', '_' and '.', it does not begin with '.', and it has fewer than
 * 100 bytes. Of another name all else is replaced by '_', what is beyond 100
 * bytes is left out, and '+' and 16 digits of the name's SHA-256 follow. So
 * it depends on nothing but the name, and no two names have the same text.
 *
 * A text is written under another name and renamed last: at any time it is
 * whole, the old one or the new.
 */
#ifndef GRADER_GRADEBOOK_TOLD_H
#define GRADER_GRADEBOOK_TOLD_H

#include "grader/class/intake.h"
#include "grader/grade.h"

/* Who is told of what. */
struct told {
    const char *out;                  /* folder for results */
    const struct rubric *rubric;      /* of the lab */
    const struct intake_entry *entry; /* the submission */
    size_t lab;                       /* the lab's number in the intake */
};

/* Writes the text of a submission that was graded. Returns false, with errno
   set, if that cannot be; then an old text is as it was. So do the others. */
bool told_grade(const struct told *told, const struct grade *grade);

/*
 * Writes the text of a submission that was not run: the verdict, such as
 * "0/100", and why, in one line fit to be shown.
 */
bool told_why(const struct told *told, const char *verdict, const char *why);

/*
 * Writes the text of a submission that has nothing for the lab. If it has
 * something for another one, or only_old is so, only in place of an old text.
 */
bool told_nothing(const struct told *told, bool only_old);

#endif
