/*
 * shrink.h - finds the shortest script that still shows what is wrong: a trace
 * of thousands of operations becomes one that can be followed by hand.
 */
#ifndef GRADER_SHRINK_SHRINK_H
#define GRADER_SHRINK_SHRINK_H

#include "grader/judge.h"
#include "grader/subject.h"

/* What is asked of a replay, and how much work the search may be. */
struct demand {
    bool check;          /* call check() after every operation? */
    unsigned properties; /* of enum property */
    size_t tests;        /* replays, at the most; 0: 1500 */
    double seconds;      /* no new replay after so long; 0: 20 */
    const char *make;    /* for the result's header: the command that asks */
};

/* What became of a search. */
struct shrinkage {
    struct verdict verdict; /* of the result's last operation */
    char rule[16];          /* the invariant, for WRONG_INVARIANT */
    size_t tests;           /* replays that it took */
    bool spent;             /* it ended because tests or seconds did */
    char message[512];      /* why there is no result */
};

/*
 * Looks for a small trace on which subject goes wrong in the same way as on
 * trace, called name: the same verdict, and the same invariant if it is one.
 * The failing operation is the result's last one. Returns it, sound, to be
 * freed by trace_free(); or NULL, with shrinkage->message filled, if nothing
 * is wrong on trace or memory runs out. The same each time, unless seconds
 * ran out.
 */
struct trace *shrink_trace(const struct subject *subject,
                           const struct trace *trace, const char *name,
                           const struct demand *demand,
                           struct shrinkage *shrinkage);

#endif
