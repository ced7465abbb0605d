/*
 * test_opened.c - that a watch shows what it should: each rule of opened.h is
 * broken once, and that is seen. test_attacks.c watches a whole class.
 */
#include "grader/tests/opened.h"

#include "grader/tests/attacked.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

/* What may be opened by everybody. */
#define PROGRAM "/usr/bin/true"

static struct watch watch;
static struct opened opened;
static char room[PATH_ROOM];  /* folder that the processes here work in */
static char other[PATH_ROOM]; /* that of another submission */

static void setup(void)
{
    char path[PATH_ROOM];

    place_make();
    ck_assert_int_eq(mkdir(below(path, "results"), 0755), 0);
    ck_assert_int_eq(mkdir(below(path, "tmp/heaplab-class-1"), 0755), 0);
    ck_assert_int_eq(mkdir(below(room, "tmp/heaplab-class-1/room-1"), 0755),
                     0);
    ck_assert_int_eq(mkdir(below(other, "tmp/heaplab-class-1/room-2"), 0755),
                     0);
    opened_begin(&opened, place, "results");
    ck_assert_msg(watch_begin(&watch, 60), "%s", watch.trouble);
}

/* Ends the watch, and holds what was seen against the rules. */
static void look(void)
{
    ck_assert_msg(watch_end(&watch), "%s", watch.trouble);
    opened_judge(&opened, &watch);
    watch_free(&watch);
}

static void teardown(void)
{
    place_remove();
}

/* Becomes what runs behind walls, as far as the watcher can tell: without new
   privileges, and with a filter, which allows everything. As a program there
   has to be opened, so is something here; the watcher holds who does it. */
static void go_behind(bool filtered)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {.len = 1, .filter = &allow};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        (filtered &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) ||
        open(PROGRAM, O_RDONLY | O_CLOEXEC) < 0)
        _exit(125);
}

/* What a process of a test does. */
struct deed {
    enum { BEHIND, UNFILTERED, OUTSIDE } where;
    const char *path; /* to be opened */
    int flags;        /* for that */
    bool inherited;   /* is it opened before, by the test? */
};

/* Has a process do it, with its own group as gradebook's workers have. */
static void have_done(const struct deed *deed)
{
    int file = deed->inherited ? open(deed->path, deed->flags, 0600) : -1;
    char byte = '\n';
    int status;
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (deed->where != OUTSIDE)
            go_behind(deed->where == BEHIND);
        if (!deed->inherited)
            file = open(deed->path, deed->flags, 0600);
        if ((deed->flags & O_ACCMODE) == O_RDONLY)
            _exit(read(file, &byte, 1) >= 0 || errno == EISDIR ? 0 : 1);
        _exit(write(file, &byte, 1) == 1 ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    if (file >= 0)
        close(file);
}

/* Was this the first that was against a rule? */
static void check_blamed(const char *first, char what, const char *path)
{
    char words[PATH_ROOM + 8];

    snprintf(words, sizeof(words), ": %c %.900s", what, path);
    ck_assert_msg(strlen(first) >= strlen(words) &&
                      strcmp(first + strlen(first) - strlen(words), words) ==
                          0,
                  "not '%s', but '%s'", words, first);
}

/* Is it seen that this is against the rules for who is behind walls? */
static void must_stray(const char *path, int flags, char what)
{
    const struct deed deed = {BEHIND, path, flags, false};

    have_done(&deed);
    look();
    check_blamed(opened.strayed, what, path);
    ck_assert_str_eq(opened.unfiltered, "");
}

START_TEST(a_secret_that_is_read_behind_walls_is_seen)
{
    char path[PATH_ROOM];

    must_stray(below(path, "secret"), O_RDONLY, SIGHT_OPEN);
}
END_TEST

START_TEST(the_reference_is_not_to_be_read_behind_walls)
{
    char path[PATH_ROOM];

    path_kit(path, "allocators/kr.c");
    must_stray(path, O_RDONLY, SIGHT_OPEN);
}
END_TEST

START_TEST(the_list_of_users_is_not_to_be_read_behind_walls)
{
    must_stray("/etc/passwd", O_RDONLY, SIGHT_OPEN);
}
END_TEST

START_TEST(a_folder_is_not_to_be_listed_behind_walls)
{
    char path[PATH_ROOM];

    path_kit(path, "labs");
    must_stray(path, O_RDONLY | O_DIRECTORY, SIGHT_OPEN);
}
END_TEST

START_TEST(what_the_kernel_tells_of_others_is_not_to_be_read_behind_walls)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/maps", (int)getpid());
    must_stray(path, O_RDONLY, SIGHT_OPEN);
}
END_TEST

START_TEST(a_file_that_is_made_behind_walls_is_seen)
{
    char path[PATH_ROOM];

    must_stray(below(path, "written"), O_WRONLY | O_CREAT, SIGHT_OPEN);
}
END_TEST

