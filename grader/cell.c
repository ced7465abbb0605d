/*
 * cell.c - one allocator on one trace: the verdict and all figures.
 */
#include "grader/cell.h"

#include "grader/reuse.h"
#include "grader/show/explain.h"
#include "grader/show/words.h"
#include "grader/shrink/shrink.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often check() is called in a judged run, at the most. */
#define CHECKS_MAX 64

/* Traces of more operations are shrunk, with so much work at the most: what a
   person waits for without wondering. */
#define SHRINK_ABOVE   60
#define SHRINK_TESTS   400
#define SHRINK_SECONDS 1.0

/* Why a replay in threads has no cost. */
#define THREADED_WHY "threads that wait for each other vary from run to run"

struct cell *cells_new(size_t count)
{
    struct cell *cells =
        mmap(NULL, count * sizeof(*cells), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return cells != MAP_FAILED ? cells : NULL;
}

void cells_free(struct cell *cells, size_t count)
{
    if (cells != NULL)
        munmap(cells, count * sizeof(*cells));
}

double cell_utilization(const struct cell *cell)
{
    return (cell->verdict.peak_utilization + cell->verdict.mean_utilization) /
           2;
}

/* Prints what is wrong, drawn, into the cell. */
static void keep_message(struct cell *cell, const struct hearing *hearing)
{
    FILE *out = fmemopen(cell->message, sizeof(cell->message) - 1, "w");

    if (out == NULL)
        return;
    explain(out, hearing);
    fclose(out);
}

/* Prints the same in one line. */
static void keep_short(struct cell *cell, const struct hearing *hearing)
{
    const struct verdict *verdict = &hearing->verdict;
    FILE *out =
        fmemopen(cell->short_message, sizeof(cell->short_message) - 1, "w");

    if (out == NULL)
        return;
    fprintf(out, "%s: ", cell->workload->name);
    if (verdict->op != NO_OP)
        fprintf(out, "op %llu: ", (unsigned long long)verdict->op + 1);
    print_verdict(out, hearing->trace, hearing->outcome, verdict,
                  hearing->model, NO_OP);
    fclose(out);
}

/* Saves a small trace below build/, at path. */
static bool save_small(const struct cell *cell, const struct trace *small,
                       char *path)
{
    struct trace_error error;
    const char *name = strrchr(cell->workload->name, '/');
    char below[PATH_ROOM];

    path_kit(path, "build/shrunk");
    (void)mkdir(path, 0777);
    snprintf(below, sizeof(below), "build/shrunk/%s-%s.trace",
             cell->subject->name, name != NULL ? name + 1 : "it");
    path_kit(path, below);
    if (!trace_save(small, path, &error))
        return false;
    return true;
}

/* Judges again what fails, on a small trace on which it fails likewise. */
static bool hear_small(struct cell *cell, const struct hearing *hearing,
                       struct trace *small)
{
    char path[PATH_ROOM];
    char origin[PATH_ROOM + 64];
    char error[256];
    struct hearing again;
    bool heard;

