/*
 * judge.c - whether a replay was right, decided from its log alone.
 *
 * A replay in one thread is judged operation by operation. One in threads is
 * judged in the order of its stamps: an operation that ends a block and begins
 * another one is then two events, and each block is in the model from the one
 * to the other. So two blocks overlap there if and only if both their
 * addresses and their lives do.
 */
#include "grader/judge.h"

#include "allocators/malloc.h"

#include <signal.h>
#include <stdlib.h>

/* A replay under judgement. */
struct trial {
    const struct trace *trace;
    const struct outcome *outcome;
    struct model *model;
    struct verdict verdict;
    uint64_t live;       /* bytes now, as asked for */
    double utilizations; /* sum over the operations */
    uint64_t counted;    /* operations in the sum */
};

static void set_wrong(struct trial *trial, enum wrong wrong, uint64_t op,
                      uint64_t other)
{
    trial->verdict.wrong = wrong;
    trial->verdict.op = op;
    trial->verdict.other = other;
}

/* What an allocating operation returned: is the pointer a good one? */
static enum wrong judge_pointer(const struct trial *trial, uint64_t i)
{
    const struct op *op = &trial->trace->ops[i];
    const struct record *record = &trial->outcome->records[i];
    const struct log *log = trial->outcome->log;
    uint64_t alignment = ALIGNMENT;

    if (op->kind == OP_ALIGNED && (uint64_t)1 << op->alignment_order > 16)
        alignment = (uint64_t)1 << op->alignment_order;
    if (record->pointer == 0)
        return record->flags & RECORD_REFUSED ? WRONG_MEMORY : WRONG_NULL;
    if (log->source_base != 0 &&
        (record->pointer < log->source_base || op->size > log->source_limit ||
         record->pointer - log->source_base > log->source_limit - op->size))
        return WRONG_OUTSIDE;
    if (record->pointer % alignment != 0)
        return WRONG_MISALIGNED;
    return WRONG_NOTHING;
}

/* The block that operation old allocated ends with operation i. */
static void end_block(struct trial *trial, uint64_t i, uint64_t old)
{
    trial->live -= trial->trace->ops[old].size;
    model_free(trial->model, trial->trace->ops[i].id, i);
}

/*
 * Judges the allocation that operation i made; the model takes it in. old is
 * the operation that allocated what i resizes, or NO_OP.
 */
static bool judge_allocation(struct trial *trial, uint64_t i, uint64_t old)
{
    const struct op *op = &trial->trace->ops[i];
    const struct record *record = &trial->outcome->records[i];
    enum wrong wrong = judge_pointer(trial, i);
    bool out_of_memory;
    uint64_t met;

    if (wrong != WRONG_NOTHING) {
        set_wrong(trial, wrong, i, old);
        return false;
    }
    if (old != NO_OP && model_owner(trial->model, op->id) == old)
        end_block(trial, i, old);
    met = model_allocate(trial->model, i, record->pointer, &out_of_memory);
    if (out_of_memory || met != NO_OP) {
        set_wrong(trial, out_of_memory ? WRONG_KIT : WRONG_OVERLAP, i, met);
        return false;
    }
    trial->live += op->size;
    if (record->flags & (RECORD_LOST | RECORD_DIRTY)) {
        set_wrong(trial,
                  record->flags & RECORD_LOST ? WRONG_LOST : WRONG_DIRTY, i,
                  old);
        trial->verdict.at = record->damage_at;
        trial->verdict.count = record->damage_count;
        return false;
    }
    return true;
}

/* Adds the state after operation i to the meter's figures. */
static void meter(struct trial *trial, uint64_t i)
{
    const struct outcome *outcome = trial->outcome;
    uint64_t committed = outcome->records[i].committed + outcome->log->beside;
    struct verdict *verdict = &trial->verdict;

    if (trial->live > verdict->peak_live)
        verdict->peak_live = trial->live;
    if (committed > verdict->peak_committed)
        verdict->peak_committed = committed;
    if (committed == 0)
        return;
    trial->utilizations += (double)trial->live / (double)committed;
    trial->counted++;
}

/*
 * Has a record been made of a call, or of what came before it? Else the ending
 * tells why.
 */
static bool is_made(const struct record *record)
{
    return record->flags & (RECORD_RETURNED | RECORD_DAMAGED);
}

/* Judges what was found of the block that operation i ends. */
static bool judge_damage(struct trial *trial, uint64_t i, uint64_t old)
{
    const struct record *record = &trial->outcome->records[i];

    if (!(record->flags & RECORD_DAMAGED))
        return true;
    set_wrong(trial, WRONG_DAMAGED, i, old);
    trial->verdict.at = record->damage_at;
    trial->verdict.count = record->damage_count;
    return false;
}

