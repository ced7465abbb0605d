/*
 * test_told.c - the texts that build/gradebook leaves, one a submission.
 */
#include "grader/tests/gradebook.h"

#include <glob.h>
#include <sys/personality.h>

static char class[PATH_ROOM]; /* folder of submissions */
static char out[PATH_ROOM];   /* for results */

static void setup(void)
{
    make_root();
    in_root(class, "class");
    in_root(out, "out");
    ck_assert_int_eq(mkdir(class, 0755), 0);
}

static void make_folder(const char *name)
{
    char path[PATH_ROOM];

    in_root(path, name);
    ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void remove_file(const char *name)
{
    char path[PATH_ROOM];

    in_root(path, name);
    ck_assert_int_eq(unlink(path), 0);
}

/* Reads the text called name, of lab 1. Until the next call. */
static const char *told(const char *name)
{
    static char words[8192];
    char path[PATH_ROOM], file[256];
    FILE *in;

    snprintf(file, sizeof(file), "out/1-kr/%s.txt", name);
    in_root(path, file);
    in = fopen(path, "re");
    ck_assert_msg(in != NULL, "%s is not there", file);
    words[fread(words, 1, sizeof(words) - 1, in)] = '\0';
    fclose(in);
    return words;
}

static void is_told(const char *name, const char *words)
{
    const char *text_of = told(name);

    ck_assert_msg(strstr(text_of, words) != NULL, "%s: no '%s' in: %s", name,
                  words, text_of);
}

static void grade_class(void)
{
    ck_assert_msg(GRADEBOOK("--labs", "kr", "-o", out, class) == 0, "%s",
                  text);
}

START_TEST(an_old_text_gives_way_when_the_file_is_none_of_the_lab)
{
    make_submission("class/anna.c", "0", NULL);
    make_submission("class/ben.c", "0", NULL);
    grade_class();
    is_told("anna", "/100\n");
    make_file("class/anna.c", "int main(void) { return 0; }\n");

    grade_class();

    is_told("anna", "1-kr: not graded: nothing in it defines kr_allocator\n");
    ck_assert_ptr_null(strstr(told("anna"), "/100"));
    is_told("ben", "/100\n");
}
END_TEST

START_TEST(an_old_text_gives_way_when_nobody_has_a_file_of_any_lab)
{
    make_submission("class/anna.c", "0", NULL);
    ck_assert_int_eq(GRADEBOOK("-o", out, class), 0);
    make_file("class/anna.c", "int main(void) { return 0; }\n");

    ck_assert_int_eq(GRADEBOOK("-o", out, class), 0);

    is_told("anna", "1-kr: not graded: ");
}
END_TEST

START_TEST(an_old_text_gives_way_when_the_file_is_another_labs)
{
    make_submission("class/anna.c", "0", NULL);
    make_submission("class/ben.c", "0", NULL);
    ck_assert_int_eq(GRADEBOOK("-o", out, class), 0);
    make_file("class/anna.c", "const struct allocator bump_allocator = 0;\n");

    ck_assert_int_eq(GRADEBOOK("-o", out, class), 0);

    is_told("anna", "1-kr: not graded: nothing in it is for this lab");
}
END_TEST

START_TEST(whoever_is_refused_is_told_why)
{
    make_folder("class/ada");
    make_folder("class/ada/x");
    make_file("class/ada/kr.c", "struct allocator kr_allocator = {0};\n");
    make_file("class/ada/x/kr.c", "struct allocator kr_allocator = {1};\n");
    make_file("class/eve.zip", "this is no archive");

    grade_class();

    is_told("ada",
            "1-kr: not graded: 2 files in it could be meant: kr.c, x/kr.c");
    ck_assert_ptr_nonnull(strstr(text, "  ada                -  2 files"));
    ck_assert_ptr_nonnull(strstr(text, "to look at"));
    is_told("eve", "1-kr: not graded: ");
}
END_TEST

START_TEST(that_another_file_defines_the_allocator_is_told)
{
    const char *found;

    make_folder("class/ada");
    make_submission("class/ada/kr.c", "0", NULL);
    make_submission("class/ada/solved.c", "1", NULL);

    grade_class();

    is_told("ada", "ada, kr.c\n\ngraded kr.c; solved.c in it defines "
                   "kr_allocator too\n");
    found = strstr(text, "to look at (NAME.txt says why):\n");
    ck_assert_ptr_nonnull(found);
    ck_assert_ptr_nonnull(strstr(found, "graded kr.c; solved.c in it"));
}
END_TEST

START_TEST(a_later_one_of_unclear_files_has_no_figure_and_does_not_count)
{
    char roster[PATH_ROOM];
    struct csv_table table;

    make_submission("class/early.c", "1", NULL);
    make_folder("class/late");
    make_submission("class/late/a.c", "0", NULL);
    make_submission("class/late/b.c", "1", NULL);
    make_file("roster.csv", "file,identity\nearly.c,ann\nlate,ann\n");
    in_root(roster, "roster.csv");

    ck_assert_int_eq(GRADEBOOK("-r", roster, "-o", out, class), 0);

    read_table(&table, "out/gradebook.csv");
    ck_assert_str_eq(cell_of(&table, "early", "counts"), "yes");
    ck_assert_str_eq(cell_of(&table, "early", "points"), "10");
    ck_assert_str_eq(cell_of(&table, "late", "counts"), "no");
    ck_assert_str_eq(cell_of(&table, "late", "points"), "");
    ck_assert_str_eq(cell_of(&table, "late", "1 carve (10)"), "");
    ck_assert_ptr_nonnull(strstr(cell_of(&table, "late", "note"),
                                 "2 files in it could be meant: a.c, b.c"));
    csv_free(&table);
}
END_TEST

START_TEST(the_text_of_who_is_no_longer_in_the_class_stays)
{
    make_submission("class/anna.c", "0", NULL);
    make_submission("class/ben.c", "0", NULL);
    grade_class();
    remove_file("class/anna.c");

    grade_class();

    is_told("anna", "/100\n");
}
END_TEST

START_TEST(who_needs_a_file_beside_it_is_told_that_only_one_is_compiled)
{
    make_folder("class/ada");
    make_file("class/ada/kr.c", "#include \"my.h\"\n");
    make_file("class/ada/my.h", "");
    make_file("class/ben.c", "#include \"my.h\"\n"
                             "struct allocator kr_allocator = {0};\n");
    make_file("class/eve.c", "struct allocator kr_allocator = {0};\n");

    grade_class();

    is_told("ada", "my.h: No such file or directory");
    is_told("ada", "\nOnly kr.c is compiled, alone, with the kit's headers.");
    is_told("ben",
            "\nOnly ben.c is compiled, alone, with the kit's headers.");
    is_told("eve", "eve.c does not compile:");
    ck_assert_ptr_null(strstr(told("eve"), "Only"));
}
END_TEST

/* Puts the path of the one text that begins so into path. */
static void find_text(char *path, const char *begin)
{
    char pattern[PATH_ROOM + 32];
    glob_t found;

    snprintf(pattern, sizeof(pattern), "%s/1-kr/%s*", out, begin);
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    ck_assert_uint_eq(found.gl_pathc, 1);
    snprintf(path, PATH_ROOM, "%s", found.gl_pathv[0]);
    globfree(&found);
}

START_TEST(the_name_of_a_text_is_made_of_the_submissions_alone)
{
    char alone[PATH_ROOM], among[PATH_ROOM];

    make_file("class/J\u00fcrgen.c", "");
    grade_class();
    find_text(alone, "J");
    make_file("class/anna.c", "");

    grade_class();

    find_text(among, "J"); /* it is one still */
    ck_assert_str_eq(alone, among);
    ck_assert_str_eq(strrchr(among, '/'), "/J__rgen+c58fb672c97fba72.txt");
}
END_TEST

START_TEST(names_that_differ_in_what_is_replaced_have_texts_of_their_own)
{
    char pattern[PATH_ROOM];
    glob_t found;

    make_file("class/a b.c", "");
    make_file("class/a;b.c", "");
    make_file("class/a_b.c", "");

    grade_class();

    is_told("a_b", "a_b\n");
    in_root(pattern, "out/1-kr/a_b+????????????????.txt");
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    ck_assert_uint_eq(found.gl_pathc, 2);
    globfree(&found);
}
END_TEST

/* Ends of a file with a table, on which compiler, linker or look fail, and
   what their words have of the reason. */
static const struct {
    const char *name;
    const char *lines; /* of assembler */
    const char *words;
} failures[] = {
    {"align", ".p2align 31", "does not compile: as: out of memory"},
    {"fill", ".org 0x7fffffffffff", "does not compile: {standard input}: "},
    {"link", ".byte memcpy",
     "does not compile: kr.o:(.text+0x0): relocation truncated"},
    {"many", ".macro c\\n.comm c\\\\@,4\\n.endm\\n.rept 65\\nc\\n.endr",
     "the file has 65 variables of common storage: 64 at most"},
};

#define FAILURES (sizeof(failures) / sizeof(failures[0]))

static void make_failures(void)
{
    for (size_t i = 0; i < FAILURES; i++) {
        char name[32], code[512];
        snprintf(name, sizeof(name), "class/%s.c", failures[i].name);
        snprintf(code, sizeof(code),
                 "#include \"allocators/malloc.h\"\n"
                 "const struct allocator kr_allocator = {.title = \"t\"};\n"
                 "__asm__(\"%s\");\n",
                 failures[i].lines);
        make_file(name, code);
    }
}

START_TEST(no_text_has_the_path_of_the_folder_that_goes)
{
    char first[PATH_ROOM];
    struct csv_table table;

    make_failures();
    grade_class();
    in_root(first, "first");
    ck_assert_int_eq(rename(out, first), 0);

    grade_class();

    ck_assert_msg(run_in_kit(WORDS("diff", "-r"), WORDS(first, out)) == 0,
                  "%s", text);
    ck_assert_int_eq(
        run_in_kit(WORDS("grep", "-r", "heaplab-class"), WORDS(out)), 1);
    read_table(&table, "out/gradebook.csv");
    for (size_t i = 0; i < FAILURES; i++) {
        const char *note = cell_of(&table, failures[i].name, "note");
        ck_assert_msg(strstr(note, failures[i].words) == note, "%s: %s",
                      failures[i].name, note);
    }
    csv_free(&table);
}
END_TEST

START_TEST(a_file_that_asks_for_the_time_of_day_is_told_so)
{
    make_file("class/eve.c",
              "#include \"allocators/malloc.h\"\n"
              "const struct allocator kr_allocator = {.title = __TIME__};\n");

    grade_class();

    is_told("eve", "eve.c does not compile:");
    is_told("eve", "kr.c:2:");
    is_told("eve", "__TIME__");
}
END_TEST

/* May a process ask for addresses that are not randomized? */
static bool addresses_can_be_fixed(void)
{
    int before = personality(0xffffffff);
    bool can =
        before >= 0 && personality((unsigned)before | ADDR_NO_RANDOMIZE) >= 0;

    if (can)
        (void)personality((unsigned)before);
    return can;
}

/* A file that prints where the library, the stack and the program lie. */
static const char tells_addresses[] =
    "#include \"allocators/malloc.h\"\n#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "static const struct tunable list[] = {\n"
    "{.name = \"search\", .choices = \"first|next|best\"}, {.name = 0}};\n"
    "static struct heap *look(struct source *s, const struct options *o)\n"
    "{\nint here = s == 0 || o == 0;\n"
    "fprintf(stderr, \"seen: %p %p %p\\n\", (void *)stdout, (void *)&here,"
    " (void *)list);\nabort();\n}\n"
    "const struct allocator kr_allocator = {.title = \"t\", "
    ".options = list, .open = look};\n";

START_TEST(what_a_file_sees_of_addresses_is_the_same_in_each_run)
{
    char first[8192];

    if (!addresses_can_be_fixed())
        return; /* a container may forbid it */
    make_file("class/eve.c", tells_addresses);

    grade_class();
    snprintf(first, sizeof(first), "%s", told("eve"));
    grade_class();

    ck_assert_ptr_nonnull(strstr(first, "seen: 0x"));
    ck_assert_str_eq(told("eve"), first);
}
END_TEST

static Suite *told_suite(void)
{
    Suite *suite = suite_create("what is told");
    TCase *tcase = tcase_create("texts");

    tcase_add_checked_fixture(tcase, setup, remove_root);
    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase,
                   an_old_text_gives_way_when_the_file_is_none_of_the_lab);
    tcase_add_test(tcase,
                   an_old_text_gives_way_when_nobody_has_a_file_of_any_lab);
    tcase_add_test(tcase,
                   an_old_text_gives_way_when_the_file_is_another_labs);
    tcase_add_test(tcase, whoever_is_refused_is_told_why);
    tcase_add_test(tcase, that_another_file_defines_the_allocator_is_told);
    tcase_add_test(
        tcase, a_later_one_of_unclear_files_has_no_figure_and_does_not_count);
    tcase_add_test(
        tcase, who_needs_a_file_beside_it_is_told_that_only_one_is_compiled);
    tcase_add_test(tcase, the_text_of_who_is_no_longer_in_the_class_stays);
    tcase_add_test(tcase,
                   the_name_of_a_text_is_made_of_the_submissions_alone);
    tcase_add_test(
        tcase, names_that_differ_in_what_is_replaced_have_texts_of_their_own);
    tcase_add_test(tcase, no_text_has_the_path_of_the_folder_that_goes);
    tcase_add_test(tcase, a_file_that_asks_for_the_time_of_day_is_told_so);
    tcase_add_test(tcase,
                   what_a_file_sees_of_addresses_is_the_same_in_each_run);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(told_suite());

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
