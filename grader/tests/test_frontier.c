/*
 * test_frontier.c - who is beaten by nobody in cost and utilization together.
 */
#include "grader/figures/frontier.h"

#include "grader/tests/help.h"

START_TEST(who_is_dearer_and_looser_than_another_is_beaten)
{
    struct point points[] = {
        {80, 0.2, true, false},  {130, 0.6, true, false},
        {140, 0.5, true, false}, {700, 0.8, true, false},
        {900, 0.8, true, false},
    };

    ck_assert_uint_eq(frontier_mark(points, 5), 3);

    ck_assert(points[0].on);
    ck_assert(points[1].on);
    ck_assert(!points[2].on);
    ck_assert(points[3].on);
    ck_assert(!points[4].on);
}
END_TEST

START_TEST(equals_do_not_beat_each_other)
{
    struct point points[] = {{80, 0.5, true, false}, {80, 0.5, true, false}};

    ck_assert_uint_eq(frontier_mark(points, 2), 2);
}
END_TEST

START_TEST(one_that_is_as_cheap_but_tighter_beats)
{
    struct point points[] = {{80, 0.5, true, false}, {80, 0.6, true, false}};

    ck_assert_uint_eq(frontier_mark(points, 2), 1);
    ck_assert(points[1].on);
}
END_TEST

START_TEST(one_that_is_not_known_beats_nobody_and_is_not_on)
{
    struct point points[] = {{1, 1, false, true}, {80, 0.6, true, false}};

    ck_assert_uint_eq(frontier_mark(points, 2), 1);
    ck_assert(!points[0].on);
    ck_assert(points[1].on);
}
END_TEST

START_TEST(one_by_itself_is_on)
{
    struct point points[] = {{80, 0.5, true, false}};

    ck_assert_uint_eq(frontier_mark(points, 1), 1);
    ck_assert_uint_eq(frontier_mark(points, 0), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("frontier");
    TCase *tcase = tcase_create("frontier");

    tcase_add_test(tcase, who_is_dearer_and_looser_than_another_is_beaten);
    tcase_add_test(tcase, equals_do_not_beat_each_other);
    tcase_add_test(tcase, one_that_is_as_cheap_but_tighter_beats);
    tcase_add_test(tcase, one_that_is_not_known_beats_nobody_and_is_not_on);
    tcase_add_test(tcase, one_by_itself_is_on);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
