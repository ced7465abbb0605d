/*
 * walls.h - what a process that is not trusted is put behind, as those see it
 * who start one. Who builds the walls is no matter here (grader/confine).
 */
#ifndef GRADER_WALLS_H
#define GRADER_WALLS_H

#include <stdbool.h>

struct walls {
    /* Called in the child, between fork and exec. Returns false if the child
       must not go on; then it has said why on standard error. */
    bool (*enter)(void *context);
    void *context; /* for enter */
    int filter;    /* descriptor with the filter of system calls that a served
                   runner puts on; 0 or less: none */
};

#endif
