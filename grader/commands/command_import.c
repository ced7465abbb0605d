/*
 * command_import.c - heaplab trace import: makes a trace of a foreign file.
 */
#include "grader/commands/commands.h"

#include "grader/commands/arguments.h"
#include "traces/import.h"
#include "traces/text.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is asked for. */
struct order {
    enum import_layout layout;
    const char *title; /* or NULL: the file's name makes one */
    const char *out;   /* file for the trace, or NULL: standard output */
    const char *name;  /* of the foreign file */
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct order *order = state->input;

    switch (key) {
    case 'l':
        if (!import_layout_find(argument, &order->layout))
            argp_error(state, "--layout: weight-first, size-first, two-lines "
                              "or script was expected");
        return 0;
    case 't':
        if (trace_value_fault(argument, strlen(argument)) != NULL)
            argp_error(state, "--title: a line of text was expected");
        order->title = argument;
        return 0;
    case 'o':
        order->out = argument;
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
    {"layout", 'l', "NAME", 0,
     "What FILE must be: weight-first, size-first (.rep, with a header of "
     "four lines), two-lines or script (told from the file)",
     0},
    {"output", 'o', "FILE", 0, "Where the trace goes (standard output)", 0},
    {"title", 't', "TEXT", 0, "The trace's title", 0},
    {0},
};

static const struct argp argp = {
    .options = options,
    .parser = take_option,
    .args_doc = "FILE",
    .doc = "Makes a trace of FILE, which has the layout of another course: "
           "a .rep file, or a script of lines 'a ID SIZE', 'r ID SIZE' and "
           "'f ID'. docs/importing.md describes the layouts.",
};

/* Replaces the title, if one is asked for. Returns false without memory. */
static bool set_title(struct trace *trace, const char *title)
{
    char *copy = title != NULL ? strdup(title) : NULL;

    if (copy != NULL) {
        free(trace->title);
        trace->title = copy;
    }
    return title == NULL || copy != NULL;
}

static bool write_trace(const struct trace *trace, const char *out)
{
    struct trace_error error;

    if (out != NULL && !trace_save(trace, out, &error)) {
        fprintf(stderr, "heaplab: %s\n", error.message);
        return false;
    }
    if (out == NULL && (!trace_write(trace, stdout) || fflush(stdout) != 0)) {
        perror("heaplab: standard output");
        return false;
    }
    return true;
}

/* Says, beside the trace, what was made of the file. */
static void print_summary(const char *name, const struct trace *trace,
                          const struct import_summary *summary)
{
    fprintf(stderr,
            "heaplab: %s: layout %s; %zu operations, %zu "
            "identifiers\n",
            name, import_layout_name(summary->layout), trace->op_count,
            trace->id_count);
    if (summary->null_frees > 0)
        fprintf(stderr,
                "heaplab: left out %zu 'f -1': free(NULL), which does "
                "nothing\n",
                summary->null_frees);
    if (summary->first_resizes > 0)
        fprintf(stderr,
                "heaplab: %zu 'r' became 'a': the identifier was never "
                "allocated, and realloc(NULL, SIZE) is malloc(SIZE)\n",
                summary->first_resizes);
}

int run_import(int argc, char **argv)
{
    struct order order = {.layout = IMPORT_DETECT};
    struct import_summary summary;
    struct trace_error error;
    struct trace *trace;
    bool done;

    arguments_parse(&argp, "heaplab trace import", argc, argv, 0, &order);
    trace = trace_import(order.name, order.layout, &summary, &error);
    if (trace == NULL) {
        fprintf(stderr, "%s\n", error.message);
        return STATUS_USAGE;
    }
    done = set_title(trace, order.title) && write_trace(trace, order.out);
    if (done)
        print_summary(order.name, trace, &summary);
    trace_free(trace);
    return done ? STATUS_FULL : STATUS_TROUBLE;
}
