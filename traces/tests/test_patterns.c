/*
 * test_patterns.c - do the simple kinds of generated traces have the live
 * sets, the orders and the lifetimes that their about lines claim?
 */
#include "traces/patterns.h"

#include "traces/tests/generated.h"

/* The blocks that are live after the first count operations. */
static size_t live_after(const struct trace *trace, size_t count)
{
    size_t live = 0;

    for (size_t i = 0; i < count; i++) {
        enum op_kind kind = trace->ops[i].kind;
        live += kind == OP_MALLOC;
        live -= kind == OP_FREE;
    }
    return live;
}

/* The median of the sizes that operations from to end - 1 ask for. */
static uint64_t median_of(const struct trace *trace, size_t from, size_t end)
{
    struct trace part = {.ops = trace->ops + from, .op_count = end - from};
    size_t count = 0;
    uint64_t *sizes = sizes_of(&part, &count);
    uint64_t median = sizes[count / 2];

    free(sizes);
    return median;
}

START_TEST(of_a_leak_every_k_th_block_stays_and_others_live_a_window)
{
    struct trace *trace =
        generate("leak", "count=1000", "every=10", "window=50", NULL);
    size_t count = 0;
    struct life *lives = lives_of(trace, &count);

    for (size_t i = 0; i < count - 50; i++)
        ck_assert_uint_eq(lives[i].calls, i % 10 == 0 ? UINT64_MAX : 50);
    free(lives);
    trace_free(trace);
}
END_TEST

START_TEST(of_a_pair_one_block_is_live_and_dies_at_once)
{
    struct trace *trace = generate("pair", "count=100", "size=77", NULL);

    for (size_t i = 0; i < trace->op_count; i++)
        ck_assert_int_eq(trace->ops[i].kind, i % 2 ? OP_FREE : OP_MALLOC);
    ck_assert_uint_eq(trace->live_peak, 77);
    trace_free(trace);
}
END_TEST

START_TEST(a_peak_falls_to_its_twentieth_and_stays_there)
{
    struct trace *trace = generate("peak", "plateau=500", NULL);
    size_t trim = 0;
    while (trace->ops[trim].kind != OP_TRIM)
        trim++;

    ck_assert_uint_eq(live_after(trace, 5000), 5000);
    ck_assert_uint_eq(live_after(trace, trim), 250);
    for (size_t i = 0; i <= 500; i++)
        ck_assert_uint_eq(live_after(trace, trim + 1 + 2 * i), 250);
    trace_free(trace);
}
END_TEST

START_TEST(phases_grow_stay_shift_to_larger_sizes_and_drop)
{
    struct trace *trace = generate("phases", NULL);
    size_t grown = 1500 + 2 * 750; /* each second one replaces another */
    size_t level = grown + 2 * (size_t)2500;
    size_t shifted = level + 2 * (size_t)2500;
    size_t dropped = shifted + 1500 - 375;

    ck_assert_uint_eq(live_after(trace, grown), 1500);
    ck_assert_uint_eq(live_after(trace, level), 1500);
    ck_assert_uint_eq(live_after(trace, shifted), 1500);
    ck_assert_uint_eq(live_after(trace, dropped), 375);
    uint64_t small = median_of(trace, grown, level);
    uint64_t large = median_of(trace, level, shifted);
    ck_assert_uint_gt(large, 4 * small * 8 / 10);
    ck_assert_uint_lt(large, 4 * small * 12 / 10);
    trace_free(trace);
}
END_TEST

START_TEST(in_ping_pong_who_is_large_becomes_small)
{
    struct trace *trace = generate("ping-pong", "count=10", "rounds=4", NULL);
    uint64_t size[10] = {0};

    for (size_t i = 0; i < 50; i++) {
        const struct op *op = &trace->ops[i];
        ck_assert_int_eq(op->kind, i < 10 ? OP_MALLOC : OP_REALLOC);
        ck_assert_uint_ne(op->size, size[op->id]);
        if (i >= 10)
            ck_assert_uint_eq(op->size + size[op->id], 100 + 2000);
        size[op->id] = op->size;
    }
    trace_free(trace);
}
END_TEST

START_TEST(a_ramp_climbs_to_the_most_and_comes_down)
{
    struct trace *trace = generate("ramp", "count=1000", "window=30",
                                   "least=100", "most=600", NULL);
    size_t count = 0;
    struct life *lives = lives_of(trace, &count);

    for (size_t i = 1; i < 500; i++)
        ck_assert_uint_ge(lives[i].size, lives[i - 1].size);
    for (size_t i = 501; i < 1000; i++)
        ck_assert_uint_le(lives[i].size, lives[i - 1].size);
    for (size_t i = 0; i < 1000 - 30; i++)
        ck_assert_uint_eq(lives[i].calls, 30);
    ck_assert_uint_eq(lives[0].size, 100);
    ck_assert_uint_eq(lives[499].size, 599);
    free(lives);
    trace_free(trace);
}
END_TEST

