/*
 * page.h - what a page shows, beside what is printed today.
 *
 * Costs move a little with the compiler and with whatever is linked beside an
 * allocator, so numbers may differ by a tenth; all else must be as it is, but
 * for white space.
 */
#ifndef GRADER_TESTS_PAGE_H
#define GRADER_TESTS_PAGE_H

#include "grader/tests/help.h"

#include <ctype.h>
#include <math.h>

/* The most that a page, or what a command prints, may have. */
#define PAGE_ROOM ((size_t)1 << 20)

/* Reads what is left of in into a string, to be freed. Ends the program if
   there is none, or too much: it is called before tests run, too. */
static inline char *read_all(FILE *in)
{
    char *text = calloc(1, PAGE_ROOM);

    if (in == NULL || text == NULL ||
        fread(text, 1, PAGE_ROOM, in) == PAGE_ROOM) {
        perror("a page, or what a command prints");
        exit(EXIT_FAILURE);
    }
    return text;
}

/* Returns the page at path, below the kit's root, to be freed. */
static inline char *read_page(const char *path)
{
    FILE *in = fopen(path, "re");
    char *text = read_all(in);

    (void)fclose(in);
    return text;
}

/* A number with its thousands apart by a space, "10 676"; *end is behind it. */
static inline double read_number(const char *text, char **end)
{
    double value = strtod(text, end);

    while (**end == ' ' && isdigit((unsigned char)(*end)[1]) &&
           isdigit((unsigned char)(*end)[2]) &&
           isdigit((unsigned char)(*end)[3]) &&
           !isdigit((unsigned char)(*end)[4]) && (*end)[4] != '%') {
        value = 1000 * value + strtod(*end + 1, end);
    }
    return value;
}

/* Is one number as good as the other? */
static inline bool is_near(double one, double other)
{
    return fabs(one - other) <= 2 || fabs(one - other) <= 0.1 * fabs(one);
}

/*
 * Compares the next word, or number, of both, and goes on behind it. Numbers
 * within a word, as in "p12" or "87%", are exact.
 */
static inline bool same_word(const char **shown, const char **printed)
{
    size_t length = strcspn(*shown, " \n");
    size_t other = strcspn(*printed, " \n");
    bool numbers = strspn(*shown, "0123456789.") == length &&
                   strspn(*printed, "0123456789.") == other &&
                   isdigit((unsigned char)**shown) &&
                   isdigit((unsigned char)**printed);
    char *end;

    if (numbers) {
        double one = read_number(*shown, &end);
        *shown = end + (*end == '.'); /* the full stop of a sentence */
        double two = read_number(*printed, &end);
        *printed = end + (*end == '.');
        return is_near(one, two);
    }
    bool same = length == other && strncmp(*shown, *printed, length) == 0;
    *shown += length;
    *printed += other;
    return same;
}

/*
 * Returns true if printed begins with what is shown, up to end. Otherwise
 * *at is where it begins to differ, in shown.
 */
static inline bool begins_with(const char *printed, const char *shown,
                               const char *end, const char **at)
{
    for (;;) {
        shown += strspn(shown, " \n");
        printed += strspn(printed, " \n");
        *at = shown;
        if (shown >= end)
            return true;
        if (!same_word(&shown, &printed))
            return false;
    }
}

#endif
