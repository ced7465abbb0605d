/*
 * test_handout.c - the law of a handout: it holds no solution, it works where
 * there is nothing but a compiler, make and what every Linux has, and it is
 * the same tarball every time.
 */
#include "grader/lab/labs.h"
#include "grader/lab/leaks.h"
#include "grader/spawn.h"
#include "grader/tests/labs.h"

#include <fts.h>
#include <sys/stat.h>

/* Beside the compiler and its binutils: what POSIX has, and cmp for the Makefile. */
static const char *const tools[] = {
    "cc",     "as",    "ld",    "ar",     "objcopy", "nm",       "make",
    "sh",     "cmp",   "sed",   "grep",   "awk",     "find",     "basename",
    "cat",    "chmod", "cp",    "cut",    "date",    "dirname",  "echo",
    "env",    "expr",  "head",  "id",     "ln",      "ls",       "mkdir",
    "mktemp", "mv",    "nproc", "printf", "pwd",     "readlink", "rm",
    "rmdir",  "sleep", "sort",  "stat",   "tail",    "test",     "timeout",
    "touch",  "tr",    "true",  "false",  "uname",   "uniq",     "wc",
    "xargs",
};

static char folder[] = "/tmp/heaplab-handout-XXXXXX";
static char said[1 << 18];
static char tarball[PATH_ROOM + 32];
static char root[PATH_ROOM + 32]; /* the kit of the handout, unpacked */

/* Runs a line of shell in a directory, and returns its status. */
static int shell(const char *directory, const char *line)
{
    const char *words[] = {"sh", "-c", line, NULL};

    return capture(words, directory, said, sizeof(said));
}

/* Packs the handout into a folder below the test's. */
static void pack(const char *name)
{
    char kit[PATH_ROOM], built[PATH_ROOM], to[PATH_ROOM];
    const char *words[] = {".house/handout", built, to, "kr", NULL};

    path_kit(kit, "");
    path_built(built, "");
    snprintf(to, sizeof(to), "%s/%s", folder, name);
    ck_assert_msg(capture(words, kit, said, sizeof(said)) == 0, "%s", said);
}

/* Makes the handout and unpacks it, once for all tests. */
static void setup(void)
{
    char line[2 * PATH_ROOM];

    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 7);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    pack("packed");
    snprintf(tarball, sizeof(tarball), "%s/packed/heaplab-kr.tar.gz", folder);
    snprintf(root, sizeof(root), "%s/unpacked/heaplab-kr", folder);
    snprintf(line, sizeof(line), "mkdir unpacked && tar -C unpacked -xzf %s",
             tarball);
    ck_assert_msg(shell(folder, line) == 0, "%s", said);
}

static void teardown(void)
{
    char line[PATH_ROOM];

    snprintf(line, sizeof(line), "rm -rf %s", folder);
    shell("/", line);
}

START_TEST(no_file_holds_a_line_of_the_solution)
{
    static struct rubric rubric;
    char error[512];
    size_t count;

    ck_assert(rubric_of_lab(&rubric, "1-kr", error, sizeof(error)));
    ck_assert_msg(
        leaks_search(stdout, &rubric, root, &count, error, sizeof(error)),
        "%s", error);

    ck_assert_uint_eq(count, 0);
}
END_TEST

/* Is there such a file in the handout? */
static bool has(const char *name)
{
    char path[2 * PATH_ROOM];

    snprintf(path, sizeof(path), "%s/%s", root, name);
    return access(path, F_OK) == 0;
}

START_TEST(what_students_need_is_there_and_solutions_are_not)
{
    static const char *const there[] = {"Makefile",
                                        "README.md",
                                        "labs/0-bump/README.md",
                                        "labs/1-kr/kr.c",
                                        "labs/1-kr/rubric",
                                        "labs/1-kr/hints",
                                        "labs/1-kr/stub/kr.c",
                                        "labs/1-kr/README.md",
                                        "allocators/bump.c",
                                        "docs/LICENSE",
                                        "traces/README.md"};
    static const char *const missing[] = {
        "allocators/kr.c",  "labs/1-kr/mutants",
        "allocators/tests", "grader/tests",
        "traces/tests",     "docs/instructors.md",
        ".house/handout",   ".git"};

    for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
        ck_assert_msg(has(there[i]), "%s is missing", there[i]);
    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
        ck_assert_msg(!has(missing[i]), "%s is there", missing[i]);
}
END_TEST

