/*
 * test_inspect.c - what a submission's object may have in it, and what not.
 */
#include "grader/inspect/inspect.h"

#include "allocators/registry.h"
#include "grader/tests/compiled.h"

#include <glob.h>
#include <sys/stat.h>

/* What compilers' options change about sections and symbols. */
static const char *const options[] = {
    "",
    "-O0",
    "-O1",
    "-O2",
    "-O3",
    "-Os",
    "-g0",
    "-g3",
    "-O2 -fpie",
    "-O0",
    "-O2 -fPIC",
    "-O2 -ffunction-sections -fdata-sections",
    "-gz",
    "-fcommon",
    "-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2",
    "-O2 -fstack-protector-all"};

static bool can_run(const char *compiler)
{
    const char *words[] = {compiler, "--version", NULL};
    char text[64];

    return capture(words, NULL, text, sizeof(text)) == 0;
}

/* Fails the test unless a file passes, as each compiler makes it. */
static void expect_file_fine(const char *file, const char *table,
                             const char *more)
{
    const char *const compilers[] = {"cc", "gcc", "clang"};

    for (size_t i = 0; i < 3; i++) {
        struct inspection inspection;
        char error[256];
        if (i > 0 && (INSTRUMENTED || !can_run(compilers[i])))
            continue;
        compile_file(file, i > 0 ? compilers[i] : NULL, more);
        ck_assert(inspect_object(&inspection, compiled_object, table, error,
                                 sizeof(error)));
        ck_assert_msg(inspection.refusal[0] == '\0', "%s, %s %s: %s", file,
                      compilers[i], more, inspection.refusal);
        ck_assert_msg(inspection.static_size <= STATIC_MOST, "%s: %zu bytes",
                      file, inspection.static_size);
        ck_assert(!inspection.prints);
    }
}

START_TEST(the_kits_allocators_pass_as_every_compiler_makes_them)
{
    for (size_t i = 0; i < registry_count; i++) {
        char file[PATH_ROOM];
        char name[128];
        char table[128];
        if (registry[i].settings[0] != '\0')
            continue;
        snprintf(name, sizeof(name), "allocators/%s.c", registry[i].symbol);
        snprintf(table, sizeof(table), "%s_allocator", registry[i].symbol);
        path_kit(file, name);
        expect_file_fine(file, table, options[_i]);
    }
}
END_TEST

START_TEST(the_file_that_students_begin_with_passes)
{
    char file[PATH_ROOM];

    path_kit(file, "labs/1-kr/kr.c");
    expect_file_fine(file, "kr_allocator", options[_i]);
}
END_TEST

START_TEST(a_file_with_a_mistake_in_it_passes)
{
    char pattern[PATH_ROOM];
    char root[PATH_ROOM];
    char command[3 * PATH_ROOM];
    char says[256];
    const char *words[] = {"sh", "-c", command, NULL};
    glob_t found;

    path_kit(root, "");
    path_kit(pattern, "labs/1-kr/mutants/*.patch");
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char file[80];
        snprintf(file, sizeof(file), "%s/kr.c", compiled_folder);
        snprintf(command, sizeof(command),
                 "cp '%sallocators/kr.c' %s && patch -s %s '%s'", root, file,
                 file, found.gl_pathv[i]);
        ck_assert_msg(capture(words, NULL, says, sizeof(says)) == 0, "%s",
                      says);
        compile_file(file, NULL, "");
        struct inspection inspection = inspect_compiled();
        ck_assert_msg(inspection.refusal[0] == '\0', "%s: %s",
                      found.gl_pathv[i], inspection.refusal);
    }
    globfree(&found);
}
END_TEST

START_TEST(what_a_file_may_call_is_fine)
{
    expect_fine("#include \"allocators/bits.h\"\n"
                "#include \"allocators/general.h\"\n"
                "#include \"allocators/source.h\"\n"
                "#include <assert.h>\n#include <string.h>\n"
                "#include <stdlib.h>\n" HEAP_FUNCTION(
                    "assert(n > 3); memmove(p, p, n);"
                    "if (memcmp(p, (char *)p + 9, n) == 0) abort();"
                    "source_grow(p, strlen(p) + log2_ceil(n) +"
                    "    (size_t)__builtin_popcountll(n));"
                    "if (n == 9) caller_error(\"kr\", p, p);"));
}
END_TEST

