/*
 * runner.h - what the parts of a runner share.
 */
#ifndef GRADER_RUNNER_RUNNER_H
#define GRADER_RUNNER_RUNNER_H

#include "allocators/malloc.h"
#include "grader/runner/job.h"

struct runner {
    const struct job *job;
    const struct op *ops;
    struct log *log;
    struct record *records;
    const struct allocator *allocator;
    struct options options;
    struct source *source; /* NULL for an allocator with pages of its own */
    struct heap *heap;
    uint64_t time; /* the heap's clock, ns: moves on with each operation */
};

/* Nanoseconds that the heap's clock moves on with each operation. */
#define TIME_STEP 1000

/*
 * Maps size bytes at a place of place.h: of the file behind descriptor, or of
 * anonymous memory if that is -1. Clears log->at_places if the place was
 * taken. Does not return if there is no memory.
 */
void *map_at(struct runner *runner, uintptr_t place, size_t size,
             int descriptor);

/* Ends the runner for trouble of the kit's own, which the log then tells. */
_Noreturn void give_up(struct runner *runner, const char *message);

/* Bytes of a stack for the handlers of signals. */
#define GUARD_STACK ((size_t)65536)

/*
 * Makes deadly signals leave their traces in *crash before they kill; abort()
 * as well if aborts. guard_thread() does so for another thread, which calls
 * it, with GUARD_STACK bytes at stack.
 */
void guard_signals(struct crash *crash, bool aborts);
void guard_thread(struct crash *crash, void *stack);

/* Tells where the code of each call of the allocator is, so that the judge
   can name its line. */
void functions_of(const struct allocator *allocator,
                  uint64_t function[CALLS]);

/* Puts what check() said of a broken heap into the log. */
void log_fault(struct log *log, const struct allocator *allocator,
               const struct fault *fault);

/* Returns a piece as the log holds it. */
struct log_piece log_piece_of(const struct piece *piece);

/*
 * Opens the heap on a source as new. Does not return if it cannot.
 */
void open_heap(struct runner *runner);

/* The two halves of that: the kit's own work, and the allocator's. */
void renew_source(struct runner *runner);
void open_on_source(struct runner *runner);

/* Ends the heap, so that open_heap() can be called again. */
void close_heap(struct runner *runner);

/* Makes one call, as op says, on a block that block points to or NULL. */
static inline void *call_for(const struct runner *runner, const struct op *op,
                             void *block);

/* From here on this process can start no other and no more threads: alone.c.
   threads: it has more than one, all of which that holds for. */
void stay_alone(bool threads);

/* Starts the threads of a threaded job, which then wait for run_judged(). For
   any other job it does nothing. */
void begin_judged(struct runner *runner);

/* The modes of a job. */
void run_judged(struct runner *runner);
void run_counted(struct runner *runner);
void run_paced(struct runner *runner);
void run_timed(struct runner *runner);
void run_latency(struct runner *runner);

/* libc's malloc behind malloc.h, and what it has committed. */
extern const struct allocator system_allocator;
uint64_t system_committed(void);

/* Both for a threaded job: in_threads.c. */
void begin_in_threads(struct runner *runner);
void run_in_threads(struct runner *runner);

/*
 * For debuggers, and only in the runner that is compiled for them, with
 * RUNNER_DEBUGGED: stop.c. stops_here() tells whether the job wants the
 * operation that has begun to be stopped at, and call_stopping() makes the
 * call then, as call_for() does, from a line where a debugger can stop.
 */
bool stops_here(const struct runner *runner);
void *call_stopping(const struct runner *runner, const struct op *op,
                    void *block);

/*
 * Called by a debugger at any moment: has the heap show itself by walk() or
 * lists(), in the log's pieces. Returns 0; or, if that crashed, the signal;
 * SIGVTALRM if it did not return within a second of CPU time. The pieces that
 * it had shown by then are there.
 */
int look_walk(const struct runner *runner);
int look_lists(const struct runner *runner);

#include "allocators/general.h"

static inline void *call_for(const struct runner *runner, const struct op *op,
                             void *block)
{
    const struct allocator *allocator = runner->allocator;

#ifdef RUNNER_DEBUGGED
    if (stops_here(runner))
        return call_stopping(runner, op, block);
#endif
    switch (op->kind) {
    case OP_MALLOC:
        return allocator->malloc(runner->heap, op->size);
    case OP_CALLOC:
        return heap_calloc(allocator, runner->heap, 1, op->size);
    case OP_ALIGNED:
        return allocator->aligned_alloc(
            runner->heap, (size_t)1 << op->alignment_order, op->size);
    case OP_REALLOC:
        return heap_realloc(allocator, runner->heap, block, op->size);
    case OP_FREE:
        allocator->free(runner->heap, block);
        return NULL;
    default:
        heap_trim(allocator, runner->heap);
        return NULL;
    }
}

#endif
