/*
 * test_import.c - does a foreign file become the trace that it stands for,
 * and is everything else refused by file and line? The foreign files are
 * written here: by hand, or from traces of the kit by the exporters below.
 */
#include "traces/generate.h"
#include "traces/import.h"
#include "traces/tests/help.h"

/* How a trace is written out in a foreign layout. */
struct foreign {
    enum import_layout layout; /* that it is recognized as */
    const char *head;          /* its header: I and O are the counts */
    const char *first;         /* a comment before the operations, or "" */
    const char *after;         /* what stands at the end of each line */
};

static const struct foreign layouts[] = {
    {IMPORT_WEIGHT_FIRST, "1\nI\nO\n9000\n", "", "\n"},
    {IMPORT_WEIGHT_FIRST, "0\r\nI\r\nO\r\n4\r\n", "", "\r\n"},
    {IMPORT_SIZE_FIRST, "20000\nI\nO\n1\n", "", "\n"},
    {IMPORT_SIZE_FIRST, "20000 \n I\nO\n3\n\n", "", " \t\n"},
    {IMPORT_FOUR_LINES, "1\nI\nO\n0\n", "", "\n"},
    {IMPORT_TWO_LINES, "I\nO\n", "", "\n"},
    {IMPORT_SCRIPT, "", "# a script\n\n  // of ours\n", "\n"},
    {IMPORT_SCRIPT, "", "", "# again\r\n"},
    {IMPORT_SCRIPT, "", "", " // again\n\n"},
};

#define LAYOUTS ((int)(sizeof layouts / sizeof layouts[0]))

/* --- exporters --- */

/* Writes a trace of malloc, realloc and free out; the text is to be freed. */
static char *export(const struct trace *trace, const struct foreign *foreign)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    ck_assert_ptr_nonnull(out);
    for (const char *c = foreign->head; *c != '\0'; c++) {
        if (*c == 'I')
            (void)fprintf(out, "%zu", trace->id_count);
        else if (*c == 'O')
            (void)fprintf(out, "%zu", trace->op_count);
        else
            (void)fputc(*c, out);
    }
    (void)fputs(foreign->first, out);
    for (size_t i = 0; i < trace->op_count; i++) {
        const struct op *op = &trace->ops[i];
        if (op->kind == OP_FREE)
            (void)fprintf(out, "f %u%s", op->id, foreign->after);
        else
            (void)fprintf(out, "%c %u %llu%s",
                          op->kind == OP_MALLOC ? 'a' : 'r', op->id,
                          (unsigned long long)op->size, foreign->after);
    }
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

/*
 * A random sound trace that a foreign layout can say: no identifier below
 * the largest is left out, and nothing is resized to 0.
 */
static struct trace *random_trace(uint64_t *seed)
{
    struct trace *trace = calloc(1, sizeof *trace);
    bool live[40] = {false};
    uint32_t count = 1 + random_below(seed, 40);

    ck_assert_ptr_nonnull(trace);
    trace->op_count = count + random_below(seed, 2000);
    trace->ops = calloc(trace->op_count, sizeof *trace->ops);
    ck_assert_ptr_nonnull(trace->ops);
    for (size_t i = 0; i < trace->op_count; i++) {
        uint32_t id = i < count ? (uint32_t)i : random_below(seed, count);
        struct op op = {.kind = OP_MALLOC, .id = id};
        if (live[id])
            op.kind = random_below(seed, 3) > 0 ? OP_FREE : OP_REALLOC;
        if (op.kind != OP_FREE)
            op.size = random_below(seed, 5000) + (op.kind == OP_REALLOC);
        live[id] = op.kind != OP_FREE;
        trace->ops[i] = op;
    }
    ck_assert(trace_recount(trace));
    return trace;
}

/* Imports text as the file called "t"; fails the test if it is refused. */
static struct trace *import(const char *text, enum import_layout layout,
                            struct import_summary *summary)
{
    struct trace_error error = {.message = ""};
    FILE *in = fmemopen((void *)text, strlen(text), "r");

    ck_assert_ptr_nonnull(in);
    struct trace *trace =
        trace_import_stream(in, "t", layout, summary, &error);
    (void)fclose(in);
    ck_assert_msg(trace != NULL, "%s", error.message);
    return trace;
}

static void check_same(const struct trace *found,
                       const struct trace *expected)
{
    ck_assert_uint_eq(found->op_count, expected->op_count);
    ck_assert_uint_eq(found->id_count, expected->id_count);
    ck_assert_uint_eq(found->live_peak, expected->live_peak);
    ck_assert_uint_eq(found->threads, expected->threads);
    for (size_t i = 0; i < found->op_count; i++)
        ck_assert_mem_eq(&found->ops[i], &expected->ops[i],
                         sizeof *found->ops);
}

