/*
 * test_clock.c - the counted cost is the same to the last digit, whatever goes
 * on around it; and measured time is what it says it is.
 *
 * To see the clock from a process that is unlike this one, the program calls
 * itself: "test_clock --count ALLOCATOR ..." prints the figures of one count.
 * Sanitizers cannot run under valgrind: there only measured time is tested.
 */
#include "grader/clock.h"

#include "grader/cell.h"
#include "grader/show/explain.h"
#include "grader/tests/help.h"
#include "traces/generate.h"

#include <signal.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACE "grader/tests/screens/tiny.trace"

#define FIGURES 512

/* Counts the small trace on an allocator, and puts all figures into text. */
static void count_here(const char *allocator, char text[FIGURES])
{
    char path[PATH_ROOM];
    char error[512];
    struct subject subject;
    struct hearing hearing;
    struct trace_error trace_error = {.message = ""};
    struct trace *trace;
    struct count count;

    path_kit(path, TRACE);
    trace = trace_read(path, &trace_error);
    if (trace == NULL ||
        !subject_kit(&subject, allocator, error, sizeof(error)) ||
        !hear(&hearing, &subject, trace, path, 0, error, sizeof(error))) {
        snprintf(text, FIGURES, "no replay: %.200s", error);
        return;
    }
    count_cost(&count, &subject, trace, hearing.outcome);
    snprintf(
        text, FIGURES, "counted %d same %d Ir %lld L1 %lld LL %lld %.80s",
        count.counted, count.deviation == DEVIATES_NOT, count.instructions,
        count.l1_misses, count.last_misses, count.why);
    hearing_close(&hearing);
    trace_free(trace);
}

/* What a process does to itself before it counts. */
typedef void prepare_fn(void);

