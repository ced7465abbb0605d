/*
 * generate.h - traces that are made, not recorded: a kind, its parameters and
 * a seed always give the same trace, on every machine.
 */
#ifndef TRACES_GENERATE_H
#define TRACES_GENERATE_H

#include "traces/trace.h"

#include <stddef.h>
#include <stdint.h>

struct draft;

/* Something about a kind that can be set: "count=400". */
struct parameter {
    const char *name;
    uint64_t least, most; /* what it may be */
    uint64_t usual;       /* what it is if it is not set */
    const char *meaning;  /* one line, with the unit */
};

/* The most parameters that a kind has. */
#define PARAMETERS_MAX ((size_t)10)

/*
 * A kind of trace. Where a kind has both of the parameters "least" and
 * "most", least is never set above most.
 */
struct generator {
    const char *name;    /* what trace_generate() calls it */
    const char *meaning; /* what happens in it, one line */
    const char *title;   /* the trace's title */
    const char *about;   /* what it shows: the trace's about lines */
    struct parameter parameters[PARAMETERS_MAX]; /* ended by a NULL name */

    /*
     * Appends the operations to the draft, which knows what the parameters
     * are set to. Its random numbers are seeded from "seed", if there is one.
     */
    void (*make)(struct draft *draft);
};

/* The kinds that there are, and how many. */
extern const struct generator generators[];
extern const size_t generator_count;

/* Returns the kind called name, or NULL if there is none. */
const struct generator *generator_named(const char *name);

/*
 * Makes a trace of the kind called kind. settings are settings_count strings
 * "PARAMETER=NUMBER"; what is not set is as usual. The trace's make header is
 * the command that makes it again, every parameter in it. Returns the trace,
 * to be freed by trace_free(); or NULL, with *error filled, if there is no
 * such kind or parameter, a number is out of range, or memory runs out.
 */
struct trace *trace_generate(const char *kind, const char *const *settings,
                             size_t settings_count,
                             struct trace_error *error);

#endif
