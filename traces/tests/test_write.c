/*
 * test_write.c - does what is written read back the same? And does saving
 * leave either the new file or the old one, and nothing beside it?
 */
#include "traces/tests/help.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL                                                                \
    "heaplab trace 1\ntitle: x\nabout: y\nmake: by hand\noperations: 2\n"    \
    "identifiers: 1\nlive peak: 24\nthreads: 1\n\na 0 24\nf 0\n"

/* --- writing --- */

/* A sound operation on one of count identifiers, live of which are so. */
static struct op random_op(uint64_t *seed, bool *live, uint32_t count)
{
    static const uint64_t most[] = {1, 100, 1U << 31, TRACE_SIZE_MAX};
    struct op op = {.id = random_below(seed, count),
                    .thread = (uint16_t)random_below(seed, 3)};

    op.size = (((uint64_t)random_below(seed, 1U << 30) << 20) +
               random_below(seed, 1U << 20)) %
              (most[random_below(seed, 4)] + 1);
    if (random_below(seed, 20) == 0)
        return (struct op){.kind = OP_TRIM, .thread = op.thread};
    if (live[op.id]) {
        op.kind = random_below(seed, 3) == 0 ? OP_REALLOC : OP_FREE;
        op.size = op.kind == OP_FREE ? 0 : op.size;
        live[op.id] = op.kind != OP_FREE;
        return op;
    }
    op.kind = (uint8_t)(OP_MALLOC + random_below(seed, 3));
    if (op.kind == OP_ALIGNED)
        op.alignment_order = (uint8_t)random_below(seed, 21);
    live[op.id] = true;
    return op;
}

/* A random sound trace, to be freed. */
static struct trace *random_trace(uint64_t *seed)
{
    bool live[50] = {false};
    struct trace *trace = calloc(1, sizeof *trace);

    ck_assert_ptr_nonnull(trace);
    trace->op_count = 1 + random_below(seed, 3000);
    trace->ops = calloc(trace->op_count, sizeof *trace->ops);
    ck_assert_ptr_nonnull(trace->ops);
    trace->title = strdup("a random trace");
    trace->about = strdup(random_below(seed, 2) ? "one\ntwo" : "");
    trace->make = strdup("by a test\n\xe2\x82\xac");
    uint32_t count = 1 + random_below(seed, 50);
    for (size_t i = 0; i < trace->op_count; i++)
        trace->ops[i] = random_op(seed, live, count);
    ck_assert(trace_recount(trace));
    return trace;
}

START_TEST(what_is_written_reads_back_the_same)
{
    uint64_t seed = 7;

    printf("what_is_written_...: seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 200; i++) {
        size_t length = 0;
        struct trace *trace = random_trace(&seed);
        char *text = written(trace, &length);
        struct trace *read = read_text(text);

        ck_assert_str_eq(read->title, trace->title);
        ck_assert_str_eq(read->about, trace->about);
        ck_assert_str_eq(read->make, trace->make);
        ck_assert_uint_eq(read->op_count, trace->op_count);
        ck_assert_uint_eq(read->id_count, trace->id_count);
        ck_assert_uint_eq(read->threads, trace->threads);
        ck_assert_uint_eq(read->live_peak, trace->live_peak);
        ck_assert_mem_eq(read->ops, trace->ops,
                         trace->op_count * sizeof *trace->ops);
        trace_free(read);
        free(text);
        trace_free(trace);
    }
}
END_TEST

START_TEST(a_plain_trace_is_written_byte_for_byte)
{
    size_t length = 0;
    struct trace *trace = read_text(SMALL);

    char *text = written(trace, &length);

    ck_assert_str_eq(text, SMALL);
    free(text);
    trace_free(trace);
}
END_TEST

START_TEST(what_is_not_sound_is_not_written)
{
    struct trace *trace = read_text(SMALL);
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    ck_assert_ptr_nonnull(out);
    trace->ops[1].id = 1;

    ck_assert(!trace_write(trace, out));

    ck_assert_int_eq(errno, EINVAL);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_uint_eq(length, 0);
    free(text);
    trace_free(trace);
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
    struct trace *trace = read_text(SMALL);
    FILE *out = fopen("/dev/full", "we");
    ck_assert_ptr_nonnull(out);

    ck_assert(!trace_write(trace, out));

    ck_assert_int_eq(errno, ENOSPC);
    (void)fclose(out);
    trace_free(trace);
}
END_TEST

/* --- saving --- */

static char folder[64];
static char path[96];
static struct trace *small;

static void setup(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/test_write-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/x.trace", folder);
    small = read_text(SMALL);
}

/* Fills names with the files that are in the folder. */
static void list_folder(glob_t *names)
{
    char pattern[96];

    (void)snprintf(pattern, sizeof pattern, "%s/*", folder);
    (void)glob(pattern, 0, NULL, names);
}

