/*
 * test_rubric.c - every way in which a rubric is refused, with the whole
 * message; and the points between floor and full.
 */
#include "grader/lab/rubric.h"

#include "grader/tests/help.h"

#include <unistd.h>

#define LAB  "lab 1-kr\ntitle K&R\nallocator kr\n"
#define STEP "step one\npoints 100\n"
#define GOOD "traces teaching/first.trace\n"

static char path[64];
static struct rubric rubric;
static char error[512];

static void setup(void)
{
    int file;

    snprintf(path, sizeof(path), "/tmp/heaplab-rubric-XXXXXX");
    file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
}

static void teardown(void)
{
    unlink(path);
}

/* Reads a rubric of this text. */
static bool read_rubric(const char *text)
{
    FILE *out = fopen(path, "we");

    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    fclose(out);
    error[0] = '\0';
    return rubric_read(&rubric, path, error, sizeof(error));
}

START_TEST(a_rubric_is_read)
{
    const struct step *step;
    ck_assert_msg(read_rubric("# a comment\n\n"
                              "lab   \t 1-kr  \n"
                              "title K&R, first fit\n"
                              "allocator kr\n"
                              "  step carve\n"
                              "    title every block is right\n"
                              "    points 60\n"
                              "    check yes\n"
                              "    functions kr_malloc top=&heap->head\n"
                              "    properties room first-fit\n"
                              "    variant kr-best\n"
                              "    traces teaching/first.trace "
                              "teaching/comb.trace\n"
                              "step fast\npoints 40\nneeds carve\n"
                              "measure cost\nfloor 2000\nfull 300.5\n"
                              "time-floor 20\ntime-full 3\n" GOOD),
                  "%s", error);

    ck_assert_str_eq(rubric.lab, "1-kr");
    ck_assert_str_eq(rubric.title, "K&R, first fit");
    ck_assert_str_eq(rubric.allocator, "kr");
    ck_assert_uint_eq(rubric.step_count, 2);
    step = &rubric.steps[0];
    ck_assert_str_eq(step->name, "carve");
    ck_assert_str_eq(step->title, "every block is right");
    ck_assert_int_eq(step->points, 60);
    ck_assert_int_eq(step->needs, -1);
    ck_assert(step->check);
    ck_assert_int_eq(step->measure, MEASURE_CORRECT);
    ck_assert_uint_ne(step->properties, 0);
    ck_assert_str_eq(step->allocator, "kr-best");
    ck_assert_uint_eq(step->trace_count, 2);
    ck_assert_str_eq(step->traces[1], "teaching/comb.trace");
    ck_assert_uint_eq(step->blank_count, 2);
    ck_assert_str_eq(step->blanks[0].name, "kr_malloc");
    ck_assert_str_eq(step->blanks[0].value, "");
    ck_assert_str_eq(step->blanks[1].name, "top");
    ck_assert_str_eq(step->blanks[1].value, "&heap->head");
    step = &rubric.steps[1];
    ck_assert_int_eq(step->needs, 0);
    ck_assert_int_eq(step->measure, MEASURE_COST);
    ck_assert_double_eq(step->floor, 2000);
    ck_assert_double_eq(step->full, 300.5);
    ck_assert_double_eq(step->time_floor, 20);
    ck_assert_double_eq(step->time_full, 3);
}
END_TEST

START_TEST(the_shipped_rubrics_are_good)
{
    static const char *const shipped[] = {
        "grader/scores.rubric", "labs/0-bump/rubric", "labs/1-kr/rubric"};

    for (size_t i = 0; i < sizeof(shipped) / sizeof(shipped[0]); i++)
        ck_assert_msg(rubric_read(&rubric, shipped[i], error, sizeof(error)),
                      "%s", error);
}
END_TEST

START_TEST(what_a_person_gives_points_for_stands_beside_the_100)
{
    ck_assert_msg(read_rubric(LAB "manual report 20\n"
                                  "manual  talk in class   5\n" STEP GOOD),
                  "%s", error);

    ck_assert_uint_eq(rubric.manual_count, 2);
    ck_assert_str_eq(rubric.manuals[0].name, "report");
    ck_assert_int_eq(rubric.manuals[0].points, 20);
    ck_assert_str_eq(rubric.manuals[1].name, "talk in class");
    ck_assert_int_eq(rubric.manuals[1].points, 5);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_refused)
{
    ck_assert(!rubric_read(&rubric, "/nowhere", error, sizeof(error)));
    ck_assert_str_eq(error, "/nowhere: No such file or directory");
}
END_TEST

