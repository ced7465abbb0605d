/*
 * test_sandbox_calls.c - the filters of system calls, also those for machines
 * that this is not; and what is told when walls cannot be had.
 *
 * A filter is a program for the kernel's classic BPF machine. A small one of
 * these is built here, so that the filter for another machine can be asked.
 */
#include "grader/confine/calls.h"

#include "grader/tests/behind.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

static const struct machine {
    uint32_t token; /* libseccomp's */
    uint32_t audit; /* the kernel's */
} machines[] = {
    {SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64},
    {SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64},
};

#define MACHINES 2

/* A filter that was read back. */
struct program {
    struct sock_filter rules[4096];
    size_t count;
};

static struct program program;

static void load_filter(enum sandbox_profile profile, enum calls_stage stage,
                        const struct machine *machine, int shared_file)
{
    int file = calls_filter(profile, stage, machine->token, shared_file);
    ssize_t size;

    ck_assert_msg(file >= 0, "%s", strerror(errno));
    size = pread(file, program.rules, sizeof(program.rules), 0);
    ck_assert_int_gt(size, 0);
    program.count = (size_t)size / sizeof(program.rules[0]);
    close(file);
}

static uint32_t word_at(const struct seccomp_data *data, uint32_t offset)
{
    uint32_t word;

    ck_assert_uint_le(offset + sizeof(word), sizeof(*data));
    memcpy(&word, (const char *)data + offset, sizeof(word));
    return word;
}

static bool jumps(const struct sock_filter *rule, uint32_t accumulator)
{
    switch (BPF_OP(rule->code)) {
    case BPF_JEQ:
        return accumulator == rule->k;
    case BPF_JGT:
        return accumulator > rule->k;
    case BPF_JGE:
        return accumulator >= rule->k;
    default:
        ck_assert_int_eq(BPF_OP(rule->code), BPF_JSET);
        return (accumulator & rule->k) != 0;
    }
}

/* Returns what the loaded filter answers. */
static uint32_t answer(const struct seccomp_data *data)
{
    uint32_t accumulator = 0;

    for (size_t at = 0; at < program.count; at++) {
        const struct sock_filter *rule = &program.rules[at];
        if (BPF_CLASS(rule->code) == BPF_RET)
            return rule->k;
        if (rule->code == (BPF_LD | BPF_W | BPF_ABS))
            accumulator = word_at(data, rule->k);
        else if (rule->code == (BPF_ALU | BPF_AND | BPF_K))
            accumulator &= rule->k;
        else if (rule->code == (BPF_JMP | BPF_JA))
            at += rule->k;
        else if (BPF_CLASS(rule->code) == BPF_JMP)
            at += jumps(rule, accumulator) ? rule->jt : rule->jf;
        else
            ck_abort_msg("an instruction of code %#x", rule->code);
    }
    ck_abort_msg("the filter does not end");
    return 0;
}

/* Returns what it answers to a call, by its name. */
static uint32_t answer_to(const struct machine *machine, const char *name,
                          uint64_t first, uint64_t second, uint64_t third)
{
    int number = seccomp_syscall_resolve_name_arch(machine->token, name);
    struct seccomp_data data = {
        .nr = number,
        .arch = machine->audit,
        .args = {first, second, third},
    };

    ck_assert_msg(number >= 0, "%s", name);
    return answer(&data);
}

START_TEST(every_name_on_a_list_is_that_of_a_call)
{
    ck_assert_pstr_eq(calls_unknown(), NULL);
}
END_TEST

START_TEST(a_compiler_opens_and_forks_on_every_machine_but_has_no_socket)
{
    const struct machine *machine = &machines[_i];
    if (!offered(SANDBOX_CALLS))
        return;

    load_filter(SANDBOX_COMPILE, CALLS_OUTER, machine, -1);

    ck_assert_uint_eq(answer_to(machine, "openat", 0, 0, O_RDONLY),
                      SECCOMP_RET_ALLOW);
    ck_assert_uint_eq(answer_to(machine, "openat", 0, 0, O_TRUNC),
                      SECCOMP_RET_KILL_PROCESS);
    ck_assert_uint_eq(answer_to(machine, "openat", 0, 0, O_TRUNC | O_RDWR),
                      SECCOMP_RET_ALLOW);
    ck_assert_uint_eq(answer_to(machine, "clone", SIGCHLD, 0, 0),
                      SECCOMP_RET_ALLOW);
    ck_assert_uint_eq(answer_to(machine, "clone", 0x10000000, 0, 0),
                      SECCOMP_RET_KILL_PROCESS);
    ck_assert_uint_eq(answer_to(machine, "clone3", 0, 0, 0),
                      SECCOMP_RET_ERRNO | ENOSYS);
    ck_assert_uint_eq(answer_to(machine, "socket", 2, 1, 0),
                      SECCOMP_RET_KILL_PROCESS);
    ck_assert_uint_eq(answer_to(machine, "prlimit64", 1, 0, 0),
                      SECCOMP_RET_KILL_PROCESS);
}
END_TEST

