/*
 * test_region.c - what is region's alone: chunks that come back whole, and a
 * latest block that is exact.
 */
#include "allocators/tests/policy.h"

extern const struct allocator region_allocator;

/* As in region.c, so that what is there can be broken. */
#define CHUNK ((size_t)65536)
#define FREED ((size_t)1)

struct chunk {
    char *start;
    size_t size;
    size_t count;
    struct chunk *next;
};

struct block {
    size_t size;
};

struct heap {
    char *next;
    char *end;
    struct chunk *current;
    struct chunk *empty;
    struct source *source;
    char *top;
    size_t chunk_count;
    struct chunk chunks[];
};

static struct block *block_of(void *payload)
{
    return (struct block *)payload - 1;
}

/* Blocks of 1000 bytes that a chunk has room for. */
#define FIT ((CHUNK - ALIGNMENT) / 1008)

/* Allocates count blocks of 1000 bytes, and returns the first. */
static char *fill(struct scene s, size_t count, char **blocks)
{
    for (size_t i = 0; i < count; i++) {
        blocks[i] = region_allocator.malloc(s.heap, 1000);
        ck_assert_ptr_nonnull(blocks[i]);
    }
    return blocks[0];
}

START_TEST(what_is_freed_in_opposite_order_is_given_back_exactly)
{
    struct scene s = scene_open(&region_allocator);
    char *blocks[FIT];
    fill(s, FIT, blocks);

    for (size_t i = FIT; i-- > 3;)
        region_allocator.free(s.heap, blocks[i]);

    ck_assert_ptr_eq(region_allocator.malloc(s.heap, 3000), blocks[3]);
    ck_assert_str_eq(rule_broken(s), "none");
    scene_close(s);
}
END_TEST

START_TEST(the_latest_block_is_resized_where_it_is)
{
    struct scene s = scene_open(&region_allocator);
    char *first = region_allocator.malloc(s.heap, 100);
    char *latest = region_allocator.malloc(s.heap, 100);

    ck_assert_ptr_eq(region_allocator.realloc(s.heap, latest, 30000), latest);
    ck_assert_ptr_eq(region_allocator.realloc(s.heap, latest, 40), latest);

    ck_assert_uint_eq(region_allocator.usable_size(s.heap, latest), 40);
    ck_assert_ptr_eq(region_allocator.malloc(s.heap, 1), latest + 48);
    ck_assert_ptr_ne(region_allocator.realloc(s.heap, first, 200), first);
    ck_assert_str_eq(rule_broken(s), "none");
    scene_close(s);
}
END_TEST

START_TEST(a_block_in_the_middle_is_not_used_again)
{
    struct scene s = scene_open(&region_allocator);
    char *blocks[3];
    fill(s, 3, blocks);

    region_allocator.free(s.heap, blocks[1]);

    ck_assert_ptr_eq(region_allocator.malloc(s.heap, 1000), blocks[2] + 1008);
    scene_close(s);
}
END_TEST

START_TEST(a_chunk_comes_back_when_its_last_block_goes)
{
    struct scene s = scene_open(&region_allocator);
    char *blocks[2 * FIT];
    char *first = fill(s, 2 * FIT, blocks);
    size_t committed = source_committed(s.source);

    for (size_t i = 0; i < FIT; i++) {
        ck_assert_ptr_null(s.heap->empty);
        region_allocator.free(s.heap, blocks[i]);
    }

    ck_assert_ptr_nonnull(s.heap->empty);
    ck_assert_ptr_eq(region_allocator.malloc(s.heap, 1000), first);
    ck_assert_uint_eq(source_committed(s.source), committed);
    ck_assert_str_eq(rule_broken(s), "none");
    scene_close(s);
}
END_TEST

START_TEST(one_live_block_keeps_its_chunk)
{
    struct scene s = scene_open(&region_allocator);
    char *blocks[2 * FIT];
    fill(s, 2 * FIT, blocks);
    size_t committed = source_committed(s.source);

    for (size_t i = 1; i < FIT; i++)
        region_allocator.free(s.heap, blocks[i]);

    ck_assert_ptr_nonnull(region_allocator.malloc(s.heap, 1000));
    ck_assert_uint_gt(source_committed(s.source), committed);
    scene_close(s);
}
END_TEST

START_TEST(clear_keeps_the_chunks_and_asks_the_source_for_nothing)
{
    struct scene s = scene_open(&region_allocator);
    char *blocks[10 * FIT];
    fill(s, 10 * FIT, blocks);
    size_t requests = source_requests(s.source);

    for (int round = 0; round < 5; round++) {
        region_allocator.clear(s.heap);
        ck_assert_str_eq(rule_broken(s), "none");
        fill(s, 10 * FIT, blocks);
    }

    ck_assert_uint_eq(source_requests(s.source), requests);
    scene_close(s);
}
END_TEST

