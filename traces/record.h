/*
 * record.h - runs a program under the recorder and makes traces of what it
 * and the processes that it starts allocate.
 */
#ifndef TRACES_RECORD_H
#define TRACES_RECORD_H

#include "traces/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to record, and how. */
struct record_config {
    const char *recorder; /* path of recorder.so */
    const char *out;      /* file for the trace of the program itself */
    const char *title;    /* one line; NULL: the program's name makes one */
    const char *setup;    /* commands that make what the program reads, lines
                             separated by '\n', that stand before the one that
                             records; NULL: none */
    size_t limit;         /* operations to keep of each process; 0: all */
    size_t skip; /* operations of each process to leave out first; what is
                     live after them is allocated at once */
};

/* What came of it. */
struct record_result {
    int status;        /* the program's exit status; 128 + the signal, if it
                          was killed by one */
    int signal;        /* that killed it; 0: it exited */
    size_t traces;     /* files written */
    size_t operations; /* in the first of them */
    size_t lost;       /* events of all processes that could not be kept */
};

/*
 * Runs the program argv[0], found as a shell finds it, with the arguments
 * argv, and waits for its end. Then writes a trace for each process that made
 * allocations and was recorded: the first to start, which is the program, to
 * config->out; the others, in the order of their starts, to the same name
 * with 2, 3 and so on before its extension: out.trace, out.2.trace. An exec
 * makes a new process here, and so does a fork, whose trace begins with
 * allocations of what was live at the fork. A process that outlives the
 * program is recorded up to the program's end.
 *
 * Programs that are static, setuid, or bring a malloc of their own cannot be
 * recorded.
 *
 * Returns true and fills *result; or false and fills *error, "NAME: why", if
 * the program cannot be run, nothing was recorded, or a trace cannot be
 * written. result->status is right if the program ran, else 127.
 */
bool record_run(const struct record_config *config, char *const argv[],
                struct record_result *result, struct trace_error *error);

#endif
