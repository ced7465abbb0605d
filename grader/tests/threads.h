/*
 * threads.h - traces with threads, by hand and at random.
 */
#ifndef GRADER_TESTS_THREADS_H
#define GRADER_TESTS_THREADS_H

#include "grader/tests/help.h"

#define MAKE(who, number, bytes)                                             \
    {                                                                        \
        .kind = OP_MALLOC, .thread = (who), .id = (number), .size = (bytes)  \
    }
#define FREE(who, number)                                                    \
    {                                                                        \
        .kind = OP_FREE, .thread = (who), .id = (number)                     \
    }

/*
 * Two threads. The second one's first malloc is operation 4, and operation 5
 * the first one's at the same time: both come after operation 3.
 */
static const struct op two[] = {
    MAKE(0, 0, 100), MAKE(0, 1, 48), FREE(1, 1), MAKE(1, 2, 48),
    MAKE(0, 1, 48),  FREE(0, 2),     FREE(0, 0), MAKE(0, 0, 64),
    FREE(1, 1),      FREE(1, 0),
};

/* Adds one operation, with all its own. */
static inline void add(struct trace *trace, enum op_kind kind, size_t thread,
                       uint32_t id, uint64_t size)
{
    trace->ops[trace->op_count++] = (struct op){.kind = (uint8_t)kind,
                                                .alignment_order = 6,
                                                .thread = (uint16_t)thread,
                                                .id = id,
                                                .size = size};
}

/*
 * Makes a trace in which threads fill and empty slots at random, one another's
 * as well: what one makes another resizes and a third one frees.
 */
static inline struct trace *random_trace(uint64_t seed, size_t threads,
                                         size_t count)
{
    static bool live[64];
    struct trace *trace = calloc(1, sizeof(*trace));
    ck_assert_ptr_nonnull(trace);
    trace->ops = calloc(count, sizeof(*trace->ops));
    ck_assert_ptr_nonnull(trace->ops);
    memset(live, 0, sizeof(live));
    while (trace->op_count < count) {
        size_t thread = trace->op_count < threads
                            ? trace->op_count
                            : random_below(&seed, threads);
        uint32_t id = (uint32_t)random_below(&seed, 64);
        uint64_t size = random_below(&seed, 2000);
        uint64_t what = random_below(&seed, 10);
        if (what == 9 && live[id])
            add(trace, OP_TRIM, thread, 0, 0);
        else if (live[id] && what < 6)
            add(trace, OP_FREE, thread, id, 0);
        else if (live[id])
            add(trace, OP_REALLOC, thread, id, size);
        else
            add(trace,
                what < 6   ? OP_MALLOC
                : what < 8 ? OP_CALLOC
                           : OP_ALIGNED,
                thread, id, size);
        if (trace->ops[trace->op_count - 1].kind != OP_TRIM)
            live[id] = trace->ops[trace->op_count - 1].kind != OP_FREE;
        trace->ops[trace->op_count - 1].alignment_order =
            trace->ops[trace->op_count - 1].kind == OP_ALIGNED ? 6 : 0;
    }
    ck_assert(trace_recount(trace));
    return trace;
}

/* One thread makes, the other frees, in turn. */
static inline struct trace *handed_over(size_t count)
{
    struct trace *trace = calloc(1, sizeof(*trace));
    ck_assert_ptr_nonnull(trace);
    trace->ops = calloc(2 * count, sizeof(*trace->ops));
    ck_assert_ptr_nonnull(trace->ops);
    for (size_t i = 0; i < count; i++) {
        add(trace, OP_MALLOC, 0, (uint32_t)(i % 8), 16 + i % 500);
        add(trace, OP_FREE, 1, (uint32_t)(i % 8), 0);
        trace->ops[2 * i].alignment_order = 0;
        trace->ops[2 * i + 1].alignment_order = 0;
    }
    ck_assert(trace_recount(trace));
    return trace;
}

#endif
