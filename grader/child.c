/*
 * child.c - a runner at work: started, watched, ended.
 *
 * The parent sleeps on the runner's output, and looks 50 times a second
 * whether it still makes progress: which operation it is at, and how much CPU
 * time it has used since that began. CPU time, so that a busy machine is never
 * taken for an endless loop.
 */
#include "grader/child.h"

#include "grader/coverage.h"
#include "grader/footprint.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Seconds of a call that neither ends nor uses the CPU, if none are said. */
#define STUCK_SECONDS 10

/* The same of one that is not trusted, in all; it may sleep for as long as it
   works besides: a machine that others share may look like sleep. */
#define SLEEP_SECONDS 20

/* Bytes of memory that one may have in use which is not trusted, and of files
   in its folder. The kit's own need 150 MiB and 10 KiB. */
#define MEMORY_MOST ((uint64_t)1 << 30)
#define FILES_MOST  ((uint64_t)16 << 20)

/* Waits of fewer seconds than this are those of two processes that hand over
   to each other. */
#define HAND_OVER 0.001

/* The most pieces of output to take in at once: two pipes full. */
#define PIECES_AT_ONCE (2 * (size_t)PIPE_ROOM / (OUTPUT_MAX / 4))

/* The most words of a runner's command line. */
#define WORDS_MAX 32

/* The number of the first descriptor that a runner gets. */
#define FIRST_FD 3

/* The most descriptors that one gets. */
#define FDS_MAX 8

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

/* If memory runs out, this process is to be ended before any other. */
static void come_first_when_memory_ends(void)
{
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (file >= 0 && write(file, "1000", 4) == 4)
        (void)close(file);
}

/* Has it room for its output in the pipe while nobody looks? */
#define PIPE_ROOM (1 << 20)

/* Gives the process count descriptors from FIRST_FD on, and its output. */
static void place_descriptors(const int *descriptors, size_t count,
                              int output)
{
    int high[FDS_MAX];

    /* First above what they will be, so that none overwrites another. */
    output = fcntl(output, F_DUPFD, 32);
    for (size_t i = 0; i < count; i++)
        high[i] = fcntl(descriptors[i], F_DUPFD, 32);
    place_descriptor(open("/dev/null", O_RDONLY), STDIN_FILENO);
    place_descriptor(output, STDOUT_FILENO);
    place_descriptor(output, STDERR_FILENO);
    for (size_t i = 0; i < count; i++)
        place_descriptor(high[i], FIRST_FD + (int)i);
    close_range(FIRST_FD + (unsigned)count, ~0U, 0);
}

/* The libraries, the stack and brk() are to lie at the same addresses in every
   run: a submission can read them. Some containers do not allow it. */
static void fix_addresses(void)
{
    int before = personality(0xffffffff);

    if (before >= 0)
        (void)personality((unsigned)before | ADDR_NO_RANDOMIZE);
}

/* Becomes the runner. Runs in the child after fork, and does not return. */
static _Noreturn void become(const struct start *start,
                             const int *descriptors, size_t count, int output)
{
    char scratch[4096];
    char *environment[] = {scratch, NULL};
    const char *words[WORDS_MAX];
    size_t used = 0;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* if heaplab is interrupted */
    come_first_when_memory_ends();
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, (rlim_t)start->total_seconds + 5);
    place_descriptors(descriptors, count, output);
    if (chdir(start->directory != NULL ? start->directory : "/") != 0)
        _exit(127);
    for (; start->prefix != NULL && start->prefix[used] != NULL; used++)
        words[used] = start->prefix[used];
    words[used++] = start->runner;
    words[used] = NULL;
    coverage_keep();
    if (start->walls != NULL)
        fix_addresses();
    if (start->walls != NULL && !start->walls->enter(start->walls->context))
        _exit(127);
    snprintf(scratch, sizeof(scratch), "TMPDIR=%s", start->directory);
    if (start->directory == NULL)
        environment[0] = NULL;
    execve(words[0], (char **)words, environment);
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

bool child_await(struct child *child, bool begins)
{
    double wall = seconds_of(CLOCK_MONOTONIC);
    double part = wall - child->mark;
    double look = LOOK_MS * 1e-3;

    /* No more than a look: this process may itself have been stopped. */
    if (!begins && part > HAND_OVER)
        child->awaited += part < 2 * look ? part : 2 * look;
    child->mark = wall;
    return wall - child->looked > look;
}

/* Has it slept for longer than it may? Who is ready to run does not sleep. */
static bool sleeps(const struct child *child, double cpu, double wall)
{
    double stuck = child->start->stuck_seconds;
    double most = cpu + (stuck > 0 ? stuck : SLEEP_SECONDS);
    double slept =
        (child->start->served ? child->awaited : wall - child->began) - cpu;
    double delay;

    if (slept < most)
        return false;
    delay = footprint_delay(child->pid);
    return delay >= 0 && slept - delay > most;
}

