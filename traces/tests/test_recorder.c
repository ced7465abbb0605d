/*
 * test_recorder.c - does the recorder see what a program does, and leave the
 * program as it was? The recorded program is this one, in a mode.
 */
#include "traces/tests/recorded.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>

/* Enough pairs of malloc and free for a file to grow twice. */
#define MANY ((size_t)50000)

static void churn(void)
{
    for (size_t i = 0; i < MANY; i++) {
        blocks[15] = malloc(64);
        free(blocks[15]);
    }
}

static void in_thread(void *(*function)(void *))
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, function, NULL) != 0 ||
        pthread_join(thread, NULL) != 0)
        abort();
}

/* --- the family --- */

static int family(void)
{
    void *aligned = NULL;

    blocks[0] = malloc(MARKED + 1);
    blocks[1] = calloc(2, MARKED / 2 + 1);
    blocks[2] = realloc(NULL, MARKED + 3);
    blocks[3] = reallocarray(NULL, 1, MARKED + 4);
    blocks[4] = memalign(64, MARKED + 5);
    blocks[5] = aligned_alloc(128, MARKED + 96);
    if (posix_memalign(&aligned, 256, MARKED + 7) != 0)
        return 1;
    blocks[6] = aligned;
    if (malloc_usable_size(blocks[6]) < MARKED + 7)
        return 2;
    for (int i = 0; i < 7; i++)
        free(blocks[i]);
    return 0;
}

START_TEST(every_member_of_the_family_is_recorded)
{
    struct record_result result = record_mode("family");

    ck_assert_int_eq(result.status, 0);
    check_story(1, "a0+1 z1+2 a2+3 a3+4 m4/64+5 m5/128+96 m6/256+7 "
                   "f0 f1 f2 f3 f4 f5 f6");
}
END_TEST

/* Returns 0 if both are functions of one object. */
static int are_apart(const char *name, const char *other)
{
    Dl_info here, there;

    return dladdr(dlsym(RTLD_DEFAULT, name), &here) == 0 ||
           dladdr(dlsym(RTLD_DEFAULT, other), &there) == 0 ||
           here.dli_fbase != there.dli_fbase;
}

static int usable_size(void)
{
    blocks[0] = malloc(MARKED + 1);
    size_t usable = malloc_usable_size(blocks[0]);
    memset(blocks[0], 1, usable);
    free(blocks[0]);
    if (usable <= MARKED || malloc_usable_size(NULL) != 0)
        return 1;
    return 2 * are_apart("malloc", "malloc_usable_size");
}

/* If it were another library's, it would be asked of blocks of libc's. */
START_TEST(the_usable_size_comes_from_where_the_block_does)
{
    struct record_result result = record_mode("usable_size");

    ck_assert_int_eq(result.status, 0);
    check_story(1, "a0+1 f0");
}
END_TEST

static int whole_pages(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    blocks[0] = valloc(MARKED + 1);
    blocks[1] = pvalloc(MARKED + 1);
    return malloc_usable_size(blocks[1]) < (MARKED + page) / page * page;
}

START_TEST(valloc_and_pvalloc_are_aligned_to_pages)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char story[64];

    record_mode("whole_pages");

    (void)snprintf(story, sizeof story, "m0/%zu+1 m1/%zu+%zu", page, page,
                   (MARKED + page) / page * page - MARKED);
    check_story(1, story);
}
END_TEST

static int resizing(void)
{
    blocks[0] = malloc(MARKED + 1);
    blocks[0] = realloc(blocks[0], MARKED + 50);
    blocks[0] = reallocarray(blocks[0], 2, 25);
    blocks[0] = realloc(blocks[0], 64 * MARKED);
    blocks[1] = malloc(MARKED + 2);
    /* NOLINTNEXTLINE(clang-analyzer-optin.portability.UnixAPI): the point */
    return realloc(blocks[1], 0) != NULL;
}

START_TEST(resizing_to_nothing_is_a_free)
{
    char story[64];

    record_mode("resizing");

    (void)snprintf(story, sizeof story, "a0+1 r0+50 r0%+d r0%+d a1+2 f1",
                   50 - (int)MARKED, 63 * (int)MARKED);
    check_story(1, story);
}
END_TEST

