/*
 * convert.c - from raw events to operations.
 *
 * The events are replayed in order of their stamps. A table holds what is
 * live, by address; a block has its identifier from its allocation to its
 * free. A resize is two events. Between them the block is in neither place:
 * the thread that resizes it has it in its hands, for the old address can
 * be given to somebody else before the second event.
 *
 * What a forked process begins with is found by replaying its ancestors up to
 * the forks, without keeping any operations, and going on with the table that
 * this leaves.
 */
#include "traces/convert.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* More threads than this in one process are not believed. */
#define ACTORS_MAX ((size_t)1 << 20)

/* A block that is live. */
struct block {
    uint64_t address; /* 0: no block */
    uint64_t size;    /* bytes asked for */
    uint64_t birth;   /* blocks allocated before it */
    uint32_t id;      /* its identifier in the trace */
    uint8_t kind;     /* OP_ALIGNED, or OP_MALLOC for all other kinds */
    uint8_t order;    /* log2 of its alignment */
};

/* Live blocks by address: open addressing, at most half of it taken. */
struct table {
    struct block *slots; /* 2^order of them */
    unsigned order;
    size_t count;
};

/* A thread of the process. */
struct actor {
    struct block resizing; /* the block it is resizing, if any */
    uint8_t number;        /* one more than its number in the trace; or 0 */
};

struct replay {
    struct table live;
    struct actor *actors; /* by the recorder's numbers */
    size_t actor_count;
    uint32_t *spare_ids; /* freed ones, the last one on top */
    size_t spare_count, spare_room;
    uint32_t next_id; /* lowest that was never used */
    uint64_t births;
    bool keeping; /* operations are kept, not just counted */
    size_t limit;
    size_t op_room;
    struct conversion *result;
};

/*
 * Makes room for count things of size bytes at things, where *room of them
 * have room now. Returns where they are then; or NULL, with nothing changed,
 * if memory runs out.
 */
static void *make_room(void *things, size_t *room, size_t count, size_t size)
{
    size_t more = *room > 0 ? *room : 64;
    void *moved = things;

    if (count <= *room)
        return things;
    while (more < count)
        more *= 2;
    moved = reallocarray(things, more, size);
    if (moved != NULL)
        *room = more;
    return moved;
}

/* The slot in which the search for an address begins. */
static size_t slot_of(const struct table *table, uint64_t address)
{
    return (size_t)(address * 0x9E3779B97F4A7C15U >> (64 - table->order));
}

/* The slot that has the block at address; an empty one if there is none. */
static struct block *table_find(const struct table *table, uint64_t address)
{
    size_t mask = ((size_t)1 << table->order) - 1;
    size_t i = slot_of(table, address);

    while (table->slots[i].address != 0 && table->slots[i].address != address)
        i = (i + 1) & mask;
    return &table->slots[i];
}

/* Makes the table empty, of 2^order slots. */
static bool table_open(struct table *table, unsigned order)
{
    *table = (struct table){.order = order};
    table->slots = calloc((size_t)1 << order, sizeof *table->slots);
    return table->slots != NULL;
}

/* Doubles the table. */
static bool table_grow(struct table *table)
{
    struct table larger;

    if (!table_open(&larger, table->order + 1))
        return false;
    for (size_t i = 0; i >> table->order == 0; i++) {
        const struct block *block = &table->slots[i];
        if (block->address != 0)
            *table_find(&larger, block->address) = *block;
    }
    larger.count = table->count;
    free(table->slots);
    *table = larger;
    return true;
}

/* Adds a block, at an address that the table does not have. */
static bool table_add(struct table *table, const struct block *block)
{
    if (table->count + 1 > (size_t)1 << table->order >> 1 &&
        !table_grow(table))
        return false;
    *table_find(table, block->address) = *block;
    table->count++;
    return true;
}

/*
 * Empties a slot. The blocks after it, up to the next empty slot, move into
 * the gap unless that is before where the search for them begins.
 */
static void table_remove(struct table *table, struct block *block)
{
    size_t mask = ((size_t)1 << table->order) - 1;
    size_t gap = (size_t)(block - table->slots);
    size_t i = gap;

    for (;;) {
        i = (i + 1) & mask;
        if (table->slots[i].address == 0)
            break;
        size_t home = slot_of(table, table->slots[i].address);
        if (((i - home) & mask) >= ((i - gap) & mask)) {
            table->slots[gap] = table->slots[i];
            gap = i;
        }
    }
    table->slots[gap].address = 0;
    table->count--;
}

