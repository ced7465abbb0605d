/*
 * request.h - what the commands that replay one trace on one allocator are
 * asked: which allocator, of which file, on which trace.
 */
#ifndef GRADER_COMMANDS_REQUEST_H
#define GRADER_COMMANDS_REQUEST_H

#include "grader/cell.h"

#include <argp.h>

struct request {
    const char *allocator;
    const char *trace;
    const char *file;     /* a submission; NULL: the kit's own */
    const char *property; /* names, with commas between; or NULL */
    unsigned properties;  /* the same: bits of enum property */
    bool check;           /* call check() after every operation? */
};

/*
 * Reads the arguments ALLOCATOR and TRACE and the options --file, --no-check
 * and --property into the struct request that is its input: a child of a
 * command's own argp.
 */
extern const struct argp request_argp;

/* Hands the input of a command's parser on to request_argp, its first child,
   at ARGP_KEY_INIT. */
void request_begin(struct argp_state *state, struct request *request);

/*
 * Opens the trace and builds the subject that are asked for. Returns
 * STATUS_FULL; both are then to be ended by request_end(). Otherwise prints
 * why not, and returns the program's exit status.
 */
int request_open(const struct request *request, struct subject *subject,
                 struct workload *workload);
void request_end(struct subject *subject, struct workload *workload);

/* Prints the part of a command line that asks the same again: "--file x.c kr
   comb.trace"; with trace instead of the request's own, unless it is NULL. */
void print_request(FILE *out, const struct request *request,
                   const char *trace);

#endif
