/*
 * unpack.c - unpacks an archive that is not trusted.
 */
#include "grader/class/unpack.h"

#include "grader/class/printable.h"
#include "grader/class/tree.h"
#include "grader/coverage.h"
#include "grader/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB         ((size_t)1 << 20)
#define SAYS        2048 /* bytes of the child's messages that are kept */
#define LOOK_MS     20   /* between two looks at what there is by now */
#define NO_WALLS    125  /* exit status: it could not be confined */
#define NOT_STARTED 127  /* exit status: the program is not there */

const struct unpack_limits unpack_limits = {.packed = 64 * MIB,
                                            .unpacked = 256 * MIB,
                                            .files = 20000,
                                            .depth = 32,
                                            .seconds = 15};

/* A child at work. */
struct work {
    const struct unpack_limits *limits;
    const char *program; /* tar or unzip */
    int tree;            /* the open folder that it fills */
    pid_t pid;           /* of it, and of its group */
    int output;          /* what it says, not blocking */
    char says[SAYS];
    size_t length;    /* of says */
    char excess[128]; /* what was too much; empty: nothing yet */
};

/* What a tree came to so far. */
struct sum {
    const struct unpack_limits *limits;
    size_t bytes;
    size_t files;
    char *excess; /* 128 bytes */
};

static enum tree_next add_up(void *context, const struct tree_item *item)
{
    struct sum *sum = context;
    const struct unpack_limits *limits = sum->limits;

    sum->files++;
    if (S_ISREG(item->what->st_mode))
        sum->bytes += (size_t)item->what->st_size;
    if (sum->files > limits->files)
        snprintf(sum->excess, 128, "it has more than %zu files",
                 limits->files);
    else if (sum->bytes > limits->unpacked)
        snprintf(sum->excess, 128, "it unpacks to more than %zu MiB",
                 limits->unpacked / MIB);
    else if (S_ISDIR(item->what->st_mode) && item->depth >= limits->depth)
        snprintf(sum->excess, 128, "its folders lie more than %u deep",
                 limits->depth);
    return sum->excess[0] != '\0' ? TREE_STOP : TREE_ENTER;
}

/* Looks at what there is by now. Returns false if it is too much. */
static bool within_limits(struct work *work)
{
    struct sum sum = {.limits = work->limits, .excess = work->excess};

    tree_walk(work->tree, add_up, &sum);
    return work->excess[0] == '\0';
}

static void limit(int resource, rlim_t value)
{
    struct rlimit both = {.rlim_cur = value, .rlim_max = value};

    setrlimit(resource, &both);
}

/*
 * Becomes the program, after fork. A session of its own takes the terminal
 * away, at which unzip would ask for a password.
 */
static _Noreturn void become(const char *const *words,
                             const struct unpack_limits *limits,
                             const struct walls *walls, int tree, int output)
{
    char path[4096];
    char *environment[] = {path, "LC_ALL=C", NULL};
    const char *search = getenv("PATH");
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    snprintf(path, sizeof(path), "PATH=%s",
             search != NULL ? search : "/usr/bin:/bin");
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, limits->seconds);
    limit(RLIMIT_FSIZE, limits->unpacked);
    limit(RLIMIT_AS, 1024 * MIB);
    limit(RLIMIT_NOFILE, 64);
    umask(077);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0 ||
        fchdir(tree) != 0)
        _exit(NO_WALLS);
    /* Not yet: the walls may be built of descriptors. */
    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    coverage_keep();
    if (walls != NULL && !walls->enter(walls->context))
        _exit(NO_WALLS);
    execvpe(words[0], (char *const *)words, environment);
    _exit(NOT_STARTED);
}

/* Takes in what the child said; what does not fit is dropped. */
static void drain(struct work *work)
{
    char bytes[4096];
    ssize_t got;

    while ((got = read(work->output, bytes, sizeof(bytes))) > 0) {
        size_t room = sizeof(work->says) - 1 - work->length;
        size_t kept = (size_t)got < room ? (size_t)got : room;
        memcpy(work->says + work->length, bytes, kept);
        work->length += kept;
    }
    work->says[work->length] = '\0';
}

static double now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

/* Has the child ended? It is not waited for yet, so that its group's number
   stays its own. */
static bool has_ended(const struct work *work)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)work->pid, &info,
                  WEXITED | WNOHANG | WNOWAIT) != 0 ||
           info.si_pid != 0;
}

