/*
 * command_record.c - heaplab record: makes a trace of a real program.
 */
#include "grader/commands/commands.h"

#include "grader/commands/arguments.h"
#include "grader/subject.h"
#include "traces/record.h"

#include <argp.h>
#include <string.h>

struct request {
    struct record_config config;
    char **program; /* its name and arguments, ended by NULL */
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Where the trace goes (wanted)", 0},
    {"limit", 'l', "N", 0, "Keep the first N operations of a process", 0},
    {"skip", 's', "N", 0,
     "Leave out the first N; what they left live is "
     "allocated at once",
     0},
    {"title", 't', "TEXT", 0, "The trace's title", 0},
    {"setup", 'm', "COMMAND", 0,
     "What makes the program's input: told in the "
     "trace, not run; may be repeated",
     0},
    {0},
};

/* Adds a line to the setup. */
static void add_setup(struct record_config *config, const char *line)
{
    static char lines[4096];
    size_t length = strlen(lines);

    snprintf(lines + length, sizeof(lines) - length, "%s%s",
             length > 0 ? "\n" : "", line);
    config->setup = lines;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct request *request = state->input;

    switch (key) {
    case 'o':
        request->config.out = argument;
        return 0;
    case 'l':
        request->config.limit =
            arguments_number(state, "--limit", argument, 0, UINT64_MAX);
        return 0;
    case 's':
        request->config.skip =
            arguments_number(state, "--skip", argument, 0, UINT64_MAX);
        return 0;
    case 't':
        request->config.title = argument;
        return 0;
    case 'm':
        add_setup(&request->config, argument);
        return 0;
    case ARGP_KEY_ARG:
        request->program = state->argv + state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_END:
        if (request->program == NULL || request->config.out == NULL)
            argp_error(state, "a file after -o and a program are wanted");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    "-- PROGRAM [ARGUMENT...]",
    "Runs PROGRAM and writes a trace of what it allocates.\v"
    "A process that it forks or executes gets a file of its own: "
    "FILE.2.trace, "
    "and so on. The program's exit status is passed on.",
    NULL,
    NULL,
    NULL};

int run_record(int argc, char **argv)
{
    struct request request = {0};
    struct record_result result = {0};
    struct trace_error error;
    char recorder[PATH_ROOM];

    arguments_parse(&argp, "heaplab record", argc, argv, ARGP_IN_ORDER,
                    &request);
    path_built(recorder, "recorder.so");
    request.config.recorder = recorder;
    if (!record_run(&request.config, request.program, &result, &error)) {
        fprintf(stderr, "heaplab: %s\n", error.message);
        return STATUS_USAGE;
    }
    if (result.signal != 0)
        fprintf(stderr, "heaplab: %s was killed by signal %d (%s)\n",
                request.program[0], result.signal, strsignal(result.signal));
    if (result.lost > 0)
        fprintf(stderr, "heaplab: %zu events could not be kept\n",
                result.lost);
    fprintf(stderr, "heaplab: %s: %zu operations; %zu trace%s in all\n",
            request.config.out, result.operations, result.traces,
            result.traces == 1 ? "" : "s");
    return result.status;
}
