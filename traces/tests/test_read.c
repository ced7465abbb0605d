/*
 * test_read.c - does the reader take every trace, and nothing else?
 */
#include "traces/tests/help.h"
#include "traces/tests/malformed.h"

#include <sys/stat.h>
#include <unistd.h>

static const char good[] = "heaplab trace 1\n"
                           "title: all there is \xc3\xbc\n"
                           "about: first line\n"
                           "about: second line\n"
                           "make: one command\n"
                           "make: another\n"
                           "operations: 8\n"
                           "identifiers: 4\n"
                           "live peak: 460\n"
                           "threads: 3\n"
                           "\n"
                           "a 0 100\n"
                           "# a comment, and threads that take turns\n"
                           "@ 2\n"
                           "z 3 0\n"
                           "#\n"
                           "@ 1\n"
                           "m 1 4096 60\n"
                           "r 0 400\n"
                           "@ 0\n"
                           "@ 1\n"
                           "f 3\n"
                           "t\n"
                           "a 3 0\n"
                           "@ 0\n"
                           "f 0\n";

START_TEST(a_malformed_trace_is_refused_in_these_words)
{
    const struct malformed *bad = &malformed[_i];
    struct trace_error error = {.message = ""};

    struct trace *trace = read_bytes(bad->text, bad->length, &error);

    ck_assert_ptr_null(trace);
    ck_assert_str_eq(error.message, bad->message);
}
END_TEST

START_TEST(every_operation_is_read_with_its_line)
{
    static const struct op ops[] = {
        {.kind = OP_MALLOC, .id = 0, .size = 100},
        {.kind = OP_CALLOC, .thread = 2, .id = 3, .size = 0},
        {.kind = OP_ALIGNED,
         .alignment_order = 12,
         .thread = 1,
         .id = 1,
         .size = 60},
        {.kind = OP_REALLOC, .thread = 1, .id = 0, .size = 400},
        {.kind = OP_FREE, .thread = 1, .id = 3},
        {.kind = OP_TRIM, .thread = 1},
        {.kind = OP_MALLOC, .thread = 1, .id = 3, .size = 0},
        {.kind = OP_FREE, .id = 0},
    };
    static const uint32_t lines[] = {12, 15, 18, 19, 22, 23, 24, 26};

    struct trace *trace = read_text(good);

    ck_assert_uint_eq(trace->op_count, 8);
    ck_assert_mem_eq(trace->ops, ops, sizeof ops);
    ck_assert_mem_eq(trace->lines, lines, sizeof lines);
    trace_free(trace);
}
END_TEST

START_TEST(the_header_is_read)
{
    struct trace *trace = read_text(good);

    ck_assert_str_eq(trace->title, "all there is \xc3\xbc");
    ck_assert_str_eq(trace->about, "first line\nsecond line");
    ck_assert_str_eq(trace->make, "one command\nanother");
    ck_assert_uint_eq(trace->id_count, 4);
    ck_assert_uint_eq(trace->live_peak, 460);
    ck_assert_uint_eq(trace->threads, 3);
    trace_free(trace);
}
END_TEST

START_TEST(a_trace_about_nothing_has_an_empty_about)
{
    struct trace *trace = read_text(HEADER BODY);

    ck_assert_str_eq(trace->about, "");
    trace_free(trace);
}
END_TEST

START_TEST(a_realloc_counts_only_old_or_new_for_the_peak)
{
    struct trace *trace =
        read_text(TO_OPERATIONS "3\nidentifiers: 1\nlive peak: 100\n"
                                "threads: 1\n\na 0 100\nr 0 60\nr 0 90\n");

    ck_assert_uint_eq(trace->live_peak, 100);
    trace_free(trace);
}
END_TEST

START_TEST(the_limits_of_the_format_are_accepted)
{
    struct trace *trace =
        read_text(VERSION TITLE ABOUT20 MAKE
                  "operations: 3\nidentifiers: 20000000\n"
                  "live peak: 1099511627777\nthreads: 64\n\n"
                  "a 19999999 1099511627776\nm 0 1048576 1\n@ 63\n"
                  "m 1 1 0\n");

    ck_assert_uint_eq(trace->ops[0].size, TRACE_SIZE_MAX);
    ck_assert_uint_eq(trace->ops[1].alignment_order, 20);
    ck_assert_uint_eq(trace->ops[2].alignment_order, 0);
    ck_assert_uint_eq(trace->ops[2].thread, 63);
    trace_free(trace);
}
END_TEST

