/*
 * test_gradebook.c - the sample class, as the table in its page says.
 *
 * The class is graded once, two submissions at a time, before the tests.
 */
#include "grader/tests/gradebook.h"

#include <glob.h>

#define ROWS_MAX 64

/* A row of the table in labs/sample/README.md. */
struct row {
    char path[128];  /* of the file: "complete.c", "in-a-folder/x/kr.c" */
    char entry[128]; /* the submission's name: "complete", "in-a-folder" */
    char points[8];  /* empty: none */
    char words[128]; /* a piece of the note; may be empty */
};

static struct row rows[ROWS_MAX];
static size_t row_count;
static struct csv_table table;
static int status;

/* Copies cell number n of a line of the table, without its quotes. */
static void copy_cell(char *to, size_t room, const char *line, int n)
{
    const char *at = line;
    const char *end;

    for (int i = 0; i < n && at != NULL; i++)
        at = strstr(at + 1, "| ");
    ck_assert_msg(at != NULL, "too few cells: %s", line);
    at += 2;
    end = strchr(at, '|');
    ck_assert_msg(end != NULL, "a cell has no end: %s", line);
    while (end > at && end[-1] == ' ')
        end--;
    if (end > at + 1 && *at == '`') {
        at++;
        end--;
    }
    snprintf(to, room, "%.*s", end > at ? (int)(end - at) : 0, at);
}

static void read_rows(void)
{
    char path[PATH_ROOM];
    char line[512];
    FILE *in;

    path_kit(path, "labs/sample/README.md");
    in = fopen(path, "re");
    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof(line), in) != NULL) {
        struct row *row = &rows[row_count];
        if (strncmp(line, "| `", 3) != 0)
            continue;
        ck_assert_uint_lt(row_count, ROWS_MAX - 1);
        copy_cell(row->path, sizeof(row->path), line, 0);
        copy_cell(row->points, sizeof(row->points), line, 2);
        copy_cell(row->words, sizeof(row->words), line, 4);
        memcpy(row->entry, row->path, sizeof(row->entry));
        row->entry[strcspn(row->entry, "/")] = '\0';
        if (strcmp(row->points, "-") == 0)
            row->points[0] = '\0';
        for (size_t i = 0; i < 2; i++) {
            char *ending = strstr(row->entry, i == 0 ? ".tar.gz" : ".c");
            if (ending != NULL)
                *ending = '\0';
        }
        row_count++;
    }
    fclose(in);
}

/* Grades the sample. Runs once, for all tests. */
static void grade_sample(void)
{
    char class[PATH_ROOM], out[PATH_ROOM];

    make_root();
    read_rows();
    in_root(class, "class");
    in_root(out, "out");
    ck_assert_msg(run_in_kit(WORDS(".house/sample", "build/release"),
                             WORDS(class)) == 0,
                  "%s", text);
    status = GRADEBOOK("--sample", "-j", "2", "-o", out, class);
    read_table(&table, "out/gradebook.csv");
}

static void end_sample(void)
{
    csv_free(&table);
    remove_root();
}

START_TEST(every_submission_has_the_points_that_the_table_says)
{
    ck_assert_uint_gt(row_count, 15);
    for (size_t i = 0; i < row_count; i++) {
        const char *points = cell_of(&table, rows[i].entry, "points");
        ck_assert_msg(strcmp(points, rows[i].points) == 0,
                      "%s: %s points, and labs/sample/README.md says %s",
                      rows[i].entry, points, rows[i].points);
    }
    ck_assert_uint_eq(table.rows - 1, row_count);
}
END_TEST

START_TEST(every_submission_is_told_what_the_table_says)
{
    for (size_t i = 0; i < row_count; i++) {
        const char *note = cell_of(&table, rows[i].entry, "note");
        ck_assert_msg(strstr(note, rows[i].words) != NULL,
                      "%s: no '%s' in: %s", rows[i].entry, rows[i].words,
                      note);
        ck_assert_msg((*note == '\0') == (rows[i].words[0] == '\0'),
                      "%s: is told: %s", rows[i].entry, note);
    }
}
END_TEST

