/*
 * placement.c - which of several submissions counts.
 */
#include "grader/class/roster.h"

#include "grader/class/ending.h"
#include "grader/class/pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_LINE ((size_t)-1)

/* A class being placed. */
struct class
{
    const struct roster *roster; /* NULL: none */
    const struct roster_entry *entries;
    size_t count;
    size_t *entry_of; /* by line: its entry, or NO_ENTRY */
    size_t *line_of;  /* by entry: its line, or NO_LINE */
    struct placement *placed;
    size_t placed_count;
    char *error;
    size_t size;
};

/* Does the roster's word for a file, without its ending, mean this one? */
static bool is_without_ending(const char *word, const char *file)
{
    size_t length = strlen(word);

    return strncmp(word, file, length) == 0 && file[length] == '.' &&
           ending_of(file) == file + length;
}

/* Finds the entry of a line; NO_ENTRY if it is not there. */
static bool find_entry(const struct class *class,
                       const struct roster_line *line, size_t *entry)
{
    *entry = NO_ENTRY;
    if (line->file[0] == '\0')
        return true;
    for (size_t i = 0; i < class->count; i++) {
        if (strcmp(class->entries[i].file, line->file) == 0) {
            *entry = i;
            return true;
        }
    }
    for (size_t i = 0; i < class->count; i++) {
        if (!is_without_ending(line->file, class->entries[i].file))
            continue;
        if (*entry != NO_ENTRY) {
            snprintf(class->error, class->size,
                     "%s:%zu: '%s' may be %s or %s: give its ending",
                     class->roster->path, line->number, line->file,
                     class->entries[*entry].file, class->entries[i].file);
            return false;
        }
        *entry = i;
    }
    return true;
}

/* Finds what each line of the roster means. */
static bool match(struct class *class)
{
    for (size_t i = 0; i < class->count; i++)
        class->line_of[i] = NO_LINE;
    for (size_t i = 0; class->roster != NULL && i < class->roster->count;
         i++) {
        const struct roster_line *line = &class->roster->lines[i];
        size_t entry;
        if (!find_entry(class, line, &entry))
            return false;
        class->entry_of[i] = entry;
        if (entry == NO_ENTRY)
            continue;
        if (class->line_of[entry] != NO_LINE) {
            snprintf(class->error, class->size,
                     "%s:%zu: '%s' is %s, which is in line %zu already",
                     class->roster->path, line->number, line->file,
                     class->entries[entry].file,
                     class->roster->lines[class->line_of[entry]].number);
            return false;
        }
        class->line_of[entry] = i;
    }
    return true;
}

/* Was the submission of line a handed in after that of line b? */
static bool is_later(const struct class *class, size_t a, size_t b)
{
    const struct roster_line *left = &class->roster->lines[a];
    const struct roster_line *right = &class->roster->lines[b];

    return left->at != right->at ? left->at > right->at : a > b;
}

/* Finds the last submission of identity that claims so much; NO_LINE: none. */
static size_t last_of(const struct class *class, const char *identity,
                      enum claim claim)
{
    size_t last = NO_LINE;

    for (size_t i = 0; i < class->roster->count; i++) {
        size_t entry = class->entry_of[i];
        if (entry != NO_ENTRY && class->entries[entry].claim == claim &&
            strcmp(class->roster->lines[i].identity, identity) == 0 &&
            (last == NO_LINE || is_later(class, i, last)))
            last = i;
    }
    return last;
}

/* Finds the line whose submission counts for identity; NO_LINE: none. */
static size_t counting_of(const struct class *class, const char *identity)
{
    size_t last = last_of(class, identity, CLAIM_LAB);

    return last != NO_LINE ? last : last_of(class, identity, CLAIM_UNKNOWN);
}

/* Finds the last submission of the same identity that came after the one that
   counts, but cannot be graded; NO_LINE: none. */
static size_t lost_after(const struct class *class, size_t counting)
{
    const struct roster_line *lines = class->roster->lines;
    size_t lost = NO_LINE;

    for (size_t i = 0; i < class->roster->count; i++) {
        size_t entry = class->entry_of[i];
        bool usable =
            entry != NO_ENTRY && class->entries[entry].claim != CLAIM_UNKNOWN;
        if (lines[i].file[0] != '\0' && !usable &&
            strcmp(lines[i].identity, lines[counting].identity) == 0 &&
            is_later(class, i, counting) &&
            (lost == NO_LINE || is_later(class, i, lost)))
            lost = i;
    }
    return lost;
}

static struct placement *add(struct class *class)
{
    struct placement *row = &class->placed[class->placed_count++];

    *row = (struct placement){
        .entry = NO_ENTRY, .name = "", .identity = "", .submitted = ""};
    return row;
}

/* Is there anybody of that identity on the roster? */
static bool is_identity(const struct roster *roster, const char *name)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (strcmp(roster->lines[i].identity, name) == 0)
            return true;
    }
    return false;
}

