/*
 * test_source_faults.c - every system call that a source makes fails in turn.
 *
 * The functions below stand in for libc's in this program: they count, refuse
 * what they are told to, and pass on the rest. The model of source_model.h
 * sees whether a source is still what it says it is.
 */
#include "allocators/tests/source_model.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const enum source_kind kinds[] = {SOURCE_PAGES, SOURCE_MEMFD};

enum call {
    CALL_MMAP,
    CALL_MPROTECT,
    CALL_MADVISE,
    CALL_FALLOCATE,
    CALL_FTRUNCATE,
    CALL_MEMFD_CREATE,
    CALL_COUNT,
};

static const char *const call_names[] = {
    "mmap", "mprotect", "madvise", "fallocate", "ftruncate", "memfd_create"};

static struct {
    bool armed;       /* nothing is counted or refused otherwise */
    unsigned which;   /* a bit for each enum call that may be refused */
    size_t countdown; /* calls until one is refused; 0: none is */
    bool for_ever;    /* and all after it */
    size_t refused;   /* so far */
} faults;

static void arm(unsigned which, size_t countdown, bool for_ever)
{
    faults.armed = true;
    faults.which = which;
    faults.countdown = countdown;
    faults.for_ever = for_ever;
    faults.refused = 0;
}

static void disarm(void)
{
    faults.armed = false;
}

static inline bool must_refuse(enum call call)
{
    if (!faults.armed || (faults.which & 1U << call) == 0 ||
        faults.countdown == 0)
        return false;
    if (faults.countdown > 1) {
        faults.countdown--;
        return false;
    }
    if (!faults.for_ever)
        faults.countdown = 0;
    faults.refused++;
    errno = ENOMEM;
    return true;
}

/* The thread sanitizer's own runtime cannot work with these. */
#ifdef VARIANT_TSAN
#define STANDS_IN false
#else
#define STANDS_IN true

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
    if (must_refuse(CALL_MMAP))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, offset);
}

/* A refused one changes the first page, as the kernel's may. */
int mprotect(void *addr, size_t len, int prot)
{
    if (must_refuse(CALL_MPROTECT)) {
        (void)syscall(SYS_mprotect, addr, source_page_size(), prot);
        errno = ENOMEM;
        return -1;
    }
    return (int)syscall(SYS_mprotect, addr, len, prot);
}

int madvise(void *addr, size_t len, int advice)
{
    if (must_refuse(CALL_MADVISE))
        return -1;
    return (int)syscall(SYS_madvise, addr, len, advice);
}

int fallocate(int fd, int mode, off_t offset, off_t len)
{
    if (must_refuse(CALL_FALLOCATE))
        return -1;
    return (int)syscall(SYS_fallocate, fd, mode, offset, len);
}

int ftruncate(int fd, off_t length)
{
    if (must_refuse(CALL_FTRUNCATE))
        return -1;
    return (int)syscall(SYS_ftruncate, fd, length);
}

int memfd_create(const char *name, unsigned flags)
{
    if (must_refuse(CALL_MEMFD_CREATE))
        return -1;
    return (int)syscall(SYS_memfd_create, name, flags);
}

#endif

/* --- opening --------------------------------------------------------------- */

START_TEST(a_refused_call_makes_the_range_smaller_or_opening_fail)
{
    const struct source_config config = {.kind = kinds[_i],
                                         .limit = (size_t)8 << 20};
    for (unsigned call = 0; call < CALL_COUNT; call++) {
        arm(1U << call, 1, false);
        errno = 0;
        struct source *source = source_open(&config);
        int why = errno;
        disarm();

        if (source == NULL) {
            ck_assert_msg(call == CALL_MEMFD_CREATE, "%s", call_names[call]);
            ck_assert_int_eq(why, ENOMEM);
            continue;
        }
        bool half = faults.refused > 0 && call != CALL_MADVISE;
        ck_assert_uint_eq(source_limit(source),
                          half ? config.limit / 2 : config.limit);
        source_close(source);
    }
}
END_TEST

/* Returns the lowest number that a new descriptor would get. */
static int next_descriptor(void)
{
    int next = dup(STDERR_FILENO);
    (void)close(next);
    return next;
}

START_TEST(calls_refused_for_ever_make_opening_fail_and_leave_nothing)
{
    int before = next_descriptor();
    for (unsigned call = 0; call < CALL_COUNT; call++) {
        for (size_t n = 1; n <= 2; n++) {
            arm(1U << call, n, true);
            struct source *source =
                source_open(&(struct source_config){.kind = kinds[_i]});
            disarm();
            source_close(source);
            ck_assert_int_eq(next_descriptor(), before);
            if (n == 1 && faults.refused > 0 && call != CALL_MADVISE)
                ck_assert_ptr_null(source);
        }
    }
}
END_TEST

