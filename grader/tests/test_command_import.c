/*
 * Tests heaplab trace import as a user meets it: foreign files, written here,
 * become traces that replay on every allocator of the kit.
 */
#include "grader/spawn.h"
#include "grader/tests/help.h"

#include "allocators/registry.h"

#include <sys/stat.h>
#include <unistd.h>

static char text[65536]; /* what the last command printed */
static char folder[64];

/* Runs heaplab with words, ended by NULL; returns its exit status. */
static int run(const char *const *words)
{
    char program[PATH_ROOM];
    const char *all[16] = {program};

    path_built(program, "heaplab");
    for (size_t i = 0; words[i] != NULL; i++)
        all[i + 1] = words[i];
    return capture(all, NULL, text, sizeof(text));
}

#define HEAPLAB(...) run((const char *const[]){__VA_ARGS__, NULL})

static void assert_says(const char *piece)
{
    ck_assert_msg(strstr(text, piece) != NULL, "no '%s' in:\n%s", piece,
                  text);
}

static void path_in(char path[256], const char *name)
{
    (void)snprintf(path, 256, "%s/%s", folder, name);
}

/* Writes a file in the test's folder. */
static void write_file(char path[256], const char *name, const char *contents)
{
    path_in(path, name);
    FILE *out = fopen(path, "we");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs(contents, out), 0);
    ck_assert_int_eq(fclose(out), 0);
}

static void set_up(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/heaplab-import-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
    const char *words[] = {"rm", "-rf", folder, NULL};

    ck_assert_int_eq(capture(words, NULL, text, sizeof(text)), 0);
}

/* One piece of work in each layout, as its files begin and as it is named. */
static const struct {
    const char *head;
    const char *layout;
} files[] = {
    {"1\n3\n8\n0\n", "layout four-lines"},
    {"2\n3\n8\n60000\n", "layout weight-first"},
    {"60000\r\n3\r\n8\r\n1\r\n", "layout size-first"},
    {"3\n8\n", "layout two-lines"},
    {"// by hand\n\n", "layout script"},
};

#define WORK "a 0 512\na 1 128\nr 0 640\na 2 4000\nf 1\nr 0 8\nf 0\na 1 24\n"

START_TEST(an_imported_file_replays_on_every_allocator)
{
    char foreign[256];
    char trace[256];
    char work[256];
    (void)snprintf(work, sizeof(work), "%s%s", files[_i].head, WORK);
    write_file(foreign, "foreign", work);
    path_in(trace, "imported.trace");

    ck_assert_int_eq(HEAPLAB("trace", "import", foreign, "-o", trace), 0);

    assert_says(files[_i].layout);
    assert_says("8 operations, 3 identifiers");
    for (size_t i = 0; i < registry_count; i++) {
        int status = HEAPLAB("replay", registry[i].name, trace);
        ck_assert_msg(status == 0, "%s: %s", registry[i].name, text);
        assert_says("ok, 8 operations");
    }
}
END_TEST

START_TEST(what_became_of_odd_lines_is_told)
{
    char foreign[256];
    char trace[256];
    write_file(foreign, "odd.rep", "1\n2\n4\n1\na 0 8\nf -1\nr 1 8\nf 0\n");
    path_in(trace, "odd.trace");

    ck_assert_int_eq(HEAPLAB("trace", "import", "-o", trace, foreign), 0);

    assert_says("left out 1 'f -1'");
    assert_says("1 'r' became 'a'");
}
END_TEST

START_TEST(a_title_and_a_layout_can_be_given)
{
    char foreign[256];
    write_file(foreign, "odd.rep", "70\n1\n1\n80\na 0 8\n");

    ck_assert_int_eq(HEAPLAB("trace", "import", "--title", "of ours",
                             "--layout", "weight-first", foreign),
                     0);

    assert_says("title: of ours\n");
    assert_says("layout weight-first");
}
END_TEST

START_TEST(a_malformed_file_is_refused_and_nothing_is_written)
{
    char foreign[256];
    char trace[256];
    char expected[300];
    write_file(foreign, "bad.rep", "1\n1\n2\n1\na 0 8\na 0\n");
    path_in(trace, "bad.trace");

    ck_assert_int_eq(HEAPLAB("trace", "import", foreign, "-o", trace), 2);

    (void)snprintf(expected, sizeof(expected), "%s:6: expected 'a ID SIZE'",
                   foreign);
    assert_says(expected);
    ck_assert_int_ne(access(trace, F_OK), 0);
}
END_TEST

START_TEST(wrong_usage_is_refused)
{
    ck_assert_int_eq(HEAPLAB("trace", "import"), 2);
    ck_assert_int_eq(HEAPLAB("trace", "import", "--layout", "rep", "x"), 2);
    assert_says("weight-first, size-first, two-lines or script was expected");
    ck_assert_int_eq(HEAPLAB("trace", "import", "/no/such"), 2);
    assert_says("/no/such: cannot be opened");
    ck_assert_int_eq(HEAPLAB("trace", "--help"), 0);
    assert_says("heaplab trace import");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command_import");
    TCase *tcase = tcase_create("command_import");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, an_imported_file_replays_on_every_allocator, 0,
                        (int)(sizeof(files) / sizeof(files[0])));
    tcase_add_test(tcase, what_became_of_odd_lines_is_told);
    tcase_add_test(tcase, a_title_and_a_layout_can_be_given);
    tcase_add_test(tcase, a_malformed_file_is_refused_and_nothing_is_written);
    tcase_add_test(tcase, wrong_usage_is_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
