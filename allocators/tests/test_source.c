/*
 * test_source.c - what source.h promises, one sentence a test, on both kinds.
 *
 * How sources are opened is tested in test_source_open.c, pages that share
 * memory in test_source_alias.c, random sequences against a model in
 * test_source_model.c, and system calls that fail in test_source_faults.c.
 */
#include "allocators/source.h"

#include "allocators/tests/help.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const enum source_kind kinds[] = {SOURCE_PAGES, SOURCE_MEMFD};

/* Each test is run with _i as an index of kinds, and this source. */
static struct source *source;
static size_t page; /* bytes */

#define RANGE ((size_t)64) /* pages */

static void setup_kind(enum source_kind kind)
{
    page = source_page_size();
    source = source_open(
        &(struct source_config){.kind = kind, .limit = RANGE * page});
    ck_assert_ptr_nonnull(source);
}

static void setup_pages(void)
{
    setup_kind(SOURCE_PAGES);
}

static void setup_memfd(void)
{
    setup_kind(SOURCE_MEMFD);
}

static void teardown(void)
{
    source_close(source);
}

/* The meter reads so many pages, and the kernel holds exactly those. */
static void expect_pages(size_t count)
{
    ck_assert_uint_eq(source_committed(source), count * page);
    ck_assert_uint_eq(kernel_bytes(source), count * page);
}

static char *take(size_t pages)
{
    char *run = source_take(source, pages * page, page);
    ck_assert_ptr_nonnull(run);
    return run;
}

/* Are size bytes at start all value? */
static bool all_bytes(const char *start, size_t size, char value)
{
    for (size_t i = 0; i < size; i++)
        if (start[i] != value)
            return false;
    return true;
}

/* --- the break ------------------------------------------------------------- */

START_TEST(a_new_source_is_empty)
{
    ck_assert_uint_eq(source_limit(source), RANGE * page);
    ck_assert_uint_eq((uintptr_t)source_base(source) % page, 0);
    ck_assert_uint_eq(source_peak(source), 0);
    ck_assert_uint_eq(source_requests(source), 0);
    ck_assert_uint_eq(source_refusals(source), 0);
    expect_pages(0);
}
END_TEST

START_TEST(the_break_is_contiguous_zeroed_and_counted_in_pages)
{
    char *base = source_base(source);

    ck_assert_ptr_eq(source_grow(source, 100), base);
    ck_assert_ptr_eq(source_grow(source, page), base + 100);
    ck_assert_ptr_eq(source_grow(source, 0), base + page + 100);

    ck_assert(all_bytes(base, page + 100, 0));
    memset(base, 'x', page + 100);
    expect_pages(2);
}
END_TEST

START_TEST(growing_within_a_page_is_no_request)
{
    ck_assert_ptr_nonnull(source_grow(source, 1));
    ck_assert_uint_eq(source_requests(source), 1);

    source_fail(source, 1, true);
    ck_assert_ptr_nonnull(source_grow(source, page - 1));
    ck_assert_ptr_nonnull(source_grow(source, 0));

    ck_assert_uint_eq(source_requests(source), 1);
    ck_assert_ptr_null(source_grow(source, 1));
    ck_assert_uint_eq(source_requests(source), 2);
    ck_assert_uint_eq(source_refusals(source), 1);
}
END_TEST

START_TEST(shrinking_gives_back_every_page_above)
{
    char *base = source_grow(source, 5 * page);
    memset(base, 'x', 5 * page);

    source_shrink(source, 3 * page + 1);

    expect_pages(2);
    ck_assert_uint_eq(source_peak(source), 5 * page);
    ck_assert_ptr_eq(source_grow(source, 0), base + 2 * page - 1);
    ck_assert_ptr_nonnull(source_grow(source, 3 * page + 1));
    ck_assert(all_bytes(base, 2 * page - 1, 'x'));
    ck_assert(all_bytes(base + 2 * page, 3 * page, 0));
}
END_TEST

