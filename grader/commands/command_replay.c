/*
 * command_replay.c - heaplab replay: one allocator, one trace.
 */
#include "grader/commands/commands.h"

#include "grader/cell.h"
#include "grader/commands/arguments.h"
#include "grader/commands/request.h"
#include "grader/lab/written.h"
#include "grader/show/explain.h"
#include "grader/show/words.h"

#include <argp.h>

/* What the command line asks for. */
struct order {
    struct request request;
    unsigned long at; /* operations before the drawing; 0: all, none drawn */
    unsigned long check_every;
};

static const struct argp_option options[] = {
    {"at", 'a', "N", 0, "Draw the heap as it is after operation N", 0},
    {"check", 'c', "N", 0, "Check the heap after every N operations (1)", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct order *order = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        request_begin(state, &order->request);
        return 0;
    case 'a':
        order->at = arguments_number(state, "--at", argument, 1, UINT64_MAX);
        return 0;
    case 'c':
        order->check_every =
            arguments_number(state, "--check", argument, 0, UINT64_MAX);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&request_argp, 0, NULL, 0},
                                             {0}};

static const struct argp argp = {
    options,
    parse,
    "ALLOCATOR TRACE",
    "Replays TRACE on ALLOCATOR, and judges every operation.\v"
    "ALLOCATOR is a name that heaplab list shows, with options after a colon:"
    " kr:search=best. Exits 0 if nothing is wrong, 1 if something is.",
    children,
    NULL,
    NULL};

/* Prints what a replay that went well was like. */
static void print_summary(const struct hearing *hearing)
{
    const struct verdict *verdict = &hearing->verdict;

    printf("%s on %s: ok, %zu operations", hearing->subject->name,
           hearing->trace_path, hearing->trace->op_count);
    if (hearing->in_threads)
        printf(" in %zu threads", hearing->trace->threads);
    putchar('\n');
    printf("  most live        ");
    print_size(stdout, verdict->peak_live);
    printf("\n  most committed   ");
    print_size(stdout, verdict->peak_committed);
    printf("\n  utilization      peak %.1f %%, mean %.1f %%\n",
           100 * verdict->peak_utilization, 100 * verdict->mean_utilization);
}

/* Judges and reports; the subject is ready. */
static int replay(const struct order *order, const struct subject *subject,
                  const struct workload *workload)
{
    const struct trace *trace = workload->trace;
    struct hearing hearing;
    unsigned long every = order->request.check ? order->check_every : 0;
    char error[512];
    bool well;
    bool heard;

    if (order->at > trace->op_count) {
        fprintf(stderr, "heaplab: --at %lu: the trace has %zu operations\n",
                order->at, trace->op_count);
        return STATUS_USAGE;
    }
    if (every > 0 && !check_is_written(subject, workload))
        every = 0;
    heard = (order->at > 0 ? hear_in_order : hear)(&hearing, subject, trace,
                                                   workload->path, every,
                                                   error, sizeof(error));
    if (!heard) {
        fprintf(stderr, "heaplab: %s\n", error);
        return STATUS_TROUBLE;
    }
    hear_properties(&hearing, order->request.properties);
    well = hearing.verdict.wrong == WRONG_NOTHING;
    if (order->at > 0 && (well || order->at <= hearing.verdict.op))
        show(stdout, &hearing, order->at);
    else if (well)
        print_summary(&hearing);
    else
        explain(stdout, &hearing);
    hearing_close(&hearing);
    return well ? STATUS_FULL : STATUS_NOT;
}

int run_replay(int argc, char **argv)
{
    struct order order = {.request = {.check = true}, .check_every = 1};
    struct workload workload;
    struct subject subject;
    int status;

    arguments_parse(&argp, "heaplab replay", argc, argv, 0, &order);
    status = request_open(&order.request, &subject, &workload);
    if (status != STATUS_FULL)
        return status;
    status = replay(&order, &subject, &workload);
    request_end(&subject, &workload);
    return status;
}
