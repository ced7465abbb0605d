/*
 * test_floor.c - the least that an allocator could do is still right.
 */
#include "grader/runner/floor.h"

#include "grader/tests/help.h"

#define MEMORY ((size_t)64 << 20)
#define SLOTS  500

static struct floor floor_heap;
static char *memory;

static void setup(void)
{
    memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    floor_init(&floor_heap, memory, MEMORY);
}

static void teardown(void)
{
    munmap(memory, MEMORY);
}

/* A block in use, all of whose bytes are mark. */
struct slot {
    unsigned char *block;
    size_t size;
    unsigned char mark;
};

static bool is_whole(const struct slot *slot)
{
    for (size_t i = 0; i < slot->size; i++) {
        if (slot->block[i] != slot->mark)
            return false;
    }
    return true;
}

START_TEST(blocks_are_aligned_and_never_overlap)
{
    static struct slot slots[SLOTS];
    uint64_t random = 3;

    for (int i = 0; i < 20000; i++) {
        struct slot *slot = &slots[random_below(&random, SLOTS)];
        if (slot->block != NULL) {
            ck_assert(is_whole(slot));
            floor_free(&floor_heap, slot->block, slot->size);
        }
        slot->size = (size_t)random_below(
            &random, (uint64_t)1 << random_below(&random, 15));
        slot->mark = (unsigned char)next_random(&random);
        slot->block = floor_malloc(&floor_heap, slot->size);
        ck_assert_ptr_nonnull(slot->block);
        ck_assert_uint_eq((uintptr_t)slot->block % 16, 0);
        ck_assert_uint_le(slot->size,
                          (size_t)(memory + MEMORY - (char *)slot->block));
        memset(slot->block, slot->mark, slot->size);
    }
    for (size_t i = 0; i < SLOTS; i++)
        ck_assert(is_whole(&slots[i]));
}
END_TEST

START_TEST(what_was_freed_last_comes_back_first)
{
    void *first = floor_malloc(&floor_heap, 100);
    void *second = floor_malloc(&floor_heap, 100);
    floor_free(&floor_heap, first, 100);
    floor_free(&floor_heap, second, 100);

    ck_assert_ptr_eq(floor_malloc(&floor_heap, 100), second);
    ck_assert_ptr_eq(floor_malloc(&floor_heap, 100), first);
}
END_TEST

START_TEST(a_size_of_no_bytes_is_a_block_of_its_own)
{
    void *first = floor_malloc(&floor_heap, 0);
    void *second = floor_malloc(&floor_heap, 0);

    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_ne(first, second);
}
END_TEST

START_TEST(a_class_is_at_most_a_quarter_larger_than_what_it_is_for)
{
    for (size_t size = 64; size < 100000; size++) {
        char *start = floor_heap.next;
        floor_malloc(&floor_heap, size);
        ck_assert_uint_ge((size_t)(floor_heap.next - start), size);
        ck_assert_uint_le((size_t)(floor_heap.next - start), size + size / 4);
        floor_init(&floor_heap, memory, MEMORY);
    }
}
END_TEST

START_TEST(memory_that_is_used_up_gives_null_and_keeps_the_rest)
{
    void *block = floor_malloc(&floor_heap, 1000);

    ck_assert_ptr_null(floor_malloc(&floor_heap, MEMORY));
    ck_assert_ptr_null(floor_malloc(&floor_heap, (size_t)1 << 40));
    ck_assert_ptr_nonnull(floor_malloc(&floor_heap, MEMORY / 2));
    floor_free(&floor_heap, NULL, 1000);
    floor_free(&floor_heap, block, 1000);
    ck_assert_ptr_eq(floor_malloc(&floor_heap, 1000), block);
}
END_TEST

static Suite *floor_suite(void)
{
    Suite *suite = suite_create("floor");
    TCase *tcase = tcase_create("floor");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, blocks_are_aligned_and_never_overlap);
    tcase_add_test(tcase, what_was_freed_last_comes_back_first);
    tcase_add_test(tcase, a_size_of_no_bytes_is_a_block_of_its_own);
    tcase_add_test(tcase,
                   a_class_is_at_most_a_quarter_larger_than_what_it_is_for);
    tcase_add_test(tcase,
                   memory_that_is_used_up_gives_null_and_keeps_the_rest);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(floor_suite());
}