START_TEST(a_judged_run_waits_and_speaks_on_every_machine)
{
    const struct machine *machine = &machines[_i];
    if (!offered(SANDBOX_CALLS))
        return;

    load_filter(SANDBOX_SERVED, CALLS_INNER, machine, -1);

    ck_assert_uint_eq(answer_to(machine, "futex", 0, 128, 0),
                      SECCOMP_RET_ALLOW);
    ck_assert_uint_eq(answer_to(machine, "futex", 0, 6, 0),
                      SECCOMP_RET_KILL_PROCESS);
    ck_assert_uint_eq(answer_to(machine, "write", 2, 0, 0),
                      SECCOMP_RET_ALLOW);
    ck_assert_uint_eq(answer_to(machine, "write", 3, 0, 0),
                      SECCOMP_RET_KILL_PROCESS);
    ck_assert_uint_eq(answer_to(machine, "mmap", 0, 4096, 3),
                      SECCOMP_RET_ERRNO | ENOMEM);
    ck_assert_uint_eq(answer_to(machine, "openat", 0, 0, 0),
                      SECCOMP_RET_KILL_PROCESS);
}
END_TEST

START_TEST(numbers_of_another_machine_kill)
{
    const struct machine *machine = &machines[_i];
    struct seccomp_data data = {.arch = machines[1 - _i].audit};
    if (!offered(SANDBOX_CALLS))
        return;

    for (int i = SANDBOX_COMPILE; i <= SANDBOX_UNPACK; i++) {
        load_filter((enum sandbox_profile)i, CALLS_OUTER, machine, -1);
        for (data.nr = 0; data.nr < 500; data.nr++)
            ck_assert_uint_eq(answer(&data), SECCOMP_RET_KILL_PROCESS);
    }
}
END_TEST

/* The 32-bit numbers of x86 come with another architecture, those of x32 with
 * a bit. */
START_TEST(numbers_of_the_same_machines_other_programs_kill)
{
    struct seccomp_data old = {.arch = AUDIT_ARCH_I386};
    struct seccomp_data x32 = {.arch = AUDIT_ARCH_X86_64};
    if (!offered(SANDBOX_CALLS))
        return;

    load_filter(SANDBOX_COMPILE, CALLS_OUTER, &machines[0], -1);

    for (int i = 0; i < 500; i++) {
        old.nr = i;
        x32.nr = 0x40000000 + i;
        ck_assert_uint_eq(answer(&old), SECCOMP_RET_KILL_PROCESS);
        ck_assert_uint_eq(answer(&x32), SECCOMP_RET_KILL_PROCESS);
    }
}
END_TEST

START_TEST(the_second_filter_cannot_be_written)
{
    struct sandbox_config config = sandbox_config(SANDBOX_SERVED);
    char error[256] = "";
    if (!offered(SANDBOX_CALLS))
        return;
    struct sandbox *sandbox = sandbox_prepare(&config, error, sizeof(error));
    ck_assert_msg(sandbox != NULL, "%s", error);

    ssize_t written = write(sandbox_filter(sandbox), "", 1);

    ck_assert_int_eq(written, -1);
    ck_assert_int_eq(ftruncate(sandbox_filter(sandbox), 0), -1);
    sandbox_free(sandbox);
}
END_TEST

START_TEST(what_is_no_filter_shuts_nothing)
{
    int empty = memfd_create("empty", MFD_CLOEXEC);

    ck_assert_int_eq(shut_calls(-1), -1);
    ck_assert_int_eq(shut_calls(empty), -1);
    ck_assert_int_eq(write(empty, "odd", 3), 3);
    ck_assert_int_eq(shut_calls(empty), -1);

    ck_assert_int_eq(close(empty), 0);
}
END_TEST

