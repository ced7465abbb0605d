/*
 * import.c - reads the trace formats of other courses.
 *
 * First the lines that are a number alone: how many there are tells the
 * layout. Then an operation a line. Whether identifiers are live when they
 * have to be is found by trace_walk(), as for any other trace, and reported
 * with the lines of the foreign file; last come the header's counts.
 */
#include "traces/import.h"

#include "traces/lines.h"
#include "traces/text.h"
#include "traces/walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The most lines that a header has. */
#define HEAD_MAX ((size_t)4)

/* Weights say which scores a trace counts for: 0 none, 1 all, 2 and 3 one. */
#define WEIGHT_MAX ((uint64_t)3)

/* What is known about a layout. */
struct form {
    const char *name;
    size_t head;         /* lines of its header */
    const char *meaning; /* of these lines, or of the layout */
};

static const struct form forms[] = {
    [IMPORT_DETECT] = {"detect", 0, ""},
    [IMPORT_WEIGHT_FIRST] = {"weight-first", 4,
                             "a weight, identifiers, operations, a heap "
                             "size"},
    [IMPORT_SIZE_FIRST] = {"size-first", 4,
                           "a heap size, identifiers, operations, a weight"},
    [IMPORT_FOUR_LINES] = {"four-lines", 4,
                           "a weight or a heap size, identifiers, "
                           "operations, the other of the two"},
    [IMPORT_TWO_LINES] = {"two-lines", 2, "identifiers, operations"},
    [IMPORT_SCRIPT] = {"script", 0, "no header"},
};

/* A word of a line. */
struct word {
    const char *text;
    size_t length; /* bytes; 0 if there is none */
};

/* A line of the header. */
struct head {
    uint64_t number;
    size_t line;
};

/* Identifiers that there is room for at first. */
#define FIRST_IDS ((size_t)1024)

/* A file being imported. */
struct importer {
    struct lines lines;
    struct trace *trace;
    struct import_summary *summary;
    size_t capacity; /* operations there is room for */
    struct head head[HEAD_MAX];
    size_t head_count;
    bool *known;       /* identifiers that were allocated before */
    size_t known_room; /* that known has an element for */
};

const char *import_layout_name(enum import_layout layout)
{
    return forms[layout].name;
}