/* --- at work --------------------------------------------------------------- */

/*
 * What a source kept because the system refused to take it back goes at the
 * next reset, and then all is as with a new one.
 */
static void expect_good_after_reset(struct model *m)
{
    source_reset(m->source);
    ck_assert_uint_eq(source_committed(m->source), 0);
    ck_assert_uint_eq(kernel_bytes(m->source), 0);

    model_begin(m, m->source, m->kind, 1);
    for (int step = 0; step < 100; step++) {
        model_step(m);
        model_check(m);
    }

    source_reset(m->source);
    size_t size = MODEL_PAGES * m->page_size;
    char *all = source_take(m->source, size, 1);
    ck_assert_ptr_nonnull(all);
    for (size_t i = 0; i < size; i++)
        expect(all[i] == 0, "byte %zu is not zero", i);
    memset(all, 'x', size);
    ck_assert_uint_eq(kernel_bytes(m->source), source_committed(m->source));
}

/* How many calls were refused so far, in this test. */
static size_t refused;

/* Random operations; before each, some later call of some kind is to fail. */
static void run_with_faults(enum source_kind kind, uint64_t seed,
                            unsigned which, bool for_ever)
{
    struct model m;
    model_open(&m, kind, seed);
    m.system_fails = true;
    for (int step = 0; step < 250; step++) {
        arm(which, 1 + random_below(&m.random, 3), for_ever);
        model_step(&m);
        disarm();
        refused += faults.refused;
        model_check(&m);
    }
    expect_good_after_reset(&m);
    source_close(m.source);
}

START_TEST(one_refused_call_leaves_the_source_sound)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        run_with_faults(kinds[_i], seed, 1U << CALL_MPROTECT, false);
        run_with_faults(kinds[_i], seed, 1U << CALL_MADVISE, false);
        run_with_faults(kinds[_i], seed, (1U << CALL_COUNT) - 1, false);
        if (kinds[_i] == SOURCE_PAGES)
            continue;
        run_with_faults(kinds[_i], seed, 1U << CALL_MMAP, false);
        run_with_faults(kinds[_i], seed, 1U << CALL_FALLOCATE, false);
    }
    ck_assert_uint_gt(refused, 0); /* where pages lie decides which */
}
END_TEST

START_TEST(a_kind_of_call_always_refused_leaves_the_source_sound)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        run_with_faults(kinds[_i], seed, 1U << CALL_MADVISE, true);
        run_with_faults(kinds[_i], seed, 1U << CALL_MADVISE | 1U << CALL_MMAP,
                        true);
        if (kinds[_i] == SOURCE_PAGES)
            continue;
        run_with_faults(kinds[_i], seed, 1U << CALL_MMAP, true);
        run_with_faults(kinds[_i], seed, 1U << CALL_FALLOCATE, true);
        run_with_faults(kinds[_i], seed,
                        1U << CALL_MADVISE | 1U << CALL_FALLOCATE, true);
    }
    ck_assert_uint_gt(refused, 0); /* where pages lie decides which */
}
END_TEST

/* The kernel may keep what it was told to take back; then it stays counted. */
START_TEST(what_cannot_be_emptied_is_still_counted_and_never_seen_again)
{
    struct model m;
    model_open(&m, kinds[_i], 1);
    size_t size = 3 * m.page_size;
    char *run = source_take(m.source, size, 1);
    memset(run, 'x', size);
    ck_assert(source_protect(m.source, run, m.page_size, false));

    arm(1U << CALL_MADVISE | 1U << CALL_MMAP | 1U << CALL_FALLOCATE, 1, true);
    source_return(m.source, run, size);
    disarm();

    ck_assert_uint_eq(source_committed(m.source), size);
    ck_assert_uint_eq(kernel_bytes(m.source), size);
    ck_assert_ptr_eq(source_take(m.source, size, 1), run);
    for (size_t i = 0; i < size; i++)
        expect(run[i] == 0, "byte %zu is not zero", i);
    memset(run, 'y', size);
    ck_assert_uint_eq(kernel_bytes(m.source), source_committed(m.source));

    arm(1U << CALL_MADVISE | 1U << CALL_MMAP | 1U << CALL_FALLOCATE, 1, true);
    source_return(m.source, run, size);
    disarm();
    expect_good_after_reset(&m);
    source_close(m.source);
}
END_TEST

