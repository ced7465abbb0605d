/*
 * latency.c - how long each single call takes.
 *
 * The trace is replayed several times, with the clock read before and after
 * each call, and of each call the least time is kept. Replays are exact
 * repeats: what differs from one to the next came from the machine, and only
 * ever adds. What the call itself causes comes every time, page faults too,
 * for the source is as new for each replay.
 *
 * Each block's first and last byte are written after the clock was read, so
 * that the caller's first touch of a page is not the call's.
 */
#include "grader/runner/runner.h"

#include "grader/runner/place.h"

#include <string.h>
#include <time.h>

/* It costs some 20 ns to read. A thread's CPU time would leave out what other
   processes take, but is a system call on every kernel. */
static inline uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static inline void keep_least(uint64_t *least, uint64_t time, uint64_t round)
{
    if (round == 0 || time < *least)
        *least = time;
}

static inline void touch(char *block, uint64_t size)
{
    if (block == NULL || size == 0)
        return;
    block[0] = 1;
    block[size - 1] = 1;
}

static void replay_once(struct runner *runner, char **blocks, uint64_t round)
{
    const struct job *job = runner->job;

    open_heap(runner);
    for (uint64_t i = 0; i < job->op_count; i++) {
        const struct op *op = &runner->ops[i];
        uint64_t start = now();
        char *block = call_for(runner, op, blocks[op->id]);
        keep_least(&runner->records[i].nanoseconds, now() - start, round);
        runner->time += TIME_STEP;
        if (op->kind != OP_TRIM)
            blocks[op->id] = block;
        touch(block, op->size);
    }
    if (runner->source == NULL) { /* libc's heap stays: leave it empty */
        for (uint64_t id = 0; id < job->id_count; id++)
            runner->allocator->free(runner->heap, blocks[id]);
    }
    close_heap(runner);
    memset(blocks, 0, job->id_count * sizeof(*blocks));
}

void run_latency(struct runner *runner)
{
    const struct job *job = runner->job;
    struct log *log = runner->log;
    char **blocks =
        map_at(runner, PLACE_BLOCKS, job->id_count * sizeof(char *), -1);

    for (uint64_t round = 0; round < job->rounds_least; round++) {
        for (size_t i = 0; i < TIMES_MAX; i++) {
            uint64_t start = now();
            keep_least(&log->time_clock[i], now() - start, round);
        }
        replay_once(runner, blocks, round);
    }
    atomic_store(&log->phase, PHASE_DONE);
}
