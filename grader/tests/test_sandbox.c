/*
 * test_sandbox.c - what the walls hold back, and that each of them is needed.
 *
 * Every attack is made twice: where it has to be stopped, and with the layer
 * switched off that stops it, where it has to come through. An attack that
 * never works proves nothing.
 */
#include "grader/confine/sandbox.h"

#include "grader/tests/behind.h"

#define REFUSED 1

/* What an attack is told. */
enum aim {
    AIM_NOTHING,
    AIM_VICTIM,  /* the number of the victim */
    AIM_SECRET,  /* the path of the secret */
    AIM_NEW,     /* the path of a new file outside */
    AIM_OWN,     /* the path of a new file in the child's folder */
    AIM_PROGRAM, /* the path of a program */
    AIM_SPARE,   /* a descriptor that is open */
    AIM_MEMORY,  /* that of a memory file */
};

struct attack {
    const char *name;
    enum aim aim;
    bool compile; /* does a compiler die of it? */
    bool counted; /* and a counted run? */
};

/* All of them kill a judged run. */
static const struct attack attacks[] = {
    {"read", AIM_SECRET, false, false},
    {"write", AIM_NEW, false, false},
    {"cut-off", AIM_SECRET, true, true},
    {"mode", AIM_SECRET, false, true},
    {"environment", AIM_VICTIM, false, false},
    {"command-line", AIM_VICTIM, false, false},
    {"memory", AIM_VICTIM, true, true},
    {"own-maps", AIM_NOTHING, false, false},
    {"descriptors", AIM_NOTHING, false, false},
    {"socket", AIM_NOTHING, true, true},
    {"fork", AIM_NOTHING, false, true},
    {"thread", AIM_NOTHING, false, true},
    {"execute", AIM_PROGRAM, false, false},
    {"kill", AIM_VICTIM, true, true},
    {"abort-other", AIM_VICTIM, true, true},
    {"limit", AIM_VICTIM, true, true},
    {"trace", AIM_VICTIM, true, true},
    {"pipe-signal", AIM_VICTIM, true, true},
    {"leave-group", AIM_NOTHING, true, true},
    {"rename", AIM_NOTHING, false, false},
    {"signal", AIM_NOTHING, false, false},
    {"sleep", AIM_NOTHING, true, true},
    {"make-code", AIM_NOTHING, false, false},
    {"write-to", AIM_SPARE, false, false},
    {"32-bit", AIM_NOTHING, true, true},
    {"ring", AIM_NOTHING, true, true},
};

#define ATTACKS ((int)(sizeof(attacks) / sizeof(attacks[0])))

static struct place place;

static void setup(void)
{
    place_make(&place);
    /* Only its owner may change a mode: it is the child's. */
    if (getuid() == 0)
        ck_assert_int_eq(chown(place.secret, SANDBOX_NOBODY, 0), 0);
}

static void teardown(void)
{
    place_remove(&place);
}

/* The profile's walls as a grader would have them, without the layers off. */
static struct sandbox_config walls(enum sandbox_profile profile, unsigned off)
{
    static const char *readable[2];
    struct sandbox_config config = sandbox_config(profile);

    readable[0] = place.attacker;
    config.readable = readable;
    config.writable = profile == SANDBOX_SERVED ? NULL : place.folder;
    config.off = off;
    return config;
}

/* Returns what the attacker is told, in room if it has to be made. */
static const char *target(enum aim aim, char room[96])
{
    static const char *const fixed[] = {
        [AIM_NOTHING] = "",          [AIM_VICTIM] = place.victim,
        [AIM_SECRET] = place.secret, [AIM_PROGRAM] = "/usr/bin/true",
        [AIM_SPARE] = "7",           [AIM_MEMORY] = "8",
    };

    snprintf(room, 96, "%s/new",
             aim == AIM_OWN ? place.folder : place.outside);
    return aim == AIM_OWN || aim == AIM_NEW ? room : fixed[aim];
}

/* Makes an attack behind config's walls. Returns how it ended. */
static int try(const struct sandbox_config *config, const char *name,
               enum aim aim)
{
    char room[96];
    const char *words[] = {place.attacker, name, target(aim, room), NULL};