/* Exports trace in a layout, imports that, and compares. */
static void check_round(const struct trace *trace,
                        const struct foreign *foreign)
{
    struct import_summary summary;
    char *text = export(trace, foreign);

    struct trace *again = import(text, IMPORT_DETECT, &summary);

    check_same(again, trace);
    ck_assert_int_eq(summary.layout, foreign->layout);
    ck_assert_uint_eq(summary.null_frees, 0);
    ck_assert_uint_eq(summary.first_resizes, 0);
    trace_free(again);
    free(text);
}

START_TEST(what_is_exported_imports_as_the_same_operations)
{
    uint64_t seed = 11;

    printf("what_is_exported_...: seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 30; i++) {
        struct trace *trace = random_trace(&seed);
        check_round(trace, &layouts[_i]);
        trace_free(trace);
    }
}
END_TEST

START_TEST(generated_traces_survive_the_way_out_and_in)
{
    static const char *const kinds[] = {"churn", "comb", "queue", "ramp"};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct trace_error error;
        struct trace *trace = trace_generate(kinds[i], NULL, 0, &error);
        ck_assert_msg(trace != NULL, "%s", error.message);
        check_round(trace, &layouts[_i]);
        trace_free(trace);
    }
}
END_TEST

/* --- by hand --- */

/* The operations of a trace, one a line, as the kit writes them. */
static void check_says(const struct trace *trace, const char *expected)
{
    size_t length = 0;
    char *text = written(trace, &length);

    ck_assert_str_eq(strstr(text, "\n\n") + 2, expected);
    free(text);
}

START_TEST(a_file_by_hand_says_what_it_says)
{
    struct import_summary summary;
    struct trace *trace = import("5000\n2\n6\n1\n"
                                 "a 0 24\na 1 0\nr 0 100\nf 1\n"
                                 "a 1 1099511627776\nf 0",
                                 IMPORT_DETECT, &summary);

    check_says(trace, "a 0 24\na 1 0\nr 0 100\nf 1\na 1 1099511627776\n"
                      "f 0\n");
    ck_assert_int_eq(summary.layout, IMPORT_SIZE_FIRST);
    ck_assert_str_eq(trace->title, "t, imported");
    ck_assert_uint_eq(trace->lines[3], 8);
    trace_free(trace);
}
END_TEST

START_TEST(freeing_null_is_left_out_and_counted)
{
    struct import_summary summary;
    struct trace *trace = import("1\n1\n4\n9000\nf -1\na 0 1\nf -1\nf 0\n",
                                 IMPORT_DETECT, &summary);

    check_says(trace, "a 0 1\nf 0\n");
    ck_assert_uint_eq(summary.null_frees, 2);
    trace_free(trace);
}
END_TEST

START_TEST(resizing_what_never_was_is_an_allocation_behind_a_header)
{
    struct import_summary summary;
    struct trace *trace = import("2\n4\nr 0 16\nr 0 32\nr 1 48\nf 0\n",
                                 IMPORT_DETECT, &summary);

    check_says(trace, "a 0 16\nr 0 32\na 1 48\nf 0\n");
    ck_assert_uint_eq(summary.first_resizes, 2);
    trace_free(trace);
}
END_TEST

START_TEST(a_layout_that_is_asked_for_settles_an_odd_weight)
{
    struct import_summary summary;
    enum import_layout layout = IMPORT_DETECT;

    ck_assert(import_layout_find("size-first", &layout));
    struct trace *trace =
        import("20000\n1\n1\n10\na 0 1\n", layout, &summary);

    check_says(trace, "a 0 1\n");
    ck_assert_int_eq(summary.layout, IMPORT_SIZE_FIRST);
    trace_free(trace);
}
END_TEST

START_TEST(only_layouts_that_can_be_asked_for_are_found)
{
    enum import_layout layout = IMPORT_SCRIPT;

    ck_assert(!import_layout_find("detect", &layout));
    ck_assert(!import_layout_find("four-lines", &layout));
    ck_assert(!import_layout_find("", &layout));
    ck_assert_int_eq(layout, IMPORT_SCRIPT);
}
END_TEST

/* --- refusals --- */

struct refusal {
    const char *text;
    const char *message; /* its beginning */
    enum import_layout layout;
};

#define HEAD "1\n1\n2\n9000\n" /* the body begins on line 5 */

