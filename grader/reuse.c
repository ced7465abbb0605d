/*
 * reuse.c - whether a replay ever used memory again.
 */
#include "grader/reuse.h"

#include "grader/model.h"

/* Has any of the bytes in [start, end) had an owner? */
static bool had_owner(const struct model *model, uint64_t start, uint64_t end)
{
    for (uint64_t at = start; at < end; at += 16) {
        if (model_at(model, at) != NO_OP)
            return true;
    }
    return false;
}

/* Takes in operation i. Returns whether its block lies where another did. */
static bool takes_again(struct model *model, const struct trace *trace,
                        const struct outcome *outcome, uint64_t i)
{
    const struct op *op = &trace->ops[i];
    uint64_t start = outcome->records[i].pointer;
    uint64_t end = start + (op->size > 0 ? op->size : 1);
    uint64_t fresh = start; /* from here on it is not the block's own */
    uint64_t old = op->kind == OP_TRIM ? NO_OP : model_owner(model, op->id);
    bool out_of_memory = false;

    if (old != NO_OP && start != 0 && model_block(model, old)->start == start)
        fresh = start + (trace->ops[old].size + 15) / 16 * 16;
    if (op_has_size(op->kind) && start != 0 && had_owner(model, fresh, end))
        return true;
    if (old != NO_OP && (op->kind == OP_FREE || start != 0))
        model_free(model, op->id, i);
    if (op_has_size(op->kind) && start != 0)
        model_allocate(model, i, start, &out_of_memory);
    return out_of_memory;
}

bool replay_reuses(const struct trace *trace, const struct outcome *outcome)
{
    struct model *model = model_open(trace);
    bool again = model == NULL;

    for (uint64_t i = 0; i < trace->op_count && !again; i++)
        again = takes_again(model, trace, outcome, i);
    model_close(model);
    return again;
}