START_TEST(large_blocks_go_back_at_once_and_small_ones_by_trim)
{
    struct scene s = scene_open(&region_allocator);
    char *blocks[4 * FIT];
    fill(s, 4 * FIT, blocks);
    size_t committed = source_committed(s.source);

    region_allocator.free(s.heap,
                          region_allocator.malloc(s.heap, (size_t)1 << 20));
    ck_assert_uint_eq(source_committed(s.source), committed);
    for (size_t i = 0; i < 3 * FIT; i++)
        region_allocator.free(s.heap, blocks[i]);
    ck_assert_uint_eq(source_committed(s.source), committed);

    ck_assert_uint_eq(region_allocator.trim(s.heap), 3 * CHUNK);
    ck_assert_uint_eq(source_committed(s.source), committed - 3 * CHUNK);
    ck_assert_str_eq(rule_broken(s), "none");
    scene_close(s);
}
END_TEST

START_TEST(a_callers_mistake_is_named)
{
    struct scene s = scene_open(&region_allocator);
    const char *foreign =
        "region: foreign pointer: malloc never returned it\n";
    char *ptr = region_allocator.malloc(s.heap, 100);
    char *second = region_allocator.malloc(s.heap, 100);
    int local = 0;

    expect_mistake(s, ptr + 8, foreign);
    expect_mistake(s, &local, foreign);
    expect_mistake(s, s.heap, foreign);
    region_allocator.free(s.heap, ptr);
    expect_mistake(s, ptr,
                   "region: double free: the block is free already\n");
    region_allocator.free(s.heap, second);
    expect_mistake(s, second,
                   "region: double free: the block is free already\n");
    scene_close(s);
}
END_TEST

/* --- every request to the source refused in turn ------------------------------ */

/* Makes and frees blocks of all kinds; returns how many there were. */
static size_t use_all(struct scene s)
{
    char *got[5 * FIT + 4];
    size_t count = 0;
    for (size_t i = 0; i < 5 * FIT; i++)
        got[count++] = region_allocator.malloc(s.heap, 1000);
    got[count++] = region_allocator.malloc(s.heap, 100000);
    got[count++] = region_allocator.aligned_alloc(s.heap, 4 * CHUNK, 100);
    got[count++] = region_allocator.aligned_alloc(s.heap, 4096, 9000);
    got[count++] = region_allocator.realloc(s.heap, NULL, 50000);
    ck_assert_str_eq(rule_broken(s), "none");
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        made += got[i] != NULL;
        region_allocator.free(s.heap, got[i]);
    }
    ck_assert_str_eq(rule_broken(s), "none");
    return made;
}

START_TEST(whichever_request_is_refused_the_heap_is_sound_and_goes_on)
{
    const size_t all = 5 * FIT + 4;
    bool refused = true;

    for (size_t n = 1; refused; n++) {
        struct scene s = scene_open(&region_allocator);
        source_fail(s.source, n, false);
        size_t made = use_all(s);
        refused = source_refusals(s.source) > 0;
        ck_assert(made == all - refused);
        source_fail(s.source, 0, false);
        ck_assert_uint_eq(use_all(s), all);
        scene_close(s);
        ck_assert_uint_lt(n, 100);
    }
}
END_TEST

/* --- broken heaps ------------------------------------------------------------- */

/* Three chunks: one empty, one full, one current. */
static struct scene scene_to_break(char **blocks)
{
    struct scene s = scene_open(&region_allocator);
    fill(s, 2 * FIT + 5, blocks);
    for (size_t i = 0; i < FIT; i++)
        region_allocator.free(s.heap, blocks[i]);
    ck_assert_uint_eq(s.heap->chunk_count, 3);
    return s;
}

START_TEST(r1_is_a_chunk_that_is_not_where_the_table_says)
{
    char *blocks[2 * FIT + 5];
    struct scene s = scene_to_break(blocks);
    struct chunk *full = &s.heap->chunks[1];

    expect_rule(s, &full->start, (uintptr_t)full->start + 16, "R1");
    expect_rule(s, &full->size, 0, "R1");
    expect_rule(s, &full->size, CHUNK + 16, "R1");
    expect_rule(s, &full->size, UINT64_MAX - 4095, "R1");
    scene_close(s);
}
END_TEST

START_TEST(r2_is_room_outside_the_current_chunk)
{
    char *blocks[2 * FIT + 5];
    struct scene s = scene_to_break(blocks);

    expect_rule(s, &s.heap->next, (uintptr_t)s.heap->next + 8, "R2");
    expect_rule(s, &s.heap->next, (uintptr_t)s.heap->end + 16, "R2");
    expect_rule(s, &s.heap->next, 0, "R2");
    expect_rule(s, &s.heap->end, (uintptr_t)s.heap->end + 16, "R2");
    expect_rule(s, &s.heap->current, 8, "R2");
    scene_close(s);
}
END_TEST

