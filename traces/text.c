/*
 * text.c - messages about traces, and the text and numbers in them.
 */
#include "traces/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The most characters of a file's name that a message shows. */
#define NAME_MAX_SHOWN ((size_t)180)

/* Writes one byte, escaped if need be, to out; returns how many it wrote. */
static size_t escape(char out[5], unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char plain[] = "\t\n\r\\";
    static const char letter[] = "tnr\\";
    size_t length = 0;

    if (byte >= ' ' && byte < 0x7f && byte != '\\') {
        out[length++] = (char)byte;
        return length;
    }
    const char *found = byte != 0 ? strchr(plain, byte) : NULL;
    out[length++] = '\\';
    if (found != NULL) {
        out[length++] = letter[found - plain];
    } else {
        out[length++] = 'x';
        out[length++] = hex[byte >> 4];
        out[length++] = hex[byte & 15];
    }
    return length;
}

struct quote trace_quote(const char *bytes, size_t length)
{
    struct quote quote;
    size_t shown = length < QUOTE_MAX ? length : QUOTE_MAX;
    size_t used = 0;

    quote.text[used++] = '\'';
    for (size_t i = 0; i < shown; i++)
        used += escape(quote.text + used, (unsigned char)bytes[i]);
    quote.text[used++] = '\'';
    memcpy(quote.text + used, shown < length ? "..." : "",
           shown < length ? sizeof "..." : sizeof "");
    return quote;
}

/*
 * Writes name, shown on one line, to out. Printable names stand as they are,
 * UTF-8 included; only what could spoil a terminal is escaped.
 */
static void show_name(char out[NAME_MAX_SHOWN + 8], const char *name)
{
    size_t length = strlen(name);
    size_t used = 0;

    if (length > NAME_MAX_SHOWN) {
        name += length - NAME_MAX_SHOWN + 3;
        memcpy(out, "...", 3);
        used = 3;
    }
    for (; *name != '\0' && used < NAME_MAX_SHOWN; name++) {
        if ((unsigned char)*name >= 0x80)
            out[used++] = *name;
        else
            used += escape(out + used, (unsigned char)*name);
    }
    out[used] = '\0';
}

bool trace_refuse(struct trace_error *error, const char *name, size_t line,
                  const char *format, ...)
{
    char shown[NAME_MAX_SHOWN + 8];
    size_t room = sizeof error->message;

    show_name(shown, name);
    int used = line == 0
                   ? snprintf(error->message, room, "%s: ", shown)
                   : snprintf(error->message, room, "%s:%zu: ", shown, line);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->message + used, room - (size_t)used, format,
                    arguments);
    va_end(arguments);
    return false;
}

/*
 * Returns how many bytes the UTF-8 character at text has, or 0 if none of the
 * forms of RFC 3629 is there. There are length bytes, at least one.
 */
static size_t utf8_length(const unsigned char *text, size_t length)
{
    size_t count = text[0] < 0x80   ? 1
                   : text[0] < 0xc2 ? 0
                   : text[0] < 0xe0 ? 2
                   : text[0] < 0xf0 ? 3
                   : text[0] < 0xf5 ? 4
                                    : 0;

    if (count > length)
        return 0;
    for (size_t i = 1; i < count; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((text[0] == 0xe0 && text[1] < 0xa0) || /* could be shorter */
        (text[0] == 0xed && text[1] > 0x9f) || /* surrogates */
        (text[0] == 0xf0 && text[1] < 0x90) || /* could be shorter */
        (text[0] == 0xf4 && text[1] > 0x8f))   /* above U+10FFFF */
        return 0;
    return count;
}

const char *trace_text_fault(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;

    while (length > 0) {
        size_t count = utf8_length(at, length);
        if (count == 0)
            return "bytes that are not UTF-8";
        bool c1 = count == 2 && at[0] == 0xc2 && at[1] < 0xa0;
        if (at[0] < ' ' || at[0] == 0x7f || c1)
            return "a control character";
        at += count;
        length -= count;
    }
    return NULL;
}

const char *trace_value_fault(const char *text, size_t length)
{
    if (length == 0)
        return "nothing";
    if (text[0] == ' ' || text[length - 1] == ' ')
        return "a space at one end";
    return trace_text_fault(text, length);
}

const char *trace_digits(const char *at, const char *end, uint64_t *value)
{
    const char *first = at;
    uint64_t number = 0;

    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        unsigned digit = (unsigned)(*at - '0');
        /* Nineteen digits always fit; only the twentieth can overflow. */
        if (at - first >= 19 && number > (UINT64_MAX - digit) / 10)
            return NULL;
        number = number * 10 + digit;
    }
    if (at == first || (*first == '0' && at - first > 1))
        return NULL;
    *value = number;
    return at;
}

const char *trace_digits_fault(const char *text, size_t length)
{
    bool sign = length > 0 && (text[0] == '-' || text[0] == '+');

    for (size_t i = sign ? 1 : 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9')
            return " (not a decimal number)";
    if (sign)
        return " (numbers have no sign)";
    if (length > 1 && text[0] == '0')
        return " (numbers have no leading zero)";
    return length == 0 ? " (not a decimal number)" : "";
}
