/*
 * test_buddy.c - what is buddy's alone: halves that split and merge, and
 * nothing of the allocator's in the blocks.
 */
#include "allocators/bits.h"
#include "allocators/tests/policy.h"

extern const struct allocator buddy_allocator;

/* As in buddy.c, so that what is there can be broken. */
#define UNIT   ALIGNMENT
#define SPAN   (64 * UNIT)
#define ARENA  (64 * SPAN)
#define ORDERS 13U

struct span {
    uint64_t begins;
    uint64_t free;
};

struct link {
    struct link *next;
    struct link *prev;
};

struct heap {
    struct source *source;
    char *top;
    char *lowest;
    uint64_t nonempty;
    struct link lists[ORDERS];
    struct span spans[];
};

static struct span *span_of(struct heap *heap, const void *ptr)
{
    return &heap->spans[(size_t)(heap->top - 1 - (const char *)ptr) / SPAN];
}

static void *get(struct scene s, size_t size)
{
    void *ptr = buddy_allocator.malloc(s.heap, size);
    ck_assert_ptr_nonnull(ptr);
    return ptr;
}

START_TEST(a_block_is_the_next_power_of_two_at_a_multiple_of_it)
{
    struct scene s = scene_open(&buddy_allocator);

    for (size_t size = 1; size <= ARENA; size = size * 5 / 4 + 1) {
        char *ptr = get(s, size);
        size_t usable = buddy_allocator.usable_size(s.heap, ptr);
        ck_assert(is_power_of_two(usable) && usable >= size);
        ck_assert(usable == UNIT || usable / 2 < size);
        ck_assert_uint_eq((uintptr_t)ptr % usable, 0);
    }

    ck_assert_str_eq(rule_broken(s), "none");
    scene_close(s);
}
END_TEST

START_TEST(halves_are_used_and_merge_again)
{
    struct scene s = scene_open(&buddy_allocator);
    char *low = get(s, 32);
    char *high = get(s, 32);
    ck_assert_ptr_eq(high, low + 32);

    buddy_allocator.free(s.heap, low);
    ck_assert_uint_eq(s.heap->nonempty >> (ORDERS - 1), 0);
    buddy_allocator.free(s.heap, high);

    ck_assert_uint_eq(s.heap->nonempty, (uint64_t)1 << (ORDERS - 1));
    ck_assert_ptr_eq(get(s, ARENA), low);
    scene_close(s);
}
END_TEST

START_TEST(neighbours_that_are_not_buddies_do_not_merge)
{
    struct scene s = scene_open(&buddy_allocator);
    char *first = get(s, 16);
    char *second = get(s, 16);
    char *third = get(s, 16);
    char *fourth = get(s, 16);

    buddy_allocator.free(s.heap, second);
    buddy_allocator.free(s.heap, third);

    ck_assert_uint_eq(s.heap->nonempty & 3, 1);
    buddy_allocator.free(s.heap, first);
    ck_assert_uint_eq(s.heap->nonempty & 3, 3);
    buddy_allocator.free(s.heap, fourth);
    ck_assert_uint_eq(s.heap->nonempty & 3, 0);
    scene_close(s);
}
END_TEST

START_TEST(shrinking_gives_the_halves_back_in_place)
{
    struct scene s = scene_open(&buddy_allocator);
    char *ptr = get(s, ARENA);

    ck_assert_ptr_eq(buddy_allocator.realloc(s.heap, ptr, 100), ptr);

    ck_assert_uint_eq(buddy_allocator.usable_size(s.heap, ptr), 128);
    ck_assert_ptr_eq(get(s, ARENA / 2), ptr + ARENA / 2);
    ck_assert_str_eq(rule_broken(s), "none");
    scene_close(s);
}
END_TEST

/* Times 2^k bytes commit that much, and at most 2 %, whatever k is. */
START_TEST(powers_of_two_commit_themselves_and_two_percent)
{
    size_t size = (size_t)16 << _i;
    size_t total = (size_t)(under_valgrind() || SANITIZED ? 8 : 256) << 20;
    struct scene s = scene_open(&buddy_allocator);

    for (size_t i = 0; i < total / size; i++) {
        if (buddy_allocator.malloc(s.heap, size) == NULL)
            ck_abort_msg("refused");
    }

    ck_assert_uint_ge(source_peak(s.source), total);
    ck_assert_uint_le(source_peak(s.source), total + total / 50);
    scene_close(s);
}
END_TEST

START_TEST(aligning_costs_nothing_up_to_the_size)
{
    struct scene s = scene_open(&buddy_allocator);

    for (size_t size = UNIT; size <= ARENA; size *= 2) {
        char *ptr = buddy_allocator.aligned_alloc(s.heap, size, size);
        ck_assert_uint_eq((uintptr_t)ptr % size, 0);
        ck_assert_uint_eq(buddy_allocator.usable_size(s.heap, ptr), size);
    }

    scene_close(s);
}
END_TEST

