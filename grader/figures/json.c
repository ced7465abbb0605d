/*
 * json.c - a small writer of JSON (RFC 8259).
 */
#include "grader/figures/json.h"

#include <math.h>

/* Returns how many bytes the character at text has; 0: it is not UTF-8. */
static size_t character_length(const char *text)
{
    unsigned char lead = (unsigned char)text[0];
    size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

static void print_string(FILE *out, const char *text)
{
    fputc('"', out);
    while (*text != '\0') {
        unsigned char c = (unsigned char)*text;
        size_t length = character_length(text);
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", (unsigned)c);
        else if (length == 0)
            fputs("\\ufffd", out);
        else
            fwrite(text, 1, length, out);
        text += length > 0 ? length : 1;
    }
    fputc('"', out);
}

/* Begins a member of an object, or an element of a list. */
static void begin(struct json *json, const char *name)
{
    if (json->depth > 0)
        fprintf(json->out, "%s\n%*s", json->first ? "" : ",", 2 * json->depth,
                "");
    json->first = false;
    if (name != NULL) {
        print_string(json->out, name);
        fputs(": ", json->out);
    }
}

static void open_one(struct json *json, const char *name, char bracket)
{
    begin(json, name);
    fputc(bracket, json->out);
    json->depth++;
    json->first = true;
}

static void close_one(struct json *json, char bracket)
{
    json->depth--;
    if (!json->first)
        fprintf(json->out, "\n%*s", 2 * json->depth, "");
    fputc(bracket, json->out);
    json->first = false;
    if (json->depth == 0)
        fputc('\n', json->out);
}

void json_open_object(struct json *json, const char *name)
{
    open_one(json, name, '{');
}

void json_close_object(struct json *json)
{
    close_one(json, '}');
}

void json_open_list(struct json *json, const char *name)
{
    open_one(json, name, '[');
}

void json_close_list(struct json *json)
{
    close_one(json, ']');
}

void json_string(struct json *json, const char *name, const char *value)
{
    begin(json, name);
    if (value == NULL)
        fputs("null", json->out);
    else
        print_string(json->out, value);
}

void json_integer(struct json *json, const char *name, long long value)
{
    begin(json, name);
    fprintf(json->out, "%lld", value);
}

void json_bool(struct json *json, const char *name, bool value)
{
    begin(json, name);
    fputs(value ? "true" : "false", json->out);
}

void json_number(struct json *json, const char *name, double value,
                 int digits)
{
    begin(json, name);
    if (isfinite(value))
        fprintf(json->out, "%.*f", digits, value);
    else
        fputs("null", json->out);
}
