/*
 * recorded.h - for the tests that record a program: the program is the test
 * itself, run again in a mode that its command line names.
 *
 * Sizes from MARKED to 2 * MARKED - 1 mark the blocks that a test is about;
 * what libraries allocate for themselves is of other sizes.
 */
#ifndef TRACES_TESTS_RECORDED_H
#define TRACES_TESTS_RECORDED_H

#include "traces/record.h"
#include "traces/trace.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARKED ((uint64_t)100000)

/* Preloading something before a sanitizer's runtime is not possible. */
#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN)
#define CAN_RECORD false
#else
#define CAN_RECORD true
#endif

/* What the recorded program does, by name; its result is the exit status. */
struct mode {
    const char *name;
    int (*run)(void);
};

/*
 * Runs the mode that the command line asks for, if it asks for one, and ends
 * the process, without what exit() would do: that may allocate.
 */
static inline void run_mode(const struct mode *modes, size_t count, int argc,
                            char *const argv[])
{
    for (size_t i = 0; argc > 2 && i < count; i++)
        if (strcmp(argv[1], "as") == 0 && strcmp(argv[2], modes[i].name) == 0)
            _exit(modes[i].run());
}

/* The paths that a test uses: its own folder, and what stands in it. */
struct paths {
    char self[4096];     /* this program */
    char recorder[4200]; /* recorder.so */
    char folder[32];
    char out[64];
};

static struct paths paths;

/* Blocks, kept where no compiler can tell that they are not used. */
static void *volatile blocks[16];

/* Makes the folder. Temporary files go there, too. */
static inline void set_up(void)
{
    ssize_t length =
        readlink("/proc/self/exe", paths.self, sizeof paths.self - 1);

    ck_assert_int_gt(length, 0);
    paths.self[length] = '\0';
    for (int i = 0; i < 3; i++) /* it is OUT/traces/tests/test_NAME */
        while (paths.self[--length] != '/')
            ck_assert_int_gt(length, 0);
    (void)snprintf(paths.recorder, sizeof paths.recorder, "%.*s/recorder.so",
                   (int)length, paths.self);

    (void)snprintf(paths.folder, sizeof paths.folder,
                   "/tmp/heaplab-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(paths.folder));
    (void)snprintf(paths.out, sizeof paths.out, "%s/out.trace", paths.folder);
    ck_assert_int_eq(setenv("TMPDIR", paths.folder, 1), 0);
}

static inline void tear_down(void)
{
    char command[64];

    (void)snprintf(command, sizeof command, "rm -rf %s", paths.folder);
    ck_assert_int_eq(system(command), 0); /* NOLINT(cert-env33-c): own path */
}

/* Records this program in a mode. Returns what record_run() returns. */
static inline bool try_mode(const char *mode, struct record_config config,
                            struct record_result *result,
                            struct trace_error *error)
{
    char as[] = "as";
    char name[64];
    char *argv[] = {paths.self, as, name, NULL};

    (void)snprintf(name, sizeof name, "%s", mode);
    config.recorder = paths.recorder;
    config.out = paths.out;
    return record_run(&config, argv, result, error);
}

/* Records this program in a mode, and checks that this succeeds. */
static inline struct record_result record_with(const char *mode,
                                               struct record_config config)
{
    struct record_result result;
    struct trace_error error;

    if (!try_mode(mode, config, &result, &error))
        ck_abort_msg("%s", error.message);
    return result;
}

static inline struct record_result record_mode(const char *mode)
{
    return record_with(mode, (struct record_config){.limit = 0});
}

/* Reads the trace number that was recorded, 1 being the program's. */
static inline struct trace *read_recorded(int number)
{
    char path[64];
    struct trace_error error;

    (void)snprintf(path, sizeof path,
                   number == 1 ? "%s/out.trace" : "%s/out.%d.trace",
                   paths.folder, number);
    struct trace *trace = trace_read(path, &error);
    if (trace == NULL)
        ck_abort_msg("%s", error.message);
    return trace;
}

/*
 * Returns what happens to the marked blocks, as text to be freed: a letter of
 * the trace format, the block, counted from 0 in order of allocation, the
 * alignment if there is one, and how far above MARKED the size is:
 * "a0+1 m1/64+2 f0". "@1 " says that from there on thread 1 acts.
 */
static inline char *story_of(const struct trace *trace)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int *names = calloc(trace->id_count, sizeof *names);
    unsigned thread = 0;
    int count = 0;

    ck_assert(out != NULL && names != NULL);
    for (size_t i = 0; i < trace->op_count; i++) {
        const struct op *op = &trace->ops[i];
        if (op->kind != OP_FREE && op->kind != OP_REALLOC)
            names[op->id] =
                op->size / MARKED == 1 ? ++count : 0; /* 0: not marked */
        if (names[op->id] == 0)
            continue;
        (void)fprintf(out, "%s", ftell(out) > 0 ? " " : "");
        if (op->thread != thread)
            (void)fprintf(out, "@%u ", op->thread);
        thread = op->thread;
        (void)fprintf(out, "%c%d", "azmrf"[op->kind], names[op->id] - 1);
        if (op->kind == OP_ALIGNED)
            (void)fprintf(out, "/%d", 1 << op->alignment_order);
        if (op->kind != OP_FREE)
            (void)fprintf(out, "%+ld", (long)op->size - (long)MARKED);
    }
    ck_assert_int_eq(fclose(out), 0);
    free(names);
    return text;
}

/* Checks what happens to the marked blocks in the trace number. */
static inline void check_story(int number, const char *expected)
{
    struct trace *trace = read_recorded(number);
    char *story = story_of(trace);

    ck_assert_str_eq(story, expected);
    free(story);
    trace_free(trace);
}

/* Checks that the about lines of the trace number contain words. */
static inline void check_about(int number, const char *words)
{
    struct trace *trace = read_recorded(number);

    if (strstr(trace->about, words) == NULL)
        ck_abort_msg("\"%s\" is not in \"%s\"", words, trace->about);
    trace_free(trace);
}

/* Runs a suite; returns what main() is to return. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