static const struct refusal refusals[] = {
    /* The form of a line. */
    {HEAD "a 0\nf 0\n",
     "t:5: expected 'a ID SIZE', 'r ID SIZE' or 'f ID', "
     "found 'a 0'",
     IMPORT_DETECT},
    {HEAD "a 0 8 9\nf 0\n", "t:5: expected 'a ID SIZE'", IMPORT_DETECT},
    {HEAD "a 0 8\nf 0 8\n", "t:6: expected 'a ID SIZE'", IMPORT_DETECT},
    {HEAD "a 0 8\nf\n", "t:6: expected 'a ID SIZE'", IMPORT_DETECT},
    {HEAD "a 0 8\nx 0\n", "t:6: expected 'a ID SIZE'", IMPORT_DETECT},
    {HEAD "a0 8\nf 0\n", "t:5: expected 'a ID SIZE'", IMPORT_DETECT},
    {HEAD "a 0 8\n# c\nf 0\n", "t:6: expected 'a ID SIZE'", IMPORT_DETECT},
    {"a 0 8\nf 0; free\n",
     "t:2: expected 'a ID SIZE', 'r ID SIZE' or 'f ID' "
     "(and comments after # or //)",
     IMPORT_DETECT},
    {"a 0 8\n7\n", "t:2: expected 'a ID SIZE'", IMPORT_DETECT},
    /* Its numbers. */
    {HEAD "a 0 -8\nf 0\n",
     "t:5: expected a size from 0 to 1099511627776, "
     "found '-8' (numbers have no sign)",
     IMPORT_DETECT},
    {HEAD "a 0 1099511627777\nf 0\n", "t:5: expected a size from 0",
     IMPORT_DETECT},
    {HEAD "a 0 18446744073709551617\nf 0\n", "t:5: expected a size from 0",
     IMPORT_DETECT},
    {HEAD "a 0 8x\nf 0\n",
     "t:5: expected a size from 0 to 1099511627776, "
     "found '8x' (not a decimal number)",
     IMPORT_DETECT},
    {HEAD "a -1 8\nf 0\n",
     "t:5: expected an identifier from 0 to 19999999, "
     "found '-1'",
     IMPORT_DETECT},
    {HEAD "a 20000000 8\nf 0\n", "t:5: expected an identifier from 0",
     IMPORT_DETECT},
    {HEAD "a 0 8\nf -2\n", "t:6: expected an identifier from 0",
     IMPORT_DETECT},
    {"a 0 8\nf -1\n", "t:2: expected an identifier from 0", IMPORT_DETECT},
    {HEAD "a 0 8\nr 0 0\n", "t:6: expected a size from 1 on after 'r'",
     IMPORT_DETECT},
    /* What is live. */
    {HEAD "a 0 8\na 0 8\n",
     "t:6: expected an unused identifier, found 0, "
     "which is live (see line 5)",
     IMPORT_DETECT},
    {"a 0 8\nf 0\n\nf 0\n",
     "t:4: expected a live identifier, found 0, which "
     "was freed (see line 2)",
     IMPORT_DETECT},
    {"a 0 8\nf 0\nr 0 9\n",
     "t:3: expected a live identifier, found 0, which "
     "was freed (see line 2)",
     IMPORT_DETECT},
    {"1\n3\na 0 8\nf 0\nr 0 9\n", "t:5: expected a live identifier, found 0",
     IMPORT_DETECT},
    {"f 0\n",
     "t:1: expected a live identifier, found 0, which was never "
     "allocated",
     IMPORT_DETECT},
    {"r 0 8\n",
     "t:1: expected a live identifier, found 0, which was never "
     "allocated",
     IMPORT_DETECT},
    /* The header. */
    {"1\n2\n2\n9000\na 0 8\nf 0\n",
     "t:2: identifiers: expected 1 (the "
     "largest, 0, stands in line 5), found 2",
     IMPORT_DETECT},
    {"1\n3\na 0 8\nf 0\n",
     "t:2: operations: expected 2, as many as lines "
     "follow, found 3",
     IMPORT_DETECT},
    {"1\n1\na 0 8\nf 0\n", "t:2: operations: expected 2", IMPORT_DETECT},
    {"1\n1\n2\na 0 8\nf 0\n",
     "t:4: expected a header of 4 lines with a "
     "number each, of 2, or of none before this "
     "line, found 3",
     IMPORT_DETECT},
    {"1\n1\n2\n3\n4\na 0 8\n",
     "t:5: expected an operation after a header of "
     "at most 4 lines, found '4'",
     IMPORT_DETECT},
    {"1\n2 2\na 0 8\nf 0\n",
     "t:2: expected a number alone in a line of the "
     "header, found '2 2'",
     IMPORT_DETECT},
    {"1\n-2\na 0 8\nf 0\n", "t:2: expected a number from 0", IMPORT_DETECT},
    {"0.5\n1\n1\n1\na 0 8\n", "t:1: expected a number from 0", IMPORT_DETECT},
    {"99999999999999999999\n1\n1\n1\na 0 8\n", "t:1: expected a number",
     IMPORT_DETECT},
    {"20000\n1\n1\n10\na 0 8\n",
     "t:4: expected a weight from 0 to 3 here or "
     "in line 1, found 10 and 20000; if the file "
     "is right, say --layout weight-first",
     IMPORT_DETECT},
    {HEAD "a 0 8\nf 0\n",
     "t:5: expected 2 lines with a number before this "
     "one (two-lines: identifiers, operations), found 4",
     IMPORT_TWO_LINES},
    {"a 0 8\n", "t:1: expected 4 lines with a number before this one",
     IMPORT_WEIGHT_FIRST},
    /* The file. */
    {"\n", "t:2: expected an operation, found the end of the file",
     IMPORT_DETECT},
    {"# nothing\n", "t:2: expected an operation, found the end of the file",
     IMPORT_DETECT},
    {"1\n1\n1\n9000\nf -1\n", "t:6: expected an operation, found the end",
     IMPORT_DETECT},
    {"heaplab trace 1\n",
     "t:1: expected a foreign file, found a trace of "
     "this kit",
     IMPORT_DETECT},
};

