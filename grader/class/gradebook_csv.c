/*
 * gradebook_csv.c - the gradebook of a lab.
 */
#include "grader/class/gradebook_csv.h"

#include "grader/class/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_header(struct csv *csv, const struct rubric *rubric)
{
    static const char *const first[] = {"submission", "identity",  "lab",
                                        "file",       "submitted", "points"};
    char name[WORD_ROOM + 48];

    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
        csv_text(csv, first[i]);
    for (size_t i = 0; i < rubric->step_count; i++) {
        snprintf(name, sizeof(name), "%zu %s (%d)", i + 1,
                 rubric->steps[i].name, rubric->steps[i].points);
        csv_text(csv, name);
    }
    for (size_t i = 0; i < rubric->manual_count; i++) {
        snprintf(name, sizeof(name), "%s (%d)", rubric->manuals[i].name,
                 rubric->manuals[i].points);
        csv_text(csv, name);
    }
    csv_text(csv, "counts");
    csv_text(csv, "note");
    csv_end_row(csv);
}

/* Writes a number, or nothing in its place. */
static void write_points(struct csv *csv, int points)
{
    if (points == NO_POINTS)
        csv_empty(csv);
    else
        csv_integer(csv, points);
}

/* Returns the sum of the steps, or NO_POINTS if one of them has none. */
static int sum_of(const struct gradebook_row *row, size_t step_count)
{
    int sum = 0;

    for (size_t i = 0; i < step_count; i++) {
        if (!row->graded || row->points[i] == NO_POINTS)
            return NO_POINTS;
        sum += row->points[i];
    }
    return sum;
}

static void write_row(struct csv *csv, const struct rubric *rubric,
                      const struct gradebook_row *row)
{
    csv_text(csv, row->submission);
    csv_text(csv, row->identity);
    csv_text(csv, rubric->lab);
    csv_text(csv, row->file);
    csv_text(csv, row->submitted);
    write_points(csv, sum_of(row, rubric->step_count));
    for (size_t i = 0; i < rubric->step_count; i++)
        write_points(csv, row->graded ? row->points[i] : NO_POINTS);
    for (size_t i = 0; i < rubric->manual_count; i++)
        csv_empty(csv);
    csv_text(csv, row->counts);
    csv_text(csv, row->note);
    csv_end_row(csv);
}

/* Of two rows, which comes first? What decides last is what is left. */
static int by_identity(const void *a, const void *b)
{
    const struct gradebook_row *left =
        *(const struct gradebook_row *const *)a;
    const struct gradebook_row *right =
        *(const struct gradebook_row *const *)b;
    int order = strcmp(left->identity, right->identity);

    if (order == 0)
        order = strcmp(left->submission, right->submission);
    if (order == 0)
        order = strcmp(left->file, right->file);
    return order != 0 ? order : strcmp(left->note, right->note);
}

/* Writes the table to out. Returns false: no memory. */
static bool write_table(FILE *out, const struct rubric *rubric,
                        const struct gradebook_row *rows, size_t count)
{
    struct csv csv = {.out = out};
    const struct gradebook_row **sorted =
        calloc(count + 1, sizeof(const void *));

    if (sorted == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &rows[i];
    qsort((void *)sorted, count, sizeof(const void *), by_identity);
    write_header(&csv, rubric);
    for (size_t i = 0; i < count; i++)
        write_row(&csv, rubric, sorted[i]);
    free((void *)sorted);
    return true;
}

bool gradebook_write(const char *path, const struct rubric *rubric,
                     const struct gradebook_row *rows, size_t count,
                     char *error, size_t size)
{
    char *temporary = NULL;
    FILE *out = NULL;
    bool good = false;
    int fd = -1;

    errno = ENOMEM;
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        temporary = NULL;
    else
        fd = mkostemp(temporary, O_CLOEXEC);
    if (fd >= 0)
        out = fdopen(fd, "w");
    if (out != NULL) {
        good = write_table(out, rubric, rows, count) && fflush(out) == 0 &&
               fsync(fd) == 0;
        good = fclose(out) == 0 && good && rename(temporary, path) == 0;
    } else if (fd >= 0) {
        close(fd);
    }
    if (!good) {
        snprintf(error, size, "%s: not written: %s", path, strerror(errno));
        if (fd >= 0)
            unlink(temporary);
    }
    free(temporary);
    return good;
}

bool gradebook_path(char *path, size_t size, const char *folder,
                    const char *lab)
{
    int length = snprintf(path, size, "%s/gradebook%s%s.csv", folder,
                          lab != NULL ? "-" : "", lab != NULL ? lab : "");

    return length >= 0 && (size_t)length < size;
}
