/*
 * mailbox.h - what passes between the judge and an allocator that it does not
 * trust.
 *
 * The allocator lives in a process of its own, the served runner. The trace,
 * the patterns, the meter and the verdict stay with the judge (mailbox.c),
 * which asks for one call at a time. They share a page, the mailbox, in which
 * one letter lies; whose turn it is tells who may read and write it. While it
 * works on a call the served runner may ask for memory in turn:
 *
 *     judge                         served runner
 *       ASK_CALL malloc(100)  ---->
 *                             <----   WANT_GROW 16384
 *       GIVEN an address      ---->
 *                             <----   SAY_RETURNED a pointer
 *
 * The heap's memory is a file that both have mapped; what the judge reads and
 * writes of payloads it does itself. Nothing that comes from the other side is
 * believed but pointers, and those are looked at.
 */
#ifndef GRADER_RUNNER_MAILBOX_H
#define GRADER_RUNNER_MAILBOX_H

#include "grader/runner/job.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The descriptors that a served runner begins with. */
#define MAILBOX_FD 3
#define HEAP_FD    4 /* the heap's memory */
#define STACK_FD   5 /* the memory of the stack that the allocator runs on */
#define FILTER_FD                                                            \
    6 /* the filter of system calls that it puts on; or closed */

/* What a letter is. */
enum letter_kind {
    /* To the served runner: what to do. */
    ASK_OPEN,    /* open the heap */
    ASK_CALL,    /* make a call: words: kind of operation, block, size,
                    alignment order */
    ASK_CHECK,   /* call check() */
    ASK_SHOW,    /* call walk(), then lists() */
    ASK_PROTECT, /* make words[1] bytes at words[0] read-only */

    /* From it: what came of that. */
    SAY_RETURNED, /* words[0]: the pointer, or 1 and 0 for true and false */
    SAY_PIECE,    /* words: a struct log_piece, detail: 0 walk, 1 lists */
    SAY_FAILED,   /* text: why it cannot go on; detail: 1 if that is trouble
                     of the kit's own */

    /* From it: what it wants of its source. Words: as the parameters of the
       function in source.h, addresses for pointers. */
    WANT_GROW,
    WANT_SHRINK,
    WANT_TAKE,
    WANT_RETURN,
    WANT_RELEASE,
    WANT_RECOMMIT,
    WANT_OWNED, /* are words[1] bytes at words[0] its own; and, if words[2] is
                   not 0, committed? */
    WANT_METER, /* words of the answer: requests, refusals, committed, peak;
                    detail: bytes refused last */

    /* To it: the answer. */
    GIVEN,   /* words[0]: the result */
    REFUSED, /* there is no memory */
    MISTAKE, /* what was passed is not its own */
    GO_ON,   /* with the next piece */
};

struct letter {
    uint32_t kind; /* one of enum letter_kind */
    uint32_t pad;
    uint64_t detail;
    uint64_t words[4];
    char rule[16];  /* SAY_RETURNED after ASK_CHECK: the label */
    char text[160]; /* and its sentence; SAY_FAILED: the message */
};

/* Whose turn it is: the value of a mailbox's turn. */
enum turn {
    TURN_JUDGE,
    TURN_SERVED,
};

/* Bytes of an allocator's name with its options. */
#define NAME_ROOM 256

/* The page that both share. */
struct mailbox {
    _Atomic uint32_t turn; /* one of enum turn: a futex */
    uint32_t pad;
    struct letter letter;

    /* From the judge, before the beginning: */
    uint64_t magic;            /* JOB_MAGIC */
    uint64_t limit;            /* bytes of the heap's file */
    char allocator[NAME_ROOM]; /* as registry_find() takes it */

    /* From the served runner; what a message is made of, and no more: */
    uint64_t function[CALLS]; /* addresses of code; 0 if there is none */
    struct crash crash;
};

/* Gives the other side its turn. */
static inline void mailbox_pass(struct mailbox *mailbox, enum turn to)
{
    atomic_store_explicit(&mailbox->turn, to, memory_order_release);
    syscall(SYS_futex, &mailbox->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/*
 * Sleeps until it is turn's turn, or until timeout has passed if that is not
 * NULL. Returns whether it is.
 */
static inline bool mailbox_wait(struct mailbox *mailbox, enum turn turn,
                                const struct timespec *timeout)
{
    uint32_t now = atomic_load_explicit(&mailbox->turn, memory_order_acquire);

    while (now != (uint32_t)turn) {
        long woken = syscall(SYS_futex, &mailbox->turn, FUTEX_WAIT, now,
                             timeout, NULL, 0);
        now = atomic_load_explicit(&mailbox->turn, memory_order_acquire);
        if (woken != 0 && timeout != NULL)
            break;
    }
    return now == (uint32_t)turn;
}

#endif
