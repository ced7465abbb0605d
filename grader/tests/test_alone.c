/*
 * test_alone.c - that docs/alone.md shows what is printed.
 *
 * What stands on the page behind a "$ " is run from the kit's root, lines that
 * end in \ or && with the next; what it prints must begin with what the page
 * shows below.
 *
 * The page calls the release build, and most of it counts: so it is left out
 * in other variants, under valgrind, and where there is no valgrind.
 */
#include "grader/clock.h"
#include "grader/tests/page.h"

#define PAGE        "docs/alone.md"
#define SCREENS_MAX 64
#define PROMPT      "\n```text\n$ "

#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN) ||                        \
    defined(VARIANT_COVERAGE)
#define OTHER_VARIANT true
#else
#define OTHER_VARIANT false
#endif

static char *page;
static const char *screens[SCREENS_MAX];
static int screen_count;

static void find_screens(void)
{
    page = read_page(PAGE);
    for (const char *at = strstr(page, PROMPT);
         at != NULL && screen_count < SCREENS_MAX;
         at = strstr(at + 1, PROMPT))
        screens[screen_count++] = at + strlen(PROMPT);
}

/* Returns where the command at text ends: at its last line's end. */
static const char *command_end(const char *text)
{
    const char *end = strchr(text, '\n');

    while (end != NULL && (end[-1] == '\\' || strncmp(end - 2, "&&", 2) == 0))
        end = strchr(end + 1, '\n');
    ck_assert_ptr_nonnull(end);
    return end;
}

START_TEST(the_page_shows_what_is_printed)
{
    const char *screen = screens[_i];
    const char *shown = command_end(screen);
    const char *end = strstr(shown, "\n```");
    const char *at;
    char command[1024];
    ck_assert_ptr_nonnull(end);
    ck_assert_int_lt(snprintf(command, sizeof(command), "exec 2>&1; %.*s",
                              (int)(shown - screen), screen),
                     sizeof(command));

    FILE *pipe = popen(command, "re"); /* NOLINT(cert-env33-c): our own */
    char *printed = read_all(pipe);
    int status = pclose(pipe);

    ck_assert_msg(status == 0, "%s\n%s", command, printed);
    ck_assert_msg(begins_with(printed, shown, end, &at),
                  PAGE " shows something else from here on:\n%.*s\n"
                       "--- printed by %s\n%s",
                  (int)(end - at), at, command, printed);
    free(printed);
}
END_TEST

START_TEST(there_are_ten_experiments)
{
    for (int i = 1; i <= 10; i++) {
        char title[32];
        (void)snprintf(title, sizeof(title), "\n## %d. ", i);
        ck_assert_msg(strstr(page, title) != NULL, "%s", title);
    }
}
END_TEST

START_TEST(numbers_may_differ_by_a_tenth_and_words_not_at_all)
{
    const char *shown = "kr 87% costs 10 676, 3.0 times\nof 912 KiB.";
    const char *end = shown + strlen(shown);
    const char *at;

    ck_assert(begins_with("kr  87% costs 10 676, 3.1 times of 912 KiB. More",
                          shown, end, &at));
    ck_assert(!begins_with("kr 86% costs 10 676, 3.0 times of 912 KiB.",
                           shown, end, &at));
    ck_assert(!begins_with("kr 87% costs 10 676, 3.0 times of 712 KiB.",
                           shown, end, &at));
    ck_assert(
        !begins_with("kr 87% costs 10 676, 3.0 times of", shown, end, &at));
    shown = "bump   1 219 kr";
    end = shown + strlen(shown);
    ck_assert(begins_with("bump 1 190 kr", shown, end, &at));
    ck_assert(begins_with("bump 1 300 kr", shown, end, &at));
    ck_assert(!begins_with("bump 1 400 kr", shown, end, &at));
    ck_assert_str_eq(at, "1 219 kr");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("alone");
    TCase *tcase = tcase_create("alone");

    find_screens();
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, there_are_ten_experiments);
    tcase_add_test(tcase, numbers_may_differ_by_a_tenth_and_words_not_at_all);
    if (OTHER_VARIANT || getenv("UNDER_VALGRIND") != NULL || !can_count())
        (void)puts("left out: the page's commands, which count, in the "
                   "release variant with valgrind only");
    else
        tcase_add_loop_test(tcase, the_page_shows_what_is_printed, 0,
                            screen_count);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
