/*
 * test_unpack.c - archives that nobody trusts.
 */
#include "grader/tests/class.h"

START_TEST(a_tar_archive_is_unpacked)
{
    make_tar();

    const struct intake_entry *entry = take_one();

    ck_assert_str_eq(entry->name, "ada");
    ck_assert_str_eq(text_of(&entry->files[1]), KR);
    ck_assert_str_eq(entry->files[1].path, "kr/src/kr.c");
}
END_TEST

/* What compresses, what it makes of ada.tar, and how that may be called. */
static const struct {
    const char *program;
    const char *file;
    const char *ending;
} packers[] = {
    {"gzip", "ada.tar.gz", ".tar.gz"},   {"gzip", "ada.tar.gz", ".tgz"},
    {"gzip", "ada.tar.gz", ".tar"},      {"xz", "ada.tar.xz", ".tar.xz"},
    {"xz", "ada.tar.xz", ".txz"},        {"bzip2", "ada.tar.bz2", ".tar.bz2"},
    {"bzip2", "ada.tar.bz2", ".tar.gz"}, {"bzip2", "ada.tar.bz2", ".tbz2"},
};

START_TEST(a_compressed_archive_is_unpacked_by_what_is_in_it)
{
    const char *words[] = {packers[_i].program, "ada.tar", NULL};
    char says[64], from[64], to[64];
    make_tar();
    if (capture(words, "class", says, sizeof(says)) == -1 &&
        strcmp(packers[_i].program, "gzip") != 0)
        return; /* then tar could not unpack it either */
    snprintf(from, sizeof(from), "class/%s", packers[_i].file);
    snprintf(to, sizeof(to), "class/ada%s", packers[_i].ending);
    ck_assert_int_eq(rename(from, to), 0);

    const struct intake_entry *entry = take_one();

    ck_assert_str_eq(entry->name, "ada");
    ck_assert_str_eq(text_of(&entry->files[1]), KR);
}
END_TEST

START_TEST(a_zip_file_is_unpacked_or_says_what_is_missing)
{
    const char *words[] = {"unzip", "-v", NULL};
    char says[64];
    zip_file(begin_tar("class/ada.zip"), "src/kr.c", KR);

    const struct intake_entry *entry = take_one();

    if (capture(words, NULL, says, sizeof(says)) == 0) {
        ck_assert_ptr_null(entry->error);
        ck_assert_str_eq(text_of(&entry->files[1]), KR);
    } else {
        check_refused(entry, "unzip is not here to unpack it; to get it: "
                             "sudo apt-get install -y unzip");
        ck_assert(entry->trouble);
    }
}
END_TEST

START_TEST(without_the_program_one_line_says_how_to_get_it)
{
    zip_file(begin_tar("class/ada.zip"), "kr.c", KR);
    setenv("PATH", "/nowhere", 1);

    const struct intake_entry *entry = take_one();

    check_refused(entry, "unzip is not here to unpack it; to get it: sudo "
                         "apt-get install -y unzip");
    ck_assert(entry->trouble);
    setenv("PATH", "/usr/bin:/bin", 1);
}
END_TEST

START_TEST(what_is_no_archive_is_refused)
{
    make_file("class/ada.tar", "hello");

    const struct intake_entry *entry = take_one();

    check_refused(entry, "it cannot be unpacked: tar: This does not look "
                         "like a tar archive");
    ck_assert(!entry->trouble);
}
END_TEST

START_TEST(half_an_archive_is_refused)
{
    FILE *out = begin_tar("class/ada.tar");
    tar_file(out, "kr.c", KR);
    tar_header(out, MEMBER_FILE, "more.c", "", 0644, 100000);
    ck_assert_int_eq(fclose(out), 0);

    check_refused(take_one(),
                  "it cannot be unpacked: tar: Unexpected EOF in archive");
}
END_TEST

START_TEST(a_path_that_leads_out_is_refused)
{
    FILE *out = begin_tar("class/ada.tar");
    tar_file(out, "kr.c", KR);
    tar_file(out, "../../../../../../../../tmp/heaplab-escaped.c", KR);
    tar_end(out);

    const struct intake_entry *entry = take_one();

    ck_assert_ptr_nonnull(entry->error);
    ck_assert_ptr_nonnull(strstr(entry->error, "Member name contains '..'"));
    ck_assert_int_ne(access("/tmp/heaplab-escaped.c", F_OK), 0);
}
END_TEST

START_TEST(an_absolute_path_stays_inside)
{
    char path[128];
    FILE *out = begin_tar("class/ada.tar");
    snprintf(path, sizeof(path), "%s/escaped/kr.c", root);
    tar_file(out, path, KR);
    tar_end(out);

    const struct intake_entry *entry = take_one();

    ck_assert_str_eq(text_of(&entry->files[1]), KR);
    ck_assert_int_ne(access("escaped", F_OK), 0);
}
END_TEST

