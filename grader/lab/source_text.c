/*
 * source_text.c - reads a C file as far as it takes to find its functions.
 */
#include "grader/lab/source_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a stretch of text is. */
enum token {
    TOKEN_END,
    TOKEN_SPACE, /* blanks and newlines */
    TOKEN_COMMENT,
    TOKEN_PREPROCESSOR, /* a line with #, and what it is continued by */
    TOKEN_LITERAL,      /* a string or a character */
    TOKEN_WORD,         /* identifier, keyword, number */
    TOKEN_MARK,         /* any other single character */
    TOKEN_BAD,          /* not ended */
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Returns the end of what begins at at and is ended by what closes it. */
static size_t end_of_literal(const char *text, size_t at)
{
    char quote = text[at++];

    while (text[at] != '\0' && text[at] != '\n' && text[at] != quote)
        at += text[at] == '\\' && text[at + 1] != '\0' ? 2 : 1;
    return text[at] == quote ? at + 1 : 0;
}

static size_t end_of_line(const char *text, size_t at)
{
    while (text[at] != '\0' && (text[at] != '\n' || text[at - 1] == '\\'))
        at++;
    return at;
}

/* Is the token at at the first thing on its line? */
static bool begins_line(const char *text, size_t at)
{
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t'))
        at--;
    return at == 0 || text[at - 1] == '\n';
}

/* Tells the kind of the token at at, and sets *end to one past it. */
static enum token token_at(const char *text, size_t at, size_t *end)
{
    *end = at;
    if (text[at] == '\0')
        return TOKEN_END;
    if (isspace((unsigned char)text[at])) {
        while (isspace((unsigned char)text[*end]))
            (*end)++;
        return TOKEN_SPACE;
    }
    if (text[at] == '/' && text[at + 1] == '*') {
        const char *close = strstr(text + at + 2, "*/");
        *end = close != NULL ? (size_t)(close - text) + 2 : at;
        return close != NULL ? TOKEN_COMMENT : TOKEN_BAD;
    }
    if (text[at] == '/' && text[at + 1] == '/') {
        *end = end_of_line(text, at);
        return TOKEN_COMMENT;
    }
    if (text[at] == '#' && begins_line(text, at)) {
        *end = end_of_line(text, at);
        return TOKEN_PREPROCESSOR;
    }
    if (text[at] == '"' || text[at] == '\'') {
        *end = end_of_literal(text, at);
        return *end != 0 ? TOKEN_LITERAL : TOKEN_BAD;
    }
    while (is_word(text[*end]))
        (*end)++;
    if (*end > at)
        return TOKEN_WORD;
    *end = at + 1;
    return TOKEN_MARK;
}

bool source_text_uses(const struct source_text *source, size_t from,
                      size_t to, const char *word, size_t length)
{
    size_t end;

    for (size_t at = from; at < to; at = end) {
        enum token token = token_at(source->text, at, &end);
        if (token == TOKEN_END || token == TOKEN_BAD)
            return false;
        if ((token == TOKEN_WORD && end - at == length &&
             strncmp(source->text + at, word, length) == 0))
            return true;
    }
    return false;
}

const struct item *source_text_function(const struct source_text *source,
                                        const char *name, size_t name_length)
{
    for (size_t i = 0; i < source->item_count; i++) {
        const struct item *item = &source->items[i];
        if (item->is_function && item->name_length == name_length &&
            strncmp(source->text + item->name, name, name_length) == 0)
            return item;
    }
    return NULL;
}

/* What is known while an item is being read. */
struct reading {
    struct item item;
    bool begun;       /* has a token, not only comments */
    int depth;        /* of braces and parentheses */
    size_t last_word; /* the last word at depth 0, and its length */
    size_t last_length;
    size_t open;    /* the last '(' at depth 0 */
    size_t close;   /* its ')' */
    char last_mark; /* the last token at depth 0, if it was a mark */
    bool in_body;   /* of a function */
};

/* Takes in a word at the top of an item. */
static void take_word(struct reading *reading, const char *text, size_t at,
                      size_t end)
{
    if (reading->depth > 0)
        return;
    if (end - at == 6 && strncmp(text + at, "static", 6) == 0)
        reading->item.is_static = true;
    reading->last_word = at;
    reading->last_length = end - at;
    reading->last_mark = '\0';
}

/* A '{' at depth 0: does a function's body begin? */
static void open_brace(struct reading *reading, size_t at)
{
    struct item *item = &reading->item;

    if (reading->depth > 0 || reading->last_mark != ')')
        return;
    item->is_function = true;
    item->body = at;
    item->parameters = reading->open;
    item->parameters_end = reading->close;
    reading->in_body = true;
}

/* Takes in a mark. Returns true if it ends the item. */
static bool take_mark(struct reading *reading, char mark, size_t at)
{
    struct item *item = &reading->item;

    if (mark == '{')
        open_brace(reading, at);
    if (mark == '(' && reading->depth == 0) {
        reading->open = at;
        item->name = reading->last_word;
        item->name_length = reading->last_length;
    }
    if (mark == '{' || mark == '(' || mark == '[')
        reading->depth++;
    if (mark == '}' || mark == ')' || mark == ']')
        reading->depth--;
    if (reading->depth > 0)
        return false;
    if (mark == ')')
        reading->close = at;
    reading->last_mark = mark;
    return mark == ';' || (mark == '}' && reading->in_body);
}

static unsigned line_of_offset(const char *text, size_t at)
{
    unsigned line = 1;

    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n';
    return line;
}

/* Adds an item that ends at end; the rest of its line belongs to it. */
static bool add_item(struct source_text *source, struct reading *reading,
                     size_t end)
{
    struct item *item = &reading->item;

    if (source->item_count == ITEMS_MAX)
        return false;
    item->end = end + (source->text[end] == '\n');
    source->items[source->item_count++] = *item;
    *reading = (struct reading){.item = {.start = item->end}};
    return true;
}

/* Takes the text apart. Returns the offset of what it cannot; or length. */
static size_t find_items(struct source_text *source)
{
    const char *text = source->text;
    struct reading reading = {.depth = 0};
    size_t at, end;

    for (at = 0; text[at] != '\0'; at = end) {
        enum token token = token_at(text, at, &end);
        bool over = false;
        if (token == TOKEN_BAD)
            return at;
        if (token == TOKEN_SPACE || token == TOKEN_COMMENT) {
            /* An empty line ends what belongs to nothing yet: comments. */
            continue;
        }
        if (token == TOKEN_PREPROCESSOR && reading.depth > 0)
            return at; /* #if inside a function: lint forbids it */
        if (!reading.begun)
            reading.item.head = at;
        reading.begun = true;
        if (token == TOKEN_WORD)
            take_word(&reading, text, at, end);
        if (token == TOKEN_MARK)
            over = take_mark(&reading, text[at], at);
        if (reading.depth < 0)
            return at;
        if ((over || token == TOKEN_PREPROCESSOR) &&
            !add_item(source, &reading, end))
            return at;
    }
    return reading.begun ? reading.item.head : at;
}

bool source_text_open(struct source_text *source, const char *path,
                      char *error, size_t size)
{
    FILE *in = fopen(path, "re");
    size_t stop;

    memset(source, 0, sizeof(*source));
    if (in == NULL) {
        snprintf(error, size, "%s: %s", path, strerror(errno));
        return false;
    }
    source->text = calloc(1, 1 << 20);
    if (source->text != NULL)
        source->length = fread(source->text, 1, (1 << 20) - 1, in);
    fclose(in);
    if (source->text == NULL)
        return false;
    stop = find_items(source);
    if (stop == source->length)
        return true;
    snprintf(error, size, "%s:%u: this cannot be taken apart into functions",
             path, line_of_offset(source->text, stop));
    source_text_close(source);
    return false;
}

void source_text_close(struct source_text *source)
{
    free(source->text);
    source->text = NULL;
}
