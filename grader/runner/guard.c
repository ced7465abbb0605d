/*
 * guard.c - what is left in the log when a deadly signal comes: which one,
 * what was touched, which code did it, and who may have called that: a crash
 * in memcpy is the fault of its caller.
 *
 * The parent sends SIGXCPU when an operation takes too long, so that an
 * endless loop is named by its line as well.
 */
#include "grader/runner/runner.h"

#include "grader/coverage.h"

#include <signal.h>
#include <sys/ucontext.h>
#include <unistd.h>

static _Thread_local struct crash *guarded; /* the one of this thread */

/* The handler's own stack: the replay's may be what overflowed. */
static char handler_stack[GUARD_STACK] __attribute__((aligned(16)));

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

/*
 * Leaves the words in which a function that calls no other has its return
 * address: the first ones of the stack, on arm64 also a register. The stack
 * may be what is bad; so this comes after all else is in the log. Sanitizers
 * would object to reading what lies between the variables.
 */
__attribute__((noinline, no_sanitize("address", "thread"))) static void
note_callers(const ucontext_t *context)
{
    size_t count = 0;
    const uint64_t *top = NULL;

#if defined(__x86_64__)
    top = (const uint64_t *)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
    guarded->callers[count++] = context->uc_mcontext.regs[30];
    top = (const uint64_t *)context->uc_mcontext.sp;
#else
    (void)context;
#endif
    while (top != NULL && count < CALLERS)
        guarded->callers[count++] = *top++;
}

/* The address of a bad access. x86 does not tell one that is none. */
static uint64_t touched(int number, const siginfo_t *info)
{
    if (number != SIGSEGV && number != SIGBUS)
        return NOT_TOLD;
    return info->si_code == SI_KERNEL ? NOT_TOLD : (uintptr_t)info->si_addr;
}

static void handle(int number, siginfo_t *info, void *context)
{
    if (guarded != NULL && guarded->signal == 0) {
        guarded->signal = (uint64_t)number;
        guarded->address = touched(number, info);
        guarded->pc = program_counter(context);
        note_callers(context);
    }
    coverage_keep();
    if (number == SIGXCPU)
        _exit(1);
    raise(number); /* it has its own effect again, once this returns */
}

/* What this thread leaves when a signal comes, and the handler's stack. */
static void guard_with(struct crash *crash, void *stack, size_t size)
{
    guarded = crash;
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = size}, NULL);
}

void guard_thread(struct crash *crash, void *stack)
{
    guard_with(crash, stack, GUARD_STACK);
}

void guard_signals(struct crash *crash, bool aborts)
{
    static const int deadly[] = {
        SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGXCPU, SIGSYS,
#ifdef VARIANT_TOOLS
        SIGABRT, /* for coverage_keep() */
#endif
    };
    struct sigaction action = {.sa_sigaction = handle,
                               .sa_flags =
                                   SA_SIGINFO | SA_ONSTACK | SA_RESETHAND};

    guard_with(crash, handler_stack, sizeof(handler_stack));
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
        sigaction(deadly[i], &action, NULL);
    if (aborts)
        sigaction(SIGABRT, &action, NULL);
}
