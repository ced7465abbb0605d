/*
 * calls.c - the system calls that each profile of a sandbox leaves.
 *
 * What is not on a list kills the process, and so does a call by another
 * architecture's numbers: on x86-64 those of 32-bit programs. Two things
 * decide what is on a list: what a compiler, a loader and callgrind were seen
 * to need, and that no call may reach a process or a file outside. So calls
 * that take a process number are left out or held to this process, and of
 * fcntl, ioctl and prctl only harmless requests are left.
 *
 * Numbers come from libseccomp, which knows them for every machine; a call
 * that a machine does not have (open on arm64) is passed over.
 */
#include "grader/confine/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The lists: bits of a mask. */
#define COMPILE 1U
#define SERVED  2U
#define COUNTED 4U
#define INNER   8U
#define UNPACK  16U
#define TOOLS   (COMPILE | UNPACK)
#define LOADED  (TOOLS | SERVED | COUNTED)
#define ALL     (LOADED | INNER)

/* The call fails with this error, and does nothing. */
#define FAILS(error) SCMP_ACT_ERRNO(error)

/* The call does nothing, and says that it did. */
#define DOES_NOTHING SCMP_ACT_ERRNO(0)

/* One or two conditions on the arguments of a call, numbered from 0. */
#define IF(number, mask, value)                                              \
    {                                                                        \
        .arg = (number), .op = SCMP_CMP_MASKED_EQ, .datum_a = (mask),        \
        .datum_b = (value)                                                   \
    }

/* All of an int; the kernel does not look at the register's other half. */
#define INT 0xffffffffU

/* Namespaces, and children that would be another's. */
#define CLONE_FOREIGN                                                        \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |           \
     CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_PARENT |            \
     CLONE_PTRACE)

/* Calls that are allowed whatever their arguments. */
struct plain {
    unsigned lists;
    const char *names[24]; /* ended by NULL */
};

static const struct plain plain_calls[] = {
    /* to end, to be interrupted and to abort(); to be stopped and go on */
    {ALL,
     {"exit", "exit_group", "rt_sigreturn", "restart_syscall",
      "rt_sigprocmask", "getpid", "gettid"}},

    /* a program is loaded, and starts */
    {LOADED,
     {"execve", "brk", "mmap", "munmap", "mremap", "mprotect", "madvise",
      "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "getrandom",
      "futex", "rt_sigaction", "sigaltstack"}},
    {LOADED,
     {"read",  "pread64", "readv",     "write",      "writev",   "pwrite64",
      "close", "lseek",   "fstat",     "stat",       "lstat",    "newfstatat",
      "statx", "access",  "faccessat", "faccessat2", "readlink", "readlinkat",
      "dup",   "dup2",    "dup3"}},
    {LOADED,
     {"getuid", "geteuid", "getgid", "getegid", "getppid", "clock_gettime",
      "clock_getres", "gettimeofday", "times", "getrusage", "uname",
      "sysinfo", "sched_yield", "sched_getaffinity", "getcwd", "getrlimit"}},

    /* folders, and files that are written */
    {TOOLS | COUNTED,
     {"getdents64", "unlink", "unlinkat", "ftruncate", "fallocate", "pipe",
      "pipe2", "poll", "ppoll", "umask"}},
    {TOOLS,
     {"rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "fork",
      "vfork", "wait4", "waitid", "chdir", "fsync", "copy_file_range",
      "pselect6", "select"}},

    {UNPACK,
     {"statfs", "fstatfs", "link", "linkat", "symlink", "symlinkat", "fchdir",
      "fdatasync", "fadvise64", "landlock_create_ruleset",
      "landlock_restrict_self"}},

    /* valgrind itself, and what a replay under it does */
    {COUNTED,
     {"getgroups", "getxattr", "memfd_create", "membarrier",
      "rt_sigtimedwait"}},
};

/* Calls with conditions, or such as fail without killing. */
struct ruled {
    const char *name;
    unsigned lists;
    uint32_t action; /* 0: it is allowed */
    unsigned count;  /* of conditions, all of which must hold */
    struct scmp_arg_cmp when[3];
};

