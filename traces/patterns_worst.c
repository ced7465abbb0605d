/*
 * patterns_worst.c - generated traces that are as bad as can be for a policy.
 *
 * The first two are one program. It works in steps: in step i, blocks of 2^i
 * units are allocated, after so much was freed that no hole has room for one.
 * J. M. Robson found it, "An Estimate of the Store Size Necessary for Dynamic
 * Storage Allocation", Journal of the ACM 18 (1971), and it is bad for every
 * allocator that does not move blocks: it looks at addresses to choose what it
 * frees. A trace cannot look, so here the addresses are foretold: as no block
 * fits a hole, each is the next one behind all others. So Knuth states it for
 * buddies, "The Art of Computer Programming", volume 1, 3rd edition, exercise
 * 41 of section 2.5. It holds for first fit, next fit and best fit as well, if
 * they work upwards through one heap and if a block takes exactly 2^i units,
 * overhead and rounding included; but that the first block of a step begins in
 * the hole at the end of the heap, which shifts what follows and spoils
 * nothing.
 */
#include "traces/patterns.h"

#include "traces/draft.h"

#include <stdlib.h>

/* The adversary under way. Sizes and addresses are in units. */
struct adversary {
    struct draft *d;
    uint64_t (*payload)(struct draft *d, uint64_t size); /* in bytes */
    uint64_t *addresses; /* of the blocks, by identifier; they ascend */
    uint64_t *live;      /* the identifiers that are live, they ascend too */
    uint64_t live_count;
    uint64_t count; /* identifiers there are */
    uint64_t end;   /* of the heap */
};

/* Allocates blocks of size units, all in all total units. */
static void allocate_units(struct adversary *a, uint64_t size, uint64_t total)
{
    for (uint64_t i = 0; i < total / size; i++) {
        draft_malloc(a->d, a->count, a->payload(a->d, size));
        a->live[a->live_count++] = a->count;
        a->addresses[a->count++] = a->end;
        a->end += size;
    }
}

/* Frees all blocks that do not lie at a multiple of size units. */
static void keep_multiples(struct adversary *a, uint64_t size)
{
    uint64_t left = 0;

    for (uint64_t i = 0; i < a->live_count; i++)
        if (a->addresses[a->live[i]] % size != 0)
            draft_free(a->d, a->live[i]);
        else
            a->live[left++] = a->live[i];
    a->live_count = left;
}

/* Makes the trace, with blocks of so many bytes as payload says. */
static void attack(struct draft *d,
                   uint64_t (*payload)(struct draft *d, uint64_t size))
{
    uint64_t steps = draft_value(d, "steps");
    uint64_t units = draft_value(d, "pairs") << (steps + 1);
    struct adversary a = {.d = d, .payload = payload};

    /* Each step allocates half as many units as the first, or none. */
    a.addresses = calloc(2 * units, sizeof *a.addresses);
    a.live = calloc(2 * units, sizeof *a.live);
    if (a.addresses != NULL && a.live != NULL) {
        allocate_units(&a, 1, units);
        for (uint64_t i = 1; i <= steps; i++) {
            keep_multiples(&a, (uint64_t)1 << i);
            allocate_units(&a, (uint64_t)1 << i, units / 2);
        }
        keep_multiples(&a, UINT64_MAX);
        draft_free(d, 0); /* the only one at a multiple of that */
    } else {
        d->full = true;
    }
    free(a.addresses);
    free(a.live);
}

/* What is left of size units when a header is taken off. */
static uint64_t without_header(struct draft *d, uint64_t size)
{
    return size * draft_value(d, "unit") - draft_value(d, "header");
}

void pattern_robson(struct draft *d)
{
    attack(d, without_header);
}

/* The least that is rounded up to size units, a power of two. */
static uint64_t just_over_half(struct draft *d, uint64_t size)
{
    return (size << draft_value(d, "order")) / 2 + 1;
}

void pattern_buddy_worst(struct draft *d)
{
    attack(d, just_over_half);
}

/* Blocks of one size, some of which are live. */
struct herd {
    uint32_t *ids; /* those that are live come first */
    uint64_t live; /* how many are */
    uint64_t size; /* of each, in bytes */
};

static void add_one(struct draft *d, struct herd *herd)
{
    draft_malloc(d, herd->ids[herd->live++], herd->size);
}

/* Frees one of those that are live, at random. */
static void drop_one(struct draft *d, struct herd *herd)
{
    uint64_t pick = draft_uniform(d, 0, --herd->live);
    uint32_t id = herd->ids[pick];

    draft_free(d, id);
    herd->ids[pick] = herd->ids[herd->live];
    herd->ids[herd->live] = id;
}

static void replace_both(struct draft *d, struct herd *small,
                         struct herd *large)
{
    drop_one(d, small);
    drop_one(d, large);
    add_one(d, small);
    add_one(d, large);
}

void pattern_rover(struct draft *d)
{
    uint64_t smalls = draft_value(d, "smalls");
    uint64_t larges = draft_value(d, "larges");
    uint64_t holes = draft_value(d, "holes");
    uint32_t *ids = calloc(smalls + larges, sizeof *ids);
    struct herd small = {ids, 0, draft_value(d, "small")};
    struct herd large = {ids + smalls, 0, draft_value(d, "large")};

    d->full = d->full || ids == NULL;
    for (uint64_t i = 0; ids != NULL && i < smalls + larges; i++) {
        ids[i] = (uint32_t)i;
        add_one(d, i < smalls ? &small : &large);
    }
    for (uint64_t i = 0; ids != NULL && i < holes; i++) {
        if (small.live > 1)
            drop_one(d, &small);
        if (large.live > 1)
            drop_one(d, &large);
    }
    for (uint64_t i = 0; ids != NULL && i < draft_value(d, "rounds"); i++)
        replace_both(d, &small, &large);
    while (small.live + large.live > 0)
        drop_one(d, small.live > 0 ? &small : &large);
    free(ids);
}