/* Reads a sound trace with a comment of length bytes before its rest. */
static struct trace *read_long_line(size_t length, const char *rest,
                                    struct trace_error *error)
{
    char text[16384];
    int used = snprintf(text, sizeof text, "%s#%0*d%s", HEADER,
                        (int)length - 1, 0, rest);

    ck_assert_int_lt(used, (int)sizeof text);
    return read_bytes(text, (size_t)used, error);
}

START_TEST(a_line_has_at_most_4096_bytes)
{
    static const char expected[] =
        "t:9: expected a line of at most 4096 bytes, found one that is "
        "longer: '#000000000000000000000000000000000000000'...";
    struct trace_error error = {.message = ""};

    struct trace *trace = read_long_line(4096, "\n" BODY, &error);
    ck_assert_msg(trace != NULL, "%s", error.message);
    trace_free(trace);

    ck_assert_ptr_null(read_long_line(4097, "\n" BODY, &error));
    ck_assert_str_eq(error.message, expected);
    ck_assert_ptr_null(read_long_line(12000, "", &error));
    ck_assert_str_eq(error.message, expected);
}
END_TEST

START_TEST(a_dash_stands_for_standard_input)
{
    struct trace_error error = {.message = ""};
    ck_assert_ptr_nonnull(
        freopen("traces/teaching/first.trace", "re", stdin));

    struct trace *trace = trace_read("-", &error);

    ck_assert_msg(trace != NULL, "%s", error.message);
    ck_assert_uint_eq(trace->op_count, 2);
    trace_free(trace);
    ck_assert_ptr_null(trace_read("-", &error)); /* it was read to its end */
    ck_assert_str_eq(error.message,
                     "standard input:1: expected 'heaplab trace 1', the "
                     "version line, found the end of the file");
}
END_TEST

START_TEST(a_file_that_is_not_there_is_refused_by_name)
{
    struct trace_error error;

    ck_assert_ptr_null(trace_read("/nowhere/x.trace", &error));

    ck_assert_str_eq(error.message,
                     "/nowhere/x.trace: cannot be opened: No such file or "
                     "directory; check the name and whether you may read it");
}
END_TEST

START_TEST(a_folder_is_refused_by_name)
{
    struct trace_error error;

    ck_assert_ptr_null(trace_read("/", &error));

    ck_assert_str_eq(error.message, "/: cannot be read: Is a directory; "
                                    "give a file with a trace");
}
END_TEST

START_TEST(a_file_that_may_not_be_read_is_refused_by_name)
{
    char path[] = "/tmp/test_read-XXXXXX";
    char expected[128];
    struct trace_error error;
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fchmod(fd, 0), 0);
    ck_assert_int_eq(close(fd), 0);

    bool may_read_all = access(path, R_OK) == 0; /* as root may */
    ck_assert_ptr_null(trace_read(path, &error));

    (void)snprintf(expected, sizeof expected,
                   "%s: cannot be opened: Permission denied; check the name "
                   "and whether you may read it",
                   path);
    if (!may_read_all)
        ck_assert_str_eq(error.message, expected);
    ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(a_name_that_would_break_the_line_is_shown_escaped)
{
    struct trace_error error;

    ck_assert_ptr_null(trace_read("/nowhere/a\nb\x1b", &error));

    ck_assert_ptr_null(strpbrk(error.message, "\n\x1b"));
    ck_assert_ptr_nonnull(
        strstr(error.message, "/nowhere/a\\nb\\x1b: cannot"));
}
END_TEST

START_TEST(a_very_long_name_leaves_room_for_the_message)
{
    char name[2048];
    struct trace_error error;
    (void)snprintf(name, sizeof name, "/%01000d/end.trace", 0);

    ck_assert_ptr_null(trace_read(name, &error));

    ck_assert_ptr_nonnull(strstr(error.message, "/end.trace: cannot be "));
    ck_assert_int_eq(strncmp(error.message, "...", 3), 0);
    ck_assert_ptr_nonnull(strstr(error.message, "whether you may read it"));
}
END_TEST

START_TEST(only_a_whole_trace_is_taken_not_its_beginning)
{
    struct trace_error error;

    for (size_t length = 0; length < sizeof good - 1; length++) {
        error.message[0] = '\0';
        ck_assert_ptr_null(read_bytes(good, length, &error));
        ck_assert_int_eq(strncmp(error.message, "t:", 2), 0);
    }
}
END_TEST