static int failing(void)
{
    volatile size_t huge = PTRDIFF_MAX;
    void *untouched = &errno;

    blocks[0] = malloc(MARKED + 1);
    blocks[1] = malloc(huge);
    blocks[2] = calloc(huge, 4);
    blocks[3] = realloc(NULL, huge);
    blocks[4] = realloc(blocks[0], huge);
    blocks[5] = memalign(64, huge);
    blocks[6] = valloc(huge);
    blocks[7] = pvalloc(SIZE_MAX);
    for (int i = 1; i <= 7; i++)
        if (blocks[i] != NULL)
            return 1;
    errno = 0;
    if (reallocarray(blocks[0], huge, 4) != NULL || errno != ENOMEM)
        return 2;
    errno = 77;
    if (posix_memalign(&untouched, 24, 1) != EINVAL ||
        posix_memalign(&untouched, 4, 1) != EINVAL ||
        posix_memalign(&untouched, 64, huge) != ENOMEM || errno != 77 ||
        untouched != &errno)
        return 3;
    free(NULL);
    blocks[0] = realloc(blocks[0], MARKED + 2);
    free(blocks[0]);
    return 0;
}

START_TEST(failing_calls_are_no_operations)
{
    struct record_result result = record_mode("failing");

    ck_assert_int_eq(result.status, 0);
    check_story(1, "a0+1 r0+2 f0");
}
END_TEST

/* --- threads --- */

static void *free_and_allocate(void *unused)
{
    (void)unused;
    free(blocks[0]);
    blocks[1] = malloc(MARKED + 2);
    return NULL;
}

static int exchange(void)
{
    blocks[0] = malloc(MARKED + 1);
    in_thread(free_and_allocate);
    free(blocks[1]);
    return 0;
}

START_TEST(threads_may_free_each_others_blocks)
{
    record_mode("exchange");

    check_story(1, "a0+1 @1 f0 a1+2 @0 f1");
}
END_TEST

static void *resize_often(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < MANY / 10; i++) {
        void *block = malloc(32);
        block = realloc(block, (size_t)1 << i % 16);
        free(block);
    }
    return NULL;
}

static int race(void)
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, resize_often, NULL) != 0)
            return 1;
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

START_TEST(racing_threads_never_seem_to_share_a_block)
{
    struct trace_info info;

    record_mode("race");

    struct trace *trace = read_recorded(1);
    ck_assert(trace_describe(trace, &info));
    ck_assert_ptr_null(strstr(trace->about, "unseen"));
    ck_assert_uint_eq(trace->threads, 5);
    ck_assert_uint_ge(info.count[OP_REALLOC], 4 * MANY / 10);
    ck_assert_uint_lt(info.leaked_blocks, 100);
    trace_free(trace);
}
END_TEST

static void *allocate(void *unused)
{
    (void)unused;
    blocks[1] = malloc(MARKED);
    free(blocks[1]);
    return NULL;
}

static int many_threads(void)
{
    blocks[0] = malloc(MARKED + 1);
    for (int i = 0; i < 70; i++)
        in_thread(allocate);
    return 0;
}

START_TEST(more_threads_than_a_trace_can_have_share_the_last)
{
    record_mode("many_threads");

    struct trace *trace = read_recorded(1);
    ck_assert_uint_eq(trace->threads, 64);
    ck_assert_uint_eq(trace->ops[trace->op_count - 1].thread, 63);
    trace_free(trace);
    check_about(1, "Of 71 threads, those from number 63 on act as one.");
}
END_TEST

/* --- programs that make it hard --- */

static int close_all(void)
{
    blocks[0] = malloc(MARKED + 1);
    for (int fd = 0; fd < 1024; fd++)
        (void)close(fd);
    churn();
    blocks[1] = malloc(MARKED + 2);
    /* The lowest descriptors are free, the recorder has taken none. */
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

START_TEST(closing_all_descriptors_loses_nothing)
{
    struct record_result result = record_mode("close_all");

    ck_assert_int_eq(result.status, 0);
    ck_assert_uint_eq(result.lost, 0);
    ck_assert_uint_ge(result.operations, 2 * MANY);
    check_story(1, "a0+1 a1+2");
}
END_TEST

static int file_limit(void)
{
    struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};

    blocks[0] = malloc(MARKED + 1);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    errno = 77;
    churn();
    if (errno != 77)
        return 2;
    blocks[1] = malloc(MARKED + 2);
    return 0;
}

