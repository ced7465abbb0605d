/*
 * command_vary.c - heaplab trace vary: a variant of a trace, to look at.
 */
#include "grader/commands/commands.h"

#include "grader/cell.h"
#include "grader/commands/arguments.h"
#include "traces/vary.h"

#include <argp.h>
#include <stdio.h>

/* What is asked for. */
struct order {
    uint64_t seed;
    uint64_t window; /* 1 to VARY_WINDOW_MAX */
    const char *name;
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct order *order = state->input;

    switch (key) {
    case 's':
        order->seed =
            arguments_number(state, "--seed", argument, 0, UINT64_MAX);
        return 0;
    case 'w':
        order->window =
            arguments_number(state, "--window", argument, 1, VARY_WINDOW_MAX);
        return 0;
    case ARGP_KEY_ARG:
        if (order->name != NULL)
            argp_usage(state);
        order->name = argument;
        return 0;
    case ARGP_KEY_END:
        if (order->name == NULL)
            argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"seed", 's', "N", 0, "Which variant (1)", 0},
    {"window", 'w', "W", 0,
     "Operations change places within so many, 1 to 16; 1: the order stays "
     "(16)",
     0},
    {0},
};

static const struct argp argp = {
    .options = options,
    .parser = take_option,
    .args_doc = "FILE",
    .doc = "Writes a variant of the trace in FILE to standard output: sizes "
           "up to a sixteenth away, independent operations in another order, "
           "other identifiers. docs/secret.md says what that is good for.",
};

int run_vary(int argc, char **argv)
{
    struct order order = {.seed = 1, .window = VARY_WINDOW_MAX};
    struct workload workload;
    struct trace_error why;
    struct trace *varied;
    char error[2048];
    bool written;

    arguments_parse(&argp, "heaplab trace vary", argc, argv, 0, &order);
    if (!workload_open(&workload, order.name, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    varied =
        trace_vary(workload.trace, order.seed, (size_t)order.window, &why);
    workload_close(&workload);
    if (varied == NULL) {
        fprintf(stderr, "heaplab: %s\n", why.message);
        return STATUS_TROUBLE;
    }
    written = trace_write(varied, stdout) && fflush(stdout) == 0;
    trace_free(varied);
    if (!written)
        perror("heaplab: standard output");
    return written ? STATUS_FULL : STATUS_TROUBLE;
}
