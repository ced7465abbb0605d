/*
 * test_intake_hostile.c - submissions that lead elsewhere, or are too much.
 */
#include "grader/tests/class.h"

START_TEST(links_are_not_followed)
{
    make_file("secret.c", KR);
    make_folder("secrets");
    make_file("secrets/kr.c", KR);
    ck_assert_int_eq(symlink("../secret.c", "class/a.c"), 0);
    ck_assert_int_eq(symlink("../secrets", "class/b"), 0);
    make_folder("class/c");
    ck_assert_int_eq(symlink("../../secret.c", "class/c/kr.c"), 0);
    make_folder("class/d");
    ck_assert_int_eq(symlink("../../secrets", "class/d/src"), 0);
    make_folder("class/e");
    ck_assert_int_eq(symlink("../../secret.c", "class/e/mine.c"), 0);

    take_in();

    ck_assert_uint_eq(intake.count, 5);
    check_refused(&intake.entries[0],
                  "it is a symbolic link, which is not followed");
    check_refused(&intake.entries[1],
                  "it is a symbolic link, which is not followed");
    ck_assert_str_eq(intake.entries[2].files[1].error,
                     "kr.c is a symbolic link, which is not followed");
    ck_assert_ptr_null(intake.entries[2].files[1].copy);
    check_refused(&intake.entries[3], NONE);
    check_refused(&intake.entries[4],
                  NONE ": mine.c is a symbolic link, which is not followed");
}
END_TEST

START_TEST(fifos_are_not_opened)
{
    ck_assert_int_eq(mkfifo("class/a.c", 0600), 0);
    ck_assert_int_eq(mkfifo("class/b.tar", 0600), 0);
    make_folder("class/c");
    ck_assert_int_eq(mkfifo("class/c/kr.c", 0600), 0);

    take_in();

    check_refused(&intake.entries[0], "it is neither a file nor a folder");
    check_refused(&intake.entries[1], "it is neither a file nor a folder");
    ck_assert_str_eq(intake.entries[2].files[1].error,
                     "kr.c is no plain file");
}
END_TEST

START_TEST(a_file_above_1_mib_is_refused_and_one_of_1_mib_taken)
{
    make_folder("class/a");
    make_file("class/a/kr.c", KR);
    ck_assert_int_eq(truncate("class/a/kr.c", 1 << 20), 0);
    make_folder("class/b");
    make_file("class/b/kr.c", KR);
    ck_assert_int_eq(truncate("class/b/kr.c", (1 << 20) + 1), 0);
    make_file("class/c.c", KR);
    ck_assert_int_eq(truncate("class/c.c", (off_t)1 << 40), 0);

    take_in();

    ck_assert_str_eq(text_of(&intake.entries[0].files[1]), KR);
    ck_assert_str_eq(intake.entries[1].files[1].error,
                     "kr.c has more than 1 MiB, and is not taken");
    check_refused(&intake.entries[2],
                  "it has more than 1 MiB, and is not taken");
}
END_TEST

START_TEST(the_search_goes_8_folders_deep)
{
    char path[128] = "class/ada";
    size_t used = strlen(path);
    make_folder(path);
    for (int i = 0; i < 9; i++) {
        used += (size_t)snprintf(path + used, sizeof(path) - used, "/d");
        make_folder(path);
    }
    snprintf(path + used, sizeof(path) - used, "/kr.c");
    make_file(path, KR);
    make_folder("class/bob");
    make_file("class/bob/kr.c", KR);

    take_in();

    check_refused(&intake.entries[0], NONE);
    ck_assert_ptr_nonnull(intake.entries[1].files[1].copy);
}
END_TEST

START_TEST(too_many_candidates_are_one_line)
{
    make_folder("class/ada");
    for (int i = 0; i < 65; i++) {
        char path[64];
        snprintf(path, sizeof(path), "class/ada/%d.c", i);
        make_file(path, KR);
    }

    check_refused(take_one(),
                  "it holds too much to look through: more than 20000 files, "
                  "128 MiB of C, or 64 files that could be meant");
}
END_TEST

START_TEST(a_copy_stays_what_it_was)
{
    make_file("class/ada.c", KR);
    const struct intake_entry *entry = take_one();

    make_file("class/ada.c", "changed");

    ck_assert_str_eq(text_of(&entry->files[1]), KR);
}
END_TEST

static Suite *intake_hostile_suite(void)
{
    Suite *suite = suite_create("intake_hostile");
    TCase *tcase = begin_case(suite, "hostile");

    ADD(links_are_not_followed);
    ADD(fifos_are_not_opened);
    ADD(a_file_above_1_mib_is_refused_and_one_of_1_mib_taken);
    ADD(the_search_goes_8_folders_deep);
    ADD(too_many_candidates_are_one_line);
    ADD(a_copy_stays_what_it_was);
    return suite;
}

int main(void)
{
    return run_suite(intake_hostile_suite());
}
