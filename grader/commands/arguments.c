/*
 * arguments.c - what the commands share about reading their command lines.
 */
#include "grader/commands/arguments.h"

#include "grader/commands/commands.h"
#include "traces/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void arguments_parse(const struct argp *argp, const char *name, int argc,
                     char **argv, unsigned flags, void *input)
{
    argv[0] = (char *)name;
    argp_err_exit_status = STATUS_USAGE;
    argp_parse(argp, argc, argv, flags, NULL, input);
}

uint64_t arguments_number(const struct argp_state *state, const char *what,
                          const char *text, uint64_t least, uint64_t most)
{
    const char *end = text + strlen(text);
    char limit[32] = "";
    uint64_t number = 0;

    if (most < UINT64_MAX)
        snprintf(limit, sizeof(limit), " to %" PRIu64, most);
    if (trace_digits(text, end, &number) != end || number < least ||
        number > most)
        argp_error(state, "%s wants a number from %" PRIu64 "%s, not '%s'",
                   what, least, limit, text);
    return number;
}

bool arguments_counted(int argc, char **argv, int least, int most,
                       const char *usage, int *status)
{
    int count = argc - 1;

    if (count == 1 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        *status = STATUS_FULL;
        return false;
    }
    if (count < least || count > most) {
        fputs(usage, stderr);
        *status = STATUS_USAGE;
        return false;
    }
    return true;
}