START_TEST(a_commit_refused_half_way_is_undone)
{
    struct model m;
    model_open(&m, kinds[_i], 1);
    size_t page = m.page_size;
    char *run = source_take(m.source, 9 * page, 1);
    memset(run, 'x', 9 * page);
    char pages[MODEL_PAGES];
    for (size_t i = 0; i < 9; i += 3)
        (void)source_release(m.source, run + i * page, 2 * page);

    arm(1U << CALL_MPROTECT, 3, false);
    ck_assert(!source_recommit(m.source, run, 9 * page));
    disarm();

    ck_assert_uint_eq(source_committed(m.source), 3 * page);
    read_access(m.source, pages);
    ck_assert_int_eq(memcmp(pages + MODEL_PAGES - 9, "--w--w--w", 9), 0);
    ck_assert(source_recommit(m.source, run, 9 * page));
    memset(run, 'y', 9 * page);
    ck_assert_uint_eq(kernel_bytes(m.source), 9 * page);
    source_close(m.source);
}
END_TEST

/* The same where each page must get other memory than its own. */
START_TEST(a_commit_of_other_memory_refused_half_way_is_undone)
{
    struct model m;
    if (kinds[_i] == SOURCE_PAGES)
        return;
    model_open(&m, kinds[_i], 1);
    size_t size = 6 * m.page_size;
    char *a = source_take(m.source, size, 1);
    char *b = source_take(m.source, size, 1);
    ck_assert(source_alias(m.source, b, a, size));
    memset(a, 'x', size);
    (void)source_release(m.source, a, size);
    char pages[MODEL_PAGES];

    arm(1U << CALL_MMAP, 4, false);
    ck_assert(!source_recommit(m.source, a, size));
    disarm();

    ck_assert_uint_eq(source_committed(m.source), size);
    read_access(m.source, pages);
    ck_assert_int_eq(memcmp(pages + MODEL_PAGES - 6, "------", 6), 0);
    for (size_t i = 0; i < size; i++)
        expect(b[i] == 'x', "byte %zu changed", i);
    /* The memory that was meant for them is free again. */
    size_t rest = (MODEL_PAGES - 12) * m.page_size;
    ck_assert_ptr_nonnull(source_take(m.source, rest, 1));
    ck_assert(source_recommit(m.source, a, size));
    source_return(m.source, b, size);
    ck_assert_uint_eq(source_committed(m.source), rest + size);
    source_close(m.source);
}
END_TEST

START_TEST(a_refused_protection_is_undone)
{
    struct model m;
    char pages[MODEL_PAGES];
    model_open(&m, kinds[_i], 1);
    size_t page = m.page_size;
    char *run = source_take(m.source, 4 * page, 1);
    char *other = source_take(m.source, page, 1);
    ck_assert(source_protect(m.source, run, 3 * page, false));
    (void)source_release(m.source, run, page);
    ck_assert(source_recommit(m.source, run, page));
    bool shared = source_alias(m.source, run + page, other, page);

    arm(1U << CALL_MPROTECT, 1, false);
    ck_assert(!source_protect(m.source, run, 4 * page, false));
    disarm();

    read_access(m.source, pages);
    ck_assert_int_eq(
        memcmp(pages + MODEL_PAGES - 4, shared ? "wwrw" : "wrrw", 4), 0);
    ck_assert(shared == (kinds[_i] == SOURCE_MEMFD));
    source_close(m.source);
}
END_TEST

START_TEST(giving_back_keeps_errno)
{
    struct model m;
    model_open(&m, kinds[_i], 1);
    size_t size = 2 * m.page_size;
    (void)source_grow(m.source, size);
    char *run = source_take(m.source, size, 1);

    arm((1U << CALL_COUNT) - 1, 1, true);
    errno = E2BIG;
    source_shrink(m.source, m.page_size);
    source_return(m.source, run, m.page_size);
    (void)source_release(m.source, run + m.page_size, m.page_size);
    ck_assert_int_eq(errno, E2BIG);
    source_reset(m.source);
    ck_assert_int_eq(errno, E2BIG);

    disarm();
    source_close(m.source);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("source_faults");
    for (int i = 0; STANDS_IN && i < 2; i++) {
        TCase *tcase = tcase_create(kind_name(kinds[i]));
        tcase_set_timeout(tcase, 120);
#define ADD(test) tcase_add_loop_test(tcase, test, i, i + 1)
        ADD(a_refused_call_makes_the_range_smaller_or_opening_fail);
        ADD(calls_refused_for_ever_make_opening_fail_and_leave_nothing);
        ADD(one_refused_call_leaves_the_source_sound);
        ADD(a_kind_of_call_always_refused_leaves_the_source_sound);
        ADD(what_cannot_be_emptied_is_still_counted_and_never_seen_again);
        ADD(a_commit_refused_half_way_is_undone);
        ADD(a_commit_of_other_memory_refused_half_way_is_undone);
        ADD(a_refused_protection_is_undone);
        ADD(giving_back_keeps_errno);
#undef ADD
        suite_add_tcase(suite, tcase);
    }
    return run_suite(suite);
}