START_TEST(what_the_c_library_has_is_refused_with_its_line)
{
    struct inspection inspection =
        inspect_text("#include <stdlib.h>\n" HEAP_FUNCTION(
            "n++;\nfree(p);\np = malloc(n);"));

    ck_assert_ptr_nonnull(strstr(inspection.refusal, "uses free of the C "
                                                     "library: memory must "
                                                     "come from the source"));
    ck_assert_uint_eq(inspection.line.number, 6);
    ck_assert_ptr_nonnull(strstr(inspection.line.file, "kr.c"));
}
END_TEST

START_TEST(what_is_not_allowed_is_refused_in_words_of_its_own)
{
    expect_refused(HEAP_FUNCTION("extern void *sbrk(long); sbrk(9);"),
                   "uses sbrk of the C library");
    expect_refused(HEAP_FUNCTION("extern void *mmap(); mmap();"),
                   "uses mmap of the C library");
    expect_refused(HEAP_FUNCTION("extern void *dlsym(); dlsym(p, p);"),
                   "uses dlsym, which finds code");
    expect_refused(HEAP_FUNCTION("extern int fork(void); fork();"),
                   "uses fork, which is about processes");
    expect_refused(HEAP_FUNCTION("extern int pthread_create();"
                                 "pthread_create();"),
                   "uses pthread_create, which is for threads");
    expect_refused(HEAP_FUNCTION("extern int open(); open(p);"),
                   "uses open, which is about files");
    expect_refused(HEAP_FUNCTION("extern int write(); write(1, p, n);"),
                   "uses write, which writes to any file");
    expect_refused(HEAP_FUNCTION("extern int signal(); signal(9, p);"),
                   "uses signal, though a call must return");
    expect_refused(HEAP_FUNCTION("extern long time(); time(0);"),
                   "uses time, though what an allocator does must not depend "
                   "on the time");
    expect_refused(HEAP_FUNCTION("extern int usleep(); usleep(9);"),
                   "uses usleep, though an allocator waits for nothing");
    expect_refused(HEAP_FUNCTION("extern int rand(void); n += rand();"),
                   "uses rand of the C library, though an allocator must do "
                   "the same in every run");
    expect_refused(HEAP_FUNCTION("extern char *getenv(); p = getenv(p);"),
                   "uses getenv, though what an allocator does must not "
                   "depend on the environment");
    expect_refused(HEAP_FUNCTION("extern int find_block(); find_block(p);"),
                   "uses find_block, which is neither in the file nor among "
                   "what it may call: what the kit's headers have, memcpy,");
    expect_refused("extern const struct allocator bump_allocator;"
                   "const void *const other = &bump_allocator;",
                   "uses bump_allocator, which is another allocator");
}
END_TEST

START_TEST(reading_input_is_refused_as_such_whatever_the_compiler_calls)
{
    for (int level = 0; level < 3; level += 2) {
        char options_now[16];
        snprintf(options_now, sizeof(options_now), "-O%d", level);
        compile_text("#include <stdio.h>\n" HEAP_FUNCTION(
                         "n += (size_t)getchar();") TABLE,
                     options_now);
        struct inspection inspection = inspect_compiled();
        ck_assert_msg(strstr(inspection.refusal,
                             "which is for reading input (getchar and the "
                             "like): an allocator reads nothing") != NULL,
                      "%s: %s", options_now, inspection.refusal);
    }
}
END_TEST

START_TEST(a_call_that_is_weak_or_renamed_is_refused_all_the_same)
{
    expect_refused("extern void *dlsym() __attribute__((weak));" //
                   HEAP_FUNCTION("dlsym(p, p);"),
                   "uses dlsym");
    expect_refused("extern void *memcpyy() __asm__(\"malloc\");" //
                   HEAP_FUNCTION("memcpyy(n);"),
                   "uses malloc");
    expect_refused(
        "__asm__(\".symver malloc,malloc@GLIBC_2.2.5\");" //
        HEAP_FUNCTION("extern void *malloc(size_t); p = malloc(n);"),
        "malloc");
    expect_refused("__asm__(\".symver work,memcpy@GLIBC_2.2.5\");" //
                   HEAP_FUNCTION(""),
                   "asks for a version of a symbol, memcpy@");
}
END_TEST

