/*
 * record.c - runs a program under the recorder, and saves what it recorded.
 */
#include "traces/record.h"

#include "traces/recording.h"
#include "traces/text.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Refuses because of errno. */
static bool refuse(const struct recording *recording, const char *name,
                   const char *what)
{
    return trace_refuse(recording->error, name, 0, "%s: %s", what,
                        strerror(errno));
}

/*
 * Makes a directory for the raw files that nobody else can look into. Returns
 * its absolute name, to be freed, or NULL.
 */
static char *make_directory(const struct recording *recording)
{
    const char *parent = getenv("TMPDIR");
    char *name = NULL;
    char *made = NULL;

    if (parent == NULL || parent[0] == '\0')
        parent = "/tmp";
    if (asprintf(&name, "%s/heaplab-record-XXXXXX", parent) < 0)
        name = NULL;
    if (name != NULL && mkdtemp(name) != NULL)
        made = realpath(name, NULL);
    if (made == NULL)
        refuse(recording, parent, "no directory can be made in it");
    free(name);
    return made;
}

/*
 * Returns how LD_PRELOAD has to name the recorder, to be freed; or NULL. A
 * path with a space or a colon in it would be two: a link to it has none.
 */
static char *preload_name(const struct recording *recording,
                          const char *directory)
{
    const char *recorder = recording->config->recorder;
    char *path = realpath(recorder, NULL);
    char *name = path;

    if (path != NULL && strpbrk(path, " :") != NULL) {
        if (asprintf(&name, "%s/recorder.so", directory) < 0)
            name = NULL;
        if (name != NULL && symlink(path, name) != 0) {
            free(name);
            name = NULL;
        }
        free(path);
    }
    if (name == NULL || access(name, R_OK) != 0) {
        refuse(recording, recorder, "the recorder cannot be found");
        free(name);
        return NULL;
    }
    return name;
}

