/*
 * counted.c - the counted replay: under callgrind, the operations once with
 * the allocator and once with none; the difference is what it costs.
 *
 * The empty replay does everything that the replay does but for the calls:
 * the same loop, the same writes to the first and the last word of each
 * block, into a layout that the floor (floor.h) made before. Each is counted
 * from cold caches. open() belongs to the replay, or work could be done there
 * that nobody counts. Both store every pointer in the log, so that the judge
 * can compare the pointers of this run with those of the judged one.
 */
#include "grader/runner/runner.h"

#include "grader/runner/floor.h"
#include "grader/runner/place.h"

#include <string.h>

#ifdef HAVE_VALGRIND
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION (void)0
#define CALLGRIND_STOP_INSTRUMENTATION  (void)0
#define CALLGRIND_DUMP_STATS            (void)0
#endif

/* The bytes that the floor's blocks may take. */
#define FLOOR_SIZE ((size_t)8 << 30)

/* Writes the first and the last word of a block, as its owner would. */
static inline void touch(char *block, uint64_t size)
{
    if (size >= sizeof(uint64_t)) {
        memcpy(block, &size, sizeof(size));
        memcpy(block + size - sizeof(size), &size, sizeof(size));
    } else if (size > 0) {
        block[0] = 1;
        block[size - 1] = 1;
    }
}

/* Takes in the pointer that operation i gave. */
static inline void keep(const struct runner *runner, char **blocks,
                        uint64_t i, char *block)
{
    runner->records[i].pointer = (uintptr_t)block;
    if (runner->ops[i].kind != OP_TRIM)
        blocks[runner->ops[i].id] = block;
    if (block != NULL)
        touch(block, runner->ops[i].size);
}

static void replay_real(struct runner *runner, char **blocks)
{
    for (uint64_t i = 0; i < runner->job->op_count; i++) {
        const struct op *op = &runner->ops[i];
        runner->time += TIME_STEP;
        keep(runner, blocks, i, call_for(runner, op, blocks[op->id]));
    }
}

/*
 * As replay_real(), with the pointers that floor_layout() left in the log: a
 * line of the cache that is needed for storing them anyway.
 */
static void replay_empty(struct runner *runner, char **blocks)
{
    for (uint64_t i = 0; i < runner->job->op_count; i++) {
        runner->time += TIME_STEP;
        keep(runner, blocks, i, (char *)runner->records[i].pointer);
    }
}

/* Lays the operations out as the floor would, into the log's pointers. */
static void floor_layout(struct runner *runner)
{
    const struct job *job = runner->job;
    struct record *records = runner->records;
    uint64_t *owner =
        map_at(runner, PLACE_SIZES, job->id_count * sizeof(*owner), -1);
    static struct floor floor;

    floor_init(&floor, map_at(runner, PLACE_FLOOR, FLOOR_SIZE, -1),
               FLOOR_SIZE);
    for (uint64_t i = 0; i < job->op_count; i++) {
        const struct op *op = &runner->ops[i];
        uint64_t old = owner[op->id];
        if (op_has_size(op->kind))
            records[i].pointer = (uintptr_t)floor_malloc(&floor, op->size);
        if (op->kind == OP_FREE || op->kind == OP_REALLOC)
            floor_free(&floor, (void *)records[old].pointer,
                       runner->ops[old].size);
        if (op->kind != OP_TRIM)
            owner[op->id] = i;
    }
}

/* Takes the floor's pointers out of the log: a replay that leaves operations
   out has none to show for them. */
static void forget_layout(const struct runner *runner)
{
    for (uint64_t i = 0; i < runner->job->op_count; i++)
        runner->records[i].pointer = 0;
}

void run_counted(struct runner *runner)
{
    size_t size = runner->job->id_count * sizeof(char *);
    char **blocks = map_at(runner, PLACE_BLOCKS, size, -1);

    /* The empty replay comes first, before any code of the allocator has run:
       none can make it dearer than it is. */
    floor_layout(runner);
    CALLGRIND_START_INSTRUMENTATION;
    replay_empty(runner, blocks);
    CALLGRIND_STOP_INSTRUMENTATION;
    CALLGRIND_DUMP_STATS;

    memset(blocks, 0, size);
    forget_layout(runner);
    renew_source(runner);
    CALLGRIND_START_INSTRUMENTATION;
    open_on_source(runner);
    atomic_store(&runner->log->phase, PHASE_CALL);
    replay_real(runner, blocks);
    CALLGRIND_STOP_INSTRUMENTATION;
    CALLGRIND_DUMP_STATS;
    atomic_store(&runner->log->phase, PHASE_DONE);
}
