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

/* Returns the stamp of an event that happens now. */
static uint32_t next_stamp(const struct replay *replay)
{
    return atomic_fetch_add(replay->stamp, 1) + 1;
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
        return COURSE_ENDED;
    return payload_whole(at, size, op, damage) ? COURSE_ON : COURSE_STOP;
}

/* Makes the call, and logs what comes back. */
static enum course call_logged(const struct replay *replay, uint64_t i,
                               uint64_t *block)
{
    const struct op *op = &replay->ops[i];
    const struct target *target = replay->target;
    struct record *record = &replay->records[i];
    struct reply reply = {0};
    uint64_t old = 0; /* trim is on no block; and 0 is another's identifier */

    if (op->kind != OP_TRIM)
        old = replay->owned[op->id].block;
    if (op->kind == OP_FREE || op->kind == OP_REALLOC)
        record->ended = next_stamp(replay);
    replay_phase(replay, PHASE_CALL);
    if (!target->call(target->context, op, old, &reply))
        return COURSE_ENDED;
    *block = reply.pointer;
    record->pointer = reply.pointer;
    record->flags |= RECORD_RETURNED;
    replay_phase(replay, PHASE_LOOK);
    if (op->kind != OP_FREE)
        record->began = next_stamp(replay);
    record->committed =
        target->committed(target->context, i, replay->job->stop_at);
    if (reply.refused && !unreasonable(reply.refused_size, op->size))
        record->flags |= RECORD_REFUSED;
    return COURSE_ON;
}

/* Looks at a block before it is freed or resized. */
static enum course look_before(const struct replay *replay, uint64_t i)
{
    const struct owned *owned = &replay->owned[replay->ops[i].id];
    struct damage damage;
    enum course course;

    if (owned->block == 0)
        return COURSE_ON;
    course = look(replay, owned->block, owned->size, owned->op, &damage);
    if (course == COURSE_STOP) {
        note_damage(&replay->records[i], RECORD_DAMAGED, &damage);
        replay->records[i].ended = next_stamp(replay);
    }
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
    enum course course = COURSE_ON;

    if (op->kind == OP_CALLOC) {
        const void *at = view(replay, block, op->size);
        if (at == NULL)
            return COURSE_ENDED;
        if (!payload_zero(at, op->size, &damage)) {
            note_damage(&replay->records[i], RECORD_DIRTY, &damage);
            return COURSE_STOP;
        }
    }
    if (op->kind == OP_REALLOC && old->block != 0) {
        course = look(replay, block, kept, old->op, &damage);
        if (course == COURSE_STOP)
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
        return COURSE_ENDED;
    payload_fill(at, op->size, i);
    return COURSE_ON;
}

/* Replays operation i. */
enum course replay_op(const struct replay *replay, uint64_t i, bool filled)
{
    const struct op *op = &replay->ops[i];
    struct owned *owned = &replay->owned[op->id];
    bool ends_block = op->kind == OP_FREE || op->kind == OP_REALLOC;
    enum course course = COURSE_ON;
    uint64_t block = 0;

    replay_phase(replay, PHASE_LOOK);
    if (ends_block)
        course = look_before(replay, i);
    if (course == COURSE_ON)
        course = call_logged(replay, i, &block);
    if (course != COURSE_ON || op->kind == OP_TRIM)
        return course;
    if (op->kind == OP_FREE) {
        owned->block = 0;
        return COURSE_ON;
    }
    if (block == 0)
        return COURSE_STOP;
    course = look_after(replay, i, block);
    if (course != COURSE_ON)
        return course;
    *owned = (struct owned){block, op->size, i};
    return filled ? fill(replay, i, block) : COURSE_ON;
}

/* Calls check() after operation i. */
enum course replay_check(const struct replay *replay, uint64_t i)
{
    const struct target *target = replay->target;
    bool sound;

