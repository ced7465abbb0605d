/*
 * test_policies.c - that the tables of docs/allocators.md hold: utilization on
 * every trace and, of traces that are counted quickly, the cost.
 *
 * Utilization depends on the code alone, cost a little on the compiler and on
 * what is linked beside it: a tenth is allowed. glibc's figures are its own
 * version's, and left out.
 */
#include "grader/figures/figures.h"
#include "grader/tests/page.h"

#define PAGE    "docs/allocators.md"
#define COLUMNS 8

static char *page;

static void setup(void)
{
    page = read_page(PAGE);
}

static void teardown(void)
{
    free(page);
}

/* A row of a table, as text: the trace, and a figure for each allocator. */
struct row {
    char cells[COLUMNS][32];
    size_t count;
};

/* Reads the row at *text, and goes on behind it. False: there is none. */
static bool read_row(const char **text, struct row *row)
{
    const char *at = *text;

    row->count = 0;
    if (*at != '|')
        return false;
    while (*at == '|' && at[1] != '\n' && row->count < COLUMNS) {
        char *cell = row->cells[row->count++];
        at += 1 + strspn(at + 1, " `");
        snprintf(cell, sizeof(row->cells[0]), "%.*s", (int)strcspn(at, "|`"),
                 at);
        at += strcspn(at, "|");
    }
    *text = at + strcspn(at, "\n") + 1;
    return true;
}

/* Judges an allocator on a trace, and counts if want says so. */
static const struct cell *try_it(const char *allocator, const char *trace,
                                 unsigned want)
{
    static struct subject subject;
    static struct workload workload;
    char error[2048];
    struct cell *cell = cells_new(1);
    ck_assert_ptr_nonnull(cell);
    ck_assert_msg(subject_kit(&subject, allocator, error, sizeof(error)),
                  "%s", error);
    ck_assert_msg(workload_open(&workload, trace, error, sizeof(error)), "%s",
                  error);
    cell->subject = &subject;
    cell->workload = &workload;

    cells_fill(cell, 1, want, 0);

    ck_assert_int_eq(cell->verdict.wrong, WRONG_NOTHING);
    workload_close(&workload);
    return cell;
}

/* Is it one whose cost is counted here? */
static bool is_quick(const char *trace)
{
    static const char *const quick[] = {"pair", "stack", "queue", "ramp",
                                        "ping-pong"};

    for (size_t i = 0; i < sizeof(quick) / sizeof(quick[0]); i++) {
        if (strcmp(trace, quick[i]) == 0)
            return true;
    }
    return false;
}

/* Compares the figure in a row with what an allocator does now. */
static void compare_figure(const struct row *head, const struct row *row,
                           size_t i, bool cost)
{
    const char *name = head->cells[i], *trace = row->cells[0];
    const struct cell *cell = try_it(name, trace, cost ? WANT_COUNT : 0);
    char *end;
    double told = read_number(row->cells[i], &end);
    double now = cost ? cell->count.cost : 100 * cell_utilization(cell);

    ck_assert_msg(cost ? is_near(now, told) : fabs(now - told) <= 0.51,
                  PAGE " says %g of %s on %s, and it is %g", told, name,
                  trace, now);
}

/* Goes through the table below title. */
static void compare_table(const char *title, bool cost)
{
    const char *at = strstr(page, title);
    struct row head, row;
    size_t compared = 0;
    ck_assert_ptr_nonnull(at);
    at = strchr(at, '|');
    ck_assert_ptr_nonnull(at);
    ck_assert(read_row(&at, &head) && read_row(&at, &row));

    while (read_row(&at, &row)) {
        ck_assert_uint_eq(row.count, head.count);
        for (size_t i = 1; i < row.count; i++) {
            if (strcmp(head.cells[i], "glibc ") == 0 ||
                (cost && !is_quick(row.cells[0])))
                continue;
            head.cells[i][strcspn(head.cells[i], " ")] = '\0';
            compare_figure(&head, &row, i, cost);
            compared++;
        }
    }

    ck_assert_uint_ge(compared, 30);
}

START_TEST(utilization_is_as_the_page_says)
{
    compare_table("\nMean of peak and mean utilization, in percent:", false);
}
END_TEST

START_TEST(cost_is_as_the_page_says)
{
    compare_table("\nCounted cost of an operation:", true);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("policies");
    TCase *tcase = tcase_create("policies");

    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, utilization_is_as_the_page_says);
#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN) ||                        \
    defined(VARIANT_COVERAGE)
    (void)cost_is_as_the_page_says;
#else
    if (can_count())
        tcase_add_test(tcase, cost_is_as_the_page_says);
#endif
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
