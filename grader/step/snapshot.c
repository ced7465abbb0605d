/*
 * snapshot.c - a heap as it is after some operations of a replay.
 *
 * It comes from a replay that stops there and has the heap show itself. A
 * heap may be broken: what of its walk or list cannot be is left out.
 */
#include "grader/step/snapshot.h"

#include <stdlib.h>
#include <string.h>

/* Replays count operations for a picture. */
static struct outcome *replay(const struct hearing *hearing, uint64_t count,
                              bool check)
{
    struct job job =
        job_for(JOB_JUDGED, hearing->subject->name, hearing->trace);

    job.stop_at = count;
    job.picture = 1;
    job.check_every = check ? count : 0; /* so, once: after the last one */
    return hear_again(hearing, &job);
}

/* Replays with check(), and without if that does not come back. */
static void replay_checked(struct snapshot *snapshot,
                           const struct hearing *hearing, bool check)
{
    const struct log *log;

    snapshot->outcome = replay(hearing, snapshot->count, check);
    if (snapshot->outcome == NULL)
        return;
    log = snapshot->outcome->log;
    if (!check || log->function[CALL_CHECK] == 0)
        return;
    snapshot->checked =
        log->fault_op != NO_OP ? CHECKED_BROKEN : CHECKED_WELL;
    if (atomic_load(&log->phase) != PHASE_CHECK)
        return;
    snapshot->checked = CHECKED_LOST;
    outcome_free(snapshot->outcome);
    snapshot->outcome = replay(hearing, snapshot->count, false);
}

/* The operation whose live block has its payload at address; or NO_OP. */
static uint64_t owner_of(const struct model *model, uint64_t address)
{
    uint64_t op = model_at(model, address);

    if (op == NO_OP || model_block(model, op)->freed_by != NO_OP ||
        model_block(model, op)->start != address)
        return NO_OP;
    return op;
}

/* Takes in the walk, up to the first piece that cannot be. */
static void take_parts(struct snapshot *snapshot)
{
    const struct log *log = snapshot->outcome->log;
    uint64_t end = log->source_base;
    uint64_t limit = log->source_base + log->source_limit;

    for (size_t i = 0; i < log->walk_count && i < PIECES_MAX; i++) {
        const struct log_piece *piece = &log->walk[i];
        if (piece->start < end || piece->start >= limit || piece->size == 0 ||
            piece->size > limit - piece->start)
            return;
        end = piece->start + piece->size;
        snapshot->parts[snapshot->part_count++] = (struct part){
            .start = piece->start,
            .size = piece->size,
            .op = piece->live ? owner_of(snapshot->model, piece->payload)
                              : NO_OP,
            .live = piece->live != 0,
        };
    }
}

/* Takes in the list, until it comes back to a block that it has passed. */
static void take_list(struct snapshot *snapshot)
{
    const struct log *log = snapshot->outcome->log;

    for (size_t i = 0; i < log->list_count && i < PIECES_MAX; i++) {
        const struct log_piece *piece = &log->list[i];
        struct part *part = snapshot_part(snapshot, piece->start);
        bool there = part != NULL && part->start == piece->start;
        if (there && part->list != 0) {
            snapshot->list_again = true;
            return;
        }
        if (there)
            part->list = i + 1;
        snapshot->list[snapshot->list_count++] = (struct part){
            .start = piece->start,
            .size = piece->size,
            .op = NO_OP,
            .list = i + 1,
        };
    }
}

bool snapshot_take(struct snapshot *snapshot, const struct hearing *hearing,
                   uint64_t count, bool check)
{
    *snapshot = (struct snapshot){.count = count};
    replay_checked(snapshot, hearing, check && count > 0);
    snapshot->model = hear_model(hearing, count);
    if (snapshot->outcome == NULL || snapshot->model == NULL)
        return false;
    snapshot->parts =
        calloc(snapshot->outcome->log->walk_count + 1, sizeof(struct part));
    snapshot->list =
        calloc(snapshot->outcome->log->list_count + 1, sizeof(struct part));
    if (snapshot->parts == NULL || snapshot->list == NULL)
        return false;
    take_parts(snapshot);
    take_list(snapshot);
    return true;
}

void snapshot_close(struct snapshot *snapshot)
{
    outcome_free(snapshot->outcome);
    model_close(snapshot->model);
    free(snapshot->parts);
    free(snapshot->list);
    *snapshot = (struct snapshot){0};
}

struct part *snapshot_part(const struct snapshot *snapshot, uint64_t address)
{
    size_t low = 0, high = snapshot->part_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        struct part *part = &snapshot->parts[middle];
        if (address < part->start)
            high = middle;
        else if (address - part->start >= part->size)
            low = middle + 1;
        else
            return part;
    }
    return NULL;
}

uint64_t snapshot_end(const struct snapshot *snapshot)
{
    const struct part *last = &snapshot->parts[snapshot->part_count - 1];

    return snapshot->part_count > 0 ? last->start + last->size : 0;
}