/* Judges operation i, whose record is made. Returns whether all is well. */
static bool judge_op(struct trial *trial, uint64_t i)
{
    const struct op *op = &trial->trace->ops[i];
    const struct log *log = trial->outcome->log;
    uint64_t old = model_owner(trial->model, op->id);

    if ((op->kind == OP_FREE || op->kind == OP_REALLOC) && old == NO_OP) {
        set_wrong(trial, WRONG_KIT, NO_OP, NO_OP); /* the log is no log */
        return false;
    }
    if (old != NO_OP && !judge_damage(trial, i, old))
        return false;
    if (op->kind == OP_FREE)
        end_block(trial, i, old);
    else if (op->kind != OP_TRIM && !judge_allocation(trial, i, old))
        return false;
    if (log->fault_op == i) {
        set_wrong(trial, WRONG_INVARIANT, i, NO_OP);
        return false;
    }
    meter(trial, i);
    return true;
}

/*
 * Which block was looked at when that crashed: the operation that allocated
 * it, if that was before operation op; NO_OP: the one that op returned.
 */
static uint64_t looked_at(const struct trial *trial, uint64_t op)
{
    const struct log *log = trial->outcome->log;

    if (log->final_op < trial->trace->op_count)
        return log->final_op;
    if (!(trial->outcome->records[op].flags & RECORD_RETURNED))
        return model_owner(trial->model, trial->trace->ops[op].id);
    return NO_OP;
}

/* Judges a replay whose pointers are good by the way it ended. */
static void judge_ending(struct trial *trial, uint64_t started)
{
    const struct outcome *outcome = trial->outcome;
    uint64_t op = started > 0 ? started - 1 : NO_OP;
    uint64_t phase = atomic_load(&outcome->log->phase);
    uint64_t other = NO_OP;
    enum wrong wrong = WRONG_CRASH;

    if (outcome->ending == ENDED_LOOP || outcome->ending == ENDED_STUCK ||
        outcome->ending == ENDED_TIME)
        wrong = WRONG_LOOP;
    else if (outcome->ending == ENDED_EXIT)
        wrong = WRONG_EXIT;
    else if (outcome->ending == ENDED_FAILED)
        wrong = phase == PHASE_OPEN ? WRONG_NULL : WRONG_KIT;
    else if (outcome->status == SIGABRT)
        wrong = WRONG_ABORT;
    else if (phase == PHASE_LOOK && op != NO_OP) {
        wrong = WRONG_UNUSABLE;
        other = looked_at(trial, op);
    }
    set_wrong(trial, wrong, op, other);
}

/* --- in the order of the stamps ------------------------------------------------ */

/* What an event does, beside the operation that it belongs to. */
#define EVENT_NONE         0
#define EVENT_ENDS         1 /* the block that the operation frees or resizes ends */
#define EVENT_OF(op, ends) ((uint32_t)(2 * (op) + (ends) + 2))

/* The most stamps that operations can have. */
static uint64_t stamps_of(const struct trace *trace)
{
    return 2 * (uint64_t)trace->op_count;
}

/* Puts an event at its stamp. Returns false if that cannot be its stamp. */
static bool put_event(const struct trial *trial, uint32_t *events,
                      uint32_t stamp, uint32_t event)
{
    if (stamp == 0)
        return true;
    if (stamp > stamps_of(trial->trace) || events[stamp] != EVENT_NONE)
        return false;
    events[stamp] = event;
    return true;
}

/* Returns the operation that allocated what operation op ends; NO_OP: none. */
static uint64_t allocated_before(const struct trace *trace, uint64_t op)
{
    for (uint64_t i = op; i-- > 0;) {
        if (trace->ops[i].id == trace->ops[op].id &&
            op_has_size(trace->ops[i].kind))
            return i;
    }
    return NO_OP;
}

/* Judges the end of the block that operation i frees or resizes. */
static bool judge_end(struct trial *trial, uint64_t i)
{
    uint64_t old = model_owner(trial->model, trial->trace->ops[i].id);

    if (old == NO_OP) {
        set_wrong(trial, WRONG_KIT, NO_OP, NO_OP); /* the log is no log */
        return false;
    }
    if (!judge_damage(trial, i, old))
        return false;
    end_block(trial, i, old);
    if (trial->trace->ops[i].kind == OP_FREE)
        meter(trial, i);
    return true;
}

/* Judges what operation i returned. */
static bool judge_beginning(struct trial *trial, uint64_t i)
{
    enum op_kind kind = trial->trace->ops[i].kind;
    struct verdict *verdict = &trial->verdict;

    if (kind == OP_TRIM || judge_allocation(trial, i, NO_OP)) {
        meter(trial, i);
        return true;
    }
    /* What a realloc resized is no longer in the model. */
    if (kind == OP_REALLOC && verdict->other == NO_OP &&
        verdict->wrong != WRONG_KIT)
        verdict->other = allocated_before(trial->trace, i);
    return false;
}

