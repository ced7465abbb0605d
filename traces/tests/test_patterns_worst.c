/*
 * test_patterns_worst.c - are the adversaries as bad as theory says?
 *
 * A model places blocks as an allocator does that knows every hole: it takes
 * the lowest that fits. The heap must come out as long as the bound.
 */
#include "traces/patterns.h"

#include "traces/tests/generated.h"

/* What a block takes of the heap, in bytes, when size are asked for. */
typedef uint64_t footprint(uint64_t size);

/* A header of 16 bytes, and up to a multiple of 16. */
static uint64_t with_header(uint64_t size)
{
    return (size + 16 + 15) / 16 * 16;
}

/* Up to a power of two. */
static uint64_t power_of_two(uint64_t size)
{
    uint64_t power = 16;

    while (power < size)
        power *= 2;
    return power;
}

/* A heap in the model: which of its grains are taken. */
#define GRAIN   ((uint64_t)16)
#define GRAINS  ((size_t)1 << 18)
#define NOWHERE SIZE_MAX

struct model {
    bool taken[GRAINS];
    size_t end;    /* one past the highest grain that was ever taken */
    size_t used;   /* grains that are taken */
    size_t peak;   /* most of them */
    bool aligned;  /* blocks lie at multiples of their size */
    size_t reused; /* blocks that were placed below the end */

    /* Since the last free: no hole below low has room for so many grains. */
    size_t low, room;
};

/* Returns the first grain from at on that stops a block there, or NOWHERE. */
static size_t stopper(const struct model *m, size_t at, size_t length)
{
    for (size_t i = at + length; i > at; i--)
        if (m->taken[i - 1])
            return i - 1;
    return NOWHERE;
}

/* Takes the lowest hole of length grains. Returns where it begins. */
static size_t place(struct model *m, size_t length)
{
    size_t at = length == m->room ? m->low : 0;

    for (;;) {
        ck_assert_uint_le(at + length, GRAINS);
        size_t stop = stopper(m, at, length);
        if (stop == NOWHERE)
            break;
        at = stop + 1;
        if (m->aligned)
            at = (at + length - 1) / length * length;
    }
    memset(&m->taken[at], true, length);
    m->used += length;
    m->peak = m->used > m->peak ? m->used : m->peak;
    m->low = at + length;
    m->room = length;
    m->reused += at < m->end;
    m->end = at + length > m->end ? at + length : m->end;
    return at;
}

/* Replays trace in a model, which is to be freed. */
static struct model *replay(const struct trace *trace, footprint *takes,
                            bool aligned)
{
    struct model *m = calloc(1, sizeof *m);
    size_t *at = calloc(trace->id_count, sizeof *at);
    size_t *length = calloc(trace->id_count, sizeof *length);

    ck_assert(m != NULL && at != NULL && length != NULL);
    m->aligned = aligned;
    for (size_t i = 0; i < trace->op_count; i++) {
        const struct op *op = &trace->ops[i];
        if (op->kind == OP_FREE) {
            memset(&m->taken[at[op->id]], false, length[op->id]);
            m->used -= length[op->id];
            m->room = 0;
        } else {
            length[op->id] = takes(op->size) / GRAIN;
            at[op->id] = place(m, length[op->id]);
        }
    }
    free(length);
    free(at);
    return m;
}

/*
 * Robson's bound for blocks of 1 to n units, powers of two, of which at most
 * m units are live at once: m (log2(n) / 2 + 1) - n + 1.
 */
static size_t robson_bound(size_t m, size_t steps)
{
    return m + m * steps / 2 - ((size_t)1 << steps) + 1;
}

START_TEST(the_heap_of_first_fit_is_as_long_as_robson_s_bound)
{
    static const char *const settings[] = {"steps=0", "steps=1", "steps=2",
                                           "steps=3", "steps=4", "steps=5",
                                           "steps=6", "steps=7", "steps=8"};
    struct trace *trace = generate("robson", settings[_i], "pairs=8", NULL);
    size_t unit = 64 / GRAIN;
    size_t most = (size_t)16 << _i; /* units live at once */

    struct model *m = replay(trace, with_header, false);

    ck_assert_uint_eq(m->peak, most * unit);
    ck_assert_uint_eq(m->end, robson_bound(most, (size_t)_i) * unit);
    /* Only the first block of a step: it begins in the hole at the end. */
    ck_assert_uint_eq(m->reused, (size_t)_i);
    free(m);
    trace_free(trace);
}
END_TEST

START_TEST(without_a_header_it_is_the_same_for_buddies)
{
    struct trace *trace = generate("robson", "header=0", NULL);

    struct model *m = replay(trace, power_of_two, true);

    ck_assert_uint_eq(m->end, 5 * m->peak);
    ck_assert_uint_eq(m->peak * GRAIN, trace->live_peak);
    free(m);
    trace_free(trace);
}
END_TEST

/* Knuth: buddies never need more than steps + 1 times what is reserved. */
START_TEST(buddy_worst_wastes_half_of_each_block_and_the_room_between)
{
    struct trace *trace = generate("buddy-worst", NULL);
    size_t live = trace->live_peak / GRAIN;

    struct model *m = replay(trace, power_of_two, true);

    ck_assert_uint_eq(m->end, 5 * m->peak);
    ck_assert_uint_le(m->end, 9 * m->peak);
    ck_assert_uint_ge(m->peak * 100, live * 2 * 96);
    ck_assert_uint_ge(m->end * 100, live * 10 * 96);
    free(m);
    trace_free(trace);
}
END_TEST

START_TEST(first_fit_gets_away_with_half_on_buddy_worst)
{
    struct trace *trace = generate("buddy-worst", NULL);

    struct model *m = replay(trace, with_header, false);

    ck_assert_uint_lt(m->end * GRAIN, trace->live_peak * 3);
    free(m);
    trace_free(trace);
}
END_TEST

START_TEST(first_fit_never_grows_on_rover)
{
    struct trace *trace = generate("rover", NULL);

    struct model *m = replay(trace, with_header, false);

    ck_assert_uint_eq(m->end, m->peak);
    ck_assert_uint_eq(m->reused, (size_t)2 * 2000);
    ck_assert_uint_eq(trace->live_peak, 200 * 1008 + 800 * 48);
    free(m);
    trace_free(trace);
}
END_TEST

START_TEST(a_rover_with_no_holes_is_never_left_without_blocks)
{
    struct trace *trace = generate("rover", "larges=1", "smalls=1", "holes=9",
                                   "rounds=3", NULL);

    ck_assert_uint_eq(trace->op_count, 2 + 3 * 4 + 2);
    trace_free(trace);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("patterns_worst");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(
        tcase, the_heap_of_first_fit_is_as_long_as_robson_s_bound, 0, 9);
    tcase_add_test(tcase, without_a_header_it_is_the_same_for_buddies);
    tcase_add_test(
        tcase, buddy_worst_wastes_half_of_each_block_and_the_room_between);
    tcase_add_test(tcase, first_fit_gets_away_with_half_on_buddy_worst);
    tcase_add_test(tcase, first_fit_never_grows_on_rover);
    tcase_add_test(tcase, a_rover_with_no_holes_is_never_left_without_blocks);
    return run_case("patterns_worst", tcase);
}
