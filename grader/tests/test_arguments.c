/*
 * test_arguments.c - the numbers and counts that the commands ask for: each
 * is read in one way, and refused in the same words.
 */
#include "grader/spawn.h"
#include "grader/tests/help.h"

static char said[1 << 14];

/* Runs heaplab with words, ended by NULL; returns its exit status. */
static int heaplab(const char *const *words)
{
    const char *line[12];
    char program[PATH_ROOM];
    size_t count = 0;

    path_built(program, "heaplab");
    line[count++] = program;
    while (*words != NULL)
        line[count++] = *words++;
    line[count] = NULL;
    return capture(line, NULL, said, sizeof(said));
}

static void assert_says(const char *piece)
{
    ck_assert_msg(strstr(said, piece) != NULL, "no '%s' in: %s", piece, said);
}

/* A place on a command line where a number is wanted. */
struct place {
    const char *before[4]; /* the words up to it, ended by NULL */
    const char *behind[3];
    const char *wants; /* the message, up to what was found */
    bool from_0;       /* is 0 a number that is taken? */
};

static const struct place places[] = {
    {{"step", "--at"}, {"kr", "split"}, "--at wants a number from 1", false},
    {{"debug", "--at"}, {"kr", "split"}, "--at wants a number from 1", false},
    {{"replay", "--at"},
     {"kr", "split"},
     "--at wants a number from 1",
     false},
    {{"replay", "--check"},
     {"kr", "split"},
     "--check wants a number from 0",
     true},
    {{"map", "--rows"},
     {"kr", "split"},
     "--rows wants a number from 1 to 200",
     false},
    {{"record", "--limit"}, {"true"}, "--limit wants a number from 0", true},
    {{"record", "--skip"}, {"true"}, "--skip wants a number from 0", true},
    {{"trace", "vary", "--seed"},
     {"split"},
     "--seed wants a number from 0",
     true},
    {{"trace", "vary", "--window"},
     {"split"},
     "--window wants a number from 1 to 16",
     false},
    {{"hint", "kr", "reuse"}, {NULL}, "N wants a number from 1", false},
};

#define PLACES ((int)(sizeof(places) / sizeof(places[0])))

/* Writes number at its place; returns the exit status. */
static int heaplab_with(const struct place *place, const char *number)
{
    const char *words[8];
    size_t count = 0;

    for (size_t i = 0; place->before[i] != NULL; i++)
        words[count++] = place->before[i];
    words[count++] = number;
    for (size_t i = 0; place->behind[i] != NULL; i++)
        words[count++] = place->behind[i];
    words[count] = NULL;
    return heaplab(words);
}

static void assert_refused(const struct place *place, const char *number)
{
    char message[128];

    snprintf(message, sizeof(message), "%s, not '%s'", place->wants, number);
    ck_assert_int_eq(heaplab_with(place, number), 2);
    assert_says(message);
}

START_TEST(what_is_no_number_is_refused_in_the_same_words_everywhere)
{
    assert_refused(&places[_i], "many");
    assert_refused(&places[_i], "");
    assert_refused(&places[_i], "3x");
    assert_refused(&places[_i], "+3");
    assert_refused(&places[_i], "07");
}
END_TEST

START_TEST(a_number_below_the_least_is_refused)
{
    if (!places[_i].from_0)
        assert_refused(&places[_i], "0");
}
END_TEST

START_TEST(a_number_above_64_bits_is_refused)
{
    assert_refused(&places[_i], "18446744073709551616");
}
END_TEST

START_TEST(a_number_above_the_most_is_refused)
{
    const char *const rows[] = {"map", "--rows=201", "kr", "split", NULL};
    const char *const window[] = {"trace", "vary", "--window=17", "split",
                                  NULL};

    ck_assert_int_eq(heaplab(rows), 2);
    assert_says("--rows wants a number from 1 to 200, not '201'");
    ck_assert_int_eq(heaplab(window), 2);
    assert_says("--window wants a number from 1 to 16, not '17'");
}
END_TEST

START_TEST(the_least_number_is_taken)
{
    const char *const at[] = {"replay", "--at", "1", "kr", "split", NULL};
    const char *const check[] = {"replay", "--check", "0",
                                 "kr",     "split",   NULL};
    const char *const rows[] = {"map", "--rows", "1", "kr", "split", NULL};

    ck_assert_int_eq(heaplab(at), 0);
    ck_assert_int_eq(heaplab(check), 0);
    ck_assert_int_eq(heaplab(rows), 0);
}
END_TEST

START_TEST(a_command_without_options_prints_its_usage)
{
    static const char *const names[] = {"grade", "leaks", "secret"};
    const char *const help[] = {names[_i], "--help", NULL};
    const char *const few[] = {names[_i], "kr", NULL};
    const char *const many[] = {names[_i], "kr", "a", "b", NULL};
    char usage[64];

    snprintf(usage, sizeof(usage), "usage: heaplab %s LAB", names[_i]);
    ck_assert_int_eq(heaplab(help), 0);
    assert_says(usage);
    ck_assert_int_eq(heaplab(few), 2);
    assert_says(usage);
    ck_assert_int_eq(heaplab(many), 2);
    assert_says(usage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arguments");
    TCase *tcase = tcase_create("arguments");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(
        tcase, what_is_no_number_is_refused_in_the_same_words_everywhere, 0,
        PLACES);
    tcase_add_loop_test(tcase, a_number_below_the_least_is_refused, 0,
                        PLACES);
    tcase_add_loop_test(tcase, a_number_above_64_bits_is_refused, 0, PLACES);
    tcase_add_test(tcase, a_number_above_the_most_is_refused);
    tcase_add_test(tcase, the_least_number_is_taken);
    tcase_add_loop_test(tcase, a_command_without_options_prints_its_usage, 0,
                        3);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
