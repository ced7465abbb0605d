/*
 * model.c - who owns which bytes.
 *
 * A granule is ALIGNMENT bytes. The granules of each 1 MiB of address space
 * that was ever used lie in one leaf; leaves are found by an open hash table
 * on the address, doubled when it is half full. Leaves are mapped, so that a
 * page of a leaf that nothing was entered in costs nothing.
 */
#include "grader/model.h"

#include <stdlib.h>
#include <sys/mman.h>

#define GRANULE       ((uint64_t)16)
#define LEAF_BYTES    ((uint64_t)1 << 20)
#define LEAF_GRANULES (LEAF_BYTES / GRANULE)

/* The last owner of each granule, as its operation's number plus 1. */
struct leaf {
    uint64_t number; /* address / LEAF_BYTES */
    uint32_t *owner; /* LEAF_GRANULES of them; NULL: an empty place */
};

struct model {
    const struct trace *trace;
    struct block *blocks; /* by operation */
    uint64_t *live;       /* by identifier: operation plus 1, or 0 */
    struct leaf *leaves;  /* leaf_room places, a power of two */
    size_t leaf_room;
    size_t leaf_count;
};

struct model *model_open(const struct trace *trace)
{
    struct model *model = calloc(1, sizeof(*model));

    if (model == NULL)
        return NULL;
    model->trace = trace;
    model->leaf_room = 1024;
    model->blocks = calloc(trace->op_count, sizeof(*model->blocks));
    model->live = calloc(trace->id_count, sizeof(*model->live));
    model->leaves = calloc(model->leaf_room, sizeof(*model->leaves));
    if (model->blocks != NULL && model->live != NULL && model->leaves != NULL)
        return model;
    model_close(model);
    return NULL;
}

void model_close(struct model *model)
{
    if (model == NULL)
        return;
    for (size_t i = 0; model->leaves != NULL && i < model->leaf_room; i++) {
        if (model->leaves[i].owner != NULL)
            munmap(model->leaves[i].owner, LEAF_GRANULES * sizeof(uint32_t));
    }
    free(model->leaves);
    free(model->live);
    free(model->blocks);
    free(model);
}

/* Returns the place of leaf number: its own, or the empty one for it. */
static struct leaf *leaf_place(const struct model *model, uint64_t number)
{
    size_t i = (size_t)(number * (uint64_t)0x9e3779b97f4a7c15 >> 20);

    for (;; i++) {
        struct leaf *leaf = &model->leaves[i & (model->leaf_room - 1)];
        if (leaf->owner == NULL || leaf->number == number)
            return leaf;
    }
}

static bool double_leaves(struct model *model)
{
    struct model wider = *model;

    wider.leaf_room *= 2;
    wider.leaves = calloc(wider.leaf_room, sizeof(*wider.leaves));
    if (wider.leaves == NULL)
        return false;
    for (size_t i = 0; i < model->leaf_room; i++) {
        if (model->leaves[i].owner != NULL)
            *leaf_place(&wider, model->leaves[i].number) = model->leaves[i];
    }
    free(model->leaves);
    model->leaves = wider.leaves;
    model->leaf_room = wider.leaf_room;
    return true;
}

/* Returns the owners in the leaf of address; a new leaf if need be. */
static uint32_t *leaf_of(struct model *model, uint64_t address)
{
    uint64_t number = address / LEAF_BYTES;
    struct leaf *leaf = leaf_place(model, number);
    void *owner;

    if (leaf->owner != NULL)
        return leaf->owner;
    if (2 * (model->leaf_count + 1) > model->leaf_room) {
        if (!double_leaves(model))
            return NULL;
        leaf = leaf_place(model, number);
    }
    owner = mmap(NULL, LEAF_GRANULES * sizeof(uint32_t),
                 PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (owner == MAP_FAILED)
        return NULL;
    *leaf = (struct leaf){number, owner};
    model->leaf_count++;
    return owner;
}

/* The bytes that a block of operation op keeps others from: at least one. */
static uint64_t extent(const struct model *model, uint64_t op)
{
    uint64_t size = model->trace->ops[op].size;

    return size > 0 ? size : 1;
}

uint64_t model_allocate(struct model *model, uint64_t op, uint64_t start,
                        bool *out_of_memory)
{
    uint64_t end = start + extent(model, op);

    *out_of_memory = false;
    for (uint64_t at = start; at < end; at += GRANULE) {
        const uint32_t *owner = leaf_of(model, at);
        uint32_t met;
        if (owner == NULL) {
            *out_of_memory = true;
            return NO_OP;
        }
        met = owner[at % LEAF_BYTES / GRANULE];
        if (met != 0 && model->blocks[met - 1].freed_by == NO_OP)
            return met - 1;
    }
    for (uint64_t at = start; at < end; at += GRANULE)
        leaf_of(model, at)[at % LEAF_BYTES / GRANULE] = (uint32_t)op + 1;
    model->blocks[op] = (struct block){start, NO_OP};
    model->live[model->trace->ops[op].id] = op + 1;
    return NO_OP;
}

void model_free(struct model *model, uint64_t id, uint64_t op)
{
    if (model->live[id] == 0)
        return;
    model->blocks[model->live[id] - 1].freed_by = op;
    model->live[id] = 0;
}

uint64_t model_owner(const struct model *model, uint64_t id)
{
    return model->live[id] != 0 ? model->live[id] - 1 : NO_OP;
}

const struct block *model_block(const struct model *model, uint64_t op)
{
    return &model->blocks[op];
}

uint64_t model_at(const struct model *model, uint64_t address)
{
    const struct leaf *leaf = leaf_place(model, address / LEAF_BYTES);
    uint32_t met;

    if (leaf->owner == NULL)
        return NO_OP;
    met = leaf->owner[address % LEAF_BYTES / GRANULE];
    return met != 0 ? met - 1 : NO_OP;
}
