/*
 * judged.c - the judged replay: every byte of every block is written and
 * looked at again, and a record is left of every operation.
 *
 * Nothing is decided here but where to stop. The order of the steps matters:
 * a pointer is in the log before anything is written through it, so that the
 * judge can name a bad one even if the write crashes.
 */
#include "grader/runner/runner.h"

#include "allocators/bits.h"
#include "allocators/source.h"
#include "grader/runner/payload.h"
#include "grader/runner/place.h"

/* What the replay knows of an identifier. */
struct owned {
    void *block;   /* NULL: not live, or its allocation was refused */
    uint64_t size; /* bytes asked for */
    uint64_t op;   /* the operation that allocated it: its pattern */
};

struct replay {
    struct runner *runner;
    struct owned *owned;    /* by identifier */
    uint64_t stamp;         /* of the last event */
    uint64_t watched;       /* identifier of the watched block */
    uint64_t committed;     /* of a system allocator: last measured */
    uint64_t system_start;  /* of a system allocator: before the replay */
    uint64_t measure_every; /* of a system allocator: operations */
};

static void set_phase(const struct replay *replay, enum phase phase)
{
    atomic_store_explicit(&replay->runner->log->phase, phase,
                          memory_order_relaxed);
}

/* A request that no allocator needs for the sake of size bytes. */
static bool unreasonable(uint64_t request, uint64_t size)
{
    return request > 2 * size + ((uint64_t)64 << 20);
}

/* Leaves damage in a record; for the judge to put into words. */
static void note_damage(struct record *record, enum record_flag flag,
                        const struct damage *damage)
{
    record->flags |= flag;
    record->damage_at = damage->at;
    record->damage_count =
        damage->count > UINT32_MAX ? UINT32_MAX : (uint32_t)damage->count;
}

/* Makes the call, and logs what comes back. */
static void *call_logged(struct replay *replay, uint64_t i)
{
    struct runner *runner = replay->runner;
    const struct op *op = &runner->ops[i];
    struct record *record = &runner->records[i];
    struct source *source = runner->source;
    size_t refusals = source != NULL ? source_refusals(source) : 0;
    void *block;

    if (op->kind == OP_FREE)
        record->stamp = ++replay->stamp;
    set_phase(replay, PHASE_CALL);
    block = call_for(runner, op, replay->owned[op->id].block);
    record->pointer = (uintptr_t)block;
    record->flags |= RECORD_RETURNED;
    set_phase(replay, PHASE_LOOK);
    if (op->kind != OP_FREE)
        record->stamp = ++replay->stamp;
    if (source == NULL)
        return block;
    record->committed = source_committed(source);
    if (source_refusals(source) > refusals &&
        !unreasonable(source_refused_size(source), op->size))
        record->flags |= RECORD_REFUSED;
    return block;
}

/* Looks at a block before it is freed or resized. */
static bool whole_before(const struct replay *replay, uint64_t i)
{
    const struct owned *owned = &replay->owned[replay->runner->ops[i].id];
    struct damage damage;

    if (owned->block == NULL ||
        payload_whole(owned->block, owned->size, owned->op, &damage))
        return true;
    note_damage(&replay->runner->records[i], RECORD_DAMAGED, &damage);
    return false;
}

/* Looks at what an allocating call promised of the contents. */
static bool whole_after(const struct replay *replay, uint64_t i, void *block)
{
    const struct op *op = &replay->runner->ops[i];
    const struct owned *old = &replay->owned[op->id];
    uint64_t kept = old->size < op->size ? old->size : op->size;
    struct damage damage;

    if (op->kind == OP_CALLOC && !payload_zero(block, op->size, &damage)) {
        note_damage(&replay->runner->records[i], RECORD_DIRTY, &damage);
        return false;
    }
    if (op->kind == OP_REALLOC && old->block != NULL &&
        !payload_whole(block, kept, old->op, &damage)) {
        note_damage(&replay->runner->records[i], RECORD_LOST, &damage);
        return false;
    }
    return true;
}