START_TEST(too_much_is_refused_and_changes_nothing)
{
    char *base = source_grow(source, 10);
    char *run = take(1);
    memset(base, 'x', page);
    memset(run, 'y', page);
    const size_t sizes[] = {RANGE * page, PTRDIFF_MAX, SIZE_MAX,
                            SIZE_MAX - page, (size_t)PTRDIFF_MAX + 1};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        errno = 0;
        ck_assert_ptr_null(source_grow(source, sizes[i]));
        ck_assert_uint_eq(source_refused_size(source), sizes[i]);
        ck_assert_int_eq(errno, ENOMEM);
        ck_assert_ptr_null(source_take(source, sizes[i], page));
        ck_assert_ptr_null(source_take(source, page, (size_t)1 << 63));
    }

    ck_assert_uint_eq(source_refusals(source), 15);
    ck_assert_ptr_eq(source_grow(source, 0), base + 10);
    ck_assert(all_bytes(base, page, 'x') && all_bytes(run, page, 'y'));
    expect_pages(2);
}
END_TEST

/* --- page runs ------------------------------------------------------------- */

START_TEST(runs_come_from_the_top_zeroed_and_apart)
{
    char *top = source_base(source) + source_limit(source);

    ck_assert_ptr_eq(take(2), top - 2 * page);
    ck_assert_ptr_eq(source_take(source, 1, 1), top - 3 * page);
    ck_assert_ptr_eq(take(4), top - 7 * page);

    ck_assert(all_bytes(top - 7 * page, 7 * page, 0));
    memset(top - 7 * page, 'x', 7 * page);
    expect_pages(7);
}
END_TEST

START_TEST(a_returned_run_is_the_next_to_be_taken_and_zero)
{
    char *high = take(3);
    char *middle = take(5);
    char *low = take(2);
    memset(low, 'x', 10 * page);

    source_return(source, middle, 5 * page);
    expect_pages(5);
    ck_assert_ptr_eq(take(6), low - 6 * page);
    ck_assert_ptr_eq(take(4), middle + page);
    ck_assert_ptr_eq(take(1), middle);

    ck_assert(all_bytes(middle, 5 * page, 0));
    ck_assert(all_bytes(low, 2 * page, 'x'));
    ck_assert(all_bytes(high, 3 * page, 'x'));
}
END_TEST

START_TEST(any_pages_of_a_run_can_be_returned)
{
    char *run = take(8);
    memset(run, 'x', 8 * page);

    source_return(source, run + 2 * page, 3 * page);

    expect_pages(5);
    ck_assert(all_bytes(run, 2 * page, 'x'));
    ck_assert(all_bytes(run + 5 * page, 3 * page, 'x'));
    ck_assert_ptr_eq(take(3), run + 2 * page);
}
END_TEST

START_TEST(runs_are_aligned_as_asked)
{
    source_close(source);
    source = source_open(&(struct source_config){.kind = kinds[_i],
                                                 .limit = (size_t)64 << 20});

    for (size_t alignment = 1; alignment <= (size_t)8 << 20; alignment *= 2) {
        char *run = source_take(source, 3 * page, alignment);
        ck_assert_ptr_nonnull(run);
        ck_assert_uint_eq((uintptr_t)run % alignment, 0);
        ck_assert_uint_eq((uintptr_t)run % page, 0);
        memset(run, 'x', 3 * page);
    }

    expect_pages(3 * (size_t)24);
}
END_TEST

START_TEST(break_and_runs_meet_in_the_middle)
{
    size_t taken = 0;
    while (source_take(source, page, page) != NULL &&
           source_grow(source, page) != NULL)
        taken++;

    ck_assert_uint_eq(taken, RANGE / 2);
    ck_assert_ptr_null(source_grow(source, 1));
    source_shrink(source, page);
    char *last = take(1);
    ck_assert_ptr_null(source_grow(source, 1));
    source_return(source, last, page);
    ck_assert_ptr_eq(source_grow(source, page), last);
    ck_assert_uint_eq(source_committed(source), RANGE * page);
}
END_TEST

START_TEST(each_byte_belongs_to_one_run)
{
    char *runs[RANGE / 4];
    for (size_t i = 0; i < RANGE / 4; i++) {
        runs[i] = take(4);
        memset(runs[i], (int)i, 4 * page);
    }

    for (size_t i = 0; i < RANGE / 4; i += 2)
        source_return(source, runs[i], 4 * page);
    for (size_t i = 0; i < RANGE / 4; i += 2)
        memset(take(4), 'x', 4 * page);

    for (size_t i = 1; i < RANGE / 4; i += 2)
        ck_assert(all_bytes(runs[i], 4 * page, (char)i));
    expect_pages(RANGE);
}
END_TEST

