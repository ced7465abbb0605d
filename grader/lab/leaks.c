/*
 * leaks.c - searches files for the lines of a lab's solution.
 *
 * All text is compared in one form: each run of white space is one blank. So
 * a line that was indented, quoted or broken anew is found all the same.
 */
#include "grader/lab/leaks.h"

#include "grader/lab/labs.h"
#include "grader/lab/mutant.h"
#include "grader/lab/source_text.h"
#include "grader/lab/starter.h"

#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 512

/* A search. */
struct search {
    FILE *out;
    char *lines[LINES_MAX]; /* of the solution, in the one form */
    size_t line_count;
    size_t found;
    char *error;
    size_t size;
};

/* Brings text of length characters into the one form, in place. Returns the
   new length. */
static size_t normalize(char *text, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (isspace((unsigned char)c))
            c = ' ';
        if (c == ' ' && (used == 0 || text[used - 1] == ' '))
            continue;
        text[used++] = c;
    }
    if (used > 0 && text[used - 1] == ' ')
        used--;
    text[used] = '\0';
    return used;
}

/* Reads a whole file; to be freed. NULL, with a line in error. */
static char *read_file(const struct search *search, const char *path,
                       size_t *length)
{
    FILE *in = fopen(path, "re");
    char *text = NULL;
    FILE *memory = open_memstream(&text, length);
    char piece[4096];
    size_t got;

    while (in != NULL && memory != NULL &&
           (got = fread(piece, 1, sizeof(piece), in)) > 0)
        fwrite(piece, 1, got, memory);
    if (memory != NULL)
        fclose(memory);
    if (in == NULL || ferror(in) || text == NULL) {
        snprintf(search->error, search->size, "%s: %s", path,
                 strerror(errno));
        free(text);
        text = NULL;
    }
    if (in != NULL)
        fclose(in);
    return text;
}

/* Adds the lines of text, length characters, that are long enough and do not
   stand in given. */
static bool add_lines(struct search *search, const char *text, size_t length,
                      const char *given)
{
    while (length > 0) {
        const char *newline = memchr(text, '\n', length);
        size_t all = newline != NULL ? (size_t)(newline - text) + 1 : length;
        char *line = strndup(text, all);
        if (line == NULL || search->line_count == LINES_MAX) {
            snprintf(search->error, search->size,
                     "the solution has more than %d lines", LINES_MAX);
            free(line);
            return false;
        }
        if (normalize(line, all) > LEAK_LENGTH && strstr(given, line) == NULL)
            search->lines[search->line_count++] = line;
        else
            free(line);
        text += all;
        length -= all;
    }
    return true;
}

/* Adds the bodies that students write. */
static bool add_bodies(struct search *search, const struct rubric *rubric,
                       const struct source_text *source, const char *given)
{
    for (size_t s = 0; s < rubric->step_count; s++) {
        for (size_t i = 0; i < rubric->steps[s].blank_count; i++) {
            const char *name = rubric->steps[s].blanks[i].name;
            const struct item *item =
                source_text_function(source, name, strlen(name));
            if (item != NULL && !add_lines(search, source->text + item->body,
                                           item->end - item->body, given))
                return false;
        }
    }
    return true;
}

/* Adds what the lab's mutants put in. */
static bool add_mutants(struct search *search, const struct rubric *rubric,
                        const char *given)
{
    bool added = true;
    glob_t patches;
    size_t count = mutants_find(&patches, rubric);

    for (size_t i = 0; added && i < count; i++) {
        size_t length;
        char *text = read_file(search, patches.gl_pathv[i], &length);
        const char *at = text != NULL ? strstr(text, "\n@@") : NULL;
        added = text != NULL;
        for (; added && at != NULL; at = strchr(at, '\n')) {
            at++;
            if (*at == '+')
                added =
                    add_lines(search, at + 1, strcspn(at, "\n") - 1, given);
        }
        free(text);
    }
    globfree(&patches);
    return added;
}

/* Adds to given the references of labs in which nothing is to be written. */
static void print_given(FILE *given)
{
    static struct rubric rubric;
    char error[512], path[PATH_ROOM];
    glob_t found;

    find_rubrics(&found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        size_t blanks = 0;
        if (!rubric_read(&rubric, found.gl_pathv[i], error, sizeof(error)) ||
            !starter_reference(path, &rubric, error, sizeof(error)))
            continue;
        for (size_t s = 0; s < rubric.step_count; s++)
            blanks += rubric.steps[s].blank_count;
        if (blanks == 0)
            starter_write(given, &rubric, path, 0, error, sizeof(error));
    }
    globfree(&found);
}

