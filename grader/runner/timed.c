/*
 * timed.c - measured time: whole replays with the allocator, in turn with the
 * same replays on the floor (floor.h), in the order A B B A, so that a machine
 * that slows down or speeds up does it to both.
 */
#include "grader/runner/runner.h"

#include "grader/runner/floor.h"
#include "grader/runner/place.h"

#include <string.h>
#include <time.h>

#define FLOOR_SIZE ((size_t)8 << 30)

struct timing {
    struct runner *runner;
    char **blocks;      /* by identifier */
    uint64_t *sizes;    /* by identifier; what the floor must be told */
    char *floor_memory; /* FLOOR_SIZE bytes */
};

static uint64_t cpu_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Writes the first and the last byte of a block. */
static inline void touch(char *block, uint64_t size)
{
    if (block == NULL || size == 0)
        return;
    block[0] = 1;
    block[size - 1] = 1;
}

static uint64_t time_replay(const struct timing *timing)
{
    struct runner *runner = timing->runner;
    uint64_t start;

    open_heap(runner);
    start = cpu_time();
    for (uint64_t i = 0; i < runner->job->op_count; i++) {
        const struct op *op = &runner->ops[i];
        char *block = call_for(runner, op, timing->blocks[op->id]);
        runner->time += TIME_STEP;
        if (op->kind != OP_TRIM)
            timing->blocks[op->id] = block;
        touch(block, op->size);
    }
    start = cpu_time() - start;
    if (runner->source == NULL) { /* libc's heap stays: leave it empty */
        for (uint64_t id = 0; id < runner->job->id_count; id++)
            runner->allocator->free(runner->heap, timing->blocks[id]);
    }
    close_heap(runner);
    memset(timing->blocks, 0,
           runner->job->id_count * sizeof(*timing->blocks));
    return start;
}

/* Plays one operation on the floor. */
static inline char *floor_call(struct floor *floor, const struct op *op,
                               char *block, uint64_t *size)
{
    char *moved = NULL;

    if (op_has_size(op->kind))
        moved = floor_malloc(floor, op->size);
    if (op->kind == OP_REALLOC && moved != NULL && block != NULL)
        memcpy(moved, block, *size < op->size ? *size : op->size);
    if (op->kind == OP_CALLOC && moved != NULL)
        memset(moved, 0, op->size);
    if (op->kind == OP_FREE || op->kind == OP_REALLOC)
        floor_free(floor, block, *size);
    *size = op->size;
    return moved;
}

static uint64_t time_floor(const struct timing *timing)
{
    const struct runner *runner = timing->runner;
    static struct floor floor;
    uint64_t start;

    floor_init(&floor, timing->floor_memory, FLOOR_SIZE);
    start = cpu_time();
    for (uint64_t i = 0; i < runner->job->op_count; i++) {
        const struct op *op = &runner->ops[i];
        char *block;
        if (op->kind == OP_TRIM)
            continue;
        block = floor_call(&floor, op, timing->blocks[op->id],
                           &timing->sizes[op->id]);
        timing->blocks[op->id] = block;
        touch(block, op->size);
    }
    start = cpu_time() - start;
    memset(timing->blocks, 0,
           runner->job->id_count * sizeof(*timing->blocks));
    return start;
}

void run_timed(struct runner *runner)
{
    const struct job *job = runner->job;
    struct log *log = runner->log;
    struct timing timing = {
        .runner = runner,
        .blocks =
            map_at(runner, PLACE_BLOCKS, job->id_count * sizeof(char *), -1),
        .sizes =
            map_at(runner, PLACE_SIZES, job->id_count * sizeof(uint64_t), -1),
        .floor_memory = map_at(runner, PLACE_FLOOR, FLOOR_SIZE, -1),
    };
    uint64_t start = cpu_time();

    time_floor(&timing); /* not counted: touches the floor's pages */
    for (uint64_t round = 0; log->time_count + 2 <= TIMES_MAX; round++) {
        uint64_t n = log->time_count;
        if (round >= job->rounds_least && cpu_time() - start > job->budget_ns)
            break;
        log->time_replay[n] = time_replay(&timing);
        log->time_floor[n] = time_floor(&timing);
        log->time_floor[n + 1] = time_floor(&timing);
        log->time_replay[n + 1] = time_replay(&timing);
        log->time_count += 2;
    }
    atomic_store(&log->phase, PHASE_DONE);
}
