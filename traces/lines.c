/*
 * lines.c - a text file, a line at a time, out of a buffer that always holds
 * a whole line.
 */
#include "traces/lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The buffer; at least two of the longest lines. */
#define BUFFER_SIZE ((size_t)65536)

bool lines_open(struct lines *l, FILE *in, const char *name,
                struct trace_error *error)
{
    *l = (struct lines){.in = in, .name = name, .error = error};
    l->buffer = malloc(BUFFER_SIZE);
    return l->buffer != NULL;
}

void lines_close(struct lines *l)
{
    free(l->buffer);
}

bool lines_refuse(const struct lines *l, const char *format, ...)
{
    char what[sizeof l->error->message];

    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return trace_refuse(l->error, l->name, l->number, "%s", what);
}

bool lines_no_memory(const struct lines *l)
{
    return lines_refuse(l, "out of memory; close other programs, or take a "
                           "shorter trace");
}

/* Moves what is left to the buffer's front and fills up behind it. */
static bool fill(struct lines *l)
{
    memmove(l->buffer, l->buffer + l->begin, l->end - l->begin);
    l->end -= l->begin;
    l->begin = 0;
    errno = 0;
    l->end += fread(l->buffer + l->end, 1, BUFFER_SIZE - l->end, l->in);
    if (ferror(l->in))
        return trace_refuse(l->error, l->name, 0,
                            "cannot be read: %s; give a file with a trace",
                            strerror(errno != 0 ? errno : EIO));
    return true;
}

struct quote lines_found(const struct lines *l)
{
    struct quote end = {"the end of the file"};
    struct quote empty = {"an empty line"};

    return l->line == NULL  ? end
           : l->length == 0 ? empty
                            : trace_quote(l->line, l->length);
}

/* Checks what every line must keep to, whatever it says. */
static bool check_line(const struct lines *l, bool ended)
{
    if (l->length > TRACE_LINE_MAX)
        return lines_refuse(l,
                            "expected a line of at most %zu bytes, found one "
                            "that is longer: %s",
                            TRACE_LINE_MAX, lines_found(l).text);
    if (!ended && !l->foreign)
        return lines_refuse(l,
                            "expected a newline at the end of the last line, "
                            "found the end of the file after %s",
                            lines_found(l).text);
    if (l->length > 0 && l->line[l->length - 1] == '\r')
        return lines_refuse(l,
                            "expected a newline alone, but the line ends in "
                            "a carriage return: %s; sed -i 's/\\r$//' FILE "
                            "mends that",
                            lines_found(l).text);
    if (l->number >= UINT32_MAX)
        return lines_refuse(l, "expected at most %" PRIu32 " lines",
                            UINT32_MAX - 1);
    return true;
}

bool lines_next(struct lines *l)
{
    char *newline = NULL;

    l->number++;
    for (;;) {
        size_t left = l->end - l->begin;
        newline = memchr(l->buffer + l->begin, '\n', left);
        if (newline != NULL || left > TRACE_LINE_MAX || feof(l->in))
            break;
        if (!fill(l))
            return false;
    }
    l->line = l->buffer + l->begin;
    l->length =
        newline != NULL ? (size_t)(newline - l->line) : l->end - l->begin;
    if (newline == NULL && l->length == 0) {
        l->line = NULL;
        return true;
    }
    l->begin += l->length + (newline != NULL);
    if (l->foreign && l->length > 0 && l->line[l->length - 1] == '\r')
        l->length--;
    return check_line(l, newline != NULL);
}

/* Operations that there is room for at first. */
#define FIRST_OPS ((size_t)1024)

bool lines_push(struct lines *l, struct trace *trace, size_t *capacity,
                const struct op *op)
{
    if (trace->op_count == TRACE_OPS_MAX)
        return lines_refuse(l, "expected at most %zu operations, found %s",
                            TRACE_OPS_MAX, lines_found(l).text);
    if (trace->op_count == *capacity) {
        size_t more = *capacity > 0 ? 2 * *capacity : FIRST_OPS;
        struct op *ops = realloc(trace->ops, more * sizeof *ops);
        if (ops != NULL)
            trace->ops = ops;
        uint32_t *lines = realloc(trace->lines, more * sizeof *lines);
        if (lines != NULL)
            trace->lines = lines;
        if (ops == NULL || lines == NULL)
            return lines_no_memory(l);
        *capacity = more;
    }
    trace->ops[trace->op_count] = *op;
    trace->lines[trace->op_count++] = (uint32_t)l->number;
    return true;
}
