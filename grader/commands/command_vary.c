/*
 * command_vary.c - heaplab trace vary: a variant of a trace, to look at.
 */
#include "grader/commands/commands.h"

#include "grader/cell.h"
#include "traces/text.h"
#include "traces/vary.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

/* What is asked for. */
struct order {
    uint64_t seed;
    uint64_t window; /* 1 to VARY_WINDOW_MAX */
    const char *name;
};

/* Reads a number from least to most, or ends the program. */
static void take_number(struct argp_state *state, const char *what,
                        const char *text, uint64_t least, uint64_t most,
                        uint64_t *number)
{
    const char *end = text + strlen(text);

    if (trace_digits(text, end, number) != end || *number < least ||
        *number > most)
        argp_error(state, "%s: a number from %llu to %llu was expected", what,
                   (unsigned long long)least, (unsigned long long)most);
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct order *order = state->input;

    switch (key) {
    case 's':
        take_number(state, "--seed", argument, 0, UINT64_MAX, &order->seed);
        return 0;
    case 'w':
        take_number(state, "--window", argument, 1, VARY_WINDOW_MAX,
                    &order->window);
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

    argv[0] = "heaplab trace vary";
    argp_err_exit_status = STATUS_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &order);
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
