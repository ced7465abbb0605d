/*
 * test_source_alias.c - pages that show the same memory, as meshing makes
 * them: the meter counts memory once, and no order of giving back goes wrong.
 */
#include "allocators/source.h"

#include "allocators/tests/help.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RANGE ((size_t)64) /* pages */

static struct source *source;
static size_t page; /* bytes */

static void setup(void)
{
    page = source_page_size();
    source = source_open(
        &(struct source_config){.kind = SOURCE_MEMFD, .limit = RANGE * page});
    ck_assert_ptr_nonnull(source);
}

static void teardown(void)
{
    source_close(source);
}

static void expect_pages(size_t count)
{
    ck_assert_uint_eq(source_committed(source), count * page);
    ck_assert_uint_eq(kernel_bytes(source), count * page);
}

/* Takes a run and fills its pages: the first with value, and so on. */
static char *take_filled(size_t pages, char value)
{
    char *run = source_take(source, pages * page, page);
    ck_assert_ptr_nonnull(run);
    for (size_t i = 0; i < pages; i++)
        memset(run + i * page, value + (char)i, page);
    return run;
}

/* Shows the page from its first to its last byte nothing but value? */
static bool shows(const char *at, char value)
{
    for (size_t i = 0; i < page; i++)
        if (at[i] != value)
            return false;
    return true;
}

START_TEST(a_source_of_pages_cannot_alias)
{
    struct source *pages = source_open(
        &(struct source_config){.kind = SOURCE_PAGES, .limit = RANGE * page});
    char *base = source_grow(pages, 2 * page);

    ck_assert(!source_alias(pages, base, base + page, page));

    ck_assert_uint_eq(source_committed(pages), 2 * page);
    source_close(pages);
}
END_TEST

START_TEST(aliased_pages_share_contents_and_count_once)
{
    char *a = take_filled(3, 'a');
    char *b = take_filled(3, 'k');

    ck_assert(source_alias(source, a, b, 3 * page));

    expect_pages(3);
    ck_assert(shows(a, 'k') && shows(a + 2 * page, 'm'));
    memset(a + page, 'x', page);
    ck_assert(shows(b + page, 'x'));
    memset(b + page, 'y', page);
    ck_assert(shows(a + page, 'y'));
}
END_TEST

START_TEST(shared_memory_goes_with_the_last_page_that_shows_it)
{
    char *a = take_filled(2, 'a');
    char *b = take_filled(2, 'k');
    ck_assert(source_alias(source, a, b, 2 * page));

    source_return(source, b, 2 * page);
    expect_pages(2);
    ck_assert(shows(a, 'k') && shows(a + page, 'l'));

    source_return(source, a, 2 * page);
    expect_pages(0);
}
END_TEST

START_TEST(a_page_whose_own_memory_others_still_show_gets_new_memory)
{
    char *a = take_filled(1, 'a');
    char *b = take_filled(1, 'k');
    ck_assert(source_alias(source, a, b, page));
    source_return(source, b, page);

    char *again = source_take(source, page, page);

    ck_assert_ptr_eq(again, b);
    ck_assert(shows(again, 0));
    memset(again, 'z', page);
    ck_assert(shows(a, 'k'));
    expect_pages(2);
}
END_TEST

START_TEST(recommitted_pages_share_nothing)
{
    char *a = take_filled(2, 'a');
    char *b = take_filled(2, 'k');
    ck_assert(source_alias(source, a, b, 2 * page));

    ck_assert_uint_eq(source_release(source, b, 2 * page), 0);
    ck_assert(source_recommit(source, b, 2 * page));

    ck_assert(shows(b, 0) && shows(b + page, 0));
    memset(b, 'z', 2 * page);
    ck_assert(shows(a, 'k') && shows(a + page, 'l'));
    expect_pages(4);
    ck_assert_uint_eq(source_release(source, a, page), page);
}
END_TEST