/* Places an entry that is not on the roster. */
static void place_stranger(const struct class *class, struct placement *row)
{
    row->identity = row->name;
    row->counts = COUNTS_YES;
    if (class->roster == NULL)
        return;
    snprintf(row->note, sizeof(row->note), "not on the roster");
    if (is_identity(class->roster, row->name)) {
        row->counts = COUNTS_NO;
        snprintf(row->note, sizeof(row->note),
                 "not on the roster, though an identity there is called so");
    }
}

/* Why has a line of the roster no entry? */
static const char *why_missing(const struct roster_line *line)
{
    return pick_passes_over(line->file)
               ? "hidden or called like a backup: it is passed over"
               : "not in the folder";
}

/* Places an entry that is on the roster, in line. */
static void place_known(const struct class *class, struct placement *row,
                        size_t line)
{
    const struct roster_line *lines = class->roster->lines;
    size_t counting = counting_of(class, lines[line].identity);
    size_t lost;

    row->identity = lines[line].identity;
    row->submitted = lines[line].submitted;
    row->counts = line == counting ? COUNTS_YES : COUNTS_NO;
    if (line != counting) {
        snprintf(row->note, sizeof(row->note), "%s %.255s",
                 is_later(class, counting, line)
                     ? "superseded by"
                     : "nothing to grade; what counts is",
                 class->entries[class->entry_of[counting]].file);
        return;
    }
    lost = lost_after(class, line);
    if (lost != NO_LINE && class->entry_of[lost] == NO_ENTRY)
        snprintf(row->note, sizeof(row->note), "a later one, %.255s, is %s",
                 lines[lost].file, why_missing(&lines[lost]));
    else if (lost != NO_LINE)
        snprintf(row->note, sizeof(row->note),
                 "a later one, %.255s, has nothing to grade",
                 class->entries[class->entry_of[lost]].file);
}

/* Has the identity a row that counts so far? */
static bool has_counting_row(const struct class *class, const char *identity)
{
    for (size_t i = 0; i < class->placed_count; i++) {
        if (strcmp(class->placed[i].identity, identity) == 0 &&
            class->placed[i].counts != COUNTS_NO)
            return true;
    }
    return false;
}

/* Adds the rows of those on the roster of whom nothing is there. */
static void place_missing(struct class *class)
{
    for (size_t i = 0; i < class->roster->count; i++) {
        const struct roster_line *line = &class->roster->lines[i];
        struct placement *row;
        if (line->file[0] == '\0' || class->entry_of[i] != NO_ENTRY)
            continue;
        row = add(class);
        row->name = line->file;
        row->identity = line->identity;
        row->submitted = line->submitted;
        row->counts = COUNTS_NO;
        snprintf(row->note, sizeof(row->note), "on the roster, but %s",
                 why_missing(line));
    }
    for (size_t i = 0; i < class->roster->count; i++) {
        const struct roster_line *line = &class->roster->lines[i];
        struct placement *row;
        if (has_counting_row(class, line->identity))
            continue;
        row = add(class);
        row->identity = line->identity;
        row->counts = COUNTS_NOTHING;
        snprintf(row->note, sizeof(row->note), "no submission");
    }
}

static void place(struct class *class)
{
    for (size_t i = 0; i < class->count; i++) {
        struct placement *row;
        if (class->entries[i].claim == CLAIM_NOTHING)
            continue;
        row = add(class);
        row->entry = i;
        row->name = class->entries[i].name;
        if (class->line_of[i] == NO_LINE)
            place_stranger(class, row);
        else
            place_known(class, row, class->line_of[i]);
    }
    if (class->roster != NULL)
        place_missing(class);
}

bool roster_place(const struct roster *roster,
                  const struct roster_entry *entries, size_t count,
                  struct placement **placed, size_t *placed_count,
                  char *error, size_t size)
{
    size_t lines = roster != NULL ? roster->count : 0;
    struct class class = {.roster = roster,
                          .entries = entries,
                          .count = count,
                          .error = error,
                          .size = size};
    bool good;

    class.entry_of = calloc(lines + 1, sizeof(*class.entry_of));
    class.line_of = calloc(count + 1, sizeof(*class.line_of));
    /* A line may have a row as missing, and one as its identity's. */
    class.placed = calloc(count + 2 * lines + 1, sizeof(*class.placed));
    good = class.entry_of != NULL && class.line_of != NULL &&
           class.placed != NULL;
    if (!good)
        snprintf(error, size, "no memory to place the submissions");
    good = good && match(&class);
    if (good)
        place(&class);
    free(class.entry_of);
    free(class.line_of);
    if (!good)
        free(class.placed);
    *placed = good ? class.placed : NULL;
    *placed_count = good ? class.placed_count : 0;
    return good;
}
