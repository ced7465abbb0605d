/*
 * test_adding.c - that another allocator is one file and one line: follows
 * docs/adding-an-allocator.md in a copy of the kit.
 *
 * The first C code on the page becomes the file, and its ALLOCATOR(...) the
 * line. What stands on the page after a "$ " is run there, and must print what
 * the page shows below it.
 *
 * The copy takes a build of the whole kit, so it is made only in the release
 * variant, and not under valgrind, which would add nothing to it.
 */
#include "allocators/tests/help.h"

#include <stdarg.h>
#include <unistd.h>

#define PAGE  "docs/adding-an-allocator.md"
#define PARTS "Makefile .house allocators grader labs traces"

#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN) ||                        \
    defined(VARIANT_COVERAGE)
#define ONLY_THE_PAGE true
#else
#define ONLY_THE_PAGE false
#endif

/* What the page says. */
static char *page;
static char line[256];  /* ALLOCATOR("powers", powers, "") */
static char name[64];   /* in it: what people choose */
static char symbol[64]; /* in it: the file's name */

/* Has two folders: before, a copy of the kit, and after, with the addition. */
static char scratch[] = "/tmp/heaplab-adding-XXXXXX";

/* The most that a file of these may have. */
#define CONTENTS_MAX ((size_t)1 << 20)

/* Returns the whole file as a string, to be freed. */
static char *contents(const char *path)
{
    FILE *in = fopen(path, "re");
    char *text = calloc(1, CONTENTS_MAX);
    ck_assert_msg(in != NULL, "%s cannot be read from here", path);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_lt(fread(text, 1, CONTENTS_MAX, in), CONTENTS_MAX);
    (void)fclose(in);
    return text;
}

/* Runs a command in the scratch folder; what it prints goes to said there. */
__attribute__((format(printf, 1, 2))) static int shell(const char *format,
                                                       ...)
{
    char command[1024];
    int used = snprintf(command, sizeof command,
                        "exec >%s/said 2>&1; cd %s && ", scratch, scratch);
    va_list arguments;
    va_start(arguments, format);
    used += vsnprintf(command + used, sizeof command - (size_t)used, format,
                      arguments);
    va_end(arguments);
    ck_assert_int_lt(used, sizeof command);
    return system(command); /* NOLINT(cert-env33-c): our own commands */
}

/* Returns what the last command printed, to be freed. */
static char *said(void)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/said", scratch);
    return contents(path);
}

/* Returns where the C code of the page begins, and how long it is. */
static const char *example(size_t *length)
{
    const char *fence = "\n```c\n";
    const char *start = strstr(page, fence);
    ck_assert_msg(start != NULL, PAGE " has no C code");
    start += strlen(fence);
    const char *end = strstr(start, "\n```\n");
    ck_assert_ptr_nonnull(end);
    *length = (size_t)(end - start) + 1;
    return start;
}

static void read_page(void)
{
    page = contents(PAGE);
    const char *at = strstr(page, "\nALLOCATOR(");
    ck_assert_msg(at != NULL, PAGE " has no line for allocators.def");
    (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(at + 1, "\n"),
                   at + 1);
    ck_assert_int_eq(
        sscanf(line, "ALLOCATOR(\"%63[^\"]\", %63[^,]", name, symbol), 2);
}

static void remove_scratch(void)
{
    (void)shell("cd / && rm -rf %s", scratch);
}

/* Does what the page says, in a copy of the kit. */
static void add_allocator(void)
{
    char root[512];
    char path[256];
    size_t length;
    read_page();
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    ck_assert_ptr_nonnull(mkdtemp(scratch));
    ck_assert_int_eq(shell("mkdir before && cd '%s' && cp -r " PARTS
                           " %s/before && cd %s && cp -r before after",
                           root, scratch, scratch),
                     0);

    (void)snprintf(path, sizeof path, "%s/after/allocators/%s.c", scratch,
                   symbol);
    FILE *out = fopen(path, "wxe");
    ck_assert_msg(out != NULL, "%s.c is there already", symbol);
    const char *code = example(&length);
    ck_assert_uint_eq(fwrite(code, 1, length, out), length);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(
        shell("echo '%s' >> after/allocators/allocators.def", line), 0);

    if (shell("make -C after -j2 --no-print-directory VARIANT=release all "
              "build/release/allocators/tests/test_contract "
              "build/release/allocators/tests/test_contract_random "
              ">log 2>&1 || { grep -v '^  [A-Z]' log; false; }") != 0) {
        char *report = said();
        remove_scratch();
        ck_abort_msg("the copy does not build:\n%s", report);
    }
}