/*
 * Replays operation i. Returns false if the replay should stop there: damage
 * was found, or memory has run out.
 */
static bool replay_op(struct replay *replay, uint64_t i, bool fill)
{
    const struct op *op = &replay->runner->ops[i];
    struct owned *owned = &replay->owned[op->id];
    bool ends_block = op->kind == OP_FREE || op->kind == OP_REALLOC;
    void *block;

    set_phase(replay, PHASE_LOOK);
    if (ends_block && !whole_before(replay, i))
        return false;
    block = call_logged(replay, i);
    if (op->kind == OP_TRIM)
        return true;
    if (op->kind == OP_FREE) {
        owned->block = NULL;
        return true;
    }
    if (block == NULL)
        return false;
    if (!whole_after(replay, i, block))
        return false;
    *owned = (struct owned){block, op->size, i};
    if (fill)
        payload_fill(block, op->size, i);
    return true;
}

/* Calls check() after operation i. Returns whether all is well. */
static bool check_now(const struct replay *replay, uint64_t i)
{
    struct runner *runner = replay->runner;
    struct log *log = runner->log;
    struct fault fault = {0};
    const char *sentence;

    set_phase(replay, PHASE_CHECK);
    if (heap_check(runner->allocator, runner->heap, &fault))
        return true;
    log->fault_op = i;
    log->fault_at = (uintptr_t)fault.at;
    sentence = invariant_sentence(runner->allocator, fault.rule);
    for (size_t k = 0; fault.rule != NULL && fault.rule[k] != '\0' &&
                       k < sizeof(log->fault_rule) - 1;
         k++)
        log->fault_rule[k] = fault.rule[k];
    for (size_t k = 0; sentence != NULL && sentence[k] != '\0' &&
                       k < sizeof(log->fault_sentence) - 1;
         k++)
        log->fault_sentence[k] = sentence[k];
    return false;
}

/* Looks at the watched block after operation i. Returns whether it is whole. */
static bool watch_now(const struct replay *replay, uint64_t i)
{
    const struct owned *owned = &replay->owned[replay->watched];
    struct log *log = replay->runner->log;
    struct damage damage;

    set_phase(replay, PHASE_LOOK);
    if (owned->block == NULL || owned->op != replay->runner->job->watch ||
        payload_whole(owned->block, owned->size, owned->op, &damage))
        return true;
    log->watch_op = i;
    log->watch_at = damage.at;
    log->watch_count = damage.count;
    return false;
}

/* Measures what an allocator with pages of its own has committed. */
static void measure_system(struct replay *replay, uint64_t i, bool last)
{
    struct runner *runner = replay->runner;

    if (runner->source != NULL)
        return;
    if (i % replay->measure_every == 0 || last) {
        uint64_t now = system_committed();
        replay->committed =
            now > replay->system_start ? now - replay->system_start : 0;
    }
    runner->records[i].committed = replay->committed;
}

/* Replays up to count operations; returns whether all of them went well. */
static bool replay_all(struct replay *replay, uint64_t count)
{
    struct runner *runner = replay->runner;
    const struct job *job = runner->job;

    for (uint64_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        atomic_store_explicit(&runner->log->started, i + 1,
                              memory_order_relaxed);
        runner->time += TIME_STEP;
        if (!replay_op(replay, i, !(last && job->picture)))
            return false;
        measure_system(replay, i, last);
        if (job->watch != NO_OP && i > job->watch && !watch_now(replay, i))
            return false;
        if (job->check_every != 0 &&
            ((i + 1) % job->check_every == 0 || last) &&
            !check_now(replay, i))
            return false;
    }
    return true;
}

/*
 * At the end: every block that is still live must be whole. Which one is looked
 * at is in the log before it is, for its memory may be gone.
 */
