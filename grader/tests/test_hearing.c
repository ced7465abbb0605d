/*
 * test_hearing.c - a call is late only if it is late twice.
 */
#include "grader/hearing.h"

#include "grader/spawn.h"
#include "grader/tests/help.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Long enough to be met while it is replayed. */
#define LONG_TRACE "traces/recorded/sqlite.trace"

/* So much has been spent, in nanoseconds, that a replay which waits is ended
   after two seconds. */
#define ALL_SPENT ((uint64_t)1000 * 1000 * 1000 * 1000)

/* Returns the parent of a process that is called name; else 0. */
static pid_t parent_if_called(const char *pid, const char *name)
{
    char path[300];
    char line[512] = "";
    char *called;
    char *end;
    FILE *in;

    snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    in = fopen(path, "re");
    if (in == NULL)
        return 0;
    if (fgets(line, sizeof(line), in) == NULL)
        line[0] = '\0';
    fclose(in);
    called = strchr(line, '('); /* "PID (NAME) STATE PARENT ..." */
    end = strrchr(line, ')');
    if (called == NULL || end == NULL || strlen(end) < 4)
        return 0;
    *end = '\0';
    return strcmp(called + 1, name) == 0 ? (pid_t)strtol(end + 4, NULL, 10)
                                         : 0;
}

/* Stops a child of parent that is called name. Returns false if there is
   none. */
static bool stop_child(pid_t parent, const char *name)
{
    DIR *all = opendir("/proc");
    const struct dirent *entry;
    bool stopped = false;

    while (all != NULL && !stopped && (entry = readdir(all)) != NULL)
        stopped = isdigit((unsigned char)entry->d_name[0]) &&
                  parent_if_called(entry->d_name, name) == parent &&
                  kill((pid_t)strtol(entry->d_name, NULL, 10), SIGSTOP) == 0;
    if (all != NULL)
        closedir(all);
    return stopped;
}

/* Starts a process that stops the first child of this one called name, and
   exits with 0 when it has. */
static pid_t start_stopper(const char *name)
{
    pid_t parent = getpid();
    pid_t stopper = fork();

    if (stopper != 0)
        return stopper;
    alarm(20);
    while (!stop_child(parent, name))
        usleep(200);
    _exit(0);
}

static struct subject a_kr(void)
{
    struct subject subject;
    char error[256];

    ck_assert_msg(subject_kit(&subject, "kr", error, sizeof(error)), "%s",
                  error);
    return subject;
}

START_TEST(a_replay_that_was_held_up_once_is_not_late)
{
    struct trace *trace = read_trace(LONG_TRACE);
    struct subject subject = a_kr();
    _Atomic uint64_t spent = ALL_SPENT;
    struct hearing hearing;
    char error[256];
    int status = -1;
    pid_t stopper;
    subject.spent = &spent;

    stopper = start_stopper("runner");
    ck_assert_int_gt(stopper, 0);
    ck_assert_msg(hear_in_order(&hearing, &subject, trace, LONG_TRACE, 0,
                                error, sizeof(error)),
                  "%s", error);
    ck_assert_int_eq(waitpid(stopper, &status, 0), stopper);

    ck_assert_int_eq(status, 0); /* it was held up */
    ck_assert_int_eq(hearing.verdict.wrong, WRONG_NOTHING);
    hearing_close(&hearing);
    trace_free(trace);
}
END_TEST

START_TEST(an_endless_loop_is_late_twice)
{
    struct trace *trace = read_trace("grader/tests/screens/small.trace");
    struct subject subject = buggy_subject("bug=loop,after=2");
    _Atomic uint64_t spent = 0;
    struct hearing hearing;
    char error[256];
    subject.spent = &spent;

    ck_assert_msg(hear_in_order(&hearing, &subject, trace, "small", 0, error,
                                sizeof(error)),
                  "%s", error);

    ck_assert_int_eq(hearing.verdict.wrong, WRONG_LOOP);
    ck_assert_uint_gt(atomic_load(&spent), 1900 * (uint64_t)1000000);
    hearing_close(&hearing);
    trace_free(trace);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hearing");
    TCase *tcase = tcase_create("hearing");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_replay_that_was_held_up_once_is_not_late);
    tcase_add_test(tcase, an_endless_loop_is_late_twice);
    return run_suite(suite);
}