START_TEST(r3_is_a_size_that_no_block_has)
{
    char *blocks[2 * FIT + 5];
    struct scene s = scene_to_break(blocks);
    struct block *block = block_of(blocks[FIT + 3]);

    expect_rule(s, &block->size, 0, "R3");
    expect_rule(s, &block->size, 1, "R3");
    expect_rule(s, &block->size, 1000, "R3");
    scene_close(s);
}
END_TEST

START_TEST(r4_is_a_block_that_reaches_beyond_its_chunk_or_next)
{
    char *blocks[2 * FIT + 5];
    struct scene s = scene_to_break(blocks);
    struct block *latest = block_of(blocks[2 * FIT + 4]);

    expect_rule(s, &block_of(blocks[FIT])->size, 2 * CHUNK, "R4");
    expect_rule(s, &block_of(blocks[FIT])->size, UINT64_MAX - 15, "R4");
    expect_rule(s, &latest->size, 1024, "R4");
    scene_close(s);
}
END_TEST

START_TEST(r5_is_a_count_that_is_not_of_the_live_blocks)
{
    char *blocks[2 * FIT + 5];
    struct scene s = scene_to_break(blocks);
    struct block *block = block_of(blocks[FIT + 3]);

    expect_rule(s, &s.heap->chunks[1].count, FIT + 1, "R5");
    expect_rule(s, &s.heap->chunks[2].count, 0, "R5");
    expect_rule(s, &block->size, block->size | FREED, "R5");
    scene_close(s);
}
END_TEST

START_TEST(r6_is_a_list_of_other_than_the_empty_chunks)
{
    char *blocks[2 * FIT + 5];
    struct scene s = scene_to_break(blocks);
    struct chunk *empty = &s.heap->chunks[0];

    expect_rule(s, &s.heap->empty, 0, "R6");
    expect_rule(s, &s.heap->empty, (uintptr_t)&s.heap->chunks[1], "R6");
    expect_rule(s, &s.heap->empty, (uintptr_t)empty + 8, "R6");
    expect_rule(s, &s.heap->empty, UINT64_MAX, "R6");
    expect_rule(s, &empty->next, (uintptr_t)empty, "R6");
    expect_rule(s, &empty->next, (uintptr_t)&s.heap->chunks[1], "R6");
    scene_close(s);
}
END_TEST

START_TEST(any_word_of_the_table_can_be_broken_and_walk_ends)
{
    char *blocks[2 * FIT + 5];
    struct scene s = scene_to_break(blocks);
    uint64_t random = 5;
    uint64_t *words = (uint64_t *)s.heap->chunks;

    for (size_t i = 0; i < 3 * sizeof(struct chunk) / 8; i++) {
        for (int try = 0; try < 200; try++) {
            uint64_t old = words[i];
            size_t count = 0;
            words[i] = old ^ (uint64_t)1 << random_below(&random, 64);
            if (try % 3 == 0)
                words[i] = next_random(&random) >> random_below(&random, 64);
            (void)rule_broken(s);
            region_allocator.walk(s.heap, count_pieces, &count);
            ck_assert_uint_lt(count, 10000);
            words[i] = old;
        }
    }

    ck_assert_str_eq(rule_broken(s), "none");
    scene_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("region");
    TCase *tcase = tcase_create("region");
    tcase_set_timeout(tcase, 60);
#define ADD(test) tcase_add_test(tcase, test)
    ADD(what_is_freed_in_opposite_order_is_given_back_exactly);
    ADD(the_latest_block_is_resized_where_it_is);
    ADD(a_block_in_the_middle_is_not_used_again);
    ADD(a_chunk_comes_back_when_its_last_block_goes);
    ADD(one_live_block_keeps_its_chunk);
    ADD(clear_keeps_the_chunks_and_asks_the_source_for_nothing);
    ADD(large_blocks_go_back_at_once_and_small_ones_by_trim);
    ADD(a_callers_mistake_is_named);
    ADD(whichever_request_is_refused_the_heap_is_sound_and_goes_on);
    ADD(r1_is_a_chunk_that_is_not_where_the_table_says);
    ADD(r2_is_room_outside_the_current_chunk);
    ADD(r3_is_a_size_that_no_block_has);
    ADD(r4_is_a_block_that_reaches_beyond_its_chunk_or_next);
    ADD(r5_is_a_count_that_is_not_of_the_live_blocks);
    ADD(r6_is_a_list_of_other_than_the_empty_chunks);
    ADD(any_word_of_the_table_can_be_broken_and_walk_ends);
#undef ADD
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
