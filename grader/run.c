/*
 * run.c - runs one job in a runner, and takes in what comes of it.
 *
 * The parent sleeps on the runner's output, and looks 50 times a second
 * whether it still makes progress: which operation it is at, and how much CPU
 * time it has used since that began. CPU time, so that a busy machine is never
 * taken for an endless loop.
 */
#include "grader/run.h"

#include "allocators/source.h"
#include "grader/coverage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Milliseconds between two looks at the runner. */
#define LOOK_MS 20

/* Seconds of a call that neither ends nor uses the CPU, if none are said. */
#define STUCK_SECONDS 10

/* The most words of a runner's command line. */
#define WORDS_MAX 32

/* A runner at work. */
struct child {
    pid_t pid;
    int output; /* read end of its output; -1 once that is closed */
    int end;    /* readable once it has ended; -1 if the kernel has none */
    struct outcome *outcome;
    const struct start *start;

    /* The call it was in when last looked at, and since when. */
    uint64_t phase;
    uint64_t started;
    double cpu_then;
    double wall_then;
};

struct job job_for(enum job_mode mode, const char *allocator,
                   const struct trace *trace)
{
    struct job job = {
        .magic = JOB_MAGIC,
        .mode = mode,
        .source_kind = SOURCE_PAGES,
        .op_count = trace->op_count,
        .id_count = trace->id_count,
        .source_limit = (uint64_t)4 << 30,
        .stop_at = trace->op_count,
        .watch = NO_OP,
        .rounds_least = 3,
        .budget_ns = 500000000,
    };

    snprintf(job.allocator, sizeof(job.allocator), "%s", allocator);
    return job;
}

void outcome_free(struct outcome *outcome)
{
    if (outcome == NULL)
        return;
    munmap(outcome->log, outcome->map_size);
    free(outcome);
}

/* Returns a memory file with the job and its operations, or -1. */
static int job_file(const struct job *job, const struct op *ops)
{
    int file = memfd_create("job", MFD_CLOEXEC);
    size_t size = job_size(job->op_count);
    struct job *map;

    if (file < 0)
        return -1;
    if (ftruncate(file, (off_t)size) == 0) {
        map = mmap(NULL, size, PROT_WRITE, MAP_SHARED, file, 0);
        if (map != MAP_FAILED) {
            *map = *job;
            memcpy(map + 1, ops, size - sizeof(*job));
            munmap(map, size);
            return file;
        }
    }
    close(file);
    return -1;
}

/* Makes an empty log, mapped into a new outcome. Returns its file, or -1. */
static int log_file(const struct job *job, struct outcome **outcome)
{
    int file = memfd_create("log", MFD_CLOEXEC);
    size_t size = log_size(job->op_count);
    struct log *log;

    if (file < 0)
        return -1;
    *outcome = calloc(1, sizeof(**outcome));
    if (*outcome != NULL && ftruncate(file, (off_t)size) == 0) {
        log = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (log != MAP_FAILED) {
            log->fault_op = NO_OP;
            log->watch_op = NO_OP;
            log->final_op = NO_OP;
            (*outcome)->log = log;
            (*outcome)->records = log_records(log);
            (*outcome)->map_size = size;
            return file;
        }
    }
    free(*outcome);
    *outcome = NULL;
    close(file);
    return -1;
}

static void limit(int resource, rlim_t value)
{
    struct rlimit limits = {value, value};

    setrlimit(resource, &limits);
}

/* Puts descriptor at a number of its own, to be inherited. */
static void place_descriptor(int descriptor, int number)
{
    if (dup2(descriptor, number) < 0)
        _exit(127);
}

/* Becomes the runner. Runs in the child after fork, and does not return. */
static _Noreturn void become(const struct start *start, int job, int log,
                             int output)
{
    char *no_environment[] = {NULL};
    const char *words[WORDS_MAX];
    size_t count = 0;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* if heaplab is interrupted */
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, (rlim_t)start->total_seconds + 5);
    /* First above what they will be, so that none overwrites another. */
    job = fcntl(job, F_DUPFD, 16);
    log = fcntl(log, F_DUPFD, 16);
    output = fcntl(output, F_DUPFD, 16);
    place_descriptor(open("/dev/null", O_RDONLY), STDIN_FILENO);
    place_descriptor(output, STDOUT_FILENO);
    place_descriptor(output, STDERR_FILENO);
    place_descriptor(job, JOB_FD);
    place_descriptor(log, LOG_FD);
    for (int i = LOG_FD + 1; i < 256; i++)
        close(i);
    if (chdir(start->directory != NULL ? start->directory : "/") != 0)
        _exit(127);
    for (; start->prefix != NULL && start->prefix[count] != NULL; count++)
        words[count] = start->prefix[count];
    words[count++] = start->runner;
    words[count] = NULL;
    coverage_keep();
    execve(words[0], (char **)words, no_environment);
    dprintf(STDERR_FILENO, "%s: %s\n", words[0], strerror(errno));
    _exit(127);
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double cpu_seconds(pid_t pid)
{
    clockid_t clock;

    return clock_getcpuclockid(pid, &clock) == 0 ? seconds_of(clock) : 0;
}

/*
 * Keeps count bytes of output, at most a quarter of OUTPUT_MAX. When there is
 * no room, what came first and what came last stay: the last line often tells
 * most.
 */
