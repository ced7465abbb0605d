/*
 * test_contract.c - what malloc.h promises of each call, on every allocator.
 *
 * Random workloads are in test_contract_random.c, refusals and shortage in
 * test_contract_faults.c.
 */
#include "allocators/tests/contract.h"

#include <errno.h>

START_TEST(size_0_gets_a_block_of_its_own)
{
    struct shadow *s = shadow_open(_i);

    unsigned char *p = shadow_malloc(s, 0);
    unsigned char *q = shadow_malloc(s, 0);
    unsigned char *r = shadow_calloc(s, 0, 16);
    unsigned char *t = shadow_aligned(s, 64, 0);

    ck_assert(p != NULL && q != NULL && r != NULL && t != NULL);
    expect_sound(s);
    shadow_free_all(s);
    expect_sound(s);
    shadow_close(s);
}
END_TEST

START_TEST(every_block_is_aligned_and_wholly_usable)
{
    struct shadow *s = shadow_open(_i);

    for (size_t size = 0; size <= 4096; size++) {
        ck_assert_ptr_nonnull(shadow_malloc(s, size));
        if (s->count == 256) {
            expect_contents(s);
            shadow_free_all(s);
        }
    }
    for (size_t size = 4096; size <= (size_t)8 << 20; size *= 2) {
        ck_assert_ptr_nonnull(shadow_malloc(s, size - 1));
        ck_assert_ptr_nonnull(shadow_malloc(s, size + 1));
    }

    expect_contents(s);
    expect_sound(s);
    shadow_close(s);
}
END_TEST

START_TEST(aligned_blocks_are_aligned_as_asked)
{
    struct shadow *s = shadow_open(_i);
    const size_t sizes[] = {0, 1, 100, 1000, 5000, 70000};

    for (size_t alignment = 1; alignment <= (size_t)1 << 20; alignment *= 2) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            ck_assert_ptr_nonnull(shadow_aligned(s, alignment, sizes[i]));
            ck_assert_ptr_nonnull(shadow_malloc(s, sizes[i] % 300));
            expect_sound(s);
        }
    }

    expect_contents(s);
    shadow_free_all(s);
    expect_sound(s);
    shadow_close(s);
}
END_TEST

START_TEST(aligned_blocks_can_be_resized)
{
    struct shadow *s = shadow_open(_i);

    for (size_t alignment = 32; alignment <= 8192; alignment *= 2) {
        size_t which = s->count;
        ck_assert_ptr_nonnull(shadow_aligned(s, alignment, 200));
        ck_assert_ptr_nonnull(shadow_realloc(s, which, 3000));
        ck_assert_ptr_nonnull(shadow_realloc(s, which, 50));
        expect_sound(s);
    }

    expect_contents(s);
    shadow_close(s);
}
END_TEST

/* Every way of asking for more than there can be; returns NULL if all fail. */
static void *ask_too_much(const struct shadow *s, void *old, size_t size)
{
    const struct allocator *a = s->allocator;
    void *got = a->malloc(s->heap, size);
    if (got == NULL)
        got = heap_calloc(a, s->heap, 1, size);
    if (got == NULL)
        got = heap_calloc(a, s->heap, size, 1);
    if (got == NULL)
        got = heap_realloc(a, s->heap, old, size);
    if (got == NULL)
        got = heap_realloc(a, s->heap, NULL, size);
    for (size_t alignment = 1; got == NULL && alignment != 0; alignment *= 2)
        got = a->aligned_alloc(s->heap, alignment, size);
    return got;
}

START_TEST(too_much_returns_null_and_keeps_the_heap)
{
    struct shadow *s = shadow_open(_i);
    unsigned char *old = shadow_malloc(s, 100);
    ck_assert_ptr_nonnull(shadow_malloc(s, 5000));
    shadow_free(s, 1);
    size_t committed = source_committed(s->source);
    const size_t sizes[] = {
        (size_t)PTRDIFF_MAX + 1,
        (size_t)PTRDIFF_MAX + 17,
        SIZE_MAX,
        SIZE_MAX - 1,
        SIZE_MAX - 15,
        SIZE_MAX - 16,
        SIZE_MAX - 31,
        SIZE_MAX - 4096,
        PTRDIFF_MAX,
        PTRDIFF_MAX - 15,
        PTRDIFF_MAX - 4096,
        SIZE_MAX / 2 - 64,
    };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ck_assert_msg(ask_too_much(s, old, sizes[i]) == NULL,
                      "%s: gave a block of %zu bytes", s->name, sizes[i]);
        expect_sound(s);
    }

    ck_assert_uint_eq(source_committed(s->source), committed);
    expect_contents(s);
    ck_assert_ptr_nonnull(shadow_malloc(s, 5000));
    shadow_close(s);
}
END_TEST

