/*
 * describe.c - the totals that describe a trace to people.
 */
#include "traces/trace.h"

#include "traces/walk.h"

#include <stdlib.h>

static int compare_sizes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* Adds size to the bytes asked for, which stop at the largest number. */
static void add_bytes(struct trace_info *info, uint64_t size)
{
    info->bytes =
        size > UINT64_MAX - info->bytes ? UINT64_MAX : info->bytes + size;
}

bool trace_describe(const struct trace *trace, struct trace_info *info)
{
    struct trace_totals totals;
    struct trace_error error;
    size_t count = 0;

    *info = (struct trace_info){.bytes = 0};
    uint64_t *sizes = malloc(trace->op_count * sizeof *sizes);
    if (sizes == NULL || !trace_walk(trace, "trace", &totals, &error)) {
        free(sizes);
        return false;
    }
    for (size_t i = 0; i < trace->op_count; i++) {
        const struct op *op = &trace->ops[i];
        info->count[op->kind]++;
        if (op_has_size(op->kind)) {
            add_bytes(info, op->size);
            sizes[count++] = op->size;
        }
    }
    if (count > 0) {
        qsort(sizes, count, sizeof *sizes, compare_sizes);
        info->smallest = sizes[0];
        info->median = sizes[(count - 1) / 2];
        info->largest = sizes[count - 1];
    }
    free(sizes);
    info->live_blocks = totals.live_blocks;
    info->leaked_blocks = totals.leaked_blocks;
    info->leaked_bytes = totals.leaked_bytes;
    return true;
}
