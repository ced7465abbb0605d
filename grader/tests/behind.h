/*
 * behind.h - what the tests of the sandbox share: a place with a secret, a
 * process to attack, and programs run behind walls.
 */
#ifndef GRADER_TESTS_BEHIND_H
#define GRADER_TESTS_BEHIND_H

#include "grader/confine/sandbox.h"
#include "grader/coverage.h"
#include "grader/runner/mailbox.h"
#include "grader/runner/shut.h"
#include "grader/spawn.h"
#include "grader/tests/help.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The words of the file that nobody may read. */
#define SECRET "squeamish_ossifrage"

/* What a test has; all paths are made for it. */
struct place {
    char folder[64];   /* the child's own */
    char outside[64];  /* a folder that anybody may write to */
    char secret[80];   /* a file in it that anybody may read */
    char attacker[80]; /* another, that anybody may run */
    char victim[16];   /* number of a process of the child's user */
    pid_t victim_pid;
    char said[65536]; /* what the last child wrote */
};

/* How a child ended: its exit status, or this and the signal's number. */
#define KILLED 128

/* What a child has open besides: its output once more, and a memory file. */
#define SPARE_FD  7
#define MEMORY_FD 8

static inline void write_text(const char *path, const char *text, mode_t mode)
{
    FILE *out = fopen(path, "we");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs(text, out), 0);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}

/* Starts a process of the user that children become; it waits for ever. */
static inline pid_t start_victim(void)
{
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (getuid() == 0 &&
            (setresgid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) != 0 ||
             setresuid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) != 0))
            _exit(1);
        prctl(PR_SET_DUMPABLE, 1);
        prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

/* Makes the place; the folder is that of config's child. */
static inline void place_make(struct place *place)
{
    struct sandbox_config config = sandbox_config(SANDBOX_COMPILE);
    char built[PATH_ROOM];

    snprintf(place->folder, sizeof(place->folder), "/tmp/walls-XXXXXX");
    snprintf(place->outside, sizeof(place->outside), "/tmp/walls-XXXXXX");
    ck_assert(sandbox_folder_make(&config, place->folder));
    ck_assert_ptr_nonnull(mkdtemp(place->outside));
    ck_assert_int_eq(chmod(place->outside, 0777), 0);
    snprintf(place->secret, sizeof(place->secret), "%s/secret",
             place->outside);
    write_text(place->secret, SECRET " x;\n", 0666);
    snprintf(place->attacker, sizeof(place->attacker), "%s/attacker",
             place->outside);
    path_built(built, "grader/tests/attacker");
    const char *copy[] = {"cp", built, place->attacker, NULL};
    ck_assert_int_eq(capture(copy, NULL, place->said, sizeof(place->said)),
                     0);
    ck_assert_int_eq(chmod(place->attacker, 0755), 0);
    place->victim_pid = start_victim();
    snprintf(place->victim, sizeof(place->victim), "%d",
             (int)place->victim_pid);
}

static inline void place_remove(struct place *place)
{
    const char *words[] = {"rm", "-rf", place->folder, place->outside, NULL};

    kill(place->victim_pid, SIGKILL);
    waitpid(place->victim_pid, NULL, 0);
    capture(words, NULL, place->said, sizeof(place->said));
}

/* Becomes the program, behind the walls. */
static inline void enter_and_become(const struct sandbox *sandbox,
                                    const struct place *place,
                                    const char *const *words, int output)
{
    char folder[80];
    char *environment[] = {(char *)"PATH=/usr/bin:/bin", (char *)"LC_ALL=C",
                           folder, NULL};
    const char *layer;
    int memory = memfd_create("memory", MFD_CLOEXEC);

    memory = fcntl(memory, F_DUPFD_CLOEXEC, 20);
    if (ftruncate(memory, 65536) != 0)
        _exit(126);
    snprintf(folder, sizeof(folder), "TMPDIR=%s", place->folder);
    if (chdir("/") != 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0)
        _exit(126);
    dup2(memory, MEMORY_FD);
    dup2(output, SPARE_FD);
    if (sandbox_filter(sandbox) >= 0)
        dup2(sandbox_filter(sandbox), FILTER_FD);
    close_range(MEMORY_FD + 1, ~0U, 0);
    coverage_keep();
    layer = sandbox_enter(sandbox);
    if (layer == NULL)
        execve(words[0], (char *const *)words, environment);
    dprintf(STDERR_FILENO, "%s: %s\n", layer != NULL ? layer : words[0],
            strerror(errno));
    _exit(127);
}

/*
 * Runs words behind the walls that config describes, and keeps the last that
 * it says.
 * Returns how it ended.
 */
static inline int run_behind(const struct sandbox_config *config,
                             struct place *place, const char *const *words)
{
    char error[256] = "";
    struct sandbox *sandbox = sandbox_prepare(config, error, sizeof(error));
    int output[2];
    size_t length = 0;
    ssize_t got;
    int status;

    ck_assert_msg(sandbox != NULL, "%s", error);
    ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
    /* Out of the way of the descriptors that the child gets. */
    int from = fcntl(output[0], F_DUPFD_CLOEXEC, 20);
    int to = fcntl(output[1], F_DUPFD_CLOEXEC, 20);
    close(output[0]);
    close(output[1]);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        enter_and_become(sandbox, place, words, to);
    close(to);
    while ((got = read(from, place->said + length,
                       sizeof(place->said) - 1 - length)) > 0) {
        length += (size_t)got;
        if (length < sizeof(place->said) - 1)
            continue;
        memmove(place->said, place->said + length / 2, length - length / 2);
        length -= length / 2; /* what came last tells most */
    }
    place->said[length] = '\0';
    close(from);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    sandbox_free(sandbox);
    status =
        WIFSIGNALED(status) ? KILLED + WTERMSIG(status) : WEXITSTATUS(status);
    ck_assert_msg(status != 127, "%s", place->said);
    return status;
}

/*
 * Can these layers be had? If not, says what is not tested. Under valgrind
 * none can: it keeps the limits, and knows no system calls that make walls.
 */
static inline bool offered(unsigned layers)
{
    char lines[SANDBOX_LINES][SANDBOX_LINE];
    size_t count;
    unsigned missing = sandbox_missing(lines, &count);

    if (getenv("UNDER_VALGRIND") != NULL) {
        fprintf(stderr, "not tested: no walls are made under valgrind\n");
        return false;
    }
    if (getuid() != 0 && (layers & SANDBOX_USER)) {
        fprintf(stderr, "not tested: a change of user takes root\n");
        return false;
    }
    for (size_t i = 0; i < count && (missing & layers); i++)
        fprintf(stderr, "not tested: %s\n", lines[i]);
    return (missing & layers) == 0;
}

#endif
