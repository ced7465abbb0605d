/*
 * test_run.c - whatever a runner does, the job comes to an end, the log tells
 * how far it came, and nothing of it is left.
 */
#include "grader/run.h"
#include "grader/spawn.h"

#include "grader/tests/help.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SMALL "grader/tests/screens/small.trace"

static struct trace *trace;

/* Limits that no test needs but those that are about them. */
static const struct start patient = {.call_seconds = 5, .total_seconds = 20};

static void setup(void)
{
    trace = read_trace(SMALL);
}

/* After each test: is a child of ours left, running or dead? */
static void teardown(void)
{
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
    trace_free(trace);
}

/* Runs the small trace on the buggy allocator. */
static struct outcome *run_bug(const char *settings, struct start start)
{
    struct subject subject = buggy_subject(settings);
    struct job job = job_for(JOB_JUDGED, subject.name, trace);
    struct outcome *outcome;

    start.runner = subject.runner;
    outcome = run_job(&start, &job, trace->ops);
    ck_assert_ptr_nonnull(outcome);
    return outcome;
}

/* Runs a shell command in place of a runner, for a job of some mode. */
static struct outcome *run_shell_as(enum job_mode mode, const char *command,
                                    struct start start)
{
    const char *prefix[] = {"/bin/sh", "-c", command, NULL};
    struct job job = job_for(mode, "kr", trace);
    struct outcome *outcome;

    start.runner = "runner";
    start.prefix = prefix;
    outcome = run_job(&start, &job, trace->ops);
    ck_assert_ptr_nonnull(outcome);
    return outcome;
}

