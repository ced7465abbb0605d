/*
 * broken.h - whether check() is right about heaps that are broken.
 */
#ifndef GRADER_LAB_BROKEN_H
#define GRADER_LAB_BROKEN_H

#include "grader/cell.h"
#include "grader/lab/rubric.h"

/* What is wrong with a check(). */
struct finding {
    bool trouble;   /* the kit's own: note tells */
    size_t which;   /* the broken heap, by its index in the step */
    char note[256]; /* in one line */
    char message[MESSAGE_ROOM]; /* with the heap drawn */
};

/*
 * Replays workload on subject once for each of the step's broken heaps,
 * breaks the heap that is left, and asks check() about it. Returns true if it
 * said false each time, with a label that is right. Otherwise tells in
 * *finding what it did with the first heap that it was not right about.
 */
bool try_broken(struct finding *finding, const struct step *step,
                const struct subject *subject,
                const struct workload *workload);

/*
 * Puts what breaks a heap into a job of trace. Returns false if the trace has
 * no such block.
 */
bool broken_job(struct job *job, const struct trace *trace,
                const struct broken *broken);

#endif
