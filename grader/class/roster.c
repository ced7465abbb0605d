/*
 * roster.c - reads a roster.
 */
#include "grader/class/roster.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_COLUMN ((size_t)-1)

/* A roster being read. */
struct reader {
    struct roster *roster;
    size_t file, identity, submitted; /* columns */
    size_t with_zone, without; /* the first lines that have such a time; 0 */
    char *error;
    size_t size;
};

__attribute__((format(printf, 3, 4))) static bool
refuse(const struct reader *reader, size_t line, const char *format, ...)
{
    char why[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    snprintf(reader->error, reader->size, "%s:%zu: %s", reader->roster->path,
             line, why);
    return false;
}

/* --- times ---------------------------------------------------------------- */

/* Reads exactly digits decimal digits, and moves *at behind them. */
static bool take_digits(const char **at, int digits, int *value)
{
    *value = 0;
    while (digits-- > 0) {
        if (!isdigit((unsigned char)**at))
            return false;
        *value = *value * 10 + *(*at)++ - '0';
    }
    return true;
}

static bool take_mark(const char **at, const char *marks)
{
    if (**at == '\0' || strchr(marks, **at) == NULL)
        return false;
    (*at)++;
    return true;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int64_t days_to(int year, int month, int day)
{
    static const int before[] = {0,   31,  59,  90,  120, 151,
                                 181, 212, 243, 273, 304, 334};
    int64_t past = year - 1; /* whole years since the year 1 */
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return past * 365 + past / 4 - past / 100 + past / 400 - 719162 +
           before[month - 1] + (leap && month > 2) + day - 1;
}

static bool is_date(int year, int month, int day)
{
    return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
           day <= 31 && /* the first of the next month is later */
           (month == 12 ||
            days_to(year, month, day) < days_to(year, month + 1, 1));
}

/* Reads seconds and what follows a point, in microseconds. */
static bool take_seconds(const char **at, int64_t *micros)
{
    int seconds;
    int64_t unit = 1000000;

    if (!take_digits(at, 2, &seconds) || seconds > 60)
        return false;
    *micros = seconds * unit;
    if (!take_mark(at, ".,"))
        return true;
    if (!isdigit((unsigned char)**at))
        return false;
    for (; isdigit((unsigned char)**at); (*at)++) {
        unit /= 10;
        *micros += (**at - '0') * unit;
    }
    return true;
}

/* Reads a zone, in minutes east of UTC; *zoned says whether there is one. */
static bool take_zone(const char **at, bool *zoned, int *minutes)
{
    char sign = **at;
    int hour;

    *minutes = 0;
    *zoned = sign != '\0';
    if (!*zoned || take_mark(at, "Zz"))
        return true;
    if (!take_mark(at, "+-") || !take_digits(at, 2, &hour) || hour > 23)
        return false;
    if (**at != '\0') {
        take_mark(at, ":");
        if (!take_digits(at, 2, minutes) || *minutes > 59)
            return false;
    }
    *minutes += hour * 60;
    *minutes *= sign == '-' ? -1 : 1;
    return true;
}

/* Reads a time of ISO 8601 into microseconds since 1970. */
static bool read_time(const char *text, int64_t *at, bool *zoned)
{
    int year, month, day, hour, minute, zone;
    int64_t micros = 0;

    if (!take_digits(&text, 4, &year) || !take_mark(&text, "-") ||
        !take_digits(&text, 2, &month) || !take_mark(&text, "-") ||
        !take_digits(&text, 2, &day) || !is_date(year, month, day) ||
        !take_mark(&text, "Tt ") || !take_digits(&text, 2, &hour) ||
        !take_mark(&text, ":") || !take_digits(&text, 2, &minute) ||
        hour > 23 || minute > 59)
        return false;
    if (take_mark(&text, ":") && !take_seconds(&text, &micros))
        return false;
    if (!take_zone(&text, zoned, &zone) || *text != '\0')
        return false;
    *at = ((days_to(year, month, day) * 24 + hour) * 60 + minute - zone) *
              (int64_t)60000000 +
          micros;
    return true;
}

/* --- lines ---------------------------------------------------------------- */

/* Takes in the time of a line, if it has one. */
static bool take_time(struct reader *reader, struct roster_line *line)
{
    size_t *same = &reader->without;
    const size_t *other = &reader->with_zone;
    bool zoned;

    if (line->submitted[0] == '\0')
        return true;
    if (!read_time(line->submitted, &line->at, &zoned))
        return refuse(reader, line->number,
                      "a time like 2024-10-02T23:59:00+02:00 was expected, "
                      "not '%.60s'",
                      line->submitted);
    if (zoned) {
        same = &reader->with_zone;
        other = &reader->without;
    }
    if (*other != 0)
        return refuse(reader, line->number,
                      "this time has %s zone, unlike that of line %zu: they "
                      "cannot be compared",
                      zoned ? "a" : "no", *other);
    if (*same == 0)
        *same = line->number;
    return true;
}

/* Is the line at odds with one above it? */
static bool agrees(const struct reader *reader,
                   const struct roster_line *line)
{
    const struct roster *roster = reader->roster;

    for (const struct roster_line *above = roster->lines;
         line->file[0] != '\0' && above < line; above++) {
        if (strcmp(above->file, line->file) == 0)
            return refuse(reader, line->number,
                          "'%.255s' is in line %zu already", line->file,
                          above->number);
        if (above->file[0] != '\0' &&
            strcmp(above->identity, line->identity) == 0 &&
            (above->submitted[0] == '\0') != (line->submitted[0] == '\0'))
            return refuse(reader, line->number,
                          "of the submissions of '%.100s', this or that of "
                          "line %zu has no time: they cannot be compared",
                          line->identity, above->number);
    }
    return true;
}

static bool take_line(struct reader *reader, size_t row)
{
    struct roster *roster = reader->roster;
    const struct csv_table *table = &roster->table;
    struct roster_line *line = &roster->lines[roster->count++];
    size_t length;

    *line = (struct roster_line){
        .file = csv_cell(table, row, reader->file),
        .identity = csv_cell(table, row, reader->identity),
        .submitted = reader->submitted != NO_COLUMN
                         ? csv_cell(table, row, reader->submitted)
                         : "",
        .number = table->line[row]};
    length = strlen(line->identity);
    if (length == 0)
        return refuse(reader, line->number, "an identity was expected");
    if (line->identity[0] == ' ' || line->identity[length - 1] == ' ')
        return refuse(reader, line->number,
                      "the identity has a space at one end");
    return take_time(reader, line) && agrees(reader, line);
}

/* Finds the column called name; NO_COLUMN if there is none. */
static bool find_column(const struct reader *reader, const char *name,
                        size_t *column)
{
    const struct csv_table *table = &reader->roster->table;

    *column = NO_COLUMN;
    for (size_t i = 0; i < table->columns; i++) {
        if (strcmp(csv_cell(table, 0, i), name) != 0)
            continue;
        if (*column != NO_COLUMN)
            return refuse(reader, 1, "there are two columns '%s'", name);
        *column = i;
    }
    return true;
}

bool roster_read(struct roster *roster, const char *path, char *error,
                 size_t size)
{
    struct reader reader = {.roster = roster, .error = error, .size = size};

    memset(roster, 0, sizeof(*roster));
    if (!csv_read(&roster->table, path, error, size))
        return false;
    roster->path = strdup(path);
    roster->lines = calloc(roster->table.rows, sizeof(*roster->lines));
    if (roster->path == NULL || roster->lines == NULL) {
        snprintf(error, size, "%s: no memory to read it", path);
        return false;
    }
    if (!find_column(&reader, "file", &reader.file) ||
        !find_column(&reader, "identity", &reader.identity) ||
        !find_column(&reader, "submitted", &reader.submitted))
        return false;
    if (reader.file == NO_COLUMN || reader.identity == NO_COLUMN)
        return refuse(&reader, 1,
                      "columns 'file' and 'identity' were expected");
    for (size_t row = 1; row < roster->table.rows; row++) {
        if (!take_line(&reader, row))
            return false;
    }
    return true;
}

void roster_free(struct roster *roster)
{
    csv_free(&roster->table);
    free(roster->lines);
    free(roster->path);
    memset(roster, 0, sizeof(*roster));
}