static struct outcome *run_shell(const char *command, struct start start)
{
    return run_shell_as(JOB_JUDGED, command, start);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

START_TEST(a_job_that_is_done_has_a_record_of_each_operation)
{
    struct outcome *outcome = run_bug("bug=none", patient);

    ck_assert_int_eq(outcome->ending, ENDED_DONE);
    ck_assert_int_eq(outcome->status, 0);
    ck_assert_uint_eq(atomic_load(&outcome->log->started), trace->op_count);
    for (size_t i = 0; i < trace->op_count; i++) {
        ck_assert(outcome->records[i].flags & RECORD_RETURNED);
        ck_assert_uint_gt(outcome->records[i].committed, 0);
    }
    ck_assert_uint_eq(outcome->output_size, 0);
    outcome_free(outcome);
}
END_TEST

START_TEST(an_exit_before_the_end_is_told_apart_from_done)
{
    struct outcome *outcome = run_bug("bug=exit,after=3", patient);

    ck_assert_int_eq(outcome->ending, ENDED_EXIT);
    ck_assert_int_eq(outcome->status, 0);
    ck_assert_uint_eq(atomic_load(&outcome->log->started), 3);
    ck_assert_uint_eq(atomic_load(&outcome->log->phase), PHASE_CALL);
    outcome_free(outcome);
}
END_TEST

START_TEST(a_crash_leaves_the_signal_and_the_address)
{
    struct outcome *outcome = run_bug("bug=crash-wild,after=3", patient);

    ck_assert_int_eq(outcome->ending, ENDED_SIGNAL);
    ck_assert_int_eq(outcome->status, SIGSEGV);
    ck_assert_uint_eq(outcome->log->crash.signal, SIGSEGV);
    ck_assert_uint_eq(outcome->log->crash.address, 0x12345678);
    ck_assert_uint_ne(outcome->log->crash.pc, 0);
    outcome_free(outcome);
}
END_TEST

START_TEST(an_endless_loop_ends_at_the_limit_of_a_call)
{
    struct start start = {.call_seconds = 0.2, .total_seconds = 20};
    double began = now();
    struct outcome *outcome = run_bug("bug=loop,after=3", start);

    ck_assert_int_eq(outcome->ending, ENDED_LOOP);
    ck_assert_uint_eq(atomic_load(&outcome->log->started), 3);
    if (!THREAD_SANITIZED)
        ck_assert_uint_ne(outcome->log->crash.pc, 0); /* where it was */
    ck_assert_double_gt(now() - began, 0.2);
    outcome_free(outcome);
}
END_TEST

START_TEST(the_kits_own_work_on_a_large_block_is_no_call)
{
    static const struct op large = {.kind = OP_MALLOC, .size = 256 << 20};
    struct start start = {.call_seconds = 0.03, .total_seconds = 20};
    struct outcome *outcome;
    trace_free(trace);
    trace = make_trace(&large, 1);

    outcome = run_bug("bug=none", start);

    ck_assert_int_eq(outcome->ending, ENDED_DONE);
    outcome_free(outcome);
}
END_TEST

START_TEST(a_replay_ends_at_the_limit_of_the_whole)
{
    struct start start = {.call_seconds = 20, .total_seconds = 0.3};
    struct outcome *outcome = run_bug("bug=loop,after=3", start);

    ck_assert_int_eq(outcome->ending, ENDED_TIME);
    outcome_free(outcome);
}
END_TEST

START_TEST(a_call_that_sleeps_ends_as_well)
{
    struct start start = {
        .call_seconds = 20, .total_seconds = 20, .stuck_seconds = 2};
    struct outcome *outcome = run_bug("bug=sleep,after=3", start);

    ck_assert_int_eq(outcome->ending, ENDED_STUCK);
    ck_assert_uint_eq(atomic_load(&outcome->log->started), 3);
    outcome_free(outcome);
}
END_TEST

/* Walls that hold nothing back: who is behind them is not trusted. */
static bool enter_nothing(void *context)
{
    (void)context;
    return true;
}

static const struct walls open_walls = {.enter = enter_nothing};

START_TEST(who_is_not_trusted_may_not_sleep_when_nobody_asks_for_steps)
{
    struct start start = {.call_seconds = 20,
                          .total_seconds = 20,
                          .stuck_seconds = 0.2,
                          .walls = &open_walls};
    double began = now();
    struct outcome *outcome = run_shell_as(JOB_COUNTED, "sleep 100", start);

    ck_assert_int_eq(outcome->ending, ENDED_STUCK);
    ck_assert_double_lt(now() - began, 90);
    outcome_free(outcome);
}
END_TEST

START_TEST(who_is_not_trusted_ends_when_the_folder_is_too_full)
{
    char folder[] = "/tmp/run-XXXXXX";
    struct start start = patient;
    const char *words[] = {"rm", "-rf", folder, NULL};
    struct outcome *outcome;
    char says[256];
    start.walls = &open_walls;
    start.directory = mkdtemp(folder);

    outcome = run_shell_as(JOB_COUNTED,
                           "for i in 1 2 3 4 5 6 7 8 9; do "
                           "head -c 2097152 /dev/zero > $i; done; "
                           "while :; do :; done",
                           start);

    ck_assert_int_eq(outcome->ending, ENDED_SIGNAL);
    ck_assert_int_eq(outcome->status, SIGKILL);
    outcome_free(outcome);
    ck_assert_int_eq(capture(words, NULL, says, sizeof(says)), 0);
}
END_TEST

START_TEST(a_log_is_not_cut_off_by_the_runner)
{
    struct outcome *outcome =
        run_shell(": > /proc/self/fd/4; exit 3", patient);

    ck_assert_int_eq(outcome->ending, ENDED_EXIT);
    ck_assert_uint_eq(outcome->log->watch_op, NO_OP);
    outcome_free(outcome);
}
END_TEST

START_TEST(a_flood_of_output_is_bounded_and_its_end_is_kept)
{
    static const char last[] = "\nbuggy: flood: the last of many lines\n";
    struct outcome *outcome = run_bug("bug=flood,after=3", patient);

    ck_assert_int_eq(outcome->status, SIGABRT);
    ck_assert_uint_eq(outcome->output_size, OUTPUT_MAX);
    ck_assert_uint_eq(outcome->output_size + outcome->output_lost,
                      (size_t)100000 * 35 + strlen(last) - 1);
    ck_assert_str_eq(outcome->output + OUTPUT_MAX - strlen(last), last);
    ck_assert_int_eq(strncmp(outcome->output, "no free block", 13), 0);
    outcome_free(outcome);
}
END_TEST

START_TEST(output_of_both_kinds_is_taken_in_order)
{
    struct outcome *outcome =
        run_shell("echo one; echo two >&2; echo three; exit 7", patient);

    ck_assert_str_eq(outcome->output, "one\ntwo\nthree\n");
    ck_assert_int_eq(outcome->ending, ENDED_EXIT);
    ck_assert_int_eq(outcome->status, 7);
    outcome_free(outcome);
}
END_TEST

START_TEST(a_runner_gets_only_what_it_needs)
{
    struct outcome *outcome;
    setenv("SECRET", "known to the parent", 1);
    ck_assert_int_gt(dup(0), 2); /* a descriptor that stays here */

    outcome = run_shell("test -z \"$SECRET\" && test $(pwd) = / && "
                        "test -z \"$(cat)\" && ulimit -c && "
                        "for f in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do "
                        "test -e /proc/$$/fd/$f && echo $f; done",
                        patient);

    ck_assert_str_eq(outcome->output, "0\n0\n1\n2\n3\n4\n");
    outcome_free(outcome);
}
END_TEST

START_TEST(what_a_runner_started_ends_with_it)
{
    struct outcome *outcome =
        run_shell("sleep 1000 & echo $!; exit 0", patient);
    pid_t left = (pid_t)strtol(outcome->output, NULL, 10);

    ck_assert_int_gt(left, 0);
    for (int i = 0; i < 100 && kill(left, 0) == 0; i++)
        usleep(20000); /* until init has reaped it */
    char path[64], state[256] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)left);
    FILE *in = fopen(path, "re");
    if (in != NULL) { /* dead all the same, if nobody reaps orphans here */
        ck_assert_ptr_nonnull(fgets(state, sizeof(state), in));
        fclose(in);
        ck_assert_ptr_nonnull(strstr(state, ") Z"));
    }
    outcome_free(outcome);
}
END_TEST

