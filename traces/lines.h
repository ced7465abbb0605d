/*
 * lines.h - reads a text file a line at a time, and says where it is when
 * something is wrong there.
 */
#ifndef TRACES_LINES_H
#define TRACES_LINES_H

#include "traces/text.h"
#include "traces/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A file being read. The line at hand is valid until the next is taken. */
struct lines {
    FILE *in;
    const char *name; /* of the file, for messages */
    struct trace_error *error;
    char *buffer;
    size_t begin, end; /* what of the buffer is not taken yet */
    const char *line;  /* the line at hand without its newline; NULL after
                          the last one */
    size_t length;     /* of the line at hand, bytes */
    size_t number;     /* of the line at hand, from 1; 0 before the first */
    bool foreign;      /* not of this kit, set after lines_open(): a carriage
                          return before a newline, and a last line without
                          one, are let pass */
};

/*
 * Begins to read in, which stays the caller's; errors go to *error and call
 * the file name. Returns false if memory runs out. lines_close() ends it,
 * either way.
 */
bool lines_open(struct lines *l, FILE *in, const char *name,
                struct trace_error *error);

/* Frees what lines_open() took. */
void lines_close(struct lines *l);

/*
 * Takes the next line, or sets l->line to NULL at the end of the file.
 * Returns false, with *error filled, if the file cannot be read, or if the
 * line is not one of text: too long, or, unless l->foreign, without a newline
 * or with a carriage return at its end.
 */
bool lines_next(struct lines *l);

/* What the line at hand is, in words that follow "found". */
struct quote lines_found(const struct lines *l);

/* Refuses the line at hand: "NAME:LINE: ...". Returns false, always. */
bool lines_refuse(const struct lines *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Refuses the file because memory ran out. Returns false, always. */
bool lines_no_memory(const struct lines *l);

/*
 * Appends op to trace, as of the line at hand. *capacity is how many operations
 * trace has room for, 0 at first; it grows. Returns false, with the error
 * filled, if there are too many or memory runs out; the trace then is as it
 * was.
 */
bool lines_push(struct lines *l, struct trace *trace, size_t *capacity,
                const struct op *op);

#endif
