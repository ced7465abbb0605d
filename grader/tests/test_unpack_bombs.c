/*
 * test_unpack_bombs.c - archives that are too much, and the walls around them.
 */
#include "grader/tests/class.h"

#include <dirent.h>

static const struct unpack_limits small = {.packed = 4 << 20,
                                           .unpacked = 1 << 20,
                                           .files = 100,
                                           .depth = 16,
                                           .seconds = 10};

START_TEST(an_archive_that_is_too_large_is_not_unpacked)
{
    make_tar();
    ck_assert_int_eq(truncate("class/ada.tar", (4 << 20) + 1), 0);
    request.limits = &small;

    check_refused(take_one(), "the archive is too large");
}
END_TEST

START_TEST(too_many_files_are_refused)
{
    FILE *out = begin_tar("class/ada.tar");
    for (int i = 0; i < 101; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%d.c", i);
        tar_file(out, name, "");
    }
    tar_end(out);
    request.limits = &small;

    check_refused(take_one(), "it has more than 100 files");
}
END_TEST

START_TEST(too_many_bytes_are_refused)
{
    static char text[600 << 10];
    FILE *out = begin_tar("class/ada.tar");
    memset(text, 'x', sizeof(text) - 1);
    tar_file(out, "a.c", text);
    tar_file(out, "b.c", text);
    tar_end(out);
    request.limits = &small;

    check_refused(take_one(), "it unpacks to more than 1 MiB");
}
END_TEST

START_TEST(a_single_file_that_is_too_large_is_stopped)
{
    static char text[1100 << 10];
    FILE *out = begin_tar("class/ada.tar");
    memset(text, 'x', sizeof(text) - 1);
    tar_file(out, "a.c", text);
    tar_end(out);
    request.limits = &small;

    const struct intake_entry *entry = take_one();

    ck_assert_ptr_nonnull(entry->error);
    ck_assert_ptr_null(entry->files[1].copy);
}
END_TEST

START_TEST(folders_that_lie_too_deep_are_refused)
{
    char name[100];
    size_t used = 0;
    FILE *out = begin_tar("class/ada.tar");
    for (int i = 0; i < 17; i++)
        used += (size_t)snprintf(name + used, sizeof(name) - used, "d/");
    snprintf(name + used, sizeof(name) - used, "kr.c");
    tar_file(out, name, KR);
    tar_end(out);
    request.limits = &small;

    check_refused(take_one(), "its folders lie more than 16 deep");
}
END_TEST

/* Puts a program called tar first in PATH, which is this script. */
static void put_tar(const char *script)
{
    char path[256];

    make_folder("bin");
    make_file("bin/tar", script);
    ck_assert_int_eq(chmod("bin/tar", 0700), 0);
    snprintf(path, sizeof(path), "%s/bin:/usr/bin:/bin", root);
    setenv("PATH", path, 1);
}

START_TEST(what_fills_the_disk_slowly_is_stopped_while_it_does)
{
    make_tar();
    put_tar("#!/bin/sh\n"
            "while :; do\n"
            "  head -c 100000 /dev/zero >$i.c; i=x$i; sleep 0.01\n"
            "done\n");
    request.limits = &small;

    const struct intake_entry *entry = take_one();

    check_refused(entry, "it unpacks to more than 1 MiB");
}
END_TEST

START_TEST(what_does_not_end_is_ended_with_all_that_it_started)
{
    static const struct unpack_limits brief = {.packed = 1 << 20,
                                               .unpacked = 1 << 20,
                                               .files = 100,
                                               .depth = 16,
                                               .seconds = 1};
    char says[64];
    const char *words[] = {"sh", "-c", "kill -0 $(cat pid)", NULL};
    char script[256];
    make_tar();
    snprintf(script, sizeof(script),
             "#!/bin/sh\nsleep 100 & echo $! >%s/pid\nwait\n", root);
    put_tar(script);
    request.limits = &brief;

    check_refused(take_one(), "to unpack it took more than 4 s");

    for (int i = 0; i < 100 && capture(words, NULL, says, sizeof(says)) == 0;
         i++)
        usleep(20000); /* whoever adopted it has to take notice */
    ck_assert_int_ne(capture(words, NULL, says, sizeof(says)), 0);
}
END_TEST

