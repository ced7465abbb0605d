/*
 * hints.c - reads the hints of a lab.
 */
#include "grader/lab/hints.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of hints being read. */
struct reader {
    struct hints *hints;
    const struct rubric *rubric;
    size_t step;       /* that hints belong to now; step_count: none yet */
    size_t blank;      /* empty lines seen within a hint, not yet in it */
    unsigned begun_at; /* the line that step began at */
    const char *path;
    unsigned line;
    char *error;
    size_t size;
};

__attribute__((format(printf, 3, 4))) static bool
refuse(const struct reader *reader, unsigned line, const char *format, ...)
{
    va_list arguments;
    int used =
        snprintf(reader->error, reader->size, "%s:%u: ", reader->path, line);

    va_start(arguments, format);
    if (used > 0 && (size_t)used < reader->size)
        vsnprintf(reader->error + used, reader->size - (size_t)used, format,
                  arguments);
    va_end(arguments);
    return false;
}

size_t hints_step(const struct rubric *rubric, const char *word)
{
    char *end;
    unsigned long number = strtoul(word, &end, 10);

    if (*word >= '0' && *word <= '9' && *end == '\0')
        return number >= 1 && number <= rubric->step_count
                   ? number - 1
                   : rubric->step_count;
    for (size_t i = 0; i < rubric->step_count; i++) {
        if (strcmp(rubric->steps[i].name, word) == 0)
            return i;
    }
    return rubric->step_count;
}

/* Does the hint that is being read have any text? */
static bool has_text(const struct reader *reader)
{
    size_t count = reader->hints->count[reader->step];

    return count > 0 &&
           reader->hints->text[reader->step][count - 1][0] != '\0';
}

/* Are the hints of the step that ends here complete? */
static bool end_step(const struct reader *reader)
{
    size_t count;

    if (reader->step == reader->rubric->step_count)
        return true;
    count = reader->hints->count[reader->step];
    if (count > 0 && !has_text(reader))
        return refuse(reader, reader->line, "a hint without a text");
    if (count < HINTS_LEAST)
        return refuse(reader, reader->begun_at,
                      "step '%s' has %zu hints: %d to %d were expected",
                      reader->rubric->steps[reader->step].name, count,
                      HINTS_LEAST, HINTS_MOST);
    return true;
}

static bool take_step(struct reader *reader, const char *name)
{
    size_t step;

    if (!end_step(reader))
        return false;
    for (step = 0; step < reader->rubric->step_count; step++) {
        if (strcmp(reader->rubric->steps[step].name, name) == 0)
            break;
    }
    if (step == reader->rubric->step_count)
        return refuse(reader, reader->line,
                      "the rubric of %s has no step '%s'",
                      reader->rubric->lab, name);
    if (reader->hints->count[step] > 0)
        return refuse(reader, reader->line,
                      "the hints of step '%s' were already given above",
                      name);
    reader->step = step;
    reader->begun_at = reader->line;
    return true;
}

static bool take_hint(struct reader *reader)
{
    if (reader->step == reader->rubric->step_count)
        return refuse(reader, reader->line,
                      "'step NAME' was expected before the first hint");
    if (reader->hints->count[reader->step] > 0 && !has_text(reader))
        return refuse(reader, reader->line, "a hint without a text");
    if (reader->hints->count[reader->step] == HINTS_MOST)
        return refuse(reader, reader->line, "at most %d hints a step",
                      HINTS_MOST);
    reader->hints->count[reader->step]++;
    reader->blank = 0;
    return true;
}

/* Takes in a line of a hint's text. */
static bool take_text(struct reader *reader, const char *line)
{
    size_t count = reader->step < reader->rubric->step_count
                       ? reader->hints->count[reader->step]
                       : 0;
    size_t used;
    char *text;

    if (count == 0)
        return refuse(reader, reader->line,
                      "'hint' was expected before its text");
    text = reader->hints->text[reader->step][count - 1];
    used = strlen(text);
    if (used == 0)
        reader->blank = 0;
    if (used + reader->blank + strlen(line) + 2 > HINT_ROOM)
        return refuse(reader, reader->line, "a hint has at most %d bytes",
                      HINT_ROOM - 1);
    while (reader->blank > 0) {
        text[used++] = '\n';
        reader->blank--;
    }
    sprintf(text + used, "%s\n", line);
    return true;
}

/* Takes in one line, without its newline. */
static bool take_line(struct reader *reader, const char *line)
{
    if (line[0] == '#')
        return true;
    if (line[0] == '\0') {
        reader->blank++;
        return true;
    }
    if (strncmp(line, "  ", 2) == 0)
        return take_text(reader, line + 2);
    if (strncmp(line, "step ", 5) == 0)
        return take_step(reader, line + 5);
    if (strcmp(line, "hint") == 0)
        return take_hint(reader);
    return refuse(reader, reader->line,
                  "'step NAME', 'hint' or text indented by two blanks was "
                  "expected");
}

bool hints_read(struct hints *hints, const struct rubric *rubric,
                const char *path, char *error, size_t size)
{
    struct reader reader = {.hints = hints,
                            .rubric = rubric,
                            .step = rubric->step_count,
                            .path = path,
                            .error = error,
                            .size = size};
    char line[128];
    bool good = true;
    FILE *in = fopen(path, "re");

    memset(hints, 0, sizeof(*hints));
    if (in == NULL) {
        snprintf(error, size, "%s: %s", path, strerror(errno));
        return false;
    }
    while (good && fgets(line, sizeof(line), in) != NULL) {
        size_t end = strcspn(line, "\n");
        reader.line++;
        if (line[end] != '\n' || end > 80)
            good = refuse(&reader, reader.line,
                          "a line of at most 80 characters, with a newline, "
                          "was expected");
        line[end] = '\0';
        good = good && take_line(&reader, line);
    }
    fclose(in);
    return good && end_step(&reader);
}