START_TEST(prints_are_fine_and_reported)
{
    struct inspection quiet = inspect_text(
        "#include <stdio.h>\n" HEAP_FUNCTION("snprintf(p, n, \"%zu\", n);"));
    struct inspection loud =
        inspect_text("#include <stdio.h>\n" HEAP_FUNCTION(
            "fprintf(stderr, \"%zu\\n\", n); puts(p); fflush(stdout);"
            "fputs(\"free\\n\", stderr); perror(p);"));

    ck_assert_str_eq(quiet.refusal, "");
    ck_assert(!quiet.prints);
    ck_assert_str_eq(loud.refusal, "");
    ck_assert(loud.prints);
}
END_TEST

START_TEST(code_outside_of_calls_is_refused)
{
    static const char *const places[] = {".init_array",    ".fini_array",
                                         ".preinit_array", ".ctors",
                                         ".dtors",         ".init_array.5"};
    struct inspection inspection =
        inspect_text("static int x;\n"
                     "__attribute__((constructor)) static void early(void)\n"
                     "{\nx++;\n}\n");

    ck_assert_ptr_nonnull(strstr(inspection.refusal, "has a constructor"));
    ck_assert_uint_ge(inspection.line.number, 2);
    ck_assert_uint_le(inspection.line.number, 4);
    expect_refused("__attribute__((destructor)) static void late(void)"
                   "{__asm__ volatile(\"\");}",
                   "has a constructor or destructor");
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char code[256];
        snprintf(code, sizeof(code),
                 "static void f(void) {} __attribute__((used, "
                 "section(\"%s\"))) static void (*const g)(void) = f;",
                 places[i]);
        expect_refused(code, "has a constructor or destructor");
    }
    expect_refused("__asm__(\".section .init,\\\"ax\\\"\\n nop\\n.text\");",
                   "has a constructor or destructor");
}
END_TEST

START_TEST(code_that_is_chosen_by_the_loader_is_refused)
{
    expect_refused("static void g(void) {} static void *f(void) {return g;}"
                   "void h(void) __attribute__((ifunc(\"f\")));",
                   "ifunc");
#ifdef __x86_64__
    expect_refused("__asm__(\".data\\n.quad 0\\n.reloc .-8, "
                   "R_X86_64_IRELATIVE, .text\\n.text\");",
                   "for the loader");
#endif
}
END_TEST

START_TEST(a_section_that_plain_c_does_not_make_is_refused)
{
    static const char *const bad[] = {
        ".text.x,\\\"awx\\\"",
        ".rodata.x,\\\"aw\\\"",
        ".data.x,\\\"awx\\\"",
        ".mine,\\\"aw\\\"",
        ".interp,\\\"a\\\"",
        ".gnu.warning,\\\"\\\"",
        ".datax,\\\"aw\\\"",
        ".gnu.linkonce.t.f,\\\"ax\\\"",
        ".debug_gdb_scripts,\\\"MS\\\",%progbits,1",
        ".deplibs,\\\"MS\\\",%progbits,1",
        ".bss.x,\\\"aw\\\",%progbits",
        ".data.x,\\\"0x803\\\",%progbits"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char code[256];
        snprintf(code, sizeof(code),
                 "__asm__(\".section %s\\n.zero 8\\n.text\");", bad[i]);
        expect_refused(code, i == 0 || i == 2 ? "has code that can be written"
                                              : "plain C does not make");
    }
}
END_TEST

/* A note with one property, of a type and with a size that it says. */
#define PROPERTY(type, size)                                                 \
    "__asm__(\".section .note.gnu.property,\\\"a\\\",@note\\n"               \
    ".p2align 3\\n.long 4, 16, 5\\n.asciz \\\"GNU\\\"\\n"                    \
    ".long " type ", " size ", 1, 0\\n.text\");"

START_TEST(a_property_that_the_loader_may_refuse_is_refused)
{
    expect_fine(PROPERTY("0xc0000002", "4"));
    expect_refused(PROPERTY("0xc0008002", "4"), "asks for a processor");
    expect_refused(PROPERTY("0xc0000002", "12"), "asks for a processor");
    expect_refused(PROPERTY("0xc0000002", "-1"), "asks for a processor");
}
END_TEST

START_TEST(a_stack_with_code_on_it_is_refused)
{
    expect_refused("__asm__(\".section .note.GNU-stack,\\\"x\\\"\\n"
                   ".text\");",
                   "needs a stack that can be executed");
}
END_TEST

