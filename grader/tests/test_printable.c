/*
 * test_printable.c - foreign text made fit to be shown.
 */
#include "grader/class/printable.h"

#include "grader/tests/help.h"

/* With a character that turns the rest around, U+202E. */
static const char turning[] = {'a',        (char)0xe2, (char)0x80,
                               (char)0xae, 'b',        0};

/* A text, and how it is shown. */
static const struct {
    const char *text;
    const char *shown;
} cases[] = {
    {"", ""},
    {"plain ~", "plain ~"},
    {"a\tb\nc\rd\x1b[2Je\x7f", "a?b?c?d?[2Je?"},
    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
     "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"a\xff"
     "b\x80"
     "c",
     "a?b?c"},
    {"\xc3", "?"},
    {"\xe2\x82", "??"},
    {"\xc0\xaf", "??"},           /* two bytes where one would do */
    {"\xe0\x80\xaf", "???"},      /* three */
    {"\xed\xa0\x80", "???"},      /* half a surrogate pair */
    {"\xf4\x90\x80\x80", "????"}, /* above U+10FFFF */
    {"\xc2\x9b", "?"},            /* the C1 form of ESC [ */
    {turning, "a?b"},
    {"\xe2\x80\xa8\xef\xbb\xbf", "??"},
};

START_TEST(what_could_act_on_a_terminal_becomes_a_question_mark)
{
    char shown[64];

    ck_assert_str_eq(printable(shown, sizeof(shown), cases[_i].text),
                     cases[_i].shown);
}
END_TEST

START_TEST(a_copy_is_the_same_and_whole)
{
    char *copy = printable_copy(cases[_i].text);

    ck_assert_str_eq(copy, cases[_i].shown);
    free(copy);
}
END_TEST

START_TEST(what_does_not_fit_is_cut_between_characters)
{
    char shown[8];

    ck_assert_str_eq(printable(shown, sizeof(shown), "1234567"), "1234567");
    ck_assert_str_eq(printable(shown, sizeof(shown), "12345678"), "1234...");
    ck_assert_str_eq(printable(shown, sizeof(shown),
                               "123\xc3\xa4"
                               "5678"),
                     "123...");
    ck_assert_str_eq(printable(shown, 4, "\xe2\x82\xac\xe2\x82\xac"), "...");
}
END_TEST

static Suite *printable_suite(void)
{
    Suite *suite = suite_create("printable");
    TCase *tcase = tcase_create("printable");

    tcase_add_loop_test(tcase,
                        what_could_act_on_a_terminal_becomes_a_question_mark,
                        0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_loop_test(tcase, a_copy_is_the_same_and_whole, 0,
                        sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tcase, what_does_not_fit_is_cut_between_characters);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(printable_suite());
}