START_TEST(a_path_that_is_not_there_is_named)
{
    const char *readable[] = {"/nowhere/at-all", NULL};
    struct sandbox_config config = sandbox_config(SANDBOX_COMPILE);
    char error[256] = "";
    if (!offered(SANDBOX_FILES))
        return;

    config.readable = readable;
    ck_assert_ptr_null(sandbox_prepare(&config, error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "/nowhere/at-all: No such file"));

    config.readable = NULL;
    config.writable = "/nowhere/to-write";
    ck_assert_ptr_null(sandbox_prepare(&config, error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "/nowhere/to-write: No such file"));
}
END_TEST

/* Only root has a user for its children who may not get where it may. */
START_TEST(a_path_that_the_childs_user_cannot_get_to_is_named)
{
    char folder[] = "/tmp/walls-XXXXXX";
    char path[64];
    const char *readable[] = {path, NULL};
    struct sandbox_config config = sandbox_config(SANDBOX_COMPILE);
    char error[256] = "";
    config.readable = readable;
    if (!offered(SANDBOX_USER | SANDBOX_FILES))
        return;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/file", folder);
    write_text(path, "", 0644);

    struct sandbox *refused = sandbox_prepare(&config, error, sizeof(error));
    config.off = SANDBOX_USER;
    struct sandbox *made = sandbox_prepare(&config, error, sizeof(error));

    ck_assert_ptr_null(refused);
    ck_assert_ptr_nonnull(strstr(error, "Permission denied"));
    ck_assert_ptr_nonnull(made);
    sandbox_free(made);
    unlink(path);
    rmdir(folder);
}
END_TEST

/* Makes a call fail in this process from now on, as on a kernel without it. */
static void take_away(uint32_t number)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = 4, .filter = rules};

    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

/* Is a child that enters what is left of config's walls well? */
static bool enters(const struct sandbox_config *config)
{
    char error[256] = "";
    struct sandbox *sandbox = sandbox_prepare(config, error, sizeof(error));
    int status;
    pid_t pid;

    ck_assert_msg(sandbox != NULL, "%s", error);
    pid = fork();
    if (pid == 0)
        _exit(sandbox_enter(sandbox) == NULL ? 0 : 1);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    sandbox_free(sandbox);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

START_TEST(a_kernel_without_landlock_is_told_and_done_without)
{
    struct sandbox_config config = sandbox_config(SANDBOX_COMPILE);
    char lines[SANDBOX_LINES][SANDBOX_LINE];
    size_t count;
    if (!offered(SANDBOX_FILES | SANDBOX_CALLS))
        return;

    take_away(SYS_landlock_create_ruleset);

    ck_assert_uint_eq(sandbox_missing(lines, &count), SANDBOX_FILES);
    ck_assert_uint_eq(count, 1);
    ck_assert_ptr_nonnull(strstr(lines[0], "no landlock"));
    ck_assert(enters(&config));
}
END_TEST

START_TEST(a_kernel_without_filters_is_told_and_done_without)
{
    struct sandbox_config config = sandbox_config(SANDBOX_SERVED);
    char lines[SANDBOX_LINES][SANDBOX_LINE];
    size_t count;
    if (!offered(SANDBOX_FILES | SANDBOX_CALLS))
        return;

    take_away(SYS_seccomp);

    ck_assert_uint_eq(sandbox_missing(lines, &count), SANDBOX_CALLS);
    ck_assert_uint_eq(count, 1);
    ck_assert_ptr_nonnull(strstr(lines[0], "no seccomp"));
    ck_assert(enters(&config));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sandbox_calls");
    TCase *tcase = tcase_create("sandbox_calls");

    tcase_add_test(tcase, every_name_on_a_list_is_that_of_a_call);
    tcase_add_loop_test(
        tcase, a_compiler_opens_and_forks_on_every_machine_but_has_no_socket,
        0, MACHINES);
    tcase_add_loop_test(tcase, a_judged_run_waits_and_speaks_on_every_machine,
                        0, MACHINES);
    tcase_add_loop_test(tcase, numbers_of_another_machine_kill, 0, MACHINES);
    tcase_add_test(tcase, numbers_of_the_same_machines_other_programs_kill);
    tcase_add_test(tcase, the_second_filter_cannot_be_written);
    tcase_add_test(tcase, what_is_no_filter_shuts_nothing);
    tcase_add_test(tcase, a_path_that_is_not_there_is_named);
    tcase_add_test(tcase, a_path_that_the_childs_user_cannot_get_to_is_named);
    tcase_add_test(tcase, a_kernel_without_landlock_is_told_and_done_without);
    tcase_add_test(tcase, a_kernel_without_filters_is_told_and_done_without);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
