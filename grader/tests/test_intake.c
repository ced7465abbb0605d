/*
 * test_intake.c - what is taken of a folder of submissions.
 */
#include "grader/tests/class.h"

START_TEST(a_c_file_is_taken_by_the_allocator_that_it_defines)
{
    make_file("class/ada.c", "/* mine */\n" KR);

    const struct intake_entry *entry = take_one();

    ck_assert_str_eq(entry->file, "ada.c");
    ck_assert_str_eq(entry->name, "ada");
    ck_assert_ptr_null(entry->error);
    ck_assert_ptr_null(entry->files[0].copy);
    ck_assert_str_eq(text_of(&entry->files[1]), "/* mine */\n" KR);
    ck_assert_str_eq(entry->files[1].path, "ada.c");
    ck_assert_str_eq(strrchr(entry->files[1].copy, '/'), "/kr.c");
}
END_TEST

START_TEST(in_a_folder_the_file_of_the_labs_name_is_taken)
{
    make_folder("class/ada");
    make_folder("class/ada/src");
    make_file("class/ada/src/kr.c", "kr.c, whatever it is");
    make_file("class/ada/other.c", KR);

    const struct intake_entry *entry = take_one();

    ck_assert_str_eq(text_of(&entry->files[1]), "kr.c, whatever it is");
    ck_assert_str_eq(entry->files[1].path, "src/kr.c");
}
END_TEST

START_TEST(without_that_name_the_one_that_defines_the_allocator_is_taken)
{
    make_folder("class/ada");
    make_file("class/ada/mine.c", KR);
    make_file("class/ada/test.c", "extern const struct allocator "
                                  "kr_allocator;\n");

    const struct intake_entry *entry = take_one();

    ck_assert_str_eq(entry->files[1].path, "mine.c");
    ck_assert_str_eq(text_of(&entry->files[1]), KR);
}
END_TEST

START_TEST(each_lab_has_its_own_file)
{
    make_folder("class/ada");
    make_file("class/ada/a.c", KR);
    make_file("class/ada/bump.c", BUMP);

    const struct intake_entry *entry = take_one();

    ck_assert_str_eq(text_of(&entry->files[0]), BUMP);
    ck_assert_str_eq(text_of(&entry->files[1]), KR);
}
END_TEST

START_TEST(of_a_whole_kit_the_labs_own_file_is_taken)
{
    make_folder("class/ada");
    make_folder("class/ada/allocators");
    make_folder("class/ada/labs");
    make_folder("class/ada/labs/1-kr");
    make_folder("class/ada/old");
    make_file("class/ada/allocators/allocators.def", "");
    make_file("class/ada/allocators/kr.c", "the kit's " KR);
    make_file("class/ada/allocators/bump.c", "the kit's " BUMP);
    make_file("class/ada/old/kr.c", "old " KR);
    make_file("class/ada/labs/1-kr/kr.c", "mine " KR);

    const struct intake_entry *entry = take_one();

    ck_assert_ptr_null(entry->files[0].copy);
    ck_assert_str_eq(text_of(&entry->files[1]), "mine " KR);
    ck_assert_str_eq(entry->files[1].path, "labs/1-kr/kr.c");
}
END_TEST

START_TEST(several_that_could_be_meant_are_listed)
{
    make_folder("class/ada");
    make_folder("class/ada/b");
    make_folder("class/ada/a");
    make_file("class/ada/b/kr.c", "one " KR);
    make_file("class/ada/a/kr.c", "another " KR);

    const struct intake_entry *entry = take_one();

    ck_assert_ptr_null(entry->error);
    ck_assert_ptr_null(entry->files[1].copy);
    ck_assert_str_eq(entry->files[1].error,
                     "2 files in it could be meant: a/kr.c, b/kr.c");
    ck_assert(entry->files[1].unclear);
}
END_TEST

START_TEST(of_files_with_the_same_bytes_the_first_is_taken)
{
    make_folder("class/ada");
    make_folder("class/ada/b");
    make_folder("class/ada/a");
    make_file("class/ada/b/kr.c", KR);
    make_file("class/ada/a/kr.c", KR);
    make_folder("class/bob");
    make_file("class/bob/kr (1).c", KR);
    make_file("class/bob/kr (2).c", KR);

    take_in();

    ck_assert_str_eq(intake.entries[0].files[1].path, "a/kr.c");
    ck_assert_str_eq(intake.entries[1].files[1].path, "kr (1).c");
    for (size_t i = 0; i < 2; i++) {
        ck_assert_str_eq(text_of(&intake.entries[i].files[1]), KR);
        ck_assert_ptr_null(intake.entries[i].files[1].also);
        ck_assert(!intake.entries[i].files[1].unclear);
    }
}
END_TEST

