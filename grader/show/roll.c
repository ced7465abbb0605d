/*
 * roll.c - a class on a lab, a line a file.
 */
#include "grader/show/roll.h"

#include "grader/class/printable.h"

#include <ctype.h>
#include <string.h>

const char *roll_name(const char *path)
{
    static char name[64];
    const char *slash = strrchr(path, '/');

    snprintf(name, sizeof(name), "%.63s", slash != NULL ? slash + 1 : path);
    for (char *at = name; *at != '\0'; at++) {
        if (iscntrl((unsigned char)*at))
            *at = '?';
    }
    return name;
}

/* Returns how many of text's characters fit into width columns, and in *length
   their bytes. */
static int columns_of(const char *text, int width, size_t *length)
{
    int columns = 0;
    bool fit;

    *length = 0;
    while (text[*length] != '\0' && columns < width) {
        *length += printable_next(text + *length, &fit);
        columns++;
    }
    return columns;
}

int roll_widen(int width, const char *name)
{
    size_t length;
    int columns = columns_of(name, ROLL_NAME_MOST, &length);

    return columns > width ? columns : width;
}

void roll_name_print(FILE *out, const char *name, int width)
{
    size_t length;
    int columns = columns_of(name, width, &length);
    const char *end = "";

    if (name[length] != '\0') {
        columns = columns_of(name, width - 2, &length) + 2;
        end = "..";
    }
    fprintf(out, "  %.*s%s%*s", (int)length, name, end, width - columns, "");
}

void roll_note(FILE *out, const char *note, int used)
{
    int room = 80 - 2 - used;
    size_t length;

    if (note[0] == '\0' || room < 12) {
        fputc('\n', out);
        return;
    }
    columns_of(note, room, &length);
    if (note[length] == '\0') {
        fprintf(out, "  %s\n", note);
        return;
    }
    columns_of(note, room - 3, &length);
    fprintf(out, "  %.*s...\n", (int)length, note);
}

/* Returns where the line of text begins that at is in. */
static const char *line_begin(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    return at;
}

/*
 * Finds the line that tells most of why a file does not compile: that of the
 * first error; or else the first that neither is empty nor announces others,
 * as "Assembler messages:" does. That a linker failed is no reason.
 */
static const char *telling_line(const char *said)
{
    static const char linker[] = "collect2: ";
    const char *error = strstr(said, "error: ");

    if (error == NULL)
        error = strstr(said, "Error: "); /* an assembler's */
    if (error != NULL) {
        const char *line = line_begin(said, error);
        if (strncmp(line, linker, strlen(linker)) != 0)
            return line;
    }
    for (const char *line = said; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (strspn(line, " \t") < length && line[length - 1] != ':')
            return line;
        line += length + (line[length] == '\n');
    }
    return said + strspn(said, " \t\n");
}

void roll_why(const struct grade *grade, char *why, size_t size)
{
    const char *said = grade->compiler_said;
    const char *error = strstr(said, "error: ");

    for (size_t i = 0; grade->deceives && i < STEPS_MAX; i++) {
        if (grade->steps[i].deviation != DEVIATES_WRONG)
            continue;
        snprintf(why, size, "%s", grade->steps[i].note);
        return;
    }
    if (!grade->refused)
        said = telling_line(said);
    else if (error != NULL)
        said = error + strlen("error: ");
    snprintf(why, size, "%s%.*s", grade->refused ? "" : "does not compile: ",
             (int)strcspn(said, "\n"), said);
}

void roll_line(FILE *out, const struct rubric *rubric,
               const struct grade *grade, const char *name, int width)
{
    const char *note = "";
    size_t last =
        rubric->step_count; /* a note stands for what needs others */
    int used = 2 + width + 4;

    roll_name_print(out, name, width);
    if (!grade->compiled || grade->deceives) {
        char why[256];
        roll_why(grade, why, sizeof(why));
        fprintf(out, "%4d", 0);
        roll_note(out, why, used);
        return;
    }
    fprintf(out, "%4d", grade->points);
    while (last > 0 && grade->steps[last - 1].state == STEP_NEEDS)
        last--;
    for (size_t i = 0; i < last; i++) {
        const struct step_grade *result = &grade->steps[i];
        char cell[24];
        snprintf(cell, sizeof(cell), "%d%s", result->points,
                 result->provisional ? "*" : "");
        used +=
            fprintf(out, "%5s", result->state == STEP_GRADED ? cell : "-");
        if (note[0] == '\0' && result->note[0] != '\0')
            note = result->note;
    }
    roll_note(out, note, used);
}

/* The steps' names would not fit over their columns: they are a list. */
void roll_head(FILE *out, const struct rubric *rubric, int width)
{
    fprintf(out, "%s: %s", rubric->lab, rubric->title);
    for (size_t i = 0; i < rubric->step_count; i++)
        fprintf(out, "%s%2zu %-12s %3d", i % 3 == 0 ? "\n  " : "    ", i + 1,
                rubric->steps[i].name, rubric->steps[i].points);
    fprintf(out, "\n\n  %-*s all", width, "file");
    for (size_t i = 0; i < rubric->step_count; i++)
        fprintf(out, "%5zu", i + 1);
    fputc('\n', out);
}

void roll_foot(FILE *out, const struct rubric *rubric, const size_t *full,
               size_t full_in_all, int width)
{
    fprintf(out, "\n  %-*s%4zu", width, "have all points", full_in_all);
    for (size_t i = 0; i < rubric->step_count; i++)
        fprintf(out, "%5zu", full[i]);
    fputc('\n', out);
}
