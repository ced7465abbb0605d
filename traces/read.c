/*
 * read.c - reads traces strictly.
 *
 * A line at a time, out of a buffer that always holds a whole line: first the
 * version, then the header's lines in their order, then the operations. Each
 * step either takes its line or refuses it by name and number; nothing is
 * skipped or guessed. What the header claims is compared with the body only
 * at the end, and never decides how much memory is used: that follows the
 * lines really read, 20 bytes an operation.
 */
#include "traces/trace.h"

#include "traces/lines.h"
#include "traces/text.h"
#include "traces/walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char version[] = "heaplab trace 1";

/* A trace being read. */
struct reader {
    struct lines lines;
    struct trace *trace;
    size_t capacity;    /* operations there is room for */
    uint64_t thread;    /* the one that acts */
    uint64_t op_count;  /* as the header states it */
    const char *before; /* what else could have stood in a header line's
                           place, for messages */
    struct trace_header_lines header; /* where its counts stand */
};

/* A number in a line: what it is and what it may be. */
struct measure {
    const char *name;
    uint64_t least, most;
};

/* A kind of line in the body. */
struct form {
    char letter;
    uint8_t kind;       /* one of enum op_kind; OP_KINDS for '@' */
    const char *fields; /* a letter a field: Id, Size, Alignment, Thread */
    const char *shown;
};

static const struct form forms[] = {
    {'a', OP_MALLOC, "IS", "a ID SIZE"},
    {'f', OP_FREE, "I", "f ID"},
    {'r', OP_REALLOC, "IS", "r ID SIZE"},
    {'z', OP_CALLOC, "IS", "z ID SIZE"},
    {'m', OP_ALIGNED, "IAS", "m ID ALIGNMENT SIZE"},
    {'@', OP_KINDS, "T", "@ THREAD"},
    {'t', OP_TRIM, "", "t"},
};

/* Returns the value if the line at hand is "key: value", or NULL. */
static const char *value_of(const struct reader *r, const char *key)
{
    size_t length = strlen(key);

    if (r->lines.line == NULL || r->lines.length < length + 2 ||
        memcmp(r->lines.line, key, length) != 0 ||
        memcmp(r->lines.line + length, ": ", 2) != 0)
        return NULL;
    return r->lines.line + length + 2;
}

static bool missing(const struct reader *r, const char *key, const char *form)
{
    return lines_refuse(&r->lines, "expected %s'%s: %s', found %s", r->before,
                        key, form, lines_found(&r->lines).text);
}

/* Appends length bytes at line to *text, as a line of its own. */
static bool append(struct reader *r, char **text, const char *line,
                   size_t length)
{
    size_t used = *text != NULL ? strlen(*text) : 0;
    char *longer = realloc(*text, used + 1 + length + 1);

    if (longer == NULL)
        return lines_no_memory(&r->lines);
    *text = longer;
    if (used > 0)
        longer[used++] = '\n';
    memcpy(longer + used, line, length);
    longer[used + length] = '\0';
    return true;
}

/* Takes from least to most lines "key: TEXT", and fills *text from them. */
static bool text_lines(struct reader *r, const char *key, size_t least,
                       size_t most, char **text)
{
    const char *value = value_of(r, key);
    size_t count = 0;

    for (; value != NULL && count < most; count++) {
        size_t length = (size_t)(r->lines.line + r->lines.length - value);
        const char *fault = trace_value_fault(value, length);
        if (fault != NULL)
            return lines_refuse(&r->lines,
                                "expected text after '%s: ', found %s: %s",
                                key, fault, lines_found(&r->lines).text);
        if (!append(r, text, value, length) || !lines_next(&r->lines))
            return false;
        value = value_of(r, key);
    }
    if (count < least)
        return missing(r, key, "TEXT");
    if (value != NULL && most > 1)
        return lines_refuse(&r->lines,
                            "expected at most %zu lines '%s: TEXT', found %s",
                            most, key, lines_found(&r->lines).text);
    return count > 0 || append(r, text, "", 0);
}

/* Takes the line "measure: NUMBER", and notes which line it is. */
static bool number_line(struct reader *r, const struct measure *measure,
                        uint64_t *number, size_t *line)
{
    const char *value = value_of(r, measure->name);

    if (value == NULL)
        return missing(r, measure->name, "NUMBER");
    const char *end = r->lines.line + r->lines.length;
    if (trace_digits(value, end, number) != end || *number < measure->least ||
        *number > measure->most) {
        size_t length = (size_t)(end - value);
        return lines_refuse(&r->lines,
                            "%s: expected a number from %" PRIu64
                            " to %" PRIu64 ", found %s%s",
                            measure->name, measure->least, measure->most,
                            trace_quote(value, length).text,
                            trace_digits_fault(value, length));
    }
    *line = r->lines.number;
    r->before = "";
    return lines_next(&r->lines);
}