/* Has it taken more of the machine than others can spare? */
static bool is_greedy(const struct child *child)
{
    const char *folder = child->start->directory;

    return footprint_memory(child->memory) > MEMORY_MOST ||
           (folder != NULL && footprint_files(folder) > FILES_MOST);
}

/* Returns the CPU time that it has cost: what this process does for a served
   one too, which may ask for much. */
static double cost_of(const struct child *child, double cpu)
{
    if (!child->start->served)
        return cpu;
    return cpu + seconds_of(CLOCK_PROCESS_CPUTIME_ID) - child->own_cpu;
}

enum ending child_overdue(struct child *child, bool step_by_step)
{
    const struct log *log = child->outcome->log;
    double cpu = cpu_seconds(child->pid);
    double wall = seconds_of(CLOCK_MONOTONIC);
    double stuck = child->start->stuck_seconds;
    bool trusted = child->start->walls == NULL;

    child->looked = wall;
    if (cost_of(child, cpu) > child->start->total_seconds)
        return ENDED_TIME;
    if (!trusted && sleeps(child, cpu, wall))
        return ENDED_STUCK;
    if (!trusted && is_greedy(child))
        kill(child->pid, SIGKILL);
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

void child_nap(struct child *child)
{
    struct pollfd waits[] = {
        {.fd = child->end, .events = POLLIN},
        {.fd = child->output, .events = POLLIN},
    };

    if (poll(waits, 2, LOOK_MS) > 0 && waits[1].revents != 0 && !drain(child))
        child->output = -1; /* closed: poll passes over it */
}

bool child_has_ended(const struct child *child)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)child->pid, &info,
                  WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == child->pid;
}

void child_listen(struct child *child)
{
    if (child->output < 0)
        return;
    fcntl(child->output, F_SETFL, O_NONBLOCK);
    for (size_t i = 0; i < PIECES_AT_ONCE; i++) {
        if (!drain(child) || errno == EAGAIN)
            return;
    }
}

/* Waits for the process. Returns the seconds of CPU time that it used. */
static double wait_for(pid_t pid, int *status)
{
    struct rusage used;

    if (wait4(pid, status, 0, &used) != pid)
        return 0;
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

/* Kills the runner with its group, and takes in the last that it printed. */
static int kill_all(struct child *child, bool ask_first)
{
    int status = 0;

    if (ask_first) {
        if (child->ask != 0)
            (void)syscall(SYS_tgkill, child->pid, child->ask, SIGXCPU);
        else
            kill(child->pid, SIGXCPU);
        for (int i = 0; i < 10 && !child_has_ended(child); i++)
            child_nap(child);
    }
    kill(child->pid, SIGKILL);
    kill(-child->pid, SIGKILL);
    child->outcome->cpu_seconds = wait_for(child->pid, &status);
    child_listen(child);
    return status;
}

/* Puts the way that the process ended into the outcome. */
static void conclude(const struct child *child, enum ending ending,
                     int status)
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

void child_end(struct child *child, enum ending ending)
{
    struct outcome *outcome = child->outcome;
    int status = kill_all(child, ending != ENDED_DONE);

    outcome->work_seconds =
        cost_of(child, outcome->cpu_seconds) + child->awaited;
    conclude(child, ending, status);
    if (child->end >= 0)
        close(child->end);
    if (child->memory >= 0)
        close(child->memory);
    if (child->pipe >= 0)
        close(child->pipe);
}

bool child_start(struct child *child, const struct start *start,
                 struct outcome *outcome, const int *descriptors,
                 size_t count)
{
    int output[2];

    *child = (struct child){.start = start, .outcome = outcome, .end = -1};
    if (pipe2(output, O_CLOEXEC) != 0)
        return false;
    (void)fcntl(output[1], F_SETPIPE_SZ, PIPE_ROOM);
    fflush(NULL);
    child->pid = fork();
    if (child->pid == 0)
        become(start, descriptors, count, output[1]);
    close(output[1]);
    if (child->pid < 0) {
        close(output[0]);
        return false;
    }
    child->output = output[0];
    child->pipe = output[0];
    setpgid(child->pid, child->pid);
    child->end = (int)syscall(SYS_pidfd_open, child->pid, 0);
    child->memory = start->walls != NULL ? footprint_open(child->pid) : -1;
    child->began = seconds_of(CLOCK_MONOTONIC);
    child->own_cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    look_afresh(child, 0, child->began);
    return true;
}
