/*
 * test_csv.c - tables: what is refused, and what a spreadsheet gets to see.
 */
#include "grader/class/csv.h"

#include "grader/tests/help.h"

#include <unistd.h>

static char path[64];
static struct csv_table table;
static char error[512];

static void setup(void)
{
    int file;

    snprintf(path, sizeof(path), "/tmp/heaplab-csv-XXXXXX");
    file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    memset(&table, 0, sizeof(table));
}

static void teardown(void)
{
    csv_free(&table);
    unlink(path);
}

/* Reads a table of these bytes. */
static bool read_bytes(const char *bytes, size_t size)
{
    FILE *out = fopen(path, "we");

    ck_assert_ptr_nonnull(out);
    fwrite(bytes, 1, size, out);
    fclose(out);
    error[0] = '\0';
    return csv_read(&table, path, error, sizeof(error));
}

/* Reads a table that must be good. */
static void read_good(const char *text)
{
    ck_assert_msg(read_bytes(text, strlen(text)), "%s", error);
}

START_TEST(cells_are_what_stands_between_commas)
{
    read_good("a,b\n1, two \n,\n");

    ck_assert_uint_eq(table.rows, 3);
    ck_assert_uint_eq(table.columns, 2);
    ck_assert_str_eq(csv_cell(&table, 0, 1), "b");
    ck_assert_str_eq(csv_cell(&table, 1, 0), "1");
    ck_assert_str_eq(csv_cell(&table, 1, 1), " two ");
    ck_assert_str_eq(csv_cell(&table, 2, 0), "");
    ck_assert_str_eq(csv_cell(&table, 2, 1), "");
}
END_TEST

START_TEST(quotes_keep_commas_quotes_and_newlines)
{
    read_good("\"a\",\"b,c\"\n\"say \"\"hi\"\"\",\"two\r\nlines\"\nx,\"\"\n");

    ck_assert_str_eq(csv_cell(&table, 0, 0), "a");
    ck_assert_str_eq(csv_cell(&table, 0, 1), "b,c");
    ck_assert_str_eq(csv_cell(&table, 1, 0), "say \"hi\"");
    ck_assert_str_eq(csv_cell(&table, 1, 1), "two\r\nlines");
    ck_assert_str_eq(csv_cell(&table, 2, 1), "");
}
END_TEST

START_TEST(a_row_knows_the_line_it_begins_in)
{
    read_good("a\n\"1\n2\n\"\nb\n");

    ck_assert_uint_eq(table.rows, 3);
    ck_assert_uint_eq(table.line[0], 1);
    ck_assert_uint_eq(table.line[1], 2);
    ck_assert_uint_eq(table.line[2], 5);
}
END_TEST

START_TEST(line_ends_of_either_kind_and_none_at_the_end_are_read)
{
    read_good("\xef\xbb\xbf\"a\",b\r\n1,2\r\n3,\"4\"");

    ck_assert_uint_eq(table.rows, 3);
    ck_assert_str_eq(csv_cell(&table, 0, 0), "a");
    ck_assert_str_eq(csv_cell(&table, 1, 1), "2");
    ck_assert_str_eq(csv_cell(&table, 2, 1), "4");
}
END_TEST

START_TEST(a_comma_at_the_very_end_is_an_empty_cell)
{
    read_good("a,b\n1,");

    ck_assert_str_eq(csv_cell(&table, 1, 1), "");
}
END_TEST

START_TEST(large_tables_are_read)
{
    static char text[200000] = "a,b\n";
    size_t used = 4;
    for (int i = 0; i < 5000; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "%d,\"x%d\"\n", i, i);

    read_good(text);

    ck_assert_uint_eq(table.rows, 5001);
    ck_assert_str_eq(csv_cell(&table, 5000, 0), "4999");
    ck_assert_str_eq(csv_cell(&table, 5000, 1), "x4999");
}
END_TEST

/* What is refused, and the message behind the path. */
#define REFUSED(text, message)                                               \
    {                                                                        \
        text, sizeof(text) - 1, message                                      \
    }
static const struct {
    const char *text;
    size_t size;
    const char *message;
} refused[] = {
    REFUSED("", ":1: a header was expected"),
    REFUSED("\xef\xbb\xbf", ":1: a header was expected"),
    REFUSED("a,b\n1\n", ":2: the header has 2 cells, and this row has 1"),
    REFUSED("a,b\n1,2\n1,2,3\n",
            ":3: the header has 2 cells, and this row has 3"),
    REFUSED("a,b\n\n1,2\n", ":2: the header has 2 cells, and this row has 1"),
    REFUSED("a\n\"1\n2\n", ":2: a quote is not closed"),
    REFUSED("a\n\"", ":2: a quote is not closed"),
    REFUSED("a\n\"\"\"", ":2: a quote is not closed"),
    REFUSED("a\n\"1\" \n", ":2: a comma or the end of the line was expected "
                           "after a closing quote"),
    REFUSED("a\n1\"2\"\n", ":2: a cell with a quote in it stands in quotes, "
                           "and the quote is doubled"),
    REFUSED("a\r1\r", ":1: a newline was expected after a carriage return"),
    REFUSED("a\n\xe4\n", ":2: this is not UTF-8"),
    REFUSED("a\nb\0c\n", ":2: a NUL is no text"),
};