START_TEST(large_blocks_are_runs_of_pages_that_go_back_at_once)
{
    struct scene s = scene_open(&buddy_allocator);
    (void)get(s, 1);
    size_t committed = source_committed(s.source);

    char *ptr = get(s, ARENA + 1);
    ck_assert_uint_eq(buddy_allocator.usable_size(s.heap, ptr),
                      ARENA + source_page_size());
    buddy_allocator.free(s.heap, ptr);

    ck_assert_uint_eq(source_committed(s.source), committed);
    ck_assert_str_eq(rule_broken(s), "none");
    scene_close(s);
}
END_TEST

START_TEST(trim_gives_back_whole_arenas)
{
    struct scene s = scene_open(&buddy_allocator);
    char *blocks[4];
    for (int i = 0; i < 4; i++)
        blocks[i] = get(s, ARENA);
    for (int i = 0; i < 3; i++)
        buddy_allocator.free(s.heap, blocks[i]);

    ck_assert_uint_eq(buddy_allocator.trim(s.heap), 3 * ARENA);

    ck_assert_uint_eq(buddy_allocator.trim(s.heap), 0);
    ck_assert_str_eq(rule_broken(s), "none");
    scene_close(s);
}
END_TEST

START_TEST(a_callers_mistake_is_named)
{
    struct scene s = scene_open(&buddy_allocator);
    const char *foreign =
        "buddy: foreign pointer: malloc never returned it\n";
    const char *twice = "buddy: double free: the block is free already\n";
    char *ptr = get(s, 100);
    char *large = get(s, 2 * ARENA);
    int local = 0;

    expect_mistake(s, ptr + 8, foreign);
    expect_mistake(s, ptr + 64, foreign);
    expect_mistake(s, large + ARENA, foreign);
    expect_mistake(s, &local, foreign);
    expect_mistake(s, s.heap, foreign);
    char *other = get(s, 100);
    buddy_allocator.free(s.heap, ptr);
    expect_mistake(s, ptr, twice);
    buddy_allocator.free(s.heap, other);
    expect_mistake(s, ptr, twice);
    expect_mistake(s, other, foreign);
    scene_close(s);
}
END_TEST

/* --- every request to the source refused in turn ------------------------------ */

/* Makes and frees blocks of all kinds; returns how many there were. */
static size_t use_all(struct scene s)
{
    void *got[300];
    size_t made = 0;
    size_t count = 0;
    while (count < 297)
        got[count++] = buddy_allocator.malloc(s.heap, 1000);
    got[count++] = buddy_allocator.malloc(s.heap, 100000);
    got[count++] = buddy_allocator.aligned_alloc(s.heap, 4 * ARENA, 100);
    got[count++] = buddy_allocator.malloc(s.heap, ARENA);
    ck_assert_str_eq(rule_broken(s), "none");
    for (size_t i = 0; i < count; i++) {
        made += got[i] != NULL;
        buddy_allocator.free(s.heap, got[i]);
    }
    ck_assert_str_eq(rule_broken(s), "none");
    return made;
}

START_TEST(whichever_request_is_refused_the_heap_is_sound_and_goes_on)
{
    bool refused = true;

    for (size_t n = 1; refused; n++) {
        struct scene s = scene_open(&buddy_allocator);
        source_fail(s.source, n, false);
        size_t made = use_all(s);
        refused = source_refusals(s.source) > 0;
        ck_assert(made == (size_t)300 - refused);
        source_fail(s.source, 0, false);
        ck_assert_uint_eq(use_all(s), 300);
        scene_close(s);
        ck_assert_uint_lt(n, 100);
    }
}
END_TEST

/* --- broken heaps ------------------------------------------------------------- */

/* Blocks of 16 bytes, the first and third of four free; a large one; the
   rest of the arena is free in all orders from 2. */
struct sample {
    struct scene s;
    char *block[4];
    char *large;
};

static struct sample sample_open(void)
{
    struct sample h = {.s = scene_open(&buddy_allocator)};
    for (int i = 0; i < 4; i++)
        h.block[i] = get(h.s, 16);
    h.large = get(h.s, 2 * ARENA);
    buddy_allocator.free(h.s.heap, h.block[0]);
    buddy_allocator.free(h.s.heap, h.block[2]);
    return h;
}

START_TEST(b1_is_a_run_without_its_pages)
{
    struct sample h = sample_open();
    uint64_t *bytes = &span_of(h.s.heap, h.large)->free;

    expect_rule(h.s, bytes, 4 * ARENA, "B1");
    expect_rule(h.s, bytes, UINT64_MAX, "B1");
    expect_rule(h.s, &span_of(h.s.heap, h.large + ARENA)->free, 4096 * ARENA,
                "B1");
    scene_close(h.s);
}
END_TEST