    replay_phase(replay, PHASE_CHECK);
    if (!target->check(target->context, &sound, replay->log))
        return COURSE_ENDED;
    if (!sound)
        replay->log->fault_op = i;
    return sound ? COURSE_ON : COURSE_STOP;
}

/* Looks at the watched block after operation i. */
static enum course watch_now(const struct replay *replay, uint64_t i)
{
    uint64_t watched = replay->job->watch;
    const struct owned *owned = &replay->owned[replay->ops[watched].id];
    struct log *log = replay->log;
    struct damage damage;
    enum course course;

    replay_phase(replay, PHASE_LOOK);
    if (owned->block == 0 || owned->op != watched)
        return COURSE_ON;
    course = look(replay, owned->block, owned->size, owned->op, &damage);
    if (course == COURSE_STOP) {
        log->watch_op = i;
        log->watch_at = damage.at;
        log->watch_count = damage.count;
    }
    return course;
}

/* Replays up to count operations. */
static enum course replay_all(const struct replay *replay, uint64_t count)
{
    const struct job *job = replay->job;
    enum course course = COURSE_ON;

    for (uint64_t i = 0; i < count && course == COURSE_ON; i++) {
        bool last = i + 1 == count;
        atomic_store_explicit(replay->started, i + 1, memory_order_relaxed);
        course = replay_op(replay, i, !(last && job->picture));
        if (course == COURSE_ON && job->watch != NO_OP && i > job->watch)
            course = watch_now(replay, i);
        if (course == COURSE_ON && job->check_every != 0 &&
            ((i + 1) % job->check_every == 0 || last))
            course = replay_check(replay, i);
    }
    return course;
}

/*
 * At the end: every block that is still live must be whole. Which one is looked
 * at is in the log before it is, for its memory may be gone.
 */
enum course replay_look_at_all(const struct replay *replay)
{
    struct log *log = replay->log;
    struct damage damage;

    replay_phase(replay, PHASE_LOOK);
    for (uint64_t id = 0; id < replay->job->id_count; id++) {
        const struct owned *owned = &replay->owned[id];
        enum course course;
        if (owned->block == 0)
            continue;
        log->final_op = owned->op;
        course = look(replay, owned->block, owned->size, owned->op, &damage);
        if (course == COURSE_STOP) {
            log->final_at = damage.at;
            log->final_count = damage.count;
        }
        if (course != COURSE_ON)
            return course;
    }
    log->final_op = NO_OP;
    return COURSE_ON;
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
            return COURSE_ENDED;
        words[i] = poke->value;
        if (poke->kind == POKE_ADD)
            words[i] += *places[i];
        if (poke->kind == POKE_POINT)
            words[i] += place_of(replay, poke->point, 0);
    }
    for (uint64_t i = 0; i < job->poke_count; i++)
        *places[i] = words[i];
    return COURSE_ON;
}

/* Breaks the heap after count operations, and asks check() about it. */
static enum course try_check(const struct replay *replay, uint64_t count)
{
    const struct target *target = replay->target;
    enum course course = break_heap(replay);

    if (course == COURSE_ENDED)
        return COURSE_ENDED;
    target->protect(target->context);
    course = replay_check(replay, count - 1);
    if (course != COURSE_ENDED)
        replay->log->answer =
            course == COURSE_ON ? ANSWER_TRUE : ANSWER_FALSE;
    return course;
}

bool replay_run(struct replay *replay)
{
    const struct job *job = replay->job;
    const struct target *target = replay->target;
    uint64_t count =
        job->stop_at < job->op_count ? job->stop_at : job->op_count;
    _Atomic uint32_t stamp = 0;
    enum course course;

    replay->phase = &replay->log->phase;
    replay->started = &replay->log->started;
    replay->stamp = &stamp;
    course = replay_all(replay, count);
    if (course == COURSE_ON && count > 0 && job->poke_count > 0)
        course = try_check(replay, count);
    else if (course == COURSE_ON && count == job->op_count && !job->picture)
        course = replay_look_at_all(replay);
    if (course != COURSE_ENDED && job->picture) {
        replay_phase(replay, PHASE_VIEW);
        if (!target->show(target->context, replay->log))
            course = COURSE_ENDED;
    }
    if (course == COURSE_ENDED)
        return false;
    replay_phase(replay, PHASE_DONE);
    return true;
}