/* Waits for the end, or brings it about. Returns the status of waitpid(). */
static int watch(struct work *work)
{
    double deadline = now() + 4.0 * work->limits->seconds;
    int status = 0;

    while (!has_ended(work) && within_limits(work)) {
        struct pollfd poll_one = {.fd = work->output, .events = POLLIN};
        poll(&poll_one, 1, LOOK_MS);
        if (poll_one.revents & POLLHUP) /* or it would return at once */
            poll(NULL, 0, LOOK_MS);
        drain(work);
        if (now() > deadline)
            snprintf(work->excess, sizeof(work->excess),
                     "to unpack it took more than %u s",
                     4 * work->limits->seconds);
        if (work->excess[0] != '\0')
            break;
    }
    kill(-work->pid, SIGKILL);
    kill(work->pid, SIGKILL); /* before it has a group */
    while (waitpid(work->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    drain(work);
    return status;
}

/* Finds the line that tells most: none of those that only warn. */
static const char *telling_line(char *says)
{
    char *rest = says;

    for (const char *line = strtok_r(says, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "tar: Removing leading", 21) != 0)
            return line;
    }
    return "it says nothing";
}

/* Tells what a status of waitpid() means for the archive. */
static enum unpack_end judge(struct work *work, int status, char *why,
                             size_t size)
{
    char line[256];

    if (work->excess[0] != '\0') {
        snprintf(why, size, "%s", work->excess);
        return UNPACK_REFUSED;
    }
    if (WIFSIGNALED(status)) {
        const char *signal =
            WTERMSIG(status) == SIGXFSZ ? "a file in it is too large"
            : WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL
                ? "to unpack it took too much CPU time"
                : "the program that unpacks it crashed";
        snprintf(why, size, "%s", signal);
        return UNPACK_REFUSED;
    }
    if (WEXITSTATUS(status) == 0)
        return UNPACK_DONE;
    if (WEXITSTATUS(status) == NOT_STARTED) {
        snprintf(why, size,
                 "%s is not here to unpack it; to get it: sudo apt-get "
                 "install -y %s",
                 work->program, work->program);
        return UNPACK_TROUBLE;
    }
    if (WEXITSTATUS(status) == NO_WALLS) {
        printable(line, sizeof(line), telling_line(work->says));
        snprintf(why, size, "%s could not be confined: %s", work->program,
                 line);
        return UNPACK_TROUBLE;
    }
    printable(line, sizeof(line), telling_line(work->says));
    snprintf(why, size, "it cannot be unpacked: %s", line);
    return UNPACK_REFUSED;
}

/* Runs the program in the tree, watched. */
static enum unpack_end run(struct work *work, const char *const *words,
                           const struct walls *walls, char *why, size_t size)
{
    int output[2];

    if (pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0) {
        snprintf(why, size, "no pipe: %s", strerror(errno));
        return UNPACK_TROUBLE;
    }
    work->output = output[0];
    fflush(NULL);
    work->pid = fork();
    if (work->pid == 0)
        become(words, work->limits, walls, work->tree, output[1]);
    close(output[1]);
    if (work->pid < 0) {
        close(output[0]);
        snprintf(why, size, "no process to unpack it: %s", strerror(errno));
        return UNPACK_TROUBLE;
    }
    enum unpack_end end = judge(work, watch(work), why, size);
    close(output[0]);
    return end;
}

/* Is it a zip file? tar knows all other formats by itself. */
static bool is_zip(int folder)
{
    char begin[4] = "";
    int fd = openat(folder, "archive", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool zip =
        fd >= 0 && read(fd, begin, 4) == 4 && memcmp(begin, "PK\3\4", 4) == 0;

    if (fd >= 0)
        close(fd);
    return zip;
}

/* Makes all of the tree readable to its owner, and looks once more. */
static enum unpack_end open_up(struct work *work, const char *folder,
                               char *why, size_t size)
{
    const char *words[] = {"chmod", "-R", "u+rwX", "tree", NULL};
    char says[256];

    if (capture(words, folder, says, sizeof(says)) != 0) {
        snprintf(why, size, "its files cannot be made readable");
        return UNPACK_REFUSED;
    }
    if (within_limits(work))
        return UNPACK_DONE;
    snprintf(why, size, "%s", work->excess);
    return UNPACK_REFUSED;
}

enum unpack_end unpack(const char *folder, const struct unpack_limits *limits,
                       const struct walls *walls, char *why, size_t size)
{
    static const char *const tar[] = {"tar",
                                      "-x",
                                      "-f",
                                      "../archive",
                                      "--no-same-owner",
                                      "--no-same-permissions",
                                      NULL};
    static const char *const unzip[] = {"unzip", "-qq", "-o", "../archive",
                                        NULL};
    struct work work = {.limits = limits};
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum unpack_end end = UNPACK_TROUBLE;

    work.tree = -1;
    if (fd >= 0 && mkdirat(fd, "tree", 0700) == 0)
        work.tree = openat(fd, "tree",
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (work.tree >= 0) {
        const char *const *words = is_zip(fd) ? unzip : tar;
        work.program = words[0];
        end = run(&work, words, walls, why, size);
        if (end == UNPACK_DONE)
            end = open_up(&work, folder, why, size);
        close(work.tree);
    } else {
        snprintf(why, size, "%s: %s", folder, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return end;
}
