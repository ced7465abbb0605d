/*
 * test_source_mistakes.c - a heap that is mistaken about its pages ends with
 * one line that names the mistake.
 */
#include "allocators/source.h"

#include "allocators/tests/help.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A new source with a break and a run, PAGES pages each. */
struct scene {
    struct source *source;
    char *base;
    char *run;
    size_t page; /* bytes */
};

#define PAGES ((size_t)4)

struct mistake {
    const char *line; /* how what is to be read begins */
    void (*make)(const struct scene *s);
};

static void shrink_too_far(const struct scene *s)
{
    source_shrink(s->source, PAGES * s->page + 1);
}

static void take_nothing(const struct scene *s)
{
    (void)source_take(s->source, 0, s->page);
}

static void take_at_three(const struct scene *s)
{
    (void)source_take(s->source, s->page, 3);
}

static void return_twice(const struct scene *s)
{
    source_return(s->source, s->run + s->page, s->page);
    source_return(s->source, s->run, 2 * s->page);
}

static void return_outside(const struct scene *s)
{
    source_return(s->source, s->base - s->page, s->page);
}

static void return_beyond(const struct scene *s)
{
    source_return(s->source, s->run, (PAGES + 1) * s->page);
}

static void release_above_the_break(const struct scene *s)
{
    (void)source_release(s->source, s->base, (PAGES + 1) * s->page);
}

static void recommit_what_is_free(const struct scene *s)
{
    (void)source_recommit(s->source, s->run - s->page, s->page);
}

static void protect_released_pages(const struct scene *s)
{
    (void)source_release(s->source, s->run, s->page);
    (void)source_protect(s->source, s->run, 2 * s->page, false);
}

static void alias_released_pages(const struct scene *s)
{
    (void)source_release(s->source, s->run, s->page);
    (void)source_alias(s->source, s->base, s->run, s->page);
}

static void alias_parts_of_pages(const struct scene *s)
{
    (void)source_alias(s->source, s->base + 1, s->run, s->page);
}

static void alias_onto_itself(const struct scene *s)
{
    (void)source_alias(s->source, s->run, s->run + s->page, 2 * s->page);
}

static const struct mistake mistakes[] = {
    {"source: break below base: ", shrink_too_far},
    {"source: empty run: ", take_nothing},
    {"source: alignment: ", take_at_three},
    {"source: foreign pages: source_return() ", return_twice},
    {"source: foreign pages: source_return() ", return_outside},
    {"source: foreign pages: source_return() ", return_beyond},
    {"source: foreign pages: source_release() ", release_above_the_break},
    {"source: foreign pages: source_recommit() ", recommit_what_is_free},
    {"source: released pages: source_protect() ", protect_released_pages},
    {"source: released pages: source_alias() ", alias_released_pages},
    {"source: alias ranges: ", alias_parts_of_pages},
    {"source: alias ranges: ", alias_onto_itself},
};

static _Noreturn void make_mistake(const struct mistake *mistake, int out)
{
    struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)signal(SIGABRT, SIG_DFL);
    (void)dup2(out, STDERR_FILENO);
    struct scene s = {.page = source_page_size()};
    s.source = source_open(
        &(struct source_config){.kind = SOURCE_MEMFD, .limit = 64 * s.page});
    s.base = source_grow(s.source, PAGES * s.page);
    s.run = source_take(s.source, PAGES * s.page, 1);
    mistake->make(&s);
    _exit(0);
}

START_TEST(a_mistake_is_named_in_one_line)
{
    if (under_valgrind())
        return;
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        make_mistake(&mistakes[_i], ends[1]);
    (void)close(ends[1]);

    char text[256] = "";
    ssize_t length = read(ends[0], text, sizeof text - 1);
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    (void)close(ends[0]);

    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
                  "\"%s\" was not noticed", mistakes[_i].line);
    ck_assert_int_gt(length, 0);
    text[strlen(mistakes[_i].line)] = '\0';
    ck_assert_str_eq(text, mistakes[_i].line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("source_mistakes");
    TCase *tcase = tcase_create("mistakes");
    int count = (int)(sizeof mistakes / sizeof *mistakes);
    tcase_add_loop_test(tcase, a_mistake_is_named_in_one_line, 0, count);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
