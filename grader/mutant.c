/*
 * mutant.c - makes a mutant out of the reference and a patch.
 */
#include "grader/mutant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A piece of a patch: what is there, and what is to be there. */
struct hunk {
    char old[8192];
    char new[8192];
};

size_t mutants_find(glob_t *found, const struct rubric *rubric)
{
    char name[WORD_ROOM + 32], pattern[PATH_ROOM];

    memset(found, 0, sizeof(*found));
    snprintf(name, sizeof(name), "labs/%s/mutants/*.patch", rubric->lab);
    path_kit(pattern, name);
    return glob(pattern, 0, NULL, found) == 0 ? found->gl_pathc : 0;
}

/* Adds a line of a hunk to one of its sides, or both. */
static void take_line(struct mutant *mutant, struct hunk *hunk,
                      const char *line)
{
    const char *text = *line == '\n' ? line : line + 1;

    mutant->added += *line == '+';
    mutant->removed += *line == '-';
    if (*line != '+')
        strncat(hunk->old, text, sizeof(hunk->old) - strlen(hunk->old) - 1);
    if (*line != '-')
        strncat(hunk->new, text, sizeof(hunk->new) - strlen(hunk->new) - 1);
}

/* Puts the new side of a hunk in the place of the old one, which is there
   once. Returns the new text, and frees the old one; or NULL. */
static char *apply_hunk(char *text, const struct hunk *hunk)
{
    char *at = strstr(text, hunk->old);
    char *changed = NULL;

    if (at != NULL && hunk->old[0] != '\0' &&
        strstr(at + 1, hunk->old) == NULL &&
        asprintf(&changed, "%.*s%s%s", (int)(at - text), text, hunk->new,
                 at + strlen(hunk->old)) < 0)
        changed = NULL;
    free(text);
    return changed;
}

/* Applies a patch to text, which it frees. Returns the new one, or NULL. */
static char *apply(struct mutant *mutant, char *text, FILE *patch)
{
    struct hunk hunk = {.old = ""};
    char line[512];
    bool inside = false;

    while (text != NULL && fgets(line, sizeof(line), patch) != NULL) {
        if (mutant->about[0] == '\0')
            snprintf(mutant->about, sizeof(mutant->about), "%.*s",
                     (int)strcspn(line, "\n"), line);
        if (strncmp(line, "@@", 2) == 0) {
            if (inside)
                text = apply_hunk(text, &hunk);
            hunk = (struct hunk){.old = ""};
            inside = true;
        } else if (inside) {
            take_line(mutant, &hunk, line);
        }
    }
    return text != NULL && inside ? apply_hunk(text, &hunk) : text;
}

/* Reads one line, without its newline. Returns whether it is there. */
static bool read_line(FILE *in, char *to, size_t room)
{
    if (fgets(to, (int)room, in) == NULL)
        return false;
    to[strcspn(to, "\n")] = '\0';
    return to[0] != '\0';
}

/* Reads what is expected of a mutant. */
static bool read_expected(struct mutant *mutant, const char *patch)
{
    char path[PATH_ROOM + 8];
    FILE *in;
    bool read;

    snprintf(path, sizeof(path), "%.*s.expect",
             (int)(strrchr(patch, '.') - patch), patch);
    in = fopen(path, "re");
    if (in == NULL)
        return false;
    read = read_line(in, mutant->step, sizeof(mutant->step)) &&
           read_line(in, mutant->words, sizeof(mutant->words));
    fclose(in);
    return read;
}

static bool write_text(const char *path, const char *text)
{
    FILE *out = fopen(path, "we");
    bool written = out != NULL && fputs(text, out) >= 0;

    return out != NULL && fclose(out) == 0 && written;
}

bool mutant_make(struct mutant *mutant, const char *patch,
                 const char *reference, const char *file, char *error,
                 size_t size)
{
    const char *slash = strrchr(patch, '/');
    const char *base = slash != NULL ? slash + 1 : patch;
    FILE *in = fopen(patch, "re");
    char *text = in != NULL ? strdup(reference) : NULL;
    const char *problem = NULL;

    memset(mutant, 0, sizeof(*mutant));
    snprintf(mutant->name, sizeof(mutant->name), "%.*s",
             (int)strcspn(base, "."), base);
    if (text != NULL)
        text = apply(mutant, text, in);
    if (in != NULL)
        fclose(in);
    if (text == NULL)
        problem = "it does not apply: what it takes out is not there, once";
    else if (!read_expected(mutant, patch))
        problem = "two lines of .expect are wanted";
    else if (!write_text(file, text))
        problem = "its file cannot be written";
    free(text);
    if (problem != NULL)
        snprintf(error, size, "%s: %s", patch, problem);
    return problem == NULL;
}
