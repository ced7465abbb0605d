/*
 * in_threads.c - the judged replay of a trace with threads: each thread of the
 * trace is a thread of this process.
 *
 * What orders operations is the program order of their threads, and between
 * threads that an operation on an identifier comes after the last one on that
 * identifier, whoever does it. All else is left to chance, and to the
 * allocator. Who has to wait sleeps.
 *
 *     thread 0   a 0 --- a 1 --------- f 2 ---
 *                   \                 /
 *     thread 1       `--> f 0 --- a 2
 *
 * An allocator that is not made for threads is used through the locked layer;
 * its source's books are read under that same lock.
 */
#include "grader/runner/runner.h"

#include "allocators/layers/locked.h"
#include "allocators/source.h"
#include "grader/runner/place.h"
#include "grader/runner/replay.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* No operation, in the tables of operations. */
#define NONE UINT32_MAX

/* What others can wait for. */
enum event {
    PENDING,
    AWAITED, /* not yet, and somebody sleeps until it is */
    HAPPENED,
};

/* A thread of the trace. */
struct lane {
    pthread_t thread;
    struct replay replay;
    struct target target;
    struct log_thread *told; /* what it tells in the log */
    uint32_t first;          /* its first operation; NONE: it has none */

    /* Of the call that it is in, as the source had it: */
    size_t refusals; /* before */
    bool refused;
    uint64_t refused_size; /* bytes */
    uint64_t committed;    /* after; bytes */
};

/* All threads of this process's one job. */
static struct {
    struct runner *runner;
    size_t count;
    struct lane lanes[TRACE_THREADS_MAX];
    char *signals; /* GUARD_STACK bytes for each */

    uint32_t *next;         /* by operation: the next one of its thread */
    uint32_t *before;       /* the one of another thread that it waits for */
    _Atomic uint32_t *done; /* one of enum event: it is over */
    _Atomic uint32_t go;    /* one of enum event: the heap is open */
    _Atomic bool stopped;   /* something is wrong: nobody begins any more */
    _Atomic uint32_t stamp;
    _Atomic uint64_t calls; /* begun so far, of all threads */

    bool wrapped; /* in the locked layer */
    struct locked locked;
    struct allocator table;
    pthread_mutex_t checking; /* check() has one place in the log */

