/*
 * draft.h - a trace while a generator makes it: operations are appended, and
 * numbers drawn that are the same on every machine.
 */
#ifndef TRACES_DRAFT_H
#define TRACES_DRAFT_H

#include "traces/generate.h"
#include "traces/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct draft {
    const struct generator *generator; /* whose trace it is */
    const uint64_t *values;            /* of the generator's parameters */
    struct op *ops;
    size_t count, capacity; /* operations there are, and there is room for */
    bool full;              /* more than memory or the format has room for:
                               nothing is appended any more */
    uint16_t thread;        /* who acts from now on */
    uint64_t random;        /* state of the generator of random numbers */
};

/*
 * Returns what the parameter called name, one of the generator's own, is set
 * to.
 */
uint64_t draft_value(const struct draft *d, const char *name);

/* Each appends one operation to d. The size is in bytes. */
void draft_malloc(struct draft *d, uint64_t id, uint64_t size);
void draft_realloc(struct draft *d, uint64_t id, uint64_t size);
void draft_free(struct draft *d, uint64_t id);
void draft_trim(struct draft *d);

/* Returns a number from least to most, all about equally often. */
uint64_t draft_uniform(struct draft *d, uint64_t least, uint64_t most);

/*
 * Returns a number from least to most, least at least 1, so that each
 * doubling comes about as often as the next: small numbers are common and
 * large ones rare, as the sizes that programs ask for. All in integers.
 */
uint64_t draft_log_uniform(struct draft *d, uint64_t least, uint64_t most);

/* Puts count numbers at numbers into a random order. */
void draft_shuffle(struct draft *d, uint32_t *numbers, size_t count);

/*
 * Returns the numbers 0 to count - 1 in a random order, to be freed; or NULL,
 * and then d is full, if memory runs out.
 */
uint32_t *draft_order(struct draft *d, size_t count);

#endif
