/*
 * guard.c - what is left in the log when a deadly signal comes: which one,
 * what was touched, and which code did it.
 *
 * The parent sends SIGXCPU when an operation takes too long, so that an
 * endless loop is named by its line as well.
 */
#include "grader/runner/runner.h"

#include <signal.h>
#include <sys/ucontext.h>
#include <unistd.h>

static struct log *guarded; /* the one log of this process */

/* The handler's own stack: the replay's may be what overflowed. */
static char handler_stack[65536] __attribute__((aligned(16)));

static uint64_t program_counter(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uint64_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return context->uc_mcontext.pc;
#else
    (void)context;
    return 0;
#endif
}

static void handle(int number, siginfo_t *info, void *context)
{
    if (guarded->signal == 0) {
        guarded->signal = (uint64_t)number;
        guarded->address = (uintptr_t)info->si_addr;
        guarded->pc = program_counter(context);
    }
    if (number == SIGXCPU)
        _exit(1);
    signal(number, SIG_DFL);
    raise(number);
}

void guard_signals(struct log *log)
{
    static const int deadly[] = {SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
                                 SIGTRAP, SIGXCPU, SIGSYS};
    stack_t stack = {.ss_sp = handler_stack,
                     .ss_size = sizeof(handler_stack)};
    struct sigaction action = {.sa_sigaction = handle,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK};

    guarded = log;
    sigaltstack(&stack, NULL);
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
        sigaction(deadly[i], &action, NULL);
}