    /* Of a system allocator: bytes, before the replay and last measured. */
    uint64_t start;
    _Atomic uint64_t measured;
} the = {.checking = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local struct lane *here; /* NULL: the main thread */

/* --- waiting -------------------------------------------------------------------- */

/* Sleeps until it has happened. */
static void await(_Atomic uint32_t *event)
{
    uint32_t state = PENDING;

    if (!atomic_compare_exchange_strong(event, &state, AWAITED) &&
        state == HAPPENED)
        return;
    while (atomic_load(event) != HAPPENED)
        syscall(SYS_futex, event, FUTEX_WAIT_PRIVATE, AWAITED, NULL, NULL, 0);
}

/* Has it happen, and wakes whoever waits for it. */
static void happen(_Atomic uint32_t *event)
{
    if (atomic_exchange(event, HAPPENED) == AWAITED)
        syscall(SYS_futex, event, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* Lets nobody begin another operation, or sleep any longer. */
static void stop_all(void)
{
    atomic_store(&the.stopped, true);
    for (uint64_t i = 0; i < the.runner->job->op_count; i++)
        happen(&the.done[i]);
}

/* --- the target of a thread ------------------------------------------------------ */

/* The heap's clock, which moves on with each call: see options in malloc.h. */
static uint64_t shared_clock(void *context)
{
    (void)context;
    return TIME_STEP * atomic_load(&the.calls);
}

/* Before a call, with the heap's lock held if it has the layer's. */
static void read_before(void *context)
{
    (void)context;
    here->refusals = source_refusals(the.runner->source);
}

/* And after it. A call in the general form may be several. */
static void read_after(void *context)
{
    const struct source *source = the.runner->source;

    (void)context;
    if (source_refusals(source) > here->refusals) {
        here->refused = true;
        here->refused_size = source_refused_size(source);
    }
    here->committed = source_committed(source);
}

/*
 * Are the books read round the call itself? So they are if the allocator has
 * locks of its own, which the runner cannot hold: they may then be those of
 * the moment before or after. The thread sanitizer would object.
 */
static bool reads_beside(void)
{
#ifdef VARIANT_TSAN
    return false;
#else
    return !the.wrapped && the.runner->source != NULL;
#endif
}

static bool lane_call(void *context, const struct op *op, uint64_t block,
                      struct reply *reply)
{
    struct lane *lane = context;
    bool reads = reads_beside();

    atomic_store(&lane->told->called, atomic_fetch_add(&the.calls, 1) + 1);
    lane->refused = false;
    if (reads)
        read_before(NULL);
    reply->pointer =
        (uintptr_t)call_for(the.runner, op, (void *)(uintptr_t)block);
    if (reads)
        read_after(NULL);
    reply->refused = lane->refused;
    reply->refused_size = lane->refused_size;
    return true;
}

static void *lane_view(void *context, uint64_t address, size_t size)
{
    (void)context;
    (void)size;
    return (void *)(uintptr_t)address;
}

/* A system allocator is measured now and then, as in judged.c. */
static uint64_t lane_committed(void *context, uint64_t op, uint64_t count)
{
    const struct lane *lane = context;

    if (the.runner->source != NULL)
        return lane->committed;
    if (op % (count / 4096 + 1) == 0 || op + 1 == count) {
        uint64_t now = system_committed();
        atomic_store(&the.measured, now > the.start ? now - the.start : 0);
    }
    return atomic_load(&the.measured);
}

static bool lane_check(void *context, bool *sound, struct log *log)
{
    const struct runner *runner = the.runner;
    struct fault fault = {0};

    (void)context;
    *sound = heap_check(runner->allocator, runner->heap, &fault);
    if (!*sound)
        log_fault(log, runner->allocator, &fault);
    return true;
}

/* --- the threads ----------------------------------------------------------------- */

/*
 * Calls check() after operation i if that is due: the threads one after the
 * other. An allocator with locks of its own is checked only at the end, for
 * its check() may ask that nobody else is at work.
 */
static enum course check_if_due(const struct lane *lane, uint64_t i)
{
    uint64_t every = the.runner->job->check_every;
    enum course course = COURSE_ON;

    if (every == 0 || (i + 1) % every != 0 || !the.wrapped)
        return COURSE_ON;
    pthread_mutex_lock(&the.checking);
    if (!atomic_load(&the.stopped)) {
        course = replay_check(&lane->replay, i);
        if (course != COURSE_ON)
            atomic_store(&the.stopped, true);
    }
    pthread_mutex_unlock(&the.checking);
    return course;
}

/* Replays a thread's operations, until something is wrong. */
static void replay_lane(const struct lane *lane)
{
    enum course course = COURSE_ON;

    for (uint32_t i = lane->first; i != NONE; i = the.next[i]) {
        atomic_store(&lane->told->started, (uint64_t)i + 1);
        replay_phase(&lane->replay, PHASE_WAIT);
        if (the.before[i] != NONE)
            await(&the.done[the.before[i]]);
        if (atomic_load(&the.stopped))
            return;
        course = replay_op(&lane->replay, i, true);
        if (course == COURSE_ON)
            course = check_if_due(lane, i);
        if (course != COURSE_ON) {
            stop_all();
            return;
        }
        happen(&the.done[i]);
    }
}

static void *run_lane(void *argument)
{
    struct lane *lane = argument;
    size_t number = (size_t)(lane - the.lanes);

    here = lane;
    guard_thread(&lane->told->crash, the.signals + number * GUARD_STACK);
    atomic_store(&lane->told->tid, (uint64_t)gettid());
    await(&the.go);
    replay_lane(lane);
    replay_phase(&lane->replay, PHASE_DONE);
    return NULL;
}

/* At exit(): which thread called it? */
static void note_exit(void)
{
    if (here != NULL)
        here->told->exits = 1;
}

/* Fills in what comes before and after what. */
static void order_operations(struct runner *runner)
{
    const struct job *job = runner->job;
    size_t size = job->op_count * sizeof(uint32_t);
    uint32_t *last; /* by identifier: the operation on it so far */
    uint32_t *tail[TRACE_THREADS_MAX];
    char *tables = map_at(runner, PLACE_ORDER, 3 * size, -1);
    size_t ids = job->id_count * sizeof(*last);

    the.next = (uint32_t *)(void *)tables;
    the.before = (uint32_t *)(void *)(tables + size);
    the.done = (_Atomic uint32_t *)(void *)(tables + 2 * size);
    last = map_at(runner, PLACE_SIZES, ids, -1);
    for (uint64_t id = 0; id < job->id_count; id++)
        last[id] = NONE;
    for (size_t t = 0; t < TRACE_THREADS_MAX; t++) {
        tail[t] = &the.lanes[t].first;
        *tail[t] = NONE;
    }
    for (uint32_t i = 0; i < job->op_count; i++) {
        const struct op *op = &runner->ops[i];
        uint32_t *others = &last[op->id];
        the.before[i] = NONE;
        the.next[i] = NONE;
        *tail[op->thread] = i;
        tail[op->thread] = &the.next[i];
        if (op->thread >= the.count)
            the.count = op->thread + (size_t)1;
        if (op->kind == OP_TRIM)
            continue;
        if (*others != NONE && runner->ops[*others].thread != op->thread)
            the.before[i] = *others;
        *others = i;
    }
    munmap(last, ids);
}

/* Starts a thread on its own stack, at its own place. */
static void start_lane(struct runner *runner, size_t number)
{
    struct lane *lane = &the.lanes[number];
    uintptr_t place = PLACE_STACK + (number + 1) * STACK_STRIDE;
    char *stack = map_at(runner, place, STACK_SIZE, -1);
    pthread_attr_t attributes;

    mprotect(stack, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE);
    pthread_attr_init(&attributes);
    if (pthread_attr_setstack(&attributes, stack, STACK_SIZE) != 0 ||
        pthread_create(&lane->thread, &attributes, run_lane, lane) != 0)
        give_up(runner, "a thread of the trace cannot be started");
    pthread_attr_destroy(&attributes);
}

void begin_in_threads(struct runner *runner)
{
    const struct job *job = runner->job;
    struct owned *owned;

    the.runner = runner;
    order_operations(runner);
    owned = map_at(runner, PLACE_BLOCKS, job->id_count * sizeof(*owned), -1);
    the.signals =
        map_at(runner, PLACE_SIGNALS, TRACE_THREADS_MAX * GUARD_STACK, -1);
    for (size_t t = 0; t < the.count; t++) {
        struct lane *lane = &the.lanes[t];
        lane->told = &log_threads(runner->log, job->op_count)[t];
        lane->target = (struct target){.context = lane,
                                       .call = lane_call,
                                       .view = lane_view,
                                       .committed = lane_committed,
                                       .check = lane_check};
        lane->replay = (struct replay){.job = job,
                                       .ops = runner->ops,
                                       .log = runner->log,
                                       .records = runner->records,
                                       .owned = owned,
                                       .target = &lane->target,
                                       .phase = &lane->told->phase,
                                       .started = &lane->told->started,
                                       .stamp = &the.stamp};
    }
    (void)atexit(note_exit);
    for (size_t t = 0; t < the.count; t++)
        start_lane(runner, t);
}

/* --- the whole ------------------------------------------------------------------- */

/* Puts a lock around what is not made for threads. */
static void wrap(struct runner *runner)
{
    const struct allocator *inner = runner->allocator;

    if ((inner->traits & TRAIT_THREAD_SAFE) != 0)
        return;
    runner->heap = locked_wrap(&the.locked, inner, runner->heap);
    the.locked.enter = read_before;
    the.locked.leave = read_after;
    the.table = locked_table(inner);
    runner->allocator = &the.table;
    the.wrapped = true;
}

/* When all threads are through: what is left, once more. */
static void look_at_the_end(struct runner *runner)
{
    struct replay replay = the.lanes[0].replay;
    enum course course = COURSE_ON;

    replay.phase = &runner->log->phase;
    atomic_store(&runner->log->started, runner->job->op_count);
    if (runner->job->check_every != 0)
        course = replay_check(&replay, runner->job->op_count - 1);
    if (course == COURSE_ON)
        (void)replay_look_at_all(&replay);
}

void run_in_threads(struct runner *runner)
{
    runner->options.clock = shared_clock;
    open_heap(runner);
    wrap(runner);
    if (runner->source == NULL)
        the.start = system_committed();
    atomic_store(&runner->log->phase, PHASE_THREADS);
    happen(&the.go);
    for (size_t t = 0; t < the.count; t++)
        pthread_join(the.lanes[t].thread, NULL);
    if (!atomic_load(&the.stopped))
        look_at_the_end(runner);
    atomic_store(&runner->log->phase, PHASE_DONE);
}
