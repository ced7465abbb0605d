/*
 * test_convert.c - do raw events become the operations that they stand for?
 * The events are made up here; what real programs do is in test_recorder.c.
 */
#include "traces/convert.h"
#include "traces/rawfiles.h"
#include "traces/tests/recorded.h"

#include <stdint.h>

#define ALL SIZE_MAX

/* Events: who does what where, of what size, and aligned to what power. */
#define EVENT(who, what, where, bytes)                                       \
    {                                                                        \
        .thread = (who), .kind = RAW_##what, .address = (where),             \
        .size = (bytes)                                                      \
    }

#define ALIGNED(who, where, bytes, log2)                                     \
    {                                                                        \
        .thread = (who), .kind = RAW_ALIGNED, .address = (where),            \
        .size = (bytes), .order = (log2)                                     \
    }

/* A process that made these events, and has no parent. */
#define PROCESS(list)                                                        \
    {                                                                        \
        .header = &no_header, .events = (list),                              \
        .event_count = sizeof(list) / sizeof *(list)                         \
    }

static const struct raw_header no_header;

/* Converts, and returns the trace that this makes, proved to be sound. */
static struct trace *convert(const struct raw_process *process, size_t skip,
                             size_t limit, struct conversion *conversion)
{
    static char words[] = "made up";
    struct trace *trace = calloc(1, sizeof *trace);
    struct trace_error error;

    ck_assert(convert_process(process, skip, limit, conversion));
    ck_assert_ptr_nonnull(trace);
    *trace = (struct trace){.title = strdup(words),
                            .about = strdup(words),
                            .make = strdup(words),
                            .ops = conversion->ops,
                            .op_count = conversion->op_count,
                            .threads = conversion->threads};
    ck_assert(trace_recount(trace));
    if (!trace_check(trace, "trace", &error))
        ck_abort_msg("%s", error.message);
    return trace;
}

/* Checks the story of what a process's events become. */
static struct conversion check(const struct raw_process *process, size_t skip,
                               size_t limit, const char *expected)
{
    struct conversion conversion;
    struct trace *trace = convert(process, skip, limit, &conversion);
    char *story = story_of(trace);

    ck_assert_str_eq(story, expected);
    free(story);
    trace_free(trace);
    return conversion;
}

START_TEST(each_kind_of_event_becomes_its_operation)
{
    const struct raw_event events[] = {
        EVENT(0, MALLOC, 16, MARKED + 1),
        EVENT(0, CALLOC, 32, MARKED + 2),
        ALIGNED(0, 64, MARKED + 3, 6),
        EVENT(0, RESIZE, 16, 0),
        EVENT(0, RESIZED, 48, MARKED + 4),
        EVENT(0, FREE, 48, 0),
        EVENT(0, FREE, 32, 0),
    };
    struct raw_process process = PROCESS(events);

    struct conversion c =
        check(&process, 0, ALL, "a0+1 z1+2 m2/64+3 r0+4 f0 f1");

    ck_assert_uint_eq(c.op_count, 6);
    ck_assert_uint_eq(c.found, 6);
    ck_assert_uint_eq(c.threads, 1);
    ck_assert_uint_eq(c.inherited, 0);
    ck_assert_uint_eq(c.unseen, 0);
}
END_TEST

START_TEST(an_address_given_up_by_a_resize_can_be_taken_before_its_end)
{
    const struct raw_event events[] = {
        EVENT(0, MALLOC, 16, MARKED + 1),
        EVENT(0, RESIZE, 16, 0),
        EVENT(1, MALLOC, 16, MARKED + 2),
        EVENT(0, RESIZED, 32, MARKED + 3),
        EVENT(1, FREE, 16, 0),
        EVENT(0, FREE, 32, 0),
    };
    struct raw_process process = PROCESS(events);

    struct conversion c =
        check(&process, 0, ALL, "a0+1 @1 a1+2 @0 r0+3 @1 f1 @0 f0");

    ck_assert_uint_eq(c.unseen, 0);
}
END_TEST

