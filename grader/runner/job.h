/*
 * job.h - what the judging side asks of a runner, and what it answers.
 *
 * A runner is the process with the allocator in it. It gets two memory files:
 * the job, which it reads, on descriptor JOB_FD, and the log, which it fills,
 * on LOG_FD. The log is in the parent's hands whatever becomes of the
 * runner: what was written before a crash is there. Neither side trusts the
 * other's memory for more than these two files.
 */
#ifndef GRADER_RUNNER_JOB_H
#define GRADER_RUNNER_JOB_H

#include "traces/trace.h"

#include <stdatomic.h>
#include <stdint.h>

#define JOB_FD    3
#define LOG_FD    4
#define JOB_MAGIC ((uint64_t)0x31626f6a70616568) /* "heapjob1" */

enum job_mode {
    JOB_JUDGED,   /* replay once, payloads written and checked, all logged */
    JOB_COUNTED,  /* replay once under callgrind, then the empty replay */
    JOB_PACED,    /* replay many times on one heap; the pointers of the first
                     are logged, and nothing else */
    JOB_TIMED,    /* replay many times, in turn with the floor */
    JOB_THREADED, /* as JOB_JUDGED, each thread of the trace in a thread of
                     its own; no picture, no watch, no pokes, no stop_at */
    JOB_LATENCY,  /* replay several times, and time each call */
};

/* The message of a log whose heap would not open. */
#define OPEN_RETURNED_NULL "open() returned NULL"

/* Nowhere: an operation's index that is none. */
#define NO_OP UINT64_MAX

/* What becomes of a word of the heap. */
enum poke_kind {
    POKE_SET,   /* it is set to value */
    POKE_ADD,   /* value is added to it */
    POKE_POINT, /* it is set to the address value bytes above a block */
};

/* The most words that a job changes. */
#define POKES_MAX 6

/* A word of the heap that is changed to break it. */
struct job_poke {
    uint64_t kind;  /* one of enum poke_kind */
    uint64_t op;    /* the operation whose block it lies near; NO_OP: it lies
                      near what open() returned */
    int64_t offset; /* of the word, from there */
    uint64_t point; /* POKE_POINT: the same of the block */
    uint64_t value;
};

/* The job file: this, and right behind it op_count operations. */
struct job {
    uint64_t magic;       /* JOB_MAGIC */
    uint32_t mode;        /* one of enum job_mode */
    uint32_t source_kind; /* one of enum source_kind */
    char allocator[256];  /* as registry_find() takes it, or "glibc" */
    uint64_t op_count;
    uint64_t id_count;
    uint64_t source_limit; /* bytes the source may give */

    /* JOB_JUDGED only: */
    uint64_t stop_at;     /* operations to replay; op_count for all */
    uint64_t check_every; /* call check() after so many operations; 0: no */
    uint64_t watch; /* the allocating operation whose block is looked at after
                       every later one; NO_OP: none */
    uint32_t picture;  /* not 0: at the end, fill in the pieces of the heap;
                          the last operation's payload is then not written */
    uint32_t annotate; /* not 0: tell a memory checker who owns what, in a
                          build for one (annotate.c) */

    /* A debugger stops right before the call of this operation, counted from
       1, in a runner that was built for one; 0: it does not. */
    uint64_t debug_at;

    /* At the end these words are changed, the heap becomes read-only, and
       check() is asked what it says. 0: nothing of the kind. */
    uint64_t poke_count;
    struct job_poke pokes[POKES_MAX];

    uint64_t rounds_least; /* of JOB_TIMED: rounds of replay, floor, floor,
                              replay; of JOB_LATENCY, JOB_PACED: all replays */
    uint64_t budget_ns;    /* JOB_TIMED: no new round after so long */
};

/* What a record tells beside the pointer: bits of its flags. */
enum record_flag {
    RECORD_RETURNED = 1 << 0, /* the call came back */
    RECORD_REFUSED = 1 << 1,  /* the source refused it memory, and a request
                                 of reasonable size was refused */
    RECORD_DAMAGED = 1 << 2,  /* the block's payload had been overwritten
                                 before the call */
    RECORD_LOST = 1 << 3,     /* realloc did not keep the contents */
    RECORD_DIRTY = 1 << 4,    /* calloc's block was not zero */
};

/*
 * One operation, as the runner saw it. Stamps count all that happens from 1,
 * whichever thread does it: a block lives from the one to the other at least
 * as long as its owner may think that it does.
 */
struct record {
    uint32_t ended; /* when the block that it frees or resizes ended: a stamp
                       taken before the call, or when damage was found; 0: it
                       ends none */
    uint32_t began; /* when its own block began, or trim was over: a stamp
                       taken after the return; 0: not yet, or a free */
    uint64_t pointer; /* what was returned; 0 for NULL, free and trim */
    union {
        uint64_t committed;   /* bytes the source has committed after it */
        uint64_t nanoseconds; /* JOB_LATENCY: the call's least time of all
                                 replays, with the clock's */
    };
    uint64_t damage_at;    /* first wrong byte of the payload */
    uint32_t damage_count; /* from the first wrong byte to the last one */
    uint32_t flags;        /* of enum record_flag */
};

/* A piece of the heap, from walk() or lists(). */
struct log_piece {
    uint64_t start;   /* address */
    uint64_t size;    /* bytes, header included */
    uint64_t payload; /* address */
    uint64_t live;    /* 1 or 0 */
};

