/*
 * json.h - a small writer of JSON. It is only ever written here, not read.
 *
 * Objects and lists are opened and closed in pairs; commas and indentation
 * are the writer's. name is the member's in an object, and NULL in a list.
 */
#ifndef GRADER_FIGURES_JSON_H
#define GRADER_FIGURES_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct json {
    FILE *out;
    int depth;
    bool first; /* is nothing in the innermost one yet? */
};

void json_open_object(struct json *json, const char *name);
void json_close_object(struct json *json);
void json_open_list(struct json *json, const char *name);
void json_close_list(struct json *json);

/* value NULL is null. */
void json_string(struct json *json, const char *name, const char *value);
void json_integer(struct json *json, const char *name, long long value);
void json_bool(struct json *json, const char *name, bool value);

/* With digits places after the point; what is not finite is null. */
void json_number(struct json *json, const char *name, double value,
                 int digits);

#endif
