/*
 * book.c - a class on one lab, from what was handed in to the gradebook.
 */
#include "grader/gradebook/book.h"

#include "grader/class/gradebook_csv.h"
#include "grader/commands/commands.h"
#include "grader/gradebook/ready.h"
#include "grader/lab/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_ROOM 1280

/* A book being made. */
struct making {
    const struct book *book;
    struct result *results;   /* by entry */
    struct placement *placed; /* whose the entries are, and who has none */
    size_t count;             /* of placed: rows of the gradebook */
    struct secret secret;
    struct secret_hand *hands; /* by entry; NULL: there is no secret */
    struct dealer *dealers;    /* likewise */
};

/* Adds a remark to a note. */
static void remark(char *note, size_t size, const char *text)
{
    size_t used = strlen(note);

    if (text[0] != '\0')
        snprintf(note + used, size - used, "%s%s", used > 0 ? "; " : "",
                 text);
}

/* Fills in a row of the gradebook. */
static void fill_row(struct gradebook_row *row, const struct making *making,
                     const struct placement *placed, char *note)
{
    static const char *const counts[] = {
        [COUNTS_NO] = "no", [COUNTS_YES] = "yes", [COUNTS_NOTHING] = ""};
    const struct book *book = making->book;
    const struct intake_entry *entry;
    const struct intake_file *file;
    const struct result *result;

    *row = (struct gradebook_row){.submission = placed->name,
                                  .identity = placed->identity,
                                  .file = "",
                                  .submitted = placed->submitted,
                                  .counts = counts[placed->counts],
                                  .note = note};
    remark(note, NOTE_ROOM, placed->note);
    if (placed->entry == NO_ENTRY)
        return;
    entry = &book->intake->entries[placed->entry];
    result = &making->results[placed->entry];
    file = &entry->files[book->lab];
    if (file->path != NULL)
        row->file = file->path;
    if (entry->error != NULL && entry->trouble)
        remark(note, NOTE_ROOM, "no result");
    if (entry->error != NULL)
        remark(note, NOTE_ROOM, entry->error);
    if (file->unclear)
        remark(note, NOTE_ROOM, file->error);
    if (result->state == RESULT_NOTHING)
        return;
    remark(note, NOTE_ROOM, result->note);
    if (file->also != NULL)
        remark(note, NOTE_ROOM, file->also);
    row->graded = result->state == RESULT_GRADED;
    memcpy(row->points, result->points, sizeof(row->points));
}

/* Writes the gradebook. */
static bool write_book(const struct making *making, char *error, size_t size)
{
    size_t count = making->count;
    struct gradebook_row *rows = calloc(count + 1, sizeof(*rows));
    char(*notes)[NOTE_ROOM] = calloc(count + 1, sizeof(*notes));
    bool written = false;

    if (rows != NULL && notes != NULL) {
        for (size_t i = 0; i < count; i++)
            fill_row(&rows[i], making, &making->placed[i], notes[i]);
        written = gradebook_write(making->book->path, making->book->rubric,
                                  rows, count, error, size);
    }
    free(rows);
    free(notes);
    return written;
}

/* Finds out whose the entries are. */
static bool place(struct making *making, char *error, size_t size)
{
    const struct book *book = making->book;
    const struct intake *intake = book->intake;
    struct roster_entry *claims = calloc(intake->count + 1, sizeof(*claims));
    bool placed;

    for (size_t i = 0; claims != NULL && i < intake->count; i++) {
        const struct intake_entry *entry = &intake->entries[i];
        const struct intake_file *file = &entry->files[book->lab];
        claims[i] =
            (struct roster_entry){entry->file, entry->shown, CLAIM_NOTHING};
        if (file->copy != NULL || (file->error != NULL && !file->unclear))
            claims[i].claim = CLAIM_LAB;
        else if (entry->error != NULL || file->unclear)
            claims[i].claim = CLAIM_UNKNOWN;
    }
    placed = claims != NULL &&
             roster_place(book->roster, claims, intake->count,
                          &making->placed, &making->count, error, size);
    free(claims);
    return placed;
}

/* Gives each entry the dealer of who handed it in. */
static bool deal(struct making *making, char *error, size_t size)
{
    const struct book *book = making->book;
    size_t count = book->intake->count;

    if (book->secret == NULL)
        return true;
    if (!secret_open(&making->secret, book->secret, book->rubric, error,
                     size)) {
        ready_say_which(error, size, "the secret", book->secret);
        return false;
    }
    making->hands = calloc(count + 1, sizeof(*making->hands));
    making->dealers = calloc(count + 1, sizeof(*making->dealers));
    if (making->hands == NULL || making->dealers == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        making->hands[i] = (struct secret_hand){
            &making->secret, book->intake->entries[i].shown};
    for (size_t i = 0; i < making->count; i++) {
        if (making->placed[i].entry != NO_ENTRY)
            making->hands[making->placed[i].entry].identity =
                making->placed[i].identity;
    }
    for (size_t i = 0; i < count; i++)
        making->dealers[i] = secret_dealer(&making->hands[i]);
    return true;
}

/* Grades and writes. */
static bool grade(const struct making *making, struct sum *sum, char *error,
                  size_t size)
{
    const struct book *book = making->book;
    struct terms terms = *book->terms;

    terms.dealers = making->dealers;
    if (!class_grade(making->results, book->intake, book->lab, book->rubric,
                     &terms, error, size) ||
        !write_book(making, error, size))
        return false;
    for (size_t i = 0; i < book->intake->count; i++) {
        sum->graded += making->results[i].state == RESULT_GRADED;
        sum->none += making->results[i].state == RESULT_NONE;
    }
    return true;
}

int book_make(const struct book *book, struct sum *sum, char *error,
              size_t size)
{
    struct making making = {.book = book,
                            .results = results_new(book->intake->count)};
    int status = STATUS_TROUBLE;

    snprintf(error, size, "there is no memory for the class");
    if (making.results != NULL) {
        if (!place(&making, error, size) || !deal(&making, error, size))
            status = STATUS_USAGE;
        else if (grade(&making, sum, error, size))
            status = STATUS_FULL;
    }
    if (making.hands != NULL)
        secret_close(&making.secret);
    free(making.hands);
    free(making.dealers);
    free(making.placed);
    results_free(making.results, book->intake->count);
    return status;
}
