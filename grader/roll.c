/*
 * roll.c - a class on a lab, a line a file.
 */
#include "grader/roll.h"

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

/* Prints as much of a note as 80 columns leave beside what stands before. */
static void print_note(FILE *out, const char *note, int used)
{
    int room = 80 - 2 - used;

    if (note[0] == '\0' || room < 12)
        fputc('\n', out);
    else if ((int)strlen(note) <= room)
        fprintf(out, "  %s\n", note);
    else
        fprintf(out, "  %.*s...\n", room - 3, note);
}

void roll_line(FILE *out, const struct rubric *rubric,
               const struct grade *grade, const char *name)
{
    const char *note = "";
    size_t last =
        rubric->step_count; /* a note stands for what needs others */
    int used = fprintf(out, "  %-16.16s", name) + 4;

    if (!grade->compiled) {
        char first[128];
        const char *why = grade->compiler_said;
        const char *begin = grade->refused ? strstr(why, "error: ") : NULL;
        if (begin != NULL)
            why = begin + strlen("error: ");
        snprintf(first, sizeof(first), "%s%.*s",
                 grade->refused ? "" : "does not compile: ",
                 (int)strcspn(why, "\n"), why);
        fprintf(out, "%4d", 0);
        print_note(out, first, used);
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
    print_note(out, note, used);
}

/* The steps' names would not fit over their columns: they are a list. */
void roll_head(FILE *out, const struct rubric *rubric)
{
    fprintf(out, "%s: %s", rubric->lab, rubric->title);
    for (size_t i = 0; i < rubric->step_count; i++)
        fprintf(out, "%s%2zu %-12s %3d", i % 3 == 0 ? "\n  " : "    ", i + 1,
                rubric->steps[i].name, rubric->steps[i].points);
    fprintf(out, "\n\n  %-16s all", "file");
    for (size_t i = 0; i < rubric->step_count; i++)
        fprintf(out, "%5zu", i + 1);
    fputc('\n', out);
}