bool import_layout_find(const char *name, enum import_layout *layout)
{
    for (int i = IMPORT_DETECT + 1; i < IMPORT_LAYOUTS; i++) {
        if (i != IMPORT_FOUR_LINES && strcmp(name, forms[i].name) == 0) {
            *layout = (enum import_layout)i;
            return true;
        }
    }
    return false;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Where the line at hand ends; in a script, where its comment begins. */
static const char *line_end(const struct importer *im)
{
    const char *end = im->lines.line + im->lines.length;

    if (im->summary->layout != IMPORT_SCRIPT)
        return end;
    for (const char *at = im->lines.line; at < end; at++)
        if (*at == '#' || (*at == '/' && at + 1 < end && at[1] == '/'))
            return at;
    return end;
}

/* Takes the next word of [*at, end), and moves *at behind it. */
static struct word take_word(const char **at, const char *end)
{
    struct word word;

    while (*at < end && is_blank(**at))
        ++*at;
    word.text = *at;
    while (*at < end && !is_blank(**at))
        ++*at;
    word.length = (size_t)(*at - word.text);
    return word;
}

static bool word_is(const struct word *word, const char *text)
{
    return word->length == strlen(text) &&
           memcmp(word->text, text, word->length) == 0;
}

/* Takes the number that a word is, if it is one of the format. */
static bool word_number(const struct word *word, uint64_t *number)
{
    const char *end = word->text + word->length;

    return trace_digits(word->text, end, number) == end;
}

/* Refuses word, which should be a number up to most. */
static bool refuse_number(const struct importer *im, const char *what,
                          const struct word *word, uint64_t most)
{
    return lines_refuse(&im->lines,
                        "expected %s from 0 to %" PRIu64 ", found %s%s", what,
                        most, trace_quote(word->text, word->length).text,
                        trace_digits_fault(word->text, word->length));
}

/* Returns true if the line at hand is a number, or begins like one. */
static bool is_number_line(const struct importer *im)
{
    const char *at = im->lines.line;
    struct word word = {.length = 0};

    if (at != NULL)
        word = take_word(&at, at + im->lines.length);
    return word.length > 0 && ((*word.text >= '0' && *word.text <= '9') ||
                               *word.text == '-' || *word.text == '+');
}

/* Takes the next line that is not blank. */
static bool next_line(struct importer *im)
{
    do {
        if (!lines_next(&im->lines))
            return false;
    } while (im->lines.line != NULL &&
             strspn(im->lines.line, " \t") >= im->lines.length);
    return true;
}

/* Takes the lines that are a number alone; the one behind them is at hand. */
static bool read_head(struct importer *im)
{
    if (!next_line(im))
        return false;
    while (is_number_line(im)) {
        const char *at = im->lines.line;
        const char *end = at + im->lines.length;
        struct word word = take_word(&at, end);
        uint64_t number = 0;
        if (take_word(&at, end).length > 0)
            return lines_refuse(&im->lines,
                                "expected a number alone in a line of the "
                                "header, found %s",
                                lines_found(&im->lines).text);
        if (!word_number(&word, &number))
            return refuse_number(im, "a number", &word, UINT64_MAX);
        if (im->head_count == HEAD_MAX)
            return lines_refuse(&im->lines,
                                "expected an operation after a header of at "
                                "most %zu lines, found %s",
                                HEAD_MAX, lines_found(&im->lines).text);
        im->head[im->head_count++] =
            (struct head){.number = number, .line = im->lines.number};
        if (!next_line(im))
            return false;
    }
    return true;
}

/* Which of the layouts with a header of four lines it is. */
static bool order_of_four(struct importer *im)
{
    bool first = im->head[0].number <= WEIGHT_MAX;
    bool last = im->head[3].number <= WEIGHT_MAX;

    if (!first && !last)
        return trace_refuse(
            im->lines.error, im->lines.name, im->head[3].line,
            "expected a weight from 0 to %" PRIu64 " here or in line %zu, "
            "found %" PRIu64 " and %" PRIu64 "; if the file is right, say "
            "--layout weight-first or --layout size-first",
            WEIGHT_MAX, im->head[0].line, im->head[3].number,
            im->head[0].number);
    im->summary->layout = !last   ? IMPORT_WEIGHT_FIRST
                          : first ? IMPORT_FOUR_LINES
                                  : IMPORT_SIZE_FIRST;
    return true;
}

/* Sets the layout by the header, or checks the one that is asked for. */
static bool settle_layout(struct importer *im, enum import_layout asked)
{
    const struct form *form = &forms[asked];

    im->summary->layout = asked;
    if (asked != IMPORT_DETECT && im->head_count == form->head)
        return true;
    if (asked != IMPORT_DETECT)
        return lines_refuse(&im->lines,
                            "expected %zu lines with a number before this "
                            "one (%s: %s), found %zu; leave --layout out, or "
                            "give another",
                            form->head, form->name, form->meaning,
                            im->head_count);
    if (im->head_count == forms[IMPORT_SIZE_FIRST].head)
        return order_of_four(im);
    im->summary->layout =
        im->head_count == 0 ? IMPORT_SCRIPT : IMPORT_TWO_LINES;
    return im->head_count == forms[im->summary->layout].head ||
           lines_refuse(&im->lines,
                        "expected a header of 4 lines with a number each, of "
                        "2, or of none before this line, found %zu",
                        im->head_count);
}

/* Notes that an identifier is allocated. */
static bool make_known(struct importer *im, uint32_t id)
{
    if (id >= im->known_room) {
        size_t more = im->known_room > 0 ? im->known_room : FIRST_IDS;
        while (more <= id)
            more *= 2;
        bool *known = realloc(im->known, more * sizeof *known);
        if (known == NULL)
            return lines_no_memory(&im->lines);
        memset(known + im->known_room, 0,
               (more - im->known_room) * sizeof *known);
        im->known = known;
        im->known_room = more;
    }
    im->known[id] = true;
    return true;
}

/* Appends op, which the line at hand says, to the trace. */
static bool push(struct importer *im, struct op op)
{
    return lines_push(&im->lines, im->trace, &im->capacity, &op);
}

/*
 * Takes an operation whose numbers are in range. With a header, identifiers
 * are pointers that begin as NULL: resizing one that was never allocated is
 * an allocation, as realloc() has it.
 */
static bool take_op(struct importer *im, struct op op)
{
    bool known = op.id < im->known_room && im->known[op.id];

    if (op.kind == OP_REALLOC && op.size == 0)
        return lines_refuse(
            &im->lines,
            "expected a size from 1 on after 'r': some C "
            "libraries free the block where the size is 0 and "
            "some keep it; write 'f %" PRIu32 "' or 'r %" PRIu32 " 1'",
            op.id, op.id);
    if (op.kind == OP_REALLOC && !known &&
        im->summary->layout != IMPORT_SCRIPT) {
        op.kind = OP_MALLOC;
        im->summary->first_resizes++;
    }
    return (op.kind != OP_MALLOC || known || make_known(im, op.id)) &&
           push(im, op);
}

/* Refuses the line at hand for its form. */
static bool refuse_form(const struct importer *im)
{
    static const char own[] = "heaplab trace ";

    if (im->lines.length >= strlen(own) &&
        memcmp(im->lines.line, own, strlen(own)) == 0)
        return lines_refuse(&im->lines,
                            "expected a foreign file, found a trace of this "
                            "kit, which can be used as it is");
    return lines_refuse(&im->lines,
                        "expected 'a ID SIZE', 'r ID SIZE' or 'f ID'%s, "
                        "found %s",
                        im->summary->layout == IMPORT_SCRIPT
                            ? " (and comments after # or //)"
                            : "",
                        lines_found(&im->lines).text);
}

/* Takes the line at hand, which is not blank and not a comment. */
static bool take_line(struct importer *im, const char *at, const char *end)
{
    struct word letter = take_word(&at, end);
    struct word id = take_word(&at, end);
    struct word size = take_word(&at, end);
    uint64_t numbers[2] = {0, 0};
    bool frees = word_is(&letter, "f");
    bool resizes = word_is(&letter, "r");

    if ((!frees && !resizes && !word_is(&letter, "a")) || id.length == 0 ||
        (size.length == 0) != frees || take_word(&at, end).length > 0)
        return refuse_form(im);
    if (frees && word_is(&id, "-1") && im->summary->layout != IMPORT_SCRIPT) {
        im->summary->null_frees++;
        return true;
    }
    if (!word_number(&id, &numbers[0]) || numbers[0] >= TRACE_IDS_MAX)
        return refuse_number(im, "an identifier", &id, TRACE_IDS_MAX - 1);
    if (!frees &&
        (!word_number(&size, &numbers[1]) || numbers[1] > TRACE_SIZE_MAX))
        return refuse_number(im, "a size", &size, TRACE_SIZE_MAX);
    return take_op(im, (struct op){.kind = (uint8_t)(frees     ? OP_FREE
                                                     : resizes ? OP_REALLOC
                                                               : OP_MALLOC),
                                   .id = (uint32_t)numbers[0],
                                   .size = numbers[1]});
}

/* Takes the lines from the one at hand to the end of the file. */
static bool read_body(struct importer *im)
{
    while (im->lines.line != NULL) {
        const char *at = im->lines.line;
        const char *end = line_end(im);
        const char *first = at;
        if (take_word(&first, end).length > 0 && !take_line(im, at, end))
            return false;
        if (!next_line(im))
            return false;
    }
    return im->trace->op_count > 0 ||
           lines_refuse(&im->lines, "expected an operation, found the end of "
                                    "the file");
}

/* Proves that the operations are sound and that the header fits them. */
static bool check_body(struct importer *im)
{
    struct lines *l = &im->lines;
    struct trace *trace = im->trace;
    size_t count = trace->op_count + im->summary->null_frees;
    struct trace_totals totals;

    if (!trace_walk(trace, l->name, &totals, l->error))
        return false;
    trace->id_count = totals.id_count;
    trace->live_peak = totals.live_peak;
    trace->threads = totals.threads;
    if (im->head_count == 0)
        return true;
    const struct head *ids = &im->head[im->head_count / 2 - 1];
    const struct head *ops = ids + 1;
    if (ids->number != totals.id_count)
        return trace_refuse(l->error, l->name, ids->line,
                            "identifiers: expected %zu (the largest, %zu, "
                            "stands in line %" PRIu32 "), found %" PRIu64,
                            totals.id_count, totals.id_count - 1,
                            trace->lines[totals.largest_at], ids->number);
    return ops->number == count ||
           trace_refuse(l->error, l->name, ops->line,
                        "operations: expected %zu, as many as lines follow, "
                        "found %" PRIu64 "; a line is missing or too many, "
                        "or the file was cut off",
                        count, ops->number);
}

/* Fills in title, about and make. */
static bool describe(struct importer *im)
{
    const char *name = im->lines.name;
    const char *slash = strrchr(name, '/');
    const struct form *form = &forms[im->summary->layout];
    struct trace *trace = im->trace;

    name = slash != NULL ? slash + 1 : name;
    if (trace_value_fault(name, strlen(name)) != NULL)
        name = "a file";
    if (asprintf(&trace->title, "%s, imported", name) < 0)
        trace->title = NULL;
    if (asprintf(&trace->about, "Imported from the layout %s: %s.",
                 form->name, form->meaning) < 0)
        trace->about = NULL;
    if (asprintf(&trace->make, "by hand: imported from %s", name) < 0)
        trace->make = NULL;
    return (trace->title != NULL && trace->about != NULL &&
            trace->make != NULL) ||
           lines_no_memory(&im->lines);
}

struct trace *trace_import_stream(FILE *in, const char *name,
                                  enum import_layout layout,
                                  struct import_summary *summary,
                                  struct trace_error *error)
{
    struct importer im = {.trace = calloc(1, sizeof *im.trace),
                          .summary = summary};
    bool done = lines_open(&im.lines, in, name, error) && im.trace != NULL;

    *summary = (struct import_summary){.layout = layout};
    im.lines.foreign = true;
    if (!done)
        lines_no_memory(&im.lines);
    else
        done = read_head(&im) && settle_layout(&im, layout) &&
               read_body(&im) && check_body(&im) && describe(&im);
    lines_close(&im.lines);
    free(im.known);
    if (done)
        return im.trace;
    trace_free(im.trace);
    return NULL;
}

struct trace *trace_import(const char *path, enum import_layout layout,
                           struct import_summary *summary,
                           struct trace_error *error)
{
    struct trace *trace = NULL;

    if (strcmp(path, "-") == 0)
        return trace_import_stream(stdin, "standard input", layout, summary,
                                   error);
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        trace_refuse(error, path, 0,
                     "cannot be opened: %s; check the name and whether you "
                     "may read it",
                     strerror(errno));
        return NULL;
    }
    trace = trace_import_stream(in, path, layout, summary, error);
    (void)fclose(in);
    return trace;
}