START_TEST(odd_symbols_and_alignments_are_refused)
{
    expect_refused("__asm__(\".globl own\\n.set own, 0x1234\");",
                   "puts own at an address of its own choice");
    expect_refused("__asm__(\".type own, @gnu_unique_object\\n.data\\n"
                   "own: .quad 0\\n.text\");",
                   "plain C does not make");
    expect_refused("__attribute__((used, aligned(65536))) static char x[9];",
                   "aligns");
}
END_TEST

START_TEST(link_time_optimization_is_refused_in_words_of_its_own)
{
    const char *const compilers[] = {"gcc", "clang"};
    char file[PATH_ROOM];

    path_kit(file, "allocators/kr.c");
    for (size_t i = 0; i < 2; i++) {
        if (!can_run(compilers[i]))
            continue;
        compile_file(file, compilers[i], "-flto");
        ck_assert_ptr_nonnull(
            strstr(inspect_compiled().refusal, "leave -flto out"));
    }
}
END_TEST

START_TEST(a_file_without_its_table_is_refused)
{
    static const char *const others[] = {
        "int x;",
        "extern const struct allocator kr_allocator;"
        "const void *const p = &kr_allocator;",
        "static const struct allocator kr_allocator = {0};"
        "const void *const p = &kr_allocator;",
        "void kr_allocator(void) {}",
        "const int kr_allocator = 5;",
        "struct allocator kr_allocator;"};
    static const char *const words[] = {"does not define kr_allocator",
                                        "uses kr_allocator",
                                        "does not define kr_allocator",
                                        "not as a table",
                                        "not as a table",
                                        "not as a table"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        compile_text(others[i], "");
        struct inspection inspection = inspect_compiled();
        ck_assert_msg(strstr(inspection.refusal, words[i]) != NULL, "%s: %s",
                      others[i], inspection.refusal);
    }
}
END_TEST

START_TEST(a_name_that_cannot_be_printed_is_made_plain)
{
    expect_refused("extern int f() __asm__(\"evil\\303\\251\");" //
                   HEAP_FUNCTION("f();"),
                   "uses evil??,");
}
END_TEST

START_TEST(a_file_that_is_not_there_is_trouble)
{
    struct inspection inspection;
    char error[256] = "";

    ck_assert(!inspect_object(&inspection, "/nowhere/o.o", "kr_allocator",
                              error, sizeof(error)));
    ck_assert_str_eq(
        error, "the object cannot be opened: No such file or directory");
    ck_assert(!inspect_object(&inspection, "/", "kr_allocator", error,
                              sizeof(error)));
}
END_TEST

static Suite *inspect_suite(void)
{
    const int last = (int)(sizeof(options) / sizeof(options[0]));
    Suite *suite = suite_create("inspect");
    TCase *tcase = tcase_create("inspect");

    tcase_add_checked_fixture(tcase, compiled_setup, compiled_teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase,
                        the_kits_allocators_pass_as_every_compiler_makes_them,
                        0, last);
    tcase_add_loop_test(tcase, the_file_that_students_begin_with_passes, 0,
                        last);
    tcase_add_test(tcase, a_file_with_a_mistake_in_it_passes);
    tcase_add_test(tcase, what_a_file_may_call_is_fine);
    tcase_add_test(tcase, what_the_c_library_has_is_refused_with_its_line);
    tcase_add_test(tcase, what_is_not_allowed_is_refused_in_words_of_its_own);
    tcase_add_test(
        tcase, reading_input_is_refused_as_such_whatever_the_compiler_calls);
    tcase_add_test(tcase,
                   a_call_that_is_weak_or_renamed_is_refused_all_the_same);
    tcase_add_test(tcase, prints_are_fine_and_reported);
    if (!INSTRUMENTED)
        tcase_add_test(tcase, code_outside_of_calls_is_refused);
    tcase_add_test(tcase, code_that_is_chosen_by_the_loader_is_refused);
    tcase_add_test(tcase, a_section_that_plain_c_does_not_make_is_refused);
    tcase_add_test(tcase, a_property_that_the_loader_may_refuse_is_refused);
    tcase_add_test(tcase, a_stack_with_code_on_it_is_refused);
    tcase_add_test(tcase, odd_symbols_and_alignments_are_refused);
    tcase_add_test(tcase,
                   link_time_optimization_is_refused_in_words_of_its_own);
    tcase_add_test(tcase, a_file_without_its_table_is_refused);
    tcase_add_test(tcase, a_name_that_cannot_be_printed_is_made_plain);
    tcase_add_test(tcase, a_file_that_is_not_there_is_trouble);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(inspect_suite());
}