START_TEST(what_is_malformed_is_refused_by_file_and_line)
{
    const struct refusal *refusal = &refusals[_i];
    struct import_summary summary;
    struct trace_error error = {.message = ""};
    FILE *in = fmemopen((void *)refusal->text, strlen(refusal->text), "r");
    ck_assert_ptr_nonnull(in);

    struct trace *trace =
        trace_import_stream(in, "t", refusal->layout, &summary, &error);

    (void)fclose(in);
    ck_assert_ptr_null(trace);
    ck_assert_msg(strncmp(error.message, refusal->message,
                          strlen(refusal->message)) == 0,
                  "expected: %s\n   found: %s", refusal->message,
                  error.message);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_refused_by_name)
{
    struct import_summary summary;
    struct trace_error error = {.message = ""};

    ck_assert_ptr_null(
        trace_import("/no/such", IMPORT_DETECT, &summary, &error));

    ck_assert_ptr_nonnull(
        strstr(error.message, "/no/such: cannot be opened"));
}
END_TEST

/* No cut of a good file is taken for a good file of fewer operations. */
START_TEST(a_file_with_a_header_that_is_cut_off_is_refused)
{
    static const char whole[] = "1\n2\n4\n9000\na 0 8\na 1 80\nf 0\nf 1\n";

    for (size_t length = 1; length + 2 < sizeof whole - 1; length++) {
        struct import_summary summary;
        struct trace_error error = {.message = ""};
        FILE *in = fmemopen((void *)whole, length, "r");
        ck_assert_ptr_nonnull(in);
        struct trace *trace =
            trace_import_stream(in, "t", IMPORT_DETECT, &summary, &error);
        (void)fclose(in);
        ck_assert_msg(trace == NULL, "taken with %zu bytes", length);
        ck_assert_msg(strncmp(error.message, "t:", 2) == 0, "%s",
                      error.message);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("import");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(
        tcase, what_is_exported_imports_as_the_same_operations, 0, LAYOUTS);
    tcase_add_loop_test(tcase, generated_traces_survive_the_way_out_and_in, 0,
                        LAYOUTS);
    tcase_add_test(tcase, a_file_by_hand_says_what_it_says);
    tcase_add_test(tcase, freeing_null_is_left_out_and_counted);
    tcase_add_test(tcase,
                   resizing_what_never_was_is_an_allocation_behind_a_header);
    tcase_add_test(tcase, a_layout_that_is_asked_for_settles_an_odd_weight);
    tcase_add_test(tcase, only_layouts_that_can_be_asked_for_are_found);
    tcase_add_loop_test(tcase, what_is_malformed_is_refused_by_file_and_line,
                        0, (int)(sizeof refusals / sizeof refusals[0]));
    tcase_add_test(tcase, a_file_that_is_not_there_is_refused_by_name);
    tcase_add_test(tcase, a_file_with_a_header_that_is_cut_off_is_refused);
    return run_case("import", tcase);
}