/* Has another process, prepared by prepare, count; argument is any word. */
static void count_there(const char *allocator, prepare_fn *prepare,
                        char *argument, char text[FIGURES])
{
    char *words[] = {"test_clock", "--count", (char *)allocator, argument,
                     NULL};
    char self[PATH_ROOM];
    int output[2];
    ssize_t length;
    pid_t pid;

    path_built(self, "grader/tests/test_clock");
    ck_assert_int_eq(pipe(output), 0);
    pid = fork();
    if (pid == 0) {
        dup2(output[1], STDOUT_FILENO);
        if (prepare != NULL)
            prepare();
        execv(self, words);
        _exit(127);
    }
    close(output[1]);
    length = read(output[0], text, FIGURES - 1);
    ck_assert_int_gt(length, 0);
    text[length] = '\0';
    close(output[0]);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* --- counted cost -------------------------------------------------------------- */

/* What an idle count of each allocator says: the figures to be met. */
static const char *const allocators[] = {"bump", "kr"};
static char idle[2][FIGURES];

static void count_idle(void)
{
    for (size_t i = 0; i < 2; i++)
        count_here(allocators[i], idle[i]);
}

START_TEST(a_count_has_the_same_pointers_as_the_judged_run)
{
    ck_assert_msg(strncmp(idle[_i], "counted 1 same 1 Ir ", 20) == 0, "%s",
                  idle[_i]);
}
END_TEST

START_TEST(a_count_is_the_same_when_run_again)
{
    char text[FIGURES];

    count_here(allocators[_i], text);

    ck_assert_str_eq(text, idle[_i]);
}
END_TEST

START_TEST(a_list_costs_more_than_a_pointer_that_goes_up)
{
    long long bump = strtoll(strstr(idle[0], " Ir ") + 4, NULL, 10);
    long long kr = strtoll(strstr(idle[1], " Ir ") + 4, NULL, 10);

    ck_assert_int_gt(bump, 0);
    ck_assert_int_gt(kr, bump);
}
END_TEST

/* A process that uses all of a processor until it is killed. */
static pid_t start_spinning(void)
{
    volatile int going = 1;
    pid_t pid = fork();

    while (pid == 0 && going)
        ;
    return pid;
}

START_TEST(a_count_is_the_same_on_a_busy_machine)
{
    pid_t spinning[] = {start_spinning(), start_spinning(), start_spinning()};
    char text[FIGURES];

    count_here("kr", text);

    for (size_t i = 0; i < 3; i++) {
        kill(spinning[i], SIGKILL);
        waitpid(spinning[i], NULL, 0);
    }
    ck_assert_str_eq(text, idle[1]);
}
END_TEST

static void go_elsewhere(void)
{
    if (chdir("/usr/share") != 0)
        _exit(127);
}

START_TEST(a_count_is_the_same_from_another_folder)
{
    char text[FIGURES];

    count_there("kr", go_elsewhere, NULL, text);

    ck_assert_str_eq(text, idle[1]);
}
END_TEST

static void add_environment(void)
{
    char value[20000];

    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    setenv("HEAPLAB_TEST_LENGTH", value, 1);
}

START_TEST(a_count_is_the_same_with_a_long_environment_and_command_line)
{
    char argument[3001];
    char text[FIGURES];
    memset(argument, 'y', sizeof(argument) - 1);
    argument[sizeof(argument) - 1] = '\0';

    count_there("kr", add_environment, argument, text);

    ck_assert_str_eq(text, idle[1]);
}
END_TEST

static void fix_addresses(void)
{
    if (personality(ADDR_NO_RANDOMIZE) < 0)
        _exit(127);
}

START_TEST(a_count_is_the_same_with_addresses_that_are_not_randomized)
{
    char text[FIGURES];

    count_there("kr", fix_addresses, NULL, text);

    ck_assert_str_eq(text, idle[1]);
}
END_TEST

#define NOBODY 65534

static void become_nobody(void)
{
    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        _exit(127);
}

START_TEST(a_count_is_the_same_for_another_user)
{
    char text[FIGURES];

    count_there("kr", become_nobody, NULL, text);

    ck_assert_str_eq(text, idle[1]);
}
END_TEST

/* May another user run what was built? */
static bool others_may_run(void)
{
    char runner[PATH_ROOM];
    int status = 1;
    pid_t pid;

    if (geteuid() != 0)
        return false;
    path_built(runner, "runner");
    pid = fork();
    if (pid == 0) {
        become_nobody();
        _exit(access(runner, R_OK | X_OK) != 0);
    }
    waitpid(pid, &status, 0);
    return status == 0;
}

/* --- measured time ------------------------------------------------------------- */

static struct timing time_kr(size_t op_count)
{
    struct op *ops = calloc(op_count, sizeof(*ops));
    struct subject subject;
    struct timing timing;
    struct trace *trace;
    char error[512];

    ck_assert_ptr_nonnull(ops);
    for (size_t i = 0; i < op_count; i++)
        ops[i] = (struct op){.kind = i % 2 == 0 ? OP_MALLOC : OP_FREE,
                             .size = i % 2 == 0 ? 100 : 0};
    trace = make_trace(ops, op_count);
    ck_assert(subject_kit(&subject, "kr", error, sizeof(error)));
    time_replays(&timing, &subject, trace, 0.1);
    trace_free(trace);
    free(ops);
    return timing;
}

/* CPU time of the processes that were waited for, in seconds. */
static double cpu_of_children(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

START_TEST(a_million_operations_are_judged_and_counted_in_ten_seconds)
{
    const char *settings[] = {"count=700000"};
    struct trace_error error;
    static struct workload workload;
    static struct subject bump;
    struct cell *cell = cells_new(1);
    char why[512];

    workload.trace = trace_generate("queue", settings, 1, &error);
    ck_assert_ptr_nonnull(workload.trace);
    ck_assert(subject_kit(&bump, "bump", why, sizeof(why)));
    cell->subject = &bump;
    cell->workload = &workload;

    cells_fill(cell, 1, WANT_COUNT, 0);

    ck_assert_uint_eq(workload.trace->op_count, 1400000);
    ck_assert_msg(!cell->trouble, "%s", cell->message);
    ck_assert_int_eq(cell->verdict.wrong, WRONG_NOTHING);
    ck_assert(cell->count.counted);
    ck_assert_double_lt(cpu_of_children(), 10.0);
    workload_close(&workload);
    cells_free(cell, 1);
}
END_TEST

START_TEST(a_time_is_a_ratio_within_its_interval)
{
    struct timing timing = time_kr(20000);

    ck_assert(timing.timed);
    ck_assert_uint_ge(timing.pairs, 6);
    ck_assert_double_gt(timing.low, 0);
    ck_assert_double_ge(timing.ratio, timing.low);
    ck_assert_double_le(timing.ratio, timing.high);
    ck_assert_double_gt(timing.per_second, 0);
}
END_TEST

START_TEST(what_is_over_too_soon_is_not_timed)
{
    ck_assert(!time_kr(TIMED_OPS_MIN - 1).timed);
}
END_TEST

static Suite *clock_suite(void)
{
    Suite *suite = suite_create("clock");
    TCase *tcase = tcase_create("timed");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_time_is_a_ratio_within_its_interval);
    tcase_add_test(tcase, what_is_over_too_soon_is_not_timed);
    suite_add_tcase(suite, tcase);
    if (SANITIZED || !can_count()) {
        puts("left out: no counting without valgrind, or with sanitizers");
        return suite;
    }

    tcase = tcase_create("counted");
    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, count_idle, NULL);
    tcase_add_loop_test(
        tcase, a_count_has_the_same_pointers_as_the_judged_run, 0, 2);
    tcase_add_loop_test(tcase, a_count_is_the_same_when_run_again, 0, 2);
    tcase_add_test(tcase, a_list_costs_more_than_a_pointer_that_goes_up);
    tcase_add_test(tcase, a_count_is_the_same_on_a_busy_machine);
    tcase_add_test(tcase, a_count_is_the_same_from_another_folder);
    tcase_add_test(
        tcase, a_million_operations_are_judged_and_counted_in_ten_seconds);
    tcase_add_test(
        tcase, a_count_is_the_same_with_a_long_environment_and_command_line);
    tcase_add_test(
        tcase, a_count_is_the_same_with_addresses_that_are_not_randomized);
    if (others_may_run())
        tcase_add_test(tcase, a_count_is_the_same_for_another_user);
    else
        puts("left out: another user, for want of root or of readable files");
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char **argv)
{
    char text[FIGURES];

    if (argc >= 3 && strcmp(argv[1], "--count") == 0) {
        count_here(argv[2], text);
        fputs(text, stdout);
        return EXIT_SUCCESS;
    }
    return run_suite(clock_suite());
}