/* Takes the header's counts and the empty line that ends it. */
static bool header_counts(struct reader *r)
{
    static const struct measure operations = {"operations", 1, TRACE_OPS_MAX};
    static const struct measure identifiers = {"identifiers", 1,
                                               TRACE_IDS_MAX};
    static const struct measure live_peak = {"live peak", 0, UINT64_MAX};
    static const struct measure threads = {"threads", 1, TRACE_THREADS_MAX};
    struct trace *trace = r->trace;
    uint64_t id_count = 0;
    uint64_t thread_count = 0;

    if (!number_line(r, &operations, &r->op_count, &r->header.operations) ||
        !number_line(r, &identifiers, &id_count, &r->header.identifiers) ||
        !number_line(r, &live_peak, &trace->live_peak,
                     &r->header.live_peak) ||
        !number_line(r, &threads, &thread_count, &r->header.threads))
        return false;
    trace->id_count = (size_t)id_count;
    trace->threads = (size_t)thread_count;
    if (r->lines.line == NULL || r->lines.length > 0)
        return lines_refuse(&r->lines,
                            "expected an empty line after the header, "
                            "found %s",
                            lines_found(&r->lines).text);
    return true;
}

/* Takes the version and the header, up to the empty line. */
static bool read_header(struct reader *r)
{
    struct trace *trace = r->trace;

    if (!lines_next(&r->lines))
        return false;
    if (r->lines.line == NULL || r->lines.length != strlen(version) ||
        memcmp(r->lines.line, version, strlen(version)) != 0)
        return lines_refuse(&r->lines,
                            "expected '%s', the version line, found %s",
                            version, lines_found(&r->lines).text);
    r->before = "";
    if (!lines_next(&r->lines) ||
        !text_lines(r, "title", 1, 1, &trace->title))
        return false;
    r->before = "'about: TEXT' or ";
    if (!text_lines(r, "about", 0, TRACE_NOTES_MAX, &trace->about) ||
        !text_lines(r, "make", 1, TRACE_NOTES_MAX, &trace->make))
        return false;
    r->before = "'make: TEXT' or ";
    return header_counts(r);
}

/* What a field's letter stands for. */
static struct measure measure_of(const struct reader *r, char field)
{
    struct measure id = {"an identifier", 0, TRACE_IDS_MAX - 1};
    struct measure size = {"a size", 0, TRACE_SIZE_MAX};
    struct measure alignment = {"an alignment, a power of two", 1,
                                TRACE_ALIGN_MAX};
    struct measure thread = {"a thread", 0, r->trace->threads - 1};

    return field == 'I'   ? id
           : field == 'S' ? size
           : field == 'A' ? alignment
                          : thread;
}

/* Refuses the field at text: its form, or else its number. */
static bool refuse_field(const struct reader *r, const struct form *form,
                         char field, const char *text)
{
    const char *end = r->lines.line + r->lines.length;
    struct measure measure = measure_of(r, field);
    size_t length = 0;

    while (text + length < end && text[length] != ' ')
        length++;
    if (length == 0)
        return lines_refuse(&r->lines,
                            "expected '%s', one space between fields, "
                            "found %s",
                            form->shown, lines_found(&r->lines).text);
    return lines_refuse(
        &r->lines, "expected %s from %" PRIu64 " to %" PRIu64 ", found %s%s",
        measure.name, measure.least, measure.most,
        trace_quote(text, length).text, trace_digits_fault(text, length));
}

/* Puts number into the operation, or returns false if it is out of range. */
static bool set_field(const struct reader *r, struct op *op, char field,
                      uint64_t number)
{
    switch (field) {
    case 'I':
        op->id = (uint32_t)number;
        return number < TRACE_IDS_MAX;
    case 'S':
        op->size = number;
        return number <= TRACE_SIZE_MAX;
    case 'A':
        for (op->alignment_order = 0; number > 1 && number % 2 == 0;
             number /= 2)
            op->alignment_order++;
        return number == 1 && op->alignment_order <= 20;
    default:
        op->thread = (uint16_t)number;
        return number < r->trace->threads;
    }
}