START_TEST(a_resize_that_fails_changes_nothing)
{
    const struct raw_event events[] = {
        EVENT(0, MALLOC, 16, MARKED + 1),
        EVENT(0, RESIZE, 16, 0),
        EVENT(0, KEPT, 16, 0),
        EVENT(0, FREE, 16, 0),
    };
    struct raw_process process = PROCESS(events);

    check(&process, 0, ALL, "a0+1 f0");
}
END_TEST

START_TEST(blocks_from_before_the_recording_are_passed_over)
{
    const struct raw_event events[] = {
        EVENT(0, FREE, 16, 0),
        EVENT(0, RESIZE, 32, 0),
        EVENT(0, KEPT, 32, 0),
        EVENT(0, RESIZE, 32, 0),
        EVENT(0, RESIZED, 48, MARKED + 1),
        EVENT(0, FREE, 48, 0),
    };
    struct raw_process process = PROCESS(events);

    check(&process, 0, ALL, "a0+1 f0");
}
END_TEST

START_TEST(places_that_hold_no_event_are_passed_over)
{
    const struct raw_event events[] = {
        EVENT(0, MALLOC, 16, MARKED + 1),
        EVENT(0, NONE, 0, 0),
        {.kind = 99, .address = 16},
        EVENT(UINT32_MAX, FREE, 16, 0),
        EVENT(0, FREE, 0, 0),
        EVENT(0, FREE, 16, 0),
    };
    struct raw_process process = PROCESS(events);

    check(&process, 0, ALL, "a0+1 f0");
}
END_TEST

START_TEST(an_address_that_comes_again_was_freed)
{
    const struct raw_event events[] = {
        EVENT(0, MALLOC, 16, MARKED + 1),  EVENT(0, MALLOC, 16, MARKED + 2),
        EVENT(0, MALLOC, 32, MARKED + 3),  EVENT(0, RESIZE, 16, 0),
        EVENT(0, RESIZED, 32, MARKED + 4),
    };
    struct raw_process process = PROCESS(events);

    struct conversion c =
        check(&process, 0, ALL, "a0+1 f0 a1+2 a2+3 f2 r1+4");

    ck_assert_uint_eq(c.unseen, 2);
}
END_TEST

START_TEST(the_identifier_freed_last_is_used_first)
{
    const struct raw_event events[] = {
        EVENT(0, MALLOC, 16, 0), EVENT(0, MALLOC, 32, 0),
        EVENT(0, FREE, 16, 0),   EVENT(0, FREE, 32, 0),
        EVENT(0, MALLOC, 48, 0), EVENT(0, MALLOC, 64, 0),
        EVENT(0, MALLOC, 80, 0),
    };
    struct raw_process process = PROCESS(events);
    struct conversion conversion;

    struct trace *trace = convert(&process, 0, ALL, &conversion);

    ck_assert_uint_eq(trace->ops[4].id, 1);
    ck_assert_uint_eq(trace->ops[5].id, 0);
    ck_assert_uint_eq(trace->ops[6].id, 2);
    trace_free(trace);
}
END_TEST

START_TEST(what_a_trace_cannot_have_becomes_the_most_it_can)
{
    const struct raw_event events[] = {
        EVENT(0, MALLOC, 16, UINT64_C(1) << 45),
        ALIGNED(0, 32, 1, 30),
    };
    struct raw_process process = PROCESS(events);
    struct conversion conversion;

    struct trace *trace = convert(&process, 0, ALL, &conversion);

    ck_assert_uint_eq(trace->ops[0].size, TRACE_SIZE_MAX);
    ck_assert_uint_eq(trace->ops[1].alignment_order, 20);
    trace_free(trace);
}
END_TEST

START_TEST(threads_are_numbered_as_they_appear)
{
    const struct raw_event events[] = {
        EVENT(9, MALLOC, 16, MARKED + 1),
        EVENT(4, MALLOC, 32, MARKED + 2),
        EVENT(700, FREE, 16, 0),
        EVENT(9, FREE, 32, 0),
    };
    struct raw_process process = PROCESS(events);

    struct conversion c = check(&process, 0, ALL, "a0+1 @1 a1+2 @2 f0 @0 f1");

    ck_assert_uint_eq(c.threads, 3);
    ck_assert_uint_eq(c.raw_threads, 3);
}
END_TEST

