/*
 * source_text.h - reads a C file as far as it takes to find its functions.
 *
 * What stands at the top level of a file is a sequence of items: definitions
 * of functions, other declarations, preprocessor lines. Strings, characters
 * and comments are known for what they are; macros are not expanded, so a
 * file that hides braces in them is refused.
 */
#ifndef GRADER_LAB_SOURCE_TEXT_H
#define GRADER_LAB_SOURCE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define ITEMS_MAX 512

/* One item. Offsets are into the text. */
struct item {
    size_t start;     /* of its first comment or token */
    size_t end;       /* one past its last character, newline included */
    bool is_function; /* a definition, with a body */
    bool is_static;   /* of a function */
    size_t head;      /* of a function: its first token */
    size_t name;      /* of a function: its name ... */
    size_t name_length;
    size_t parameters;     /* of a function: the '(' of its parameters ... */
    size_t parameters_end; /* ... and the ')' */
    size_t body;           /* of a function: its '{'; its '}' is end - 2 */
};

struct source_text {
    char *text; /* the whole file, ended by a NUL */
    size_t length;
    struct item items[ITEMS_MAX];
    size_t item_count;
};

/*
 * Reads the file at path and finds its items. Returns false, with
 * "FILE:LINE: what was expected" in error, if it cannot be read or taken
 * apart. To be ended by source_text_close().
 */
bool source_text_open(struct source_text *source, const char *path,
                      char *error, size_t size);

void source_text_close(struct source_text *source);

/* Returns the function called name, name_length characters, or NULL. */
const struct item *source_text_function(const struct source_text *source,
                                        const char *name, size_t name_length);

/*
 * Does the word of length characters stand as a token, outside comments and
 * strings, between the offsets from and to?
 */
bool source_text_uses(const struct source_text *source, size_t from,
                      size_t to, const char *word, size_t length);

#endif
