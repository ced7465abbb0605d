/*
 * mutant.c - makes a mutant out of the reference and a patch.
 */
#include "grader/lab/mutant.h"

#include "grader/lab/patch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t mutants_find(glob_t *found, const struct rubric *rubric)
{
    char name[WORD_ROOM + 32], pattern[PATH_ROOM];

    memset(found, 0, sizeof(*found));
    snprintf(name, sizeof(name), "labs/%s/mutants/*.patch", rubric->lab);
    path_kit(pattern, name);
    return glob(pattern, 0, NULL, found) == 0 ? found->gl_pathc : 0;
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
    char *text = strdup(reference);
    struct patch read;
    const char *problem = NULL;

    memset(mutant, 0, sizeof(*mutant));
    snprintf(mutant->name, sizeof(mutant->name), "%.*s",
             (int)strcspn(base, "."), base);
    if (text == NULL) {
        snprintf(error, size, "%s: there is no memory for it", patch);
        return false;
    }
    text = patch_apply(&read, patch, text, error, size);
    if (text == NULL)
        return false;
    snprintf(mutant->about, sizeof(mutant->about), "%s", read.about);
    mutant->added = read.added;
    mutant->removed = read.removed;
    if (!read_expected(mutant, patch))
        problem = "two lines of .expect are wanted";
    else if (!write_text(file, text))
        problem = "its file cannot be written";
    free(text);
    if (problem != NULL)
        snprintf(error, size, "%s: %s", patch, problem);
    return problem == NULL;
}