START_TEST(a_link_in_an_archive_does_not_lead_out)
{
    char outside[128];
    FILE *out = begin_tar("class/ada.tar");
    make_folder("outside");
    make_file("outside/kr.c", KR);
    snprintf(outside, sizeof(outside), "%s/outside", root);
    tar_header(out, MEMBER_LINK, "d", outside, 0777, 0);
    tar_file(out, "d/planted.c", KR);
    tar_end(out);

    const struct intake_entry *entry = take_one();

    ck_assert_ptr_nonnull(entry->error);
    ck_assert_ptr_null(entry->files[1].copy);
    ck_assert_int_ne(access("outside/planted.c", F_OK), 0);
}
END_TEST

START_TEST(a_file_that_is_a_link_in_an_archive_is_refused)
{
    char secret[128];
    FILE *out = begin_tar("class/ada.tar");
    make_file("secret.c", KR);
    snprintf(secret, sizeof(secret), "%s/secret.c", root);
    tar_header(out, MEMBER_LINK, "kr.c", secret, 0777, 0);
    tar_end(out);

    ck_assert_str_eq(take_one()->files[1].error,
                     "kr.c is a symbolic link, which is not followed");
}
END_TEST

START_TEST(a_hard_link_to_outside_gets_nothing)
{
    char secret[128];
    FILE *out = begin_tar("class/ada.tar");
    make_file("secret.c", KR);
    snprintf(secret, sizeof(secret), "%s/secret.c", root);
    tar_header(out, MEMBER_HARD_LINK, "kr.c", secret, 0644, 0);
    tar_end(out);

    const struct intake_entry *entry = take_one();

    ck_assert_ptr_nonnull(entry->error);
    ck_assert_ptr_null(entry->files[1].copy);
}
END_TEST

START_TEST(a_hard_link_inside_an_archive_is_refused)
{
    FILE *out = begin_tar("class/ada.tar");
    tar_file(out, "a.txt", KR);
    tar_header(out, MEMBER_HARD_LINK, "kr.c", "a.txt", 0644, 0);
    tar_end(out);

    ck_assert_str_eq(take_one()->files[1].error,
                     "kr.c is a hard link, which is not taken");
}
END_TEST

START_TEST(devices_and_fifos_in_an_archive_are_not_opened)
{
    FILE *out = begin_tar("class/ada.tar");
    tar_header(out, MEMBER_FIFO, "kr.c", "", 0644, 0);
    tar_end(out);
    out = begin_tar("class/bob.tar");
    tar_header(out, MEMBER_DEVICE, "kr.c", "", 0644, 0);
    tar_end(out);

    take_in();

    ck_assert_str_eq(intake.entries[0].files[1].error,
                     "kr.c is no plain file");
    ck_assert_ptr_null(intake.entries[1].files[1].copy);
    if (geteuid() == 0) /* others cannot make one, so tar says no */
        ck_assert_str_eq(intake.entries[1].files[1].error,
                         "kr.c is no plain file");
    else
        ck_assert_ptr_nonnull(intake.entries[1].error);
}
END_TEST

START_TEST(modes_that_shut_the_owner_out_are_opened)
{
    FILE *out = begin_tar("class/ada.tar");
    tar_header(out, MEMBER_FOLDER, "src/", "", 0, 0);
    tar_header(out, MEMBER_FILE, "src/kr.c", "", 0, 0);
    tar_end(out);

    ck_assert_str_eq(take_one()->files[1].error, "src/kr.c is empty");
}
END_TEST

static Suite *unpack_suite(void)
{
    Suite *suite = suite_create("unpack");
    TCase *tcase = begin_case(suite, "archives");

    ADD(a_tar_archive_is_unpacked);
    tcase_add_loop_test(tcase,
                        a_compressed_archive_is_unpacked_by_what_is_in_it, 0,
                        sizeof(packers) / sizeof(packers[0]));
    ADD(a_zip_file_is_unpacked_or_says_what_is_missing);
    ADD(without_the_program_one_line_says_how_to_get_it);
    ADD(what_is_no_archive_is_refused);
    ADD(half_an_archive_is_refused);
    ADD(a_path_that_leads_out_is_refused);
    ADD(an_absolute_path_stays_inside);
    ADD(a_link_in_an_archive_does_not_lead_out);
    ADD(a_file_that_is_a_link_in_an_archive_is_refused);
    ADD(a_hard_link_to_outside_gets_nothing);
    ADD(a_hard_link_inside_an_archive_is_refused);
    ADD(devices_and_fifos_in_an_archive_are_not_opened);
    ADD(modes_that_shut_the_owner_out_are_opened);
    return suite;
}

int main(void)
{
    return run_suite(unpack_suite());
}
