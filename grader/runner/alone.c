/*
 * alone.c - keeps a runner from starting other processes.
 *
 * An allocator has no use for fork(), and one that calls it in malloc(), by
 * mistake or not, would go on replaying in every child and bring the machine
 * down. The kernel is asked to refuse it; where it cannot be asked, nothing
 * changes. This is no sandbox.
 *
 * Starting a thread is the same system call, so the threads of a threaded
 * replay are there before; the filter holds for them too.
 */
#include "grader/runner/runner.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __NR_fork /* arm64 has clone only */
#define __NR_fork __NR_clone
#endif
#ifndef __NR_vfork
#define __NR_vfork __NR_clone
#endif

#define REFUSED_IF(number)                                                   \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),                       \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN)

void stay_alone(bool threads)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSED_IF(__NR_clone),
        REFUSED_IF(__NR_fork),
        REFUSED_IF(__NR_vfork),
        REFUSED_IF(__NR_clone3),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {
        .len = sizeof(rules) / sizeof(rules[0]),
        .filter = rules,
    };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return;
    if (threads) /* which valgrind, and walls, do not let pass */
        (void)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                      SECCOMP_FILTER_FLAG_TSYNC, &program);
    else
        (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