START_TEST(a_shuffle_frees_all_in_another_order)
{
    struct trace *trace = generate("shuffle", "count=1000", "rounds=1", NULL);
    size_t ascents = 0;
    bool freed[1000] = {false};

    for (size_t i = 1000; i < 2000; i++) {
        ck_assert_int_eq(trace->ops[i].kind, OP_FREE);
        freed[trace->ops[i].id] = true;
        ascents += i > 1000 && trace->ops[i].id > trace->ops[i - 1].id;
    }

    for (size_t i = 0; i < 1000; i++)
        ck_assert(freed[i]);
    ck_assert_uint_gt(ascents, 450);
    ck_assert_uint_lt(ascents, 550);
    trace_free(trace);
}
END_TEST

/* --- tables --- */

/* Fails unless each size of a table follows from the one before it. */
static void assert_grows(const struct trace *trace, uint64_t percent,
                         uint64_t step, uint64_t most)
{
    uint64_t *room = calloc(trace->id_count, sizeof *room);

    ck_assert_ptr_nonnull(room);
    for (size_t i = 0; i < trace->op_count; i++) {
        const struct op *op = &trace->ops[i];
        uint64_t next = room[op->id] * percent / 100 + step;
        if (op->kind == OP_REALLOC)
            ck_assert_uint_eq(op->size, next < most ? next : most);
        if (op->kind == OP_FREE)
            ck_assert_uint_eq(room[op->id], most);
        room[op->id] = op->size;
    }
    free(room);
}

/* Bytes that all reallocs together copy, if each moves its block. */
static uint64_t copied_bytes(const struct trace *trace)
{
    uint64_t *room = calloc(trace->id_count, sizeof *room);
    uint64_t copied = 0;

    ck_assert_ptr_nonnull(room);
    for (size_t i = 0; i < trace->op_count; i++) {
        const struct op *op = &trace->ops[i];
        copied += op->kind == OP_REALLOC ? room[op->id] : 0;
        room[op->id] = op->size;
    }
    free(room);
    return copied;
}

START_TEST(a_table_that_doubles_copies_less_than_its_size)
{
    struct trace *trace = generate("tables", "count=10", NULL);

    assert_grows(trace, 200, 0, 16384);
    ck_assert_uint_eq(trace->op_count, (size_t)10 * (1 + 9 + 1));
    ck_assert_uint_eq(copied_bytes(trace), (size_t)10 * (16384 - 32));
    ck_assert_uint_eq(trace->live_peak, (size_t)10 * 16384);
    trace_free(trace);
}
END_TEST

START_TEST(a_table_that_grows_by_half_copies_less_than_thrice_its_size)
{
    struct trace *trace = generate("tables", "count=10", "percent=150", NULL);

    assert_grows(trace, 150, 0, 16384);
    ck_assert_uint_gt(copied_bytes(trace), (size_t)10 * 16384);
    ck_assert_uint_lt(copied_bytes(trace), (size_t)3 * 10 * 16384);
    trace_free(trace);
}
END_TEST

START_TEST(a_table_that_grows_by_steps_copies_its_square)
{
    struct trace *trace = generate("tables", "count=10", "percent=100",
                                   "step=64", "least=64", NULL);

    assert_grows(trace, 100, 64, 16384);
    /* 64 + 128 + ... up to 255 steps: the sum is half a square. */
    ck_assert_uint_eq(copied_bytes(trace), (size_t)10 * 64 * (255 * 256 / 2));
    trace_free(trace);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("patterns");

    tcase_add_test(tcase,
                   of_a_leak_every_k_th_block_stays_and_others_live_a_window);
    tcase_add_test(tcase, of_a_pair_one_block_is_live_and_dies_at_once);
    tcase_add_test(tcase, a_peak_falls_to_its_twentieth_and_stays_there);
    tcase_add_test(tcase, phases_grow_stay_shift_to_larger_sizes_and_drop);
    tcase_add_test(tcase, in_ping_pong_who_is_large_becomes_small);
    tcase_add_test(tcase, a_ramp_climbs_to_the_most_and_comes_down);
    tcase_add_test(tcase, a_shuffle_frees_all_in_another_order);
    tcase_add_test(tcase, a_table_that_doubles_copies_less_than_its_size);
    tcase_add_test(
        tcase, a_table_that_grows_by_half_copies_less_than_thrice_its_size);
    tcase_add_test(tcase, a_table_that_grows_by_steps_copies_its_square);
    return run_case("patterns", tcase);
}
