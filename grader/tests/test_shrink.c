/*
 * test_shrink.c - a trace that fails becomes a small one that fails in the
 * same way. What it is shrunk for: seeded bugs (buggy.c), and copies of kr.c
 * with mistakes that people make (wrong_kr.h).
 */
#include "grader/property.h"
#include "grader/shrink/shrink.h"
#include "grader/submission.h"
#include "grader/tests/wrong_kr.h"

/* Are replays slow here? Then there are few, and the results longer. */
static bool is_slow(void)
{
    const char *valgrind = getenv("UNDER_VALGRIND");

    return SANITIZED || (valgrind != NULL && valgrind[0] != '\0');
}

static struct demand demand_of(bool check, unsigned properties)
{
    return (struct demand){
        .check = check,
        .properties = properties,
        .tests = is_slow() ? 200 : 0,
        .make = "by a test",
    };
}

/* Judges a trace as a search does. */
static struct verdict judged(const struct subject *subject,
                             const struct trace *trace,
                             const struct demand *demand, char rule[16])
{
    struct job job = job_for(JOB_JUDGED, subject->name, trace);
    struct start start = {.runner = subject->runner,
                          .call_seconds = 0.3,
                          .stuck_seconds = 0.5,
                          .total_seconds = 60};
    struct model *model = model_open(trace);
    struct outcome *outcome;
    struct verdict verdict;

    job.check_every = demand->check ? 1 : 0;
    outcome = run_job(&start, &job, trace->ops);
    ck_assert_ptr_nonnull(outcome);
    ck_assert_ptr_nonnull(model);
    verdict = judge(trace, outcome, model);
    snprintf(rule, 16, "%.15s",
             verdict.wrong == WRONG_INVARIANT ? outcome->log->fault_rule
                                              : "");
    if (verdict.wrong == WRONG_NOTHING && demand->properties != 0)
        property_judge(demand->properties, trace, outcome, &verdict);
    outcome_free(outcome);
    model_close(model);
    return verdict;
}

/* Shrinks the trace at path. Proves that the result is sound and fails in the
   same way, at its last operation. Returns it. */
static struct trace *shrink(const struct subject *subject, const char *path,
                            const struct demand *demand)
{
    struct trace_error error;
    struct shrinkage shrinkage;
    struct trace *trace = read_trace(path);
    struct trace *small =
        shrink_trace(subject, trace, path, demand, &shrinkage);
    char rule[16], small_rule[16];
    struct verdict all = judged(subject, trace, demand, rule);
    struct verdict one;

    ck_assert_msg(small != NULL, "%s", shrinkage.message);
    ck_assert_msg(trace_check(small, "small", &error), "%s", error.message);
    one = judged(subject, small, demand, small_rule);
    ck_assert_int_eq(one.wrong, all.wrong);
    ck_assert_str_eq(small_rule, rule);
    ck_assert_uint_eq(one.op, small->op_count - 1);
    ck_assert_uint_eq(shrinkage.verdict.wrong, all.wrong);
    trace_free(trace);
    return small;
}

/* --- seeded bugs ------------------------------------------------------- */

static const char *const seeded[] = {
    "bug=overlap-part,after=5",
    "bug=overlap-contained,after=5",
    "bug=overlap-identical,after=5",
    "bug=misaligned,after=3",
    "bug=outside,after=3",
    "bug=null-early,after=3",
    "bug=overwrite-tail,after=4",
    "bug=overwrite-in-free,after=2",
    "bug=header-in-block,after=4",
    "bug=crash-null,after=3",
    "bug=crash-in-free,after=3",
    "bug=abort,after=3",
    "bug=exit,after=3",
    "bug=walk-broken,after=3",
    "bug=loop,after=3",
};

#define SEEDED (sizeof(seeded) / sizeof(seeded[0]))