START_TEST(a_runner_that_is_not_there_is_the_kits_own_trouble)
{
    struct start start = patient;
    struct job job = job_for(JOB_JUDGED, "kr", trace);
    struct outcome *outcome;
    start.runner = "/nowhere/runner";

    outcome = run_job(&start, &job, trace->ops);

    ck_assert_ptr_nonnull(outcome);
    ck_assert_int_eq(outcome->ending, ENDED_FAILED);
    ck_assert_str_eq(outcome->output,
                     "/nowhere/runner: No such file or directory\n");
    outcome_free(outcome);
}
END_TEST

START_TEST(an_allocator_that_is_not_there_is_told_by_the_runner)
{
    struct subject subject = buggy_subject("");
    struct start start = patient;
    struct job job = job_for(JOB_JUDGED, "nobody", trace);
    struct outcome *outcome;
    start.runner = subject.runner;

    outcome = run_job(&start, &job, trace->ops);

    ck_assert_int_eq(outcome->ending, ENDED_FAILED);
    ck_assert_str_eq(outcome->log->message,
                     "no allocator is called 'nobody'; there is: buggy, "
                     "bump, kr, racy");
    outcome_free(outcome);
}
END_TEST

START_TEST(two_replays_give_the_same_pointers)
{
    struct outcome *one = run_bug("bug=none", patient);
    struct outcome *other = run_bug("bug=none", patient);

    for (size_t i = 0; i < trace->op_count; i++) {
        ck_assert_uint_eq(one->records[i].pointer, other->records[i].pointer);
        ck_assert_uint_eq(one->records[i].began, other->records[i].began);
        ck_assert_uint_eq(one->records[i].ended, other->records[i].ended);
    }
    outcome_free(one);
    outcome_free(other);
}
END_TEST

static Suite *run_suite_of_tests(void)
{
    Suite *suite = suite_create("run");
    TCase *tcase = tcase_create("run");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_job_that_is_done_has_a_record_of_each_operation);
    tcase_add_test(tcase, an_exit_before_the_end_is_told_apart_from_done);
    tcase_add_test(tcase, a_crash_leaves_the_signal_and_the_address);
    tcase_add_test(tcase, an_endless_loop_ends_at_the_limit_of_a_call);
    if (!SANITIZED) /* whose own work on one belongs to the call */
        tcase_add_test(tcase, the_kits_own_work_on_a_large_block_is_no_call);
    tcase_add_test(tcase, a_replay_ends_at_the_limit_of_the_whole);
    tcase_add_test(tcase, a_call_that_sleeps_ends_as_well);
    tcase_add_test(
        tcase, who_is_not_trusted_may_not_sleep_when_nobody_asks_for_steps);
    tcase_add_test(tcase,
                   who_is_not_trusted_ends_when_the_folder_is_too_full);
    tcase_add_test(tcase, a_log_is_not_cut_off_by_the_runner);
    tcase_add_test(tcase, a_flood_of_output_is_bounded_and_its_end_is_kept);
    tcase_add_test(tcase, output_of_both_kinds_is_taken_in_order);
    tcase_add_test(tcase, a_runner_gets_only_what_it_needs);
    tcase_add_test(tcase, what_a_runner_started_ends_with_it);
    tcase_add_test(tcase, a_runner_that_is_not_there_is_the_kits_own_trouble);
    tcase_add_test(tcase,
                   an_allocator_that_is_not_there_is_told_by_the_runner);
    tcase_add_test(tcase, two_replays_give_the_same_pointers);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(run_suite_of_tests());
}
