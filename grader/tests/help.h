/*
 * help.h - what the tests of the grader share.
 */
#ifndef GRADER_TESTS_HELP_H
#define GRADER_TESTS_HELP_H

#include "grader/run.h"
#include "grader/subject.h"
#include "traces/trace.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Do sanitizers own signals, memcpy and parts of the address space? */
#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN)
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* It holds signals back until the program calls something. */
#ifdef VARIANT_TSAN
#define THREAD_SANITIZED true
#else
#define THREAD_SANITIZED false
#endif

/* Does every process write down what of it was executed? */
#ifdef VARIANT_COVERAGE
#define COUNTS_COVERAGE true
#else
#define COUNTS_COVERAGE false
#endif

/* Returns the next number of a sequence (splitmix64); state is its seed. */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Returns a number below limit. */
static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
    return next_random(state) % limit;
}

/* The subject that goes wrong as settings say, such as "bug=loop,after=2". */
static inline struct subject buggy_subject(const char *settings)
{
    struct subject subject = {.name = ""};
    snprintf(subject.name, sizeof(subject.name), "buggy:%s", settings);
    path_built(subject.runner, "grader/tests/runner-buggy");
    return subject;
}

/* The same, not trusted: judged through a mailbox. */
static inline struct subject served_buggy_subject(const char *settings)
{
    struct subject subject = buggy_subject(settings);
    path_built(subject.served, "grader/tests/served-buggy");
    return subject;
}

/* Reads a trace that must be there and sound. */
static inline struct trace *read_trace(const char *path)
{
    struct trace_error error = {.message = ""};
    struct trace *trace = trace_read(path, &error);
    ck_assert_msg(trace != NULL, "%s", error.message);
    return trace;
}

/* Copies operations into a trace of their own, and counts what it states. */
static inline struct trace *make_trace(const struct op *ops, size_t count)
{
    struct trace *trace = calloc(1, sizeof(*trace));
    ck_assert_ptr_nonnull(trace);
    trace->ops = calloc(count, sizeof(*ops));
    ck_assert_ptr_nonnull(trace->ops);
    memcpy(trace->ops, ops, count * sizeof(*ops));
    trace->op_count = count;
    ck_assert(trace_recount(trace));
    return trace;
}

/* Where the source of a made-up outcome is. */
#define MADE_BASE  ((uint64_t)0x2000000000)
#define MADE_LIMIT ((uint64_t)1 << 20)

/*
 * Makes up the outcome of a judged replay that did all of trace: each call
 * returned, each block lies right behind the last one, 64 KiB are committed.
 * To be freed by outcome_free().
 */
static inline struct outcome *make_outcome(const struct trace *trace)
{
    struct outcome *outcome = calloc(1, sizeof(*outcome));
    size_t size = log_size(trace->op_count);
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t next = MADE_BASE;
    ck_assert_ptr_nonnull(outcome);
    ck_assert_ptr_ne(map, MAP_FAILED);
    outcome->log = map;
    outcome->records = log_records(outcome->log);
    outcome->map_size = size;
    atomic_store(&outcome->log->phase, PHASE_DONE);
    atomic_store(&outcome->log->started, trace->op_count);
    outcome->log->source_base = MADE_BASE;
    outcome->log->source_limit = MADE_LIMIT;
    outcome->log->fault_op = NO_OP;
    outcome->log->watch_op = NO_OP;
    outcome->log->final_op = NO_OP;
    for (size_t i = 0; i < trace->op_count; i++) {
        struct record *record = &log_records(outcome->log)[i];
        record->flags = RECORD_RETURNED;
        record->committed = 65536;
        if (!op_has_size(trace->ops[i].kind))
            continue;
        record->pointer = next;
        next += (trace->ops[i].size + 16) / 16 * 16;
    }
    return outcome;
}

/* Runs a suite as the environment says; returns what main() should. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