START_TEST(chains_of_aliases_end_at_one_memory)
{
    char *a = take_filled(1, 'a');
    char *b = take_filled(1, 'b');
    char *c = take_filled(1, 'c');
    char *d = take_filled(1, 'd');

    ck_assert(source_alias(source, a, b, page));
    ck_assert(source_alias(source, b, c, page));
    expect_pages(3);
    ck_assert(shows(a, 'b') && shows(b, 'c'));

    ck_assert(source_alias(source, a, b, page));
    ck_assert(source_alias(source, d, a, page));
    expect_pages(1);
    ck_assert(shows(a, 'c') && shows(d, 'c'));

    source_return(source, c, page);
    source_return(source, a, page);
    source_return(source, b, page);
    expect_pages(1);
    ck_assert(shows(d, 'c'));
    source_return(source, d, page);
    expect_pages(0);
}
END_TEST

START_TEST(a_page_can_be_aliased_back_onto_its_own_memory)
{
    char *a = take_filled(1, 'a');
    char *b = take_filled(1, 'b');
    char *c = take_filled(1, 'c');
    ck_assert(source_alias(source, a, b, page));
    ck_assert(source_alias(source, b, c, page));

    ck_assert(source_alias(source, b, a, page));

    expect_pages(2);
    ck_assert(shows(b, 'b') && shows(a, 'b') && shows(c, 'c'));
}
END_TEST

START_TEST(aliasing_what_is_aliased_already_is_no_request)
{
    char *a = take_filled(2, 'a');
    char *b = take_filled(2, 'b');
    ck_assert(source_alias(source, a, b, 2 * page));
    size_t requests = source_requests(source);

    ck_assert(source_alias(source, a, b, 2 * page));
    ck_assert(source_alias(source, b, a, 2 * page));

    ck_assert_uint_eq(source_requests(source), requests);
    expect_pages(2);
}
END_TEST

START_TEST(a_refused_alias_changes_nothing)
{
    char *a = take_filled(1, 'a');
    char *b = take_filled(1, 'b');
    source_fail(source, 1, false);

    ck_assert(!source_alias(source, a, b, page));

    ck_assert(shows(a, 'a') && shows(b, 'b'));
    expect_pages(2);
    ck_assert(source_alias(source, a, b, page));
}
END_TEST

START_TEST(pages_of_scattered_memory_can_be_aliased_but_not_onto)
{
    char *low = take_filled(2, 'a');
    char *run = take_filled(2, 'k');
    char *other = take_filled(2, 's');
    ck_assert(source_alias(source, run, low, page));

    ck_assert(!source_alias(source, other, run, 2 * page));
    ck_assert(shows(other, 's') && shows(other + page, 't'));
    ck_assert(source_alias(source, run, other, 2 * page));

    ck_assert(shows(run, 's') && shows(run + page, 't') && shows(low, 'a'));
    expect_pages(4);
}
END_TEST

START_TEST(aliasing_ends_protection)
{
    char *a = take_filled(1, 'a');
    char *b = take_filled(1, 'b');
    ck_assert(source_protect(source, a, page, false));

    ck_assert(source_alias(source, a, b, page));

    memset(a, 'x', page);
    ck_assert(shows(b, 'x'));
}
END_TEST

START_TEST(a_page_below_the_break_can_be_aliased)
{
    char *base = source_grow(source, 2 * page);
    memset(base, 'a', 2 * page);
    char *run = take_filled(1, 'k');
    ck_assert(source_alias(source, run, base + page, page));

    source_shrink(source, page);
    expect_pages(2);
    ck_assert(shows(run, 'a'));
    ck_assert_ptr_nonnull(source_grow(source, page));

    ck_assert(shows(base + page, 0));
    memset(base + page, 'z', page);
    ck_assert(shows(run, 'a') && shows(base, 'a'));
    expect_pages(3);
}
END_TEST

START_TEST(returned_pages_are_one_mapping_without_huge_pages_again)
{
    bool huge;
    if (access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0 ||
        under_valgrind())
        return;
    ck_assert_uint_eq(count_mappings(source, &huge), 1);
    char *a = take_filled(4, 'a');
    char *b = take_filled(4, 'k');
    ck_assert(source_alias(source, a, b + 2 * page, 2 * page));
    ck_assert_uint_ge(count_mappings(source, &huge), 3);
    ck_assert(!huge);

    source_return(source, a, 4 * page);
    (void)source_release(source, b, 4 * page);

    ck_assert_uint_eq(count_mappings(source, &huge), 1);
    ck_assert(!huge);
}
END_TEST

