/*
 * test_allowed.c - what a submission may call, by name.
 */
#include "grader/inspect/allowed.h"

#include "grader/tests/help.h"

#include <ctype.h>

static enum permission permission_of(const char *name)
{
    const char *why = "";
    enum permission permission = allowed_name(name, &why);

    ck_assert_int_eq(permission == REFUSED, why != NULL);
    return permission;
}

/* Is a line of a header a declaration of a function? Then its name is copied
   to name, of 64 bytes. */
static bool declares(const char *line, char *name)
{
    const char *open = strchr(line, '(');
    const char *begin = open;

    if (open == NULL || !(isalpha((unsigned char)*line) || *line == '_') ||
        strncmp(line, "static", 6) == 0 || strncmp(line, "typedef", 7) == 0)
        return false;
    while (begin > line &&
           (isalnum((unsigned char)begin[-1]) || begin[-1] == '_'))
        begin--;
    snprintf(name, 64, "%.*s", (int)(open - begin), begin);
    return true;
}

/* Looks up all functions that a header declares; returns how many. */
static int look_up_all(const char *header)
{
    char path[PATH_ROOM];
    char line[256];
    char name[64];
    int count = 0;
    FILE *in;

    path_kit(path, header);
    in = fopen(path, "re");
    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof(line), in) != NULL) {
        const char *why;
        if (!declares(line, name))
            continue;
        ck_assert_msg(allowed_name(name, &why) == ALLOWED ||
                          strstr(why, "the grader's") != NULL,
                      "%s: %s is not on the list", header, name);
        count++;
    }
    fclose(in);
    return count;
}

START_TEST(all_that_the_kit_declares_is_on_the_list)
{
    ck_assert_int_ge(look_up_all("allocators/general.h"), 7);
    ck_assert_int_ge(look_up_all("allocators/source.h"), 20);
    ck_assert_int_eq(look_up_all("allocators/malloc.h"), 0);
    ck_assert_int_eq(look_up_all("allocators/bits.h"), 0);
}
END_TEST

START_TEST(a_source_of_its_own_is_refused)
{
    ck_assert_int_eq(permission_of("source_open"), REFUSED);
    ck_assert_int_eq(permission_of("source_close"), REFUSED);
    ck_assert_int_eq(permission_of("source_reset"), REFUSED);
    ck_assert_int_eq(permission_of("source_fail"), REFUSED);
}
END_TEST

START_TEST(printing_is_allowed_and_told_apart)
{
    ck_assert_int_eq(permission_of("printf"), ALLOWED_PRINTS);
    ck_assert_int_eq(permission_of("__fprintf_chk"), ALLOWED_PRINTS);
    ck_assert_int_eq(permission_of("stderr"), ALLOWED_PRINTS);
    ck_assert_int_eq(permission_of("snprintf"), ALLOWED);
}
END_TEST

START_TEST(a_name_that_only_begins_like_an_allowed_one_is_refused)
{
    ck_assert_int_eq(permission_of("memcpyx"), REFUSED);
    ck_assert_int_eq(permission_of("memcp"), REFUSED);
    ck_assert_int_eq(permission_of("mem"), REFUSED);
    ck_assert_int_eq(permission_of("source_grow2"), REFUSED);
    ck_assert_int_eq(permission_of("printf "), REFUSED);
    ck_assert_int_eq(permission_of("memcpy memmove"), REFUSED);
    ck_assert_int_eq(permission_of(" "), REFUSED);
    ck_assert_int_eq(permission_of("*"), REFUSED);
}
END_TEST

START_TEST(what_sanitizers_call_is_allowed_in_their_builds_only)
{
    bool asan = false;
    bool tsan = false;
    bool coverage = false;
#ifdef VARIANT_ASAN
    asan = true;
#endif
#ifdef VARIANT_TSAN
    tsan = true;
#endif
#ifdef VARIANT_COVERAGE
    coverage = true;
#endif
    ck_assert_int_eq(permission_of("__asan_report_load8") == ALLOWED, asan);
    ck_assert_int_eq(permission_of("__tsan_read8") == ALLOWED, tsan);
    ck_assert_int_eq(permission_of("__gcov_init") == ALLOWED, coverage);
}
END_TEST

START_TEST(another_allocator_is_refused_as_such)
{
    const char *why;

    ck_assert_int_eq(allowed_name("bump_allocator", &why), REFUSED);
    ck_assert_ptr_nonnull(strstr(why, "another allocator"));
}
END_TEST

START_TEST(what_a_refusal_says_may_be_called_may_be)
{
    const char *why;

    ck_assert_int_eq(allowed_name("sqrt", &why), REFUSED);
    ck_assert_ptr_nonnull(strstr(why,
                                 ": what the kit's headers have, memcpy, "
                                 "memmove, memset, memcmp, strlen, "
                                 "assert, printf and"));
    ck_assert_int_eq(permission_of("memcpy"), ALLOWED);
    ck_assert_int_eq(permission_of("memmove"), ALLOWED);
    ck_assert_int_eq(permission_of("memset"), ALLOWED);
    ck_assert_int_eq(permission_of("memcmp"), ALLOWED);
    ck_assert_int_eq(permission_of("strlen"), ALLOWED);
    ck_assert_int_eq(permission_of("__assert_fail"), ALLOWED);
    ck_assert_int_eq(permission_of("printf"), ALLOWED_PRINTS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("allowed");
    TCase *tcase = tcase_create("allowed");

    tcase_add_test(tcase, all_that_the_kit_declares_is_on_the_list);
    tcase_add_test(tcase, a_source_of_its_own_is_refused);
    tcase_add_test(tcase, printing_is_allowed_and_told_apart);
    tcase_add_test(tcase,
                   a_name_that_only_begins_like_an_allowed_one_is_refused);
    tcase_add_test(tcase,
                   what_sanitizers_call_is_allowed_in_their_builds_only);
    tcase_add_test(tcase, another_allocator_is_refused_as_such);
    tcase_add_test(tcase, what_a_refusal_says_may_be_called_may_be);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
