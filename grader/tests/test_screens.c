/*
 * test_screens.c - for each seeded bug (buggy.c), the whole of what people get
 * to see, compared with screens/NAME.txt.
 *
 * A line of buggy.c is called by its mark there, "buggy.c:@malloc:1:", or if
 * it has none by its function, "buggy.c:(loop):1:", so that the screens outlive
 * an edit of that file; all else is compared as it is. UPDATE_SCREENS=yes writes the screens anew, to be read before they are
 * believed. A screen has a test case of its own: CK_RUN_CASE=overlap-part.
 */
#include "grader/show/explain.h"
#include "grader/tests/help.h"

#include <ctype.h>

#define SCREENS "grader/tests/screens/"

/* The most that a screen or a source file has. */
#define TEXT_ROOM 65536

enum special {
    NEVER_CHECK = 1 << 0,  /* check() is not called */
    HIDE_ADDRESS = 1 << 1, /* of the compiler's choice: 0x... stands for it */
    HURRY = 1 << 2,        /* limits of a fraction of a second */
    BARE = 1 << 3,         /* sanitizers have their own memcpy and stack */
    PROMPT = 1 << 4,       /* the thread sanitizer holds signals back */
};

struct screen {
    const char *name;  /* of the file with what is expected */
    const char *trace; /* below SCREENS */
    const char *settings;
    unsigned special;
    unsigned
        at; /* show the heap after so many operations; 0: what is wrong */
};

static const struct screen screens[] = {
    {"overlap-part", "small", "bug=overlap-part,after=7", 0, 0},
    {"overlap-contained", "small", "bug=overlap-contained,after=4", 0, 0},
    {"overlap-covering", "small", "bug=overlap-covering,after=8", 0, 0},
    {"overlap-identical", "tiny", "bug=overlap-identical,after=5", 0, 0},
    {"overlap-start", "small", "bug=overlap-identical,after=6", 0, 0},
    {"overlap-large", "large", "bug=overlap-part,after=6", 0, 0},
    {"overlap-large-contained", "large", "bug=overlap-contained,after=7", 0,
     0},
    {"overlap-tiny", "tiny", "bug=overlap-covering,after=31", 0, 0},
    {"misaligned", "small", "bug=misaligned,after=5", 0, 0},
    {"outside", "small", "bug=outside,after=5", HIDE_ADDRESS, 0},
    {"outside-stack", "small", "bug=outside-stack,after=5",
     HIDE_ADDRESS | BARE, 0},
    {"unbacked", "small", "bug=unbacked,after=4", 0, 0},
    {"unbacked-calloc", "small", "bug=unbacked,after=5", 0, 0},
    {"null-early", "small", "bug=null-early,after=8", 0, 0},
    {"null-first", "small", "bug=null-early,after=1", 0, 0},
    {"null-large", "large", "bug=null-early,after=7", 0, 0},
    {"null-in-realloc", "small", "bug=null-in-realloc", 0, 0},
    {"overwrite-head", "small", "bug=overwrite-head,after=4", 0, 0},
    {"overwrite-tail", "small", "bug=overwrite-tail,after=6", 0, 0},
    {"overwrite-middle", "large", "bug=overwrite-middle,after=6", 0, 0},
    {"overwrite-large-tail", "large", "bug=overwrite-tail,after=6", 0, 0},
    {"overwrite-in-free", "small", "bug=overwrite-in-free,after=2", 0, 0},
    {"overwrite-in-realloc", "small", "bug=overwrite-in-realloc", 0, 0},
    {"header-in-block", "small", "bug=header-in-block,after=8", 0, 0},
    {"trim-live", "large", "bug=trim-live", NEVER_CHECK, 0},
    {"trim-live-at-the-end", "leak", "bug=trim-all", NEVER_CHECK, 0},
    {"trim-live-checked", "large", "bug=trim-live", 0, 0},
    {"lost-all", "small", "bug=lost-all", 0, 0},
    {"lost-tail", "large", "bug=lost-tail", 0, 0},
    {"dirty", "small", "bug=dirty", 0, 0},
    {"crash-null", "small", "bug=crash-null,after=6", 0, 0},
    {"crash-field", "small", "bug=crash-field,after=6", 0, 0},
    {"crash-wild", "small", "bug=crash-wild,after=6", 0, 0},
    {"crash-no-address", "small", "bug=crash-no-address,after=6", 0, 0},
    {"crash-beyond", "small", "bug=crash-beyond,after=6", 0, 0},
    {"crash-copy", "small", "bug=crash-copy,after=6", BARE, 0},
    {"crash-library", "small", "bug=crash-library,after=6", BARE, 0},
    {"crash-in-free", "small", "bug=crash-in-free,after=3", 0, 0},
    {"overflow", "small", "bug=overflow,after=2", BARE, 0},
    {"abort", "small", "bug=abort,after=6", 0, 0},
    {"loop", "small", "bug=loop,after=6", HURRY | PROMPT, 0},
    {"loop-in-free", "small", "bug=loop-in-free,after=1", HURRY | PROMPT, 0},
    {"sleep", "small", "bug=sleep,after=6", HURRY | BARE, 0},
    {"exit", "small", "bug=exit,after=6", 0, 0},
    {"flood", "small", "bug=flood,after=6", 0, 0},
    {"walk-broken", "small", "bug=walk-broken,after=6", 0, 0},
    {"order-broken", "small", "bug=order-broken,after=6", 0, 0},
    {"live-on-list", "small", "bug=live-on-list,after=6", 0, 0},
    {"check-crash", "small", "bug=check-crash,after=6", 0, 0},
    {"open-null", "small", "bug=open-null", 0, 0},
    {"open-crash", "small", "bug=open-crash", 0, 0},
    {"show-malloc", "small", "bug=none", 0, 7},
    {"show-realloc", "small", "bug=none", 0, 8},
    {"show-free", "small", "bug=none", 0, 9},
    {"show-trim", "small", "bug=none", 0, 13},
    {"show-last", "small", "bug=none", 0, 16},
    {"show-large", "large", "bug=none", 0, 8},
    {"show-tiny", "tiny", "bug=none", 0, 40},
    {"show-before-crash", "small", "bug=crash-in-free,after=3", 0, 11},
};

