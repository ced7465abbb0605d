/*
 * test_colour.c - who decides whether there is colour, and that it is nothing
 * but an addition.
 */
#include "grader/show/colour.h"
#include "grader/tests/help.h"

/* What can have a say, the strongest last. */
static void silence(void)
{
    unsetenv("NO_COLOR");
    unsetenv("CLICOLOR_FORCE");
    setenv("TERM", "xterm", 1);
}

/* Writes to no terminal, whoever runs the tests. */
static bool wanted(const char *option)
{
    FILE *out = tmpfile();
    bool colour;

    ck_assert_ptr_nonnull(out);
    colour = colour_wanted(option, out);
    fclose(out);
    return colour;
}

START_TEST(a_file_gets_no_colour)
{
    silence();

    ck_assert(!wanted(NULL));
    ck_assert(!wanted("auto"));
}
END_TEST

START_TEST(clicolor_force_beats_that_it_is_no_terminal)
{
    silence();
    setenv("CLICOLOR_FORCE", "1", 1);
    setenv("TERM", "dumb", 1);

    ck_assert(wanted(NULL));
}
END_TEST

START_TEST(clicolor_force_of_0_forces_nothing)
{
    silence();
    setenv("CLICOLOR_FORCE", "0", 1);

    ck_assert(!wanted(NULL));
}
END_TEST

START_TEST(no_color_beats_clicolor_force)
{
    silence();
    setenv("CLICOLOR_FORCE", "1", 1);
    setenv("NO_COLOR", "1", 1);

    ck_assert(!wanted(NULL));
}
END_TEST

START_TEST(an_empty_no_color_says_nothing)
{
    silence();
    setenv("CLICOLOR_FORCE", "1", 1);
    setenv("NO_COLOR", "", 1);

    ck_assert(wanted(NULL));
}
END_TEST

START_TEST(the_option_beats_all)
{
    silence();
    setenv("NO_COLOR", "1", 1);
    ck_assert(wanted("always"));

    silence();
    setenv("CLICOLOR_FORCE", "1", 1);
    ck_assert(!wanted("never"));
}
END_TEST

START_TEST(colour_that_is_off_writes_nothing)
{
    char text[64] = "";
    FILE *out = fmemopen(text, sizeof(text), "w");

    ck_assert_ptr_nonnull(out);
    colour_begin(out, false, COLOUR_WRONG);
    fputs("word", out);
    colour_end(out, false);
    fclose(out);

    ck_assert_str_eq(text, "word");
}
END_TEST

static Suite *colour_suite(void)
{
    Suite *suite = suite_create("colour");
    TCase *tcase = tcase_create("colour");

    tcase_add_test(tcase, a_file_gets_no_colour);
    tcase_add_test(tcase, clicolor_force_beats_that_it_is_no_terminal);
    tcase_add_test(tcase, clicolor_force_of_0_forces_nothing);
    tcase_add_test(tcase, no_color_beats_clicolor_force);
    tcase_add_test(tcase, an_empty_no_color_says_nothing);
    tcase_add_test(tcase, the_option_beats_all);
    tcase_add_test(tcase, colour_that_is_off_writes_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(colour_suite());
}
