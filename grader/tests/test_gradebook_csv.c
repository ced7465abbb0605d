/*
 * test_gradebook_csv.c - the gradebook, byte for byte.
 */
#include "grader/class/gradebook_csv.h"

#include "grader/spawn.h"
#include "grader/tests/help.h"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD                                                                 \
    "submission,identity,lab,file,submitted,points,1 carve (60),"            \
    "2 throughput (40),report (20),counts,note\n"

static const struct rubric rubric = {
    .lab = "1-kr",
    .steps = {{.name = "carve", .points = 60},
              {.name = "throughput", .points = 40}},
    .step_count = 2,
    .manuals = {{.name = "report", .points = 20}},
    .manual_count = 1,
};

static char folder[64];
static char path[128];
static char error[512];

static void setup(void)
{
    snprintf(folder, sizeof(folder), "/tmp/heaplab-gradebook-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert(gradebook_path(path, sizeof(path), folder, "1-kr"));
}

static void teardown(void)
{
    const char *words[] = {"rm", "-rf", folder, NULL};
    char says[64];

    capture(words, NULL, says, sizeof(says));
}

/* A row of a submission with full marks. */
static struct gradebook_row full_row(const char *name, const char *identity)
{
    return (struct gradebook_row){.submission = name,
                                  .identity = identity,
                                  .file = "kr.c",
                                  .submitted = "",
                                  .counts = "yes",
                                  .note = "",
                                  .graded = true,
                                  .points = {60, 40}};
}

static void write_rows(const struct gradebook_row *rows, size_t count)
{
    ck_assert_msg(
        gradebook_write(path, &rubric, rows, count, error, sizeof(error)),
        "%s", error);
}

/* Is this what stands in the gradebook? */
static void check_written(const char *text)
{
    char written[2048];
    FILE *in = fopen(path, "re");
    size_t length;

    ck_assert_ptr_nonnull(in);
    length = fread(written, 1, sizeof(written) - 1, in);
    written[length] = '\0';
    fclose(in);
    ck_assert_str_eq(written, text);
}

START_TEST(the_file_is_called_after_the_lab)
{
    char small[8];

    ck_assert_str_eq(strrchr(path, '/'), "/gradebook-1-kr.csv");
    ck_assert(!gradebook_path(small, sizeof(small), folder, "1-kr"));
}
END_TEST

START_TEST(a_row_has_a_cell_a_step_and_none_for_what_a_person_grades)
{
    struct gradebook_row row = full_row("ada", "s1");
    row.submitted = "2024-10-02T10:00Z";
    row.points[1] = 7;
    row.note = "slow, but right";

    write_rows(&row, 1);

    check_written(HEAD "ada,s1,1-kr,kr.c,2024-10-02T10:00Z,67,60,7,,yes,"
                       "\"slow, but right\"\n");
}
END_TEST

START_TEST(without_rows_there_is_a_header)
{
    write_rows(NULL, 0);

    check_written(HEAD);
}
END_TEST

START_TEST(a_step_without_a_figure_is_empty_and_so_is_the_sum)
{
    struct gradebook_row row = full_row("ada", "s1");
    row.points[1] = NO_POINTS;

    write_rows(&row, 1);

    check_written(HEAD "ada,s1,1-kr,kr.c,,,60,,,yes,\n");
}
END_TEST

START_TEST(no_points_at_all_are_a_0)
{
    struct gradebook_row row = full_row("ada", "s1");
    row.points[0] = row.points[1] = 0;

    write_rows(&row, 1);

    check_written(HEAD "ada,s1,1-kr,kr.c,,0,0,0,,yes,\n");
}
END_TEST

START_TEST(what_was_not_graded_has_empty_cells)
{
    struct gradebook_row row = full_row("", "s1");
    row.graded = false;
    row.file = "";
    row.counts = "";
    row.note = "no submission";

    write_rows(&row, 1);

    check_written(HEAD ",s1,1-kr,,,,,,,,no submission\n");
}
END_TEST

START_TEST(what_students_write_is_made_safe)
{
    struct gradebook_row row = full_row("=1+1", "@x");
    row.file = "-a/kr.c";
    row.note = "+\n\"";

    write_rows(&row, 1);

    check_written(HEAD
                  "'=1+1,'@x,1-kr,'-a/kr.c,,100,60,40,,yes,\"'+?\"\"\"\n");
}
END_TEST

START_TEST(rows_are_sorted_by_identity_then_submission)
{
    struct gradebook_row rows[] = {full_row("b", "s2"), full_row("c", "s1"),
                                   full_row("a", "s2"), full_row("z", "S9")};
    struct gradebook_row turned[] = {rows[3], rows[2], rows[1], rows[0]};
    const char *sorted = HEAD "z,S9,1-kr,kr.c,,100,60,40,,yes,\n"
                              "c,s1,1-kr,kr.c,,100,60,40,,yes,\n"
                              "a,s2,1-kr,kr.c,,100,60,40,,yes,\n"
                              "b,s2,1-kr,kr.c,,100,60,40,,yes,\n";

    write_rows(rows, 4);
    check_written(sorted);
    write_rows(turned, 4);
    check_written(sorted);
}
END_TEST

START_TEST(an_old_gradebook_is_replaced_and_nothing_else_is_left)
{
    struct gradebook_row row = full_row("ada", "s1");
    struct stat what;
    char pattern[128];
    glob_t found;
    FILE *out = fopen(path, "we");
    fputs("old\n", out);
    fclose(out);

    write_rows(&row, 1);

    check_written(HEAD "ada,s1,1-kr,kr.c,,100,60,40,,yes,\n");
    ck_assert_int_eq(stat(path, &what), 0);
    ck_assert_uint_eq(what.st_mode & 0777, 0600);
    snprintf(pattern, sizeof(pattern), "%s/*", folder);
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    ck_assert_uint_eq(found.gl_pathc, 1);
    globfree(&found);
}
END_TEST

START_TEST(what_cannot_be_written_is_one_line_and_leaves_nothing)
{
    char pattern[128];
    glob_t found;
    ck_assert_int_eq(mkdir(path, 0700), 0);

    ck_assert(!gradebook_write("/nowhere/x.csv", &rubric, NULL, 0, error,
                               sizeof(error)));
    ck_assert_str_eq(error, "/nowhere/x.csv: not written: No such file or "
                            "directory");
    ck_assert(!gradebook_write(path, &rubric, NULL, 0, error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, ": not written: Is a directory"));

    snprintf(pattern, sizeof(pattern), "%s/*", folder);
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    ck_assert_uint_eq(found.gl_pathc, 1);
    globfree(&found);
}
END_TEST

#define ADD(test) tcase_add_test(tcase, test)

static Suite *gradebook_suite(void)
{
    Suite *suite = suite_create("gradebook");
    TCase *tcase = tcase_create("gradebook");

    tcase_add_checked_fixture(tcase, setup, teardown);
    ADD(the_file_is_called_after_the_lab);
    ADD(a_row_has_a_cell_a_step_and_none_for_what_a_person_grades);
    ADD(without_rows_there_is_a_header);
    ADD(a_step_without_a_figure_is_empty_and_so_is_the_sum);
    ADD(no_points_at_all_are_a_0);
    ADD(what_was_not_graded_has_empty_cells);
    ADD(what_students_write_is_made_safe);
    ADD(rows_are_sorted_by_identity_then_submission);
    ADD(an_old_gradebook_is_replaced_and_nothing_else_is_left);
    ADD(what_cannot_be_written_is_one_line_and_leaves_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(gradebook_suite());
}