/* Makes a kit in class/ada, in whose lab there is a stub. */
static void make_kit(void)
{
    make_folder("class/ada");
    make_folder("class/ada/allocators");
    make_folder("class/ada/labs");
    make_folder("class/ada/labs/1-kr");
    make_file("class/ada/allocators/allocators.def", "");
    make_file("class/ada/labs/1-kr/kr.c", "stub " KR);
}

START_TEST(that_another_file_defines_the_allocator_is_told)
{
    static const char *const others[] = {"kr.c", "labs/1-kr/my.c",
                                         "allocators/kr.c"};

    make_kit();
    for (size_t i = 0; i < 3; i++) {
        char path[64], also[128];
        snprintf(path, sizeof(path), "class/ada/%s", others[i]);
        snprintf(also, sizeof(also),
                 "graded labs/1-kr/kr.c; %s in it defines kr_allocator too",
                 others[i]);
        make_file(path, "solved " KR);

        const struct intake_entry *entry = take_one();

        ck_assert_str_eq(text_of(&entry->files[1]), "stub " KR);
        ck_assert_ptr_nonnull(entry->files[1].also);
        ck_assert_str_eq(entry->files[1].also, also);
        ck_assert_int_eq(unlink(path), 0);
        intake_close(&intake);
    }
}
END_TEST

START_TEST(if_the_file_taken_defines_nothing_that_is_told_too)
{
    make_folder("class/ada");
    make_file("class/ada/kr.c", "nothing");
    make_file("class/ada/a.c", KR);
    make_file("class/ada/b.c", "b " KR);

    ck_assert_str_eq(take_one()->files[1].also,
                     "graded kr.c; a.c and 1 more in it define kr_allocator, "
                     "which this does not");
}
END_TEST

START_TEST(only_a_copy_of_the_file_is_nothing_to_tell)
{
    make_kit();
    make_file("class/ada/backup.c", "stub " KR);

    ck_assert_ptr_null(take_one()->files[1].also);
}
END_TEST

START_TEST(a_file_among_the_kits_own_is_named_and_not_taken)
{
    make_kit();
    make_file("class/ada/allocators/kr.c", KR);
    ck_assert_int_eq(unlink("class/ada/labs/1-kr/kr.c"), 0);

    check_refused(take_one(), NONE ": allocators/kr.c lies among the kit's "
                                   "own files, and is not taken");
}
END_TEST

START_TEST(what_is_empty_is_said_to_be)
{
    make_file("class/a.c", "");
    make_folder("class/b");
    make_folder("class/c");
    make_file("class/c/.kr.c", KR);
    make_file("class/kr.c", "");

    take_in();

    check_refused(&intake.entries[0], "it is empty");
    check_refused(&intake.entries[1], "it is empty");
    check_refused(&intake.entries[2], "it is empty, but for hidden files");
    ck_assert_str_eq(intake.entries[3].files[1].error, "kr.c is empty");
}
END_TEST

START_TEST(utf_16_is_said_to_be)
{
    make_file("class/a.c", "\xff\xfe#");
    make_file("class/b.c", "\xfe\xff#");
    make_file("class/kr.c", "\xff\xfe#");

    take_in();

    check_refused(&intake.entries[0], "it is UTF-16: save it as UTF-8");
    check_refused(&intake.entries[1], "it is UTF-16: save it as UTF-8");
    ck_assert_str_eq(intake.entries[2].files[1].error,
                     "kr.c is UTF-16: save it as UTF-8");
}
END_TEST

START_TEST(a_source_called_txt_is_to_be_renamed)
{
    make_folder("class/ada");
    make_file("class/ada/kr.c.txt", KR);
    make_file("class/bob.c.txt", KR);

    take_in();

    check_refused(&intake.entries[0],
                  NONE ": kr.c.txt is not taken: rename it to kr.c");
    check_refused(&intake.entries[1],
                  "it is no .c file: take .txt off its name");
}
END_TEST