static uint32_t take_id(struct replay *replay)
{
    if (replay->spare_count > 0)
        return replay->spare_ids[--replay->spare_count];
    return replay->next_id++;
}

static bool give_id(struct replay *replay, uint32_t id)
{
    uint32_t *ids = make_room(replay->spare_ids, &replay->spare_room,
                              replay->spare_count + 1, sizeof id);

    if (ids == NULL)
        return false;
    replay->spare_ids = ids;
    ids[replay->spare_count++] = id;
    return true;
}

/* The thread with the recorder's number; NULL if memory runs out. */
static struct actor *actor_of(struct replay *replay, uint32_t number)
{
    size_t before = replay->actor_count;

    struct actor *actors = make_room(replay->actors, &replay->actor_count,
                                     (size_t)number + 1, sizeof *actors);

    if (actors == NULL)
        return NULL;
    replay->actors = actors;
    memset(actors + before, 0,
           (replay->actor_count - before) * sizeof *actors);
    return &actors[number];
}

/* Forgets the threads, and what they were resizing. */
static void forget_actors(struct replay *replay)
{
    if (replay->actors != NULL)
        memset(replay->actors, 0,
               replay->actor_count * sizeof *replay->actors);
}

/* Counts an operation, and keeps it if operations are being kept. */
static bool keep(struct replay *replay, struct actor *actor, struct op op)
{
    struct conversion *result = replay->result;

    result->found++;
    if (!replay->keeping)
        return true;
    if (op.id >= TRACE_IDS_MAX)
        replay->limit = result->op_count;
    if (result->op_count >= replay->limit)
        return true;
    struct op *ops = make_room(result->ops, &replay->op_room,
                               result->op_count + 1, sizeof op);
    if (ops == NULL)
        return false;
    result->ops = ops;
    if (actor != NULL && actor->number == 0) {
        result->raw_threads++;
        if (result->threads < TRACE_THREADS_MAX)
            result->threads++;
        actor->number = (uint8_t)result->threads;
    }
    if (actor != NULL)
        op.thread = (uint16_t)(actor->number - 1);
    if (op.size > TRACE_SIZE_MAX)
        op.size = TRACE_SIZE_MAX;
    result->ops[result->op_count++] = op;
    return true;
}

static bool free_block(struct replay *replay, struct actor *actor,
                       struct block *block)
{
    uint32_t id = block->id;

    table_remove(&replay->live, block);
    return give_id(replay, id) &&
           keep(replay, actor, (struct op){.kind = OP_FREE, .id = id});
}

/* Puts a block where it now is. What was there must have been freed. */
static bool place_block(struct replay *replay, struct actor *actor,
                        const struct block *block)
{
    struct block *stale = table_find(&replay->live, block->address);

    if (stale->address != 0) {
        if (replay->keeping)
            replay->result->unseen++;
        if (!free_block(replay, actor, stale))
            return false;
    }
    return table_add(&replay->live, block);
}

static bool on_new(struct replay *replay, struct actor *actor,
                   const struct raw_event *event, enum op_kind kind)
{
    uint64_t order = kind == OP_ALIGNED ? event->order : 0;
    struct block block = {.address = event->address,
                          .size = event->size,
                          .birth = replay->births++,
                          .kind = kind == OP_ALIGNED ? kind : OP_MALLOC};

    while ((uint64_t)1 << block.order < TRACE_ALIGN_MAX &&
           block.order < order)
        block.order++;
    block.id = take_id(replay);
    return place_block(replay, actor, &block) &&
           keep(replay, actor,
                (struct op){.kind = (uint8_t)kind,
                            .alignment_order = block.order,
                            .id = block.id,
                            .size = block.size});
}

static bool on_free(struct replay *replay, struct actor *actor,
                    const struct raw_event *event)
{
    struct block *block = table_find(&replay->live, event->address);

    return block->address == 0 || free_block(replay, actor, block);
}

static void on_resize(struct replay *replay, struct actor *actor,
                      const struct raw_event *event)
{
    struct block *block = table_find(&replay->live, event->address);

    actor->resizing = *block; /* an empty slot: it is not known */
    if (block->address != 0)
        table_remove(&replay->live, block);
}

static bool on_resized(struct replay *replay, struct actor *actor,
                       const struct raw_event *event)
{
    struct block block = actor->resizing;

    if (block.address == 0)
        return on_new(replay, actor, event, OP_MALLOC);
    actor->resizing.address = 0;
    block.address = event->address;
    block.size = event->size;
    block.kind = OP_MALLOC;
    block.order = 0;
    return place_block(replay, actor, &block) &&
           keep(replay, actor,
                (struct op){
                    .kind = OP_REALLOC, .id = block.id, .size = block.size});
}