#define SCREEN_COUNT (sizeof(screens) / sizeof(screens[0]))

/* Reads the whole file at path into text; an empty one if there is none. */
static void read_text(const char *path, char text[TEXT_ROOM])
{
    FILE *in = fopen(path, "re");
    size_t length = in != NULL ? fread(text, 1, TEXT_ROOM - 1, in) : 0;

    text[length] = '\0';
    if (in != NULL)
        fclose(in);
}

/* --- lines by their names ------------------------------------------------------ */

/*
 * Finds the name of line number of source: "@name" if a mark stands on it,
 * else "(function)" in which it stands.
 */
static void name_line(const char *source, unsigned number, char name[64])
{
    char function[60] = "";
    const char *at;
    size_t length = 0;

    for (unsigned line = 1; line <= number; line++) {
        const char *paren;
        source += line > 1 ? length + (source[length] == '\n') : 0;
        length = strcspn(source, "\n");
        paren = memchr(source, '(', length);
        if (!isalpha((unsigned char)*source) || paren == NULL)
            continue;
        for (at = paren; isalnum((unsigned char)at[-1]) || at[-1] == '_';)
            at--;
        snprintf(function, sizeof(function), "%.*s", (int)(paren - at), at);
    }
    at = memchr(source, '@', length);
    if (at == NULL || sscanf(at, "%63[@a-z-]", name) != 1)
        snprintf(name, 64, "(%s)", function);
}

/* Copies text, calling lines of the source at path by their names. */
static void name_lines(const char *text, const char *path, FILE *out)
{
    static char source[TEXT_ROOM];
    const char *at;

    read_text(path, source);
    while ((at = strstr(text, path)) != NULL) {
        char name[64];
        char *end;
        at += strlen(path) + 1; /* and the colon */
        name_line(source, (unsigned)strtoul(at, &end, 10), name);
        fwrite(text, 1, (size_t)(at - text), out);
        fputs(name, out);
        text = end;
    }
    fputs(text, out);
}

/* Returns text, to be freed, with the lines of path called by their names. */
static char *with_names(char *text, const char *path)
{
    char *named = NULL;
    size_t size;
    FILE *out = open_memstream(&named, &size);

    ck_assert_ptr_nonnull(out);
    name_lines(text, path, out);
    fclose(out);
    free(text);
    return named;
}