START_TEST(what_is_passed_over_is_listed)
{
    make_file("class/ada.c", KR);
    make_file("class/kr.c~", KR);
    make_file("class/.hidden.c", KR);

    take_in();

    ck_assert_uint_eq(intake.passed_count, 2);
    ck_assert_str_eq(intake.passed[0], ".hidden.c");
    ck_assert_str_eq(intake.passed[1], "kr.c~");
}
END_TEST

START_TEST(too_many_to_list_end_in_dots)
{
    make_folder("class/ada");
    for (char name[] = "class/ada/a.c"; name[10] <= 'f'; name[10]++) {
        char own[128];
        snprintf(own, sizeof(own), "/* %s */ " KR, name);
        make_file(name, own);
    }

    const struct intake_entry *entry = take_one();

    ck_assert_str_eq(entry->files[1].error,
                     "6 files in it could be meant: a.c, b.c, c.c, d.c, ...");
}
END_TEST

START_TEST(of_two_with_the_name_the_one_that_defines_it_is_taken)
{
    make_folder("class/ada");
    make_folder("class/ada/notes");
    make_file("class/ada/notes/kr.c", "nothing");
    make_file("class/ada/kr.c", KR);

    ck_assert_str_eq(take_one()->files[1].path, "kr.c");
}
END_TEST

START_TEST(what_nobody_asks_for_is_refused)
{
    make_file("class/ada.c", "int main(void) { return 0; }\n");

    check_refused(take_one(), NONE);
}
END_TEST

START_TEST(only_what_is_asked_for_is_missed)
{
    make_file("class/ada.c", KR);
    request.lab_count = 1;

    ck_assert_str_eq(take_one()->error,
                     "nothing in it defines bump_allocator");
}
END_TEST

START_TEST(of_many_labs_the_first_four_are_named)
{
    static const struct pick_lab many[] = {
        {"0-a", "a"}, {"1-b", "b"}, {"2-c", "c"}, {"3-d", "d"}, {"4-e", "e"}};
    make_file("class/ada.c", KR);
    request.labs = many;
    request.lab_count = 5;

    ck_assert_str_eq(take_one()->error,
                     "nothing in it defines a_allocator, "
                     "b_allocator, c_allocator, d_allocator, ...");
}
END_TEST

START_TEST(what_editors_and_archivers_leave_is_passed_over)
{
    make_file("class/.DS_Store", "");
    make_file("class/kr.c~", KR);
    make_file("class/#kr.c#", KR);
    make_folder("class/__MACOSX");
    make_folder("class/ada");
    make_folder("class/ada/__MACOSX");
    make_folder("class/ada/.git");
    make_file("class/ada/__MACOSX/kr.c", KR);
    make_file("class/ada/.git/kr.c", KR);
    make_file("class/ada/._kr.c", KR);
    make_file("class/ada/kr.c", "mine " KR);

    ck_assert_str_eq(text_of(&take_one()->files[1]), "mine " KR);
}
END_TEST

START_TEST(the_roster_in_the_folder_is_no_submission)
{
    make_file("class/ada.c", KR);
    make_file("class/roster.csv", "file,identity\n");
    request.except = "class/../class/roster.csv";

    ck_assert_str_eq(take_one()->name, "ada");
}
END_TEST

START_TEST(another_kind_of_file_is_refused)
{
    make_file("class/essay.pdf", KR);

    const struct intake_entry *entry = take_one();

    ck_assert_str_eq(entry->name, "essay.pdf");
    check_refused(entry, "it is no folder, no archive and no .c file");
}
END_TEST

START_TEST(an_archive_in_a_folder_is_named)
{
    make_folder("class/ada");
    make_file("class/ada/kr.tgz", "");

    check_refused(take_one(), NONE ": kr.tgz in it is not unpacked");
}
END_TEST

