/*
 * test_model.c - who owns which bytes, against an array of all granules.
 */
#include "grader/model.h"

#include "grader/tests/help.h"

#define GRANULE  ((uint64_t)16)
#define RANGE    ((uint64_t)3 << 20) /* three leaves of the model */
#define GRANULES (RANGE / GRANULE)
#define BASE     ((uint64_t)0x20000f0000) /* in the middle of a leaf */

#define OPS 4000
#define IDS 64

static uint64_t extent(uint64_t size)
{
    return size > 0 ? size : 1;
}

/* The same in the simplest way: the last owner of every granule. */
struct simple {
    uint64_t owner[GRANULES]; /* operation plus 1, or 0 */
    bool freed[OPS];
    uint64_t start[OPS];
    uint64_t live[IDS]; /* operation plus 1, or 0 */
};

static struct simple simple;
static struct trace *trace;
static struct model *model;

/* Returns the lowest live block that meets size bytes at start, or NO_OP. */
static uint64_t simple_meets(uint64_t start, uint64_t size)
{
    uint64_t first = (start - BASE) / GRANULE;
    uint64_t last = (start + extent(size) - 1 - BASE) / GRANULE;

    for (uint64_t i = first; i <= last; i++) {
        if (simple.owner[i] != 0 && !simple.freed[simple.owner[i] - 1])
            return simple.owner[i] - 1;
    }
    return NO_OP;
}

static void simple_allocate(uint64_t op, uint64_t start)
{
    uint64_t end = start + extent(trace->ops[op].size);

    for (uint64_t at = start; at < end; at += GRANULE)
        simple.owner[(at - BASE) / GRANULE] = op + 1;
    simple.start[op] = start;
    simple.live[trace->ops[op].id] = op + 1;
}

/* Asks both about the same address, and about an identifier. */
static void compare(uint64_t address, uint64_t id)
{
    uint64_t expected = simple.owner[(address - BASE) / GRANULE];
    uint64_t op = model_at(model, address);

    ck_assert_uint_eq(op, expected == 0 ? NO_OP : expected - 1);
    if (op != NO_OP) {
        ck_assert_uint_eq(model_block(model, op)->start, simple.start[op]);
        ck_assert_int_eq(model_block(model, op)->freed_by != NO_OP,
                         simple.freed[op]);
    }
    expected = simple.live[id];
    ck_assert_uint_eq(model_owner(model, id),
                      expected == 0 ? NO_OP : expected - 1);
}

/* Operations on few identifiers; sizes are mostly small. */
static void setup(void)
{
    static struct op ops[OPS];
    static bool live[IDS];
    uint64_t random = 20240501;

    for (size_t i = 0; i < OPS; i++) {
        uint32_t id = (uint32_t)random_below(&random, IDS);
        uint64_t size = random_below(&random, 10) == 0
                            ? random_below(&random, RANGE / 4)
                            : random_below(&random, 200);
        ops[i] = live[id]
                     ? (struct op){.kind = OP_FREE, .id = id}
                     : (struct op){.kind = OP_MALLOC, .id = id, .size = size};
        live[id] = !live[id];
    }
    memset(&simple, 0, sizeof(simple));
    trace = make_trace(ops, OPS);
    model = model_open(trace);
    ck_assert_ptr_nonnull(model);
}

static void teardown(void)
{
    model_close(model);
    trace_free(trace);
}

START_TEST(the_model_answers_as_an_array_of_all_granules_would)
{
    uint64_t random = 7;
    size_t overlaps = 0;

    for (uint64_t i = 0; i < OPS; i++) {
        const struct op *op = &trace->ops[i];
        uint64_t room = RANGE - extent(op->size) - GRANULE;
        uint64_t start =
            BASE + random_below(&random, room) / GRANULE * GRANULE;
        if (op->kind == OP_FREE) {
            if (simple.live[op->id] != 0)
                simple.freed[simple.live[op->id] - 1] = true;
            simple.live[op->id] = 0;
            model_free(model, op->id, i);
        } else {
            bool out_of_memory = true;
            uint64_t expected = simple_meets(start, op->size);
            ck_assert_uint_eq(model_allocate(model, i, start, &out_of_memory),
                              expected);
            ck_assert(!out_of_memory);
            overlaps += expected != NO_OP;
            if (expected == NO_OP)
                simple_allocate(i, start);
        }
        compare(start, op->id);
        compare(BASE + random_below(&random, RANGE), op->id);
    }

    ck_assert_uint_gt(overlaps, OPS / 20); /* else it proves little */
    ck_assert_uint_lt(overlaps, OPS / 2);
}
END_TEST