    if (!save_small(cell, small, path) ||
        !hear(&again, cell->subject, small, path_from_here(path),
              cell->check ? 1 : 0, error, sizeof(error)))
        return false;
    hear_properties(&again, cell->properties);
    snprintf(origin, sizeof(origin), "%s, op %llu of %zu",
             cell->workload->path,
             (unsigned long long)hearing->verdict.op + 1,
             hearing->trace->op_count);
    again.origin = origin;
    heard = again.verdict.wrong == hearing->verdict.wrong;
    if (heard)
        keep_message(cell, &again);
    hearing_close(&again);
    return heard;
}

/*
 * Prints the messages about a hearing into the cell. Of a lab's own file, graded
 * by its owner, a long trace is shrunk first, so that it can be followed by hand.
 */
static void keep_messages(struct cell *cell, const struct hearing *hearing)
{
    const struct demand demand = {.check = cell->check,
                                  .properties = cell->properties,
                                  .tests = SHRINK_TESTS,
                                  .seconds = SHRINK_SECONDS,
                                  .make = "make step shows it"};
    struct trace *small = NULL;
    struct shrinkage shrinkage;
    bool told = false;

    keep_short(cell, hearing);
    if (cell->subject->lab[0] != '\0' && cell->subject->served[0] == '\0' &&
        hearing->verdict.op != NO_OP && !hearing->in_threads &&
        hearing->trace->op_count > SHRINK_ABOVE)
        small = shrink_trace(cell->subject, hearing->trace,
                             cell->workload->name, &demand, &shrinkage);
    if (small != NULL)
        told = hear_small(cell, hearing, small);
    if (!told)
        keep_message(cell, hearing);
    trace_free(small);
}

/* Keeps what the allocator printed, shortly. */
static void keep_printed(struct cell *cell, const struct outcome *outcome)
{
    size_t length = strcspn(outcome->output, "\n");
    FILE *out = fmemopen(cell->first_line, sizeof(cell->first_line) - 1, "w");

    cell->printed = outcome->output_size + outcome->output_lost;
    if (out == NULL)
        return;
    if (length > sizeof(cell->first_line) - 1)
        length = sizeof(cell->first_line) - 1;
    print_clean(out, outcome->output, length);
    fclose(out);
}

/* Judges and counts one cell. */
static void work_on(struct cell *cell, unsigned want)
{
    const struct trace *trace = cell->workload->trace;
    struct hearing hearing;
    uint64_t every = cell->check ? trace->op_count / CHECKS_MAX + 1 : 0;

    if (!hear(&hearing, cell->subject, trace, cell->workload->path, every,
              cell->message, sizeof(cell->message))) {
        cell->trouble = true;
        return;
    }
    hear_properties(&hearing, cell->properties);
    keep_printed(cell, hearing.outcome);
    cell->verdict = hearing.verdict;
    if (hearing.verdict.wrong != WRONG_NOTHING)
        keep_messages(cell, &hearing);
    else if (trace->threads > 1)
        snprintf(cell->count.why, sizeof(cell->count.why), THREADED_WHY);
    else if (want & WANT_COUNT)
        count_cost(&cell->count, cell->subject, trace, hearing.outcome);
    if (want & WANT_PACE && cell->count.counted)
        pace_measure(&cell->pace, cell->subject, trace, hearing.outcome);
    if (want & WANT_REUSE && hearing.verdict.wrong == WRONG_NOTHING)
        cell->never_reuses = !replay_reuses(trace, hearing.outcome);
    hearing_close(&hearing);
}

static bool quiet; /* no progress is shown */

void cells_quietly(void)
{
    quiet = true;
}

static void show_progress(size_t done, size_t count, const char *what)
{
    if (quiet || !isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r  %s %zu of %zu ", what, done, count);
    if (done == count)
        fprintf(stderr, "\r%*s\r", 40, "");
    fflush(stderr);
}

/* Starts a process that works on one cell. */
static void start_work(struct cell *cell, unsigned want)
{
    struct cell own = *cell;
    pid_t pid;

    own.trouble = false;
    own.message[0] = '\0';
    fflush(NULL);
    cell->trouble = true; /* until it is known better */
    snprintf(cell->message, sizeof(cell->message),
             "the work on it did not come to its end");
    pid = fork();
    if (pid != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* if heaplab is interrupted */
    work_on(&own, want);
    *cell = own; /* nothing is entered by who does not come so far */
    exit(0);
}

static size_t most_at_once; /* 0: as many as there are processors */

void cells_side_by_side(size_t most)
{
    most_at_once = most;
}

void cells_fill(struct cell *cells, size_t count, unsigned want,
                double budget)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t at_once = most_at_once > 0 ? most_at_once
                     : processors > 0 ? (size_t)processors
                                      : 1;
    size_t started = 0;

    for (size_t done = 0; done < count; done++) {
        while (started < count && started < done + at_once)
            start_work(&cells[started++], want);
        show_progress(done, count, "replaying");
        wait(NULL);
    }
    show_progress(count, count, "replaying");
    for (size_t i = 0; (want & WANT_TIME) && i < count; i++) {
        show_progress(i, count, "timing");
        if (!cells[i].trouble && cells[i].verdict.wrong == WRONG_NOTHING &&
            cells[i].workload->trace->threads == 1)
            time_replays(&cells[i].timing, cells[i].subject,
                         cells[i].workload->trace, budget);
    }
    if (want & WANT_TIME)
        show_progress(count, count, "timing");
}
