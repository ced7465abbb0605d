/*
 * tour.h - the traces of a lab, one after the other, each as its step asks
 * for it.
 */
#ifndef GRADER_TOOLS_TOUR_H
#define GRADER_TOOLS_TOUR_H

#include "grader/cell.h"
#include "grader/lab/rubric.h"

/* One trace of a tour. All of it belongs to the tour. */
struct stop {
    const struct step *step; /* NULL: no step of the lab has this trace */
    size_t number;           /* of the step, counted from 1 */
    const struct subject *subject; /* as the step's variant */
    const struct workload *workload;
};

/* Is called for a stop. Returns false to end the tour. */
typedef bool visit_stop(void *context, const struct stop *stop);

/*
 * Visits the traces of rubric's steps, in order; one that an earlier step has
 * asked for in the same way is not visited again. With only not NULL, visits
 * the trace of that name alone, once for each step that has it; or once, if
 * none has. Returns false, with a line in error, if a trace cannot be read.
 */
bool tour(const struct rubric *rubric, const struct subject *subject,
          const char *only, visit_stop *visit, void *context, char *error,
          size_t size);

/*
 * Reads the arguments "LAB FILE.c [TRACE]" of a command into *rubric; the file
 * is argv[2], the trace argv[3] or NULL. Returns true to go on. Otherwise has
 * printed usage, or what is wrong, and *status is the program's exit status.
 */
bool tour_arguments(int argc, char **argv, const char *usage,
                    struct rubric *rubric, int *status);

#endif