static void keep_output(struct outcome *outcome, const char *bytes,
                        size_t count)
{
    size_t room = OUTPUT_MAX - outcome->output_size;
    size_t over = count > room ? count - room : 0;
    char *newer = outcome->output + OUTPUT_MAX / 2;

    if (over > 0) {
        outcome->output_size -= over;
        outcome->output_lost += over;
        memmove(newer, newer + over, outcome->output_size - OUTPUT_MAX / 2);
    }
    memcpy(outcome->output + outcome->output_size, bytes, count);
    outcome->output_size += count;
}

/* Takes in what the runner wrote. Returns false when there will be no more. */
static bool drain(struct child *child)
{
    char bytes[OUTPUT_MAX / 4];
    ssize_t got = read(child->output, bytes, sizeof(bytes));

    if (got >= 0)
        errno = 0;
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    keep_output(child->outcome, bytes, (size_t)got);
    return got > 0;
}

/* Notes the call that the runner is in now. */
static void look_afresh(struct child *child, double cpu, double wall)
{
    const struct log *log = child->outcome->log;

    child->phase = atomic_load_explicit(&log->phase, memory_order_relaxed);
    child->started =
        atomic_load_explicit(&log->started, memory_order_relaxed);
    child->cpu_then = cpu;
    child->wall_then = wall;
}

/* Returns how the runner must be ended now, or ENDED_DONE to let it go on. */
static enum ending overdue(struct child *child, bool step_by_step)
{
    const struct log *log = child->outcome->log;
    double cpu = cpu_seconds(child->pid);
    double wall = seconds_of(CLOCK_MONOTONIC);
    double stuck = child->start->stuck_seconds;

    if (cpu > child->start->total_seconds)
        return ENDED_TIME;
    if (child->phase != atomic_load(&log->phase) ||
        child->started != atomic_load(&log->started) || !step_by_step ||
        child->phase == PHASE_LOOK) /* that is the kit's own work */
        look_afresh(child, cpu, wall);
    if (cpu - child->cpu_then > child->start->call_seconds)
        return ENDED_LOOP;
    if (wall - child->wall_then > (stuck > 0 ? stuck : STUCK_SECONDS) &&
        cpu - child->cpu_then < 0.1)
        return ENDED_STUCK;
    return ENDED_DONE;
}

/* Sleeps until there is output, the runner ends, or LOOK_MS have passed. */
static void nap(struct child *child)
{
    struct pollfd waits[] = {
        {.fd = child->end, .events = POLLIN},
        {.fd = child->output, .events = POLLIN},
    };

    if (poll(waits, 2, LOOK_MS) > 0 && waits[1].revents != 0 && !drain(child))
        child->output = -1; /* closed: poll passes over it */
}

/*
 * Has the runner ended by itself? It is not reaped yet, so that its number
 * stays its own until its group has been killed.
 */
static bool has_ended(const struct child *child)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)child->pid, &info,
                  WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == child->pid;
}

/*
 * Waits until the runner ends, or ends it. The signal that says so first lets
 * it note where it is (guard.c); the second cannot be withstood.
 */
static enum ending wait_for(struct child *child, bool step_by_step,
                            int *status)
{
    enum ending ending = ENDED_DONE;

    look_afresh(child, 0, seconds_of(CLOCK_MONOTONIC));
    while (ending == ENDED_DONE) {
        nap(child);
        if (has_ended(child))
            break;
        ending = overdue(child, step_by_step);
    }
    if (ending != ENDED_DONE) {
        kill(child->pid, SIGXCPU);
        for (int i = 0; i < 10 && !has_ended(child); i++)
            nap(child);
    }
    kill(child->pid, SIGKILL);
    kill(-child->pid, SIGKILL);
    waitpid(child->pid, status, 0);
    if (child->output >= 0) {
        fcntl(child->output, F_SETFL, O_NONBLOCK);
        while (drain(child) && errno != EAGAIN)
            ;
    }
    return ending;
}

/* Puts the way that the process ended into the outcome. */
static void conclude(struct child *child, enum ending ending, int status)
{
    struct outcome *outcome = child->outcome;

    outcome->ending = ending;
    if (ending != ENDED_DONE)
        return;
    if (WIFSIGNALED(status)) {
        outcome->ending = ENDED_SIGNAL;
        outcome->status = WTERMSIG(status);
        return;
    }
    outcome->status = WEXITSTATUS(status);
    if (outcome->log->message[0] != '\0' || outcome->status == 127)
        outcome->ending = ENDED_FAILED;
    else if (atomic_load(&outcome->log->phase) != PHASE_DONE)
        outcome->ending = ENDED_EXIT;
}

struct outcome *run_job(const struct start *start, const struct job *job,
                        const struct op *ops)
{
    struct child child = {.start = start};
    int output[2] = {-1, -1};
    int asked = job_file(job, ops);
    int answered = log_file(job, &child.outcome);
    enum ending ending;
    int status = 0;

    child.end = -1;
    if (asked >= 0 && answered >= 0 && pipe2(output, O_CLOEXEC) == 0) {
        fflush(NULL);
        child.pid = fork();
        if (child.pid == 0)
            become(start, asked, answered, output[1]);
        close(output[1]);
        child.output = output[0];
        if (child.pid > 0) {
            setpgid(child.pid, child.pid);
            child.end = (int)syscall(SYS_pidfd_open, child.pid, 0);
            ending = wait_for(&child, job->mode == JOB_JUDGED, &status);
            if (child.end >= 0)
                close(child.end);
            conclude(&child, ending, status);
        } else {
            outcome_free(child.outcome);
            child.outcome = NULL;
        }
        close(output[0]);
    } else {
        outcome_free(child.outcome);
        child.outcome = NULL;
    }
    if (asked >= 0)
        close(asked);
    if (answered >= 0)
        close(answered);
    return child.outcome;
}
