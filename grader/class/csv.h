/*
 * csv.h - tables as text (RFC 4180), read strictly and written safely.
 *
 * Cells are separated by commas. A cell that holds a comma, a quote or a
 * newline stands in quotes, and a quote in it is doubled. The first row is the
 * header, and every row has as many cells as it.
 *
 * Spreadsheets execute what begins like a formula, and what students call
 * their files comes here. So text that begins with = + - @, a tab or a
 * carriage return is written behind an apostrophe, and what printable.h
 * replaces is replaced. Lines end in a newline alone, as all files of the kit;
 * with a carriage return before it they are read as well.
 */
#ifndef GRADER_CLASS_CSV_H
#define GRADER_CLASS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Tables larger than this are not read, bytes. */
#define CSV_MAX ((size_t)16 << 20)

/* A table that was read. Row 0 is the header. */
struct csv_table {
    char *text;        /* what all cells lie in */
    const char **cell; /* row after row */
    size_t *line;      /* by row: where in the file it begins, from 1 */
    size_t columns;    /* in every row */
    size_t rows;       /* header included: 1 or more */
};

/*
 * Reads the table in the file at path, UTF-8, with or without a byte order
 * mark. Returns false, with "FILE:LINE: what was expected" in error, if it
 * cannot be read or is not as above. To be ended by csv_free(), either way.
 */
bool csv_read(struct csv_table *table, const char *path, char *error,
              size_t size);

void csv_free(struct csv_table *table);

/* Returns the cell; row and column must be there. */
const char *csv_cell(const struct csv_table *table, size_t row,
                     size_t column);

/* A table being written; {.out = file} begins one. */
struct csv {
    FILE *out;
    bool begun; /* has the row at hand a cell? */
};

/* Writes a cell of text, made safe. */
void csv_text(struct csv *csv, const char *text);

/* Writes a number, as it is. */
void csv_integer(struct csv *csv, long long value);

/* Writes a cell with nothing in it. */
void csv_empty(struct csv *csv);

/* Ends the row at hand. */
void csv_end_row(struct csv *csv);

#endif
