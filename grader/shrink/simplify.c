/*
 * simplify.c - ways to make a failing script simpler.
 */
#include "grader/shrink/simplify.h"

#include "allocators/bits.h"
#include "allocators/malloc.h"

#include <stdlib.h>
#include <string.h>

/* A script of so few operations is not made shorter by fusing blocks. */
#define FEW ((size_t)8)

/* Notes in unit which operations begin a life that has no other operation. */
static void find_lasting(struct search *search)
{
    size_t lives = script_renumber(&search->best);
    size_t *uses = calloc(lives + 1, sizeof(*uses));

    search->unit_count = 0;
    for (size_t i = 0; uses != NULL && i < search->best.count; i++)
        uses[search->best.ops[i].id] += search->best.ops[i].kind != OP_TRIM;
    for (size_t i = 0; i < search->best.count; i++) {
        const struct op *op = &search->best.ops[i];
        bool lasts = uses != NULL && op->kind != OP_TRIM &&
                     op->kind != OP_ALIGNED && uses[op->id] == 1 &&
                     i + 1 < search->best.count;
        search->unit[i] = lasts ? search->unit_count++ : NO_UNIT;
    }
    free(uses);
}

/*
 * Tries the best script with the units from first up to last made one block,
 * as large as they are together with the headers between them.
 */
static bool fails_fused(struct search *search, size_t first, size_t last)
{
    const struct script *best = &search->best;
    struct script *attempt = &search->attempt;
    size_t at = 0;
    uint64_t size = 0;

    attempt->count = 0;
    for (size_t i = 0; i < best->count; i++) {
        size_t unit = search->unit[i];
        if (unit != NO_UNIT && unit >= first && unit < last)
            size += round_up(best->ops[i].size, ALIGNMENT) + ALIGNMENT;
        if (unit == first)
            at = attempt->count;
        if (unit == NO_UNIT || unit <= first || unit >= last)
            attempt->ops[attempt->count++] = best->ops[i];
    }
    if (size > TRACE_SIZE_MAX)
        return false;
    attempt->ops[at].kind = OP_MALLOC;
    attempt->ops[at].size = size - ALIGNMENT;
    return attempt_fails(search);
}

bool fuse_blocks(struct search *search)
{
    bool any = false;

    if (search->best.count <= FEW)
        return false;
    find_lasting(search);
    for (size_t run = search->unit_count; run >= 2; run = (run + 1) / 2) {
        for (size_t first = 0;
             first + run <= search->unit_count && !search->result->spent;) {
            if (fails_fused(search, first, first + run)) {
                any = true;
                find_lasting(search);
            } else {
                first += run > 2 ? run / 2 : 1;
            }
        }
        if (run == 2)
            break;
    }
    return any;
}

/* Tries the script whose operation i is a plain malloc instead. */
static bool fails_plain(struct search *search, size_t i)
{
    struct script *attempt = &search->attempt;
    struct op *op = &attempt->ops[i];

    attempt_best(search);
    if (op->kind == OP_CALLOC || op->kind == OP_ALIGNED) {
        op->kind = OP_MALLOC;
        op->alignment_order = 0;
        return attempt_fails(search);
    }
    if (op->kind != OP_REALLOC)
        return false;
    op->kind = OP_MALLOC; /* and what it resized goes */
    for (size_t k = i; k-- > 0;) {
        if (attempt->ops[k].kind == OP_TRIM || attempt->ops[k].id != op->id)
            continue;
        attempt->count--;
        memmove(&attempt->ops[k], &attempt->ops[k + 1],
                (attempt->count - k) * sizeof(*op));
        return attempt_fails(search);
    }
    return false;
}

bool make_plain(struct search *search)
{
    bool any = false;

    for (size_t i = 0; i < search->best.count && !search->result->spent; i++)
        any |= fails_plain(search, i);
    return any;
}

/* --- sizes ------------------------------------------------------------- */

/* Sizes that read well, the smallest first. */
static const uint64_t round_sizes[] = {
    16,    32,     48,     64,     80,     96,     112,     128,   160,
    200,   256,    320,    400,    512,    640,    800,     1000,  1024,
    1500,  2000,   2048,   3000,   4000,   4096,   5000,    6000,  8000,
    8192,  10000,  12000,  16000,  16384,  20000,  30000,   32768, 50000,
    65536, 100000, 131072, 200000, 262144, 500000, 1000000,
};

#define ROUND_SIZES (sizeof(round_sizes) / sizeof(round_sizes[0]))

static bool fails_with_size(struct search *search, size_t i, uint64_t size)
{
    if (search->best.ops[i].size == size)
        return false;
    attempt_best(search);
    search->attempt.ops[i].size = size;
    return attempt_fails(search);
}

/* Makes the size of operation i the smallest round one that will do. */
static bool shrink_size(struct search *search, size_t i)
{
    uint64_t size = search->best.ops[i].size;
    uint64_t even = round_up(size, ALIGNMENT);
    size_t low = 0, high = 0;

    while (high < ROUND_SIZES && round_sizes[high] < size)
        high++;
    if (high < ROUND_SIZES && round_sizes[high] == size && high == 0)
        return false;
    while (low < high && i < search->best.count) {
        size_t middle = (low + high) / 2;
        if (fails_with_size(search, i, round_sizes[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    if (i < search->best.count && search->best.ops[i].size == size)
        fails_with_size(search, i, even > 0 ? even : ALIGNMENT);
    return i >= search->best.count || search->best.ops[i].size < size;
}

/* Tries the script with all sizes the same. */
static bool fails_with_sizes(struct search *search, uint64_t size)
{
    bool changed = false;

    attempt_best(search);
    for (size_t i = 0; i < search->attempt.count; i++) {
        struct op *op = &search->attempt.ops[i];
        changed |= op_has_size(op->kind) && op->size > size;
        if (op_has_size(op->kind) && op->size > size)
            op->size = size;
    }
    return changed && attempt_fails(search);
}

bool shrink_sizes(struct search *search)
{
    bool any = false;

    for (size_t i = 0; i < 20 && !search->result->spent && !any; i += 4)
        any = fails_with_sizes(search, round_sizes[i]);
    for (size_t i = 0; i < search->best.count && !search->result->spent; i++)
        if (op_has_size(search->best.ops[i].kind))
            any |= shrink_size(search, i);
    return any;
}
