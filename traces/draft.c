/*
 * draft.c - appends operations to a trace in the making, and draws numbers.
 *
 * The random numbers are SplitMix64's (Steele, Lea and Flood, "Fast
 * Splittable Pseudorandom Number Generators", OOPSLA 2014): a counter that
 * goes up by an odd constant, and a mixing of its bits. All arithmetic is
 * modulo 2^64, so that a seed means the same trace everywhere.
 */
#include "traces/draft.h"

#include <stdlib.h>
#include <string.h>

/* Operations that the first piece of memory holds; it doubles from there. */
#define FIRST_OPS ((size_t)1024)

uint64_t draft_value(const struct draft *d, const char *name)
{
    const struct parameter *parameter = d->generator->parameters;

    while (strcmp(parameter->name, name) != 0)
        parameter++;
    return d->values[parameter - d->generator->parameters];
}

static void append(struct draft *d, enum op_kind kind, uint64_t id,
                   uint64_t size)
{
    if (d->count == d->capacity && !d->full) {
        size_t more = d->capacity > 0 ? 2 * d->capacity : FIRST_OPS;
        struct op *ops = realloc(d->ops, more * sizeof *ops);
        if (ops != NULL) {
            d->ops = ops;
            d->capacity = more;
        }
        d->full = ops == NULL;
    }
    d->full = d->full || d->count == TRACE_OPS_MAX;
    if (d->full)
        return;
    d->ops[d->count++] = (struct op){.kind = (uint8_t)kind,
                                     .thread = d->thread,
                                     .id = (uint32_t)id,
                                     .size = size};
}

void draft_malloc(struct draft *d, uint64_t id, uint64_t size)
{
    append(d, OP_MALLOC, id, size);
}

void draft_realloc(struct draft *d, uint64_t id, uint64_t size)
{
    append(d, OP_REALLOC, id, size);
}

void draft_free(struct draft *d, uint64_t id)
{
    append(d, OP_FREE, id, 0);
}

void draft_trim(struct draft *d)
{
    append(d, OP_TRIM, 0, 0);
}

/* Returns the next 64 random bits. */
static uint64_t next(struct draft *d)
{
    uint64_t bits = d->random += 0x9e3779b97f4a7c15;

    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31);
}

uint64_t draft_uniform(struct draft *d, uint64_t least, uint64_t most)
{
    uint64_t range = most - least + 1; /* 0: all of them */

    return range == 0 ? next(d) : least + next(d) % range;
}

/* Returns the power of two that number, not 0, has reached. */
static unsigned log2_of(uint64_t number)
{
    unsigned order = 0;

    for (; number > 1; number /= 2)
        order++;
    return order;
}

uint64_t draft_log_uniform(struct draft *d, uint64_t least, uint64_t most)
{
    unsigned octaves = log2_of(most / least);

    if (octaves == 0)
        return draft_uniform(d, least, most);
    /* Octaves are counted down from most; the last reaches to least. */
    uint64_t octave = draft_uniform(d, 0, octaves - 1);
    uint64_t from = (most >> (octave + 1)) + 1;
    return draft_uniform(d, octave == octaves - 1 ? least : from,
                         most >> octave);
}

void draft_shuffle(struct draft *d, uint32_t *numbers, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)draft_uniform(d, 0, i - 1);
        uint32_t number = numbers[i - 1];
        numbers[i - 1] = numbers[other];
        numbers[other] = number;
    }
}

uint32_t *draft_order(struct draft *d, size_t count)
{
    uint32_t *order = calloc(count, sizeof *order);

    if (order == NULL) {
        d->full = true;
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    draft_shuffle(d, order, count);
    return order;
}
