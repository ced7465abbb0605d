/*
 * help.h - what the tests of traces share.
 */
#ifndef TRACES_TESTS_HELP_H
#define TRACES_TESTS_HELP_H

#include "traces/trace.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads length bytes at text as the trace called "t". */
static inline struct trace *read_bytes(const char *text, size_t length,
                                       struct trace_error *error)
{
    FILE *in = fmemopen((void *)text, length, "r");
    ck_assert_ptr_nonnull(in);
    struct trace *trace = trace_read_stream(in, "t", error);
    (void)fclose(in);
    return trace;
}

/* Reads text, which must be a trace. */
static inline struct trace *read_text(const char *text)
{
    struct trace_error error = {.message = ""};
    struct trace *trace = read_bytes(text, strlen(text), &error);

    ck_assert_msg(trace != NULL, "%s", error.message);
    return trace;
}

/* Writes trace into memory; the text is to be freed. */
static inline char *written(const struct trace *trace, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);

    ck_assert_ptr_nonnull(out);
    ck_assert(trace_write(trace, out));
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

/* A number from 0 to range - 1; the same numbers for the same *state. */
static inline uint32_t random_below(uint64_t *state, uint32_t range)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(*state >> 33) % range;
}

/* Runs a suite of one test case. Returns what main() is to return. */
static inline int run_case(const char *name, TCase *tcase)
{
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
