/*
 * test_inspect_statics.c - writable static data is counted, and refused when it
 * is too much.
 */
#include "grader/inspect/inspect.h"

#include "grader/tests/compiled.h"

START_TEST(writable_data_is_counted_and_constants_are_not)
{
    static const char constants[] = "static const char table[5000] = \"x\";"
                                    "const void *const list[100] = {table};";
    size_t before = inspect_text(constants).static_size;

    ck_assert_uint_le(before, INSTRUMENTED ? 16384 : 0);
    ck_assert_uint_ge(
        inspect_text("char in_bss[1000]; char in_data[500] = \"x\";"
                     "_Thread_local char own[300];"
                     "_Thread_local char other[200] = \"x\";"
                     "char common[40] __attribute__((common));")
            .static_size,
        2040);
    compile_text("const void *const list[100] = {&list};" TABLE, "-fPIC");
    ck_assert_uint_le(inspect_compiled().static_size,
                      INSTRUMENTED ? 16384 : 0);
}
END_TEST

START_TEST(a_static_array_as_the_heap_is_refused_by_its_name)
{
    expect_refused("static char arena[1 << 21];" //
                   HEAP_FUNCTION("p = &arena[n];"),
                   "of them in arena: all memory must come from the source");
    expect_refused("char arena[1 << 21] __attribute__((common));",
                   "of them in arena");
    expect_refused("static char arena[100000];" //
                   HEAP_FUNCTION("p = &arena[n];"),
                   "of them in arena");
    expect_fine("static char arena[3000];" //
                HEAP_FUNCTION("p = &arena[n];"));
}
END_TEST

START_TEST(the_variable_that_is_all_of_the_static_data_is_counted_once)
{
    struct inspection inspection =
        inspect_text("static char arena[100000];\n" //
                     HEAP_FUNCTION("p = &arena[n];"));

    ck_assert_ptr_nonnull(
        strstr(inspection.refusal,
               "has 100000 bytes of static data, all of them in arena: "));
}
END_TEST

START_TEST(the_largest_of_several_variables_is_named)
{
    expect_refused("static char arena[100000]; static char other[50000];" //
                   HEAP_FUNCTION("p = &arena[other[n]++];"),
                   ", 100000 of them in arena: ");
}
END_TEST

START_TEST(too_much_static_data_is_refused_with_its_line)
{
    const char *words[] = {"gcc", "--version", NULL};
    char text[64];
    char file[80];

    if (capture(words, NULL, text, sizeof(text)) != 0)
        return; /* nm finds no variables in what clang writes */
    compile_text("static char other[5000];\nstatic char arena[100000];\n" //
                 HEAP_FUNCTION("p = &arena[other[n]++];") TABLE,
                 "");
    snprintf(file, sizeof(file), "%s/kr.c", compiled_folder);
    compile_file(file, "gcc", "-g");

    struct inspection inspection = inspect_compiled();

    ck_assert_uint_eq(inspection.line.number, 2);
    ck_assert_ptr_nonnull(strstr(inspection.line.file, "kr.c"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inspect_statics");
    TCase *tcase = tcase_create("statics");

    tcase_add_checked_fixture(tcase, compiled_setup, compiled_teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, writable_data_is_counted_and_constants_are_not);
    tcase_add_test(tcase, a_static_array_as_the_heap_is_refused_by_its_name);
    tcase_add_test(tcase, the_largest_of_several_variables_is_named);
    if (!INSTRUMENTED) { /* which adds data, and has gcc's own flags */
        tcase_add_test(
            tcase,
            the_variable_that_is_all_of_the_static_data_is_counted_once);
        tcase_add_test(tcase, too_much_static_data_is_refused_with_its_line);
    }
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
