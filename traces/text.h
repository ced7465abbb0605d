/*
 * text.h - what the files of traces/ share about text: how a message about a
 * trace is put, how foreign bytes are shown in it, how numbers are read.
 */
#ifndef TRACES_TEXT_H
#define TRACES_TEXT_H

#include "traces/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes of what was found that a message shows. */
#define QUOTE_MAX ((size_t)40)

/* Bytes made fit to be shown: in quotes, control characters escaped. */
struct quote {
    char text[4 * QUOTE_MAX + 8];
};

/*
 * Shows the length bytes at bytes: 'a 1\t24'. A byte that is not printable
 * ASCII becomes \t, \n, \r or \xNN. What is longer than QUOTE_MAX is cut, and
 * "..." says so.
 */
struct quote trace_quote(const char *bytes, size_t length);

/*
 * Fills *error with "NAME:LINE: " and what format makes of its arguments;
 * without the line if line is 0. A very long name loses its beginning.
 * Returns false, always, so that a caller can return it.
 */
bool trace_refuse(struct trace_error *error, const char *name, size_t line,
                  const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * Returns what keeps length bytes at text from being text as the format has
 * it (UTF-8 without control characters), in words that follow "found"; or
 * NULL if it is.
 */
const char *trace_text_fault(const char *text, size_t length);

/*
 * The same for the text of a header line, which is moreover not empty and has
 * no space at either end.
 */
const char *trace_value_fault(const char *text, size_t length);

/*
 * Reads a number as the format has it, decimal digits without a sign and
 * without a leading zero, from [at, end). Returns where the digits stop and
 * fills *value; or NULL if there is no such number or it is above UINT64_MAX.
 */
const char *trace_digits(const char *at, const char *end, uint64_t *value);

/*
 * Returns the reason, in words that follow the number, why the length bytes
 * at text cannot be a number; "" if the reason is only that it is too small
 * or too large.
 */
const char *trace_digits_fault(const char *text, size_t length);

#endif
