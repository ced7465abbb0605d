/*
 * spawn.c - runs a helper program and takes in what it prints.
 */
#include "grader/spawn.h"

#include "grader/coverage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Seconds for a helper of capture(); what it may print that nobody keeps. */
#define HELPER_SECONDS 60
#define LOST_MOST      ((size_t)4 << 20)

/* What the helpers of capture() are put behind; or NULL. */
static const struct walls *helper_walls;

/* Becomes the helper, after fork. */
static _Noreturn void become(const struct manner *manner,
                             const char *const *words, int output)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* if heaplab is interrupted */
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
        _exit(127);
    if (manner->directory != NULL && chdir(manner->directory) != 0)
        _exit(127);
    if (manner->walls != NULL) {
        clearenv();
        setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
        setenv("LC_ALL", "C", 1);
        if (manner->directory != NULL)
            setenv("TMPDIR", manner->directory, 1);
    }
    coverage_keep();
    if (manner->walls != NULL &&
        !manner->walls->enter(manner->walls->context))
        _exit(127);
    execvp(words[0], (char *const *)words);
    _exit(127);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Sleeps until there is something to read; false: not before the deadline. */
static bool wait_until(int from, double deadline)
{
    struct pollfd wait = {.fd = from, .events = POLLIN};

    for (;;) {
        double left = deadline - now();
        if (deadline > 0 && left <= 0)
            return false;
        if (poll(&wait, 1, deadline > 0 ? (int)(left * 1000) + 1 : -1) > 0)
            return true;
    }
}

/* Reads to the end of the stream; keeps what fits. Returns 0 then;
   CAPTURE_LATE if it did not end before the deadline, if that is not 0;
   CAPTURE_LOUD if there was no end of it. */
static int read_all(int from, char *text, size_t size, double deadline)
{
    char bytes[4096];
    size_t length = 0;
    size_t lost = 0;
    bool ended = false;

    while (!ended && lost < LOST_MOST && wait_until(from, deadline)) {
        ssize_t got = read(from, bytes, sizeof(bytes));
        size_t room = size - 1 - length;
        if (got < 0 && errno == EINTR)
            continue;
        ended = got <= 0;
        if (ended)
            break;
        if ((size_t)got < room)
            room = (size_t)got;
        memcpy(text + length, bytes, room);
        length += room;
        lost += (size_t)got - room;
    }
    text[length] = '\0';
    if (lost >= LOST_MOST)
        return CAPTURE_LOUD;
    return ended ? 0 : CAPTURE_LATE;
}

/* Waits until the process ends, without reaping it, so that its number stays
   its own; false: not before the deadline, if that is not 0. */
static bool has_ended(pid_t pid, double deadline)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    siginfo_t info = {.si_pid = 0};
    int options = WEXITED | WNOWAIT | (deadline > 0 ? WNOHANG : 0);

    while (waitid(P_PID, (id_t)pid, &info, options) == 0 || errno == EINTR) {
        if (info.si_pid == pid)
            return true;
        if (deadline > 0 && now() > deadline)
            return false;
        nanosleep(&pause, NULL);
    }
    return false;
}

int capture_in(const struct manner *manner, const char *const *words,
               char *text, size_t size)
{
    double deadline = manner->seconds > 0 ? now() + manner->seconds : 0;
    int result = CAPTURE_LATE;
    int output[2];
    int status;
    pid_t pid;

    text[0] = '\0';
    if (pipe2(output, O_CLOEXEC) != 0)
        return -1;
    fflush(NULL);
    pid = fork();
    if (pid == 0)
        become(manner, words, output[1]);
    close(output[1]);
    if (pid > 0) {
        setpgid(pid, pid);
        result = read_all(output[0], text, size, deadline);
        if (result == 0 && !has_ended(pid, deadline))
            result = CAPTURE_LATE;
        kill(-pid, SIGKILL); /* and whom it may have left behind */
    }
    close(output[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    if (result != 0)
        return result;
    return WIFEXITED(status) && WEXITSTATUS(status) != 127
               ? WEXITSTATUS(status)
               : -1;
}

int capture(const char *const *words, const char *directory, char *text,
            size_t size)
{
    const struct manner manner = {.directory = directory,
                                  .walls = helper_walls,
                                  .seconds = HELPER_SECONDS};

    return capture_in(&manner, words, text, size);
}

void capture_behind(const struct walls *walls)
{
    helper_walls = walls;
}

int line_of(const char *path, unsigned long address, struct line *line)
{
    char number[32];
    char text[1024];
    char *colon;
    const char *words[] = {"addr2line", "-e", path, number, NULL};

    snprintf(number, sizeof(number), "%#lx", address);
    if (address == 0 || capture(words, NULL, text, sizeof(text)) != 0)
        return -1;
    text[strcspn(text, "\n")] = '\0';
    colon = strrchr(text, ':');
    if (colon == NULL || text[0] == '?')
        return -1;
    *colon = '\0';
    line->number = (unsigned)strtoul(colon + 1, NULL, 10);
    snprintf(line->file, sizeof(line->file), "%s", text);
    return line->number > 0 ? 0 : -1;
}