START_TEST(the_file_to_write_is_the_stub_whatever_lies_in_the_kit)
{
    char line[3 * PATH_ROOM], program[PATH_ROOM];

    path_built(program, "heaplab");
    snprintf(line, sizeof(line),
             "%s starter kr 0 | cmp - labs/1-kr/kr.c && "
             "cmp labs/1-kr/kr.c labs/1-kr/stub/kr.c",
             program);

    ck_assert_msg(shell(root, line) == 0, "%s", said);
}
END_TEST

/* Checks the links of a page: what they lead to is there. */
static void check_links(const char *path)
{
    char *text = text_of(path);
    const char *at = text;

    ck_assert_ptr_nonnull(text);
    while ((at = strstr(at, "](")) != NULL) {
        size_t length = strcspn(at += 2, ")#");
        char target[2 * PATH_ROOM];
        if (length == 0 || strncmp(at, "http", 4) == 0)
            continue;
        snprintf(target, sizeof(target), "%.*s/%.*s",
                 (int)(strrchr(path, '/') - path), path, (int)length, at);
        ck_assert_msg(access(target, F_OK) == 0, "%s: nothing is at %.*s",
                      path, (int)length, at);
    }
    free(text);
}

START_TEST(no_link_of_a_page_leads_nowhere)
{
    char *const paths[] = {root, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    size_t pages = 0;
    FTSENT *entry;

    ck_assert_ptr_nonnull(tree);
    while ((entry = fts_read(tree)) != NULL) {
        const char *ending = strrchr(entry->fts_name, '.');
        if (entry->fts_info != FTS_F || ending == NULL ||
            strcmp(ending, ".md") != 0)
            continue;
        check_links(entry->fts_path);
        pages++;
    }
    fts_close(tree);

    ck_assert_uint_ge(pages, 5);
}
END_TEST

START_TEST(two_runs_make_the_same_tarball)
{
    char line[2 * PATH_ROOM];

    pack("again");

    snprintf(line, sizeof(line), "cmp %s again/heaplab-kr.tar.gz", tarball);
    ck_assert_msg(shell(folder, line) == 0, "%s", said);
}
END_TEST

START_TEST(a_lab_that_there_is_not_is_refused_with_those_there_are)
{
    char kit[PATH_ROOM], built[PATH_ROOM];
    const char *words[] = {".house/handout", built, folder, "nolab", NULL};

    path_kit(kit, "");
    path_built(built, "");

    ck_assert_int_eq(capture(words, kit, said, sizeof(said)), 2);
    ck_assert_ptr_nonnull(
        strstr(said, "no lab is called 'nolab'; there is: 1-kr"));
}
END_TEST

/* Links a tool into the folder bin, if this machine has it. */
static void link_tool(const char *tool)
{
    char line[256];

    snprintf(line, sizeof(line),
             "at=$(command -v %s); case $at in /*) ln -s \"$at\" bin ;; esac",
             tool);
    shell(folder, line);
}

/* Makes a folder of links to the tools, and to valgrind if it is wanted: all
   that the line which runs make in the handout has in its PATH. */
static void begin_bare(bool with_valgrind)
{
    ck_assert_int_eq(shell(folder, "rm -rf bin && mkdir bin"), 0);
    for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
        link_tool(tools[i]);
    if (with_valgrind) {
        link_tool("valgrind");
        link_tool("valgrind.bin");
    }
}

/* Runs make with targets where nothing but those tools is to be found. */
static int bare_make(const char *targets)
{
    char line[4 * PATH_ROOM];

    snprintf(line, sizeof(line),
             "exec env -i HOME=%s PATH=%s/bin make %s </dev/null", folder,
             folder, targets);
    return shell(root, line);
}

static void assert_says(const char *piece)
{
    ck_assert_msg(strstr(said, piece) != NULL, "no '%s' in:\n%.3000s", piece,
                  said);
}

START_TEST(a_compiler_and_make_are_enough_to_begin)
{
    begin_bare(false);

    ck_assert_msg(bare_make("kr") == 0, "%s", said);
    assert_says("  0/100\n");
    assert_says(" 1 carve          0/10  FAIL teaching/first: op 1");
    ck_assert_int_eq(bare_make("hint STEP=carve"), 0);
    assert_says("hint 1 of 5 for step 1, carve");
    ck_assert_int_eq(bare_make("hint STEP=carve"), 0);
    assert_says("hint 2 of 5");
    ck_assert_int_eq(bare_make("step LAB=kr TRACE=first"), 0);
    assert_says("malloc(100)");
    ck_assert_int_eq(bare_make("compare TRACES=reuse"), 0);
    assert_says("  bump ");
    ck_assert_int_eq(bare_make("grade"), 0);
    assert_says("  kr.c               0");
    ck_assert_int_eq(bare_make("help"), 0);
    assert_says("make hint");
    ck_assert_ptr_null(strstr(said, "make starter"));
    ck_assert_ptr_null(strstr(said, "make mutants"));
}
END_TEST

/* Copies the reference to where students write. */
static void solve(void)
{
    char line[2 * PATH_ROOM], reference[PATH_ROOM];

    path_kit(reference, "allocators/kr.c");
    snprintf(line, sizeof(line), "cp %s labs/1-kr/kr.c", reference);
    ck_assert_int_eq(shell(root, line), 0);
}

START_TEST(a_solution_gets_all_points)
{
    begin_bare(CALIBRATED);
    solve();

    ck_assert_msg(bare_make("kr") == 0, "%s", said);

    assert_says(" 9 utilization   10/10  ");
    if (CALIBRATED)
        assert_says(" 100/100\n");
    ck_assert_int_eq(bare_make("step LAB=kr TRACE=split AT=4"), 0);
    assert_says("nothing goes wrong");
    ck_assert_int_eq(bare_make("compare TRACES=split"), 0);
    ck_assert_ptr_null(strstr(said, "wrong"));
}
END_TEST

START_TEST(a_file_that_does_not_compile_stops_nothing_else)
{
    begin_bare(false);
    ck_assert_int_eq(shell(root, "echo 'int main(' >labs/1-kr/kr.c"), 0);

    ck_assert_msg(bare_make("kr") == 0, "%s", said);

    assert_says("labs/1-kr/kr.c does not compile");
    ck_assert_int_eq(bare_make("hint STEP=reuse"), 0);
    ck_assert_int_ne(bare_make("compare TRACES=reuse"), 0);
    assert_says("labs/1-kr/kr.c does not compile");
}
END_TEST

START_TEST(commands_about_solutions_say_that_there_are_none)
{
    ck_assert_msg(bare_make("all") == 0, "%s", said);

    ck_assert_int_eq(shell(root, "build/heaplab starter kr 3"), 2);
    assert_says("starter: not in a handout");
    ck_assert_int_eq(shell(root, "build/heaplab mutants kr comb"), 2);
    ck_assert_int_eq(shell(root, "build/heaplab --help"), 0);
    ck_assert_ptr_null(strstr(said, "starter"));
}
END_TEST

/* Is it the build that users have? */
static bool is_plain(void)
{
    if (SANITIZED)
        return false;
    return !COUNTS_COVERAGE && !under_valgrind();
}

int main(void)
{
    Suite *suite = suite_create("handout");
    TCase *packed = tcase_create("packed");
    TCase *used = tcase_create("used");

    tcase_set_timeout(packed, 60);
    tcase_set_timeout(used, 240);
    tcase_add_unchecked_fixture(packed, setup, teardown);
    tcase_add_unchecked_fixture(used, setup, teardown);
    tcase_add_test(packed, no_file_holds_a_line_of_the_solution);
    tcase_add_test(packed, what_students_need_is_there_and_solutions_are_not);
    tcase_add_test(packed,
                   the_file_to_write_is_the_stub_whatever_lies_in_the_kit);
    tcase_add_test(packed, no_link_of_a_page_leads_nowhere);
    tcase_add_test(packed, two_runs_make_the_same_tarball);
    tcase_add_test(packed,
                   a_lab_that_there_is_not_is_refused_with_those_there_are);
    suite_add_tcase(suite, packed);
    /* What is built there is a release, whatever this program is; once is
       enough. */
    if (is_plain()) {
        tcase_add_test(used, a_compiler_and_make_are_enough_to_begin);
        tcase_add_test(used, a_solution_gets_all_points);
        tcase_add_test(used, a_file_that_does_not_compile_stops_nothing_else);
        tcase_add_test(used,
                       commands_about_solutions_say_that_there_are_none);
    }
    suite_add_tcase(suite, used);
    return run_suite(suite);
}