START_TEST(the_page_has_a_file_and_its_line)
{
    size_t length;
    char table[128];

    const char *code = example(&length);
    (void)snprintf(table, sizeof table,
                   "\nconst struct allocator %s_allocator", symbol);
    const char *defined = strstr(code, table);

    ck_assert_ptr_nonnull(defined);
    ck_assert(defined < code + length);
}
END_TEST

START_TEST(one_file_and_one_line_are_added)
{
    char expected[1024];
    (void)snprintf(expected, sizeof expected,
                   "> %s\nOnly in after/allocators: %s.c\n", line, symbol);

    (void)shell("LC_ALL=C diff -r -x build before after | "
                "grep -v -e '^diff ' -e '^[0-9]'");

    char *added = said();
    ck_assert_str_eq(added, expected);
    free(added);
}
END_TEST

START_TEST(the_new_name_is_listed)
{
    ck_assert_int_eq(shell("after/build/heaplab list %s", name), 0);
}
END_TEST

START_TEST(a_trace_is_replayed_on_it)
{
    ck_assert_int_eq(shell("after/build/heaplab replay %s "
                           "after/traces/teaching/comb.trace",
                           name),
                     0);
}
END_TEST

START_TEST(it_keeps_the_contract)
{
    const char *programs[] = {"test_contract", "test_contract_random"};

    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        int status = shell("CK_RUN_CASE=%s after/build/release/allocators/"
                           "tests/%s",
                           name, programs[i]);
        char *report = said();
        ck_assert_msg(status == 0 && strstr(report, "100%") != NULL, "%s: %s",
                      programs[i], report);
        free(report);
    }
}
END_TEST

/* Runs the command at the start of a screen of the page. */
static void try_screen(const char *screen)
{
    const char *shown = screen + strcspn(screen, "\n") + 1;
    const char *end = strstr(shown, "```\n");
    ck_assert_ptr_nonnull(end);

    int status =
        shell("cd after && %.*s", (int)strcspn(screen, "\n"), screen);

    char *printed = said();
    size_t length = strlen(printed);
    ck_assert_msg(status == 0 && length == (size_t)(end - shown) &&
                      strncmp(printed, shown, length) == 0,
                  PAGE " shows something else than is printed by\n%.*s\n%s",
                  (int)strcspn(screen, "\n"), screen, printed);
    free(printed);
}

START_TEST(the_page_shows_what_is_printed)
{
    const char *prompt = "\n```text\n$ ";
    int screens = 0;

    for (const char *at = strstr(page, prompt); at != NULL;
         at = strstr(at + 1, prompt)) {
        try_screen(at + strlen(prompt));
        screens++;
    }

    ck_assert_int_gt(screens, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("adding");
    TCase *tcase = tcase_create("adding");
    bool only_the_page = ONLY_THE_PAGE || under_valgrind();

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_page_has_a_file_and_its_line);
    if (only_the_page) {
        (void)puts("left out: the copy of the kit, which is built and tried "
                   "in the release variant, without valgrind");
        tcase_add_unchecked_fixture(tcase, read_page, NULL);
        return run_suite(suite);
    }
    tcase_add_unchecked_fixture(tcase, add_allocator, remove_scratch);
    tcase_add_test(tcase, one_file_and_one_line_are_added);
    tcase_add_test(tcase, the_new_name_is_listed);
    tcase_add_test(tcase, a_trace_is_replayed_on_it);
    tcase_add_test(tcase, it_keeps_the_contract);
    tcase_add_test(tcase, the_page_shows_what_is_printed);
    return run_suite(suite);
}
