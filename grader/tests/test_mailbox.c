/*
 * test_mailbox.c - a replay through a mailbox finds what a direct one does.
 * What an allocator can do to the judge is tried in tests/attacks. That its
 * messages are the same is test_screens's.
 */
#include "grader/hearing.h"
#include "grader/judge.h"
#include "grader/mailbox.h"

#include "grader/tests/help.h"

#include <glob.h>
#include <time.h>

static const char *const names[] = {"bump", "kr", "kr-next", "kr-best"};

#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

static struct subject kit_subject(const char *name, bool served)
{
    struct subject subject;
    char error[256];

    ck_assert_msg(subject_kit(&subject, name, error, sizeof(error)), "%s",
                  error);
    if (served)
        path_built(subject.served, "served");
    return subject;
}

/* Runs a judged replay, with check() now and then, that goes as it may. */
static struct outcome *run(const struct subject *subject,
                           const struct trace *trace)
{
    struct job job = job_for(JOB_JUDGED, subject->name, trace);
    struct start start = subject_start(subject, JOB_JUDGED, 10, 60);
    struct outcome *outcome;

    job.check_every = trace->op_count / 16 + 1;
    outcome = run_job(&start, &job, trace->ops);
    ck_assert_ptr_nonnull(outcome);
    return outcome;
}

/* Compares all that a log tells. */
static void same_outcome(const struct trace *trace, const struct outcome *one,
                         const struct outcome *other, const char *path)
{
    ck_assert_msg(one->ending == other->ending, "%s", path);
    ck_assert_uint_eq(atomic_load(&one->log->phase),
                      atomic_load(&other->log->phase));
    ck_assert_uint_eq(atomic_load(&one->log->started),
                      atomic_load(&other->log->started));
    for (size_t i = 0; i < trace->op_count; i++)
        ck_assert_msg(memcmp(&one->records[i], &other->records[i],
                             sizeof(one->records[i])) == 0,
                      "%s: record %zu differs", path, i);
    ck_assert_uint_eq(one->log->fault_op, other->log->fault_op);
    ck_assert_uint_eq(one->log->final_op, other->log->final_op);
}

START_TEST(every_record_is_that_of_a_direct_replay)
{
    struct subject direct = kit_subject(names[_i], false);
    struct subject served = kit_subject(names[_i], true);
    glob_t found;

    ck_assert_int_eq(glob("traces/teaching/*.trace", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct trace *trace = read_trace(found.gl_pathv[i]);
        struct outcome *one;
        struct outcome *other;
        if (trace->op_count > 2000 && i % 4 != (size_t)_i)
            trace->op_count = 2000; /* the long ones once each */
        one = run(&direct, trace);
        other = run(&served, trace);
        same_outcome(trace, one, other, found.gl_pathv[i]);
        outcome_free(one);
        outcome_free(other);
        trace_free(trace);
    }
    ck_assert_uint_gt(found.gl_pathc, 30);
    globfree(&found);
}
END_TEST

START_TEST(a_refusal_of_the_source_is_told)
{
    const struct op ops[] = {
        {.kind = OP_MALLOC, .id = 0, .size = 100},
        {.kind = OP_MALLOC, .id = 1, .size = (uint64_t)8 << 30},
    };
    struct trace *trace = make_trace(ops, 2);
    struct subject served = kit_subject("kr", true);
    struct outcome *outcome = run(&served, trace);

    ck_assert_uint_ne(outcome->records[0].pointer, 0);
    ck_assert_uint_eq(outcome->records[1].pointer, 0);
    ck_assert(outcome->records[1].flags & RECORD_REFUSED);
    outcome_free(outcome);
    trace_free(trace);
}
END_TEST

START_TEST(what_judged_replays_cost_is_added_up)
{
    struct trace *trace = read_trace("traces/teaching/stack.trace");
    struct subject served = kit_subject("kr", true);
    _Atomic uint64_t spent = 0;
    uint64_t once;
    struct hearing hearing;
    char error[256];
    served.spent = &spent;

    ck_assert(
        hear(&hearing, &served, trace, "stack", 0, error, sizeof(error)));
    once = atomic_load(&spent);
    hearing_close(&hearing);
    ck_assert(
        hear(&hearing, &served, trace, "stack", 0, error, sizeof(error)));
    hearing_close(&hearing);

    ck_assert_uint_gt(once, 0);
    ck_assert_uint_gt(atomic_load(&spent), once);
    trace_free(trace);
}
END_TEST

START_TEST(what_the_judge_does_for_a_runner_is_charged_to_it)
{
    struct trace *trace = read_trace("traces/teaching/stack.trace");
    struct subject served = kit_subject("kr", true);
    struct job job = job_for(JOB_JUDGED, served.name, trace);
    struct start start = subject_start(&served, JOB_JUDGED, 10, 60);
    clock_t before = clock();
    struct outcome *outcome = run_job(&start, &job, trace->ops);
    double own = (double)(clock() - before) / CLOCKS_PER_SEC;

    ck_assert_int_eq(outcome->ending, ENDED_DONE);
    ck_assert_double_gt(outcome->work_seconds, own / 2);
    outcome_free(outcome);
    trace_free(trace);
}
END_TEST

static Suite *mailbox_suite(void)
{
    Suite *suite = suite_create("mailbox");
    TCase *tcase = tcase_create("mailbox");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_record_is_that_of_a_direct_replay, 0,
                        NAME_COUNT);
    tcase_add_test(tcase, a_refusal_of_the_source_is_told);
    tcase_add_test(tcase, what_judged_replays_cost_is_added_up);
    tcase_add_test(tcase, what_the_judge_does_for_a_runner_is_charged_to_it);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(mailbox_suite());
}