static void teardown(void)
{
    glob_t names = {.gl_pathc = 0};

    list_folder(&names);
    for (size_t i = 0; i < names.gl_pathc; i++)
        (void)remove(names.gl_pathv[i]);
    globfree(&names);
    ck_assert_int_eq(rmdir(folder), 0);
    trace_free(small);
}

/* How many files are in the folder. */
static size_t file_count(void)
{
    glob_t names = {.gl_pathc = 0};

    list_folder(&names);
    size_t count = names.gl_pathc;
    globfree(&names);
    return count;
}

/* Fails unless the file at path holds text. */
static void assert_holds(const char *text)
{
    char held[4096];
    FILE *in = fopen(path, "re");

    ck_assert_ptr_nonnull(in);
    size_t length = fread(held, 1, sizeof held - 1, in);
    held[length] = '\0';
    (void)fclose(in);
    ck_assert_str_eq(held, text);
}

static void put(const char *text)
{
    FILE *out = fopen(path, "we");

    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs(text, out), 0);
    ck_assert_int_eq(fclose(out), 0);
}

/* Fails unless saving to where is refused in these words. */
static void assert_refused(const char *where, const char *words)
{
    char expected[512];
    struct trace_error error = {.message = ""};

    ck_assert(!trace_save(small, where, &error));
    (void)snprintf(expected, sizeof expected, "%s: %s", where, words);
    ck_assert_str_eq(error.message, expected);
}

START_TEST(a_saved_trace_takes_the_place_of_what_was_there)
{
    struct trace_error error = {.message = ""};
    put("something else");

    ck_assert_msg(trace_save(small, path, &error), "%s", error.message);

    assert_holds(SMALL);
    ck_assert_uint_eq(file_count(), 1);
}
END_TEST

START_TEST(a_new_file_has_the_usual_permissions)
{
    struct stat status;
    struct trace_error error = {.message = ""};
    mode_t mask = umask(027);

    ck_assert_msg(trace_save(small, path, &error), "%s", error.message);

    (void)umask(mask);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0640);
}
END_TEST

START_TEST(a_failed_save_leaves_what_was_there_and_nothing_beside)
{
    struct rlimit none;
    put("something else");
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &none), 0);
    struct rlimit before = none;
    none.rlim_cur = 20; /* bytes: the disk is as good as full */
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);

    assert_refused(path, "cannot be written: File too large; nothing was "
                         "written there");

    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_holds("something else");
    ck_assert_uint_eq(file_count(), 1);
}
END_TEST

START_TEST(an_unsound_trace_is_not_saved)
{
    small->live_peak = 1;

    assert_refused(path, "live peak: expected 24 (reached by line 10), "
                         "found 1");

    ck_assert_uint_eq(file_count(), 0);
}
END_TEST

START_TEST(a_place_that_cannot_be_written_is_refused)
{
    char nowhere[160];
    (void)snprintf(nowhere, sizeof nowhere, "%s/no/x.trace", folder);

    assert_refused(nowhere, "no file can be made in its folder: No such file "
                            "or directory; nothing was written there");
    assert_refused(folder, "is a folder; give the name of a file");
    assert_refused("/dev/null",
                   "is not a regular file; give the name of a file");

    ck_assert_uint_eq(file_count(), 0);
}
END_TEST

START_TEST(a_symbolic_link_stays_one)
{
    char link[160];
    struct stat status;
    struct trace_error error = {.message = ""};
    (void)snprintf(link, sizeof link, "%s/link", folder);
    put("something else");
    ck_assert_int_eq(symlink("x.trace", link), 0);

    ck_assert_msg(trace_save(small, link, &error), "%s", error.message);

    assert_holds(SMALL);
    ck_assert_int_eq(lstat(link, &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
}
END_TEST

START_TEST(a_name_that_is_taken_is_passed_over)
{
    char taken[160];
    struct trace_error error = {.message = ""};
    (void)snprintf(taken, sizeof taken, "%s.new-%ld-0", path, (long)getpid());
    FILE *out = fopen(taken, "we");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(fclose(out), 0);

    ck_assert_msg(trace_save(small, path, &error), "%s", error.message);

    assert_holds(SMALL);
    ck_assert_uint_eq(file_count(), 2);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("write");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_is_written_reads_back_the_same);
    tcase_add_test(tcase, a_plain_trace_is_written_byte_for_byte);
    tcase_add_test(tcase, what_is_not_sound_is_not_written);
    tcase_add_test(tcase, a_full_disk_is_noticed);
    tcase_add_test(tcase, a_saved_trace_takes_the_place_of_what_was_there);
    tcase_add_test(tcase, a_new_file_has_the_usual_permissions);
    tcase_add_test(tcase,
                   a_failed_save_leaves_what_was_there_and_nothing_beside);
    tcase_add_test(tcase, an_unsound_trace_is_not_saved);
    tcase_add_test(tcase, a_place_that_cannot_be_written_is_refused);
    tcase_add_test(tcase, a_symbolic_link_stays_one);
    tcase_add_test(tcase, a_name_that_is_taken_is_passed_over);
    return run_case("write", tcase);
}
