/*
 * replay.h - the judged replay, over a target.
 *
 * One piece of code replays a trace, writes a pattern into every byte of every
 * block, looks at it again, and leaves a record of every operation. It reaches
 * the allocator through a target, of which there are two: direct.c calls the
 * allocator in this process; mailbox.c asks a process that is not trusted,
 * and has all that is judged on its own side.
 */
#ifndef GRADER_RUNNER_REPLAY_H
#define GRADER_RUNNER_REPLAY_H

#include "allocators/malloc.h"
#include "grader/runner/job.h"

/* What a call left behind. */
struct reply {
    uint64_t pointer;      /* an address as the allocator knows it; 0: NULL */
    bool refused;          /* the source refused it memory in that call */
    uint64_t refused_size; /* bytes of the last request refused */
};

/*
 * Where the allocator is. Every function but view and committed returns false
 * if the target has come to its end, whose circumstances it knows.
 */
struct target {
    void *context; /* for the functions */

    /* Makes one call, as op says, on the block at address block. */
    bool (*call)(void *context, const struct op *op, uint64_t block,
                 struct reply *reply);

    /*
     * Returns where the size bytes at an allocator's address can be touched
     * in this process. If there is no memory behind them the target has come
     * to its end, as if touching them had crashed, and it returns NULL.
     */
    void *(*view)(void *context, uint64_t address, size_t size);

    /* Bytes committed after operation number op, of count. */
    uint64_t (*committed)(void *context, uint64_t op, uint64_t count);

    /* Calls check(). *sound is its answer; *fault_at the address, rule and
       sentence (of the sizes in struct log) what it said if that is false. */
    bool (*check)(void *context, bool *sound, struct log *log);

    /* Shows walk() and lists() in the log. */
    bool (*show)(void *context, struct log *log);

    /* Makes the committed memory below the break read-only. */
    void (*protect)(void *context);
};

/* What the replay knows of an identifier. */
struct owned {
    uint64_t block; /* address; 0: not live, or its allocation was refused */
    uint64_t size;  /* bytes asked for */
    uint64_t op;    /* the operation that allocated it: its pattern */
};

struct replay {
    const struct job *job;
    const struct op *ops;
    struct log *log;
    struct record *records;
    struct owned *owned; /* by identifier; empty at the beginning */
    const struct target *target;
    uint64_t heap; /* what open() returned: an address */

    /* Where it tells what it does, and what stamps are drawn from. Set by
       replay_run(); the threads of a threaded replay have their own. */
    _Atomic uint64_t *phase;
    _Atomic uint64_t *started;
    _Atomic uint32_t *stamp; /* of the last event; 0 at the beginning */
};

/* How an operation went. */
enum course {
    COURSE_ON,    /* all is well */
    COURSE_STOP,  /* damage was found, or memory has run out: the log tells */
    COURSE_ENDED, /* the target came to its end */
};

/*
 * Replays what the job asks, on a heap that is open. Returns true if all was
 * done, and the log's phase is PHASE_DONE; false if the target came to its
 * end. That something is wrong with the replay is no end: the log tells.
 * Cost: linear in the operations and the bytes they ask for.
 */
bool replay_run(struct replay *replay);

/* Has the replay tell that it does what phase says. */
static inline void replay_phase(const struct replay *replay, enum phase phase)
{
    atomic_store_explicit(replay->phase, phase, memory_order_relaxed);
}

/*
 * The parts of it, for a replay in threads. replay_op() replays operation i,
 * whose identifier no other thread touches meanwhile, and fills a new block
 * if filled. replay_check() calls check() after operation i.
 * replay_look_at_all() looks at every block that is live, at the end.
 */
enum course replay_op(const struct replay *replay, uint64_t i, bool filled);
enum course replay_check(const struct replay *replay, uint64_t i);
enum course replay_look_at_all(const struct replay *replay);

#endif