/* A text that is refused, and the message behind the path. */
static const struct {
    const char *text;
    const char *message;
} refused[] = {
    {"", ":0: lab, title and allocator are wanted"},
    {"lab 1-kr\ntitle K&R\n", ":2: lab, title and allocator are wanted"},
    {LAB, ":3: the points add up to 0, not 100"},
    {LAB "lab 2\n", ":4: this was already said above"},
    {"lab 1-kr", ":1: a line of under 4096 bytes, with a newline, was "
                 "expected"},
    {"lab\n", ":1: a value was expected after 'lab'"},
    {"lab "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
     ":1: at most 63 characters fit here"},
    {"points 3\n",
     ":1: lab, title, allocator, given, manual or step was expected, not "
     "'points'"},
    {LAB "manual report\n", ":4: a name and whole points, 1 to 100, were "
                            "expected, as in manual report 20"},
    {LAB "manual 20\n", ":4: a name and whole points, 1 to 100, were "
                        "expected, as in manual report 20"},
    {LAB "manual report 0\n", ":4: a name and whole points, 1 to 100, were "
                              "expected, as in manual report 20"},
    {LAB "manual report 101\n", ":4: a name and whole points, 1 to 100, were "
                                "expected, as in manual report 20"},
    {LAB "manual report 2x\n", ":4: a name and whole points, 1 to 100, were "
                               "expected, as in manual report 20"},
    {LAB "manual a 1\nmanual a  2\n", ":5: 'a' would count twice"},
    {LAB "manual a 1\nmanual b 1\nmanual c 1\nmanual d 1\nmanual e 1\n"
         "manual f 1\nmanual g 1\nmanual h 1\nmanual i 1\n",
     ":12: at most 8 manual items"},
    {LAB
     "manual "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 3\n",
     ":4: at most 63 characters fit here"},
    {LAB STEP GOOD "step one\n", ":7: step 'one' would count twice"},
    {LAB STEP, ":5: step 'one' wants points and traces"},
    {LAB "step one\n" GOOD, ":5: step 'one' wants points and traces"},
    {LAB "step one\npoints 0\n", ":5: whole points, 1 to 100, were expected"},
    {LAB "step one\npoints 101\n",
     ":5: whole points, 1 to 100, were expected"},
    {LAB "step one\npoints 1.5\n",
     ":5: whole points, 1 to 100, were expected"},
    {LAB "step one\npoints 99\n" GOOD,
     ":6: the points add up to 99, not 100"},
    {LAB STEP GOOD "step two\npoints 1\n" GOOD,
     ":9: the points add up to 101, not 100"},
    {LAB STEP "needs one\n", ":6: no step above is called 'one'"},
    {LAB STEP "needs two\n", ":6: no step above is called 'two'"},
    {LAB STEP "measure beauty\n", ":6: 'utilization' or 'cost' was expected"},
    {LAB STEP "traces teaching/nothing.trace\n",
     ":6: there is no trace 'traces/teaching/nothing.trace'"},
    {LAB STEP GOOD GOOD, ":7: 'teaching/first.trace' would count twice"},
    {LAB STEP GOOD "measure cost\n",
     ":7: step 'one': floor and full, unlike each other, go with a measure"},
    {LAB STEP GOOD "floor 1\nfull 2\n",
     ":8: step 'one': floor and full, unlike each other, go with a measure"},
    {LAB STEP GOOD "measure cost\nfloor 2\nfull 2\n",
     ":9: step 'one': floor and full, unlike each other, go with a measure"},
    {LAB STEP GOOD "measure cost\nfloor 2\nfull 1\ntime-full 2\n",
     ":10: step 'one': time-floor goes with time-full"},
    {LAB STEP "floor -1\n", ":6: a number above 0 was expected, not '-1'"},
    {LAB STEP "full 1e999\n",
     ":6: a number above 0 was expected, not '1e999'"},
    {LAB STEP "time-floor x\n", ":6: a number above 0 was expected, not 'x'"},
    {LAB STEP "time-full 0\n", ":6: a number above 0 was expected, not '0'"},
    {LAB STEP "properties speed\n",
     ":6: room, in-place, first-fit, next-fit, best-fit or reuse was "
     "expected, "
     "not 'speed'"},
    {LAB STEP "colour red\n",
     ":6: a step has title, points, needs, measure, functions, properties, "
     "variant, traces, floor, full, time-floor, time-full, broken, sound "
     "and 'check yes', not 'colour'"},
    {LAB STEP "check no\n",
     ":6: a step has title, points, needs, measure, functions, properties, "
     "variant, traces, floor, full, time-floor, time-full, broken, sound "
     "and 'check yes', not 'check'"},
    {LAB STEP "broken F2 p3-16 += 8\n",
     ":6: broken wants words behind a ':', as in F2 p3-16 += 8 : why"},
    {LAB STEP "broken : why\n",
     ":6: broken wants a label first, as in F2 p3-16 += 8 : why"},
    {LAB STEP "broken F2 q3 = 8 : why\n",
     ":6: broken wants a place and what becomes of it, as in "
     "F2 p3-16 += 8 : why"},
    {LAB STEP "broken F2 p3-16 = 8 9 : why\n",
     ":6: broken wants ';' and another poke, or ':', as in "
     "F2 p3-16 += 8 : why"},
    {LAB STEP "sound p3-16 += 8\n",
     ":6: sound wants words behind a ':', as in heap+16 = &p3-16 : why"},
    {LAB STEP "sound F2 p3-16 += 8 : why\n",
     ":6: sound wants a place and what becomes of it, as in "
     "heap+16 = &p3-16 : why"},
    {LAB "step 1\nstep 2\nstep 3\nstep 4\nstep 5\nstep 6\nstep 7\nstep 8\n"
         "step 9\nstep 10\nstep 11\nstep 12\nstep 13\n",
     ":16: at most 12 steps"},
    {LAB STEP "functions a b c d e f g h i j k l m n o p q\n",
     ":6: at most 16 functions, of short names"},
};

