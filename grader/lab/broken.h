/*
 * broken.h - whether check() is right about heaps that are changed.
 */
#ifndef GRADER_LAB_BROKEN_H
#define GRADER_LAB_BROKEN_H

#include "grader/cell.h"
#include "grader/lab/rubric.h"

/* What is wrong with a check(). */
struct finding {
    bool trouble;   /* the kit's own, not the file's: note tells */
    bool otherwise; /* the file did otherwise than when it was judged, or is
                       laid out so: check() was not asked */
    size_t which;   /* the heap, by its index in the step's broken */
    char note[256]; /* in one line */
    char message[MESSAGE_ROOM]; /* with the heap drawn */
};

/*
 * Replays workload on subject once as it was judged, and then once for each of
 * the step's broken heaps: changes the heap that is left, and asks check()
 * about it. Returns true if it said false of each broken one, with a label
 * that is right, and true of each sound one. Otherwise tells in *finding what
 * it did with the first heap that it was not right about; or that the file did
 * otherwise than in the first replay, which it must not. The time is charged to
 * the subject, as that of all judged replays.
 */
bool try_broken(struct finding *finding, const struct step *step,
                const struct subject *subject,
                const struct workload *workload);

/*
 * Puts what changes a heap into a job of trace. Returns false if the trace has
 * no such block.
 */
bool broken_job(struct job *job, const struct trace *trace,
                const struct broken *broken);

#endif
