/*
 * cell.c - one allocator on one trace: the verdict and all figures.
 */
#include "grader/cell.h"

#include "grader/explain.h"
#include "grader/property.h"
#include "grader/words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often check() is called in a judged run, at the most. */
#define CHECKS_MAX 64

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

/* Prints the messages about a hearing into the cell. */
static void keep_messages(struct cell *cell, const struct hearing *hearing)
{
    FILE *out = fmemopen(cell->message, sizeof(cell->message) - 1, "w");
    const struct verdict *verdict = &hearing->verdict;

    if (out != NULL) {
        explain(out, hearing);
        fclose(out);
    }
    out = fmemopen(cell->short_message, sizeof(cell->short_message) - 1, "w");
    if (out == NULL)
        return;
    fprintf(out, "%s: ", cell->workload->name);
    if (verdict->op != NO_OP)
        fprintf(out, "op %llu: ", (unsigned long long)verdict->op + 1);
    print_verdict(out, hearing->trace, hearing->outcome, verdict,
                  hearing->model, NO_OP);
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
    if (hearing.verdict.wrong == WRONG_NOTHING && cell->properties != 0)
        property_judge(cell->properties, trace, hearing.outcome,
                       &hearing.verdict);
    cell->verdict = hearing.verdict;
    if (hearing.verdict.wrong != WRONG_NOTHING)
        keep_messages(cell, &hearing);
    else if (want & WANT_COUNT)
        count_cost(&cell->count, cell->subject, trace, hearing.outcome);
    hearing_close(&hearing);
}

static void show_progress(size_t done, size_t count, const char *what)
{
    if (!isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r  %s %zu of %zu ", what, done, count);
    if (done == count)
        fprintf(stderr, "\r%*s\r", 40, "");
    fflush(stderr);
}

/* Starts a process that works on one cell. */
static void start_work(struct cell *cell, unsigned want)
{
    pid_t pid;

    fflush(NULL);
    cell->trouble = true; /* until it is known better */
    snprintf(cell->message, sizeof(cell->message),
             "the work on it did not come to its end");
    pid = fork();
    if (pid != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* if heaplab is interrupted */
    cell->trouble = false;
    cell->message[0] = '\0';
    work_on(cell, want);
    exit(0);
}

void cells_fill(struct cell *cells, size_t count, unsigned want,
                double budget)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t at_once = processors > 0 ? (size_t)processors : 1;
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
        if (!cells[i].trouble && cells[i].verdict.wrong == WRONG_NOTHING)
            time_replays(&cells[i].timing, cells[i].subject,
                         cells[i].workload->trace, budget);
    }
    if (want & WANT_TIME)
        show_progress(count, count, "timing");
}
