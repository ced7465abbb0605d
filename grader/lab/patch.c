/*
 * patch.c - unified diffs, applied to a text in memory.
 */
#include "grader/lab/patch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hunk: the lines before and after the change. */
struct hunk {
    char old[8192];
    char new[8192];
    bool too_long; /* for either */
};

/* Adds a line to one side of a hunk. */
static void add_line(struct hunk *hunk, char *side, const char *text)
{
    size_t used = strlen(side);
    size_t more = strlen(text) + 1;

    if (used + more <= sizeof(hunk->old))
        memcpy(side + used, text, more);
    else
        hunk->too_long = true;
}

/* Adds a line of a hunk to one of its sides, or both. */
static void take_line(struct patch *patch, struct hunk *hunk,
                      const char *line)
{
    const char *text = *line == '\n' ? line : line + 1;

    patch->added += *line == '+';
    patch->removed += *line == '-';
    if (*line != '+')
        add_line(hunk, hunk->old, text);
    if (*line != '-')
        add_line(hunk, hunk->new, text);
}

/* Puts the new side of a hunk in the place of the old one, which is there
   once. Returns the new text, and frees the old one; or NULL. */
static char *apply_hunk(char *text, const struct hunk *hunk)
{
    char *at = strstr(text, hunk->old);
    char *changed = NULL;

    if (at != NULL && !hunk->too_long && hunk->old[0] != '\0' &&
        strstr(at + 1, hunk->old) == NULL &&
        asprintf(&changed, "%.*s%s%s", (int)(at - text), text, hunk->new,
                 at + strlen(hunk->old)) < 0)
        changed = NULL;
    free(text);
    return changed;
}

/* Applies all hunks to text, which it frees. Returns the new one, or NULL. */
static char *apply(struct patch *patch, char *text, FILE *in)
{
    struct hunk hunk = {.old = ""};
    char line[512];
    bool inside = false;

    while (text != NULL && fgets(line, sizeof(line), in) != NULL) {
        if (patch->about[0] == '\0')
            snprintf(patch->about, sizeof(patch->about), "%.*s",
                     (int)strcspn(line, "\n"), line);
        if (strncmp(line, "@@", 2) == 0) {
            if (inside)
                text = apply_hunk(text, &hunk);
            hunk = (struct hunk){.old = ""};
            inside = true;
        } else if (inside) {
            take_line(patch, &hunk, line);
        }
    }
    return text != NULL && inside ? apply_hunk(text, &hunk) : text;
}

char *patch_apply(struct patch *patch, const char *path, char *text,
                  char *error, size_t size)
{
    FILE *in = fopen(path, "re");

    memset(patch, 0, sizeof(*patch));
    if (in == NULL) {
        snprintf(error, size, "%s: %s", path, strerror(errno));
        free(text);
        return NULL;
    }
    text = apply(patch, text, in);
    fclose(in);
    if (text == NULL)
        snprintf(
            error, size,
            "%s: it does not apply: what it takes out is not there, once",
            path);
    return text;
}
