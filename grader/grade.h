/*
 * grade.h - the points of one file on one lab.
 */
#ifndef GRADER_GRADE_H
#define GRADER_GRADE_H

#include "grader/cell.h"
#include "grader/lab/rubric.h"
#include "grader/submission.h"

/* What came of a step. */
enum step_state {
    STEP_GRADED, /* points and value say */
    STEP_NEEDS,  /* not looked at: the step that it needs is not full */
    STEP_EMPTY,  /* nothing could be measured: why, in note */
    STEP_VOID,   /* its points are taken away: the file deceives */
};

struct step_grade {
    enum step_state state;
    int points;
    double value;     /* utilization 0 to 1; cost; or a ratio of times */
    bool provisional; /* the value is a ratio of times, in place of a cost */
    double low, high; /* of a provisional value: its interval */
    enum deviation deviation; /* of a counted run: note tells */
    char note[256]; /* why not all points, in one line; may be empty */
};

struct grade {
    bool compiled;    /* false: compiler_said tells */
    bool refused;     /* it compiles, but must not be run: likewise */
    bool trouble;     /* the kit's own: message tells */
    int points;       /* of 100 */
    bool deceives;    /* right when judged, and wrong when counted: worth
                         nothing as a whole; the note of the step that counts
                         tells */
    bool provisional; /* some points are */
    struct step_grade steps[STEPS_MAX];
    char doubt[256];     /* why a person should look at the file; or empty */
    uint64_t printed;    /* bytes that the file wrote while it was right */
    char first_line[64]; /* of that */
    char compiler_said[COMPILER_SAYS]; /* warnings too */
    char message[MESSAGE_ROOM];        /* the first failure, drawn */
};

/*
 * Grades file on the lab of rubric. All is in *grade, whatever the file does.
 * Returns false, with a line in error, if the lab's traces cannot be read.
 */
bool grade_file(struct grade *grade, const struct rubric *rubric,
                const char *file, char *error, size_t size);

/*
 * Grades a subject that is built already, as grade_file() does. *grade must
 * be zero.
 */
bool grade_subject(struct grade *grade, const struct rubric *rubric,
                   const struct subject *subject, char *error, size_t size);

#endif
