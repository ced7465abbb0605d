/*
 * request.c - what the commands that replay one trace on one allocator are
 * asked.
 */
#include "grader/commands/request.h"

#include "grader/commands/commands.h"
#include "grader/property.h"
#include "grader/show/words.h"
#include "grader/submission.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_NO_CHECK = 0x100 };

static const struct argp_option options[] = {
    {"file", 'f', "FILE", 0, "Compile FILE in place of the allocator", 0},
    {"no-check", KEY_NO_CHECK, NULL, 0, "Do not judge by check()", 0},
    {"property", 'p', "NAME,...", 0,
     "Ask for these too: reuse, room, in-place, first-fit, next-fit, "
     "best-fit",
     0},
    {0},
};

/* Reads names with commas between them. Returns whether all are known. */
static bool read_properties(const char *names, unsigned *properties)
{
    char name[32];

    *properties = 0;
    for (;;) {
        size_t length = strcspn(names, ",");
        unsigned property;
        snprintf(name, sizeof(name), "%.*s", (int)length, names);
        property = length < sizeof(name) ? property_named(name) : 0;
        if (property == 0)
            return false;
        *properties |= property;
        if (names[length] == '\0')
            return true;
        names += length + 1;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct request *request = state->input;

    switch (key) {
    case 'f':
        request->file = argument;
        return 0;
    case 'p':
        request->property = argument;
        if (!read_properties(argument, &request->properties))
            argp_error(state, "--property: there is no '%s'", argument);
        return 0;
    case KEY_NO_CHECK:
        request->check = false;
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

const struct argp request_argp = {.options = options, .parser = parse};

void request_begin(struct argp_state *state, struct request *request)
{
    state->child_inputs[0] = request;
}

int request_open(const struct request *request, struct subject *subject,
                 struct workload *workload)
{
    char error[2048];
    char says[COMPILER_SAYS];

    if (!workload_open(workload, request->trace, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    if (request->file != NULL) {
        if (submission_build(subject, request->allocator, request->file,
                             says))
            return STATUS_FULL;
        fprintf(stderr, "%s\n", says);
    } else {
        if (subject_kit(subject, request->allocator, says, sizeof(says)))
            return STATUS_FULL;
        fprintf(stderr, "heaplab: %s\n", says);
    }
    workload_close(workload);
    if (request->file == NULL)
        return STATUS_USAGE;
    return subject->trouble ? STATUS_TROUBLE : STATUS_NOT;
}

void request_end(struct subject *subject, struct workload *workload)
{
    submission_remove(subject);
    workload_close(workload);
}

void print_request(FILE *out, const struct request *request,
                   const char *trace)
{
    if (request->file != NULL) {
        fprintf(out, "--file ");
        print_word(out, request->file);
        fputc(' ', out);
    }
    if (request->property != NULL)
        fprintf(out, "--property %s ", request->property);
    if (!request->check)
        fprintf(out, "--no-check ");
    print_word(out, request->allocator);
    fputc(' ', out);
    print_word(out, trace != NULL ? trace : request->trace);
}
