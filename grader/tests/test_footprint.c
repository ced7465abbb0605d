/*
 * test_footprint.c - what a process has taken is what it took.
 */
#include "grader/footprint.h"

#include "grader/spawn.h"
#include "grader/tests/help.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

START_TEST(memory_counts_when_it_is_written_whoever_shares_it)
{
    int own = footprint_open(getpid());
    int file = memfd_create("shared", MFD_CLOEXEC);
    uint64_t before;
    char *shared;
    ck_assert_int_eq(ftruncate(file, (off_t)(64 * MIB)), 0);
    shared =
        mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    before = footprint_memory(own);

    memset(shared, 1, 32 * MIB);

    ck_assert_uint_ge(footprint_memory(own), before + 31 * MIB);
    if (!SANITIZED) /* those write down what is written */
        ck_assert_uint_lt(footprint_memory(own), before + 60 * MIB);
    munmap(shared, 64 * MIB);
    close(file);
    close(own);
}
END_TEST

START_TEST(files_of_a_folder_are_added_up_and_empty_ones_count)
{
    char folder[] = "/tmp/footprint-XXXXXX";
    char path[64];
    char says[64];
    const char *words[] = {"rm", "-rf", folder, NULL};
    FILE *out;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_uint_eq(footprint_files(folder), 0);

    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%d", folder, i);
        out = fopen(path, "we");
        ck_assert_ptr_nonnull(out);
        for (int k = 0; k < i * 100000; k++)
            ck_assert_int_eq(fputc('x', out), 'x');
        ck_assert_int_eq(fclose(out), 0);
    }

    ck_assert_uint_ge(footprint_files(folder), 100001);
    ck_assert_uint_lt(footprint_files(folder), 200000);
    ck_assert_int_eq(capture(words, NULL, says, sizeof(says)), 0);
    ck_assert_uint_eq(footprint_files(folder), 0);
}
END_TEST

START_TEST(who_is_not_there_has_taken_nothing)
{
    ck_assert_uint_eq(footprint_memory(footprint_open(-1)), 0);
    ck_assert_double_lt(footprint_delay(-1), 0);
    ck_assert_uint_eq(footprint_files("/nowhere"), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("footprint");
    TCase *tcase = tcase_create("footprint");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, memory_counts_when_it_is_written_whoever_shares_it);
    tcase_add_test(tcase,
                   files_of_a_folder_are_added_up_and_empty_ones_count);
    tcase_add_test(tcase, who_is_not_there_has_taken_nothing);
    return run_suite(suite);
}