START_TEST(what_burns_cpu_time_is_ended)
{
    static const struct unpack_limits brief = {.packed = 1 << 20,
                                               .unpacked = 1 << 20,
                                               .files = 100,
                                               .depth = 16,
                                               .seconds = 1};
    make_tar();
    put_tar("#!/bin/sh\nwhile :; do :; done\n");
    request.limits = &brief;

    const struct intake_entry *entry = take_one();

    ck_assert_ptr_nonnull(entry->error);
    ck_assert_ptr_nonnull(strstr(entry->error, "to unpack it took"));
}
END_TEST

START_TEST(a_flood_of_messages_is_one_line)
{
    make_tar();
    put_tar("#!/bin/sh\nprintf 'a\\033[31mb\\n'\n"
            "head -c 1000000 /dev/zero\nexit 2\n");

    check_refused(take_one(), "it cannot be unpacked: a?[31mb");
}
END_TEST

static bool enter_by_note(void *context)
{
    FILE *out = fopen(context, "we");

    return out != NULL && fclose(out) == 0;
}

static bool refuse_to_enter(void *context)
{
    (void)context;
    dprintf(STDERR_FILENO, "no bricks\n");
    return false;
}

START_TEST(the_child_that_unpacks_enters_the_walls_first)
{
    static char note[128];
    snprintf(note, sizeof(note), "%s/entered", root);
    static struct walls walls = {.enter = enter_by_note};
    walls.context = note;
    make_tar();
    request.walls = &walls;

    ck_assert_ptr_nonnull(take_one()->files[1].copy);

    ck_assert_int_eq(access("entered", F_OK), 0);
}
END_TEST

START_TEST(without_walls_nothing_is_unpacked)
{
    static const struct walls walls = {.enter = refuse_to_enter};
    make_tar();
    request.walls = &walls;

    const struct intake_entry *entry = take_one();

    check_refused(entry, "tar could not be confined: no bricks");
    ck_assert(entry->trouble);
}
END_TEST

START_TEST(nothing_is_left_in_the_private_folder_but_copies)
{
    struct stat what;
    DIR *dir;
    const struct dirent *found;
    char tmp[128];
    snprintf(tmp, sizeof(tmp), "%s/tmp", root);
    setenv("TMPDIR", tmp, 1);
    make_tar();
    make_file("class/bob.tar", "no archive");

    take_in();

    ck_assert_int_eq(strncmp(intake.folder, tmp, strlen(tmp)), 0);
    ck_assert_int_eq(stat(intake.folder, &what), 0);
    ck_assert_uint_eq(what.st_mode & 0777, 0700);
    dir = opendir(intake.folder);
    while ((found = readdir(dir)) != NULL)
        ck_assert_msg(found->d_name[0] == '.' ||
                          strcmp(found->d_name, "00000-01") == 0,
                      "%s", found->d_name);
    closedir(dir);
}
END_TEST

START_TEST(closing_removes_the_private_folder)
{
    char folder[PATH_ROOM];
    FILE *out = begin_tar("class/ada.tar");
    tar_header(out, MEMBER_FOLDER, "shut/", "", 0, 0);
    tar_file(out, "kr.c", KR);
    tar_end(out);
    take_in();
    snprintf(folder, sizeof(folder), "%s", intake.folder);
    ck_assert_int_eq(access(folder, F_OK), 0);

    intake_close(&intake);

    ck_assert_int_ne(access(folder, F_OK), 0);
}
END_TEST

static Suite *unpack_bombs_suite(void)
{
    Suite *suite = suite_create("unpack_bombs");
    TCase *tcase = begin_case(suite, "bombs");

    ADD(an_archive_that_is_too_large_is_not_unpacked);
    ADD(too_many_files_are_refused);
    ADD(too_many_bytes_are_refused);
    ADD(a_single_file_that_is_too_large_is_stopped);
    ADD(folders_that_lie_too_deep_are_refused);
    ADD(what_fills_the_disk_slowly_is_stopped_while_it_does);
    ADD(what_does_not_end_is_ended_with_all_that_it_started);
    ADD(what_burns_cpu_time_is_ended);
    ADD(a_flood_of_messages_is_one_line);
    tcase = begin_case(suite, "walls");
    ADD(the_child_that_unpacks_enters_the_walls_first);
    ADD(without_walls_nothing_is_unpacked);
    ADD(nothing_is_left_in_the_private_folder_but_copies);
    ADD(closing_removes_the_private_folder);
    return suite;
}

int main(void)
{
    return run_suite(unpack_bombs_suite());
}
