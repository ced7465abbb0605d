/*
 * colour.c - colour, which only adds.
 */
#include "grader/show/colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Is a variable of the environment set to something, other than unless? */
static bool is_set(const char *name, const char *unless)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' && strcmp(value, unless) != 0;
}

bool colour_wanted(const char *option, FILE *out)
{
    const char *terminal = getenv("TERM");

    if (option != NULL && strcmp(option, "always") == 0)
        return true;
    if (option != NULL && strcmp(option, "never") == 0)
        return false;
    if (is_set("NO_COLOR", ""))
        return false;
    if (is_set("CLICOLOR_FORCE", "0"))
        return true;
    if (terminal == NULL || strcmp(terminal, "dumb") == 0)
        return false;
    return isatty(fileno(out));
}

void colour_begin(FILE *out, bool on, enum colour colour)
{
    static const char *const codes[] = {
        [COLOUR_STRONG] = "\033[1m",
        [COLOUR_FREE] = "\033[32m",
        [COLOUR_WRONG] = "\033[31m",
    };

    if (on)
        fputs(codes[colour], out);
}

void colour_end(FILE *out, bool on)
{
    if (on)
        fputs("\033[0m", out);
}
