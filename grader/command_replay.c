/*
 * command_replay.c - heaplab replay: one allocator, one trace.
 */
#include "grader/commands.h"

#include "grader/cell.h"
#include "grader/explain.h"
#include "grader/submission.h"
#include "grader/words.h"
#include "grader/written.h"

#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>

/* What the command line asks for. */
struct request {
    const char *allocator;
    const char *trace;
    const char *file; /* a submission; NULL: the kit's own */
    unsigned long at; /* operations before the drawing; 0: all, none drawn */
    unsigned long check_every;
};

static const struct argp_option options[] = {
    {"at", 'a', "N", 0, "Draw the heap as it is after operation N", 0},
    {"check", 'c', "N", 0, "Check the heap after every N operations (1)", 0},
    {"file", 'f', "FILE", 0, "Compile FILE in place of the allocator", 0},
    {0},
};

/* Reads a whole number of at least 1, or ends the program with a message. */
static unsigned long count_of(struct argp_state *state, const char *text,
                              const char *option)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0')
        argp_error(state, "%s wants a whole number, not '%s'", option, text);
    return number;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct request *request = state->input;

    switch (key) {
    case 'a':
        request->at = count_of(state, argument, "--at");
        if (request->at == 0)
            argp_error(state, "--at counts operations from 1");
        return 0;
    case 'c':
        request->check_every = count_of(state, argument, "--check");
        return 0;
    case 'f':
        request->file = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            request->allocator = argument;
        else if (state->arg_num == 1)
            request->trace = argument;
        else
            return ARGP_ERR_UNKNOWN;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < 2)
            argp_error(state, "an allocator and a trace are wanted");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    "ALLOCATOR TRACE",
    "Replays TRACE on ALLOCATOR, and judges every operation.\v"
    "ALLOCATOR is a name that heaplab list shows, with options after a colon:"
    " kr:search=best. Exits 0 if nothing is wrong, 1 if something is.",
    NULL,
    NULL,
    NULL};

/* Prints what a replay that went well was like. */
static void print_summary(const struct hearing *hearing)
{
    const struct verdict *verdict = &hearing->verdict;

    printf("%s on %s: ok, %zu operations\n", hearing->subject->name,
           hearing->trace_path, hearing->trace->op_count);
    printf("  most live        ");
    print_size(stdout, verdict->peak_live);
    printf("\n  most committed   ");
    print_size(stdout, verdict->peak_committed);
    printf("\n  utilization      peak %.1f %%, mean %.1f %%\n",
           100 * verdict->peak_utilization, 100 * verdict->mean_utilization);
}

/* Judges and reports; the subject is ready. */
static int replay(const struct request *request,
                  const struct subject *subject,
                  const struct workload *workload)
{
    const struct trace *trace = workload->trace;
    struct hearing hearing;
    unsigned long every = request->check_every;
    char error[512];
    bool well;

    if (request->at > trace->op_count) {
        fprintf(stderr, "heaplab: --at %lu: the trace has %zu operations\n",
                request->at, trace->op_count);
        return STATUS_USAGE;
    }
    if (every > 0 && !check_is_written(subject, workload))
        every = 0;
    if (!hear(&hearing, subject, trace, workload->path, every, error,
              sizeof(error))) {
        fprintf(stderr, "heaplab: %s\n", error);
        return STATUS_TROUBLE;
    }
    well = hearing.verdict.wrong == WRONG_NOTHING;
    if (request->at > 0 && (well || request->at <= hearing.verdict.op))
        show(stdout, &hearing, request->at);
    else if (well)
        print_summary(&hearing);
    else
        explain(stdout, &hearing);
    hearing_close(&hearing);
    return well ? STATUS_FULL : STATUS_NOT;
}

int run_replay(int argc, char **argv)
{
    struct request request = {.check_every = 1};
    struct workload workload;
    struct subject subject;
    char error[1024];
    char says[COMPILER_SAYS];
    int status;

    argv[0] = "heaplab replay";
    argp_err_exit_status = STATUS_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &request);
    if (!workload_open(&workload, request.trace, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    if (request.file != NULL
            ? !submission_build(&subject, request.allocator, request.file,
                                says)
            : !subject_kit(&subject, request.allocator, says, sizeof(says))) {
        fprintf(stderr, request.file != NULL ? "%s\n" : "heaplab: %s\n",
                says);
        workload_close(&workload);
        return request.file != NULL ? STATUS_NOT : STATUS_USAGE;
    }
    status = replay(&request, &subject, &workload);
    submission_remove(&subject);
    workload_close(&workload);
    return status;
}