START_TEST(an_alignment_beyond_the_range_fails)
{
    struct shadow *s = shadow_open(_i);
    size_t committed = source_committed(s->source);

    for (size_t shift = 40; shift < 64; shift++) {
        void *p = s->allocator->aligned_alloc(s->heap, (size_t)1 << shift, 1);
        ck_assert(p == NULL || (uintptr_t)p % ((size_t)1 << shift) == 0);
        if (shift >= 48)
            ck_assert_ptr_null(p);
    }

    ck_assert_uint_eq(source_committed(s->source), committed);
    expect_sound(s);
    shadow_close(s);
}
END_TEST

START_TEST(calloc_fails_if_the_product_overflows)
{
    struct shadow *s = shadow_open(_i);
    const struct allocator *a = s->allocator;
    const size_t half = (size_t)1 << 32;

    ck_assert_ptr_null(heap_calloc(a, s->heap, half, half));
    ck_assert_ptr_null(heap_calloc(a, s->heap, half + 1, half));
    ck_assert_ptr_null(heap_calloc(a, s->heap, SIZE_MAX, 2));
    ck_assert_ptr_null(heap_calloc(a, s->heap, 2, SIZE_MAX / 2 + 2));
    ck_assert_ptr_null(heap_calloc(a, s->heap, SIZE_MAX, SIZE_MAX));

    expect_sound(s);
    shadow_close(s);
}
END_TEST

START_TEST(calloc_clears_reused_memory)
{
    struct shadow *s = shadow_open(_i);

    for (int round = 0; round < 3; round++) {
        for (size_t size = 1; size < 40000; size += 1 + size / 4)
            ck_assert_ptr_nonnull(shadow_malloc(s, size));
        shadow_free_all(s);
        for (size_t size = 1; size < 40000; size += 1 + size / 3)
            ck_assert_ptr_nonnull(shadow_calloc(s, size, 1));
        shadow_free_all(s);
    }

    expect_sound(s);
    shadow_close(s);
}
END_TEST

START_TEST(realloc_keeps_the_contents_growing_and_shrinking)
{
    struct shadow *s = shadow_open(_i);
    ck_assert_ptr_nonnull(shadow_malloc(s, 1));

    /* Each grows between two others, so that it cannot always stay. */
    for (size_t size = 1; size < (size_t)1 << 20; size = size * 3 / 2 + 1) {
        ck_assert_ptr_nonnull(shadow_realloc(s, 0, size));
        ck_assert_ptr_nonnull(shadow_malloc(s, 10));
        struct shadow_block first = s->live[0];
        s->live[0] = s->live[s->count - 2];
        s->live[s->count - 2] = first;
        expect_sound(s);
    }
    for (size_t size = (size_t)1 << 20; size > 0; size = size * 2 / 3) {
        ck_assert_ptr_nonnull(shadow_realloc(s, s->count - 1, size));
        expect_sound(s);
    }

    expect_contents(s);
    shadow_close(s);
}
END_TEST

START_TEST(realloc_to_0_gives_a_block_of_size_0)
{
    struct shadow *s = shadow_open(_i);
    ck_assert_ptr_nonnull(shadow_malloc(s, 1000));
    ck_assert_ptr_nonnull(shadow_malloc(s, 1000));

    ck_assert_ptr_nonnull(shadow_realloc(s, 0, 0));
    ck_assert_ptr_nonnull(shadow_realloc(s, 0, 0));
    ck_assert_ptr_nonnull(shadow_realloc(s, 0, 100));

    ck_assert_uint_eq(s->count, 2);
    expect_sound(s);
    shadow_free_all(s);
    expect_sound(s);
    shadow_close(s);
}
END_TEST

START_TEST(realloc_of_null_is_malloc)
{
    struct shadow *s = shadow_open(_i);

    void *p = heap_realloc(s->allocator, s->heap, NULL, 100);
    void *q = heap_realloc(s->allocator, s->heap, NULL, 0);

    ck_assert_ptr_nonnull(shadow_add(s, p, 100, ALIGNMENT));
    ck_assert_ptr_nonnull(shadow_add(s, q, 0, ALIGNMENT));
    expect_contents(s);
    expect_sound(s);
    shadow_close(s);
}
END_TEST

