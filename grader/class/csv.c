/*
 * csv.c - tables as text (RFC 4180).
 */
#include "grader/class/csv.h"

#include "grader/class/printable.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A table being read. Cells are unquoted where they lie. */
struct reader {
    struct csv_table *table;
    const char *path;
    char *error;
    size_t size;
    char *at;          /* what is not read yet; ended by a NUL */
    size_t line;       /* that at is in */
    size_t cells;      /* of the table so far */
    size_t cells_room; /* of table->cell */
    size_t rows_room;  /* of table->line */
};

__attribute__((format(printf, 3, 4))) static bool
refuse(const struct reader *reader, size_t line, const char *format, ...)
{
    char why[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    if (line > 0)
        snprintf(reader->error, reader->size, "%s:%zu: %s", reader->path,
                 line, why);
    else
        snprintf(reader->error, reader->size, "%s: %s", reader->path, why);
    return false;
}

/* Reads the whole file into table->text. */
static bool load(struct reader *reader, size_t *length)
{
    FILE *in = fopen(reader->path, "re");
    bool failed;

    if (in == NULL)
        return refuse(reader, 0, "%s", strerror(errno));
    reader->table->text = malloc(CSV_MAX + 2);
    if (reader->table->text == NULL) {
        fclose(in);
        return refuse(reader, 0, "no memory to read it");
    }
    *length = fread(reader->table->text, 1, CSV_MAX + 1, in);
    failed = ferror(in) != 0;
    fclose(in);
    if (failed)
        return refuse(reader, 0, "it cannot be read");
    if (*length > CSV_MAX)
        return refuse(reader, 0, "at most %zu MiB are read", CSV_MAX >> 20);
    reader->table->text[*length] = '\0';
    return true;
}

/* Is the whole of it UTF-8, without a NUL? */
static bool is_text(const struct reader *reader, size_t length)
{
    const char *end = reader->table->text + length;
    size_t line = 1;

    for (const char *at = reader->table->text; at < end;) {
        bool fit;
        size_t step;
        if (*at == '\0')
            return refuse(reader, line, "a NUL is no text");
        step = printable_next(at, &fit);
        if (step == 1 && (unsigned char)*at >= 0x80)
            return refuse(reader, line, "this is not UTF-8");
        if (*at == '\n')
            line++;
        at += step;
    }
    return true;
}

static bool keep_cell(struct reader *reader, const char *cell)
{
    struct csv_table *table = reader->table;

    if (reader->cells == reader->cells_room) {
        size_t room = reader->cells_room * 2 + 64;
        const char **more =
            realloc((void *)table->cell, room * sizeof(*more));
        if (more == NULL)
            return refuse(reader, 0, "no memory to read it");
        table->cell = more;
        reader->cells_room = room;
    }
    table->cell[reader->cells++] = cell;
    return true;
}

static bool keep_row(struct reader *reader, size_t line)
{
    struct csv_table *table = reader->table;

    if (table->rows == reader->rows_room) {
        size_t room = reader->rows_room * 2 + 64;
        size_t *more = realloc(table->line, room * sizeof(*more));
        if (more == NULL)
            return refuse(reader, 0, "no memory to read it");
        table->line = more;
        reader->rows_room = room;
    }
    table->line[table->rows++] = line;
    return true;
}

/* Takes a cell in quotes, which stand at reader->at; *to is its end then. */
static bool take_quoted(struct reader *reader, char **to)
{
    size_t opened = reader->line;

    reader->at++;
    while (reader->at[0] != '"' || reader->at[1] == '"') {
        if (*reader->at == '\0')
            return refuse(reader, opened, "a quote is not closed");
        if (*reader->at == '\n')
            reader->line++;
        if (*reader->at == '"')
            reader->at++;
        *(*to)++ = *reader->at++;
    }
    reader->at++;
    if (strchr(",\r\n", *reader->at) == NULL)
        return refuse(reader, reader->line,
                      "a comma or the end of the line was expected after a "
                      "closing quote");
    return true;
}

/* Takes a cell, and *mark, what stood behind it: ',', or '\n' for the end. */
static bool take_cell(struct reader *reader, char *mark)
{
    char *cell = reader->at;
    char *to = cell;

    if (*cell == '"') {
        if (!take_quoted(reader, &to))
            return false;
    } else {
        reader->at += strcspn(cell, ",\r\n\"");
        to = reader->at;
    }
    if (*reader->at == '"')
        return refuse(reader, reader->line,
                      "a cell with a quote in it stands in quotes, and the "
                      "quote is doubled");
    if (reader->at[0] == '\r' && reader->at[1] != '\n')
        return refuse(reader, reader->line,
                      "a newline was expected after a carriage return");
    *mark = *reader->at == ',' ? ',' : '\n';
    reader->at += *reader->at == '\r';
    reader->at += *reader->at != '\0';
    *to = '\0';
    return keep_cell(reader, cell);
}

static bool take_row(struct reader *reader)
{
    struct csv_table *table = reader->table;
    size_t line = reader->line;
    size_t before = reader->cells;
    char mark = ',';

    while (mark == ',') {
        if (!take_cell(reader, &mark))
            return false;
    }
    reader->line++;
    if (table->rows == 0)
        table->columns = reader->cells;
    if (reader->cells - before != table->columns)
        return refuse(reader, line,
                      "the header has %zu cells, and this row has %zu",
                      table->columns, reader->cells - before);
    return keep_row(reader, line);
}

bool csv_read(struct csv_table *table, const char *path, char *error,
              size_t size)
{
    struct reader reader = {.table = table, .path = path, .line = 1};
    size_t length = 0;

    reader.error = error;
    reader.size = size;
    memset(table, 0, sizeof(*table));
    if (!load(&reader, &length) || !is_text(&reader, length))
        return false;
    reader.at = table->text;
    if (strncmp(reader.at, "\xef\xbb\xbf", 3) == 0)
        reader.at += 3;
    if (*reader.at == '\0')
        return refuse(&reader, 1, "a header was expected");
    while (*reader.at != '\0') {
        if (!take_row(&reader))
            return false;
    }
    return true;
}

void csv_free(struct csv_table *table)
{
    free(table->text);
    free((void *)table->cell);
    free(table->line);
    memset(table, 0, sizeof(*table));
}

const char *csv_cell(const struct csv_table *table, size_t row, size_t column)
{
    return table->cell[row * table->columns + column];
}

static void begin_cell(struct csv *csv)
{
    if (csv->begun)
        putc(',', csv->out);
    csv->begun = true;
}

/* Would a spreadsheet take it for a formula? Some skip blanks, and some take
   the wide forms of the signs as well. */
static bool is_formula(const char *text)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b",
                                       "\xef\xbc\x8d", "\xef\xbc\xa0"};

    text += strspn(text, " ");
    if (*text != '\0' && strchr("=+-@\t\r\n", *text) != NULL)
        return true;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        if (strncmp(text, wide[i], 3) == 0)
            return true;
    }
    return false;
}

void csv_text(struct csv *csv, const char *text)
{
    size_t length = strlen(text);
    bool quoted = strpbrk(text, ",\"") != NULL || text[0] == ' ' ||
                  (length > 0 && text[length - 1] == ' ');

    begin_cell(csv);
    if (quoted)
        putc('"', csv->out);
    if (is_formula(text))
        putc('\'', csv->out);
    while (*text != '\0') {
        bool fit;
        size_t step = printable_next(text, &fit);
        if (*text == '"')
            putc('"', csv->out);
        if (fit)
            fwrite(text, 1, step, csv->out);
        else
            putc('?', csv->out);
        text += step;
    }
    if (quoted)
        putc('"', csv->out);
}

void csv_integer(struct csv *csv, long long value)
{
    begin_cell(csv);
    fprintf(csv->out, "%lld", value);
}

void csv_empty(struct csv *csv)
{
    begin_cell(csv);
}

void csv_end_row(struct csv *csv)
{
    putc('\n', csv->out);
    csv->begun = false;
}
