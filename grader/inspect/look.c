/*
 * look.c - what all parts of an inspection share: refusals and their lines.
 */
#include "grader/inspect/look.h"

#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Puts a question mark for each byte that is not a printable character. */
static void make_plain(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~')
            *text = '?';
    }
}

bool refuse(const struct look *look, const char *format, ...)
{
    char *text = look->inspection->refusal;
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof(look->inspection->refusal), format, values);
    va_end(values);
    make_plain(text);
    return false;
}

/* Takes "FILE:LINE" up to the end of its line. Cuts text into pieces. */
static void take_line(const struct look *look, char *text)
{
    struct line *line = &look->inspection->line;
    char *colon;

    text[strcspn(text, "\n")] = '\0';
    colon = strrchr(text, ':');
    if (colon == NULL || text[0] == '?')
        return;
    *colon = '\0';
    make_plain(text);
    line->number = (unsigned)strtoul(colon + 1, NULL, 10);
    if (line->number != 0)
        snprintf(line->file, sizeof(line->file), "%s", text);
}

void note_line(const struct look *look, size_t section, uint64_t offset)
{
    const char *name = look->object.sections[section].name;
    char number[32];
    char text[1024];
    const char *words[] = {"addr2line", "-j",   name, "-e",
                           look->path,  number, NULL};

    snprintf(number, sizeof(number), "%#llx", (unsigned long long)offset);
    if (look->inspection->line.number == 0 &&
        capture(words, NULL, text, sizeof(text)) == 0)
        take_line(look, text);
}

void note_variable(const struct look *look, const char *name)
{
    const char *words[] = {"nm", "-l",       "-S", "--size-sort",
                           "-r", look->path, NULL};
    char wanted[OBJECT_NAME + 3];
    char text[8192];
    char *at;

    /* The largest come first, so that a large one is in what fits. */
    if (look->inspection->line.number != 0 ||
        capture(words, NULL, text, sizeof(text)) != 0)
        return;
    snprintf(wanted, sizeof(wanted), " %s\t", name);
    at = strstr(text, wanted);
    if (at != NULL)
        take_line(look, at + strlen(wanted));
}

bool is_code(const struct section *section)
{
    return (section->flags & SHF_EXECINSTR) != 0;
}

void note_use(const struct look *look, size_t symbol)
{
    const struct object *object = &look->object;

    for (size_t i = 0; i < object->section_count; i++) {
        const struct section *section = &object->sections[i];
        if (section->type != SHT_RELA ||
            !is_code(&object->sections[section->target]))
            continue;
        for (size_t k = 0; k < relocation_count(section); k++) {
            struct relocation relocation = relocation_at(section, k);
            if (relocation.symbol != symbol)
                continue;
            note_line(look, section->target, relocation.offset);
            return;
        }
    }
}

void note_goal(const struct look *look, size_t list)
{
    const struct object *object = &look->object;

    for (size_t i = 0; i < object->section_count; i++) {
        const struct section *section = &object->sections[i];
        struct relocation relocation;
        struct symbol goal;
        if (section->type != SHT_RELA || section->target != list ||
            relocation_count(section) == 0)
            continue;
        relocation = relocation_at(section, 0);
        goal = object_symbol(object, relocation.symbol);
        if (goal.section != SHN_UNDEF && goal.section < object->section_count)
            note_line(look, goal.section,
                      goal.value + (uint64_t)relocation.addend);
        return;
    }
}
