/*
 * test_step.c - heaplab step, from a pipe: whole screens, compared with
 * screens/step-NAME.txt, on small traces that teach.
 *
 * Where a mistake is wanted it is a copy of kr.c (wrong_kr.h): called wrong.c
 * in what is compared, and its lines "...", so that the screens outlive an
 * edit of kr.c. UPDATE_SCREENS=yes writes the screens anew, to be read before
 * they are believed.
 */
#include "grader/spawn.h"
#include "grader/tests/wrong_kr.h"

#include <unistd.h>

#define SCREENS   "grader/tests/screens/"
#define TEXT_ROOM 65536

struct screen {
    const char *name;     /* of the file with what is expected */
    const char *mistake;  /* of a copy of kr.c; NULL: the kit's own */
    const char *options;  /* words of the command line */
    const char *commands; /* as printf(1) takes them */
    bool bare;            /* sanitizers have signals of their own */
};

static const struct screen screens[] = {
    {"split", NULL, "kr split", "n\\nn\\nn\\nn\\nn\\nn\\nn\\n", false},
    {"coalesce", NULL, "kr coalesce-both --at 7", "\\n\\n\\n\\n", false},
    {"realloc", NULL, "kr realloc-in-place --at 3", "n\\nn\\nn\\nn\\nn\\n",
     false},
    {"moves", NULL, "kr realloc-moves --at 3", "n\\nn\\nn\\n", false},
    {"aligned", NULL, "kr aligned --at 2", "n\\n7\\n", false},
    {"trim", NULL, "kr trim --at 2", "3\\n4\\n8\\n", false},
    {"large", NULL, "kr comb --at 4000", "9000\\n", false},
    {"bump", NULL, "bump reuse --at 3", "n\\n", false},
    {"glibc", NULL, "glibc reuse", "n\\n", false},
    {"commands", NULL, "kr reuse --at 3",
     "p\\np 5\\ng 5\\n4\\nn 9\\nn\\nf\\nl\\nh\\ng\\nxyz\\nq\\nn\\n", false},
    {"invariant", "forgets-the-order", "kr split", "f\\nn\\n", false},
    {"property", "never-merges-below", "--no-check --property room kr phases",
     "f\\nl\\n", false},
    {"damage", "rest-begins-16-too-low", "--no-check kr split", "f\\n",
     false},
    {"crash", "crashes-in-free", "kr split", "f\\nn\\np\\n", true},
    {"loop", "makes-a-ring", "--no-check kr phases --at 19", "n\\n", true},
};

#define SCREEN_COUNT (sizeof(screens) / sizeof(screens[0]))

/* Replaces each copy of old in text, and digits that follow it, by new. */
static void rename_in(char *text, const char *old, const char *new)
{
    size_t length = strlen(new);
    char *at = text;

    while ((at = strstr(at, old)) != NULL) {
        char *end = at + strlen(old);
        if (*end == ':') {
            end++;
            end += strspn(end, "0123456789");
        }
        memmove(at + length, end, strlen(end) + 1);
        for (size_t i = 0; i < length; i++)
            *at++ = new[i];
    }
}

/* Runs heaplab step, and puts what it prints into text. */
static int run_step(const struct screen *screen, const char *before,
                    char text[TEXT_ROOM])
{
    char heaplab[PATH_ROOM];
    char command[2 * PATH_ROOM];
    char file[256] = "";
    const char *words[] = {"sh", "-c", command, NULL};
    int status;

    if (screen->mistake != NULL)
        write_wrong_kr(mistake_named(screen->mistake), file);
    path_built(heaplab, "heaplab");
    snprintf(command, sizeof(command), "printf '%s' | %s %s step %s %s %s",
             screen->commands, before, heaplab,
             screen->mistake != NULL ? "--file" : "", file, screen->options);
    status = capture(words, NULL, text, TEXT_ROOM);
    if (screen->mistake == NULL)
        return status;
    unlink(file);
    rename_in(text, file, "wrong.c");
    return status;
}

static void read_text(const char *path, char text[TEXT_ROOM])
{
    FILE *in = fopen(path, "re");
    size_t length = in != NULL ? fread(text, 1, TEXT_ROOM - 1, in) : 0;

    text[length] = '\0';
    if (in != NULL)
        fclose(in);
}