    return run_behind(config, &place, words);
}

/* The same after it has given up its system calls. */
static int try_shut(const struct sandbox_config *config, const char *name,
                    enum aim aim)
{
    char room[96];
    const char *words[] = {place.attacker, name, target(aim, room), "shut",
                           NULL};

    return run_behind(config, &place, words);
}

/* Is what was to be killed alive? */
static bool victim_lives(void)
{
    return waitpid(place.victim_pid, NULL, WNOHANG) == 0;
}

static void must_end(const char *name, int ended, int expected)
{
    ck_assert_msg(ended == expected, "%s: ended with %d, not %d; %s", name,
                  ended, expected, place.said);
}

/* Of system calls. */

START_TEST(a_judged_run_dies_of_every_attack)
{
    struct sandbox_config config = walls(SANDBOX_SERVED, 0);
    if (!offered(SANDBOX_CALLS))
        return;

    int ended = try_shut(&config, attacks[_i].name, attacks[_i].aim);

    must_end(attacks[_i].name, ended, KILLED + SIGSYS);
    ck_assert(victim_lives());
}
END_TEST

START_TEST(without_walls_the_attack_comes_through)
{
    struct sandbox_config config =
        walls(SANDBOX_SERVED, SANDBOX_LIMITS | SANDBOX_FILES | SANDBOX_CALLS);

    int ended = try(&config, attacks[_i].name, attacks[_i].aim);

    must_end(attacks[_i].name, ended, 0);
}
END_TEST

START_TEST(a_compiler_dies_of_calls_that_it_does_not_need)
{
    struct sandbox_config config = walls(SANDBOX_COMPILE, 0);
    if (!offered(SANDBOX_CALLS))
        return;

    for (int i = 0; i < ATTACKS; i++)
        if (attacks[i].compile)
            must_end(attacks[i].name,
                     try(&config, attacks[i].name, attacks[i].aim),
                     KILLED + SIGSYS);

    must_end("namespace", try(&config, "namespace", AIM_NOTHING),
             KILLED + SIGSYS);
    must_end("mode", try(&config, "mode", AIM_SECRET), REFUSED);
    ck_assert(victim_lives());
}
END_TEST

START_TEST(a_counted_run_dies_of_calls_that_it_does_not_need)
{
    struct sandbox_config config = walls(SANDBOX_COUNTED, 0);
    if (!offered(SANDBOX_CALLS))
        return;

    for (int i = 0; i < ATTACKS; i++)
        if (attacks[i].counted)
            must_end(attacks[i].name,
                     try(&config, attacks[i].name, attacks[i].aim),
                     KILLED + SIGSYS);

    ck_assert(victim_lives());
}
END_TEST

START_TEST(a_judged_run_may_not_write_or_start_anything_while_it_is_loaded)
{
    struct sandbox_config config = walls(SANDBOX_SERVED, 0);
    if (!offered(SANDBOX_CALLS))
        return;

    must_end("write", try(&config, "write", AIM_NEW), KILLED + SIGSYS);
    must_end("fork", try(&config, "fork", AIM_NOTHING), KILLED + SIGSYS);
    must_end("socket", try(&config, "socket", AIM_NOTHING), KILLED + SIGSYS);
    must_end("kill", try(&config, "kill", AIM_VICTIM), KILLED + SIGSYS);
}
END_TEST

START_TEST(a_judged_run_may_compute_and_speak_and_abort)
{
    struct sandbox_config config = walls(SANDBOX_SERVED, 0);
    if (!offered(SANDBOX_CALLS))
        return;

    must_end("work", try_shut(&config, "work", AIM_NOTHING), 0);
    must_end("protect", try_shut(&config, "protect", AIM_NOTHING), 0);
    must_end("speak", try_shut(&config, "speak", AIM_NOTHING), 0);
    ck_assert_str_eq(place.said, "x");
    must_end("abort", try_shut(&config, "abort", AIM_NOTHING),
             KILLED + SIGABRT);
}
END_TEST