START_TEST(entries_are_sorted_by_the_bytes_of_their_names)
{
    static const char *const sorted[] = {"B", "a", "a-b", "b", "\xc3\xa4"};
    make_file("class/b.c", KR);
    make_file("class/\xc3\xa4.c", KR);
    make_file("class/a-b.c", KR);
    make_folder("class/a");
    make_file("class/B.c", KR);

    take_in();

    ck_assert_uint_eq(intake.count, 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(intake.entries[i].name, sorted[i]);
}
END_TEST

START_TEST(names_that_would_be_the_same_keep_their_endings)
{
    static const char *const sorted[] = {"a.tar", "a.tar.c", "a.zip"};
    make_file("class/a.zip", "");
    make_file("class/a.tar", "");
    make_file("class/a.tar.c", KR);

    take_in();

    ck_assert_uint_eq(intake.count, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(intake.entries[i].name, sorted[i]);
}
END_TEST

START_TEST(any_name_is_taken_and_shown_on_one_line)
{
    char longest[256 + 8] = "class/";
    memset(longest + 6, 'x', 253);
    memcpy(longest + 6 + 253, ".c", 3);
    make_file("class/-rf.c", KR);
    make_file("class/a\n\x1b[2J.c", KR);
    make_file("class/b\xff.c", KR);
    make_file("class/$(touch pwned).c", KR);
    make_file(longest, KR);

    take_in();

    ck_assert_uint_eq(intake.count, 5);
    ck_assert_str_eq(intake.entries[0].shown, "$(touch pwned)");
    ck_assert_str_eq(intake.entries[1].shown, "-rf");
    ck_assert_str_eq(intake.entries[2].name, "a\n\x1b[2J");
    ck_assert_str_eq(intake.entries[2].shown, "a??[2J");
    ck_assert_str_eq(intake.entries[3].shown, "b?");
    ck_assert_uint_eq(strlen(intake.entries[4].name), 253);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(text_of(&intake.entries[i].files[1]), KR);
}
END_TEST

START_TEST(an_empty_folder_has_no_entries)
{
    take_in();

    ck_assert_uint_eq(intake.count, 0);
}
END_TEST

START_TEST(what_is_no_folder_is_one_line)
{
    make_file("file", "");

    request.folder = "nowhere";
    ck_assert(!intake_open(&intake, &request, error, sizeof(error)));
    ck_assert_str_eq(error, "nowhere: No such file or directory");
    request.folder = "file";
    ck_assert(!intake_open(&intake, &request, error, sizeof(error)));
    ck_assert_str_eq(error, "file: a folder of submissions was expected");
}
END_TEST

static Suite *intake_suite(void)
{
    Suite *suite = suite_create("intake");
    TCase *tcase = begin_case(suite, "taken");

    ADD(a_c_file_is_taken_by_the_allocator_that_it_defines);
    ADD(in_a_folder_the_file_of_the_labs_name_is_taken);
    ADD(without_that_name_the_one_that_defines_the_allocator_is_taken);
    ADD(each_lab_has_its_own_file);
    ADD(of_a_whole_kit_the_labs_own_file_is_taken);
    ADD(several_that_could_be_meant_are_listed);
    ADD(of_files_with_the_same_bytes_the_first_is_taken);
    ADD(too_many_to_list_end_in_dots);
    ADD(of_two_with_the_name_the_one_that_defines_it_is_taken);
    ADD(what_nobody_asks_for_is_refused);
    ADD(only_what_is_asked_for_is_missed);
    ADD(of_many_labs_the_first_four_are_named);
    ADD(what_editors_and_archivers_leave_is_passed_over);
    ADD(the_roster_in_the_folder_is_no_submission);
    ADD(another_kind_of_file_is_refused);
    ADD(an_archive_in_a_folder_is_named);
    tcase = begin_case(suite, "told");
    ADD(that_another_file_defines_the_allocator_is_told);
    ADD(if_the_file_taken_defines_nothing_that_is_told_too);
    ADD(only_a_copy_of_the_file_is_nothing_to_tell);
    ADD(a_file_among_the_kits_own_is_named_and_not_taken);
    ADD(what_is_empty_is_said_to_be);
    ADD(utf_16_is_said_to_be);
    ADD(a_source_called_txt_is_to_be_renamed);
    ADD(what_is_passed_over_is_listed);
    tcase = begin_case(suite, "list");
    ADD(entries_are_sorted_by_the_bytes_of_their_names);
    ADD(names_that_would_be_the_same_keep_their_endings);
    ADD(any_name_is_taken_and_shown_on_one_line);
    ADD(an_empty_folder_has_no_entries);
    ADD(what_is_no_folder_is_one_line);
    return suite;
}

int main(void)
{
    return run_suite(intake_suite());
}