START_TEST(what_is_not_as_it_should_be_is_refused_by_its_line)
{
    char expected[512];

    ck_assert_msg(!read_rubric(refused[_i].text), "taken: %s",
                  refused[_i].text);

    snprintf(expected, sizeof(expected), "%s%s", path, refused[_i].message);
    ck_assert_str_eq(error, expected);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_refused)
{
    static char text[5000];
    char expected[512];
    memset(text, 'x', sizeof(text) - 2);
    text[sizeof(text) - 2] = '\n';

    ck_assert(!read_rubric(text));

    snprintf(expected, sizeof(expected),
             "%s:1: a line of under 4096 bytes, with a newline, was expected",
             path);
    ck_assert_str_eq(error, expected);
}
END_TEST

/* --- points -------------------------------------------------------------------- */

static const struct step cost = {.points = 20,
                                 .measure = MEASURE_COST,
                                 .floor = 1 << 20,
                                 .full = 1,
                                 .time_floor = 100,
                                 .time_full = 10};

START_TEST(the_points_at_whole_shares_are_whole)
{
    for (int halvings = 0; halvings <= 20; halvings++)
        ck_assert_int_eq(
            step_points(&cost, (double)((1 << 20) >> halvings), false),
            halvings);
}
END_TEST

START_TEST(just_short_of_a_share_is_a_point_less)
{
    ck_assert_int_eq(step_points(&cost, 1.001, false), 19);
    ck_assert_int_eq(step_points(&cost, 1025, false), 9);
}
END_TEST

START_TEST(beyond_floor_and_full_nothing_is_added_or_taken)
{
    ck_assert_int_eq(step_points(&cost, 1e9, false), 0);
    ck_assert_int_eq(step_points(&cost, 0.001, false), 20);
    ck_assert_int_eq(step_points(&cost, 0, false), 0);
    ck_assert_int_eq(step_points(&cost, -1, false), 0);
    ck_assert_int_eq(step_points(&cost, 0.0 / 0.0, false), 0);
}
END_TEST

START_TEST(more_may_be_better_as_well_as_less)
{
    struct step use = {.points = 10, .floor = 0.25, .full = 0.9};

    ck_assert_int_eq(step_points(&use, 0.2, false), 0);
    ck_assert_int_eq(step_points(&use, 0.25, false), 0);
    ck_assert_int_eq(step_points(&use, 0.6, false), 6);
    ck_assert_int_eq(step_points(&use, 0.9, false), 10);
    ck_assert_int_eq(step_points(&use, 1, false), 10);
}
END_TEST

START_TEST(measured_time_has_a_floor_and_full_of_its_own)
{
    struct step without = {.points = 10, .floor = 9, .full = 1};

    ck_assert_int_eq(step_points(&cost, 100, true), 0);
    ck_assert_int_eq(step_points(&cost, 10, true), 20);
    ck_assert_int_eq(step_points(&without, 1, true), 0);
}
END_TEST

static Suite *rubric_suite(void)
{
    Suite *suite = suite_create("rubric");
    TCase *tcase = tcase_create("read");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_rubric_is_read);
    tcase_add_test(tcase, the_shipped_rubrics_are_good);
    tcase_add_test(tcase,
                   what_a_person_gives_points_for_stands_beside_the_100);
    tcase_add_test(tcase, a_file_that_is_not_there_is_refused);
    tcase_add_loop_test(tcase,
                        what_is_not_as_it_should_be_is_refused_by_its_line, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_test(tcase, a_line_that_is_too_long_is_refused);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("points");
    tcase_add_test(tcase, the_points_at_whole_shares_are_whole);
    tcase_add_test(tcase, just_short_of_a_share_is_a_point_less);
    tcase_add_test(tcase, beyond_floor_and_full_nothing_is_added_or_taken);
    tcase_add_test(tcase, more_may_be_better_as_well_as_less);
    tcase_add_test(tcase, measured_time_has_a_floor_and_full_of_its_own);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(rubric_suite());
}
