/*
 * step.h - a replay gone through operation by operation.
 */
#ifndef GRADER_STEP_STEP_H
#define GRADER_STEP_STEP_H

#include "grader/cell.h"
#include "grader/step/snapshot.h"

/* Steps are counted from 1, as people count operations. */
struct stepper {
    struct hearing hearing;
    bool check;             /* call check() after each operation? */
    bool colour;            /* may colour be added? */
    uint64_t last;          /* the last step there is */
    uint64_t wrong;         /* the step that goes wrong; 0: none does */
    char *message;          /* what goes wrong there, drawn; or NULL */
    struct snapshot before; /* of the step shown last */
    struct snapshot after;
};

/*
 * Replays the workload on subject and judges it; properties are asked for
 * beside being right. Returns false, with a line in error, for trouble of the
 * kit's own. Otherwise to be ended by stepper_close().
 */
bool stepper_open(struct stepper *stepper, const struct subject *subject,
                  const struct workload *workload, bool check,
                  unsigned properties, char *error, size_t size);
void stepper_close(struct stepper *stepper);

/*
 * Prints what step number did, and the heap after it; and if it goes wrong
 * there, what is wrong. number is 1 to stepper->last. Returns false if memory
 * runs out.
 */
bool stepper_print(FILE *out, struct stepper *stepper, uint64_t number);

/* Prints the operations round step number, a line each. */
void stepper_list(FILE *out, const struct stepper *stepper, uint64_t number);

#endif
