/*
 * test_vary.c - are variants of the shipped traces sound, and the same work?
 */
#include "traces/vary.h"

#include "traces/tests/help.h"

#include <glob.h>

static glob_t shipped; /* paths of all traces that the kit ships */

static struct trace *read_shipped(int i)
{
    struct trace_error error = {.message = ""};
    struct trace *trace = trace_read(shipped.gl_pathv[i], &error);

    ck_assert_msg(trace != NULL, "%s", error.message);
    return trace;
}

static struct trace *vary(const struct trace *trace, uint64_t seed,
                          size_t window)
{
    struct trace_error error = {.message = ""};
    struct trace *varied = trace_vary(trace, seed, window, &error);

    ck_assert_msg(varied != NULL, "%s", error.message);
    return varied;
}

/* --- every shipped trace --- */

START_TEST(a_variant_is_a_sound_trace_of_the_same_kinds)
{
    struct trace *trace = read_shipped(_i);
    struct trace *varied = vary(trace, 7, VARY_WINDOW_MAX);
    struct trace_info was, is;
    struct trace_error error;

    ck_assert_msg(trace_check(varied, "t", &error), "%s", error.message);
    ck_assert(trace_describe(trace, &was) && trace_describe(varied, &is));
    ck_assert_mem_eq(was.count, is.count, sizeof was.count);
    ck_assert_uint_eq(was.leaked_blocks, is.leaked_blocks);
    ck_assert_uint_eq(varied->id_count, trace->id_count);
    ck_assert_uint_eq(varied->threads, trace->threads);
    ck_assert_str_eq(varied->title, trace->title);
    trace_free(varied);
    trace_free(trace);
}
END_TEST

START_TEST(sizes_move_by_a_sixteenth_at_most_and_equal_ones_alike)
{
    struct trace *trace = read_shipped(_i);
    struct trace *varied = vary(trace, 7, 1);
    enum { SIZES = 1 << 16 };
    uint64_t *became = calloc(SIZES, sizeof *became);

    bool good = true;
    ck_assert_ptr_nonnull(became);
    for (size_t i = 0; i < trace->op_count; i++) {
        uint64_t was = trace->ops[i].size;
        uint64_t is = varied->ops[i].size;
        good &= (is > was ? is - was : was - is) <= was / VARY_SIZE;
        if (was >= SIZES)
            continue;
        good &= became[was] == 0 || became[was] == is + 1;
        became[was] = is + 1;
    }
    ck_assert(good);
    free(became);
    trace_free(varied);
    trace_free(trace);
}
END_TEST

START_TEST(identifiers_are_dealt_out_one_for_one)
{
    struct trace *trace = read_shipped(_i);
    struct trace *varied = vary(trace, 7, 1);
    uint32_t *dealt = calloc(trace->id_count, sizeof *dealt);
    bool *used = calloc(trace->id_count, sizeof *used);

    bool good = true;
    ck_assert(dealt != NULL && used != NULL);
    for (size_t i = 0; i < trace->op_count; i++) {
        uint32_t was = trace->ops[i].id;
        uint32_t is = varied->ops[i].id;
        good &= varied->ops[i].kind == trace->ops[i].kind;
        if (trace->ops[i].kind == OP_TRIM)
            continue;
        good &= dealt[was] == is + 1 || (dealt[was] == 0 && !used[is]);
        dealt[was] = is + 1;
        used[is] = true;
    }
    ck_assert(good);
    free(dealt);
    free(used);
    trace_free(varied);
    trace_free(trace);
}
END_TEST

/* Returns where, from at on, the next operation of trace on id is. */
static size_t next_of(const struct trace *trace, uint32_t id, size_t at)
{
    while (at < trace->op_count &&
           (trace->ops[at].kind == OP_TRIM || trace->ops[at].id != id))
        at++;
    return at;
}

/* With a window of 1 sizes and identifiers are as with any other window. */
START_TEST(each_identifier_keeps_its_order_and_nothing_moves_far)
{
    struct trace *trace = read_shipped(_i);
    struct trace *still = vary(trace, 7, 1);
    struct trace *mixed = vary(trace, 7, VARY_WINDOW_MAX);
    size_t *at = calloc(trace->id_count, sizeof *at); /* of each id */
    bool good = true;

    ck_assert_ptr_nonnull(at);
    for (size_t i = 0; good && i < trace->op_count; i++) {
        const struct op *op = &mixed->ops[i];
        size_t from =
            op->kind == OP_TRIM ? i : next_of(still, op->id, at[op->id]);
        good = from < trace->op_count &&
               memcmp(op, &still->ops[from], sizeof *op) == 0 &&
               (from > i ? from - i : i - from) < VARY_WINDOW_MAX;
        at[op->id] = op->kind == OP_TRIM ? at[op->id] : from + 1;
    }
    ck_assert(good);
    free(at);
    trace_free(mixed);
    trace_free(still);
    trace_free(trace);
}
END_TEST

