/*
 * tool.c - a replay under a memory checker.
 *
 * The checker writes its report to a file of its own, so that an allocator
 * which floods its output does not wash it away, and ends the runner at the
 * first thing it finds: what comes after is mostly a consequence. Limits are
 * wider by as much as the checker is slower.
 */
#include "grader/tools/tool.h"

#include "grader/tools/tool_report.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

/* The most calls of check() in a replay: each walks the whole heap. */
#define CHECKS_MOST 500

/* What one tool needs. */
struct manner {
    const char *name;
    const char *variant;
    double call_seconds;  /* CPU time that a single call may take */
    double total_seconds; /* and a whole replay */
};

/* memcheck takes a second or two to start. */
static const struct manner manners[] = {
    [TOOL_MEMCHECK] = {"memcheck", "tools", 10, 1800},
    [TOOL_ASAN] = {"asan", "asan", 5, 300},
};

const char *tool_name(enum tool tool)
{
    return manners[tool].name;
}

const char *tool_variant(enum tool tool)
{
    return manners[tool].variant;
}

/* Returns the path of valgrind as a shell would find it. */
static void find_valgrind(char *path, size_t size)
{
    const char *folders = getenv("PATH");

    while (folders != NULL) {
        int length = (int)strcspn(folders, ":");
        snprintf(path, size, "%.*s/valgrind", length, folders);
        if (path[0] == '/' && access(path, X_OK) == 0)
            return;
        folders = folders[length] == ':' ? folders + length + 1 : NULL;
    }
    snprintf(path, size, "/usr/bin/valgrind");
}

/* Runs the job under valgrind, which reports to the file at path. */
static struct outcome *run_memcheck(const struct start *start,
                                    const struct job *job,
                                    const struct op *ops, const char *path)
{
    char valgrind[PATH_ROOM];
    char log[PATH_ROOM + 32];
    const char *prefix[] = {valgrind,
                            "-q",
                            "--tool=memcheck",
                            "--vgdb=no",
                            "--leak-check=no",
                            "--error-exitcode=1",
                            "--exit-on-first-error=yes",
                            log,
                            NULL};
    struct start with = *start;

    find_valgrind(valgrind, sizeof(valgrind));
    snprintf(log, sizeof(log), "--log-file=%s", path);
    with.prefix = prefix;
    return run_job(&with, job, ops);
}

/*
 * Runs the job in a runner with sanitizers, which report to files that begin
 * with path. Those of older compilers cannot place their shadow in every
 * randomized address space: so it is not randomized.
 */
static struct outcome *run_asan(const struct start *start,
                                const struct job *job, const struct op *ops,
                                const char *path)
{
    char asan[PATH_ROOM + 128];
    char ubsan[PATH_ROOM + 64];
    const char *prefix[] = {"/usr/bin/env", asan, ubsan, NULL};
    struct start with = *start;
    int before = personality(0xffffffff);
    struct outcome *outcome;

    snprintf(asan, sizeof(asan),
             "ASAN_OPTIONS=log_path=%s:detect_leaks=0:"
             "allocator_may_return_null=1:print_legend=0",
             path);
    snprintf(ubsan, sizeof(ubsan),
             "UBSAN_OPTIONS=log_path=%s:print_stacktrace=1", path);
    with.prefix = prefix;
    if (before >= 0)
        personality((unsigned)before | ADDR_NO_RANDOMIZE);
    outcome = run_job(&with, job, ops);
    if (before >= 0)
        personality((unsigned)before);
    return outcome;
}

/* Reads the first of the files that begin with path, and removes them all. */
static void take_report(const char *path, char *text, size_t size)
{
    char pattern[PATH_ROOM];
    glob_t found = {.gl_pathc = 0};

    text[0] = '\0';
    snprintf(pattern, sizeof(pattern), "%s*", path);
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *in = fopen(found.gl_pathv[i], "re");
        if (in != NULL && text[0] == '\0')
            text[fread(text, 1, size - 1, in)] = '\0';
        if (in != NULL)
            fclose(in);
        unlink(found.gl_pathv[i]);
    }
    globfree(&found);
}

/* Runs the job under a tool, and takes in what it wrote. */
static struct outcome *run_tool(enum tool tool, const struct subject *subject,
                                const struct job *job, const struct op *ops,
                                char *text, size_t size)
{
    const struct manner *manner = &manners[tool];
    char folder[] = "/tmp/heaplab-tool-XXXXXX";
    char path[64];
    struct outcome *outcome;
    struct start start = {.runner = subject->runner,
                          .directory = folder,
                          .call_seconds = manner->call_seconds,
                          .total_seconds = manner->total_seconds};

    if (mkdtemp(folder) == NULL)
        return NULL;
    snprintf(path, sizeof(path), "%s/report", folder);
    outcome = tool == TOOL_MEMCHECK ? run_memcheck(&start, job, ops, path)
                                    : run_asan(&start, job, ops, path);
    take_report(path, text, size);
    rmdir(folder);
    return outcome;
}

/*
 * UndefinedBehaviorSanitizer writes to standard error whatever it is told.
 * Returns the line of output in which its report begins, or nothing.
 */
static const char *undefined_in(const char *output)
{
    const char *at = strstr(output, ": runtime error: ");

    if (at == NULL)
        return "";
    while (at > output && at[-1] != '\n')
        at--;
    return at;
}

bool tool_hear(struct hearing *hearing, struct tool_report *report,
               enum tool tool, const struct subject *subject,
               const struct workload *workload, bool check, char *error,
               size_t size)
{
    static char text[65536];
    const struct trace *trace = workload->trace;
    struct job job = job_for(JOB_JUDGED, subject->name, trace);

    *hearing = (struct hearing){.subject = subject,
                                .trace = trace,
                                .trace_path = workload->path,
                                .call_seconds = 2.0};
    job.annotate = 1;
    job.check_every = check ? trace->op_count / CHECKS_MOST + 1 : 0;
    hearing->outcome =
        run_tool(tool, subject, &job, trace->ops, text, sizeof(text));
    hearing->model = model_open(trace);
    if (hearing->outcome == NULL || hearing->model == NULL) {
        snprintf(error, size, "there is no memory for a replay of %s",
                 workload->path);
        hearing_close(hearing);
        return false;
    }
    hearing->verdict = judge(trace, hearing->outcome, hearing->model);
    tool_report_read(report, text, subject->compiled_as);
    if (!report->found && tool == TOOL_ASAN)
        tool_report_read(report, undefined_in(hearing->outcome->output),
                         subject->compiled_as);
    if (hearing->verdict.wrong == WRONG_KIT && !report->found) {
        const char *why = hearing->outcome->log->message;
        if (why[0] == '\0')
            why = text[0] != '\0' ? text : hearing->outcome->output;
        snprintf(error, size, "%s: no verdict under %s: %.*s", workload->path,
                 manners[tool].name, (int)strcspn(why, "\n"), why);
        hearing_close(hearing);
        return false;
    }
    return true;
}