START_TEST(a_judged_run_gets_no_memory_from_the_kernel)
{
    struct sandbox_config config = walls(SANDBOX_SERVED, 0);
    if (!offered(SANDBOX_CALLS))
        return;

    must_end("map", try_shut(&config, "map", AIM_NOTHING), REFUSED);
    must_end("map-code", try_shut(&config, "map-code", AIM_NOTHING), REFUSED);
    must_end("break", try_shut(&config, "break", AIM_NOTHING), REFUSED);
    must_end("map-shared", try_shut(&config, "map-shared", AIM_MEMORY),
             REFUSED);

    must_end("map", try(&config, "map", AIM_NOTHING), 0);
    must_end("map-code", try(&config, "map-code", AIM_NOTHING), 0);
    must_end("break", try(&config, "break", AIM_NOTHING), 0);
    must_end("map-shared", try(&config, "map-shared", AIM_MEMORY), 0);
}
END_TEST

START_TEST(a_judged_run_may_map_pages_of_the_shared_file_but_only_shared)
{
    struct sandbox_config config = walls(SANDBOX_SERVED, 0);
    config.shared_file = MEMORY_FD;
    if (!offered(SANDBOX_CALLS))
        return;

    must_end("map-shared", try_shut(&config, "map-shared", AIM_MEMORY), 0);
    must_end("map-private", try_shut(&config, "map-private", AIM_MEMORY),
             KILLED + SIGSYS);
    must_end("map-file-code", try_shut(&config, "map-file-code", AIM_MEMORY),
             KILLED + SIGSYS);
    must_end("map", try_shut(&config, "map", AIM_NOTHING), REFUSED);
}
END_TEST

/* Of files. */

START_TEST(only_the_folder_can_be_written)
{
    struct sandbox_config config = walls(SANDBOX_COMPILE, 0);
    struct sandbox_config open = walls(SANDBOX_COMPILE, SANDBOX_FILES);
    if (!offered(SANDBOX_FILES))
        return;

    must_end("write", try(&config, "write", AIM_OWN), 0);
    must_end("write", try(&config, "write", AIM_NEW), REFUSED);
    must_end("write", try(&open, "write", AIM_NEW), 0);
}
END_TEST

START_TEST(no_profile_can_read_a_file_that_it_was_not_given)
{
    if (!offered(SANDBOX_FILES))
        return;

    for (int i = SANDBOX_COMPILE; i <= SANDBOX_UNPACK; i++) {
        enum sandbox_profile profile = (enum sandbox_profile)i;
        struct sandbox_config config = walls(profile, 0);
        struct sandbox_config open = walls(profile, SANDBOX_FILES);
        must_end("read", try(&config, "read", AIM_SECRET), REFUSED);
        must_end("read", try(&open, "read", AIM_SECRET), 0);
    }
}
END_TEST

START_TEST(a_counted_run_sees_nothing_of_other_processes)
{
    struct sandbox_config config = walls(SANDBOX_COUNTED, 0);
    struct sandbox_config open = walls(SANDBOX_COUNTED, SANDBOX_FILES);
    if (!offered(SANDBOX_FILES))
        return;

    must_end("own-maps", try(&config, "own-maps", AIM_NOTHING), 0);
    must_end("environment", try(&config, "environment", AIM_VICTIM), REFUSED);
    must_end("command-line", try(&config, "command-line", AIM_VICTIM),
             REFUSED);
    must_end("environment", try(&open, "environment", AIM_VICTIM), 0);
    must_end("command-line", try(&open, "command-line", AIM_VICTIM), 0);
}
END_TEST

/* Of limits. */

/* Makes an attack in a compiler's walls, without and with limits. */
static void must_be_limited(const struct sandbox_config *limits,
                            const char *name, int ended)
{
    struct sandbox_config off = *limits;
    off.off |= SANDBOX_LIMITS;

    must_end(name, try(limits, name, AIM_OWN), ended);
    must_end(name, try(&off, name, AIM_OWN), 0);
}

START_TEST(cpu_time_ends)
{
    struct sandbox_config config = walls(SANDBOX_COMPILE, 0);
    config.cpu_seconds = 1;
    if (!offered(SANDBOX_LIMITS))
        return;

    must_be_limited(&config, "spin", KILLED + SIGXCPU);
}
END_TEST

