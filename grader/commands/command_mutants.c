/*
 * command_mutants.c - heaplab mutants: how good are traces at finding
 * mistakes?
 */
#include "grader/commands/commands.h"

#include "grader/lab/labs.h"
#include "grader/lab/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: heaplab mutants LAB [TRACE...]\n"
    "\n"
    "  Tries the mutants of LAB (1-kr, or just kr), which are its reference\n"
    "  with one mistake each, on each TRACE, and tells which are caught.\n"
    "  Without TRACE: on labs/LAB/traces/*.trace. A trace that is "
    "malformed,\n"
    "  or that the reference itself fails, is refused. Exits 0 if all "
    "mutants\n"
    "  are caught, 1 if some are not.\n";

/* The traces that mutants are tried on. */
struct docket {
    struct workload workloads[TRACES_MAX];
    size_t count;
};

static bool open_all(struct docket *docket, char **paths, size_t count,
                     char *error, size_t size)
{
    if (count > TRACES_MAX) {
        snprintf(error, size, "heaplab: at most %d traces at once",
                 TRACES_MAX);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!workload_open(&docket->workloads[i], paths[i], error, size))
            return false;
        docket->count++;
    }
    return true;
}

/* Opens the traces that lie in the lab. */
static bool open_own(struct docket *docket, const struct rubric *rubric,
                     char *error, size_t size)
{
    char name[WORD_ROOM + 32], pattern[PATH_ROOM];
    glob_t found = {.gl_pathc = 0};
    bool opened = false;

    snprintf(name, sizeof(name), "labs/%s/traces/*.trace", rubric->lab);
    path_kit(pattern, name);
    if (glob(pattern, 0, NULL, &found) == 0)
        opened =
            open_all(docket, found.gl_pathv, found.gl_pathc, error, size);
    else
        snprintf(error, size,
                 "heaplab: no trace is given, and there is no "
                 "%s",
                 name);
    globfree(&found);
    return opened;
}

/* Prints a name behind others, and begins a new line before column 80. */
static int print_name(const char *name, int column)
{
    if (column + 1 + (int)strlen(name) > 78) {
        printf("\n   ");
        column = 3;
    }
    return column + printf(" %s", name);
}

/* Tells of the steps whose demands the reference itself does not meet. */
static void print_unasked(const struct rubric *rubric,
                          const struct asked *asked, size_t t)
{
    bool any = false;

    for (size_t s = 0; s < rubric->step_count; s++) {
        if (rubric->steps[s].measure != MEASURE_CORRECT || asked->of[s][t])
            continue;
        printf("%s %s",
               any ? ","
                   : "    only right answers are asked for, and not "
                     "the properties of",
               rubric->steps[s].name);
        any = true;
    }
    if (any)
        putchar('\n');
}

/* Prints what one trace catches. */
static void print_trace(const struct workload *workload, size_t t,
                        const struct trial *trials, size_t count)
{
    size_t caught = 0;
    int column = 3;

    for (size_t i = 0; i < count; i++)
        caught += trials[i].of[t] == CATCH_YES;
    printf("%s: %llu operations, catches %zu of %zu\n", workload->path,
           (unsigned long long)workload->trace->op_count, caught, count);
    if (caught > 0)
        printf("   ");
    for (size_t i = 0; i < count; i++) {
        if (trials[i].of[t] == CATCH_YES)
            column = print_name(trials[i].mutant.name, column);
    }
    if (caught > 0)
        putchar('\n');
}

static bool is_caught(const struct trial *trial, size_t traces)
{
    for (size_t t = 0; t < traces; t++) {
        if (trial->of[t] == CATCH_YES)
            return true;
    }
    return false;
}

/* Prints the mutants that no trace catches, by the rubric's steps. */
static void print_left(const struct rubric *rubric,
                       const struct trial *trials, size_t count,
                       size_t traces)
{
    for (size_t s = 0; s < rubric->step_count; s++) {
        for (size_t i = 0; i < count; i++) {
            const struct mutant *mutant = &trials[i].mutant;
            if (is_caught(&trials[i], traces) ||
                strcmp(mutant->step, rubric->steps[s].name) != 0)
                continue;
            printf("  %-10s %-26s %.40s\n", mutant->step, mutant->name,
                   mutant->words);
        }
    }
}

/* Prints everything; returns the exit status. */
static int report(const struct rubric *rubric, const struct docket *docket,
                  const struct asked *asked, const struct trial *trials,
                  size_t count)
{
    size_t caught = 0;

    for (size_t i = 0; i < count; i++) {
        if (trials[i].trouble) {
            fprintf(stderr, "%s\n", trials[i].error);
            return STATUS_TROUBLE;
        }
        caught += is_caught(&trials[i], docket->count);
    }
    for (size_t t = 0; t < docket->count; t++) {
        print_trace(&docket->workloads[t], t, trials, count);
        print_unasked(rubric, asked, t);
        putchar('\n');
    }
    printf("%s: %zu of %zu mutants caught by %zu trace%s\n", rubric->lab,
           caught, count, docket->count, docket->count == 1 ? "" : "s");
    if (caught == count)
        return STATUS_FULL;
    printf("\nnot caught, and the step and the words that the rubric has for "
           "them:\n");
    print_left(rubric, trials, count, docket->count);
    return STATUS_NOT;
}

/* Judges the traces, then the mutants by them. Returns the exit status. */
static int try_traces(const struct rubric *rubric,
                      const struct docket *docket)
{
    static struct asked asked;
    char error[1024];
    struct trial *trials;
    size_t count;
    int status;

    if (!trial_sound(&asked, rubric, docket->workloads, docket->count, error,
                     sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    trials = trials_run(rubric, &asked, docket->workloads, docket->count,
                        &count, error, sizeof(error));
    if (trials == NULL) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    status = report(rubric, docket, &asked, trials, count);
    trials_free(trials, count);
    return status;
}

int run_mutants(int argc, char **argv)
{
    static struct rubric rubric;
    static struct docket docket;
    char error[1024];
    int status = STATUS_USAGE;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return STATUS_FULL;
    }
    if (argc < 2 || argv[1][0] == '-') {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    if (rubric_of_lab(&rubric, argv[1], error, sizeof(error)) &&
        (argc > 2 ? open_all(&docket, argv + 2, (size_t)argc - 2, error,
                             sizeof(error))
                  : open_own(&docket, &rubric, error, sizeof(error))))
        status = try_traces(&rubric, &docket);
    else
        fprintf(stderr, "%s\n", error);
    for (size_t i = 0; i < docket.count; i++)
        workload_close(&docket.workloads[i]);
    return status;
}