static void look_at_all(const struct replay *replay)
{
    struct log *log = replay->runner->log;
    struct damage damage;

    set_phase(replay, PHASE_LOOK);
    for (uint64_t id = 0; id < replay->runner->job->id_count; id++) {
        const struct owned *owned = &replay->owned[id];
        if (owned->block == NULL)
            continue;
        log->final_op = owned->op;
        if (!payload_whole(owned->block, owned->size, owned->op, &damage)) {
            log->final_at = damage.at;
            log->final_count = damage.count;
            return;
        }
    }
    log->final_op = NO_OP;
}

/* Where the pieces of one view go. */
struct picture {
    struct log_piece *pieces;
    uint64_t *count;
};

static bool draw_piece(void *context, const struct piece *piece)
{
    struct picture *picture = context;

    if (*picture->count == PIECES_MAX)
        return false;
    picture->pieces[(*picture->count)++] = (struct log_piece){
        .start = (uintptr_t)piece->start,
        .size = piece->size,
        .payload = (uintptr_t)piece->payload,
        .live = piece->live,
    };
    return true;
}

static void take_picture(const struct replay *replay)
{
    struct runner *runner = replay->runner;
    struct log *log = runner->log;

    set_phase(replay, PHASE_VIEW);
    if (runner->allocator->walk != NULL)
        runner->allocator->walk(
            runner->heap, draw_piece,
            &(struct picture){log->walk, &log->walk_count});
    if (runner->allocator->lists != NULL)
        runner->allocator->lists(
            runner->heap, draw_piece,
            &(struct picture){log->list, &log->list_count});
}

/* Where a poke's places begin. */
static char *anchor(const struct runner *runner, uint64_t op)
{
    return op == NO_OP ? (char *)runner->heap
                       : (char *)(uintptr_t)runner->records[op].pointer;
}

/* Changes the words that the job names. */
static void break_heap(const struct runner *runner)
{
    const struct job *job = runner->job;
    uint64_t words[POKES_MAX];

    for (uint64_t i = 0; i < job->poke_count; i++) {
        const struct job_poke *poke = &job->pokes[i];
        words[i] = poke->value;
        if (poke->kind == POKE_ADD)
            words[i] +=
                *(uint64_t *)(anchor(runner, poke->op) + poke->offset);
        if (poke->kind == POKE_POINT)
            words[i] += (uintptr_t)anchor(runner, poke->point);
    }
    for (uint64_t i = 0; i < job->poke_count; i++) {
        const struct job_poke *poke = &job->pokes[i];
        *(uint64_t *)(anchor(runner, poke->op) + poke->offset) = words[i];
    }
}

/* Breaks the heap after count operations, and asks check() about it. */
static void try_check(const struct replay *replay, uint64_t count)
{
    struct runner *runner = replay->runner;
    char *base = source_base(runner->source);
    size_t size = (size_t)((char *)source_grow(runner->source, 0) - base);

    break_heap(runner);
    source_protect(runner->source, base, round_up(size, source_page_size()),
                   false);
    runner->log->answer =
        check_now(replay, count - 1) ? ANSWER_TRUE : ANSWER_FALSE;
}

void run_judged(struct runner *runner)
{
    const struct job *job = runner->job;
    uint64_t count =
        job->stop_at < job->op_count ? job->stop_at : job->op_count;
    struct replay replay = {
        .runner = runner,
        .owned = map_at(runner, PLACE_BLOCKS,
                        job->id_count * sizeof(struct owned), -1),
        .watched = job->watch != NO_OP ? runner->ops[job->watch].id : 0,
        .measure_every = job->op_count / 4096 + 1,
    };

    open_heap(runner);
    if (runner->source == NULL) {
        for (uint64_t id = 0; id < job->id_count; id++)
            replay.owned[id].block = NULL; /* so that the page is there */
        replay.system_start = system_committed();
    }
    if (!replay_all(&replay, count))
        count = 0;
    if (count > 0 && job->poke_count > 0 && runner->source != NULL)
        try_check(&replay, count);
    else if (count == job->op_count && !job->picture)
        look_at_all(&replay);
    if (job->picture)
        take_picture(&replay);
    set_phase(&replay, PHASE_DONE);
}
