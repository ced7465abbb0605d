/*
 * gradebook.h - what the tests of build/gradebook share.
 *
 * It is the release build's, whatever the variant: no sanitizer lives behind
 * walls, and points are what the rubrics were calibrated for.
 */
#ifndef GRADER_TESTS_GRADEBOOK_H
#define GRADER_TESTS_GRADEBOOK_H

#include "grader/class/csv.h"
#include "grader/spawn.h"
#include "grader/tests/help.h"

#include <sys/stat.h>
#include <unistd.h>

static char root[64];     /* a folder for the test; everybody may search it */
static char text[262144]; /* what the last command printed */

static inline void make_root(void)
{
    snprintf(root, sizeof(root), "/tmp/heaplab-gradebook-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    ck_assert_int_eq(chmod(root, 0755), 0);
}

static inline void remove_root(void)
{
    const char *words[] = {"rm", "-rf", root, NULL};
    char says[64];

    capture(words, NULL, says, sizeof(says));
}

/* Puts the path of name in the test's folder into path. */
static inline void in_root(char *path, const char *name)
{
    ck_assert_int_lt(snprintf(path, PATH_ROOM, "%s/%s", root, name),
                     PATH_ROOM);
}

static inline void make_file(const char *name, const char *contents)
{
    char path[PATH_ROOM];
    FILE *out;

    in_root(path, name);
    out = fopen(path, "we");
    ck_assert_msg(out != NULL, "%s", path);
    fputs(contents, out);
    ck_assert_int_eq(fclose(out), 0);
}

/* Runs words, ended by NULL, in the kit's folder, after up to 8 words that
   begin it; returns its exit status. */
static inline int run_in_kit(const char *const *before,
                             const char *const *words)
{
    struct manner manner = {.seconds = 240}; /* beside other tests */
    const char *all[32];
    char kit[PATH_ROOM];
    size_t count = 0;

    path_kit(kit, "");
    for (size_t i = 0; before[i] != NULL; i++)
        all[count++] = before[i];
    for (size_t i = 0; words[i] != NULL && count < 31; i++)
        all[count++] = words[i];
    all[count] = NULL;
    manner.directory = kit;
    return capture_in(&manner, all, text, sizeof(text));
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_WORDS   ((const char *const[]){NULL})

/* Runs gradebook with these words. */
#define GRADEBOOK(...)                                                       \
    run_in_kit(WORDS("build/release/gradebook"), WORDS(__VA_ARGS__))

/* Makes the file called name, in the test's folder, of the reference: with so
   many steps solved, and the sample's patch, NULL: none. */
static inline void make_submission(const char *name, const char *steps,
                                   const char *patch)
{
    char path[PATH_ROOM], change[PATH_ROOM];
    const char *words[] = {"-o", path, patch != NULL ? "-p" : NULL, change,
                           NULL};

    in_root(path, name);
    snprintf(change, sizeof(change), "labs/sample/%s.patch",
             patch != NULL ? patch : "");
    ck_assert_msg(
        run_in_kit(WORDS("build/release/heaplab", "starter", "kr", steps),
                   words) == 0,
        "%s", text);
}

/* Returns the cell of a table, row by submission, column by its name. */
static inline const char *cell_of(const struct csv_table *table,
                                  const char *submission, const char *column)
{
    for (size_t k = 0; k < table->columns; k++) {
        if (strcmp(csv_cell(table, 0, k), column) != 0)
            continue;
        for (size_t i = 1; i < table->rows; i++) {
            const char *name = csv_cell(table, i, 0);
            if (strcmp(name + (*name == '\''), submission) == 0)
                return csv_cell(table, i, k);
        }
    }
    ck_abort_msg("no cell for %s, %s", submission, column);
    return NULL;
}

static inline void read_table(struct csv_table *table, const char *name)
{
    char path[PATH_ROOM];
    char error[512];

    in_root(path, name);
    ck_assert_msg(csv_read(table, path, error, sizeof(error)), "%s", error);
}

#endif