/* The most pieces that a picture has, of each view. */
#define PIECES_MAX ((size_t)16384)

/* The most pairs of times that a timed job keeps. */
#define TIMES_MAX ((size_t)512)

/* The functions of the table, whose places in the source are worth telling. */
enum call {
    CALL_MALLOC,
    CALL_FREE,
    CALL_CALLOC,
    CALL_REALLOC,
    CALL_ALIGNED,
    CALL_CHECK,
    CALL_TRIM,
    CALL_OPEN,
    CALLS
};

/* Words of the stack that a deadly signal leaves in the log. */
#define CALLERS 8

/* The address of a bad access when the hardware does not tell it. */
#define NOT_TOLD UINT64_MAX

/* What the handler of a deadly signal leaves behind. */
struct crash {
    uint64_t signal; /* its number; 0: none came */
    uint64_t
        address; /* what was touched; NOT_TOLD: the system does not say */
    uint64_t pc; /* the code that did it */
    uint64_t callers[CALLERS]; /* words that may be where it returns to, the
                                  likeliest first; 0: no word */
};

/* What the runner is doing: told when it ends before it should. */
enum phase {
    PHASE_START,   /* before the allocator was opened */
    PHASE_OPEN,    /* inside open() */
    PHASE_CALL,    /* inside the call of operation number started */
    PHASE_LOOK,    /* reading or writing payloads, before or after its call */
    PHASE_CHECK,   /* inside check() after operation number started */
    PHASE_VIEW,    /* inside walk() or lists() */
    PHASE_DONE,    /* all was replayed and looked at */
    PHASE_THREADS, /* the trace's threads are at work, each of which tells for
                      itself; of a log as a whole */
    PHASE_WAIT,    /* waiting for another thread's operation; of a thread */
};

/* What check() said of a heap that the job had broken. */
enum answer {
    ANSWER_NONE, /* it was not asked, or did not return */
    ANSWER_TRUE,
    ANSWER_FALSE, /* fault_rule tells why */
};

/* The log file: this, right behind it a record for each operation, and behind
   those what each thread tells. */
struct log {
    _Atomic uint64_t phase;   /* one of enum phase */
    _Atomic uint64_t started; /* operations begun: the last one's number */
    uint64_t at_places;       /* 1 if everything lies where place.h says */
    uint64_t source_base;     /* 0 for an allocator with pages of its own */
    uint64_t source_limit;
    uint64_t beside; /* the most bytes it had that no record counts, since no
                        source gave them */
    uint64_t function[CALLS]; /* addresses of code; 0 if there is none */
    char message[256];        /* why the runner gave up by itself */

    struct crash crash;

    /* What check() found: after operation number fault_op. */
    uint64_t fault_op; /* NO_OP: nothing */
    uint64_t fault_at; /* an address */
    char fault_rule[16];
    char fault_sentence[160];
    uint64_t answer; /* one of enum answer */

    /* A watched block that was overwritten, during operation watch_op. */
    uint64_t watch_op; /* NO_OP: it was not */
    uint64_t watch_at; /* first wrong byte */
    uint64_t watch_count;

    /* At the end: the first live block found damaged, by the operation that
       allocated it; or, if that crashed, the one that was looked at. */
    uint64_t final_op; /* NO_OP: all were whole */
    uint64_t final_at;
    uint64_t final_count;

    /* JOB_TIMED: thread CPU time of each pair, in nanoseconds. */
    uint64_t time_count;
    uint64_t time_replay[TIMES_MAX];
    uint64_t time_floor[TIMES_MAX];

    /* JOB_LATENCY: what two readings of the clock, with nothing between them,
       are apart, in nanoseconds, found as the records' stamps are. */
    uint64_t time_clock[TIMES_MAX];

    /* The picture: the heap in address order, and the lists in theirs. */
    uint64_t walk_count;
    uint64_t list_count;
    struct log_piece walk[PIECES_MAX];
    struct log_piece list[PIECES_MAX];
};

/* What a thread of the trace is doing, in a threaded replay. */
struct log_thread {
    _Atomic uint64_t phase; /* one of enum phase; PHASE_DONE: at its end */
    _Atomic uint64_t
        started;             /* number of its operation begun last; 0: none */
    _Atomic uint64_t tid;    /* as the system calls it; 0: not there yet */
    _Atomic uint64_t called; /* which call of all threads' its last one is */
    uint64_t exits;          /* 1: it called exit() */
    struct crash crash;
};

/* Bytes of the two files. */
static inline size_t job_size(uint64_t op_count)
{
    return sizeof(struct job) + op_count * sizeof(struct op);
}

static inline size_t log_size(uint64_t op_count)
{
    return sizeof(struct log) + op_count * sizeof(struct record) +
           TRACE_THREADS_MAX * sizeof(struct log_thread);
}

static inline const struct op *job_ops(const struct job *job)
{
    return (const struct op *)(job + 1);
}

static inline struct record *log_records(struct log *log)
{
    return (struct record *)(log + 1);
}

/* TRACE_THREADS_MAX of them: behind the records, whose place counts. */
static inline struct log_thread *log_threads(struct log *log,
                                             uint64_t op_count)
{
    return (struct log_thread *)(log_records(log) + op_count);
}

#endif
