/*
 * test_leaks.c - a search for a lab's solution finds it however it is written,
 * and nothing that is given anyway.
 */
#include "grader/lab/leaks.h"

#include "grader/lab/labs.h"
#include "grader/tests/help.h"

#include <unistd.h>

static char folder[] = "/tmp/heaplab-leaks-XXXXXX";
static struct rubric rubric;
static char error[512];
static char said[16384];

static void setup(void)
{
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 7);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert(rubric_of_lab(&rubric, "1-kr", error, sizeof(error)));
}

static void teardown(void)
{
    rmdir(folder);
}

/* Writes text to a file, searches the folder, and removes it. Returns how
   much was found. */
static size_t found_in(const char *name, const char *text)
{
    char path[PATH_ROOM];
    size_t count = 0;
    bool good;
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    out = fopen(path, "we");
    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    ck_assert_int_eq(fclose(out), 0);
    memset(said, 0, sizeof(said));
    out = fmemopen(said, sizeof(said) - 1, "w");
    good = leaks_search(out, &rubric, folder, &count, error, sizeof(error));
    fclose(out);
    unlink(path);
    ck_assert_msg(good, "%s", error);
    return count;
}

START_TEST(a_line_of_an_emptied_body_is_found_by_its_line)
{
    ck_assert_uint_eq(found_in("page.md", "Text.\n\nThen low->size += "
                                          "high->size; follows.\n"),
                      1);
    ck_assert_ptr_nonnull(strstr(said, "page.md:3: low->size += "));
}
END_TEST

START_TEST(a_line_that_is_broken_or_spaced_anew_is_found)
{
    ck_assert_uint_eq(found_in("page.md", "a\n  low->size\n\t +=  high->"
                                          "size;"),
                      1);
    ck_assert_ptr_nonnull(strstr(said, "page.md:2: "));
}
END_TEST

START_TEST(a_line_that_is_given_anyway_is_not_found)
{
    /* Of insert(), which is given; of bump.c; and a short one. */
    ck_assert_uint_eq(found_in("a.c", "merge(heap, block, block->next);\n"
                                      "if (size > PTRDIFF_MAX - CHUNK)\n"
                                      "if (ptr == NULL)\n"),
                      0);
}
END_TEST

START_TEST(a_mutant_is_found_by_its_name_and_by_its_lines)
{
    ck_assert_uint_eq(found_in("x.patch", "nothing\n"), 1);
    ck_assert_ptr_nonnull(strstr(said, "x.patch:1: a file of a mutant"));
    ck_assert_uint_eq(found_in("x.expect", "nothing\n"), 1);
    ck_assert_uint_eq(found_in("x.txt", "if (!is_free(above) ||\n"), 1);
}
END_TEST

START_TEST(the_reference_is_found_and_the_stub_is_not)
{
    static char text[1 << 17];
    static const struct {
        const char *path;
        bool solution;
    } files[] = {{"allocators/kr.c", true}, {"labs/1-kr/kr.c", false}};

    for (size_t i = 0; i < 2; i++) {
        char path[PATH_ROOM];
        FILE *in;
        path_kit(path, files[i].path);
        in = fopen(path, "re");
        ck_assert_ptr_nonnull(in);
        memset(text, 0, sizeof(text));
        ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, in), 0);
        fclose(in);
        ck_assert_int_eq(found_in("kr.c", text) > 50, files[i].solution);
        ck_assert_int_eq(said[0] != '\0', files[i].solution);
    }
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_an_error)
{
    size_t count;

    ck_assert(!leaks_search(stdout, &rubric, "/nowhere/at/all", &count, error,
                            sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "/nowhere/at/all: No such file"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("leaks");
    TCase *tcase = tcase_create("leaks");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_line_of_an_emptied_body_is_found_by_its_line);
    tcase_add_test(tcase, a_line_that_is_broken_or_spaced_anew_is_found);
    tcase_add_test(tcase, a_line_that_is_given_anyway_is_not_found);
    tcase_add_test(tcase, a_mutant_is_found_by_its_name_and_by_its_lines);
    tcase_add_test(tcase, the_reference_is_found_and_the_stub_is_not);
    tcase_add_test(tcase, a_folder_that_is_not_there_is_an_error);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
