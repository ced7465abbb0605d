/*
 * test_roster.c - who handed in what, and which of it counts.
 */
#include "grader/class/roster.h"

#include "grader/tests/help.h"

#include <unistd.h>

#define HEAD "file,identity,submitted\n"

static char path[64];
static struct roster roster;
static struct placement *placed;
static size_t placed_count;
static char error[512];

static void setup(void)
{
    int file;

    snprintf(path, sizeof(path), "/tmp/heaplab-roster-XXXXXX");
    file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    memset(&roster, 0, sizeof(roster));
    placed = NULL;
}

static void teardown(void)
{
    free(placed);
    roster_free(&roster);
    unlink(path);
}

/* Reads a roster of this text. */
static bool read_roster(const char *text)
{
    FILE *out = fopen(path, "we");

    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    fclose(out);
    error[0] = '\0';
    return roster_read(&roster, path, error, sizeof(error));
}

/* Is this, behind the path, what was said? */
static void check_error(const char *message)
{
    char expected[512];

    snprintf(expected, sizeof(expected), "%s%s", path, message);
    ck_assert_str_eq(error, expected);
}

/* --- reading -------------------------------------------------------------- */

START_TEST(a_roster_is_read_and_other_columns_are_ignored)
{
    ck_assert_msg(read_roster("\xef\xbb\xbfname,identity,mail,file\r\n"
                              "\"B, Ada\",s1,x@y,ada.c\r\nBob,s2,,\r\n"),
                  "%s", error);

    ck_assert_uint_eq(roster.count, 2);
    ck_assert_str_eq(roster.lines[0].file, "ada.c");
    ck_assert_str_eq(roster.lines[0].identity, "s1");
    ck_assert_str_eq(roster.lines[0].submitted, "");
    ck_assert_uint_eq(roster.lines[0].number, 2);
    ck_assert_str_eq(roster.lines[1].file, "");
}
END_TEST

/* Times, and what they are in microseconds since 1970. */
static const struct {
    const char *text;
    int64_t at;
} times[] = {
    {"1970-01-01T00:00Z", 0},
    {"1970-01-01T00:00", 0},
    {"2000-03-01T00:00:00Z", 951868800LL * 1000000},
    {"2024-02-29T23:59:59Z", 1709251199LL * 1000000},
    {"2024-10-02T23:59:00+02:00", 1727906340LL * 1000000},
    {"2024-10-02T15:59:00-0600", 1727906340LL * 1000000},
    {"2024-10-02 21:59:00z", 1727906340LL * 1000000},
    {"2024-10-02T21:59:00.25Z", 1727906340LL * 1000000 + 250000},
    {"2024-10-02T21:59:00,1234567Z", 1727906340LL * 1000000 + 123456},
    {"1969-12-31T23:59:59Z", -1000000},
    {"9999-12-31T23:59:60+00", 253402300800LL * 1000000},
};

START_TEST(times_are_read)
{
    char text[128];
    snprintf(text, sizeof(text), HEAD "a,s1,\"%s\"\n", times[_i].text);

    ck_assert_msg(read_roster(text), "%s", error);

    ck_assert_int_eq(roster.lines[0].at, times[_i].at);
    ck_assert_str_eq(roster.lines[0].submitted, times[_i].text);
}
END_TEST

static const char *const bad_times[] = {
    "yesterday",
    "2024-10-02",
    "2024-13-02T10:00",
    "2024-00-02T10:00",
    "2024-10-00T10:00",
    "2024-10-32T10:00",
    "2024-09-31T10:00",
    "2023-02-29T10:00",
    "1900-02-29T10:00",
    "0000-01-01T10:00",
    "2024-10-02T24:00",
    "2024-10-02T10:60",
    "2024-10-02T10:00:61",
    "2024-10-02T10:00:",
    "2024-10-02T10:00:00.",
    "2024-10-02T10:00 UTC",
    "2024-10-02T10:00Z ",
    "2024-10-02T10:00+2",
    "2024-10-02T10:00+24:00",
    "2024-10-02T10:00+02:60",
    "2024-10-02T10:00+02:0",
    "24-10-02T10:00",
    "1727906340",
};

