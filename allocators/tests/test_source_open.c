/*
 * test_source_open.c - opening a source: the range it gets, what it falls back
 * to where the system is short of something, and how it fails.
 */
#include "allocators/source.h"

#include "allocators/tests/help.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const enum source_kind kinds[] = {SOURCE_PAGES, SOURCE_MEMFD};

#define RANGE ((size_t)64) /* pages */

/* Each test is run with _i as an index of kinds. */
static size_t page; /* bytes */

static void setup(void)
{
    page = source_page_size();
}

static struct source *open_small(enum source_kind kind)
{
    struct source *source = source_open(
        &(struct source_config){.kind = kind, .limit = RANGE * page});
    ck_assert_ptr_nonnull(source);
    return source;
}

/* Are size bytes at start all value? */
static bool all_bytes(const char *start, size_t size, char value)
{
    for (size_t i = 0; i < size; i++)
        if (start[i] != value)
            return false;
    return true;
}

START_TEST(a_zero_configuration_gives_the_default_range)
{
    struct source *other =
        source_open(&(struct source_config){.kind = kinds[_i]});

    ck_assert_ptr_nonnull(other);
    ck_assert_uint_eq(source_limit(other), SOURCE_LIMIT);

    source_close(other);
}
END_TEST

START_TEST(a_limit_is_rounded_up_to_pages)
{
    struct source *other =
        source_open(&(struct source_config){.kind = kinds[_i], .limit = 1});

    ck_assert_ptr_nonnull(other);
    ck_assert_uint_eq(source_limit(other), page);
    ck_assert_ptr_nonnull(source_take(other, page, 1));
    ck_assert_ptr_null(source_grow(other, 1));

    source_close(other);
}
END_TEST

START_TEST(an_absurd_limit_falls_back_to_one_that_works)
{
    struct source *other = source_open(
        &(struct source_config){.kind = kinds[_i], .limit = SIZE_MAX});

    ck_assert_ptr_nonnull(other);
    ck_assert_uint_ge(source_limit(other), (size_t)1 << 20);
    ck_assert_ptr_nonnull(source_grow(other, 1));

    source_close(other);
}
END_TEST

START_TEST(a_hint_is_taken_where_there_is_room)
{
    struct source_config config = {.kind = kinds[_i], .limit = RANGE * page};
    struct source *first = source_open(&config);
    ck_assert_ptr_nonnull(first);
    config.hint = (uintptr_t)source_base(first);

    struct source *second = source_open(&config);
    source_close(first);
    struct source *third = source_open(&config);

    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_nonnull(third);
    ck_assert_uint_ne((uintptr_t)source_base(second), config.hint);
    ck_assert_uint_eq((uintptr_t)source_base(third), config.hint);

    source_close(second);
    source_close(third);
}
END_TEST

START_TEST(only_a_memory_file_has_a_descriptor_and_it_is_close_on_exec)
{
    struct source *source = open_small(kinds[_i]);
    int descriptor = source_descriptor(source);

    if (kinds[_i] == SOURCE_PAGES) {
        ck_assert_int_eq(descriptor, -1);
    } else {
        ck_assert_int_ge(descriptor, 0);
        ck_assert_int_eq(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    }
    source_close(source);
}
END_TEST

START_TEST(another_mapping_of_the_memory_file_shows_the_same_bytes)
{
    if (kinds[_i] == SOURCE_PAGES)
        return;
    struct source *source = open_small(SOURCE_MEMFD);
    char *at = source_grow(source, 2 * page);
    memset(at, 'x', 2 * page);

    char *other = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED,
                       source_descriptor(source), 0);

    ck_assert_ptr_ne(other, MAP_FAILED);
    ck_assert(all_bytes(other, 2 * page, 'x'));
    (void)munmap(other, 2 * page);
    source_close(source);
}
END_TEST

