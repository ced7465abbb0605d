/*
 * test_bits.c - powers of two, against the plain definition.
 */
#include "allocators/bits.h"

#include "allocators/tests/help.h"

START_TEST(only_numbers_with_one_bit_are_powers_of_two)
{
    ck_assert(!is_power_of_two(0));
    ck_assert(is_power_of_two(1));
    ck_assert(is_power_of_two(64));
    ck_assert(!is_power_of_two(65));
    ck_assert(!is_power_of_two(SIZE_MAX));
    ck_assert(is_power_of_two((size_t)1 << 63));
}
END_TEST

START_TEST(rounding_reaches_the_nearest_multiple)
{
    for (size_t unit = 1; unit <= 4096; unit *= 2) {
        for (size_t value = 0; value < 3 * unit; value++) {
            size_t down = value - value % unit;
            size_t up = value == down ? value : down + unit;
            expect(round_down(value, unit) == down &&
                       round_up(value, unit) == up,
                   "%zu rounds to neither %zu nor %zu", value, down, up);
        }
    }
}
END_TEST

START_TEST(rounding_works_up_to_the_largest_sizes)
{
    ck_assert_uint_eq(round_up(SIZE_MAX - 15, 16), SIZE_MAX - 15);
    ck_assert_uint_eq(round_up(PTRDIFF_MAX, 4096), (size_t)1 << 63);
    ck_assert_uint_eq(round_down(SIZE_MAX, 16), SIZE_MAX - 15);
}
END_TEST

START_TEST(logarithms_enclose_their_number)
{
    unsigned floor = 0;
    for (size_t value = 1; value < 100000; value++) {
        if (value == (size_t)2 << floor)
            floor++;
        unsigned ceiling = is_power_of_two(value) ? floor : floor + 1;
        expect(log2_floor(value) == floor && log2_ceil(value) == ceiling,
               "the logarithm of %zu is not %u to %u", value, floor, ceiling);
    }
    ck_assert_uint_eq(log2_floor(SIZE_MAX), 63);
    ck_assert_uint_eq(log2_ceil(SIZE_MAX), 64);
}
END_TEST

static Suite *bits_suite(void)
{
    Suite *suite = suite_create("bits");
    TCase *tcase = tcase_create("bits");
    tcase_add_test(tcase, only_numbers_with_one_bit_are_powers_of_two);
    tcase_add_test(tcase, rounding_reaches_the_nearest_multiple);
    tcase_add_test(tcase, rounding_works_up_to_the_largest_sizes);
    tcase_add_test(tcase, logarithms_enclose_their_number);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(bits_suite());
}
