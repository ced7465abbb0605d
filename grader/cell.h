/*
 * cell.h - one allocator on one trace: the verdict and all figures.
 *
 * Cells are independent, so they are worked on in parallel, each in a process
 * of its own; only measured time waits until nothing else runs.
 */
#ifndef GRADER_CELL_H
#define GRADER_CELL_H

#include "grader/clock.h"
#include "grader/judge.h"
#include "grader/pace.h"
#include "grader/subject.h"

/* Room for a message with its drawing. */
#define MESSAGE_ROOM 6144

/* A trace, and how people name it. */
struct workload {
    struct trace *trace;  /* without lines: not what is in the file at path */
    char path[PATH_ROOM]; /* as it can be given to a command */
    char name[128];       /* "teaching/comb" */
};

struct cell {
    const struct subject *subject;
    const struct workload *workload;
    unsigned properties; /* of enum property: asked for beside being right */
    bool check;          /* call check() during the judged run? */

    bool never_reuses; /* no block got a byte that another had had (reuse.h);
                          only if that is wanted */
    bool trouble; /* the kit's own: message tells; nothing else is filled */
    struct verdict verdict;
    struct count count;
    struct pace pace; /* what to think of the count; only if that is wanted */
    struct timing timing;
    uint64_t printed;           /* bytes that the allocator wrote */
    char first_line[64];        /* of that: fit for a terminal */
    char message[MESSAGE_ROOM]; /* what is wrong, drawn; empty: nothing */
    char short_message[256];    /* the same in one line */
};

/* What is wanted beside the verdict: bits. */
enum want {
    WANT_COUNT = 1 << 0, /* the counted cost */
    WANT_TIME = 1 << 1,  /* measured time */
    WANT_REUSE = 1 << 2, /* whether memory is ever used again */
    WANT_PACE = 1 << 3,  /* whether the counted cost is likely */
};

/* Live peak from which on a trace's utilization is scored, in bytes. */
#define SCORED_PEAK ((uint64_t)256 << 10)

/*
 * Returns count empty cells, which share memory with processes that work on
 * them; or NULL. To be freed by cells_free().
 */
struct cell *cells_new(size_t count);
void cells_free(struct cell *cells, size_t count);

/*
 * Works on all the cells, whose subject, workload and check are set. budget is
 * seconds of measured time for each. While it works a line on standard error
 * tells how far it is, if that is a terminal.
 */
void cells_fill(struct cell *cells, size_t count, unsigned want,
                double budget);

/* Lets cells_fill() work on at most so many cells at the same time; 0: as many
   as there are processors. */
void cells_side_by_side(size_t most);

/* Lets cells_fill() print no line of progress: others print one. */
void cells_quietly(void);

/* Mean of peak and mean utilization: what is scored. 0 to 1. */
double cell_utilization(const struct cell *cell);

/*
 * Reads the trace that name means: a path, "-" for standard input, or the name
 * of one that the kit ships ("comb", "teaching/comb"). Returns false, with a
 * message in error that lists what there is, if it is not to be had.
 * workload_close() frees it.
 */
bool workload_open(struct workload *workload, const char *name, char *error,
                   size_t size);
void workload_close(struct workload *workload);

/*
 * Lets dealer, unless it is NULL, put another trace in the place of the
 * workload's, which the rubric calls trace. If it did, the workload's name
 * says so. Returns false, with a line in error, if the dealer could not.
 */
bool workload_deal(struct workload *workload, const char *trace,
                   const struct dealer *dealer, char *error, size_t size);

/*
 * Opens every trace that the kit ships, by name. Returns them, *count of
 * them, to be freed by workloads_close(); or NULL with a message in error.
 */
struct workload *workloads_shipped(size_t *count, char *error, size_t size);
void workloads_close(struct workload *workloads, size_t count);

#endif