START_TEST(a_file_that_cannot_grow_counts_what_is_lost)
{
    struct record_result result = record_mode("file_limit");

    ck_assert_int_eq(result.status, 0);
    ck_assert_uint_ge(result.lost, MANY);
    check_story(1, "a0+1");
    check_about(1, "events are lost");
}
END_TEST

static int descriptor_limit(void)
{
    struct rlimit limit = {.rlim_cur = 0, .rlim_max = 0};

    blocks[0] = malloc(MARKED + 1);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1;
    churn();
    return 0;
}

START_TEST(a_program_without_descriptors_runs_on)
{
    struct record_result result = record_mode("descriptor_limit");

    ck_assert_int_eq(result.status, 0);
    ck_assert_uint_ge(result.lost, MANY);
}
END_TEST

static int errors_are_kept(void)
{
    errno = 77;
    churn();
    return errno != 77;
}

START_TEST(growing_keeps_errno)
{
    struct record_result result = record_mode("errors_are_kept");

    ck_assert_int_eq(result.status, 0);
    ck_assert_uint_eq(result.lost, 0);
}
END_TEST

static int crash(void)
{
    churn();
    blocks[0] = malloc(MARKED + 1);
    (void)raise(SIGKILL);
    return 0;
}

START_TEST(a_crash_keeps_all_that_was_before_it)
{
    struct record_result result = record_mode("crash");

    ck_assert_int_eq(result.signal, SIGKILL);
    ck_assert_int_eq(result.status, 128 + SIGKILL);
    check_story(1, "a0+1");
    check_about(1, "It was killed by signal 9 (Killed).");
}
END_TEST

static void *cancelled(void *unused)
{
    int before = 0;

    (void)unused;
    (void)pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before);
    (void)pthread_cancel(pthread_self());
    churn(); /* has no point of cancellation in it */
    blocks[0] = malloc(MARKED + 1);
    pthread_testcancel();
    blocks[1] = malloc(MARKED + 2);
    return NULL;
}

static int cancel(void)
{
    in_thread(cancelled);
    blocks[2] = malloc(MARKED + 3);
    return 0;
}

START_TEST(recording_is_no_point_of_cancellation)
{
    record_mode("cancel");

    check_story(1, "@1 a0+1 @0 a1+3");
}
END_TEST

static const struct mode modes[] = {
    {"family", family},
    {"usable_size", usable_size},
    {"whole_pages", whole_pages},
    {"resizing", resizing},
    {"failing", failing},
    {"exchange", exchange},
    {"race", race},
    {"many_threads", many_threads},
    {"close_all", close_all},
    {"file_limit", file_limit},
    {"descriptor_limit", descriptor_limit},
    {"errors_are_kept", errors_are_kept},
    {"crash", crash},
    {"cancel", cancel},
};

static Suite *recorder_suite(void)
{
    Suite *suite = suite_create("recorder");
    TCase *tcase = tcase_create("recorder");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    if (CAN_RECORD) {
        tcase_add_test(tcase, every_member_of_the_family_is_recorded);
        tcase_add_test(tcase,
                       the_usable_size_comes_from_where_the_block_does);
        tcase_add_test(tcase, valloc_and_pvalloc_are_aligned_to_pages);
        tcase_add_test(tcase, resizing_to_nothing_is_a_free);
        tcase_add_test(tcase, failing_calls_are_no_operations);
        tcase_add_test(tcase, threads_may_free_each_others_blocks);
        tcase_add_test(tcase, racing_threads_never_seem_to_share_a_block);
        tcase_add_test(tcase,
                       more_threads_than_a_trace_can_have_share_the_last);
        tcase_add_test(tcase, closing_all_descriptors_loses_nothing);
        tcase_add_test(tcase, a_file_that_cannot_grow_counts_what_is_lost);
        tcase_add_test(tcase, a_program_without_descriptors_runs_on);
        tcase_add_test(tcase, growing_keeps_errno);
        tcase_add_test(tcase, a_crash_keeps_all_that_was_before_it);
        tcase_add_test(tcase, recording_is_no_point_of_cancellation);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char *argv[])
{
    run_mode(modes, sizeof modes / sizeof *modes, argc, argv);
    return run_suite(recorder_suite());
}
