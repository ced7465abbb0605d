/*
 * import.h - reads the trace formats of other courses, strictly, and makes
 * traces of them. docs/importing.md describes the layouts.
 */
#ifndef TRACES_IMPORT_H
#define TRACES_IMPORT_H

#include "traces/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* How a file is laid out. All have a line an operation. */
enum import_layout {
    IMPORT_DETECT,       /* not known: to be told from the file */
    IMPORT_WEIGHT_FIRST, /* a weight, identifiers, operations, a heap size */
    IMPORT_SIZE_FIRST,   /* a heap size, identifiers, operations, a weight */
    IMPORT_FOUR_LINES,   /* one of these two; which of them cannot be told,
                            and nothing that is kept depends on it */
    IMPORT_TWO_LINES,    /* identifiers, operations */
    IMPORT_SCRIPT,       /* no header; comments are allowed */
    IMPORT_LAYOUTS       /* how many there are */
};

/* What was done to a file to make a trace of it. */
struct import_summary {
    enum import_layout layout; /* it has; never IMPORT_DETECT */
    size_t null_frees;         /* lines "f -1" left out: free(NULL) */
    size_t first_resizes;      /* lines "r ID SIZE" of an identifier that was
                                  never allocated, which became "a" */
};

/*
 * Returns the name of a layout that a file can be said to have:
 * "weight-first", "size-first", "two-lines" or "script"; for messages also
 * "four-lines" and "detect".
 */
const char *import_layout_name(enum import_layout layout);

/*
 * Finds the layout called name, one of the first four above. Returns false if
 * there is none.
 */
bool import_layout_find(const char *name, enum import_layout *layout);

/*
 * Reads the foreign trace in the file at path, "-" for standard input.
 * layout is the one it must have, or IMPORT_DETECT.
 *
 * Returns it as a trace, with title, about and make filled in, its lines
 * those of the foreign file, to be freed by trace_free(); and fills *summary.
 * Or returns NULL, with *error filled ("FILE:LINE: what was expected"), if
 * the file cannot be read, any line or count of it is not as its layout says,
 * or the layout cannot be told. Cost: linear in the lines and in the largest
 * identifier.
 */
struct trace *trace_import(const char *path, enum import_layout layout,
                           struct import_summary *summary,
                           struct trace_error *error);

/*
 * Reads a foreign trace from an open stream to its end; name stands for the
 * file in messages and in the trace's header. Otherwise as trace_import().
 */
struct trace *trace_import_stream(FILE *in, const char *name,
                                  enum import_layout layout,
                                  struct import_summary *summary,
                                  struct trace_error *error);

#endif