static const struct ruled ruled_calls[] = {
    /* A file is cut off only by who may write it: old landlocks do not care.
     */
    {"open", TOOLS | COUNTED, 0, 1, {IF(1, O_TRUNC, 0)}},
    {"open", TOOLS | COUNTED, 0, 1, {IF(1, O_ACCMODE, O_WRONLY)}},
    {"open", TOOLS | COUNTED, 0, 1, {IF(1, O_ACCMODE, O_RDWR)}},
    {"openat", TOOLS | COUNTED, 0, 1, {IF(2, O_TRUNC, 0)}},
    {"openat", TOOLS | COUNTED, 0, 1, {IF(2, O_ACCMODE, O_WRONLY)}},
    {"openat", TOOLS | COUNTED, 0, 1, {IF(2, O_ACCMODE, O_RDWR)}},
    {"open", SERVED, 0, 1, {IF(1, O_ACCMODE | O_CREAT | O_TRUNC, 0)}},
    {"openat", SERVED, 0, 1, {IF(2, O_ACCMODE | O_CREAT | O_TRUNC, 0)}},

    /* landlock does not look at modes. A linker can do without; who wants to
     * run what it made, sets the mode. */
    {"chmod", COMPILE, FAILS(EPERM), 0, {{0}}},
    {"fchmod", COMPILE, FAILS(EPERM), 0, {{0}}},
    {"fchmodat", COMPILE, FAILS(EPERM), 0, {{0}}},
    {"utimensat", COMPILE, FAILS(EPERM), 0, {{0}}},

    /* Nor does it look at owners and times. tar gives back those that it finds
     * in an archive: it is told that it did. */
    {"chmod", UNPACK, DOES_NOTHING, 0, {{0}}},
    {"fchmod", UNPACK, DOES_NOTHING, 0, {{0}}},
    {"fchmodat", UNPACK, DOES_NOTHING, 0, {{0}}},
    {"utimensat", UNPACK, DOES_NOTHING, 0, {{0}}},
    {"utime", UNPACK, DOES_NOTHING, 0, {{0}}},
    {"utimes", UNPACK, DOES_NOTHING, 0, {{0}}},
    {"chown", UNPACK, DOES_NOTHING, 0, {{0}}},
    {"fchown", UNPACK, DOES_NOTHING, 0, {{0}}},
    {"lchown", UNPACK, DOES_NOTHING, 0, {{0}}},
    {"fchownat", UNPACK, DOES_NOTHING, 0, {{0}}},
    {"socket", UNPACK, FAILS(EACCES), 0, {{0}}},
    {"openat2", UNPACK, FAILS(ENOSYS), 0, {{0}}},

    /* F_SETOWN would send signals to others. */
    {"fcntl", LOADED, 0, 1, {IF(1, INT, F_DUPFD)}},
    {"fcntl", LOADED, 0, 1, {IF(1, INT, F_DUPFD_CLOEXEC)}},
    {"fcntl", LOADED, 0, 1, {IF(1, INT, F_GETFD)}},
    {"fcntl", LOADED, 0, 1, {IF(1, INT, F_SETFD)}},
    {"fcntl", LOADED, 0, 1, {IF(1, INT, F_GETFL)}},
    {"fcntl", LOADED, 0, 1, {IF(1, INT, F_SETFL)}},
    {"ioctl", LOADED, FAILS(ENOTTY), 0, {{0}}},

    /* limits of its own only: lowering the parent's would kill that */
    {"prlimit64", LOADED, 0, 1, {IF(0, INT, 0)}},
    {"setrlimit", LOADED, 0, 0, {{0}}},

    /* walls may be added */
    {"prctl",
     UNPACK | SERVED | COUNTED,
     0,
     1,
     {IF(0, INT, PR_SET_NO_NEW_PRIVS)}},
    {"prctl",
     SERVED | COUNTED,
     0,
     2,
     {IF(0, INT, PR_SET_SECCOMP), IF(1, INT, SECCOMP_MODE_FILTER)}},
    {"prctl", TOOLS | COUNTED, 0, 1, {IF(0, INT, PR_SET_NAME)}},

    /* Processes, without namespaces of their own. clone3 has its flags in
     * memory, where nobody sees them; libc falls back to clone. */
    {"clone", TOOLS, 0, 1, {IF(0, CLONE_FOREIGN, 0)}},
    {"clone3", TOOLS, FAILS(ENOSYS), 0, {{0}}},

    /* calls_install() sees to it that these reach nobody else */
    {"tgkill", COMPILE | SERVED | INNER, 0, 1, {IF(2, INT, SIGABRT)}},
    {"tgkill", COUNTED, 0, 0, {{0}}},

    /* a crash, once it is noted, has its own effect (runner/guard.c) */
    {"tgkill", SERVED | INNER, 0, 1, {IF(2, INT, SIGSEGV)}},
    {"tgkill", SERVED | INNER, 0, 1, {IF(2, INT, SIGBUS)}},
    {"tgkill", SERVED | INNER, 0, 1, {IF(2, INT, SIGFPE)}},
    {"tgkill", SERVED | INNER, 0, 1, {IF(2, INT, SIGILL)}},
    {"tgkill", SERVED | INNER, 0, 1, {IF(2, INT, SIGTRAP)}},
    {"kill", COUNTED, 0, 0, {{0}}},

    /* a replay that waits for its parent */
    {"futex", INNER, 0, 1, {IF(1, FUTEX_CMD_MASK &INT, FUTEX_WAIT)}},
    {"futex", INNER, 0, 1, {IF(1, FUTEX_CMD_MASK &INT, FUTEX_WAKE)}},
    {"futex", INNER, 0, 1, {IF(1, FUTEX_CMD_MASK &INT, FUTEX_WAIT_BITSET)}},
    {"futex", INNER, 0, 1, {IF(1, FUTEX_CMD_MASK &INT, FUTEX_WAKE_BITSET)}},
    {"write", INNER, 0, 1, {IF(0, INT, STDOUT_FILENO)}},
    {"write", INNER, 0, 1, {IF(0, INT, STDERR_FILENO)}},
    {"writev", INNER, 0, 1, {IF(0, INT, STDOUT_FILENO)}},
    {"writev", INNER, 0, 1, {IF(0, INT, STDERR_FILENO)}},
    {"mprotect", INNER, 0, 1, {IF(2, PROT_EXEC, 0)}},

    /* No memory but the source's. assert() and libc go on without. */
    {"brk", INNER, FAILS(ENOMEM), 0, {{0}}},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Does the kernel know filters, and the action that kills a process? */
const char *calls_missing(void)
{
    uint32_t action = SECCOMP_RET_KILL_PROCESS;

    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
        return NULL;
    return "no seccomp filters (Linux 4.14 and later, if enabled): a "
           "submission may make any system call";
}

/* Does machine have the call? libseccomp has stand-ins for those it has not. */
static bool has_call(uint32_t machine, const char *name)
{
    return seccomp_syscall_resolve_name_arch(machine, name) >= 0;
}

/* The number that rules take, for whatever machine they are: this one's. */
static int number_of(const char *name)
{
    return seccomp_syscall_resolve_name(name);
}

const char *calls_unknown(void)
{
    for (size_t i = 0; i < COUNT(plain_calls); i++)
        for (size_t j = 0; plain_calls[i].names[j] != NULL; j++)
            if (number_of(plain_calls[i].names[j]) == __NR_SCMP_ERROR)
                return plain_calls[i].names[j];
    for (size_t i = 0; i < COUNT(ruled_calls); i++)
        if (number_of(ruled_calls[i].name) == __NR_SCMP_ERROR)
            return ruled_calls[i].name;
    return NULL;
}

static int add_plain(scmp_filter_ctx filter, uint32_t machine,
                     const struct plain *plain)
{
    int status = 0;

    for (size_t i = 0; plain->names[i] != NULL && status == 0; i++)
        if (has_call(machine, plain->names[i]))
            status = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
                                      number_of(plain->names[i]), 0);
    return status;
}

