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

/* Characters that are not seen, and their neighbours that are. */
static const struct {
    const char *hidden;
    const char *seen;
} looks[] = {
    {"\xc2\xad", "\xc2\xac"},                 /* U+00AD, U+00AC */
    {"\xcd\x8f", "\xcd\x8e"},                 /* U+034F, U+034E */
    {"\xe1\x85\x9f", "\xe1\x85\x9e"},         /* U+115F, U+115E */
    {"\xe1\xa0\x8e", "\xe1\xa0\x90"},         /* U+180E, U+1810 */
    {"\xe2\x80\x8b", "\xe2\x80\x8a"},         /* U+200B, U+200A */
    {"\xe2\x80\x8d", "\xe2\x80\x90"},         /* U+200D, U+2010 */
    {"\xe2\x81\xa0", "\xe2\x81\x9f"},         /* U+2060, U+205F */
    {"\xe2\x81\xaf", "\xe2\x81\xb0"},         /* U+206F, U+2070 */
    {"\xe3\x85\xa4", "\xe3\x85\xa5"},         /* U+3164, U+3165 */
    {"\xef\xb8\x8f", "\xef\xb8\x90"},         /* U+FE0F, U+FE10 */
    {"\xef\xbe\xa0", "\xef\xbe\xa1"},         /* U+FFA0, U+FFA1 */
    {"\xef\xbf\xb9", "\xef\xbf\xbc"},         /* U+FFF9, U+FFFC */
    {"\xef\xbf\xbb", "\xef\xbf\xbd"},         /* U+FFFB, U+FFFD */
    {"\xf3\xa0\x81\x81", "\xf3\x9f\xbf\xbd"}, /* U+E0041, U+DFFFD */
    {"\xf3\xa0\x87\xaf", "\xf3\xa1\x80\x80"}, /* U+E01EF, U+E1000 */
};

START_TEST(what_is_not_seen_becomes_a_question_mark)
{
    char shown[8];

    ck_assert_str_eq(printable(shown, sizeof(shown), looks[_i].hidden), "?");
    ck_assert_str_eq(printable(shown, sizeof(shown), looks[_i].seen),
                     looks[_i].seen);
}
END_TEST

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
    tcase_add_loop_test(tcase, what_is_not_seen_becomes_a_question_mark, 0,
                        sizeof(looks) / sizeof(looks[0]));
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
