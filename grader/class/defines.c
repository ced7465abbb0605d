/*
 * defines.c - which allocator a C source defines.
 */
#include "grader/class/pick.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Returns the end of the literal that begins at at. */
static const char *after_literal(const char *at, const char *end)
{
    char quote = *at++;

    while (at < end && *at != quote && *at != '\n')
        at += *at == '\\' ? 2 : 1;
    return at < end ? at + 1 : end;
}

/* Returns where the next thing stands that is no blank, no comment, and no
   literal. */
static const char *next_thing(const char *at, const char *end)
{
    while (at < end) {
        const char *stop;
        if (at[0] == '/' && at[1] == '*') {
            stop = memmem(at + 2, (size_t)(end - at) - 2, "*/", 2);
            at = stop != NULL ? stop + 2 : end;
        } else if (at[0] == '/' && at[1] == '/') {
            stop = memchr(at, '\n', (size_t)(end - at));
            at = stop != NULL ? stop : end;
        } else if (*at == '"' || *at == '\'') {
            at = after_literal(at, end);
        } else if (isspace((unsigned char)*at)) {
            at++;
        } else {
            return at;
        }
    }
    return end;
}

/* Returns the end of the thing at at: a word, or a single character. */
static const char *after_thing(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && is_word(*at))
        at++;
    return at > start ? at : at + 1;
}

bool source_defines(const char *text, size_t size, const char *symbol)
{
    char name[128];
    const char *wanted[] = {"struct", "allocator", name, "="};
    const char *end = text + size;
    size_t met = 0; /* how many of the wanted stand in a row */

    snprintf(name, sizeof(name), "%s_allocator", symbol);
    for (const char *at = next_thing(text, end); at < end && met < 4;) {
        const char *after = after_thing(at, end);
        size_t length = (size_t)(after - at);
        if (strlen(wanted[met]) == length &&
            memcmp(at, wanted[met], length) == 0)
            met++;
        else
            met = length == 6 && memcmp(at, "struct", 6) == 0;
        at = next_thing(after, end);
    }
    return met == 4;
}
