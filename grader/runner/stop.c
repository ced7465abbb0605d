/*
 * stop.c - what a debugger needs in a runner: a line to stop at, right before
 * the call of one operation, and the heap's own view of itself. Only the
 * runner that heaplab debug builds has it; grader/gdb/ uses it.
 */
#include "grader/runner/runner.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>

/* Seconds of CPU time that walk() or lists() may take. */
#define LOOK_SECONDS 1

/*
 * One function for each kind of call, which begins with that call: the
 * debugger stops there, and its next step is into the allocator.
 */
static void *stop_malloc(const struct allocator *allocator, struct heap *heap,
                         size_t size)
{
    return allocator->malloc(heap, size);
}

static void *stop_calloc(const struct allocator *allocator, struct heap *heap,
                         size_t size)
{
    return heap_calloc(allocator, heap, 1, size);
}

static void *stop_aligned(const struct allocator *allocator,
                          struct heap *heap, size_t alignment, size_t size)
{
    return allocator->aligned_alloc(heap, alignment, size);
}

static void *stop_realloc(const struct allocator *allocator,
                          struct heap *heap, void *block, size_t size)
{
    return allocator->realloc(heap, block, size);
}

/* The kit's own realloc, for an allocator that has none. */
static void *stop_realloc_general(const struct allocator *allocator,
                                  struct heap *heap, void *block, size_t size)
{
    return heap_realloc(allocator, heap, block, size);
}

static void *stop_free(const struct allocator *allocator, struct heap *heap,
                       void *block)
{
    allocator->free(heap, block);
    return NULL;
}

static void *stop_trim(const struct allocator *allocator, struct heap *heap)
{
    heap_trim(allocator, heap);
    return NULL;
}

bool stops_here(const struct runner *runner)
{
    uint64_t started = atomic_load(&runner->log->started);

    for (uint64_t i = 0; started == 1 && i < runner->job->op_count; i++)
        runner->records[i].flags = 0; /* of a run before this one */
    return started == runner->job->debug_at;
}

void *call_stopping(const struct runner *runner, const struct op *op,
                    void *block)
{
    const struct allocator *allocator = runner->allocator;
    struct heap *heap = runner->heap;

    switch (op->kind) {
    case OP_MALLOC:
        return stop_malloc(allocator, heap, op->size);
    case OP_CALLOC:
        return stop_calloc(allocator, heap, op->size);
    case OP_ALIGNED:
        return stop_aligned(allocator, heap, (size_t)1 << op->alignment_order,
                            op->size);
    case OP_REALLOC:
        if (allocator->realloc == NULL)
            return stop_realloc_general(allocator, heap, block, op->size);
        return stop_realloc(allocator, heap, block, op->size);
    case OP_FREE:
        return stop_free(allocator, heap, block);
    default:
        return stop_trim(allocator, heap);
    }
}

/* The debugger stops here as well, when the replay is over and its memory is
   still there. */
__attribute__((destructor)) static void stop_at_the_end(void)
{
}

/* --- the heap shows itself --------------------------------------------- */

/* Where the pieces of one view go. */
struct look {
    struct log_piece *pieces;
    uint64_t *count;
};

static bool take_piece(void *context, const struct piece *piece)
{
    struct look *look = context;

    if (*look->count == PIECES_MAX)
        return false;
    look->pieces[(*look->count)++] = log_piece_of(piece);
    return true;
}

/* Has SIGVTALRM come after so many seconds of CPU time; 0: never. */
static void set_alarm(time_t seconds)
{
    struct itimerval timer = {.it_value = {.tv_sec = seconds}};

    (void)setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

/* What ends a view that goes wrong, and where it goes on then. */
static const int caught[] = {SIGSEGV, SIGBUS,  SIGFPE,
                             SIGILL,  SIGABRT, SIGVTALRM};
#define CAUGHT (sizeof(caught) / sizeof(caught[0]))
static sigjmp_buf way_out;
static volatile sig_atomic_t came;

static void leave(int number)
{
    came = number;
    siglongjmp(way_out, 1);
}

/* Calls walk() or lists(); returns the signal that ended it, or 0. */
static int look_by(const struct heap *heap,
                   void (*show)(const struct heap *, visit_fn *, void *),
                   struct look *look)
{
    struct sigaction action = {.sa_handler = leave, .sa_flags = SA_ONSTACK};
    struct sigaction before[CAUGHT];

    came = 0;
    *look->count = 0;
    if (show == NULL)
        return 0;
    for (size_t i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &action, &before[i]);
    set_alarm(LOOK_SECONDS);
    if (sigsetjmp(way_out, 1) == 0)
        show(heap, take_piece, look);
    set_alarm(0);
    for (size_t i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &before[i], NULL);
    return came;
}

int look_walk(const struct runner *runner)
{
    struct log *log = runner->log;

    return look_by(runner->heap, runner->allocator->walk,
                   &(struct look){log->walk, &log->walk_count});
}

int look_lists(const struct runner *runner)
{
    struct log *log = runner->log;

    return look_by(runner->heap, runner->allocator->lists,
                   &(struct look){log->list, &log->list_count});
}