START_TEST(what_is_no_time_is_refused)
{
    char text[128];
    snprintf(text, sizeof(text), HEAD "b,s2,\na,s1,%s\n", bad_times[_i]);

    ck_assert_msg(!read_roster(text), "taken: %s", bad_times[_i]);

    snprintf(text, sizeof(text),
             ":3: a time like 2024-10-02T23:59:00+02:00 was expected, not "
             "'%s'",
             bad_times[_i]);
    check_error(text);
}
END_TEST

/* A text that is refused, and the message behind the path. */
static const struct {
    const char *text;
    const char *message;
} refused[] = {
    {"", ":1: a header was expected"},
    {"file,name\n", ":1: columns 'file' and 'identity' were expected"},
    {"identity\n", ":1: columns 'file' and 'identity' were expected"},
    {"File,identity\n", ":1: columns 'file' and 'identity' were expected"},
    {"file,identity,file\n", ":1: there are two columns 'file'"},
    {HEAD "a,s1\n", ":2: the header has 3 cells, and this row has 2"},
    {HEAD "a,s1,\nb,\"s2\n", ":3: a quote is not closed"},
    {HEAD "a,,\n", ":2: an identity was expected"},
    {HEAD "a,s1 ,\n", ":2: the identity has a space at one end"},
    {HEAD "a,\" s1\",\n", ":2: the identity has a space at one end"},
    {HEAD "a,s1,\nb,s2,\na,s3,\n", ":4: 'a' is in line 2 already"},
    {HEAD "a,s1,2024-10-02T10:00Z\nb,s2,2024-10-02T10:00\n",
     ":3: this time has no zone, unlike that of line 2: they cannot be "
     "compared"},
    {HEAD "a,s1,2024-10-02T10:00\nb,s2,\nc,s3,2024-10-02T10:00+01:00\n",
     ":4: this time has a zone, unlike that of line 2: they cannot be "
     "compared"},
    {HEAD "a,s1,2024-10-02T10:00\nb,s1,\n",
     ":3: of the submissions of 's1', this or that of line 2 has no time: "
     "they cannot be compared"},
};

START_TEST(what_is_not_as_it_should_be_is_refused_by_its_line)
{
    ck_assert_msg(!read_roster(refused[_i].text), "taken: %s",
                  refused[_i].text);

    check_error(refused[_i].message);
}
END_TEST

/* --- placing -------------------------------------------------------------- */

/* Places count entries, by a roster of this text. */
static bool place(const char *text, const struct roster_entry *entries,
                  size_t count)
{
    if (text != NULL)
        ck_assert_msg(read_roster(text), "%s", error);
    return roster_place(text != NULL ? &roster : NULL, entries, count,
                        &placed, &placed_count, error, sizeof(error));
}

static void check_row(size_t row, const char *name, const char *identity,
                      int counts, const char *note)
{
    ck_assert_uint_lt(row, placed_count);
    ck_assert_str_eq(placed[row].name, name);
    ck_assert_str_eq(placed[row].identity, identity);
    ck_assert_int_eq((int)placed[row].counts, counts);
    ck_assert_str_eq(placed[row].note, note);
}

static const struct roster_entry class[] = {
    {"ada-1.c", "ada-1", CLAIM_LAB},
    {"ada-2.tar.gz", "ada-2", CLAIM_LAB},
    {"bob", "bob", CLAIM_LAB},
};

START_TEST(without_a_roster_all_count_as_their_own)
{
    ck_assert(place(NULL, class, 3));

    ck_assert_uint_eq(placed_count, 3);
    check_row(0, "ada-1", "ada-1", COUNTS_YES, "");
    check_row(2, "bob", "bob", COUNTS_YES, "");
    ck_assert_uint_eq(placed[2].entry, 2);
}
END_TEST

START_TEST(a_file_is_named_with_or_without_its_ending)
{
    ck_assert(place(HEAD "ada-1.c,s1,\nada-2,s2,\nbob,s3,\n", class, 3));

    ck_assert_uint_eq(placed_count, 3);
    check_row(0, "ada-1", "s1", COUNTS_YES, "");
    check_row(1, "ada-2", "s2", COUNTS_YES, "");
    check_row(2, "bob", "s3", COUNTS_YES, "");
}
END_TEST

