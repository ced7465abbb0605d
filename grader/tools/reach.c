/*
 * reach.c - which lines of a submission were reached.
 *
 * gcc counts, and gcov tells, in lines such as
 *
 *         3:  190:        heap->count += 1;
 *     #####:  191:        return;
 *         -:  192:    }
 *
 * "-" is no code, "#####" and "=====" were never reached. The counts lie
 * beside the runner, in its folder.
 */
#include "grader/tools/reach.h"

#include "grader/lab/source_text.h"
#include "grader/spawn.h"
#include "grader/submission.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room for what gcov prints. */
#define ACCOUNT_ROOM ((size_t)4 << 20)

/* Puts the folder in which a subject's runner lies into path. */
static void folder_of(const struct subject *subject, char *path)
{
    char *slash;

    snprintf(path, PATH_ROOM, "%s", subject->runner);
    slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
}

bool reach_build(struct subject *subject, const char *name, const char *file,
                 char *says)
{
    static const char *const flags[] = {"--coverage", "-O0",
                                        "-Wl,-u,__gcov_dump", NULL};
    const struct recipe recipe = {.variant = "tools", .flags = flags};

    return submission_build_as(subject, name, file, &recipe, says);
}

/* Runs gcov in folder on a submission, which must lie there as well under the
   name that was compiled. Returns as capture() does. */
static int run_gcov(const struct subject *subject, const char *folder,
                    char *text, size_t size)
{
    char notes[128];
    char alias[PATH_ROOM + 80];
    const char *words[] = {"gcov", "-t", notes, NULL};
    char *file = realpath(subject->file, NULL);
    int status = -1;

    snprintf(notes, sizeof(notes), "%.*s.gcno",
             (int)(strlen(subject->compiled_as) - strlen(".c")),
             subject->compiled_as);
    snprintf(alias, sizeof(alias), "%s/%s", folder, subject->compiled_as);
    if (file != NULL && symlink(file, alias) == 0) {
        status = capture(words, folder, text, size);
        unlink(alias);
    }
    free(file);
    return status;
}

/* Takes in one line of gcov's. */
static void take_line(struct reach *reach, const char *row)
{
    const char *count = row + strspn(row, " ");
    const char *colon = strchr(row, ':');
    unsigned long number = colon != NULL ? strtoul(colon + 1, NULL, 10) : 0;

    if (*count == '-' || number == 0 || number > REACH_LINES ||
        reach->code[number])
        return;
    reach->code[number] = 1;
    reach->code_lines++;
    if (*count != '#' && *count != '=') {
        reach->reached[number] = 1;
        reach->reached_lines++;
    }
}

/* Takes in all that gcov says of one source file. Cuts text into lines. */
static bool take_account(struct reach *reach, char *text, const char *file)
{
    bool ours = false;
    bool found = false;
    char *rest = text;

    for (char *row = strsep(&rest, "\n"); row != NULL;
         row = strsep(&rest, "\n")) {
        const char *source = strstr(row, "0:Source:");
        if (source != NULL) {
            const char *path = source + strlen("0:Source:");
            const char *slash = strrchr(path, '/');
            ours = strcmp(slash != NULL ? slash + 1 : path, file) == 0;
            found = found || ours;
        } else if (ours) {
            take_line(reach, row);
        }
    }
    return found;
}

bool reach_read(struct reach *reach, const struct subject *subject,
                char *error, size_t size)
{
    char folder[PATH_ROOM];
    char *text = malloc(ACCOUNT_ROOM);
    int status = -1;
    bool read;

    memset(reach, 0, sizeof(*reach));
    folder_of(subject, folder);
    if (text != NULL)
        status = run_gcov(subject, folder, text, ACCOUNT_ROOM);
    read = status == 0 && take_account(reach, text, subject->compiled_as);
    if (status < 0)
        snprintf(error, size,
                 "there is no gcov, which tells the lines: it comes with gcc "
                 "(sudo apt-get install -y gcc)");
    else if (!read)
        snprintf(error, size,
                 "gcov cannot read what was counted; is the compiler gcc? "
                 "%.*s",
                 (int)strcspn(text, "\n"), text);
    free(text);
    return read;
}

/* A function of the file, in lines. */
struct part {
    unsigned long first; /* the line of its name */
    unsigned long last;  /* the line of its end */
    size_t code;         /* lines with code */
    size_t missed;       /* those that were not reached */
};

/* Counts the lines of text before offset; the first is line 1. */
static unsigned long line_at(const char *text, size_t offset)
{
    unsigned long line = 1;

    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

static struct part part_of(const struct reach *reach,
                           const struct source_text *source,
                           const struct item *item)
{
    struct part part = {.first = line_at(source->text, item->name),
                        .last = line_at(source->text, item->end - 1)};

    for (unsigned long i = part.first; i <= part.last && i <= REACH_LINES;
         i++) {
        part.code += reach->code[i];
        part.missed += reach->code[i] && !reach->reached[i];
    }
    return part;
}

/* Prints the lines of a part that were not reached. */
static void print_missed(FILE *out, const struct reach *reach,
                         const struct source_text *source,
                         const struct part *part, const char *file)
{
    const char *at = source->text;

    for (unsigned long i = 1; i <= part->last && i <= REACH_LINES; i++) {
        size_t length = strcspn(at, "\n");
        if (i >= part->first && reach->code[i] && !reach->reached[i])
            fprintf(out, "  %s:%lu: %.*s\n", file, i, (int)length, at);
        at += length + (at[length] == '\n');
    }
}

bool reach_print(FILE *out, const struct reach *reach,
                 const struct subject *subject, char *error, size_t size)
{
    struct source_text *source = malloc(sizeof(*source));

    if (source == NULL ||
        !source_text_open(source, subject->file, error, size)) {
        if (source == NULL)
            snprintf(error, size, "there is no memory for %s", subject->file);
        free(source);
        return false;
    }
    for (size_t i = 0; i < source->item_count; i++) {
        const struct item *item = &source->items[i];
        struct part part;
        if (!item->is_function)
            continue;
        part = part_of(reach, source, item);
        if (part.missed == 0)
            continue;
        fprintf(out, "\n%.*s()", (int)item->name_length,
                source->text + item->name);
        if (part.missed == part.code)
            fprintf(out, " was never called\n");
        else
            fprintf(out, ": %zu of %zu lines reached\n",
                    part.code - part.missed, part.code);
        print_missed(out, reach, source, &part, subject->file);
    }
    source_text_close(source);
    free(source);
    return true;
}
