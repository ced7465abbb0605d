/*
 * main.c - the runner: the process that has the allocator in it.
 *
 * It is started by the judging side (grader/run.c) with a job on one
 * descriptor and an empty log on another, replays the job's operations, and
 * ends. Whatever happens, the log tells how far it came. It allocates
 * nothing for itself: its tables are mapped at places of their own.
 */
#include "grader/runner/runner.h"

#include "allocators/registry.h"
#include "allocators/source.h"
#include "grader/runner/place.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef HAVE_VALGRIND
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) (void)0
#define RUNNING_ON_VALGRIND                 0
#endif

_Noreturn void give_up(struct runner *runner, const char *message)
{
    char *to = runner->log->message;

    for (size_t i = 0; i < sizeof(runner->log->message) - 1 && message[i];
         i++)
        to[i] = message[i];
    exit(EXIT_FAILURE);
}

void *map_at(struct runner *runner, uintptr_t place, size_t size,
             int descriptor)
{
    int flags = descriptor >= 0 ? MAP_SHARED
                                : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *at = mmap((void *)place, size, PROT_READ | PROT_WRITE, flags,
                    descriptor, 0);

    if (at == MAP_FAILED && runner->log == NULL)
        exit(EXIT_FAILURE);
    if (at == MAP_FAILED)
        give_up(runner, "there is no memory for the replay's tables");
    if ((uintptr_t)at != place && runner->log != NULL)
        runner->log->at_places = 0;
    return at;
}

/* The heap's clock: see options in malloc.h. */
static uint64_t replay_clock(void *context)
{
    return ((const struct runner *)context)->time;
}

void renew_source(struct runner *runner)
{
    atomic_store(&runner->log->phase, PHASE_OPEN);
    runner->time = 0;
    if (runner->source != NULL)
        source_reset(runner->source);
}

void open_on_source(struct runner *runner)
{
    runner->heap = runner->allocator->open(runner->source, &runner->options);
    if (runner->heap == NULL)
        give_up(runner, OPEN_RETURNED_NULL);
}

void open_heap(struct runner *runner)
{
    renew_source(runner);
    open_on_source(runner);
}

void close_heap(struct runner *runner)
{
    runner->allocator->close(runner->heap);
    runner->heap = NULL;
}

/* Finds the allocator, and opens a source for it if it is one of ours. */
static void prepare(struct runner *runner)
{
    const struct job *job = runner->job;
    struct log *log = runner->log;
    struct source_config config = {.kind = job->source_kind,
                                   .hint = PLACE_SOURCE,
                                   .limit = job->source_limit,
                                   .annotated = job->annotate != 0};
    struct registry_error error;
    const struct entry *entry;

    if (strcmp(job->allocator, "glibc") == 0) {
        runner->allocator = &system_allocator;
        return;
    }
    entry = registry_find(job->allocator, &runner->options, &error);
    if (entry == NULL) { /* a submission without an option of its name's */
        atomic_store(&log->phase, PHASE_OPEN);
        give_up(runner, error.message);
    }
    runner->allocator = entry->allocator;
    runner->options.clock = replay_clock;
    runner->options.clock_context = runner;
    runner->source = source_open(&config);
    if (runner->source == NULL)
        give_up(runner, "there is no memory for a source");
    log->source_base = (uintptr_t)source_base(runner->source);
    log->source_limit = source_limit(runner->source);
    if (log->source_base != PLACE_SOURCE)
        log->at_places = 0;
}

static struct runner the_runner;

/* What runs on the stack of its own. */
static void run(void)
{
    struct runner *runner = &the_runner;

    prepare(runner);
    functions_of(runner->allocator, runner->log->function);
    switch (runner->job->mode) {
    case JOB_JUDGED:
    case JOB_THREADED:
        run_judged(runner);
        break;
    case JOB_COUNTED:
        run_counted(runner);
        break;
    case JOB_PACED:
        run_paced(runner);
        break;
    case JOB_LATENCY:
        run_latency(runner);
        break;
    default:
        run_timed(runner);
        break;
    }
}

/*
 * Calls run() on a stack at a fixed place. Sanitizers do not follow a change
 * of stacks, and count nothing: there it is called as it is.
 */
static void run_in_place(void)
{
#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN)
    run();
#else
    static ucontext_t here, there;
    char *stack = map_at(&the_runner, PLACE_STACK, STACK_SIZE, -1);

    mprotect(stack, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE);
    VALGRIND_STACK_REGISTER(stack, stack + STACK_SIZE);
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = STACK_SIZE;
    there.uc_link = &here;
    makecontext(&there, run, 0);
    swapcontext(&here, &there);
#endif
}

int main(void)
{
    struct runner *runner = &the_runner;
    struct stat job, log;

    if (fstat(JOB_FD, &job) != 0 || fstat(LOG_FD, &log) != 0 ||
        (size_t)job.st_size < sizeof(struct job) ||
        (size_t)log.st_size < sizeof(struct log))
        return EXIT_FAILURE;
    runner->log = map_at(runner, PLACE_LOG, (size_t)log.st_size, LOG_FD);
    runner->log->at_places = (uintptr_t)runner->log == PLACE_LOG;
    runner->job = map_at(runner, PLACE_JOB, (size_t)job.st_size, JOB_FD);
#ifndef RUNNER_DEBUGGED /* there gdb says where to stop */
    (void)mprotect((void *)(uintptr_t)runner->job, (size_t)job.st_size,
                   PROT_READ); /* nobody makes the work less */
#endif
    runner->ops = job_ops(runner->job);
    runner->records = log_records(runner->log);
    if (runner->job->magic != JOB_MAGIC)
        give_up(runner, "the job is of another version");
    guard_signals(&runner->log->crash, runner->job->mode == JOB_THREADED);
    begin_judged(runner);
#if defined(VARIANT_TOOLS)
    stay_alone(
        runner->job->mode ==
        JOB_THREADED); /* memcheck starts none, as it is called (tool.c) */
#elif defined(VARIANT_ASAN)
    if (runner->job->annotate) /* then it does not look for leaks */
        stay_alone(runner->job->mode == JOB_THREADED);
#elif !defined(VARIANT_TSAN)
    if (!RUNNING_ON_VALGRIND) /* it starts processes of its own */
        stay_alone(runner->job->mode == JOB_THREADED);
#endif
    run_in_place();
    return EXIT_SUCCESS;
}