/* Does touching address end a program by a signal? */
static bool faults(const volatile char *address)
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGSEGV, SIG_DFL);
        (void)signal(SIGBUS, SIG_DFL);
        struct rlimit none = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)*address;
        _exit(0);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status);
}

START_TEST(what_is_not_backed_faults)
{
    if (SANITIZED || under_valgrind())
        return;
    char *base = source_grow(source, 4 * page);
    char *run = take(4);
    memset(base, 'x', 4 * page);
    memset(run, 'x', 4 * page);
    ck_assert(!faults(base + 3 * page) && !faults(run + page));

    source_shrink(source, 1 * page);
    source_return(source, run + page, page);
    ck_assert_uint_eq(source_release(source, base, 2 * page), 2 * page);

    ck_assert(faults(base + 3 * page));
    ck_assert(faults(run + page));
    ck_assert(faults(base) && faults(base + 2 * page - 1));
    ck_assert(faults(base + 8 * page));
    ck_assert(!faults(base + 2 * page) && !faults(run) &&
              !faults(run + 2 * page));
}
END_TEST

/* --- release, recommit, protect -------------------------------------------- */

START_TEST(release_gives_back_the_pages_wholly_within)
{
    char *run = take(6);
    memset(run, 'x', 6 * page);

    ck_assert_uint_eq(source_release(source, run + 1, page), 0);
    ck_assert_uint_eq(source_release(source, run + 1, 0), 0);
    ck_assert_uint_eq(source_release(source, run + 1, 3 * page), 2 * page);

    expect_pages(4);
    ck_assert_uint_eq(source_release(source, run + 1, 3 * page), 0);
    ck_assert(all_bytes(run, page, 'x'));
    ck_assert(all_bytes(run + 3 * page, 3 * page, 'x'));
}
END_TEST

START_TEST(recommit_makes_released_pages_usable_zero_and_counted)
{
    char *run = take(6);
    memset(run, 'x', 6 * page);
    (void)source_release(source, run + page, 4 * page);

    ck_assert(source_recommit(source, run + page - 1, page + 2));

    ck_assert_uint_eq(source_committed(source), 4 * page);
    ck_assert(all_bytes(run, page, 'x'));
    ck_assert(all_bytes(run + page, 2 * page, 0));
    memset(run + page, 'y', 2 * page);
    expect_pages(4);
    size_t requests = source_requests(source);
    ck_assert(source_recommit(source, run, 3 * page));
    ck_assert_uint_eq(source_requests(source), requests);
    ck_assert(all_bytes(run + page, 2 * page, 'y'));
}
END_TEST

START_TEST(released_pages_stay_the_heaps)
{
    char *run = take(RANGE);
    (void)source_release(source, run, RANGE * page);

    expect_pages(0);
    ck_assert_ptr_null(source_take(source, page, page));
    ck_assert_ptr_null(source_grow(source, 1));
    source_return(source, run, RANGE * page);
    ck_assert_ptr_eq(take(RANGE), run);
}
END_TEST

START_TEST(what_is_committed_is_held_and_nothing_else)
{
    char *low = source_grow(source, 2 * page);
    char *run = source_take(source, 3 * page, page);

    ck_assert(source_holds(source, low, 2 * page));
    ck_assert(!source_holds(source, low, 2 * page + 1));
    ck_assert(!source_holds(source, low - 1, 1));
    ck_assert(source_holds(source, run + page - 1, page + 2));
    ck_assert(!source_holds(source, run - 1, 2));
    ck_assert(!source_holds(source, run, SIZE_MAX));
    ck_assert(!source_holds(source, NULL, 1));
    source_release(source, run + page, page);
    ck_assert(!source_holds(source, run, page + 1));
    ck_assert(source_holds(source, run, page));
}
END_TEST

START_TEST(protected_pages_can_be_read_and_no_more)
{
    char access[RANGE];
    char *base = source_grow(source, 3 * page);
    memset(base, 'x', 3 * page);

    ck_assert(source_protect(source, base + page, page, false));
    read_access(source, access);
    ck_assert_int_eq(memcmp(access, "wrw-", 4), 0);
    ck_assert(all_bytes(base, 3 * page, 'x'));

    ck_assert(source_protect(source, base + page, page, true));
    memset(base, 'y', 3 * page);
    expect_pages(3);
}
END_TEST

