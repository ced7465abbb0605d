/*
 * walk.h - one walk over a trace's operations that follows which identifiers
 * are live. Checking, counting and describing are all made from it.
 */
#ifndef TRACES_WALK_H
#define TRACES_WALK_H

#include "traces/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a walk finds. An index counts operations from 0. */
struct trace_totals {
    size_t id_count;       /* one more than the largest identifier */
    size_t largest_at;     /* index of the first operation on that */
    size_t threads;        /* one more than the largest thread */
    size_t thread_at;      /* index of the first operation of that */
    uint64_t live_peak;    /* most bytes live at once */
    size_t peak_at;        /* index of the operation that reaches it */
    size_t live_blocks;    /* most blocks live at once */
    size_t leaked_blocks;  /* live at the end */
    uint64_t leaked_bytes; /* live at the end */
};

/* The lines of a file on which the counts of the header stand. */
struct trace_header_lines {
    size_t operations, identifiers, live_peak, threads;
};

/*
 * Walks the operations of trace, of which nothing but ops, op_count and lines
 * is looked at, and fills *totals. Returns false, with *error filled, at the
 * first operation that is not sound, or if memory runs out.
 */
bool trace_walk(const struct trace *trace, const char *name,
                struct trace_totals *totals, struct trace_error *error);

/*
 * Returns true if the counts that trace states are the totals of its walk.
 * Otherwise fills *error, which names the line in *lines, if it is not NULL.
 */
bool trace_totals_fit(const struct trace *trace, const char *name,
                      const struct trace_totals *totals,
                      const struct trace_header_lines *lines,
                      struct trace_error *error);

#endif
