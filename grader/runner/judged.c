/*
 * judged.c - the judged replay on an allocator in this same process.
 */
#include "grader/runner/runner.h"

#include "allocators/bits.h"
#include "allocators/source.h"
#include "grader/runner/annotate.h"
#include "grader/runner/place.h"
#include "grader/runner/replay.h"

#include <sys/mman.h>

/* The target: the runner, and what measuring a system allocator needs. */
struct direct {
    struct runner *runner;
    uint64_t committed; /* of a system allocator: bytes, last measured */
    uint64_t start;     /* of a system allocator: bytes before the replay */
};

static bool direct_call(void *context, const struct op *op, uint64_t block,
                        struct reply *reply)
{
    struct runner *runner = ((struct direct *)context)->runner;
    const struct source *source = runner->source;
    size_t refusals = source != NULL ? source_refusals(source) : 0;

    runner->time += TIME_STEP;
    reply->pointer =
        (uintptr_t)call_for(runner, op, (void *)(uintptr_t)block);
    if (source != NULL && source_refusals(source) > refusals) {
        reply->refused = true;
        reply->refused_size = source_refused_size(source);
    }
    return true;
}

/* No memory behind it: then touching it crashes, and the guard tells. */
static void *direct_view(void *context, uint64_t address, size_t size)
{
    (void)context;
    (void)size;
    return (void *)(uintptr_t)address;
}

/* A system allocator is measured now and then: it means to read a file. */
static uint64_t direct_committed(void *context, uint64_t op, uint64_t count)
{
    struct direct *direct = context;
    const struct runner *runner = direct->runner;

    if (runner->source != NULL)
        return source_committed(runner->source);
    if (op % (runner->job->op_count / 4096 + 1) == 0 || op + 1 == count) {
        uint64_t now = system_committed();
        direct->committed = now > direct->start ? now - direct->start : 0;
    }
    return direct->committed;
}

static bool direct_check(void *context, bool *sound, struct log *log)
{
    const struct runner *runner = ((struct direct *)context)->runner;
    struct fault fault = {0};

    *sound = heap_check(runner->allocator, runner->heap, &fault);
    if (!*sound)
        log_fault(log, runner->allocator, &fault);
    return true;
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
    picture->pieces[(*picture->count)++] = log_piece_of(piece);
    return true;
}

static bool direct_show(void *context, struct log *log)
{
    const struct runner *runner = ((struct direct *)context)->runner;

    if (runner->allocator->walk != NULL)
        runner->allocator->walk(
            runner->heap, draw_piece,
            &(struct picture){log->walk, &log->walk_count});
    if (runner->allocator->lists != NULL)
        runner->allocator->lists(
            runner->heap, draw_piece,
            &(struct picture){log->list, &log->list_count});
    return true;
}

static void direct_protect(void *context)
{
    struct source *source = ((struct direct *)context)->runner->source;
    char *base = source_base(source);
    size_t size = (size_t)((char *)source_grow(source, 0) - base);

    source_protect(source, base, round_up(size, source_page_size()), false);
}

void begin_judged(struct runner *runner)
{
    if (runner->job->mode == JOB_THREADED)
        begin_in_threads(runner);
}

/*
 * Returns the bytes of the replay's stack that have come to be used, above the
 * allowance. An allocator is charged for them, as it is behind a mailbox
 * (grader/beside.c). Pages that were used stay in memory.
 */
static uint64_t stack_beside(void)
{
    uint64_t used = 0;
#if !defined(VARIANT_ASAN) && !defined(VARIANT_TSAN) /* elsewhere there */
    static unsigned char pages[STACK_SIZE / 4096];
    size_t page = source_page_size();

    if (mincore((void *)PLACE_STACK, STACK_SIZE, pages) != 0)
        return 0;
    for (size_t i = 0; i < STACK_SIZE / page; i++)
        used += pages[i] & 1 ? page : 0;
#endif
    return used > STACK_ALLOWANCE ? used - STACK_ALLOWANCE : 0;
}

/* The replay in one thread. */
static void run_in_order(struct runner *runner)
{
    const struct job *job = runner->job;
    struct direct direct = {.runner = runner};
    const struct target target = {.context = &direct,
                                  .call = direct_call,
                                  .view = direct_view,
                                  .committed = direct_committed,
                                  .check = direct_check,
                                  .show = direct_show,
                                  .protect = direct_protect};
    struct replay replay = {
        .job = job,
        .ops = runner->ops,
        .log = runner->log,
        .records = runner->records,
        .owned = map_at(runner, PLACE_BLOCKS,
                        job->id_count * sizeof(struct owned), -1),
        .target = annotate(runner, &target),
    };

    open_heap(runner);
    replay.heap = (uintptr_t)runner->heap;
    if (runner->source == NULL) {
        for (uint64_t id = 0; id < job->id_count; id++)
            replay.owned[id].block = 0; /* so that the page is there */
        direct.start = system_committed();
    }
    replay_run(&replay);
    runner->log->beside += stack_beside();
}

void run_judged(struct runner *runner)
{
    if (runner->job->mode == JOB_THREADED)
        run_in_threads(runner);
    else
        run_in_order(runner);
}