START_TEST(a_limit_cuts_and_goes_on_counting)
{
    const struct raw_event events[] = {
        EVENT(0, MALLOC, 16, MARKED + 1),
        EVENT(0, MALLOC, 32, MARKED + 2),
        EVENT(1, FREE, 16, 0),
        EVENT(1, FREE, 32, 0),
    };
    struct raw_process process = PROCESS(events);

    struct conversion c = check(&process, 0, 2, "a0+1 a1+2");

    ck_assert_uint_eq(c.found, 4);
    ck_assert_uint_eq(c.threads, 1);
}
END_TEST

START_TEST(skipping_forgets_a_resize_that_is_going_on)
{
    const struct raw_event events[] = {
        ALIGNED(0, 16, MARKED + 1, 5),
        EVENT(0, CALLOC, 32, MARKED + 2),
        EVENT(1, MALLOC, 48, MARKED + 3),
        EVENT(2, RESIZE, 48, 0),
        EVENT(0, FREE, 32, 0),
        EVENT(2, RESIZED, 64, MARKED + 4),
        EVENT(1, FREE, 16, 0),
    };
    struct raw_process process = PROCESS(events);

    struct conversion c = check(&process, 4, ALL, "m0/32+1 a1+4 @1 f0");

    ck_assert_uint_eq(c.inherited, 1);
    ck_assert_uint_eq(c.found, 6);
}
END_TEST

START_TEST(a_child_inherits_up_to_the_fork_and_in_order_of_birth)
{
    const struct raw_event first[] = {
        EVENT(0, MALLOC, 96, MARKED + 1),
        EVENT(0, CALLOC, 16, MARKED + 2),
        EVENT(1, MALLOC, 32, MARKED + 3),
        EVENT(1, RESIZE, 32, 0), /* lost to the child */
        EVENT(0, FREE, 96, 0),   /* after the fork */
    };
    const struct raw_event second[] = {
        EVENT(0, FREE, 16, 0),
        EVENT(0, MALLOC, 32, MARKED + 4),
    };
    const struct raw_event third[] = {EVENT(5, FREE, 96, 0)};
    struct raw_header forked = {.forked = 1, .fork_stamp = 4};
    struct raw_header again = {.forked = 1, .fork_stamp = 100};
    struct raw_process parent = PROCESS(first);
    struct raw_process child = PROCESS(second);
    struct raw_process grandchild = PROCESS(third);
    child.parent = &parent;
    child.header = &forked;
    grandchild.parent = &child;
    grandchild.header = &again;

    check(&parent, 0, ALL, "a0+1 z1+2 @1 a2+3 @0 f0");
    struct conversion c = check(&child, 0, ALL, "a0+1 a1+2 f1 a2+4");
    check(&grandchild, 0, ALL, "a0+1 a1+4 f0");
    check(&grandchild, 0, 1, "a0+1");

    ck_assert_uint_eq(c.inherited, 2);
    ck_assert_uint_eq(c.found, 2);
}
END_TEST

START_TEST(many_blocks_are_told_apart)
{
    const size_t many = 20000;
    struct raw_event *events = calloc(3 * many, sizeof *events);
    struct raw_process process = {
        .header = &no_header, .events = events, .event_count = 3 * many};
    struct conversion conversion;

    ck_assert_ptr_nonnull(events);
    for (uint64_t i = 0; i < many; i++) {
        /* All are allocated, then resized from the last to the first. */
        events[i] = (struct raw_event)EVENT(0, MALLOC, 16 * (i + 1), 0);
        events[many + 2 * i] =
            (struct raw_event)EVENT(0, RESIZE, 16 * (many - i), 0);
        events[many + 2 * i + 1] =
            (struct raw_event)EVENT(0, RESIZED, 16 * (many - i), i);
    }
    struct trace *trace = convert(&process, 0, ALL, &conversion);

    ck_assert_uint_eq(trace->op_count, 2 * many);
    for (size_t i = 0; i < many; i++) {
        ck_assert_uint_eq(trace->ops[i].id, i);
        ck_assert_uint_eq(trace->ops[many + i].id, many - 1 - i);
        ck_assert_uint_eq(trace->ops[many + i].size, i);
    }
    trace_free(trace);
    free(events);
}
END_TEST