/* Judges all that has a stamp, in that order. */
static bool sweep(struct trial *trial, uint32_t *events)
{
    const struct trace *trace = trial->trace;
    bool well = true;

    for (uint64_t i = 0; well && i < trace->op_count; i++) {
        const struct record *record = &trial->outcome->records[i];
        well = put_event(trial, events, record->ended, EVENT_OF(i, 1)) &&
               put_event(trial, events, record->began, EVENT_OF(i, 0));
    }
    if (!well)
        set_wrong(trial, WRONG_KIT, NO_OP, NO_OP); /* the log is no log */
    for (uint64_t s = 1; well && s <= stamps_of(trace); s++) {
        uint64_t op = (events[s] - EVENT_OF(0, 0)) / 2;
        if (events[s] == EVENT_NONE)
            continue;
        well = events[s] % 2 == EVENT_ENDS ? judge_end(trial, op)
                                           : judge_beginning(trial, op);
    }
    return well;
}

/* Has every operation come back? */
static bool all_returned(const struct trial *trial)
{
    for (uint64_t i = 0; i < trial->trace->op_count; i++) {
        if (!(trial->outcome->records[i].flags & RECORD_RETURNED))
            return false;
    }
    return true;
}

/* Judges a replay in threads. Returns whether all is well. */
static bool judge_threads(struct trial *trial)
{
    const struct outcome *outcome = trial->outcome;
    uint64_t count = trial->trace->op_count;
    uint64_t started = atomic_load(&outcome->log->started);
    uint32_t *events = calloc(stamps_of(trial->trace) + 1, sizeof(*events));
    bool well = events != NULL && sweep(trial, events);

    if (events == NULL)
        set_wrong(trial, WRONG_KIT, NO_OP, NO_OP);
    free(events);
    if (!well)
        return false;
    if (outcome->log->fault_op < count)
        set_wrong(trial, WRONG_INVARIANT, outcome->log->fault_op, NO_OP);
    else if (outcome->ending != ENDED_DONE)
        judge_ending(trial, started < count ? started : count);
    else if (!all_returned(trial))
        set_wrong(trial, WRONG_KIT, NO_OP, NO_OP); /* the log is no log */
    return trial->verdict.wrong == WRONG_NOTHING;
}

/* --- in the order of the operations ---------------------------------------------- */

/* Judges a replay in one thread. Returns whether all is well. */
static bool judge_in_order(struct trial *trial)
{
    const struct outcome *outcome = trial->outcome;
    uint64_t count = trial->trace->op_count;
    uint64_t started = atomic_load(&outcome->log->started);
    uint64_t made = 0;
    bool well = true;

    if (started > count)
        started = count;
    while (well && made < started && is_made(&outcome->records[made]))
        well = judge_op(trial, made++);
    if (!well)
        return false;
    if (made + 1 < started || (made < count && outcome->ending == ENDED_DONE))
        set_wrong(trial, WRONG_KIT, NO_OP, NO_OP); /* the log is no log */
    else if (outcome->ending != ENDED_DONE)
        judge_ending(trial, started);
    return trial->verdict.wrong == WRONG_NOTHING;
}

struct verdict judge(const struct trace *trace, const struct outcome *outcome,
                     struct model *model)
{
    struct trial trial = {.trace = trace, .outcome = outcome, .model = model};
    const struct log *log = outcome->log;
    struct verdict *verdict = &trial.verdict;
    bool well;

    verdict->other = NO_OP;
    verdict->op = NO_OP;
    well = outcome->threaded ? judge_threads(&trial) : judge_in_order(&trial);
    if (well && log->final_op < trace->op_count) {
        set_wrong(&trial, WRONG_DAMAGED, trace->op_count - 1, log->final_op);
        verdict->at = log->final_at;
        verdict->count = log->final_count;
    }
    if (verdict->peak_committed > 0)
        verdict->peak_utilization =
            (double)verdict->peak_live / (double)verdict->peak_committed;
    if (trial.counted > 0)
        verdict->mean_utilization =
            trial.utilizations / (double)trial.counted;
    return trial.verdict;
}

struct verdict judge_pointers(const struct trace *trace, uint64_t count,
                              const struct outcome *outcome,
                              struct model *model)
{
    struct trial trial = {.trace = trace, .outcome = outcome, .model = model};
    bool well = true;

    trial.verdict.other = NO_OP;
    trial.verdict.op = NO_OP;
    for (uint64_t i = 0; well && i < count; i++) {
        const struct op *op = &trace->ops[i];
        uint64_t old = model_owner(model, op->id);
        if (op->kind == OP_FREE && old != NO_OP)
            end_block(&trial, i, old);
        else if (op_has_size(op->kind))
            well = judge_allocation(&trial, i, old);
    }
    return trial.verdict;
}

uint64_t other_pointer(const struct trace *trace, const struct outcome *one,
                       const struct outcome *other)
{
    uint64_t shift = other->log->source_base - one->log->source_base;

    for (uint64_t i = 0; i < trace->op_count; i++) {
        uint64_t here = one->records[i].pointer;
        uint64_t there = other->records[i].pointer;
        if (here == 0 ? there != 0 : here + shift != there)
            return i;
    }
    return NO_OP;
}