static bool on_kept(struct replay *replay, struct actor *actor)
{
    struct block block = actor->resizing;

    actor->resizing.address = 0;
    return block.address == 0 || place_block(replay, actor, &block);
}

static bool on_event(struct replay *replay, const struct raw_event *event)
{
    enum raw_kind kind = atomic_load(&event->kind);
    struct actor *actor = NULL;

    if (kind == RAW_NONE || event->thread >= ACTORS_MAX ||
        event->address == 0)
        return true;
    actor = actor_of(replay, event->thread);
    if (actor == NULL)
        return false;
    switch (kind) {
    case RAW_MALLOC:
        return on_new(replay, actor, event, OP_MALLOC);
    case RAW_CALLOC:
        return on_new(replay, actor, event, OP_CALLOC);
    case RAW_ALIGNED:
        return on_new(replay, actor, event, OP_ALIGNED);
    case RAW_FREE:
        return on_free(replay, actor, event);
    case RAW_RESIZE:
        on_resize(replay, actor, event);
        return true;
    case RAW_RESIZED:
        return on_resized(replay, actor, event);
    case RAW_KEPT:
        return on_kept(replay, actor);
    default:
        return true;
    }
}

static int compare_births(const void *a, const void *b)
{
    uint64_t x = ((const struct block *)a)->birth;
    uint64_t y = ((const struct block *)b)->birth;

    return (x > y) - (x < y);
}

/* Returns a copy of the live blocks in the order of their births, or NULL. */
static struct block *list_live(const struct table *live)
{
    struct block *blocks = calloc(live->count + 1, sizeof *blocks);
    size_t count = 0;

    if (blocks == NULL)
        return NULL;
    for (size_t i = 0; i >> live->order == 0; i++)
        if (live->slots[i].address != 0)
            blocks[count++] = live->slots[i];
    qsort(blocks, count, sizeof *blocks, compare_births);
    return blocks;
}

/*
 * Begins to keep operations: first allocations of all that is live, under new
 * identifiers, in the order of their births.
 */
static bool begin(struct replay *replay)
{
    struct conversion *result = replay->result;
    struct block *blocks = list_live(&replay->live);
    size_t found = result->found;
    bool done = blocks != NULL;

    forget_actors(replay);
    replay->keeping = true;
    replay->spare_count = 0;
    replay->next_id = 0;
    for (size_t i = 0; done && i < replay->live.count; i++) {
        const struct block *block = &blocks[i];
        uint32_t id = take_id(replay);
        table_find(&replay->live, block->address)->id = id;
        done = keep(replay, NULL,
                    (struct op){.kind = block->kind,
                                .alignment_order = block->order,
                                .id = id,
                                .size = block->size});
    }
    result->inherited = result->op_count;
    result->found = found;
    free(blocks);
    return done;
}

/* Replays, without keeping any operations, what came before process. */
static bool replay_ancestors(struct replay *replay,
                             const struct raw_process *process)
{
    size_t depth = 0;

    for (const struct raw_process *p = process; p->parent != NULL;
         p = p->parent)
        depth++;
    for (; depth > 0; depth--) {
        const struct raw_process *heir = process;
        for (size_t i = 1; i < depth; i++)
            heir = heir->parent;
        const struct raw_process *parent = heir->parent;
        for (size_t i = 0; i < parent->event_count; i++) {
            if (i >= heir->header->fork_stamp)
                break;
            if (!on_event(replay, &parent->events[i]))
                return false;
        }
        forget_actors(replay);
    }
    replay->result->found = 0;
    return true;
}

bool convert_process(const struct raw_process *process, size_t skip,
                     size_t limit, struct conversion *result)
{
    struct replay replay = {.limit =
                                limit < TRACE_OPS_MAX ? limit : TRACE_OPS_MAX,
                            .result = result};
    bool done = false;

    *result = (struct conversion){.ops = NULL};
    done = table_open(&replay.live, 10) && replay_ancestors(&replay, process);
    for (size_t i = 0; done && i < process->event_count; i++) {
        if (!replay.keeping && result->found >= skip)
            done = begin(&replay);
        done = done && on_event(&replay, &process->events[i]);
    }
    if (result->op_count > 0 && result->threads == 0)
        result->threads = 1;
    if (!done) {
        free(result->ops);
        result->ops = NULL;
    }
    free(replay.live.slots);
    free(replay.actors);
    free(replay.spare_ids);
    return done;
}