START_TEST(a_seeded_bug_is_shown_by_few_operations)
{
    struct subject subject = buggy_subject(seeded[_i]);
    struct demand demand = demand_of(true, 0);

    struct trace *small =
        shrink(&subject, "traces/teaching/phases.trace", &demand);

    ck_assert_uint_le(small->op_count, 12);
    trace_free(small);
}
END_TEST

/* --- mistakes ---------------------------------------------------------- */

/* How each is looked for; in one of these ways it is found. */
static const struct {
    const char *name;
    const char *trace;
    bool check;
    unsigned properties;
} hunts[] = {
    {"merges-what-does-not-touch", "phases", true, 0},
    {"merges-what-does-not-touch", "comb", false, 0},
    {"forgets-the-order", "comb", true, 0},
    {"forgets-the-order", "phases", false, PROPERTY_FIRST_FIT},
    {"rest-is-16-too-large", "comb", true, 0},
    {"rest-is-16-too-large", "phases", false, 0},
    {"rest-begins-16-too-low", "phases", false, 0},
    {"forgets-to-mark-used", "comb", false, 0},
    {"never-merges-below", "phases", true, 0},
    {"never-merges-below", "phases", false, PROPERTY_ROOM},
    {"makes-a-ring", "phases", false, 0},
    {"copies-half", "ping-pong", false, 0},
    {"crashes-in-free", "comb", false, 0},
};

#define HUNTS (sizeof(hunts) / sizeof(hunts[0]))

static int by_size(const void *one, const void *other)
{
    size_t a = *(const size_t *)one;
    size_t b = *(const size_t *)other;

    return (a > b) - (a < b);
}

/* Returns how many operations hunt i ends with. */
static size_t hunt(size_t i)
{
    struct demand demand = demand_of(hunts[i].check, hunts[i].properties);
    struct subject subject;
    struct trace *small;
    char says[COMPILER_SAYS];
    char file[256];
    char path[128];
    size_t count;

    write_wrong_kr(mistake_named(hunts[i].name), file);
    ck_assert_msg(submission_build(&subject, "kr", file, says), "%s", says);
    unlink(file);
    snprintf(path, sizeof(path), "traces/teaching/%s.trace", hunts[i].trace);
    small = shrink(&subject, path, &demand);
    submission_remove(&subject);
    count = small->op_count;
    trace_free(small);
    return count;
}

START_TEST(mistakes_are_shown_by_twelve_operations_in_the_median)
{
    size_t counts[HUNTS];

    for (size_t i = 0; i < HUNTS; i++)
        counts[i] = hunt(i);
    qsort(counts, HUNTS, sizeof(counts[0]), by_size);

    ck_assert_uint_le(counts[HUNTS / 2], 12);
    if (!is_slow())
        ck_assert_uint_le(counts[HUNTS - 1], 20);
}
END_TEST

/* --- what it keeps to -------------------------------------------------- */

START_TEST(a_search_ends_the_same_each_time)
{
    struct subject subject = buggy_subject("bug=overlap-part,after=5");
    struct demand demand = demand_of(true, 0);

    struct trace *one =
        shrink(&subject, "traces/teaching/churn.trace", &demand);
    struct trace *two =
        shrink(&subject, "traces/teaching/churn.trace", &demand);

    ck_assert_uint_eq(one->op_count, two->op_count);
    ck_assert_mem_eq(one->ops, two->ops, one->op_count * sizeof(struct op));
    trace_free(one);
    trace_free(two);
}
END_TEST

START_TEST(a_search_that_may_cost_little_still_ends_with_what_fails)
{
    struct subject subject = buggy_subject("bug=crash-null,after=30");
    struct demand demand = {.check = true, .tests = 5, .make = "by a test"};
    struct shrinkage shrinkage;
    struct trace *trace = read_trace("traces/teaching/churn.trace");

    struct trace *small =
        shrink_trace(&subject, trace, "churn", &demand, &shrinkage);

    ck_assert_ptr_nonnull(small);
    ck_assert(shrinkage.spent);
    ck_assert_uint_le(shrinkage.tests, 5);
    ck_assert_uint_lt(small->op_count, trace->op_count);
    ck_assert_uint_eq(shrinkage.verdict.op, small->op_count - 1);
    trace_free(small);
    trace_free(trace);
}
END_TEST