START_TEST(what_is_no_table_is_refused_by_its_line)
{
    char expected[256];

    ck_assert_msg(!read_bytes(refused[_i].text, refused[_i].size), "taken");

    snprintf(expected, sizeof(expected), "%s%s", path, refused[_i].message);
    ck_assert_str_eq(error, expected);
}
END_TEST

START_TEST(what_cannot_be_read_is_one_line)
{
    ck_assert(!csv_read(&table, "/nowhere", error, sizeof(error)));
    ck_assert_str_eq(error, "/nowhere: No such file or directory");
    csv_free(&table);
    ck_assert(!csv_read(&table, "/tmp", error, sizeof(error)));
    ck_assert_str_eq(error, "/tmp: it cannot be read");
}
END_TEST

START_TEST(a_table_above_the_limit_is_refused)
{
    ck_assert_int_eq(truncate(path, (off_t)CSV_MAX + 1), 0);

    ck_assert(!csv_read(&table, path, error, sizeof(error)));

    ck_assert_ptr_nonnull(strstr(error, ": at most 16 MiB are read"));
}
END_TEST

/* --- writing -------------------------------------------------------------- */

/* What a cell of text becomes. */
static const struct {
    const char *text;
    const char *written;
} cells[] = {
    {"", "\n"},
    {"plain", "plain\n"},
    {"a,b", "\"a,b\"\n"},
    {"say \"hi\"", "\"say \"\"hi\"\"\"\n"},
    {" edge ", "\" edge \"\n"},
    {"two\nlines\r", "two?lines?\n"},
    {"=1+1", "'=1+1\n"},
    {"+49", "'+49\n"},
    {"-5", "'-5\n"},
    {"@SUM(A1)", "'@SUM(A1)\n"},
    {"\t=1", "'?=1\n"},
    {"\r=1", "'?=1\n"},
    {"\n=1", "'?=1\n"},
    {"  =1", "\"'  =1\"\n"},
    {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"\n"},
    {"\xef\xbc\x9d"
     "1",
     "'\xef\xbc\x9d"
     "1\n"},
    {"a=b", "a=b\n"},
    {"\xc3\xa4 \xff", "\xc3\xa4 ?\n"},
};

/* Takes in what was written. */
static const char *written_by(void (*write)(struct csv *, const void *),
                              const void *what)
{
    static char text[1024];
    FILE *out = fopen(path, "w+e");
    struct csv csv = {.out = out};
    size_t length;

    ck_assert_ptr_nonnull(out);
    write(&csv, what);
    rewind(out);
    length = fread(text, 1, sizeof(text) - 1, out);
    text[length] = '\0';
    fclose(out);
    return text;
}

static void write_text(struct csv *csv, const void *text)
{
    csv_text(csv, text);
    csv_end_row(csv);
}

START_TEST(text_is_written_so_that_no_spreadsheet_runs_it)
{
    ck_assert_str_eq(written_by(write_text, cells[_i].text),
                     cells[_i].written);
}
END_TEST

static void write_rows(struct csv *csv, const void *unused)
{
    (void)unused;
    csv_integer(csv, -5);
    csv_empty(csv);
    csv_text(csv, "x");
    csv_empty(csv);
    csv_end_row(csv);
    csv_empty(csv);
    csv_integer(csv, 100);
    csv_end_row(csv);
}

START_TEST(numbers_are_written_as_they_are_and_cells_with_commas_between)
{
    ck_assert_str_eq(written_by(write_rows, NULL), "-5,,x,\n,100\n");
}
END_TEST

START_TEST(what_is_written_can_be_read)
{
    written_by(write_text, "a \"b\", c");

    ck_assert_msg(csv_read(&table, path, error, sizeof(error)), "%s", error);
    ck_assert_str_eq(csv_cell(&table, 0, 0), "a \"b\", c");
}
END_TEST

static Suite *csv_suite(void)
{
    Suite *suite = suite_create("csv");
    TCase *tcase = tcase_create("read");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, cells_are_what_stands_between_commas);
    tcase_add_test(tcase, quotes_keep_commas_quotes_and_newlines);
    tcase_add_test(tcase, a_row_knows_the_line_it_begins_in);
    tcase_add_test(tcase,
                   line_ends_of_either_kind_and_none_at_the_end_are_read);
    tcase_add_test(tcase, a_comma_at_the_very_end_is_an_empty_cell);
    tcase_add_test(tcase, large_tables_are_read);
    tcase_add_loop_test(tcase, what_is_no_table_is_refused_by_its_line, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_test(tcase, what_cannot_be_read_is_one_line);
    tcase_add_test(tcase, a_table_above_the_limit_is_refused);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("write");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, text_is_written_so_that_no_spreadsheet_runs_it,
                        0, sizeof(cells) / sizeof(cells[0]));
    tcase_add_test(
        tcase, numbers_are_written_as_they_are_and_cells_with_commas_between);
    tcase_add_test(tcase, what_is_written_can_be_read);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(csv_suite());
}
