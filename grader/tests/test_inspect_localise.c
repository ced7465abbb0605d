/*
 * test_inspect_localise.c - definitions of a submission's own stay its own.
 */
#include "grader/inspect/inspect.h"

#include "grader/tests/compiled.h"

/* Makes the object's definitions local, but that of keep. */
static bool localise(const char *keep, char *error)
{
    return inspect_localise(compiled_object, keep, error, 512);
}

/* Links the object with a program, of which both begin with the kit's
   headers, and returns the program's exit status. */
static int run_with(const char *program)
{
    char rest[512];
    char path[80];
    char text[1024];
    const char *words[] = {path, NULL};
    FILE *out;

    snprintf(path, sizeof(path), "%s/main.c", compiled_folder);
    out = fopen(path, "we");
    ck_assert_ptr_nonnull(out);
    fprintf(out,
            "#include \"allocators/malloc.h\"\n"
            "#include <string.h>\n#include <time.h>\n"
            "extern const struct allocator kr_allocator;\n%s",
            program);
    ck_assert_int_eq(fclose(out), 0);
    snprintf(rest, sizeof(rest),
             "-no-pie -Wl,-z,now -fno-builtin %s %s -o %s/main", path,
             compiled_object, compiled_folder);
    run_compiler(NULL, rest);
    snprintf(path, sizeof(path), "%s/main", compiled_folder);
    return capture(words, NULL, text, sizeof(text));
}

START_TEST(functions_named_as_others_replace_nobodys)
{
    char error[512] = "";
    compile_text("int clock_gettime(int c, void *t); int helper(void);"
                 "int strverscmp(const char *a, const char *b);"
                 "int clock_gettime(int c, void *t) { return 77; }"
                 "int strverscmp(const char *a, const char *b) { return 88; }"
                 "int helper(void) { return clock_gettime(0, 0); }"
                 "static size_t trim(struct heap *heap)"
                 "{ return (size_t)(helper() + strverscmp(\"\", \"\")); }"
                 "const struct allocator kr_allocator = {.trim = trim};",
                 "");

    ck_assert_str_eq(inspect_compiled().refusal, "");
    ck_assert_msg(localise("kr_allocator", error), "%s", error);

    ck_assert_str_eq(inspect_compiled().refusal, "");
    ck_assert_int_eq(
        run_with("int helper(void);\nint helper(void) { return 5; }\n"
                 "int main(void)\n{\nstruct timespec now;\n"
                 "return kr_allocator.trim(0) == 165 && helper() == 5 &&"
                 "clock_gettime(CLOCK_MONOTONIC, &now) == 0 &&"
                 "strverscmp(\"a\", \"a\") == 0 ? 9 : 1;\n}\n"),
        9);
}
END_TEST

START_TEST(common_variables_are_the_files_own)
{
    char error[512] = "";
    compile_text("int counter __attribute__((common));"
                 "static size_t trim(struct heap *heap)"
                 "{ return (size_t)++counter; }"
                 "const struct allocator kr_allocator = {.trim = trim};",
                 "");

    ck_assert_msg(localise("kr_allocator", error), "%s", error);

    ck_assert_int_eq(
        run_with("int counter = 40;\nint main(void)\n"
                 "{\nreturn kr_allocator.trim(0) == 1 && counter == 40"
                 "? 9 : 1;\n}\n"),
        9);
}
END_TEST

START_TEST(all_kinds_of_debugging_information_survive)
{
    char error[512] = "";
    char file[PATH_ROOM];
    path_kit(file, "allocators/kr.c");
    compile_file(file, NULL, "-g3");

    ck_assert_msg(localise("kr_allocator", error), "%s", error);

    ck_assert_int_eq(
        run_with("#define STUB(n) void n(void) {}\n"
                 "void source_grow(void); void source_shrink(void);"
                 "void caller_error(void);\n"
                 "STUB(source_grow) STUB(source_shrink) STUB(caller_error)\n"
                 "int main(void)\n"
                 "{\nreturn kr_allocator.malloc != 0 ? 9 : 1;\n}\n"),
        9);
}
END_TEST

START_TEST(an_object_without_what_is_kept_is_not_to_be_linked)
{
    char error[512] = "";
    compile_text(TABLE "int helper(void); int helper(void) { return 1; }",
                 "");

    ck_assert(!localise("bump_allocator", error));

    ck_assert_ptr_nonnull(strstr(error, "bump_allocator"));
}
END_TEST

START_TEST(what_is_kept_must_be_a_table)
{
    char error[512] = "";
    compile_text("void kr_allocator(void); void kr_allocator(void) {}", "");

    ck_assert(!localise("kr_allocator", error));

    ck_assert_ptr_nonnull(strstr(error, "kr_allocator"));
}
END_TEST

START_TEST(too_many_common_variables_are_an_error)
{
    char error[512] = "";
    compile_text("__asm__(\".macro c\\n.comm c\\\\@,4\\n.endm\\n"
                 ".rept 65\\nc\\n.endr\");" TABLE,
                 "");

    ck_assert_ptr_nonnull(
        strstr(inspect_compiled().refusal, "65 variables of common storage"));
    ck_assert(!localise("kr_allocator", error));

    ck_assert_ptr_nonnull(strstr(error, "-fno-common"));
}
END_TEST

START_TEST(what_is_no_object_is_an_error)
{
    char error[512] = "";
    FILE *out = fopen(compiled_object, "we");

    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert(!localise("kr_allocator", error));
    ck_assert_str_ne(error, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inspect_localise");
    TCase *tcase = tcase_create("inspect_localise");

    tcase_add_checked_fixture(tcase, compiled_setup, compiled_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, functions_named_as_others_replace_nobodys);
    tcase_add_test(tcase, common_variables_are_the_files_own);
    tcase_add_test(tcase, all_kinds_of_debugging_information_survive);
    tcase_add_test(tcase, an_object_without_what_is_kept_is_not_to_be_linked);
    tcase_add_test(tcase, what_is_kept_must_be_a_table);
    tcase_add_test(tcase, too_many_common_variables_are_an_error);
    tcase_add_test(tcase, what_is_no_object_is_an_error);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
