/*
 * starter.c - makes what students start from out of the reference.
 */
#include "grader/lab/starter.h"

#include "allocators/registry.h"
#include "grader/lab/source_text.h"
#include "grader/subject.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PARAMETERS_MAX 16

/* What becomes of each item. */
enum fate { FATE_KEPT, FATE_EMPTIED, FATE_DROPPED };

struct starter {
    struct source_text source;
    enum fate fates[ITEMS_MAX];
    const struct blank *blanks[ITEMS_MAX]; /* of the emptied: which it is */
    size_t steps[ITEMS_MAX];               /* and the step, counted from 1 */
    const struct rubric *rubric;
};

/* Marks the functions that are to be emptied. */
static bool choose(struct starter *starter, size_t solved, char *error,
                   size_t size)
{
    for (size_t s = solved; s < starter->rubric->step_count; s++) {
        const struct step *step = &starter->rubric->steps[s];
        for (size_t i = 0; i < step->blank_count; i++) {
            const struct blank *blank = &step->blanks[i];
            const struct item *item = source_text_function(
                &starter->source, blank->name, strlen(blank->name));
            if (item == NULL) {
                snprintf(error, size,
                         "step %s: the reference has no function '%s'",
                         step->name, blank->name);
                return false;
            }
            starter->fates[item - starter->source.items] = FATE_EMPTIED;
            starter->blanks[item - starter->source.items] = blank;
            starter->steps[item - starter->source.items] = s + 1;
        }
    }
    return true;
}

/* Does anything that stays use the function of item i? */
static bool is_used(const struct starter *starter, size_t i)
{
    const struct source_text *source = &starter->source;
    const struct item *item = &source->items[i];

    for (size_t k = 0; k < source->item_count; k++) {
        const struct item *other = &source->items[k];
        size_t end =
            starter->fates[k] == FATE_EMPTIED ? other->body : other->end;
        if (k == i || starter->fates[k] == FATE_DROPPED)
            continue;
        if (source_text_uses(source, other->head, end,
                             source->text + item->name, item->name_length))
            return true;
    }
    return false;
}

/* Does the rubric say that starters keep the function of an item? */
static bool is_given(const struct starter *starter, const struct item *item)
{
    const char *name = starter->source.text + item->name;
    const char *at = starter->rubric->given;

    while (*at != '\0') {
        size_t length = strcspn(at, " ");
        if (length == item->name_length && strncmp(at, name, length) == 0)
            return true;
        at += length;
        at += strspn(at, " ");
    }
    return false;
}

/* Drops static functions that nothing uses any more, until none is left. */
static void drop_unused(struct starter *starter)
{
    bool dropped = true;

    while (dropped) {
        dropped = false;
        for (size_t i = 0; i < starter->source.item_count; i++) {
            const struct item *item = &starter->source.items[i];
            if (!item->is_function || !item->is_static ||
                starter->fates[i] != FATE_KEPT || is_used(starter, i) ||
                is_given(starter, item))
                continue;
            starter->fates[i] = FATE_DROPPED;
            dropped = true;
        }
    }
}

/* Prints "(void)name;" for the parameter that ends before end. */
static bool print_parameter(FILE *out, const char *text, size_t start,
                            size_t end)
{
    size_t name;

    while (end > start && isspace((unsigned char)text[end - 1]))
        end--;
    for (name = end; name > start; name--) {
        char c = text[name - 1];
        if (!isalnum((unsigned char)c) && c != '_')
            break;
    }
    if (name == end) /* an array, or a pointer to a function */
        return false;
    if (end - name == 4 && strncmp(text + name, "void", 4) == 0)
        return true;
    fprintf(out, "    (void)%.*s;\n", (int)(end - name), text + name);
    return true;
}

static bool print_parameters(FILE *out, const char *text,
                             const struct item *item)
{
    size_t start = item->parameters + 1;
    int depth = 0;

    for (size_t at = start; at <= item->parameters_end; at++) {
        if (text[at] == '(')
            depth++;
        if (text[at] == ')' && at < item->parameters_end)
            depth--;
        if ((text[at] == ',' && depth == 0) || at == item->parameters_end) {
            if (!print_parameter(out, text, start, at))
                return false;
            start = at + 1;
        }
    }
    return true;
}

/* The neutral value of a function by its type; NULL: it returns nothing. */
static const char *neutral(const char *text, const struct item *item)
{
    size_t length = item->name - item->head;
    const char *type = text + item->head;

    if (memchr(type, '*', length) != NULL)
        return "NULL";
    if (memmem(type, length, "bool", 4) != NULL)
        return "false";
    return memmem(type, length, "void", 4) != NULL ? NULL : "0";
}

static bool print_emptied(FILE *out, const struct starter *starter, size_t i)
{
    const struct item *item = &starter->source.items[i];
    const struct blank *blank = starter->blanks[i];
    const char *text = starter->source.text;
    const char *value = neutral(text, item);

    if (blank->value[0] != '\0')
        value = blank->value;
    fprintf(out, "%.*s{\n", (int)(item->body - item->start),
            text + item->start);
    fprintf(out, "    /* Step %zu, %s: yours to write. */\n",
            starter->steps[i],
            starter->rubric->steps[starter->steps[i] - 1].name);
    if (!print_parameters(out, text, item))
        return false;
    if (value != NULL)
        fprintf(out, "    return %s;\n", value);
    fprintf(out, "}\n");
    return true;
}

static bool print_items(FILE *out, const struct starter *starter, char *error,
                        size_t size)
{
    const struct source_text *source = &starter->source;

    for (size_t i = 0; i < source->item_count; i++) {
        const struct item *item = &source->items[i];
        if (starter->fates[i] == FATE_KEPT) {
            fwrite(source->text + item->start, 1, item->end - item->start,
                   out);
        } else if (starter->fates[i] == FATE_EMPTIED &&
                   !print_emptied(out, starter, i)) {
            snprintf(error, size, "%.*s: a parameter without a plain name",
                     (int)item->name_length, source->text + item->name);
            return false;
        }
    }
    return true;
}

bool starter_reference(char *path, const struct rubric *rubric, char *error,
                       size_t size)
{
    struct registry_error why;
    struct options options;
    const struct entry *entry =
        registry_find(rubric->allocator, &options, &why);
    char name[PATH_ROOM];

    if (entry == NULL) {
        snprintf(error, size, "lab %s: %s", rubric->lab, why.message);
        return false;
    }
    snprintf(name, sizeof(name), "allocators/%s.c", entry->symbol);
    path_kit(path, name);
    return true;
}

bool starter_write(FILE *out, const struct rubric *rubric, const char *path,
                   size_t solved, char *error, size_t size)
{
    struct starter *starter = calloc(1, sizeof(*starter));
    bool written = false;

    if (starter == NULL) {
        snprintf(error, size, "there is no memory for %s", path);
        return false;
    }
    starter->rubric = rubric;
    if (source_text_open(&starter->source, path, error, size)) {
        if (choose(starter, solved, error, size)) {
            drop_unused(starter);
            written = print_items(out, starter, error, size);
        }
        source_text_close(&starter->source);
    }
    free(starter);
    return written;
}
