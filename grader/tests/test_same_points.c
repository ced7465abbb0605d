/*
 * test_same_points.c - a file that costs more than its heap has the same points
 * in a class as its owner gives it.
 */
#include "grader/tests/attacked.h"

START_TEST(who_uses_much_stack_has_the_same_points_alone)
{
    struct grading grading;
    struct row row;
    char file[PATH_ROOM];
    char heaplab[PATH_ROOM];
    char says[16384];
    char points[32];
    const char *words[] = {heaplab, "grade", "kr", file, NULL};

    if (SANITIZED) {
        puts("skipped: a class is graded in builds without sanitizers");
        return;
    }
    place_make();
    path_built(heaplab, "heaplab");
    ck_assert_int_eq(mkdir(below(file, "class"), 0755), 0);
    make_attack("class", "deep-stack");
    below(file, "class/deep-stack/kr.c");

    run_gradebook(&grading, "class", "out", "1", NULL, getuid());
    capture(words, NULL, says, sizeof(says));

    if (strstr(grading.said, "not graded without these walls") == NULL) {
        read_row(&row, "out", "deep-stack");
        snprintf(points, sizeof(points), " %s/100", row.points);
        ck_assert_msg(strstr(says, points) != NULL, "not%s: %s", points,
                      says);
        free(row.report);
    }
    place_remove();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("same points");
    TCase *tcase = tcase_create("class");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, who_uses_much_stack_has_the_same_points_alone);
    return run_suite(suite);
}