START_TEST(the_results_are_not_to_be_written_behind_walls)
{
    char path[PATH_ROOM];

    must_stray(below(path, "results/x"), O_WRONLY | O_CREAT, SIGHT_OPEN);
}
END_TEST

START_TEST(the_kit_s_build_is_not_to_be_written_behind_walls)
{
    char path[PATH_ROOM];
    const struct deed deed = {BEHIND, path, O_WRONLY | O_CREAT, false};

    path_built(path, "include/allocators/written");
    have_done(&deed);
    unlink(path);
    look();
    ck_assert_ptr_nonnull(strstr(opened.strayed, ": w "));
    ck_assert_ptr_nonnull(strstr(opened.strayed, path));
}
END_TEST

START_TEST(what_is_read_through_an_inherited_descriptor_is_seen)
{
    char path[PATH_ROOM];
    const struct deed deed = {BEHIND, below(path, "secret"), O_RDONLY, true};

    have_done(&deed);
    look();
    check_blamed(opened.strayed, SIGHT_READ, path);
}
END_TEST

START_TEST(what_is_written_through_an_inherited_descriptor_is_seen)
{
    char path[PATH_ROOM];
    const struct deed deed = {BEHIND, below(path, "precious"), O_WRONLY,
                              true};

    have_done(&deed);
    look();
    check_blamed(opened.strayed, SIGHT_WRITE, path);
}
END_TEST

START_TEST(the_room_of_another_submission_is_not_to_be_opened)
{
    const struct deed own = {BEHIND, room, O_RDONLY | O_DIRECTORY, false};

    have_done(&own);
    must_stray(other, O_RDONLY | O_DIRECTORY, SIGHT_OPEN);
}
END_TEST

START_TEST(two_submissions_have_no_room_in_common)
{
    const struct deed deed = {BEHIND, room, O_RDONLY | O_DIRECTORY, false};
    pid_t worker;

    have_done(&deed);
    worker = fork();
    if (worker == 0) {
        setpgid(0, 0);
        have_done(&deed);
        _exit(0);
    }
    waitpid(worker, NULL, 0);
    look();
    check_blamed(opened.strayed, SIGHT_OPEN, room);
}
END_TEST

START_TEST(what_is_given_and_its_own_may_be_opened_behind_walls)
{
    char path[PATH_ROOM];
    const struct deed deeds[] = {
        {BEHIND, PROGRAM, O_RDONLY, false},
        {BEHIND, "/etc/ld.so.cache", O_RDONLY, false},
        {BEHIND, "/proc/self/maps", O_RDONLY, false},
        {BEHIND, below(path, "tmp/heaplab-class-1/room-1/x"),
         O_WRONLY | O_CREAT, false},
    };
    const size_t count = sizeof(deeds) / sizeof(deeds[0]);

    for (size_t i = 0; i < count; i++)
        have_done(&deeds[i]);
    look();
    ck_assert_str_eq(opened.strayed, "");
    ck_assert_str_eq(opened.unfiltered, "");
    ck_assert_uint_ge(opened.behind, count);
    ck_assert_uint_eq(opened.room_count, 1);
    ck_assert(opened.rooms[0].is_written);
}
END_TEST

START_TEST(who_has_no_filter_is_seen)
{
    const struct deed deed = {UNFILTERED, PROGRAM, O_RDONLY, false};

    have_done(&deed);
    look();
    check_blamed(opened.unfiltered, SIGHT_OPEN, PROGRAM);
    ck_assert_str_eq(opened.strayed, "");
}
END_TEST

START_TEST(outside_the_walls_everything_may_be_read)
{
    char path[PATH_ROOM];
    const struct deed deed = {OUTSIDE, below(path, "secret"), O_RDONLY,
                              false};

    have_done(&deed);
    look();
    ck_assert_str_eq(opened.strayed, "");
    ck_assert_str_eq(opened.littered, "");
    ck_assert_uint_gt(opened.outside, 0);
}
END_TEST

START_TEST(outside_the_walls_only_results_and_the_class_are_to_be_written)
{
    char results[PATH_ROOM];
    char class[PATH_ROOM];
    char path[PATH_ROOM];
    const struct deed deeds[] = {
        {OUTSIDE, below(results, "results/x"), O_WRONLY | O_CREAT, false},
        {OUTSIDE, below(class, "tmp/heaplab-class-1/x"), O_WRONLY | O_CREAT,
         false},
        {OUTSIDE, below(path, "tmp/heaplab-class-2"), O_WRONLY | O_CREAT,
         false},
    };

    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
        have_done(&deeds[i]);
    look();
    check_blamed(opened.littered, SIGHT_WRITE, path);
}
END_TEST

START_TEST(what_the_test_does_is_nobody_s_fault)
{
    char path[PATH_ROOM];

    put_text(below(path, "mine"), "mine\n", 0600);
    look();
    ck_assert_uint_eq(opened.behind + opened.outside, 0);
    ck_assert_str_eq(opened.littered, "");
}
END_TEST