START_TEST(reset_ends_all_aliases)
{
    char *a = take_filled(RANGE / 2, 0);
    char *b = take_filled(RANGE / 2, 1);
    ck_assert(source_alias(source, a, b, RANGE / 2 * page));
    source_return(source, b, page);

    source_reset(source);

    expect_pages(0);
    char *all = source_take(source, RANGE * page, page);
    for (size_t i = 0; i < RANGE; i++)
        memset(all + i * page, (int)i, page);
    for (size_t i = 0; i < RANGE; i++)
        ck_assert(shows(all + i * page, (char)i));
    expect_pages(RANGE);
}
END_TEST

/* A program may close every descriptor, and open its own under our number. */
START_TEST(a_lost_descriptor_ends_aliasing_and_nothing_else)
{
    char *a = take_filled(4, 'a');
    char *b = take_filled(4, 'k');
    ck_assert(source_alias(source, a, b, page));
    int ours = fcntl(source_descriptor(source), F_DUPFD_CLOEXEC, 100);
    int foreign = memfd_create("foreign", MFD_CLOEXEC);
    ck_assert_int_eq(ftruncate(foreign, (off_t)(RANGE * page)), 0);
    ck_assert_int_eq(
        pwrite(foreign, "precious", 8, (off_t)((RANGE - 1) * page)), 8);
    ck_assert_int_ge(dup2(foreign, source_descriptor(source)), 0);

    ck_assert(!source_alias(source, a + page, b + page, page));
    ck_assert(source_protect(source, a + 3 * page, page, false));
    source_return(source, a, 4 * page);
    ck_assert_uint_eq(source_release(source, b, 2 * page), 2 * page);
    memset(source_grow(source, 4 * page), 'x', 4 * page);
    source_shrink(source, 3 * page);

    struct stat file;
    (void)fstat(ours, &file);
    ck_assert_uint_eq(source_committed(source), 3 * page);
    ck_assert_uint_eq((size_t)file.st_blocks * 512, 3 * page);
    ck_assert(shows(b + 2 * page, 'm'));
    char text[9] = "";
    ck_assert_int_eq(pread(foreign, text, 8, (off_t)((RANGE - 1) * page)), 8);
    ck_assert_str_eq(text, "precious");
    source_reset(source);
    ck_assert_uint_eq(source_committed(source), 0);
    (void)close(foreign);
    (void)close(ours);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("source_alias");
    TCase *tcase = tcase_create("memfd");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_source_of_pages_cannot_alias);
    tcase_add_test(tcase, aliased_pages_share_contents_and_count_once);
    tcase_add_test(tcase,
                   shared_memory_goes_with_the_last_page_that_shows_it);
    tcase_add_test(tcase,
                   a_page_whose_own_memory_others_still_show_gets_new_memory);
    tcase_add_test(tcase, recommitted_pages_share_nothing);
    tcase_add_test(tcase, chains_of_aliases_end_at_one_memory);
    tcase_add_test(tcase, a_page_can_be_aliased_back_onto_its_own_memory);
    tcase_add_test(tcase, aliasing_what_is_aliased_already_is_no_request);
    tcase_add_test(tcase, a_refused_alias_changes_nothing);
    tcase_add_test(tcase,
                   pages_of_scattered_memory_can_be_aliased_but_not_onto);
    tcase_add_test(tcase, aliasing_ends_protection);
    tcase_add_test(tcase, a_page_below_the_break_can_be_aliased);
    tcase_add_test(tcase,
                   returned_pages_are_one_mapping_without_huge_pages_again);
    tcase_add_test(tcase, reset_ends_all_aliases);
    tcase_add_test(tcase, a_lost_descriptor_ends_aliasing_and_nothing_else);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
