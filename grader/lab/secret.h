/*
 * secret.h - traces that a course keeps to itself: variants of a rubric's
 * (traces/vary.h), made from a secret. Who submits gets some of them, chosen
 * by the secret and by who it is, and cannot tell which. docs/secret.md says
 * what is varied and why.
 */
#ifndef GRADER_LAB_SECRET_H
#define GRADER_LAB_SECRET_H

#include "grader/lab/rubric.h"
#include "grader/lab/sha256.h"
#include "grader/subject.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How many variants a course has of each trace. */
#define SECRET_VARIANTS ((size_t)8)

/* Bytes of a secret, without white space at its end. */
#define SECRET_LEAST ((size_t)16)
#define SECRET_MOST  ((size_t)4096)

/* What the reference reaches on a trace, where a step measures it. */
struct reach {
    double utilization; /* 0 to 1; 0: not measured */
    double cost;        /* counted, an operation; 0: not measured */
};

/* A variant of which the reference was found to do as well. */
struct variant {
    size_t window;    /* for trace_vary(); 0: the trace stays as it is */
    uint64_t counter; /* how many seeds were tried before */
    struct reach reach;
};

/* A trace of the rubric that can be varied, or that is measured. */
struct varied {
    char name[WORD_ROOM]; /* as in the rubric */
    struct reach reach;   /* on the trace as it is shipped */
    size_t moved;         /* seeds refused since the live peak moved */
    size_t failed;        /* since the reference did not do as well */
    struct variant variants[SECRET_VARIANTS];
};

struct secret {
    uint8_t key[SHA256_SIZE]; /* what stands for the secret's text */
    char lab[WORD_ROOM];
    struct varied *traces;
    size_t count;    /* of traces */
    bool remembered; /* the variants were accepted by an earlier run */
};

/*
 * Reads the secret in file and accepts variants of the rubric's traces, with
 * the kit's own allocator as the reference. Returns false, with a line in
 * error, if the file is no secret, the reference does not have what the rubric
 * asks for, or there is no valgrind to count with. secret_close() frees it.
 *
 * Accepting takes many replays: about half a minute for lab 1. What was
 * accepted is remembered in build/secret/, until the secret, the rubric, its
 * traces or the allocators change.
 */
bool secret_open(struct secret *secret, const char *file,
                 const struct rubric *rubric, char *error, size_t size);
void secret_close(struct secret *secret);

/*
 * Puts the variant that identity gets in the place of *trace, which is freed;
 * name is as in the rubric. A trace that is not varied stays. The same secret,
 * identity and name get the same trace, as long as the kit stays the same.
 * Returns false, with a line in error and *trace as it was, if memory runs
 * out.
 */
bool secret_trace(const struct secret *secret, const char *identity,
                  const char *name, struct trace **trace, char *error,
                  size_t size);

/* A secret and who submits: what a dealer needs. */
struct secret_hand {
    const struct secret *secret;
    const char *identity; /* the student's, or the class's; any text */
};

/*
 * Returns the dealer for a subject's traces. hand must stay as it is for as
 * long as that is used.
 */
struct dealer secret_dealer(const struct secret_hand *hand);

/* Prints a line for each trace: what is varied, and what was refused. */
void secret_print(FILE *out, const struct secret *secret);

/*
 * Returns the seed of a trace's variant number k after counter others were
 * tried: from the secret, by HMAC, so that it tells nothing of the secret or
 * of another seed.
 */
uint64_t secret_seed(const struct secret *secret, const char *name, size_t k,
                     uint64_t counter);

#endif