/* Replaces the digits behind the first " 0x" of text by dots. */
static void hide_address(char *text)
{
    char *at = strstr(text, " 0x");
    size_t digits = at != NULL ? strspn(at + 3, "0123456789abcdef") : 0;

    if (digits < 3)
        return;
    memmove(at + 6, at + 3 + digits, strlen(at + 3 + digits) + 1);
    memset(at + 3, '.', 3);
}

/* --- the screens ---------------------------------------------------------------- */

/* As hear(), with limits of fractions of a second. */
static void hear_in_a_hurry(struct hearing *hearing,
                            const struct subject *subject,
                            const struct trace *trace, const char *path)
{
    struct job job = job_for(JOB_JUDGED, subject->name, trace);
    struct start start = subject_start(subject, JOB_JUDGED, 0.4, 10);

    start.stuck_seconds = 2;
    *hearing = (struct hearing){.subject = subject,
                                .trace = trace,
                                .trace_path = path,
                                .outcome = run_job(&start, &job, trace->ops),
                                .model = model_open(trace),
                                .call_seconds = 0.4};
    ck_assert_ptr_nonnull(hearing->outcome);
    ck_assert_ptr_nonnull(hearing->model);
    hearing->verdict = judge(trace, hearing->outcome, hearing->model);
}

/* Returns what people see, to be freed. */
static char *see(const struct screen *screen, bool served)
{
    char path[128];
    char error[512] = "";
    struct subject subject = served ? served_buggy_subject(screen->settings)
                                    : buggy_subject(screen->settings);
    struct hearing hearing;
    struct trace *trace;
    char *seen = NULL;
    size_t size;
    FILE *out = open_memstream(&seen, &size);

    ck_assert_ptr_nonnull(out);
    snprintf(path, sizeof(path), SCREENS "%s.trace", screen->trace);
    trace = read_trace(path);
    if (screen->special & HURRY)
        hear_in_a_hurry(&hearing, &subject, trace, path);
    else
        ck_assert_msg(hear(&hearing, &subject, trace, path,
                           screen->special & NEVER_CHECK ? 0 : 1, error,
                           sizeof(error)),
                      "%s", error);
    if (screen->at > 0)
        show(out, &hearing, screen->at);
    else
        explain(out, &hearing);
    fclose(out);
    hearing_close(&hearing);
    trace_free(trace);
    seen = with_names(seen, "grader/tests/buggy.c");
    seen = with_names(seen, "allocators/kr.c");
    if (screen->special & HIDE_ADDRESS)
        hide_address(seen);
    return seen;
}

START_TEST(a_seeded_bug_is_told_as_it_should_be)
{
    const struct screen *screen = &screens[_i / 2];
    static char expected[TEXT_ROOM];
    char path[128];
    char *seen = see(screen, _i % 2 != 0); /* what is seen is the same */

    ck_assert_msg(seen[0] != '\0', "the bug was not caught");
    snprintf(path, sizeof(path), SCREENS "%s.txt", screen->name);
    if (getenv("UPDATE_SCREENS") != NULL && _i % 2 == 0) {
        FILE *out = fopen(path, "we");
        ck_assert_ptr_nonnull(out);
        fputs(seen, out);
        fclose(out);
    }
    read_text(path, expected);

    ck_assert_msg(strcmp(seen, expected) == 0,
                  "%s\n--- expected\n%s--- seen\n%s---", path, expected,
                  seen);
    free(seen);
}
END_TEST

static Suite *screens_suite(void)
{
    Suite *suite = suite_create("screens");

    for (int i = 0; i < (int)SCREEN_COUNT; i++) {
        TCase *tcase;
        if ((SANITIZED && screens[i].special & BARE) ||
            (THREAD_SANITIZED && screens[i].special & PROMPT))
            continue;
        tcase = tcase_create(screens[i].name);
        tcase_set_timeout(tcase, 20);
        tcase_add_loop_test(tcase, a_seeded_bug_is_told_as_it_should_be,
                            2 * i, 2 * i + 2);
        suite_add_tcase(suite, tcase);
    }
    return suite;
}

int main(void)
{
    return run_suite(screens_suite());
}