static int add_ruled(scmp_filter_ctx filter, uint32_t machine,
                     const struct ruled *ruled)
{
    uint32_t action = ruled->action != 0 ? ruled->action : SCMP_ACT_ALLOW;

    if (!has_call(machine, ruled->name))
        return 0;
    return seccomp_rule_add_array(filter, action, number_of(ruled->name),
                                  ruled->count, ruled->when);
}

/*
 * After shut_calls(), pages of the shared file may be mapped again, so that
 * heaps can alias them: but shared, for a private copy would be memory that no
 * meter sees. Every other mapping fails.
 */
static int add_mappings(scmp_filter_ctx filter, int shared)
{
    const struct scmp_arg_cmp pages[] = {
        IF(2, PROT_EXEC, 0),
        IF(3, MAP_TYPE, MAP_SHARED),
        {.arg = 4, .op = SCMP_CMP_EQ, .datum_a = (unsigned)shared},
    };
    const struct scmp_arg_cmp others[] = {
        {.arg = 4, .op = SCMP_CMP_NE, .datum_a = (unsigned)shared},
    };
    int number = number_of("mmap");
    int status;

    if (shared < 0)
        return seccomp_rule_add(filter, FAILS(ENOMEM), number, 0);
    status = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 3, pages);
    if (status == 0)
        status =
            seccomp_rule_add_array(filter, FAILS(ENOMEM), number, 1, others);
    return status;
}

