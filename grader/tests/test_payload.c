/*
 * test_payload.c - what is written into blocks, and that any change shows.
 */
#include "grader/runner/payload.h"

#include "grader/tests/help.h"

#define ROOM 300

START_TEST(a_block_that_was_filled_is_whole)
{
    unsigned char block[ROOM];
    struct damage damage;

    for (size_t size = 0; size < ROOM; size++) {
        payload_fill(block, size, size * 3);
        ck_assert(payload_whole(block, size, size * 3, &damage));
    }
}
END_TEST

START_TEST(filling_writes_no_byte_too_many)
{
    unsigned char block[ROOM];

    for (size_t size = 0; size < 40; size++) {
        memset(block, 0xee, sizeof(block));
        payload_fill(block + 3, size, 1); /* not aligned either */
        ck_assert_uint_eq(block[2], 0xee);
        ck_assert_uint_eq(block[3 + size], 0xee);
    }
}
END_TEST

START_TEST(a_change_of_any_one_byte_is_found_where_it_is)
{
    unsigned char block[ROOM];
    struct damage damage;

    for (size_t size = 1; size < 70; size++) {
        for (size_t at = 0; at < size; at++) {
            payload_fill(block, size, 99);
            block[at] ^= 0x10;
            ck_assert(!payload_whole(block, size, 99, &damage));
            ck_assert_uint_eq(damage.at, at);
            ck_assert_uint_eq(damage.count, 1);
        }
    }
}
END_TEST

START_TEST(damage_reaches_from_the_first_wrong_byte_to_the_last)
{
    unsigned char block[ROOM];
    struct damage damage;
    payload_fill(block, sizeof(block), 5);
    block[17] ^= 1;
    block[256] ^= 1;

    ck_assert(!payload_whole(block, sizeof(block), 5, &damage));

    ck_assert_uint_eq(damage.at, 17);
    ck_assert_uint_eq(damage.count, 240);
}
END_TEST

START_TEST(the_bytes_of_another_operation_are_wrong)
{
    unsigned char block[ROOM];
    struct damage damage;

    for (uint64_t op = 0; op < 2000; op++) {
        payload_fill(block, 8, op);
        ck_assert(!payload_whole(block, 8, op + 1, &damage));
        ck_assert(!payload_zero(block, 8, &damage));
    }
}
END_TEST

START_TEST(the_bytes_of_another_place_are_wrong)
{
    unsigned char block[ROOM];
    struct damage damage;
    payload_fill(block, sizeof(block), 5);

    memmove(block, block + 16, sizeof(block) - 16);

    ck_assert(!payload_whole(block, sizeof(block) - 16, 5, &damage));
    ck_assert_uint_eq(damage.at, 0);
}
END_TEST

START_TEST(zeroes_are_zero_and_nothing_else_is)
{
    unsigned char block[ROOM] = {0};
    struct damage damage;

    for (size_t size = 0; size < ROOM; size++)
        ck_assert(payload_zero(block, size, &damage));
    for (size_t at = 0; at < ROOM; at++) {
        block[at] = 1;
        ck_assert(!payload_zero(block, ROOM, &damage));
        ck_assert_uint_eq(damage.at, at);
        ck_assert_uint_eq(damage.count, 1);
        ck_assert(payload_zero(block, at, &damage));
        block[at] = 0;
    }
}
END_TEST

static Suite *payload_suite(void)
{
    Suite *suite = suite_create("payload");
    TCase *tcase = tcase_create("payload");

    tcase_add_test(tcase, a_block_that_was_filled_is_whole);
    tcase_add_test(tcase, filling_writes_no_byte_too_many);
    tcase_add_test(tcase, a_change_of_any_one_byte_is_found_where_it_is);
    tcase_add_test(tcase,
                   damage_reaches_from_the_first_wrong_byte_to_the_last);
    tcase_add_test(tcase, the_bytes_of_another_operation_are_wrong);
    tcase_add_test(tcase, the_bytes_of_another_place_are_wrong);
    tcase_add_test(tcase, zeroes_are_zero_and_nothing_else_is);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(payload_suite());
}