START_TEST(a_trace_on_which_nothing_goes_wrong_is_refused)
{
    struct subject subject = buggy_subject("bug=none");
    struct demand demand = demand_of(true, 0);
    struct shrinkage shrinkage;
    struct trace *trace = read_trace("grader/tests/screens/small.trace");

    struct trace *small =
        shrink_trace(&subject, trace, "small", &demand, &shrinkage);

    ck_assert_ptr_null(small);
    ck_assert_str_eq(shrinkage.message, "small: nothing goes wrong on it");
    trace_free(trace);
}
END_TEST

START_TEST(what_goes_wrong_before_the_first_operation_is_refused)
{
    struct subject subject = buggy_subject("bug=open-null");
    struct demand demand = demand_of(true, 0);
    struct shrinkage shrinkage;
    struct trace *trace = read_trace("grader/tests/screens/small.trace");

    struct trace *small =
        shrink_trace(&subject, trace, "small", &demand, &shrinkage);

    ck_assert_ptr_null(small);
    ck_assert_str_eq(shrinkage.message,
                     "small: it goes wrong before the first operation");
    trace_free(trace);
}
END_TEST

START_TEST(a_shrunk_trace_tells_what_it_was_shrunk_from)
{
    struct subject subject = buggy_subject("bug=misaligned,after=2");
    struct demand demand = demand_of(true, 0);

    struct trace *small =
        shrink(&subject, "traces/teaching/churn.trace", &demand);

    ck_assert_str_eq(
        small->title,
        "misaligned, shrunk: random slots are filled and emptied");
    ck_assert_str_eq(small->about,
                     "The last operation goes wrong on "
                     "buggy:bug=misaligned,after=2: misaligned. Shrunk from "
                     "16956 operations.");
    ck_assert_str_eq(small->make, "by a test");
    trace_free(small);
}
END_TEST

START_TEST(a_file_with_an_odd_name_leaves_a_sound_header)
{
    struct subject subject = buggy_subject("bug=misaligned,after=2");
    struct demand demand = demand_of(true, 0);

    demand.make = "heaplab trace shrink --file '\n\xff.c'";
    trace_free(shrink(&subject, "traces/teaching/churn.trace", &demand));
}
END_TEST

static Suite *shrink_suite(void)
{
    Suite *suite = suite_create("shrink");
    TCase *bugs = tcase_create("bugs");
    TCase *median = tcase_create("median");
    TCase *rules = tcase_create("rules");

    tcase_set_timeout(bugs, 30);
    tcase_add_loop_test(bugs, a_seeded_bug_is_shown_by_few_operations, 0,
                        (int)SEEDED);
    tcase_set_timeout(median, 120);
    tcase_add_test(median,
                   mistakes_are_shown_by_twelve_operations_in_the_median);
    tcase_set_timeout(rules, 30);
    tcase_add_test(rules, a_search_ends_the_same_each_time);
    tcase_add_test(rules,
                   a_search_that_may_cost_little_still_ends_with_what_fails);
    tcase_add_test(rules, a_trace_on_which_nothing_goes_wrong_is_refused);
    tcase_add_test(rules,
                   what_goes_wrong_before_the_first_operation_is_refused);
    tcase_add_test(rules, a_shrunk_trace_tells_what_it_was_shrunk_from);
    tcase_add_test(rules, a_file_with_an_odd_name_leaves_a_sound_header);
    suite_add_tcase(suite, bugs);
    suite_add_tcase(suite, median);
    suite_add_tcase(suite, rules);
    return suite;
}

int main(void)
{
    return run_suite(shrink_suite());
}
