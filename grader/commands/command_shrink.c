/*
 * command_shrink.c - heaplab trace shrink: a small trace that still fails.
 */
#include "grader/commands/commands.h"

#include "grader/commands/arguments.h"
#include "grader/commands/request.h"
#include "grader/lab/written.h"
#include "grader/show/words.h"
#include "grader/shrink/shrink.h"

#include <stdlib.h>

/* What the command line asks for. */
struct order {
    struct request request;
    char *out; /* where the small trace goes; NULL: standard output */
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write the trace there (standard output)", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct order *order = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        request_begin(state, &order->request);
        return 0;
    case 'o':
        order->out = argument;
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
    "Finds a small trace on which ALLOCATOR goes wrong as it does on TRACE.\v"
    "Exits 0 if there is one, 2 if nothing goes wrong on TRACE.",
    children,
    NULL,
    NULL};

/* Tells on standard error what was found, and what to do with it. */
static void report(const struct order *order, const struct trace *trace,
                   const struct trace *small,
                   const struct shrinkage *shrinkage)
{
    const struct verdict *verdict = &shrinkage->verdict;

    fprintf(stderr, "%zu operations shrunk to %zu in %zu replays%s: ",
            trace->op_count, small->op_count, shrinkage->tests,
            shrinkage->spent ? ", the most that it may take" : "");
    fprintf(stderr, "%s%s%s, ", verdict_word(verdict->wrong),
            shrinkage->rule[0] != '\0' ? " " : "", shrinkage->rule);
    print_statement(stderr, &small->ops[verdict->op]);
    fputc('\n', stderr);
    if (order->out == NULL)
        return;
    fprintf(stderr, "\n  next:  build/heaplab step ");
    print_request(stderr, &order->request, order->out);
    fputc('\n', stderr);
}

/* Writes the small trace to where it should go. */
static bool write_out(const struct trace *small, const char *out)
{
    struct trace_error error;

    if (out != NULL) {
        if (trace_save(small, out, &error))
            return true;
        fprintf(stderr, "heaplab: %s\n", error.message);
        return false;
    }
    if (trace_write(small, stdout) && fflush(stdout) == 0)
        return true;
    perror("heaplab: standard output");
    return false;
}

static int shrink(const struct order *order, const struct subject *subject,
                  const struct workload *workload)
{
    char make[TRACE_LINE_MAX] = "";
    struct demand demand = {.check = order->request.check &&
                                     check_is_written(subject, workload),
                            .properties = order->request.properties,
                            .make = make};
    struct shrinkage shrinkage;
    struct trace *small;
    FILE *line = fmemopen(make, sizeof(make), "w");
    bool written;

    if (line != NULL) {
        fprintf(line, "heaplab trace shrink ");
        print_request(line, &order->request, NULL);
        fclose(line);
    }
    small = shrink_trace(subject, workload->trace, workload->name, &demand,
                         &shrinkage);

    if (small == NULL) {
        fprintf(stderr, "heaplab: %s\n", shrinkage.message);
        return shrinkage.verdict.wrong == WRONG_NOTHING ? STATUS_USAGE
                                                        : STATUS_TROUBLE;
    }
    written = write_out(small, order->out);
    if (written)
        report(order, workload->trace, small, &shrinkage);
    trace_free(small);
    return written ? STATUS_FULL : STATUS_TROUBLE;
}

int run_shrink(int argc, char **argv)
{
    struct order order = {.request = {.check = true}};
    struct workload workload;
    struct subject subject;
    int status;

    arguments_parse(&argp, "heaplab trace shrink", argc, argv, 0, &order);
    status = request_open(&order.request, &subject, &workload);
    if (status != STATUS_FULL)
        return status;
    status = shrink(&order, &subject, &workload);
    request_end(&subject, &workload);
    return status;
}