START_TEST(nothing_is_seen_of_processes_that_were_not_started_here)
{
    char path[PATH_ROOM];
    const struct deed deed = {OUTSIDE, below(path, "secret"), O_RDONLY,
                              false};
    struct watch second;

    look();
    ck_assert(watch_begin(&second, 60));
    ck_assert(watch_end(&second));
    have_done(&deed);
    opened_judge(&opened, &second);
    watch_free(&second);
    ck_assert_uint_eq(opened.behind + opened.outside, 0);
}
END_TEST

START_TEST(a_watcher_that_dies_lets_everybody_go_on_and_that_is_told)
{
    char path[PATH_ROOM];
    const struct deed deed = {BEHIND, below(path, "secret"), O_RDONLY, false};

    kill(watch.pid, SIGKILL);
    have_done(&deed);
    ck_assert(!watch_end(&watch));
    watch_free(&watch);
    ck_assert_ptr_nonnull(strstr(watch.trouble, "the watcher ended"));
}
END_TEST

/* Has gradebook grade an attack without a layer. Returns false if there are no
   walls here. */
static bool grade_without(const char *name, const char *layer)
{
    struct grading grading;
    struct row row;
    bool graded = grade_one(&row, &grading, name, layer, getuid());

    look();
    if (graded)
        free(row.report);
    else
        printf("skipped: no walls here: %s\n", grading.said);
    return graded;
}

START_TEST(without_the_compiler_s_walls_it_is_seen_that_a_secret_is_read)
{
    char path[PATH_ROOM];

    if (!grade_without("include-secret", "compile"))
        return;

    check_blamed(opened.strayed, SIGHT_OPEN, below(path, "secret"));
    ck_assert_str_ne(opened.unfiltered, "");
}
END_TEST

START_TEST(without_the_child_s_walls_it_is_seen_that_a_secret_is_read)
{
    char path[PATH_ROOM];

    if (!grade_without("hidden-read", "child"))
        return;

    check_blamed(opened.strayed, SIGHT_OPEN, below(path, "secret"));
    ck_assert_str_ne(opened.unfiltered, "");
}
END_TEST

static void add_rules(TCase *tcase)
{
    tcase_add_test(tcase, a_secret_that_is_read_behind_walls_is_seen);
    tcase_add_test(tcase, the_reference_is_not_to_be_read_behind_walls);
    tcase_add_test(tcase, the_list_of_users_is_not_to_be_read_behind_walls);
    tcase_add_test(tcase, a_folder_is_not_to_be_listed_behind_walls);
    tcase_add_test(
        tcase,
        what_the_kernel_tells_of_others_is_not_to_be_read_behind_walls);
    tcase_add_test(tcase, a_file_that_is_made_behind_walls_is_seen);
    tcase_add_test(tcase, the_results_are_not_to_be_written_behind_walls);
    tcase_add_test(tcase, the_kit_s_build_is_not_to_be_written_behind_walls);
    tcase_add_test(tcase,
                   what_is_read_through_an_inherited_descriptor_is_seen);
    tcase_add_test(tcase,
                   what_is_written_through_an_inherited_descriptor_is_seen);
    tcase_add_test(tcase, the_room_of_another_submission_is_not_to_be_opened);
    tcase_add_test(tcase, two_submissions_have_no_room_in_common);
    tcase_add_test(tcase,
                   what_is_given_and_its_own_may_be_opened_behind_walls);
    tcase_add_test(tcase, who_has_no_filter_is_seen);
    tcase_add_test(tcase, outside_the_walls_everything_may_be_read);
    tcase_add_test(
        tcase,
        outside_the_walls_only_results_and_the_class_are_to_be_written);
}

static Suite *opened_suite(void)
{
    Suite *suite = suite_create("opened");
    TCase *tcase = tcase_create("rules");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    add_rules(tcase);
    tcase = tcase_create("watch");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, what_the_test_does_is_nobody_s_fault);
    tcase_add_test(tcase,
                   nothing_is_seen_of_processes_that_were_not_started_here);
    tcase_add_test(tcase,
                   a_watcher_that_dies_lets_everybody_go_on_and_that_is_told);
    tcase_add_test(
        tcase, without_the_compiler_s_walls_it_is_seen_that_a_secret_is_read);
    tcase_add_test(
        tcase, without_the_child_s_walls_it_is_seen_that_a_secret_is_read);
    return suite;
}

/* What is watched takes privileges, and no sanitizer. */
START_TEST(who_cannot_watch_is_told_why)
{
    ck_assert_ptr_nonnull(watch_missing());
}
END_TEST

int main(void)
{
    const char *missing = watch_missing();
    Suite *suite = suite_create("opened");
    TCase *tcase = tcase_create("none");

    if (missing == NULL)
        return run_suite(opened_suite());
    printf("skipped: what is opened is not watched: %s\n", missing);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, who_cannot_watch_is_told_why);
    return run_suite(suite);
}