/* The most address space that this process ever had, in KiB. */
static long vm_peak(void)
{
    char line[256];
    long peak = -1;
    FILE *status = fopen("/proc/self/status", "re");

    ck_assert_ptr_nonnull(status);
    while (peak < 0 && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "VmPeak:", 7) == 0)
            peak = strtol(line + 7, NULL, 10);
    (void)fclose(status);
    return peak;
}

START_TEST(what_a_header_promises_takes_no_memory)
{
    struct trace_error error;
    static const char text[] =
        TO_OPERATIONS "100000000\nidentifiers: 20000000\n"
                      "live peak: 24\nthreads: 64\n\n" BODY;
    long before = vm_peak();

    ck_assert_ptr_null(read_bytes(text, sizeof text - 1, &error));

    ck_assert_int_lt(vm_peak() - before, 32768);
}
END_TEST

/* Changes one to four places of text; returns its new length. */
static size_t mutate(char *text, size_t length, uint64_t *seed)
{
    static const char likely[] = "0123456789 \n\r\t-+afrzmt@#:\0\x80\xff";

    for (uint32_t left = 1 + random_below(seed, 4); left > 0; left--) {
        size_t at = random_below(seed, (uint32_t)length);
        uint32_t how = random_below(seed, 4);
        char byte = likely[random_below(seed, sizeof likely)];
        if (how == 0) { /* another byte */
            text[at] = byte;
        } else if (how == 1) { /* a byte more */
            memmove(text + at + 1, text + at, length - at);
            text[at] = byte;
            length++;
        } else if (how == 2 && length > 1) { /* a byte less */
            memmove(text + at, text + at + 1, length - at - 1);
            length--;
        } else { /* one bit */
            text[at] = (char)(text[at] ^ (1 << random_below(seed, 8)));
        }
    }
    return length;
}

START_TEST(a_corrupted_trace_is_sound_or_refused_in_one_line)
{
    enum { MUTATIONS = 20000 };
    uint64_t seed = 20240607;
    char text[sizeof good + 4];
    int accepted = 0;

    printf("a_corrupted_trace_...: seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < MUTATIONS; i++) {
        struct trace_error error = {.message = ""};
        memcpy(text, good, sizeof good);
        size_t length = mutate(text, sizeof good - 1, &seed);
        struct trace *trace = read_bytes(text, length, &error);
        accepted += trace != NULL;
        if (trace != NULL)
            ck_assert_msg(trace_check(trace, "t", &error), "%s",
                          error.message);
        else
            ck_assert_msg(strncmp(error.message, "t:", 2) == 0 &&
                              strpbrk(error.message, "\n\r\t") == NULL,
                          "%s", error.message);
        trace_free(trace);
    }
    ck_assert_int_gt(accepted, 0);
    ck_assert_int_lt(accepted, MUTATIONS / 2);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("read");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, a_malformed_trace_is_refused_in_these_words, 0,
                        sizeof malformed / sizeof malformed[0]);
    tcase_add_test(tcase, every_operation_is_read_with_its_line);
    tcase_add_test(tcase, the_header_is_read);
    tcase_add_test(tcase, a_trace_about_nothing_has_an_empty_about);
    tcase_add_test(tcase, a_realloc_counts_only_old_or_new_for_the_peak);
    tcase_add_test(tcase, the_limits_of_the_format_are_accepted);
    tcase_add_test(tcase, a_line_has_at_most_4096_bytes);
    tcase_add_test(tcase, a_dash_stands_for_standard_input);
    tcase_add_test(tcase, a_file_that_is_not_there_is_refused_by_name);
    tcase_add_test(tcase, a_folder_is_refused_by_name);
    tcase_add_test(tcase, a_file_that_may_not_be_read_is_refused_by_name);
    tcase_add_test(tcase, a_name_that_would_break_the_line_is_shown_escaped);
    tcase_add_test(tcase, a_very_long_name_leaves_room_for_the_message);
    tcase_add_test(tcase, only_a_whole_trace_is_taken_not_its_beginning);
    tcase_add_test(tcase, what_a_header_promises_takes_no_memory);
    tcase_add_test(tcase, a_corrupted_trace_is_sound_or_refused_in_one_line);
    return run_case("read", tcase);
}