START_TEST(the_latest_counts_whatever_the_order)
{
    ck_assert(place(HEAD "ada-1,s1,2024-10-02T10:00Z\n"
                         "ada-2,s1,2024-10-02T11:59+02:00\nbob,s2,\n",
                    class, 3));

    check_row(0, "ada-1", "s1", COUNTS_YES, "");
    check_row(1, "ada-2", "s1", COUNTS_NO, "superseded by ada-1.c");
    ck_assert_str_eq(placed[1].submitted, "2024-10-02T11:59+02:00");
}
END_TEST

START_TEST(without_times_the_last_in_the_roster_counts)
{
    ck_assert(place("identity,file\ns1,ada-2\ns1,bob\ns1,ada-1\n", class, 3));

    check_row(0, "ada-1", "s1", COUNTS_YES, "");
    check_row(1, "ada-2", "s1", COUNTS_NO, "superseded by ada-1.c");
    check_row(2, "bob", "s1", COUNTS_NO, "superseded by ada-1.c");
}
END_TEST

START_TEST(of_the_same_time_the_last_in_the_roster_counts)
{
    ck_assert(place(HEAD "ada-2,s1,2024-10-02T10:00\n"
                         "ada-1,s1,2024-10-02T10:00\n",
                    class, 2));

    check_row(0, "ada-1", "s1", COUNTS_YES, "");
    check_row(1, "ada-2", "s1", COUNTS_NO, "superseded by ada-1.c");
}
END_TEST

START_TEST(what_is_not_on_the_roster_is_its_own_with_a_note)
{
    ck_assert(place(HEAD "bob,s2,\n", class, 3));

    ck_assert_uint_eq(placed_count, 3);
    check_row(0, "ada-1", "ada-1", COUNTS_YES, "not on the roster");
}
END_TEST

START_TEST(a_stranger_cannot_take_the_place_of_an_identity)
{
    ck_assert(place(HEAD "bob,ada-1,\n", class, 3));

    check_row(0, "ada-1", "ada-1", COUNTS_NO,
              "not on the roster, though an identity there is called so");
    check_row(2, "bob", "ada-1", COUNTS_YES, "");
}
END_TEST

START_TEST(who_handed_in_nothing_has_a_row)
{
    ck_assert(place(HEAD "bob,s1,\n,s2,\n,s2,\nada-1,s3,\nada-2,s3,\n,s1,\n",
                    class, 3));

    ck_assert_uint_eq(placed_count, 4);
    check_row(3, "", "s2", COUNTS_NOTHING, "no submission");
    ck_assert_uint_eq(placed[3].entry, NO_ENTRY);
}
END_TEST

START_TEST(a_file_that_is_not_there_has_a_row_and_so_has_its_owner)
{
    ck_assert(place(HEAD "carl.c,s4,2024-10-02T10:00\n", class, 0));

    ck_assert_uint_eq(placed_count, 2);
    check_row(0, "carl.c", "s4", COUNTS_NO,
              "on the roster, but not in the folder");
    check_row(1, "", "s4", COUNTS_NOTHING, "no submission");
}
END_TEST

START_TEST(a_hidden_file_on_the_roster_is_said_to_be_passed_over)
{
    ck_assert(place(HEAD ".carl.c,s4,2024-10-02T10:00\n", class, 0));

    check_row(0, ".carl.c", "s4", COUNTS_NO,
              "on the roster, but hidden or called like a backup: it is "
              "passed over");
}
END_TEST

START_TEST(a_later_one_that_is_not_there_is_noted_beside_what_counts)
{
    ck_assert(place("file,identity\nbob,s2\nbob-2.c,s2\n", &class[2], 1));

    ck_assert_uint_eq(placed_count, 2);
    check_row(0, "bob", "s2", COUNTS_YES,
              "a later one, bob-2.c, is not in the folder");
    check_row(1, "bob-2.c", "s2", COUNTS_NO,
              "on the roster, but not in the folder");
}
END_TEST

