/*
 * attacker.c - tries one thing that a submission should not get away with.
 *
 *     attacker ATTACK [ARGUMENT [shut]]
 *
 * Exits with 0 if it came through and with 1 if it was refused; a wall may
 * also kill it. With "shut" it first gives up its system calls, as a judged
 * runner does. No attack does harm: a fork makes one child, a signal goes to a
 * process that the test has made for it.
 */
#include "grader/runner/mailbox.h"
#include "grader/runner/shut.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

/* An attack returns whether it came through. argument may be "". */
struct attack {
    const char *name;
    bool (*run)(const char *argument);
};

static pid_t victim(const char *argument)
{
    return (pid_t)strtol(argument, NULL, 10);
}

static bool read_file(const char *path)
{
    char byte;
    int file = open(path, O_RDONLY);

    return file >= 0 && read(file, &byte, 1) == 1;
}

static bool read_victim(const char *argument, const char *what)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%s/%s", argument, what);
    return read_file(path);
}

static bool read_environment(const char *argument)
{
    return read_victim(argument, "environ");
}

static bool read_command_line(const char *argument)
{
    return read_victim(argument, "cmdline");
}

static bool read_own_maps(const char *argument)
{
    (void)argument;
    return read_file("/proc/self/maps");
}

static bool read_memory(const char *argument)
{
    char byte;
    struct iovec to = {.iov_base = &byte, .iov_len = 1};
    struct iovec from = {.iov_base = NULL, .iov_len = 1};

    /* Nothing lies there; but who may not look is told that first. */
    return process_vm_readv(victim(argument), &to, 1, &from, 1, 0) == 1 ||
           errno == EFAULT;
}

static bool write_file(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    return file >= 0 && write(file, "x", 1) == 1;
}

/* Cuts a file off without being allowed to write it. */
static bool cut_off(const char *path)
{
    return open(path, O_RDONLY | O_TRUNC) >= 0;
}

static bool change_mode(const char *path)
{
    return chmod(path, 0600) == 0;
}

/* In a limit of 1 MiB: a write that crosses it is short, the next kills. */
static bool write_large_file(const char *path)
{
    static char bytes[MIB / 4];
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    bool written = file >= 0;

    for (int i = 0; i < 8 && written; i++)
        written = write(file, bytes, sizeof(bytes)) == sizeof(bytes);
    return written;
}

static bool open_many(const char *argument)
{
    (void)argument;
    for (int i = 0; i < 100; i++)
        if (dup(STDERR_FILENO) < 0)
            return false;
    return true;
}

