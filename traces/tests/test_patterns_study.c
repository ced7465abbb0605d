/*
 * test_patterns_study.c - do generated traces have the sizes and lifetimes
 * of the studies that they name, and of the programs that were measured?
 */
#include "traces/programs.h"

#include "traces/tests/generated.h"

#include <inttypes.h>

/* --- the tables of programs.c --- */

/* Fills points as programs.h says from what was measured, in order. */
static void condense(const uint64_t *measured, size_t count, uint32_t *points)
{
    size_t tail = (PROGRAM_PARTS - 1) * count / PROGRAM_PARTS;

    for (size_t i = 0; i < PROGRAM_POINTS; i++) {
        size_t at = (2 * i + 1) * count / (2 * PROGRAM_PARTS);
        if (i >= PROGRAM_PARTS - 1)
            at = tail + (2 * (i - (PROGRAM_PARTS - 1)) + 1) * (count - tail) /
                            (2 * PROGRAM_TAIL);
        points[i] = measured[at] > UINT32_MAX ? PROGRAM_FOREVER
                                              : (uint32_t)measured[at];
    }
}

/* The calls that a trace's blocks lived, fewest first, to be freed. */
static uint64_t *calls_of(const struct trace *trace, size_t *count)
{
    struct life *lives = lives_of(trace, count);
    uint64_t *calls = calloc(*count, sizeof *calls);

    ck_assert_ptr_nonnull(calls);
    for (size_t i = 0; i < *count; i++)
        calls[i] = lives[i].calls;
    sort_numbers(calls, *count);
    free(lives);
    return calls;
}

START_TEST(the_tables_are_what_is_measured_on_the_recordings)
{
    const struct program *program = &programs[_i];
    struct trace_error error = {.message = ""};
    uint32_t points[PROGRAM_POINTS];
    char path[64];
    size_t count = 0;
    (void)snprintf(path, sizeof path, "traces/recorded/%s.trace",
                   program->name);
    struct trace *trace = trace_read(path, &error);
    ck_assert_msg(trace != NULL, "%s", error.message);

    uint64_t *sizes = sizes_of(trace, &count);
    condense(sizes, count, points);
    for (size_t i = 0; i < PROGRAM_POINTS; i++)
        ck_assert_uint_eq(points[i], program->sizes[i]);
    uint64_t *calls = calls_of(trace, &count);
    condense(calls, count, points);
    for (size_t i = 0; i < PROGRAM_POINTS; i++)
        ck_assert_uint_eq(points[i], program->lives[i]);

    free(calls);
    free(sizes);
    trace_free(trace);
}
END_TEST

/* --- model --- */

/* The share of count numbers, in order, that are at most limit. */
static double share_up_to(const uint64_t *numbers, size_t count,
                          uint64_t limit)
{
    size_t few = 0;

    while (few < count && numbers[few] <= limit)
        few++;
    return (double)few / (double)count;
}

/* Of a distribution as programs.h keeps it, the share that is at most limit. */
static double part_up_to(const uint32_t *points, uint64_t limit)
{
    double share = 0;

    for (size_t i = 0; i < PROGRAM_POINTS; i++)
        if (points[i] <= limit)
            share += i < PROGRAM_PARTS - 1
                         ? 1.0 / PROGRAM_PARTS
                         : 1.0 / PROGRAM_PARTS / PROGRAM_TAIL;
    return share;
}

/* Makes a model of the program number index. */
static struct trace *model_of(int index)
{
    char setting[32];

    (void)snprintf(setting, sizeof setting, "program=%d", index + 1);
    return generate("model", setting, "count=60000", NULL);
}

START_TEST(a_model_has_the_sizes_of_its_program)
{
    struct trace *trace = model_of(_i);
    size_t count = 0;

    uint64_t *sizes = sizes_of(trace, &count);

    for (size_t i = 0; i < PROGRAM_POINTS; i++) {
        uint64_t limit = programs[_i].sizes[i];
        ck_assert_double_eq_tol(share_up_to(sizes, count, limit),
                                part_up_to(programs[_i].sizes, limit), 0.01);
    }
    free(sizes);
    trace_free(trace);
}
END_TEST

/* Of what is born late some lives are cut short by the end: left out. */
START_TEST(a_model_has_the_lifetimes_of_its_program)
{
    struct trace *trace = model_of(_i);
    uint64_t *calls = calloc(trace->op_count, sizeof *calls);
    size_t count = 0;
    size_t early = 10000;

    struct life *lives = lives_of(trace, &count);
    for (size_t i = 0; i < early; i++)
        calls[i] = lives[i].calls;
    sort_numbers(calls, early);

    for (size_t i = 0; i < PROGRAM_POINTS; i++) {
        uint64_t limit = programs[_i].lives[i];
        if (limit < 50000)
            ck_assert_double_eq_tol(share_up_to(calls, early, limit),
                                    part_up_to(programs[_i].lives, limit),
                                    0.015);
    }
    free(lives);
    free(calls);
    trace_free(trace);
}
END_TEST