START_TEST(a_later_one_with_nothing_to_grade_does_not_supersede)
{
    static const struct roster_entry entries[] = {
        {"a.c", "a", CLAIM_LAB}, {"b.tar", "b", CLAIM_UNKNOWN}};

    ck_assert(place("file,identity\na,s1\nb,s1\n", entries, 2));

    check_row(0, "a", "s1", COUNTS_YES,
              "a later one, b.tar, has nothing to grade");
    check_row(1, "b", "s1", COUNTS_NO,
              "nothing to grade; what counts is a.c");
}
END_TEST

START_TEST(nothing_to_grade_counts_if_there_is_nothing_else)
{
    static const struct roster_entry entries[] = {
        {"a.c", "a", CLAIM_UNKNOWN}, {"b.tar", "b", CLAIM_UNKNOWN}};

    ck_assert(place("file,identity\na,s1\nb,s1\n", entries, 2));

    ck_assert_uint_eq(placed_count, 2);
    check_row(0, "a", "s1", COUNTS_NO, "superseded by b.tar");
    check_row(1, "b", "s1", COUNTS_YES, "");
}
END_TEST

START_TEST(what_belongs_to_another_lab_supersedes_nothing)
{
    static const struct roster_entry entries[] = {
        {"a.c", "a", CLAIM_LAB},
        {"b.c", "b", CLAIM_NOTHING},
        {"c.c", "c", CLAIM_NOTHING}};

    ck_assert(place("file,identity\na,s1\nb,s1\nc,s2\n", entries, 3));

    ck_assert_uint_eq(placed_count, 2);
    check_row(0, "a", "s1", COUNTS_YES, "");
    check_row(1, "", "s2", COUNTS_NOTHING, "no submission");
}
END_TEST

START_TEST(a_name_that_may_be_two_files_is_refused)
{
    static const struct roster_entry entries[] = {
        {"a.c", "a.c", CLAIM_LAB}, {"a.tar", "a.tar", CLAIM_LAB}};

    ck_assert(!place("file,identity\na,s1\n", entries, 2));

    check_error(":2: 'a' may be a.c or a.tar: give its ending");
}
END_TEST

START_TEST(an_entry_that_two_lines_name_is_refused)
{
    ck_assert(!place("file,identity\nada-1,s1\nada-1.c,s2\n", class, 3));

    check_error(":3: 'ada-1.c' is ada-1.c, which is in line 2 already");
}
END_TEST

#define ADD(test) tcase_add_test(tcase, test)
#define ADD_LOOP(test, table)                                                \
    tcase_add_loop_test(tcase, test, 0, sizeof(table) / sizeof((table)[0]))

static Suite *roster_suite(void)
{
    Suite *suite = suite_create("roster");
    TCase *tcase = tcase_create("read");

    tcase_add_checked_fixture(tcase, setup, teardown);
    ADD(a_roster_is_read_and_other_columns_are_ignored);
    ADD_LOOP(times_are_read, times);
    ADD_LOOP(what_is_no_time_is_refused, bad_times);
    ADD_LOOP(what_is_not_as_it_should_be_is_refused_by_its_line, refused);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("place");
    tcase_add_checked_fixture(tcase, setup, teardown);
    ADD(without_a_roster_all_count_as_their_own);
    ADD(a_file_is_named_with_or_without_its_ending);
    ADD(the_latest_counts_whatever_the_order);
    ADD(without_times_the_last_in_the_roster_counts);
    ADD(of_the_same_time_the_last_in_the_roster_counts);
    ADD(what_is_not_on_the_roster_is_its_own_with_a_note);
    ADD(a_stranger_cannot_take_the_place_of_an_identity);
    ADD(who_handed_in_nothing_has_a_row);
    ADD(a_file_that_is_not_there_has_a_row_and_so_has_its_owner);
    tcase_add_test(tcase,
                   a_hidden_file_on_the_roster_is_said_to_be_passed_over);
    ADD(a_later_one_that_is_not_there_is_noted_beside_what_counts);
    ADD(a_later_one_with_nothing_to_grade_does_not_supersede);
    ADD(nothing_to_grade_counts_if_there_is_nothing_else);
    ADD(what_belongs_to_another_lab_supersedes_nothing);
    ADD(a_name_that_may_be_two_files_is_refused);
    ADD(an_entry_that_two_lines_name_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(roster_suite());
}
