/*
 * roster.h - who handed in what, and which of it counts.
 *
 * A roster is a table (csv.h) with a header. Its columns:
 *
 *     file       a submission: the name of a file or folder, with or without
 *                its ending; empty: this student handed in nothing
 *     identity   who handed it in: a student's number or login
 *     submitted  when, by the clock of the service that took it; may be left
 *                out. ISO 8601: 2024-10-02T23:59, with seconds and a zone
 *                (Z, +02:00) if wanted; either all times have a zone or none
 *
 * Other columns are ignored. Of several submissions of one identity the last
 * one counts: the latest by submitted, and where there are no times, or the
 * same, the lowest in the roster.
 */
#ifndef GRADER_CLASS_ROSTER_H
#define GRADER_CLASS_ROSTER_H

#include "grader/class/csv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A row of a roster. */
struct roster_line {
    const char *file;      /* empty: none */
    const char *identity;  /* never empty */
    const char *submitted; /* as it was written; empty: not known */
    int64_t at;            /* submitted, in microseconds since 1970, as if in
                              UTC if it has no zone; 0 if it is empty */
    size_t number;         /* line in the file, from 1 */
};

struct roster {
    struct csv_table table; /* what the lines point into */
    struct roster_line *lines;
    size_t count;
    char *path; /* of the file, for messages */
};

/*
 * Reads the roster at path. Returns false, with "FILE:LINE: what is wrong" in
 * error, if anything in it is not as it should be. To be ended by
 * roster_free(), either way.
 */
bool roster_read(struct roster *roster, const char *path, char *error,
                 size_t size);

void roster_free(struct roster *roster);

/* What an entry of the folder of submissions has for the lab at hand. */
enum claim {
    CLAIM_NOTHING, /* it has something for other labs: not placed */
    CLAIM_LAB,     /* a file, good or not */
    CLAIM_UNKNOWN, /* nothing for any lab, or not known which file */
};

struct roster_entry {
    const char *file; /* its name in the folder */
    const char *name; /* what it is called */
    enum claim claim;
};

/* No entry. */
#define NO_ENTRY ((size_t)-1)

/* A row of the class. What it points to is the roster's and the entries'. */
struct placement {
    size_t entry;          /* index; NO_ENTRY: nothing is there */
    const char *name;      /* of the entry, or as the roster has it; "" */
    const char *identity;  /* the entry's name, if the roster has none */
    const char *submitted; /* as in the roster; "" */
    enum {
        COUNTS_NO,
        COUNTS_YES,
        COUNTS_NOTHING
    } counts;       /* the last: there
                                                     is no submission */
    char note[640]; /* one line; may be empty */
};

/*
 * Tells for each of count entries, of which no two have the same file, whose
 * it is and whether it counts, for one lab; and adds a row for everybody on
 * the roster who has no submission, and for each that is on the roster but
 * not among the entries. roster may be NULL: then all entries count, as their
 * own.
 *
 * At most one row of an identity counts. An entry that has nothing for any
 * lab counts only if its identity has no other; and one that is not on the
 * roster, but called like an identity there, does not.
 *
 * Fills *placed with *placed_count rows, to be freed; entries come first, in
 * their order. Returns false, with a message in error, if two lines of the
 * roster name the same entry, or one may be several, or memory runs out.
 * Time: lines times (lines plus entries).
 */
bool roster_place(const struct roster *roster,
                  const struct roster_entry *entries, size_t count,
                  struct placement **placed, size_t *placed_count,
                  char *error, size_t size);

#endif