START_TEST(no_page_of_the_range_is_ever_huge)
{
    bool huge = false;
    if (access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0 ||
        under_valgrind())
        return;
    struct source *source = open_small(kinds[_i]);
    ck_assert_uint_eq(count_mappings(source, &huge), 1);
    ck_assert(!huge);
    (void)source_take(source, 3 * page, 1);
    ck_assert_uint_eq(count_mappings(source, &huge), 2);
    ck_assert(!huge);

    source_reset(source);

    ck_assert_uint_eq(count_mappings(source, &huge), 1);
    ck_assert(!huge);
    source_close(source);
}
END_TEST

/* Bytes of address space that the process uses. */
static size_t address_space(void)
{
    char text[64] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ck_assert_int_gt(read(file, text, sizeof text - 1), 0);
    (void)close(file);
    return strtoull(text, NULL, 10) * page;
}

START_TEST(a_smaller_range_serves_where_address_space_is_short)
{
    if (SANITIZED || under_valgrind())
        return;
    pid_t child = fork();
    if (child == 0) {
        size_t room = address_space() + ((size_t)100 << 20);
        struct rlimit limit = {room, room};
        (void)setrlimit(RLIMIT_AS, &limit);
        struct source *source =
            source_open(&(struct source_config){.kind = kinds[_i]});
        bool good = source != NULL &&
                    source_limit(source) >= (size_t)32 << 20 &&
                    source_limit(source) < SOURCE_LIMIT &&
                    source_grow(source, 1) != NULL;
        _exit(good ? 0 : 1);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_limit_on_file_sizes_is_a_limit_on_memory_files_and_no_signal)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {(rlim_t)4 << 20, (rlim_t)4 << 20};
        (void)setrlimit(RLIMIT_FSIZE, &limit);
        struct source *source =
            source_open(&(struct source_config){.kind = SOURCE_MEMFD});
        _exit(source != NULL && source_limit(source) == (size_t)4 << 20 ? 0
                                                                        : 1);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(no_descriptor_left_means_null_and_errno)
{
    if (kinds[_i] == SOURCE_PAGES)
        return;
    struct rlimit old;
    (void)getrlimit(RLIMIT_NOFILE, &old);
    struct rlimit none = {0, old.rlim_max};
    (void)setrlimit(RLIMIT_NOFILE, &none);

    struct source *other =
        source_open(&(struct source_config){.kind = SOURCE_MEMFD});
    int why = errno;

    (void)setrlimit(RLIMIT_NOFILE, &old);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(why, EMFILE);
}
END_TEST

START_TEST(two_sources_are_apart)
{
    struct source *source = open_small(kinds[_i]);
    struct source *other = open_small(kinds[_i]);
    memset(source_grow(source, page), 'x', page);
    memset(source_grow(other, page), 'y', page);
    source_fail(other, 1, true);

    ck_assert_ptr_null(source_grow(other, page));
    ck_assert_ptr_nonnull(source_grow(source, page));
    source_close(other);

    ck_assert(all_bytes(source_base(source), page, 'x'));
    source_close(source);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("source_open");
    for (int i = 0; i < 2; i++) {
        TCase *tcase = tcase_create(kind_name(kinds[i]));
        tcase_add_checked_fixture(tcase, setup, NULL);
#define ADD(test) tcase_add_loop_test(tcase, test, i, i + 1)
        ADD(a_zero_configuration_gives_the_default_range);
        ADD(a_limit_is_rounded_up_to_pages);
        ADD(an_absurd_limit_falls_back_to_one_that_works);
        ADD(a_hint_is_taken_where_there_is_room);
        ADD(only_a_memory_file_has_a_descriptor_and_it_is_close_on_exec);
        ADD(another_mapping_of_the_memory_file_shows_the_same_bytes);
        ADD(no_page_of_the_range_is_ever_huge);
        ADD(a_smaller_range_serves_where_address_space_is_short);
        ADD(a_limit_on_file_sizes_is_a_limit_on_memory_files_and_no_signal);
        ADD(no_descriptor_left_means_null_and_errno);
        ADD(two_sources_are_apart);
#undef ADD
        suite_add_tcase(suite, tcase);
    }
    return run_suite(suite);
}
