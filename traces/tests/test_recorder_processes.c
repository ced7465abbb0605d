/*
 * test_recorder_processes.c - does each process of a recorded program get the
 * trace that is its own? The recorded program is this one, in a mode.
 */
#include "traces/tests/recorded.h"

#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Waits for a child, and passes on how it ended: 0 is well. */
static int reap(pid_t pid)
{
    int status = 1;

    return waitpid(pid, &status, 0) == pid ? status : 1;
}

/* What other processes execute. */
static int simple(void)
{
    blocks[0] = malloc(MARKED + 1);
    free(blocks[0]);
    return 0;
}

static int fork_once(void)
{
    blocks[0] = malloc(MARKED + 1);
    blocks[1] = malloc(MARKED + 2);
    blocks[2] = aligned_alloc(64, MARKED + 32);
    free(blocks[0]);
    pid_t pid = fork();
    if (pid == 0) {
        free(blocks[1]);
        blocks[3] = malloc(MARKED + 4);
        _exit(0);
    }
    int status = reap(pid);
    blocks[4] = malloc(MARKED + 5);
    return status;
}

START_TEST(a_forked_child_begins_with_what_was_live_in_its_parent)
{
    struct record_result result = record_mode("fork_once");

    ck_assert_int_eq(result.status, 0);
    ck_assert_uint_eq(result.traces, 2);
    check_story(1, "a0+1 a1+2 m2/64+32 f0 a3+5");
    check_story(2, "a0+2 m1/64+32 f0 a2+4");
    check_about(1, "process 1 of 2");
    check_about(2, "process 2 of 2");
    check_about(2, "forked from process 1");
}
END_TEST

static int fork_twice(void)
{
    int status = 0;

    blocks[0] = malloc(MARKED + 1);
    pid_t pid = fork();
    if (pid == 0) {
        pid_t grandchild = fork(); /* of a child that does not allocate */
        if (grandchild == 0) {
            blocks[1] = malloc(MARKED + 2);
            pid_t last = fork();
            if (last == 0)
                blocks[2] = malloc(MARKED + 3);
            _exit(last == 0 ? 0 : reap(last));
        }
        _exit(reap(grandchild));
    }
    status = reap(pid);
    return status;
}

START_TEST(generations_of_forked_children_inherit_from_each_other)
{
    struct record_result result = record_mode("fork_twice");

    ck_assert_int_eq(result.status, 0);
    ck_assert_uint_eq(result.traces, 3);
    check_story(1, "a0+1");
    check_story(2, "a0+1 a1+2");
    check_story(3, "a0+1 a1+2 a2+3");
}
END_TEST

/* A fork that no handler of pthread_atfork() hears of. */
static int bare_fork(void)
{
    blocks[0] = malloc(MARKED + 1);
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        blocks[1] = malloc(MARKED + 2);
        _exit(0);
    }
    return reap(pid);
}

START_TEST(a_fork_that_libc_does_not_know_of_is_seen)
{
    record_mode("bare_fork");

    check_story(1, "a0+1");
    check_story(2, "a0+1 a1+2");
}
END_TEST

static int fork_and_exec(void)
{
    blocks[0] = malloc(MARKED + 1);
    pid_t pid = fork();
    if (pid == 0) {
        execl("/proc/self/exe", "other", "as", "simple", NULL);
        _exit(1);
    }
    return reap(pid);
}

START_TEST(an_executed_program_has_a_trace_of_its_own)
{
    record_mode("fork_and_exec");

    check_story(1, "a0+1");
    check_story(2, "a0+1 f0");
    check_about(2, "other (the program test_recorder_processes)");
}
END_TEST

static int become_another(void)
{
    blocks[0] = malloc(MARKED + 1);
    execl("/proc/self/exe", "other", "as", "simple", NULL);
    return 1;
}

START_TEST(a_process_that_executes_is_two)
{
    struct record_result result = record_mode("become_another");

    ck_assert_uint_eq(result.traces, 2);
    check_story(1, "a0+1");
    check_story(2, "a0+1 f0");
}
END_TEST

/* As the child of vfork() is, but with a stack of its own. */
static int share_memory(void *unused)
{
    (void)unused;
    blocks[1] = malloc(MARKED + 2);
    execl("/proc/self/exe", "other", "as", "simple", NULL);
    return 1;
}

static int like_vfork(void)
{
    static _Alignas(16) char stack[64 << 10];

    blocks[0] = malloc(MARKED + 1);
    pid_t pid = clone(share_memory, stack + sizeof stack,
                      CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
    free(blocks[1]); /* it is from this process's heap */
    return reap(pid);
}

START_TEST(a_child_of_vfork_allocates_from_its_parent)
{
    struct record_result result = record_mode("like_vfork");

    ck_assert_int_eq(result.status, 0);
    ck_assert_uint_eq(result.traces, 2);
    check_story(1, "a0+1 a1+2 f1");
    check_story(2, "a0+1 f0");
}
END_TEST

static int spawn(void)
{
    char other[] = "other", as[] = "as", mode[] = "simple";
    char *argv[] = {other, as, mode, NULL};
    pid_t pid = -1;

    blocks[0] = malloc(MARKED + 1);
    if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ) != 0)
        return 1;
    blocks[1] = malloc(MARKED + 2);
    return reap(pid);
}

START_TEST(a_spawned_program_leaves_its_parents_trace_alone)
{
    record_mode("spawn");

    check_story(1, "a0+1 a1+2");
    check_story(2, "a0+1 f0");
}
END_TEST

static int fork_unrecorded(void)
{
    struct rlimit limit = {.rlim_cur = 0, .rlim_max = 0};

    blocks[0] = malloc(MARKED + 1);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1;
    pid_t pid = fork();
    if (pid == 0) {
        blocks[1] = malloc(MARKED + 2);
        _exit(0);
    }
    return reap(pid);
}

START_TEST(a_child_that_gets_no_file_runs_on)
{
    struct record_result result = record_mode("fork_unrecorded");

    ck_assert_int_eq(result.status, 0);
    ck_assert_uint_eq(result.traces, 1);
}
END_TEST

static const struct mode modes[] = {
    {"simple", simple},
    {"fork_once", fork_once},
    {"fork_twice", fork_twice},
    {"bare_fork", bare_fork},
    {"fork_and_exec", fork_and_exec},
    {"become_another", become_another},
    {"like_vfork", like_vfork},
    {"spawn", spawn},
    {"fork_unrecorded", fork_unrecorded},
};

static Suite *recorder_processes_suite(void)
{
    Suite *suite = suite_create("recorder_processes");
    TCase *tcase = tcase_create("recorder_processes");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    if (CAN_RECORD) {
        tcase_add_test(
            tcase, a_forked_child_begins_with_what_was_live_in_its_parent);
        tcase_add_test(
            tcase, generations_of_forked_children_inherit_from_each_other);
        tcase_add_test(tcase, a_fork_that_libc_does_not_know_of_is_seen);
        tcase_add_test(tcase, an_executed_program_has_a_trace_of_its_own);
        tcase_add_test(tcase, a_process_that_executes_is_two);
        tcase_add_test(tcase, a_child_of_vfork_allocates_from_its_parent);
        tcase_add_test(tcase,
                       a_spawned_program_leaves_its_parents_trace_alone);
        tcase_add_test(tcase, a_child_that_gets_no_file_runs_on);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char *argv[])
{
    run_mode(modes, sizeof modes / sizeof *modes, argc, argv);
    return run_suite(recorder_processes_suite());
}
