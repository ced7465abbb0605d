/*
 * debugger.c - a runner under gdb, with the kit's commands.
 *
 * gdb gets the job and the log on the descriptors where a runner expects them,
 * and the runner inherits them from gdb. The runner is the ordinary one, at
 * the ordinary places: what other commands show of the heap is what gdb shows.
 */
#include "grader/tools/debugger.h"

#include "grader/coverage.h"
#include "grader/spawn.h"
#include "grader/submission.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 40

/* The command line of gdb, and where its words are kept. */
struct command {
    const char *word[WORDS_MAX + 1];
    size_t count;
    char directory[PATH_ROOM];
    char start[PATH_ROOM];
    char stops[PATH_ROOM];
    char stop[64];
    char introduction[4096];
};

static const char *gdb_name(void)
{
    const char *name = getenv("GDB");

    return name != NULL && name[0] != '\0' ? name : "gdb";
}

/* May a process of ours be traced by its parent? */
static bool may_trace(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

bool debugger_ready(char *error, size_t size)
{
    const char *words[] = {gdb_name(), "-nx", "--version", NULL};
    char text[256];

    if (capture(words, NULL, text, sizeof(text)) != 0) {
        snprintf(error, size,
                 "%s is not there; to get it: sudo apt-get install gdb",
                 words[0]);
        return false;
    }
    if (!may_trace()) {
        snprintf(error, size,
                 "this system lets no program trace another, as gdb must; "
                 "in a container: --cap-add=SYS_PTRACE --security-opt "
                 "seccomp=unconfined");
        return false;
    }
    return true;
}

bool debugger_build(struct subject *subject, const char *name,
                    const char *file, char *says)
{
    static const char *const flags[] = {"-O0", "-g3", NULL};
    static const struct recipe recipe = {
        .archive = "runner-debugged.a", .flags = flags, .own_name = true};

    return submission_build_as(subject, name, file, &recipe, says);
}

/* --- the command line -------------------------------------------------- */

static void add(struct command *line, const char *word)
{
    if (line->count < WORDS_MAX)
        line->word[line->count++] = word;
    line->word[line->count] = NULL;
}

static void add_two(struct command *line, const char *option,
                    const char *word)
{
    add(line, option);
    add(line, word);
}

/* Writes the command with which gdb prints text. */
static void write_echo(char *to, size_t size, const char *text)
{
    size_t used = (size_t)snprintf(to, size, "echo ");

    for (; *text != '\0' && used + 3 < size; text++) {
        if (*text == '\\' || *text == '\n' || *text == '"')
            to[used++] = '\\';
        to[used++] = *text;
        if (*text == '\n')
            to[used - 1] = 'n';
    }
    to[used] = '\0';
}

static void write_line(struct command *line, const struct session *session)
{
    path_kit(line->directory, "");
    path_kit(line->start, "grader/gdb/start.gdb");
    path_kit(line->stops, "grader/gdb/stops.gdb");
    write_echo(line->introduction, sizeof(line->introduction),
               session->introduction);
    add(line, gdb_name());
    add(line, "-q");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        add_two(line, "-iex", "set confirm off");
        add_two(line, "-iex", "set pagination off");
        add_two(line, "-iex", "set width 0");
        add_two(line, "-iex", "set style enabled off");
    }
    add_two(line, "-d", line->directory);
    add_two(line, "-x", line->start);
    add_two(line, "-ex", /* which fails in one line without Python */
            "python gdb.execute('source -s grader/gdb/commands.py')");
    if (session->stop != NULL) {
        snprintf(line->stop, sizeof(line->stop), "tbreak %s", session->stop);
        add_two(line, "-ex", line->stop);
    }
    add_two(line, "-ex", line->introduction);
    add_two(line, "-x", line->stops);
    add_two(line, "--args", session->subject->runner);
}

/* --- gdb itself -------------------------------------------------------- */

/* Becomes gdb, after fork. */
static _Noreturn void become(const struct command *line, int job, int log)
{
    unsetenv("DEBUGINFOD_URLS"); /* it would ask whether to use them */
    job = fcntl(job, F_DUPFD_CLOEXEC, 16);
    log = fcntl(log, F_DUPFD_CLOEXEC, 16);
    if (dup2(job, JOB_FD) < 0 || dup2(log, LOG_FD) < 0)
        _exit(127);
    coverage_keep();
    execvp(line->word[0], (char *const *)line->word);
    _exit(127);
}

/* Starts gdb and waits for its end. Interrupts at the keyboard are for gdb. */
static bool run_line(const struct command *line, int job, int log)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction interrupt, quit;
    int status = 0;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0)
        become(line, job, log);
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    return pid > 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 127);
}

bool debugger_run(const struct session *session, char *error, size_t size)
{
    struct outcome *outcome = NULL;
    struct command line = {.count = 0};
    int job = job_file(session->job, session->ops);
    int log = log_file(session->job, &outcome);
    bool run = false;

    write_line(&line, session);
    if (job < 0 || log < 0)
        snprintf(error, size, "there is no memory for a replay");
    else if (!run_line(&line, job, log))
        snprintf(error, size, "%s cannot be started", line.word[0]);
    else
        run = true;
    if (job >= 0)
        close(job);
    if (log >= 0)
        close(log);
    outcome_free(outcome);
    return run;
}