START_TEST(cpu_time_ends_for_who_ignores_the_signal)
{
    struct sandbox_config config = walls(SANDBOX_COMPILE, 0);
    config.cpu_seconds = 1;
    if (!offered(SANDBOX_LIMITS))
        return;

    must_be_limited(&config, "spin-on", KILLED + SIGKILL);
}
END_TEST

START_TEST(address_space_ends)
{
    struct sandbox_config config = walls(SANDBOX_COMPILE, 0);
    config.address_space = (uint64_t)256 << 20;
    if (!offered(SANDBOX_LIMITS))
        return;

    must_be_limited(&config, "map-much", REFUSED);
}
END_TEST

START_TEST(files_end)
{
    struct sandbox_config config = walls(SANDBOX_COMPILE, 0);
    config.file_size = (uint64_t)1 << 20;
    if (!offered(SANDBOX_LIMITS))
        return;

    must_be_limited(&config, "large-file", KILLED + SIGXFSZ);
}
END_TEST

START_TEST(descriptors_end)
{
    struct sandbox_config config = walls(SANDBOX_COMPILE, 0);
    if (!offered(SANDBOX_LIMITS))
        return;

    must_be_limited(&config, "descriptors", REFUSED);
}
END_TEST

START_TEST(processes_end)
{
    struct sandbox_config config = walls(SANDBOX_COMPILE, 0);
    if (!offered(SANDBOX_LIMITS))
        return;
    must_end("fork", try(&config, "fork", AIM_NOTHING), 0);
    config.processes = 0;

    must_be_limited(&config, "fork", REFUSED);
}
END_TEST

/* Of the user. */

START_TEST(roots_child_is_not_root)
{
    struct sandbox_config config = walls(SANDBOX_COMPILE, 0);
    struct sandbox_config root = walls(SANDBOX_COMPILE, SANDBOX_USER);
    const char *readable[] = {place.attacker, place.secret, NULL};
    config.readable = readable;
    root.readable = readable;
    if (!offered(SANDBOX_USER))
        return;
    ck_assert_int_eq(chown(place.secret, 0, 0), 0);
    ck_assert_int_eq(chmod(place.secret, 0600), 0);

    must_end("read", try(&config, "read", AIM_SECRET), REFUSED);
    must_end("read", try(&root, "read", AIM_SECRET), 0);
}
END_TEST

START_TEST(the_child_dies_with_its_parent_whoever_it_has_become)
{
    struct sandbox_config config = walls(SANDBOX_COMPILE, SANDBOX_CALLS);
    if (!offered(SANDBOX_LIMITS))
        return;

    must_end("dies-along", try(&config, "dies-along", AIM_NOTHING), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sandbox");
    TCase *tcase = tcase_create("sandbox");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_judged_run_dies_of_every_attack, 0, ATTACKS);
    tcase_add_loop_test(tcase, without_walls_the_attack_comes_through, 0,
                        ATTACKS);
    tcase_add_test(tcase, a_compiler_dies_of_calls_that_it_does_not_need);
    tcase_add_test(tcase, a_counted_run_dies_of_calls_that_it_does_not_need);
    tcase_add_test(
        tcase,
        a_judged_run_may_not_write_or_start_anything_while_it_is_loaded);
    tcase_add_test(tcase, a_judged_run_may_compute_and_speak_and_abort);
    tcase_add_test(tcase, a_judged_run_gets_no_memory_from_the_kernel);
    tcase_add_test(
        tcase, a_judged_run_may_map_pages_of_the_shared_file_but_only_shared);
    tcase_add_test(tcase, only_the_folder_can_be_written);
    tcase_add_test(tcase, no_profile_can_read_a_file_that_it_was_not_given);
    tcase_add_test(tcase, a_counted_run_sees_nothing_of_other_processes);
    tcase_add_test(tcase, cpu_time_ends);
    tcase_add_test(tcase, cpu_time_ends_for_who_ignores_the_signal);
    tcase_add_test(tcase, address_space_ends);
    tcase_add_test(tcase, files_end);
    tcase_add_test(tcase, descriptors_end);
    tcase_add_test(tcase, processes_end);
    tcase_add_test(tcase, roots_child_is_not_root);
    tcase_add_test(tcase,
                   the_child_dies_with_its_parent_whoever_it_has_become);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
