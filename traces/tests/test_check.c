/*
 * test_check.c - does a check find what is not sound in memory, where there
 * are no lines to name? And are the counts those of the operations?
 */
#include "traces/tests/help.h"

/* A sound trace, made anew for each test, and its parts to be spoilt. */
static char title[] = "x";
static char about[] = "";
static char make[] = "by hand";
static struct op ops[3];
static struct trace trace;

static void setup(void)
{
    ops[0] = (struct op){.kind = OP_MALLOC, .id = 0, .size = 24};
    ops[1] = (struct op){.kind = OP_CALLOC, .id = 1, .size = 100};
    ops[2] = (struct op){.kind = OP_FREE, .id = 0};
    trace = (struct trace){.title = title,
                           .about = about,
                           .make = make,
                           .ops = ops,
                           .op_count = 3,
                           .id_count = 2,
                           .threads = 1,
                           .live_peak = 124};
}

/* Fails unless trace is refused with message. */
static void assert_refused(const char *message)
{
    struct trace_error error = {.message = ""};

    ck_assert(!trace_check(&trace, "t", &error));
    ck_assert_str_eq(error.message, message);
}

START_TEST(a_sound_trace_passes)
{
    struct trace_error error = {.message = ""};

    ck_assert_msg(trace_check(&trace, "t", &error), "%s", error.message);
}
END_TEST

START_TEST(an_operation_is_named_by_its_place)
{
    ops[2].id = 1;
    ops[1] = ops[2];

    assert_refused("t: operation 2 of 3: expected a live identifier, found "
                   "1, which was never allocated");
}
END_TEST

START_TEST(an_earlier_operation_is_named_by_its_place)
{
    ops[1].id = 0;

    assert_refused("t: operation 2 of 3: expected an unused identifier, "
                   "found 0, which is live (see operation 1)");
}
END_TEST

START_TEST(a_number_out_of_range_is_found)
{
    ops[0].kind = OP_KINDS;
    assert_refused("t: operation 1 of 3: expected a kind of operation, "
                   "found 6");
    setup();
    ops[1].id = 20000000;
    assert_refused("t: operation 2 of 3: expected an identifier from 0 to "
                   "19999999, found 20000000");
    setup();
    ops[1].size = TRACE_SIZE_MAX + 1;
    assert_refused("t: operation 2 of 3: expected a size from 0 to "
                   "1099511627776, found 1099511627777");
    setup();
    ops[2].size = 1;
    assert_refused("t: operation 3 of 3: expected a size from 0 to 0, "
                   "found 1");
    setup();
    ops[1].alignment_order = 4;
    assert_refused("t: operation 2 of 3: expected an alignment that the "
                   "format has, found 2 to the power of 4");
    setup();
    ops[1].thread = 64;
    assert_refused("t: operation 2 of 3: expected a thread from 0 to 63, "
                   "found 64");
    setup();
    ops[2] = (struct op){.kind = OP_TRIM, .id = 1};
    assert_refused("t: operation 3 of 3: expected an identifier from 0 to "
                   "0, found 1");
}
END_TEST

START_TEST(counts_must_be_those_of_the_operations)
{
    trace.op_count = 0;
    assert_refused("t: expected 1 to 100000000 operations, found 0");
    setup();
    trace.id_count = 3;
    assert_refused("t: identifiers: expected 2 (the largest, 1, stands in "
                   "operation 2), found 3");
    setup();
    trace.live_peak = 100;
    assert_refused("t: live peak: expected 124 (reached by operation 2), "
                   "found 100");
    setup();
    ops[2].thread = 3;
    assert_refused("t: threads: expected 4 (thread 3 acts in operation 3), "
                   "found 1");
}
END_TEST