/* --- short-lived --- */

/* The share of bytes whose blocks are freed before 32 KiB more are made. */
static double young_share(const struct trace *trace)
{
    size_t count = 0;
    uint64_t young = 0;
    uint64_t all = 0;
    struct life *lives = lives_of(trace, &count);

    for (size_t i = 0; i < count; i++) {
        all += lives[i].size;
        if (lives[i].bytes <= 32768 + 1024) /* and the allocation under way */
            young += lives[i].size;
    }
    free(lives);
    return (double)young / (double)all;
}

START_TEST(of_short_lived_more_than_nine_tenths_of_the_bytes_die_young)
{
    static const char *const seeds[] = {"seed=1", "seed=2", "seed=3"};
    struct trace *trace = generate("short-lived", seeds[_i], NULL);

    ck_assert_double_gt(young_share(trace), 0.90);
    ck_assert_double_lt(young_share(trace), 0.98);
    trace_free(trace);
}
END_TEST

START_TEST(without_a_share_that_dies_young_few_bytes_do)
{
    struct trace *trace = generate("short-lived", "share=0", NULL);

    ck_assert_double_lt(young_share(trace), 0.4);
    trace_free(trace);
}
END_TEST

START_TEST(short_lived_keeps_no_more_than_it_says)
{
    struct trace *trace = generate("short-lived", "window=1", "kept=10",
                                   "least=100", "most=100", NULL);

    /* 10 are kept, and one is new. */
    ck_assert_uint_eq(trace->live_peak, (size_t)11 * 100);
    trace_free(trace);
}
END_TEST

/* --- sizes that are drawn from a range --- */

/* The share of a trace's sizes that are from least to most. */
static double share_between(const struct trace *trace, uint64_t least,
                            uint64_t most)
{
    size_t count = 0;
    uint64_t *sizes = sizes_of(trace, &count);
    double share = share_up_to(sizes, count, most) -
                   share_up_to(sizes, count, least - 1);

    free(sizes);
    return share;
}

START_TEST(in_churn_each_doubling_is_as_frequent_as_the_next)
{
    struct trace *trace = generate("churn", "slots=4096", "least=16",
                                   "most=65536", "count=100000", NULL);

    for (uint64_t size = 32; size <= 65536; size *= 2)
        ck_assert_double_eq_tol(share_between(trace, size / 2 + 1, size),
                                1.0 / 12, 0.01);
    trace_free(trace);
}
END_TEST

START_TEST(half_of_churn_s_slots_are_full_after_a_while)
{
    struct trace *trace = generate("churn", "slots=8192", "least=16",
                                   "most=512", "count=100000", NULL);
    struct trace_info info;

    ck_assert(trace_describe(trace, &info));

    ck_assert_uint_ge(info.live_blocks, 8192 / 2);
    ck_assert_uint_lt(info.live_blocks, 8192 / 2 * 105 / 100);
    ck_assert_uint_ge(info.smallest, 16);
    ck_assert_uint_le(info.largest, 512);
    trace_free(trace);
}
END_TEST

START_TEST(larson_s_sizes_are_all_equally_frequent)
{
    struct trace *trace = generate("larson", "rounds=100", NULL);

    for (uint64_t size = 8; size < 1000; size += 100)
        ck_assert_double_eq_tol(share_between(trace, size, size + 99),
                                100.0 / 993, 0.01);
    trace_free(trace);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("patterns_study");
    int count = (int)program_count;

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(
        tcase, the_tables_are_what_is_measured_on_the_recordings, 0, count);
    tcase_add_loop_test(tcase, a_model_has_the_sizes_of_its_program, 0,
                        count);
    tcase_add_loop_test(tcase, a_model_has_the_lifetimes_of_its_program, 0,
                        count);
    tcase_add_loop_test(
        tcase, of_short_lived_more_than_nine_tenths_of_the_bytes_die_young, 0,
        3);
    tcase_add_test(tcase, without_a_share_that_dies_young_few_bytes_do);
    tcase_add_test(tcase, short_lived_keeps_no_more_than_it_says);
    tcase_add_test(tcase, in_churn_each_doubling_is_as_frequent_as_the_next);
    tcase_add_test(tcase, half_of_churn_s_slots_are_full_after_a_while);
    tcase_add_test(tcase, larson_s_sizes_are_all_equally_frequent);
    return run_case("patterns_study", tcase);
}