/* --- the whole ------------------------------------------------------------- */

START_TEST(reset_makes_the_source_as_new)
{
    char *base = source_base(source);
    memset(source_grow(source, 7 * page), 'x', 7 * page);
    char *run = take(9);
    memset(run, 'x', 9 * page);
    (void)source_release(source, run, page);
    (void)source_protect(source, run + page, page, false);
    source_fail(source, 1, true);
    ck_assert_ptr_null(source_take(source, page, page));

    source_reset(source);

    expect_pages(0);
    ck_assert_uint_eq(source_peak(source), 0);
    ck_assert_uint_eq(source_requests(source), 0);
    ck_assert_uint_eq(source_refusals(source), 0);
    ck_assert_uint_eq(source_refused_size(source), 0);
    ck_assert_ptr_eq(source_base(source), base);
    ck_assert_ptr_eq(source_grow(source, page), base);
    ck_assert_ptr_eq(take(RANGE - 2), base + 2 * page);
    ck_assert_ptr_eq(take(1), base + page);
    ck_assert(all_bytes(base, RANGE * page, 0));
}
END_TEST

/* Makes five requests; returns a bit for each that was refused. */
static unsigned five_requests(void)
{
    unsigned refused = 0;
    char *base = source_grow(source, page);
    refused |= (base == NULL) << 0;
    refused |= (source_grow(source, 3 * page) == NULL) << 1;
    char *run = source_take(source, 2 * page, page);
    refused |= (run == NULL) << 2;
    refused |= (source_take(source, page, 8 * page) == NULL) << 3;
    if (run != NULL) {
        (void)source_release(source, run, page);
        refused |= !source_recommit(source, run, page) << 4;
    } else {
        refused |= (source_take(source, page, page) == NULL) << 4;
    }
    return refused;
}

START_TEST(any_one_request_can_be_refused)
{
    for (size_t n = 1; n <= 6; n++) {
        source_reset(source);
        source_fail(source, n, false);
        ck_assert_uint_eq(five_requests(), 1U << (n - 1) & 31);
        ck_assert_uint_eq(source_requests(source), 5);
        ck_assert_uint_eq(source_refusals(source), n <= 5);
    }
}
END_TEST

START_TEST(all_requests_from_one_on_can_be_refused)
{
    for (size_t n = 1; n <= 6; n++) {
        source_reset(source);
        source_fail(source, n, true);
        ck_assert_uint_eq(five_requests(), 31U << (n - 1) & 31);
        ck_assert_uint_eq(source_refusals(source), 6 - n);
        source_fail(source, 0, true);
        ck_assert_ptr_nonnull(source_grow(source, page));
    }
}
END_TEST

static TCase *kind_tests(int i)
{
    TCase *tcase = tcase_create(kind_name(kinds[i]));
    tcase_add_checked_fixture(
        tcase, kinds[i] == SOURCE_PAGES ? setup_pages : setup_memfd,
        teardown);
#define ADD(test) tcase_add_loop_test(tcase, test, i, i + 1)
    ADD(a_new_source_is_empty);
    ADD(the_break_is_contiguous_zeroed_and_counted_in_pages);
    ADD(growing_within_a_page_is_no_request);
    ADD(shrinking_gives_back_every_page_above);
    ADD(too_much_is_refused_and_changes_nothing);
    ADD(runs_come_from_the_top_zeroed_and_apart);
    ADD(a_returned_run_is_the_next_to_be_taken_and_zero);
    ADD(any_pages_of_a_run_can_be_returned);
    ADD(runs_are_aligned_as_asked);
    ADD(break_and_runs_meet_in_the_middle);
    ADD(each_byte_belongs_to_one_run);
    ADD(what_is_not_backed_faults);
    ADD(release_gives_back_the_pages_wholly_within);
    ADD(recommit_makes_released_pages_usable_zero_and_counted);
    ADD(released_pages_stay_the_heaps);
    ADD(what_is_committed_is_held_and_nothing_else);
    ADD(protected_pages_can_be_read_and_no_more);
    ADD(reset_makes_the_source_as_new);
    ADD(any_one_request_can_be_refused);
    ADD(all_requests_from_one_on_can_be_refused);
#undef ADD
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("source");
    for (int i = 0; i < 2; i++)
        suite_add_tcase(suite, kind_tests(i));
    return run_suite(suite);
}
