/*
 * model.h - who owns which bytes: the judge's own picture of a heap.
 *
 * Every 16 bytes of address space that ever belonged to a block remember the
 * operation that allocated it, and whether it has been freed. Blocks are
 * aligned to 16, so two blocks overlap exactly if they share such a granule.
 * Costs a hash lookup a call, and time and memory linear in the bytes.
 */
#ifndef GRADER_MODEL_H
#define GRADER_MODEL_H

#include "grader/runner/job.h"

struct model;

/* A block: the operation that allocated it tells its size and identifier. */
struct block {
    uint64_t start;    /* address; 0: the operation allocated nothing */
    uint64_t freed_by; /* the operation that ended it; NO_OP: it is live */
};

/* Returns an empty model for the operations of trace, or NULL for want of
   memory. trace must stay as it is as long as the model. */
struct model *model_open(const struct trace *trace);

/* Frees model. NULL does nothing. */
void model_close(struct model *model);

/*
 * Takes in that operation op allocated its size at start, a multiple of 16.
 * Returns NO_OP; or, if the block overlaps a live one, the operation that
 * allocated that one (the lowest such block) and changes nothing.
 * *out_of_memory is set if the model could not grow.
 */
uint64_t model_allocate(struct model *model, uint64_t op, uint64_t start,
                        bool *out_of_memory);

/* Takes in that operation op ended the live block of identifier id. */
void model_free(struct model *model, uint64_t id, uint64_t op);

/*
 * Returns the operation that allocated the live block of identifier id, or
 * NO_OP if it has none.
 */
uint64_t model_owner(const struct model *model, uint64_t id);

/* Returns what operation op allocated. */
const struct block *model_block(const struct model *model, uint64_t op);

/*
 * Returns the operation that allocated what lies, or last lay, at address; or
 * NO_OP if nothing ever did.
 */
uint64_t model_at(const struct model *model, uint64_t address);

#endif
