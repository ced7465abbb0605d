/*
 * paced.c - the replay for those who want to know how long it takes, and
 * believe nothing that the process says: they look at its CPU time.
 *
 * Most of the time of a short process is the kernel's, which starts it and
 * backs its pages. So the operations are replayed several times on one heap,
 * which is emptied in between.
 */
#include "grader/runner/runner.h"

#include "grader/runner/place.h"

/* Replays once; the pointers go to records, if there are any. */
static void replay_once(struct runner *runner, void **blocks,
                        struct record *records)
{
    for (uint64_t i = 0; i < runner->job->op_count; i++) {
        const struct op *op = &runner->ops[i];
        void *block = call_for(runner, op, blocks[op->id]);
        runner->time += TIME_STEP;
        if (records != NULL)
            records[i].pointer = (uintptr_t)block;
        if (op->kind != OP_TRIM)
            blocks[op->id] = block;
    }
}

/* Frees what is live. */
static void free_all(const struct runner *runner, void **blocks)
{
    for (uint64_t id = 0; id < runner->job->id_count; id++) {
        if (blocks[id] != NULL)
            runner->allocator->free(runner->heap, blocks[id]);
        blocks[id] = NULL;
    }
}

void run_paced(struct runner *runner)
{
    void **blocks = map_at(runner, PLACE_BLOCKS,
                           runner->job->id_count * sizeof(*blocks), -1);

    open_heap(runner);
    atomic_store(&runner->log->phase, PHASE_CALL);
    replay_once(runner, blocks, runner->records);
    for (uint64_t round = 1; round < runner->job->rounds_least; round++) {
        free_all(runner, blocks);
        replay_once(runner, blocks, NULL);
    }
    atomic_store(&runner->log->phase, PHASE_DONE);
}