START_TEST(text_must_be_such_that_it_can_be_written)
{
    char two_lines[] = "x\ny";
    char gap[] = "x\n\ny";
    char open_end[] = "x\n";
    char escape[] = "\x1b[2J";
    char many[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17"
                  "\n18\n19\n20\n21";

    trace.title = two_lines;
    assert_refused("t: title: expected at most 1 lines of 4089 bytes");
    trace.title = about;
    assert_refused("t: title: expected text, found nothing");
    setup();
    trace.about = gap;
    assert_refused("t: about: expected text, found nothing");
    trace.about = open_end;
    assert_refused("t: about: expected text, found an empty last line");
    trace.about = escape;
    assert_refused("t: about: expected text, found a control character");
    trace.about = many;
    assert_refused("t: about: expected at most 20 lines of 4089 bytes");
    setup();
    trace.make = NULL;
    assert_refused("t: make: expected text, found nothing");
}
END_TEST

START_TEST(recounting_makes_the_counts_fit)
{
    struct trace_error error = {.message = ""};
    ops[1].thread = 5;
    trace.id_count = trace.threads = trace.live_peak = 77;

    ck_assert(trace_recount(&trace));

    ck_assert_uint_eq(trace.id_count, 2);
    ck_assert_uint_eq(trace.threads, 6);
    ck_assert_uint_eq(trace.live_peak, 124);
    ck_assert_msg(trace_check(&trace, "t", &error), "%s", error.message);
}
END_TEST

START_TEST(a_trace_that_only_trims_has_one_identifier)
{
    ops[0] = (struct op){.kind = OP_TRIM};
    trace.op_count = 1;

    ck_assert(trace_recount(&trace));

    ck_assert_uint_eq(trace.id_count, 1);
    ck_assert_uint_eq(trace.live_peak, 0);
}
END_TEST

START_TEST(live_bytes_beyond_64_bits_are_refused)
{
    enum { COUNT = (1 << 24) + 1 }; /* times 2^40 is more than 2^64 */
    struct trace_error error;
    trace.ops = calloc(COUNT, sizeof *trace.ops);
    trace.op_count = COUNT;
    ck_assert_ptr_nonnull(trace.ops);
    for (uint32_t i = 0; i < COUNT; i++)
        trace.ops[i] = (struct op){.id = i, .size = TRACE_SIZE_MAX};

    ck_assert(!trace_check(&trace, "t", &error));

    ck_assert_str_eq(error.message, "t: operation 16777216 of 16777217: "
                                    "expected fewer live bytes than 2^64");
    free(trace.ops);
}
END_TEST

START_TEST(a_description_adds_up)
{
    struct trace_info info;
    struct trace *read =
        read_text("heaplab trace 1\ntitle: x\nmake: by hand\noperations: 9\n"
                  "identifiers: 3\nlive peak: 1100\nthreads: 1\n\n"
                  "a 0 100\nz 1 0\nm 2 64 1000\nf 1\nr 0 50\nf 2\na 2 7\n"
                  "t\nz 1 1\n");

    ck_assert(trace_describe(read, &info));

    ck_assert_uint_eq(info.count[OP_MALLOC], 2);
    ck_assert_uint_eq(info.count[OP_CALLOC], 2);
    ck_assert_uint_eq(info.count[OP_ALIGNED], 1);
    ck_assert_uint_eq(info.count[OP_REALLOC], 1);
    ck_assert_uint_eq(info.count[OP_FREE], 2);
    ck_assert_uint_eq(info.count[OP_TRIM], 1);
    ck_assert_uint_eq(info.bytes, 1158);
    ck_assert_uint_eq(info.smallest, 0);
    ck_assert_uint_eq(info.median, 7); /* 0 1 7 50 100 1000, the lower one */
    ck_assert_uint_eq(info.largest, 1000);
    ck_assert_uint_eq(info.live_blocks, 3);
    ck_assert_uint_eq(info.leaked_blocks, 3);
    ck_assert_uint_eq(info.leaked_bytes, 58);
    trace_free(read);
}
END_TEST

START_TEST(freeing_no_trace_does_nothing)
{
    trace_free(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("check");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, a_sound_trace_passes);
    tcase_add_test(tcase, an_operation_is_named_by_its_place);
    tcase_add_test(tcase, an_earlier_operation_is_named_by_its_place);
    tcase_add_test(tcase, a_number_out_of_range_is_found);
    tcase_add_test(tcase, counts_must_be_those_of_the_operations);
    tcase_add_test(tcase, text_must_be_such_that_it_can_be_written);
    tcase_add_test(tcase, recounting_makes_the_counts_fit);
    tcase_add_test(tcase, a_trace_that_only_trims_has_one_identifier);
    tcase_add_test(tcase, live_bytes_beyond_64_bits_are_refused);
    tcase_add_test(tcase, a_description_adds_up);
    tcase_add_test(tcase, freeing_no_trace_does_nothing);
    return run_case("check", tcase);
}