START_TEST(an_empty_model_knows_of_nothing)
{
    ck_assert_uint_eq(model_at(model, BASE), NO_OP);
    ck_assert_uint_eq(model_at(model, 0), NO_OP);
    ck_assert_uint_eq(model_at(model, UINT64_MAX), NO_OP);
    ck_assert_uint_eq(model_owner(model, 0), NO_OP);
    model_free(model, 0, 1); /* of what was never allocated: nothing */
}
END_TEST

START_TEST(blocks_a_megabyte_apart_are_all_found_again)
{
    uint64_t far = (uint64_t)5 << 20;
    bool out_of_memory;

    for (uint64_t i = 0; i < OPS; i++) /* more leaves than it begins with */
        ck_assert_uint_eq(
            model_allocate(model, i, BASE + i * far, &out_of_memory), NO_OP);

    for (uint64_t i = 0; i < OPS; i++)
        ck_assert_uint_eq(model_at(model, BASE + i * far), i);
    ck_assert_uint_eq(model_at(model, BASE + far - GRANULE), NO_OP);
}
END_TEST

START_TEST(a_block_that_overlaps_changes_nothing)
{
    uint64_t first = 0, second = 1;
    bool out_of_memory;
    trace->ops[first] = (struct op){.kind = OP_MALLOC, .id = 1, .size = 100};
    trace->ops[second] = (struct op){.kind = OP_MALLOC, .id = 2, .size = 100};
    model_allocate(model, first, BASE + 64, &out_of_memory);

    ck_assert_uint_eq(model_allocate(model, second, BASE, &out_of_memory),
                      first);

    ck_assert_uint_eq(model_at(model, BASE), NO_OP);
    ck_assert_uint_eq(model_at(model, BASE + 64), first);
    ck_assert_uint_eq(model_owner(model, 2), NO_OP);
}
END_TEST

START_TEST(a_block_of_no_bytes_keeps_others_off_its_address)
{
    bool out_of_memory;
    trace->ops[0] = (struct op){.kind = OP_MALLOC, .id = 1, .size = 0};
    trace->ops[1] = (struct op){.kind = OP_MALLOC, .id = 2, .size = 0};
    model_allocate(model, 0, BASE, &out_of_memory);

    ck_assert_uint_eq(model_allocate(model, 1, BASE, &out_of_memory), 0);
    ck_assert_uint_eq(model_allocate(model, 1, BASE + 16, &out_of_memory),
                      NO_OP);
}
END_TEST

START_TEST(a_freed_block_is_remembered_until_its_place_is_used_again)
{
    bool out_of_memory;
    trace->ops[0] = (struct op){.kind = OP_MALLOC, .id = 1, .size = 32};
    trace->ops[1] = (struct op){.kind = OP_FREE, .id = 1};
    trace->ops[2] = (struct op){.kind = OP_MALLOC, .id = 1, .size = 16};
    model_allocate(model, 0, BASE, &out_of_memory);
    model_free(model, 1, 1);

    ck_assert_uint_eq(model_at(model, BASE), 0);
    ck_assert_uint_eq(model_block(model, 0)->freed_by, 1);
    ck_assert_uint_eq(model_allocate(model, 2, BASE, &out_of_memory), NO_OP);

    ck_assert_uint_eq(model_at(model, BASE), 2);
    ck_assert_uint_eq(model_at(model, BASE + 16), 0);
}
END_TEST

static Suite *model_suite(void)
{
    Suite *suite = suite_create("model");
    TCase *tcase = tcase_create("model");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase,
                   the_model_answers_as_an_array_of_all_granules_would);
    tcase_add_test(tcase, an_empty_model_knows_of_nothing);
    tcase_add_test(tcase, blocks_a_megabyte_apart_are_all_found_again);
    tcase_add_test(tcase, a_block_that_overlaps_changes_nothing);
    tcase_add_test(tcase, a_block_of_no_bytes_keeps_others_off_its_address);
    tcase_add_test(tcase,
                   a_freed_block_is_remembered_until_its_place_is_used_again);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(model_suite());
}