/* Returns true if entry, "NAME=value", is of the variable name. */
static bool is_variable(const char *entry, const char *name)
{
    size_t length = strlen(name);

    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

/*
 * Returns the environment with the two variables in it that turn the recorder
 * on, or NULL. The array is to be freed, and so are its first two strings.
 */
static char **make_environment(const char *preload, const char *directory)
{
    const char *other = getenv("LD_PRELOAD");
    bool alone = other == NULL || other[0] == '\0';
    size_t count = 0;
    size_t used = 2;
    char **environment = NULL;

    while (environ[count] != NULL)
        count++;
    environment = calloc(count + 3, sizeof *environment);
    if (environment == NULL)
        return NULL;
    if (asprintf(&environment[0], "LD_PRELOAD=%s%s%s", alone ? "" : other,
                 alone ? "" : ":", preload) < 0)
        environment[0] = NULL;
    if (asprintf(&environment[1], RAW_VARIABLE "=%s", directory) < 0)
        environment[1] = NULL;
    for (size_t i = 0; i < count; i++)
        if (!is_variable(environ[i], "LD_PRELOAD") &&
            !is_variable(environ[i], RAW_VARIABLE))
            environment[used++] = environ[i];
    if (environment[0] == NULL || environment[1] == NULL) {
        free(environment[0]);
        free(environment[1]);
        free(environment);
        return NULL;
    }
    return environment;
}

/* Starts the program. Returns its process, or -1. */
static pid_t start(const struct recording *recording, char **environment,
                   const sigset_t *to_default)
{
    const char *program = recording->argv[0];
    posix_spawnattr_t attributes;
    pid_t pid = -1;

    int error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        (void)posix_spawnattr_setsigdefault(&attributes, to_default);
        (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
        error = posix_spawnp(&pid, program, NULL, &attributes,
                             recording->argv, environment);
        (void)posix_spawnattr_destroy(&attributes);
    }
    if (error == 0)
        return pid;
    errno = error;
    refuse(recording, program, "cannot be run");
    return -1;
}

/* Waits for the program, and notes how it ended. */
static bool await(const struct recording *recording, pid_t pid)
{
    int status = 0;
    pid_t got = -1;

    do {
        got = waitpid(pid, &status, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return refuse(recording, recording->argv[0], "waiting for it failed");
    if (WIFSIGNALED(status)) {
        recording->result->signal = WTERMSIG(status);
        recording->result->status = 128 + WTERMSIG(status);
    } else {
        recording->result->status = WEXITSTATUS(status);
    }
    return true;
}

/*
 * Starts the program and waits for it. Interrupts from the keyboard are for
 * the program alone: what it did until then is to be saved.
 */
static bool start_and_await(const struct recording *recording,
                            char **environment)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction interrupt, quit;
    sigset_t to_default;

    (void)sigaction(SIGINT, &ignore, &interrupt);
    (void)sigaction(SIGQUIT, &ignore, &quit);
    sigemptyset(&to_default);
    if (interrupt.sa_handler != SIG_IGN)
        sigaddset(&to_default, SIGINT);
    if (quit.sa_handler != SIG_IGN)
        sigaddset(&to_default, SIGQUIT);
    pid_t pid = start(recording, environment, &to_default);
    bool done = pid >= 0 && await(recording, pid);
    (void)sigaction(SIGINT, &interrupt, NULL);
    (void)sigaction(SIGQUIT, &quit, NULL);
    return done;
}

/* Runs the program; its raw files are in directory afterwards. */
static bool run(const struct recording *recording, const char *directory)
{
    char *preload = preload_name(recording, directory);
    char **environment = NULL;

    if (preload == NULL)
        return false;
    environment = make_environment(preload, directory);
    free(preload);
    if (environment == NULL)
        return refuse(recording, recording->argv[0], "cannot be run");
    bool done = start_and_await(recording, environment);
    free(environment[0]);
    free(environment[1]);
    free(environment);
    return done;
}

/* Puts the conversion of process number into the file at path. */
static bool save_as(const struct recording *recording, size_t number,
                    const struct conversion *conversion, const char *path)
{
    struct trace trace = {.title = recording_title(recording, number),
                          .about =
                              recording_about(recording, number, conversion),
                          .make = recording_make(recording),
                          .ops = conversion->ops,
                          .op_count = conversion->op_count,
                          .threads = conversion->threads};
    bool done = trace.title != NULL && trace.about != NULL &&
                trace.make != NULL && trace_recount(&trace);

    if (done)
        done = trace_save(&trace, path, recording->error);
    else
        refuse(recording, path, "cannot be made");
    free(trace.title);
    free(trace.about);
    free(trace.make);
    return done;
}

/* Saves the trace of process number, if it has operations. */
static bool save(const struct recording *recording, size_t number)
{
    const struct record_config *config = recording->config;
    const struct raw_process *process =
        &recording->files.processes[number - 1];
    struct record_result *result = recording->result;
    char *path = recording_path(config->out, number);
    struct conversion conversion = {.ops = NULL};
    bool done = path != NULL &&
                convert_process(process, config->skip,
                                config->limit > 0 ? config->limit : SIZE_MAX,
                                &conversion);

    if (!done) {
        refuse(recording, config->out, "cannot be made");
    } else if (conversion.op_count > 0) {
        done = save_as(recording, number, &conversion, path);
        result->traces += done;
        if (number == 1)
            result->operations = conversion.op_count;
    }
    result->lost += atomic_load(&process->header->lost);
    free(conversion.ops);
    free(path);
    return done;
}

/* Saves the traces of all processes. */
static bool save_all(const struct recording *recording)
{
    bool done = true;

    for (size_t i = 1; done && i <= recording->files.count; i++)
        done = save(recording, i);
    if (!done || recording->result->traces > 0)
        return done;
    if (recording->files.count > 0)
        return trace_refuse(recording->error, recording->argv[0], 0,
                            "recorded nothing: no operations are left after "
                            "the first %zu",
                            recording->config->skip);
    return trace_refuse(
        recording->error, recording->argv[0], 0,
        "recorded nothing: perhaps it is a static program, or setuid, or "
        "brings a malloc of its own; see it with: file, ls -l, ldd");
}

bool record_run(const struct record_config *config, char *const argv[],
                struct record_result *result, struct trace_error *error)
{
    struct recording recording = {
        .config = config, .argv = argv, .result = result, .error = error};
    char *directory = make_directory(&recording);
    bool done = false;

    *result = (struct record_result){.status = 127};
    if (directory == NULL)
        return false;
    if (run(&recording, directory)) {
        if (raw_files_open(directory, &recording.files))
            done = save_all(&recording);
        else
            refuse(&recording, directory, "cannot be read");
        raw_files_close(&recording.files);
    }
    raw_files_remove(directory);
    free(directory);
    return done;
}