/* --- raw files --- */

static void write_raw(const char *name, const char *magic, uint64_t started,
                      const char *parent, const struct raw_event *event)
{
    struct raw_header header = {.started = started};
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", paths.folder, name);
    (void)snprintf(header.magic, sizeof header.magic, "%s", magic);
    (void)snprintf(header.parent, sizeof header.parent, "%s", parent);
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(&header, sizeof header, 1, out), 1);
    if (event != NULL) {
        ck_assert_int_eq(fseek(out, (long)RAW_HEADER_SIZE, SEEK_SET), 0);
        ck_assert_uint_eq(fwrite(event, sizeof *event, 1, out), 1);
    }
    ck_assert_int_eq(fclose(out), 0);
}

START_TEST(raw_files_come_in_order_of_their_starts)
{
    const struct raw_event event = EVENT(0, MALLOC, 16, 0);
    const struct raw_event none = EVENT(0, NONE, 16, 0);
    struct raw_files files;

    write_raw("7.0", RAW_MAGIC, 30, "9.0", &event);
    write_raw("8.0", RAW_MAGIC, 20, "7.0", &event); /* older than that */
    write_raw("9.0", RAW_MAGIC, 10, "", &event);
    write_raw("empty", RAW_MAGIC, 1, "", NULL);
    write_raw("unfilled", RAW_MAGIC, 1, "", &none);
    write_raw("strange", "something else", 1, "", &event);

    ck_assert(raw_files_open(paths.folder, &files));
    ck_assert_uint_eq(files.count, 3);
    ck_assert_str_eq(files.processes[0].name, "9.0");
    ck_assert_str_eq(files.processes[1].name, "8.0");
    ck_assert_str_eq(files.processes[2].name, "7.0");
    ck_assert_ptr_null(files.processes[0].parent);
    ck_assert_ptr_null(files.processes[1].parent);
    ck_assert_ptr_eq(files.processes[2].parent, &files.processes[0]);
    ck_assert_uint_eq(files.processes[2].event_count, 1);
    raw_files_close(&files);
    ck_assert_uint_eq(files.count, 0);
}
END_TEST

START_TEST(a_folder_that_is_not_there_has_no_raw_files)
{
    struct raw_files files;

    ck_assert(!raw_files_open("/no/folder", &files));
    raw_files_close(&files);
    raw_files_remove("/no/folder");
}
END_TEST

static Suite *convert_suite(void)
{
    Suite *suite = suite_create("convert");
    TCase *tcase = tcase_create("convert");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_kind_of_event_becomes_its_operation);
    tcase_add_test(
        tcase, an_address_given_up_by_a_resize_can_be_taken_before_its_end);
    tcase_add_test(tcase, a_resize_that_fails_changes_nothing);
    tcase_add_test(tcase, blocks_from_before_the_recording_are_passed_over);
    tcase_add_test(tcase, places_that_hold_no_event_are_passed_over);
    tcase_add_test(tcase, an_address_that_comes_again_was_freed);
    tcase_add_test(tcase, the_identifier_freed_last_is_used_first);
    tcase_add_test(tcase, what_a_trace_cannot_have_becomes_the_most_it_can);
    tcase_add_test(tcase, threads_are_numbered_as_they_appear);
    tcase_add_test(tcase, a_limit_cuts_and_goes_on_counting);
    tcase_add_test(tcase, skipping_forgets_a_resize_that_is_going_on);
    tcase_add_test(tcase,
                   a_child_inherits_up_to_the_fork_and_in_order_of_birth);
    tcase_add_test(tcase, many_blocks_are_told_apart);
    tcase_add_test(tcase, raw_files_come_in_order_of_their_starts);
    tcase_add_test(tcase, a_folder_that_is_not_there_has_no_raw_files);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(convert_suite());
}
