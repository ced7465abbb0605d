/*
 * convert.h - turns what the recorder wrote about a process into the
 * operations of a trace.
 */
#ifndef TRACES_CONVERT_H
#define TRACES_CONVERT_H

#include "traces/raw.h"
#include "traces/trace.h"

#include <stdbool.h>
#include <stddef.h>

/* A process as its raw file has it. */
struct raw_process {
    const struct raw_header *header;
    const struct raw_event *events;   /* in order of their stamps */
    size_t event_count;               /* filled and unfilled */
    const struct raw_process *parent; /* that it was forked from, or NULL */
    size_t size;                      /* of the mapped file, bytes */
    char name[RAW_NAME_MAX];          /* of the file */
};

/* What became of a process. */
struct conversion {
    struct op *ops;     /* to be freed; NULL if there are none */
    size_t op_count;    /* 0 to the limit that was asked for */
    size_t threads;     /* in ops */
    size_t inherited;   /* leading ops: allocations of what was live before */
    size_t found;       /* operations of the process, those left out too */
    size_t raw_threads; /* threads that acted in what was kept */
    size_t unseen;      /* blocks whose address came again without a free */
};

/*
 * Converts the events of process, and of those it was forked from as far as
 * they tell what was live in it when it began: that comes first, as
 * allocations in the order in which it was allocated.
 *
 * The first skip operations are left out; what is live after them comes first
 * in the same way. Of the operations, leading allocations included, no more
 * than limit are kept. Identifiers are as few as blocks are live at once, the
 * last one freed being used first. Threads are numbered in the order in which
 * they appear; from the 64th on they share the last number. An alignment or a
 * size larger than traces can have becomes the largest they can have.
 *
 * Fills *result and returns true, or returns false if memory runs out. Cost:
 * linear in the events of the process and of those it was forked from.
 */
bool convert_process(const struct raw_process *process, size_t skip,
                     size_t limit, struct conversion *result);

#endif