/* Returns what is given anyway, in the one form, to be freed; or NULL, with a
   line in error. path is that of the lab's reference. */
static char *read_given(const struct search *search,
                        const struct rubric *rubric, const char *path)
{
    char *given = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&given, &length);
    bool good;

    if (out == NULL)
        return NULL;
    good = starter_write(out, rubric, path, 0, search->error, search->size);
    print_given(out);
    if (fclose(out) == 0 && good) {
        normalize(given, length);
        return given;
    }
    free(given);
    return NULL;
}

/* Collects the solution. */
static bool collect(struct search *search, const struct rubric *rubric)
{
    struct source_text source;
    char path[PATH_ROOM];
    char *given;
    bool good;

    if (!starter_reference(path, rubric, search->error, search->size) ||
        !source_text_open(&source, path, search->error, search->size))
        return false;
    given = read_given(search, rubric, path);
    good = given != NULL && add_bodies(search, rubric, &source, given) &&
           add_mutants(search, rubric, given);
    free(given);
    source_text_close(&source);
    return good;
}

/* Returns the line of the original text in which the count-th character that
   is no white space stands. */
static unsigned line_of_character(const char *text, size_t count)
{
    unsigned line = 1;

    for (; *text != '\0'; text++) {
        if (*text == '\n')
            line++;
        else if (!isspace((unsigned char)*text) && count-- == 0)
            break;
    }
    return line;
}

/* How many characters before end are no white space? */
static size_t characters(const char *text, const char *end)
{
    size_t count = 0;

    for (; text < end; text++)
        count += *text != ' ';
    return count;
}

/* Searches one file. */
static bool search_file(struct search *search, const char *path)
{
    static const char *const endings[] = {".patch", ".expect"};
    const char *ending = strrchr(path, '.');
    size_t length;
    char *text, *copy;

    for (size_t i = 0; i < 2 && ending != NULL; i++) {
        if (strcmp(ending, endings[i]) == 0) {
            fprintf(search->out, "%s:1: a file of a mutant\n", path);
            search->found++;
        }
    }
    text = read_file(search, path, &length);
    copy = text != NULL ? malloc(length + 1) : NULL;
    if (copy == NULL) {
        free(text);
        return false;
    }
    memcpy(copy, text, length + 1);
    length = normalize(copy, length);
    for (size_t i = 0; i < search->line_count; i++) {
        const char *line = search->lines[i];
        const char *at = memmem(copy, length, line, strlen(line));
        if (at == NULL)
            continue;
        fprintf(search->out, "%s:%u: %s\n", path,
                line_of_character(text, characters(copy, at)), line);
        search->found++;
    }
    free(copy);
    free(text);
    return true;
}

static int by_name(const FTSENT **one, const FTSENT **other)
{
    return strcmp((*one)->fts_name, (*other)->fts_name);
}

/* Searches all files below a folder. */
static bool search_folder(struct search *search, const char *folder)
{
    char *const paths[] = {(char *)folder, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    bool good = tree != NULL;
    FTSENT *entry;

    while (good && (entry = fts_read(tree)) != NULL) {
        if (entry->fts_info == FTS_F)
            good = search_file(search, entry->fts_path);
        if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR) {
            snprintf(search->error, search->size, "%s: %s", entry->fts_path,
                     strerror(entry->fts_errno));
            good = false;
        }
    }
    if (tree != NULL)
        fts_close(tree);
    return good;
}

bool leaks_search(FILE *out, const struct rubric *rubric, const char *folder,
                  size_t *count, char *error, size_t size)
{
    struct search *search = calloc(1, sizeof(*search));
    bool good;

    if (search == NULL) {
        snprintf(error, size, "there is no memory for a search");
        return false;
    }
    search->out = out;
    search->error = error;
    search->size = size;
    good = collect(search, rubric) && search_folder(search, folder);
    *count = search->found;
    for (size_t i = 0; i < search->line_count; i++)
        free(search->lines[i]);
    free(search);
    return good;
}