START_TEST(all_have_a_result_and_the_last_lines_say_where_it_is)
{
    ck_assert_int_eq(status, 0);
    ck_assert_ptr_nonnull(strstr(text, "\ngraded 20, 0 without result\n"));
    ck_assert_ptr_nonnull(strstr(text, "/out/gradebook.csv: the points; "));
}
END_TEST

START_TEST(the_roll_fits_into_80_columns)
{
    const char *line = strstr(text, "  file ");
    const char *last = strstr(text, "\ngraded ");

    ck_assert_ptr_nonnull(line);
    ck_assert_ptr_nonnull(last);
    while (line < last) {
        size_t columns = 0;
        for (; *line != '\n'; line++)
            columns += (*line & 0xc0) != 0x80; /* UTF-8 goes on */
        ck_assert_uint_le(columns, 80);
        line++;
    }
}
END_TEST

/* Names of the columns of steps begin with their number. */
static int points_by_gradebook(const char *entry, const char *step, int most)
{
    char column[128];

    snprintf(column, sizeof(column), "%s (%d)", step, most);
    return (int)strtol(cell_of(&table, entry, column), NULL, 10);
}

/* Compares the steps of what heaplab printed with the gradebook's. */
static size_t compare_steps(const char *entry)
{
    size_t compared = 0;

    for (const char *line = text; line != NULL && *line != '\0';
         line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL) {
        char *end, *behind;
        char step[64];
        long number = strtol(line, &end, 10); /* "10 throughput  5/10  ok" */
        size_t length = strcspn(end + (*end == ' '), " \n");
        int points = (int)strtol(end + 1 + length, &behind, 10);
        int most = *behind == '/' ? (int)strtol(behind + 1, NULL, 10) : 0;
        if (number < 1 || *end != ' ' || most == 0)
            continue;
        snprintf(step, sizeof(step), "%ld %.*s", number, (int)length,
                 end + 1);
        ck_assert_msg(points_by_gradebook(entry, step, most) == points,
                      "%s: %s: %d by its owner", entry, step, points);
        compared++;
    }
    return compared;
}

START_TEST(a_file_has_the_same_points_when_its_owner_grades_it)
{
    size_t compared = 0;

    for (size_t i = 0; i < row_count; i++) {
        char file[PATH_ROOM];
        if (rows[i].points[0] == '\0' || strstr(rows[i].path, ".tar"))
            continue;
        snprintf(file, sizeof(file), "%s/class/%s", root, rows[i].path);
        ck_assert_int_le(run_in_kit(WORDS("build/release/heaplab", "grade"),
                                    WORDS("kr", file)),
                         1);
        if (strcmp(rows[i].points, "0") != 0)
            compared += compare_steps(rows[i].entry);
        else
            ck_assert_msg(strstr(text, " 0/100") != NULL, "%s:\n%s",
                          rows[i].entry, text);
    }
    ck_assert_uint_ge(compared, 100);
}
END_TEST

START_TEST(every_patch_is_in_the_table)
{
    char pattern[PATH_ROOM];
    glob_t found;

    path_kit(pattern, "labs/sample/*.patch");
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *name = strrchr(found.gl_pathv[i], '/') + 1;
        size_t length = strcspn(name, ".");
        size_t k = 0;
        while (k < row_count && (strlen(rows[k].entry) != length ||
                                 strncmp(rows[k].entry, name, length) != 0))
            k++;
        ck_assert_msg(k < row_count, "%s", name);
    }
    globfree(&found);
}
END_TEST

static Suite *gradebook_suite(void)
{
    Suite *suite = suite_create("gradebook");
    TCase *tcase = tcase_create("the sample class");

    tcase_add_unchecked_fixture(tcase, grade_sample, end_sample);
    tcase_set_timeout(tcase, 200);
    tcase_add_test(tcase,
                   every_submission_has_the_points_that_the_table_says);
    tcase_add_test(tcase, every_submission_is_told_what_the_table_says);
    tcase_add_test(tcase,
                   all_have_a_result_and_the_last_lines_say_where_it_is);
    tcase_add_test(tcase, the_roll_fits_into_80_columns);
    tcase_add_test(tcase,
                   a_file_has_the_same_points_when_its_owner_grades_it);
    tcase_add_test(tcase, every_patch_is_in_the_table);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(gradebook_suite());

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
