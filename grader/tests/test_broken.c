/*
 * test_broken.c - what a check() is asked about heaps that are changed, and
 * whom a replay is blamed on that never comes so far.
 */
#include "grader/lab/broken.h"

#include "grader/lab/mutant.h"
#include "grader/submission.h"
#include "grader/tests/help.h"
#include "grader/tests/labs.h"

#include <unistd.h>

#define ISLANDS "traces/teaching/islands.trace"

static struct rubric rubric;
static struct step step; /* the lab's checker, or some of its heaps */
static struct subject subject;
static struct workload workload;
static struct finding finding;

/* Fills in the reference, the step and its trace. */
static void setup(void)
{
    char error[512];
    size_t i = 0;

    ck_assert_msg(
        rubric_read(&rubric, "labs/1-kr/rubric", error, sizeof(error)), "%s",
        error);
    while (rubric.steps[i].broken_count == 0)
        i++;
    step = rubric.steps[i];
    ck_assert_msg(subject_kit(&subject, "kr", error, sizeof(error)), "%s",
                  error);
    ck_assert_msg(workload_open(&workload, ISLANDS, error, sizeof(error)),
                  "%s", error);
}

static void teardown(void)
{
    workload_close(&workload);
    submission_remove(&subject);
}

/* Makes the subject an attack's file. */
static void attack(const char *name)
{
    char patch[PATH_ROOM];
    char file[] = "/tmp/heaplab-broken-XXXXXX.c";
    char error[512];
    char says[COMPILER_SAYS];
    struct mutant mutant;
    char *reference = text_of("allocators/kr.c");
    int made = mkstemps(file, 2);

    ck_assert_int_ge(made, 0);
    close(made);
    snprintf(patch, sizeof(patch), "grader/tests/attacks/%s.patch", name);
    ck_assert_msg(
        mutant_make(&mutant, patch, reference, file, error, sizeof(error)),
        "%s", error);
    ck_assert_msg(submission_build(&subject, "kr", file, says), "%s", says);
    unlink(file);
    free(reference);
}

/* Leaves the step only the heaps that are sound, or only those that are not. */
static void keep_only(bool sound)
{
    size_t kept = 0;

    for (size_t i = 0; i < step.broken_count; i++) {
        if (broken_is_sound(&step.broken[i]) == sound)
            step.broken[kept++] = step.broken[i];
    }
    step.broken_count = kept;
}

/* Leaves the step one broken heap, of this line. */
static void keep_line(const char *line)
{
    ck_assert_ptr_null(broken_read(&step.broken[0], line));
    step.broken_count = 1;
}

static bool is_well(void)
{
    return try_broken(&finding, &step, &subject, &workload);
}

START_TEST(the_reference_is_right_about_each_heap)
{
    bool well = is_well();

    ck_assert_msg(well, "%s", finding.note);
}
END_TEST

START_TEST(a_check_of_no_rule_is_right_about_each_broken_heap)
{
    keep_only(false);
    attack("check-compares-with-a-copy");

    bool well = is_well();

    ck_assert_msg(well, "%s", finding.note);
}
END_TEST

START_TEST(each_sound_heap_alone_shows_a_check_of_no_rule)
{
    keep_only(true);
    attack("check-compares-with-a-copy");
    ck_assert_uint_ge(step.broken_count, 4);
    struct step all = step;
    step.broken_count = 1;

    for (size_t i = 0; i < all.broken_count; i++) {
        step.broken[0] = all.broken[i];
        ck_assert_msg(!is_well(), "%s", all.broken[i].text);
        ck_assert_msg(strstr(finding.note, "of a heap in which all is well"),
                      "%s", finding.note);
        ck_assert(!finding.trouble);
    }
}
END_TEST

START_TEST(a_replay_that_ends_before_check_is_the_file_s_doing)
{
    static const char *const attacks[] = {"null-when-not-checked",
                                          "loop-when-not-checked"};

    for (size_t i = 0; i < 2; i++) {
        attack(attacks[i]);
        ck_assert(!is_well());
        submission_remove(&subject);
        ck_assert_msg(!finding.trouble, "%s", finding.note);
        ck_assert_msg(strstr(finding.note, "op 4: malloc(300) for p3"), "%s",
                      finding.note);
    }
}
END_TEST

START_TEST(a_word_that_is_not_there_is_the_layout_s_fault)
{
    keep_line("F1 heap-2147000000 = 0 : far away");

    ck_assert(!is_well());

    ck_assert_msg(!finding.trouble, "%s", finding.note);
    ck_assert_msg(strstr(finding.note, "the heap is not laid out as it "
                                       "should be"),
                  "%s", finding.note);
}
END_TEST

START_TEST(a_block_that_the_trace_has_not_is_trouble)
{
    keep_line("F1 p99 = 0 : no such block");

    ck_assert(!is_well());

    ck_assert(finding.trouble);
    ck_assert_msg(strstr(finding.note, "the trace has no such block"), "%s",
                  finding.note);
}
END_TEST

START_TEST(the_time_is_charged_to_the_subject)
{
    _Atomic uint64_t spent = 0;
    _Atomic uint64_t of_one = 0;
    subject.spent = &spent;

    ck_assert(is_well());
    subject.spent = &of_one;
    step.broken_count = 0;
    ck_assert(is_well());
    subject.spent = NULL;

    ck_assert_uint_gt(atomic_load(&of_one), 0);
    ck_assert_uint_gt(atomic_load(&spent), 4 * atomic_load(&of_one));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("broken");
    TCase *tcase = tcase_create("lab 1");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_reference_is_right_about_each_heap);
    tcase_add_test(tcase, a_check_of_no_rule_is_right_about_each_broken_heap);
    tcase_add_test(tcase, each_sound_heap_alone_shows_a_check_of_no_rule);
    tcase_add_test(tcase,
                   a_replay_that_ends_before_check_is_the_file_s_doing);
    tcase_add_test(tcase, a_word_that_is_not_there_is_the_layout_s_fault);
    tcase_add_test(tcase, a_block_that_the_trace_has_not_is_trouble);
    tcase_add_test(tcase, the_time_is_charged_to_the_subject);
    return run_suite(suite);
}