static bool make_socket(const char *argument)
{
    (void)argument;
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

/* By inline calls, as who wants to pass a filter of names would. */
static bool fork_once(const char *argument)
{
    int status = 1;
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

    (void)argument;
    if (child == 0)
        syscall(SYS_exit_group, 0);
    return child > 0 && waitpid((pid_t)child, &status, 0) == child &&
           status == 0;
}

static bool start_namespace(const char *argument)
{
    int status = 1;
    long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

    (void)argument;
    if (child == 0)
        syscall(SYS_exit_group, 0);
    return child > 0 && waitpid((pid_t)child, &status, 0) == child;
}

static int thread(void *argument)
{
    *(volatile int *)argument = 1;
    return 0;
}

static bool start_thread(const char *argument)
{
    static char stack[65536] __attribute__((aligned(16)));
    static volatile int ran;
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                CLONE_THREAD | CLONE_SYSVSEM;

    (void)argument;
    if (clone(thread, stack + sizeof(stack), flags, (void *)&ran) < 0)
        return false;
    while (!ran)
        sched_yield();
    return true;
}

static bool execute(const char *path)
{
    char *words[] = {(char *)path, NULL};

    execv(path, words);
    return false;
}

static bool kill_victim(const char *argument)
{
    return kill(victim(argument), SIGKILL) == 0;
}

static bool abort_victim(const char *argument)
{
    return syscall(SYS_tgkill, victim(argument), victim(argument), SIGABRT) ==
           0;
}

static bool limit_victim(const char *argument)
{
    struct rlimit none = {0, 0};

    return prlimit(victim(argument), RLIMIT_CORE, &none, NULL) == 0;
}

static bool trace_victim(const char *argument)
{
    return ptrace(PTRACE_SEIZE, victim(argument), NULL, NULL) == 0;
}

/* What comes in on the pipe sends the victim a signal. */
static bool signal_by_pipe(const char *argument)
{
    int ends[2];

    return pipe(ends) == 0 && fcntl(ends[0], F_SETOWN, victim(argument)) == 0;
}

static bool leave_group(const char *argument)
{
    (void)argument;
    return setsid() >= 0;
}

static bool rename_itself(const char *argument)
{
    (void)argument;
    return prctl(PR_SET_NAME, "innocent") == 0;
}

static bool catch_signal(const char *argument)
{
    (void)argument;
    return signal(SIGXCPU, SIG_IGN) != SIG_ERR;
}

static bool sleep_a_little(const char *argument)
{
    struct timespec moment = {.tv_nsec = 1000000};

    (void)argument;
    return nanosleep(&moment, NULL) == 0;
}

static bool map(size_t size, int protection)
{
    return mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

static bool map_code(const char *argument)
{
    (void)argument;
    return map(4096, PROT_READ | PROT_WRITE | PROT_EXEC);
}

static bool map_memory(const char *argument)
{
    (void)argument;
    return map(MIB, PROT_READ | PROT_WRITE);
}

static bool map_much(const char *argument)
{
    (void)argument;
    return map(1024 * MIB, PROT_READ | PROT_WRITE);
}

static bool grow_break(const char *argument)
{
    (void)argument;
    return sbrk((intptr_t)MIB) != (void *)-1;
}

/* A page of the program, which is there whatever happens. */
static char page[8192] __attribute__((aligned(4096)));

static bool make_code(const char *argument)
{
    (void)argument;
    return mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
}

static bool protect_page(const char *argument)
{
    (void)argument;
    return mprotect(page, 4096, PROT_READ) == 0;
}

static bool map_shared_file(const char *argument)
{
    int file = (int)strtol(argument, NULL, 10);

    return mmap(page, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                file, 0) == page;
}

static bool map_private_file(const char *argument)
{
    int file = (int)strtol(argument, NULL, 10);

    return mmap(page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED,
                file, 0) == page;
}

static bool map_file_as_code(const char *argument)
{
    int file = (int)strtol(argument, NULL, 10);

    return mmap(page, 4096, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED,
                file, 0) == page;
}

static bool call_as_32_bit(const char *argument)
{
    (void)argument;
#ifdef __x86_64__
    long number = 20; /* getpid */
    __asm__ volatile("int $0x80" : "+a"(number) : : "memory");
    return number == getpid();
#else
    return false;
#endif
}

/* Bit 30 asks for the numbers of x32, a third ABI of x86-64. */
static bool call_as_x32(const char *argument)
{
    (void)argument;
    return syscall(0x40000000 | SYS_getppid) > 0;
}

static bool make_ring(const char *argument)
{
    char parameters[256] = {0};

    (void)argument;
    return syscall(SYS_io_uring_setup, 1, parameters) >= 0;
}

/* Three seconds of CPU time. */
static bool spin(const char *argument)
{
    struct timespec used;

    (void)argument;
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    while (used.tv_sec < 3);
    return true;
}

static bool spin_stubbornly(const char *argument)
{
    return catch_signal(argument) && spin(argument);
}

static bool speak(const char *argument)
{
    (void)argument;
    return write(STDOUT_FILENO, "x", 1) == 1;
}

static bool write_descriptor(const char *argument)
{
    return write((int)strtol(argument, NULL, 10), "x", 1) == 1;
}

static bool abort_itself(const char *argument)
{
    (void)argument;
    abort();
}

static bool dies_with_its_parent(const char *argument)
{
    int signal = 0;

    (void)argument;
    return prctl(PR_GET_PDEATHSIG, &signal) == 0 && signal == SIGKILL;
}

static bool do_nothing(const char *argument)
{
    (void)argument;
    return true;
}

/* Instructions that are counted. */
__attribute__((noinline)) static bool work(const char *argument)
{
    volatile unsigned sum = 0;

    (void)argument;
    for (unsigned i = 0; i < 100000; i++)
        sum += i * sum;
    return sum != 1;
}

static const struct attack attacks[] = {
    {"read", read_file},
    {"environment", read_environment},
    {"command-line", read_command_line},
    {"own-maps", read_own_maps},
    {"memory", read_memory},
    {"write", write_file},
    {"cut-off", cut_off},
    {"mode", change_mode},
    {"large-file", write_large_file},
    {"descriptors", open_many},
    {"socket", make_socket},
    {"fork", fork_once},
    {"namespace", start_namespace},
    {"thread", start_thread},
    {"execute", execute},
    {"kill", kill_victim},
    {"abort-other", abort_victim},
    {"limit", limit_victim},
    {"trace", trace_victim},
    {"pipe-signal", signal_by_pipe},
    {"leave-group", leave_group},
    {"rename", rename_itself},
    {"signal", catch_signal},
    {"sleep", sleep_a_little},
    {"map-code", map_code},
    {"map", map_memory},
    {"map-much", map_much},
    {"break", grow_break},
    {"make-code", make_code},
    {"protect", protect_page},
    {"map-shared", map_shared_file},
    {"map-private", map_private_file},
    {"map-file-code", map_file_as_code},
    {"32-bit", call_as_32_bit},
    {"x32", call_as_x32},
    {"ring", make_ring},
    {"spin", spin},
    {"spin-on", spin_stubbornly},
    {"speak", speak},
    {"write-to", write_descriptor},
    {"abort", abort_itself},
    {"dies-along", dies_with_its_parent},
    {"nothing", do_nothing},
    {"work", work},
};

int main(int count, char **words)
{
    const char *argument = count > 2 ? words[2] : "";

    if (count < 2 || (count > 3 && shut_calls(FILTER_FD) != 0))
        return 2;
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++)
        if (strcmp(attacks[i].name, words[1]) == 0)
            return attacks[i].run(argument) ? 0 : 1;
    return 2;
}
