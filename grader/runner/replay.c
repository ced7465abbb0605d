/*
 * replay.c - the judged replay: every byte of every block is written and
 * looked at again, and a record is left of every operation.
 *
 * Nothing is decided here but where to stop. The order of the steps matters:
 * a pointer is in the log before anything is written through it, so that the
 * judge can name a bad one even if the write crashes.
 */
#include "grader/runner/replay.h"

#include "grader/runner/payload.h"

/* How an operation went. */
enum course {
    GO_ON, /* all is well */
    STOP,  /* damage was found, or memory has run out: the log tells */
    ENDED, /* the target came to its end */
};

static void set_phase(const struct replay *replay, enum phase phase)
{
    atomic_store_explicit(&replay->log->phase, phase, memory_order_relaxed);
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

static void *view(const struct replay *replay, uint64_t address, size_t size)
{
    return replay->target->view(replay->target->context, address, size);
}

/* Looks whether the first size bytes of a block still are its pattern. */
static enum course look(const struct replay *replay, uint64_t block,
                        uint64_t size, uint64_t op, struct damage *damage)
{
    const void *at = view(replay, block, size);

    if (at == NULL)
        return ENDED;
    return payload_whole(at, size, op, damage) ? GO_ON : STOP;
}

/* Makes the call, and logs what comes back. */
static enum course call_logged(struct replay *replay, uint64_t i,
                               uint64_t *block)
{
    const struct op *op = &replay->ops[i];
    const struct target *target = replay->target;
    struct record *record = &replay->records[i];
    struct reply reply = {0};

    if (op->kind == OP_FREE)
        record->stamp = ++replay->stamp;
    set_phase(replay, PHASE_CALL);
    if (!target->call(target->context, op, replay->owned[op->id].block,
                      &reply))
        return ENDED;
    *block = reply.pointer;
    record->pointer = reply.pointer;
    record->flags |= RECORD_RETURNED;
    set_phase(replay, PHASE_LOOK);
    if (op->kind != OP_FREE)
        record->stamp = ++replay->stamp;
    record->committed =
        target->committed(target->context, i, replay->job->stop_at);
    if (reply.refused && !unreasonable(reply.refused_size, op->size))
        record->flags |= RECORD_REFUSED;
    return GO_ON;
}

/* Looks at a block before it is freed or resized. */
static enum course look_before(const struct replay *replay, uint64_t i)
{
    const struct owned *owned = &replay->owned[replay->ops[i].id];
    struct damage damage;
    enum course course;

    if (owned->block == 0)
        return GO_ON;
    course = look(replay, owned->block, owned->size, owned->op, &damage);
    if (course == STOP)
        note_damage(&replay->records[i], RECORD_DAMAGED, &damage);
    return course;
}

/* Looks at what an allocating call promised of the contents. */
static enum course look_after(const struct replay *replay, uint64_t i,
                              uint64_t block)
{
    const struct op *op = &replay->ops[i];
    const struct owned *old = &replay->owned[op->id];
    uint64_t kept = old->size < op->size ? old->size : op->size;
    struct damage damage;
    enum course course = GO_ON;

    if (op->kind == OP_CALLOC) {
        const void *at = view(replay, block, op->size);
        if (at == NULL)
            return ENDED;
        if (!payload_zero(at, op->size, &damage)) {
            note_damage(&replay->records[i], RECORD_DIRTY, &damage);
            return STOP;
        }
    }
    if (op->kind == OP_REALLOC && old->block != 0) {
        course = look(replay, block, kept, old->op, &damage);
        if (course == STOP)
            note_damage(&replay->records[i], RECORD_LOST, &damage);
    }
    return course;
}

/* Fills a new block with its pattern. */
static enum course fill(const struct replay *replay, uint64_t i,
                        uint64_t block)
{
    const struct op *op = &replay->ops[i];
    void *at = view(replay, block, op->size);

    if (at == NULL)
        return ENDED;
    payload_fill(at, op->size, i);
    return GO_ON;
}

/* Replays operation i. */
static enum course replay_op(struct replay *replay, uint64_t i, bool filled)
{
    const struct op *op = &replay->ops[i];
    struct owned *owned = &replay->owned[op->id];
    bool ends_block = op->kind == OP_FREE || op->kind == OP_REALLOC;
    enum course course = GO_ON;
    uint64_t block = 0;

    set_phase(replay, PHASE_LOOK);
    if (ends_block)
        course = look_before(replay, i);
    if (course == GO_ON)
        course = call_logged(replay, i, &block);
    if (course != GO_ON || op->kind == OP_TRIM)
        return course;
    if (op->kind == OP_FREE) {
        owned->block = 0;
        return GO_ON;
    }
    if (block == 0)
        return STOP;
    course = look_after(replay, i, block);
    if (course != GO_ON)
        return course;
    *owned = (struct owned){block, op->size, i};
    return filled ? fill(replay, i, block) : GO_ON;
}

/* Calls check() after operation i. */
static enum course check_now(const struct replay *replay, uint64_t i)
{
    const struct target *target = replay->target;
    bool sound;

    set_phase(replay, PHASE_CHECK);
    if (!target->check(target->context, &sound, replay->log))
        return ENDED;
    if (!sound)
        replay->log->fault_op = i;
    return sound ? GO_ON : STOP;
}

/* Looks at the watched block after operation i. */
static enum course watch_now(const struct replay *replay, uint64_t i)
{
    uint64_t watched = replay->job->watch;
    const struct owned *owned = &replay->owned[replay->ops[watched].id];
    struct log *log = replay->log;
    struct damage damage;
    enum course course;

    set_phase(replay, PHASE_LOOK);
    if (owned->block == 0 || owned->op != watched)
        return GO_ON;
    course = look(replay, owned->block, owned->size, owned->op, &damage);
    if (course == STOP) {
        log->watch_op = i;
        log->watch_at = damage.at;
        log->watch_count = damage.count;
    }
    return course;
}

/* Replays up to count operations. */
static enum course replay_all(struct replay *replay, uint64_t count)
{
    const struct job *job = replay->job;
    enum course course = GO_ON;

    for (uint64_t i = 0; i < count && course == GO_ON; i++) {
        bool last = i + 1 == count;
        atomic_store_explicit(&replay->log->started, i + 1,
                              memory_order_relaxed);
        course = replay_op(replay, i, !(last && job->picture));
        if (course == GO_ON && job->watch != NO_OP && i > job->watch)
            course = watch_now(replay, i);
        if (course == GO_ON && job->check_every != 0 &&
            ((i + 1) % job->check_every == 0 || last))
            course = check_now(replay, i);
    }
    return course;
}

/*
 * At the end: every block that is still live must be whole. Which one is looked
 * at is in the log before it is, for its memory may be gone.
 */
static enum course look_at_all(const struct replay *replay)
{
    struct log *log = replay->log;
    struct damage damage;

    set_phase(replay, PHASE_LOOK);
    for (uint64_t id = 0; id < replay->job->id_count; id++) {
        const struct owned *owned = &replay->owned[id];
        enum course course;
        if (owned->block == 0)
            continue;
        log->final_op = owned->op;
        course = look(replay, owned->block, owned->size, owned->op, &damage);
        if (course == STOP) {
            log->final_at = damage.at;
            log->final_count = damage.count;
        }
        if (course != GO_ON)
            return course;
    }
    log->final_op = NO_OP;
    return GO_ON;
}

/* The address of a poke's place. */
static uint64_t place_of(const struct replay *replay, uint64_t op,
                         uint64_t offset)
{
    return (op == NO_OP ? replay->heap : replay->records[op].pointer) +
           offset;
}

/* Changes the words that the job names, all at once. */
static enum course break_heap(const struct replay *replay)
{
    const struct job *job = replay->job;
    uint64_t *places[POKES_MAX];
    uint64_t words[POKES_MAX];

    for (uint64_t i = 0; i < job->poke_count; i++) {
        const struct job_poke *poke = &job->pokes[i];
        places[i] = view(
            replay, place_of(replay, poke->op, (uint64_t)poke->offset), 8);
        if (places[i] == NULL)
            return ENDED;
        words[i] = poke->value;
        if (poke->kind == POKE_ADD)
            words[i] += *places[i];
        if (poke->kind == POKE_POINT)
            words[i] += place_of(replay, poke->point, 0);
    }
    for (uint64_t i = 0; i < job->poke_count; i++)
        *places[i] = words[i];
    return GO_ON;
}

/* Breaks the heap after count operations, and asks check() about it. */
static enum course try_check(const struct replay *replay, uint64_t count)
{
    const struct target *target = replay->target;
    enum course course = break_heap(replay);

    if (course == ENDED)
        return ENDED;
    target->protect(target->context);
    course = check_now(replay, count - 1);
    if (course != ENDED)
        replay->log->answer = course == GO_ON ? ANSWER_TRUE : ANSWER_FALSE;
    return course;
}

bool replay_run(struct replay *replay)
{
    const struct job *job = replay->job;
    const struct target *target = replay->target;
    uint64_t count =
        job->stop_at < job->op_count ? job->stop_at : job->op_count;
    enum course course = replay_all(replay, count);

    if (course == GO_ON && count > 0 && job->poke_count > 0)
        course = try_check(replay, count);
    else if (course == GO_ON && count == job->op_count && !job->picture)
        course = look_at_all(replay);
    if (course != ENDED && job->picture) {
        set_phase(replay, PHASE_VIEW);
        if (!target->show(target->context, replay->log))
            course = ENDED;
    }
    if (course == ENDED)
        return false;
    set_phase(replay, PHASE_DONE);
    return true;
}