START_TEST(free_of_null_does_nothing)
{
    struct shadow *s = shadow_open(_i);
    ck_assert_ptr_nonnull(shadow_malloc(s, 100));

    s->allocator->free(s->heap, NULL);

    expect_contents(s);
    expect_sound(s);
    shadow_close(s);
}
END_TEST

START_TEST(free_keeps_errno)
{
    struct shadow *s = shadow_open(_i);
    for (size_t size = 1; size < (size_t)4 << 20; size *= 2)
        ck_assert_ptr_nonnull(shadow_malloc(s, size));

    errno = E2BIG;
    while (s->count > 0) {
        s->allocator->free(s->heap, s->live[--s->count].ptr);
        s->allocator->free(s->heap, NULL);
        ck_assert_int_eq(errno, E2BIG);
    }

    shadow_close(s);
}
END_TEST

START_TEST(clear_frees_everything_and_the_heap_goes_on)
{
    struct shadow *s = shadow_open(_i);
    if (s->allocator->clear != NULL) {
        size_t committed = 0;
        s->allocator->clear(s->heap);
        for (int round = 0; round < 3; round++) {
            for (size_t i = 0; i < 200; i++)
                ck_assert_ptr_nonnull(shadow_malloc(s, i * 7));
            expect_sound(s);
            s->count = 0;
            s->allocator->clear(s->heap);
            expect_sound(s);
            if (round == 0)
                committed = source_committed(s->source);
        }
        ck_assert_uint_le(source_committed(s->source), committed);
    }
    shadow_close(s);
}
END_TEST

START_TEST(trim_gives_back_and_keeps_the_contents)
{
    struct shadow *s = shadow_open(_i);
    for (size_t i = 0; i < 300; i++)
        ck_assert_ptr_nonnull(shadow_malloc(s, 100 + i * 37));
    for (size_t i = 0; i < 100; i++)
        shadow_free(s, s->count - 1 - i % 50);
    size_t before = source_committed(s->source);

    size_t given = heap_trim(s->allocator, s->heap);

    expect_sound(s);
    expect_contents(s);
    ck_assert_uint_le(source_committed(s->source), before);
    ck_assert(given != 0 || source_committed(s->source) == before);
    for (size_t i = 0; i < 100; i++)
        ck_assert_ptr_nonnull(shadow_malloc(s, 100 + i * 37));
    shadow_free_all(s);
    before = source_committed(s->source);
    (void)heap_trim(s->allocator, s->heap);
    if ((s->allocator->traits & TRAIT_GIVES_BACK) != 0)
        ck_assert_uint_lt(source_committed(s->source), before);
    expect_sound(s);
    shadow_close(s);
}
END_TEST

START_TEST(memory_is_used_again)
{
    struct shadow *s = shadow_open(_i);
    size_t first = 0;

    for (int round = 0; round < 20 && !never_reuses(s); round++) {
        for (size_t i = 0; i < 200; i++)
            ck_assert_ptr_nonnull(shadow_malloc(s, i * 7));
        shadow_free_all(s);
        if (round == 0)
            first = source_peak(s->source);
    }

    if (!never_reuses(s))
        ck_assert_uint_le(source_peak(s->source), first * 3 / 2);
    shadow_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("contract");
    for (size_t entry = 0; entry < contract_count(); entry++) {
        TCase *tcase = contract_case(suite, entry);
        int first = (int)entry * 2;
#define ADD(test) tcase_add_loop_test(tcase, test, first, first + 2)
        ADD(size_0_gets_a_block_of_its_own);
        ADD(every_block_is_aligned_and_wholly_usable);
        ADD(aligned_blocks_are_aligned_as_asked);
        ADD(aligned_blocks_can_be_resized);
        ADD(too_much_returns_null_and_keeps_the_heap);
        ADD(an_alignment_beyond_the_range_fails);
        ADD(calloc_fails_if_the_product_overflows);
        ADD(calloc_clears_reused_memory);
        ADD(realloc_keeps_the_contents_growing_and_shrinking);
        ADD(realloc_to_0_gives_a_block_of_size_0);
        ADD(realloc_of_null_is_malloc);
        ADD(free_of_null_does_nothing);
        ADD(free_keeps_errno);
        ADD(clear_frees_everything_and_the_heap_goes_on);
        ADD(trim_gives_back_and_keeps_the_contents);
        ADD(memory_is_used_again);
#undef ADD
    }
    return run_suite(suite);
}