START_TEST(b2_is_bits_that_are_no_tiling)
{
    struct sample h = sample_open();
    struct span *span = span_of(h.s.heap, h.block[0]);
    struct span *inside = span_of(h.s.heap, h.block[0] + 3 * ARENA / 4);

    expect_rule(h.s, &span->begins, span->begins & ~(uint64_t)4, "B2");
    expect_rule(h.s, &span->begins, span->begins | (uint64_t)1 << 63, "B2");
    expect_rule(h.s, &inside->begins, 2, "B2");
    expect_rule(h.s, &span->free, span->free | (uint64_t)1 << 63, "B2");
    scene_close(h.s);
}
END_TEST

START_TEST(b3_is_two_buddies_that_are_both_free)
{
    struct sample h = sample_open();
    struct span *span = span_of(h.s.heap, h.block[0]);

    expect_rule(h.s, &span->free, span->free | 2, "B3");
    scene_close(h.s);
}
END_TEST

START_TEST(b4_is_a_list_of_other_than_the_free_blocks_of_an_order)
{
    struct sample h = sample_open();
    struct link *first = (struct link *)h.block[2];
    struct link *head = &h.s.heap->lists[0];
    struct span *span = span_of(h.s.heap, first);

    ck_assert_ptr_eq(head->next, first);
    expect_rule(h.s, &head->next, (uintptr_t)first->next, "B4");
    expect_rule(h.s, &head->next, (uintptr_t)head, "B4");
    expect_rule(h.s, &head->next, 8, "B4");
    expect_rule(h.s, &head->prev, (uintptr_t)first, "B4");
    expect_rule(h.s, &first->next, (uintptr_t)head, "B4");
    expect_rule(h.s, &first->next, (uintptr_t)first, "B4");
    expect_rule(h.s, &first->next, (uintptr_t)h.block[1], "B4");
    expect_rule(h.s, &first->next, (uintptr_t)h.large, "B4");
    expect_rule(h.s, &first->prev, (uintptr_t)first, "B4");
    expect_rule(h.s, &span->free, span->free & ~(uint64_t)1, "B4");
    scene_close(h.s);
}
END_TEST

START_TEST(b5_is_a_bit_for_an_empty_list_or_none_for_another)
{
    struct sample h = sample_open();
    uint64_t bits = h.s.heap->nonempty;

    expect_rule(h.s, &h.s.heap->nonempty, bits & ~(uint64_t)1, "B5");
    expect_rule(h.s, &h.s.heap->nonempty, bits | 2, "B5");
    scene_close(h.s);
}
END_TEST

START_TEST(any_word_of_the_table_can_be_broken_and_looking_ends)
{
    struct sample h = sample_open();
    uint64_t random = 5;
    uint64_t *words = (uint64_t *)h.s.heap->spans;
    size_t count = (size_t)(h.s.heap->top - h.s.heap->lowest) / SPAN * 2;

    for (size_t i = 0; i < count; i++) {
        for (int try = 0; try < 30; try++) {
            uint64_t old = words[i];
            size_t pieces = 0;
            words[i] = old ^ (uint64_t)1 << random_below(&random, 64);
            if (try % 3 == 0)
                words[i] = next_random(&random) >> random_below(&random, 64);
            (void)rule_broken(h.s);
            buddy_allocator.walk(h.s.heap, count_pieces, &pieces);
            buddy_allocator.lists(h.s.heap, count_pieces, &pieces);
            ck_assert_uint_lt(pieces, 100000);
            words[i] = old;
        }
    }

    ck_assert_str_eq(rule_broken(h.s), "none");
    scene_close(h.s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buddy");
    TCase *tcase = tcase_create("buddy");
    tcase_set_timeout(tcase, 120);
#define ADD(test) tcase_add_test(tcase, test)
    ADD(a_block_is_the_next_power_of_two_at_a_multiple_of_it);
    ADD(halves_are_used_and_merge_again);
    ADD(neighbours_that_are_not_buddies_do_not_merge);
    ADD(shrinking_gives_the_halves_back_in_place);
    tcase_add_loop_test(
        tcase, powers_of_two_commit_themselves_and_two_percent, 0, 17);
    ADD(aligning_costs_nothing_up_to_the_size);
    ADD(large_blocks_are_runs_of_pages_that_go_back_at_once);
    ADD(trim_gives_back_whole_arenas);
    ADD(a_callers_mistake_is_named);
    ADD(whichever_request_is_refused_the_heap_is_sound_and_goes_on);
    ADD(b1_is_a_run_without_its_pages);
    ADD(b2_is_bits_that_are_no_tiling);
    ADD(b3_is_two_buddies_that_are_both_free);
    ADD(b4_is_a_list_of_other_than_the_free_blocks_of_an_order);
    ADD(b5_is_a_bit_for_an_empty_list_or_none_for_another);
    ADD(any_word_of_the_table_can_be_broken_and_looking_ends);
#undef ADD
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