START_TEST(a_step_is_shown_as_it_should_be)
{
    static char seen[TEXT_ROOM], expected[TEXT_ROOM];
    char path[128];

    ck_assert_int_eq(run_step(&screens[_i], "", seen), 0);
    snprintf(path, sizeof(path), SCREENS "step-%s.txt", screens[_i].name);
    if (getenv("UPDATE_SCREENS") != NULL) {
        FILE *out = fopen(path, "we");
        ck_assert_ptr_nonnull(out);
        fputs(seen, out);
        fclose(out);
    }
    read_text(path, expected);

    ck_assert_msg(strcmp(seen, expected) == 0,
                  "%s\n--- expected\n%s--- seen\n%s---", path, expected,
                  seen);
}
END_TEST

START_TEST(a_step_fits_into_80_columns)
{
    static char seen[TEXT_ROOM];
    const char *line = seen;

    ck_assert_int_eq(run_step(&screens[_i], "", seen), 0);
    while (*line != '\0') {
        int length = (int)strcspn(line, "\n");
        bool ours = strstr(line, "error: ") == NULL ||
                    strstr(line, "error: ") > line + length;
        if (ours && strncmp(line, "  next: ", 8) != 0)
            ck_assert_msg(length <= 80, "%.*s", length, line);
        line += length + (line[length] == '\n');
    }
}
END_TEST

/* --- colour, and what is refused --------------------------------------- */

/* Takes what begins and ends colour out of text. */
static void remove_colour(char *text)
{
    char *at;

    while ((at = strchr(text, '\033')) != NULL) {
        char *end = strchr(at, 'm');
        ck_assert_ptr_nonnull(end);
        memmove(at, end + 1, strlen(end + 1) + 1);
    }
}

START_TEST(colour_only_adds)
{
    static char plain[TEXT_ROOM], coloured[TEXT_ROOM];
    const struct screen *screen = &screens[0];

    ck_assert_int_eq(run_step(screen, "", plain), 0);
    ck_assert_int_eq(run_step(screen, "env CLICOLOR_FORCE=1", coloured), 0);

    ck_assert_ptr_null(strchr(plain, '\033'));
    ck_assert_ptr_nonnull(strchr(coloured, '\033'));
    remove_colour(coloured);
    ck_assert_str_eq(coloured, plain);
}
END_TEST

/* Runs heaplab step with these options and no commands. */
static int status_of(const char *options, char text[TEXT_ROOM])
{
    struct screen screen = {.options = options, .commands = ""};

    return run_step(&screen, "", text);
}

START_TEST(what_is_not_there_is_refused_with_status_2)
{
    static char text[TEXT_ROOM];

    ck_assert_int_eq(status_of("nobody split", text), 2);
    ck_assert_ptr_nonnull(strstr(text, "no allocator"));
    ck_assert_int_eq(status_of("kr no-such-trace", text), 2);
    ck_assert_ptr_nonnull(strstr(text, "no such file"));
    ck_assert_int_eq(status_of("kr", text), 2);
    ck_assert_int_eq(status_of("kr split --at x", text), 2);
    ck_assert_int_eq(status_of("kr split --at 0", text), 2);
    ck_assert_int_eq(status_of("--property nice kr split", text), 2);
}
END_TEST

START_TEST(a_file_that_does_not_compile_is_told_with_status_1)
{
    static char text[TEXT_ROOM];

    ck_assert_int_eq(status_of("--file traces/README.md kr split", text), 1);
    ck_assert(text[0] != '\0');
}
END_TEST

START_TEST(a_step_beyond_the_end_is_the_last)
{
    static char text[TEXT_ROOM];

    ck_assert_int_eq(status_of("kr split --at 99", text), 0);
    ck_assert_ptr_nonnull(strstr(text, "that is the last operation"));
    ck_assert_ptr_nonnull(strstr(text, "step 8 of 8 "));
}
END_TEST

static Suite *step_suite(void)
{
    Suite *suite = suite_create("step");
    TCase *rules = tcase_create("rules");

    for (int i = 0; i < (int)SCREEN_COUNT; i++) {
        TCase *tcase;
        if (SANITIZED && screens[i].bare)
            continue;
        tcase = tcase_create(screens[i].name);
        tcase_set_timeout(tcase, 30);
        tcase_add_loop_test(tcase, a_step_is_shown_as_it_should_be, i, i + 1);
        tcase_add_loop_test(tcase, a_step_fits_into_80_columns, i, i + 1);
        suite_add_tcase(suite, tcase);
    }
    tcase_set_timeout(rules, 30);
    tcase_add_test(rules, colour_only_adds);
    tcase_add_test(rules, what_is_not_there_is_refused_with_status_2);
    tcase_add_test(rules, a_file_that_does_not_compile_is_told_with_status_1);
    tcase_add_test(rules, a_step_beyond_the_end_is_the_last);
    suite_add_tcase(suite, rules);
    return suite;
}

int main(void)
{
    return run_suite(step_suite());
}