START_TEST(one_seed_makes_the_same_bytes_and_another_seed_others)
{
    struct trace *trace = read_shipped(_i);
    struct trace *first = vary(trace, 7, VARY_WINDOW_MAX);
    struct trace *second = vary(trace, 7, VARY_WINDOW_MAX);
    struct trace *other = vary(trace, 8, VARY_WINDOW_MAX);
    size_t length[2] = {0, 0};
    char *one = written(first, &length[0]);
    char *two = written(second, &length[1]);
    size_t bytes = trace->op_count * sizeof *trace->ops;

    ck_assert_str_eq(one, two);
    if (trace->op_count >= 1000) {
        ck_assert(memcmp(first->ops, other->ops, bytes) != 0);
        ck_assert(memcmp(first->ops, trace->ops, bytes) != 0);
    }
    free(one);
    free(two);
    trace_free(first);
    trace_free(second);
    trace_free(other);
    trace_free(trace);
}
END_TEST

/* --- one small trace --- */

static const char small[] = "heaplab trace 1\n"
                            "title: t\n"
                            "make: by hand\n"
                            "operations: 7\n"
                            "identifiers: 3\n"
                            "live peak: 3600\n"
                            "threads: 1\n"
                            "\n"
                            "a 0 1000\n"
                            "a 1 2000\n"
                            "z 2 600\n"
                            "f 1\n"
                            "t\n"
                            "r 0 15\n"
                            "f 2\n";

START_TEST(a_variant_is_the_same_on_every_machine)
{
    struct trace *trace = read_text(small);
    struct trace *varied = vary(trace, 1, 4);
    size_t length = 0;
    char *text = written(varied, &length);

    ck_assert_str_eq(
        text, "heaplab trace 1\n"
              "title: t\n"
              "make: heaplab trace vary --seed 1 --window 4, of what is made "
              "thus:\n"
              "make: by hand\n"
              "operations: 7\n"
              "identifiers: 3\n"
              "live peak: 2701\n"
              "threads: 1\n"
              "\n"
              "a 1 2104\n"
              "z 0 597\n"
              "f 1\n"
              "a 2 1023\n"
              "t\n"
              "r 2 15\n"
              "f 0\n");
    free(text);
    trace_free(varied);
    trace_free(trace);
}
END_TEST

START_TEST(how_it_is_made_fits_the_header_however_long_it_was)
{
    struct trace *trace = read_text(small);
    char make[2 * TRACE_NOTES_MAX];

    for (size_t i = 0; i < sizeof make; i++)
        make[i] = i % 2 == 0 ? 'x' : '\n';
    make[sizeof make - 1] = '\0';
    free(trace->make);
    trace->make = strdup(make);
    struct trace *varied = vary(trace, 1, 4);

    ck_assert(strncmp(varied->make, "heaplab trace vary --seed 1 ", 28) == 0);
    trace_free(varied);
    trace_free(trace);
}
END_TEST

START_TEST(live_peaks_agree_up_to_one_in_a_hundred)
{
    struct trace one = {.live_peak = 1000};
    struct trace other = {.live_peak = 1010};

    ck_assert(trace_peaks_agree(&one, &other));
    other.live_peak = 990;
    ck_assert(trace_peaks_agree(&one, &other));
    other.live_peak = 1011;
    ck_assert(!trace_peaks_agree(&one, &other));
    other.live_peak = 989;
    ck_assert(!trace_peaks_agree(&one, &other));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("vary");

    if (glob("traces/*/*.trace", 0, NULL, &shipped) != 0)
        return EXIT_FAILURE;
    int count = (int)shipped.gl_pathc;
    tcase_set_timeout(tcase, 60);
#define ADD(test) tcase_add_loop_test(tcase, test, 0, count)
    ADD(a_variant_is_a_sound_trace_of_the_same_kinds);
    ADD(sizes_move_by_a_sixteenth_at_most_and_equal_ones_alike);
    ADD(identifiers_are_dealt_out_one_for_one);
    ADD(each_identifier_keeps_its_order_and_nothing_moves_far);
    ADD(one_seed_makes_the_same_bytes_and_another_seed_others);
#undef ADD
    tcase_add_test(tcase, a_variant_is_the_same_on_every_machine);
    tcase_add_test(tcase, how_it_is_made_fits_the_header_however_long_it_was);
    tcase_add_test(tcase, live_peaks_agree_up_to_one_in_a_hundred);
    int status = run_case("vary", tcase);
    globfree(&shipped);
    return status;
}