/* Takes the fields of the line at hand, which has the given form. */
static bool take_fields(const struct reader *r, const struct form *form,
                        struct op *op)
{
    const char *end = r->lines.line + r->lines.length;
    const char *at = r->lines.line + 1;

    for (const char *field = form->fields; *field != '\0'; field++) {
        uint64_t number = 0;
        if (at == end || *at != ' ')
            return refuse_field(r, form, *field, end);
        const char *text = at + 1;
        at = trace_digits(text, end, &number);
        if (at == NULL || (at != end && *at != ' ') ||
            !set_field(r, op, *field, number))
            return refuse_field(r, form, *field, text);
    }
    return at == end || refuse_field(r, form, 'I', end);
}

/* Appends op to the trace. */
static bool push(struct reader *r, const struct op *op)
{
    return lines_push(&r->lines, r->trace, &r->capacity, op);
}

/* Takes the line at hand, which is one of the body. */
static bool take_line(struct reader *r)
{
    const struct form *form = NULL;
    struct op op = {.thread = (uint16_t)r->thread};

    if (r->lines.length > 0 && r->lines.line[0] == '#') {
        const char *fault = trace_text_fault(r->lines.line, r->lines.length);
        if (fault == NULL)
            return true;
        return lines_refuse(&r->lines,
                            "expected text after '#', found %s: %s", fault,
                            lines_found(&r->lines).text);
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0] && !form; i++)
        if (r->lines.length > 0 && r->lines.line[0] == forms[i].letter)
            form = &forms[i];
    if (form == NULL)
        return lines_refuse(&r->lines,
                            "expected an operation (a, z, m, r, f, t, @) or "
                            "a comment (#), found %s",
                            lines_found(&r->lines).text);
    op.kind = form->kind;
    if (!take_fields(r, form, &op))
        return false;
    if (form->kind != OP_KINDS)
        return push(r, &op);
    r->thread = op.thread;
    return true;
}

static bool read_body(struct reader *r)
{
    while (lines_next(&r->lines)) {
        if (r->lines.line == NULL && r->trace->op_count > 0)
            return true;
        if (r->lines.line == NULL)
            return lines_refuse(&r->lines,
                                "expected an operation, found the end of the "
                                "file");
        if (!take_line(r))
            return false;
    }
    return false;
}

/* Proves that the body is sound and that the header fits it. */
static bool check_body(struct reader *r)
{
    const struct lines *l = &r->lines;
    struct trace *trace = r->trace;
    struct trace_totals totals;

    if (!trace_walk(trace, l->name, &totals, l->error))
        return false;
    if (r->op_count != trace->op_count)
        return trace_refuse(l->error, l->name, r->header.operations,
                            "operations: expected %zu, as many as the body "
                            "has, found %" PRIu64,
                            trace->op_count, r->op_count);
    return trace_totals_fit(trace, l->name, &totals, &r->header, l->error);
}

/* Gives back the room that the doubling took and the body did not need. */
static void shrink(struct trace *trace)
{
    size_t count = trace->op_count > 0 ? trace->op_count : 1;
    struct op *ops = realloc(trace->ops, count * sizeof *ops);
    uint32_t *lines = realloc(trace->lines, count * sizeof *lines);

    if (ops != NULL)
        trace->ops = ops;
    if (lines != NULL)
        trace->lines = lines;
}

struct trace *trace_read_stream(FILE *in, const char *name,
                                struct trace_error *error)
{
    struct reader r = {.trace = calloc(1, sizeof *r.trace)};

    if (!lines_open(&r.lines, in, name, error) || r.trace == NULL) {
        lines_no_memory(&r.lines);
    } else if (read_header(&r) && read_body(&r) && check_body(&r)) {
        shrink(r.trace);
        lines_close(&r.lines);
        return r.trace;
    }
    lines_close(&r.lines);
    trace_free(r.trace);
    return NULL;
}

struct trace *trace_read(const char *path, struct trace_error *error)
{
    if (strcmp(path, "-") == 0)
        return trace_read_stream(stdin, "standard input", error);

    FILE *in = fopen(path, "re");
    if (in == NULL) {
        trace_refuse(error, path, 0,
                     "cannot be opened: %s; check the name and whether you "
                     "may read it",
                     strerror(errno));
        return NULL;
    }
    struct trace *trace = trace_read_stream(in, path, error);
    (void)fclose(in);
    return trace;
}