static int add_lists(scmp_filter_ctx filter, uint32_t machine, unsigned list,
                     int shared)
{
    int status = 0;

    for (size_t i = 0; i < COUNT(plain_calls) && status == 0; i++)
        if (plain_calls[i].lists & list)
            status = add_plain(filter, machine, &plain_calls[i]);
    for (size_t i = 0; i < COUNT(ruled_calls) && status == 0; i++)
        if (ruled_calls[i].lists & list)
            status = add_ruled(filter, machine, &ruled_calls[i]);
    if (status == 0 && list == INNER)
        status = add_mappings(filter, shared);
    return status;
}

/* Makes the filter for machine alone. Returns NULL with errno set. */
static scmp_filter_ctx build(uint32_t machine, unsigned list, int shared)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int status;

    if (filter == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    status = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
                              SCMP_ACT_KILL_PROCESS);
    if (status == 0 && machine != seccomp_arch_native()) {
        status = seccomp_arch_add(filter, machine);
        if (status == 0)
            status = seccomp_arch_remove(filter, seccomp_arch_native());
    }
    if (status == 0)
        status = add_lists(filter, machine, list, shared);
    if (status == 0)
        return filter;
    seccomp_release(filter);
    errno = -status;
    return NULL;
}

int calls_filter(enum sandbox_profile profile, enum calls_stage stage,
                 uint32_t machine, int shared_file)
{
    static const unsigned lists[] = {
        [SANDBOX_COMPILE] = COMPILE,
        [SANDBOX_SERVED] = SERVED,
        [SANDBOX_COUNTED] = COUNTED,
        [SANDBOX_UNPACK] = UNPACK,
    };
    unsigned list = stage == CALLS_INNER ? INNER : lists[profile];
    scmp_filter_ctx filter = build(machine, list, shared_file);
    int file;
    int status;

    if (filter == NULL)
        return -1;
    file = memfd_create("filter", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    status = file >= 0 ? seccomp_export_bpf(filter, file) : -errno;
    if (status == 0 &&
        fcntl(file, F_ADD_SEALS,
              F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        status = -errno;
    seccomp_release(filter);
    if (status == 0)
        return file;
    if (file >= 0)
        close(file);
    errno = -status;
    return -1;
}

int calls_filter_here(enum sandbox_profile profile, enum calls_stage stage,
                      int shared_file)
{
    return calls_filter(profile, stage, seccomp_arch_native(), shared_file);
}

/*
 * libseccomp's program cannot know the number of a process that does not exist
 * yet, so this one is made by hand. It looks at no architecture: the other
 * filter does.
 */
int calls_install(const struct sock_fprog *program)
{
    struct sock_filter own[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog in_front = {.len = COUNT(own), .filter = own};

    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &in_front) != 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program);
}
