/*
 * help.h - what the tests of allocators and sources share.
 */
#ifndef ALLOCATORS_TESTS_HELP_H
#define ALLOCATORS_TESTS_HELP_H

#include "allocators/source.h"

#include <check.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Do sanitizers own signals and parts of the address space? */
#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN)
#define SANITIZED true
#else
#define SANITIZED false
#endif

static inline bool under_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

/*
 * Fails the test unless good. For what is asked very often: Check's own
 * assertions make a system call each, so that a crash can be located.
 */
__attribute__((format(printf, 2, 3))) static inline void
expect(bool good, const char *format, ...)
{
    if (good)
        return;
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    ck_abort_msg("%s", message);
}

/* Returns the next number of a sequence (splitmix64); state is its seed. */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Returns a number below limit. */
static inline size_t random_below(uint64_t *state, size_t limit)
{
    return (size_t)(next_random(state) % limit);
}

static inline const char *kind_name(enum source_kind kind)
{
    return kind == SOURCE_MEMFD ? "memfd" : "pages";
}

/* How many bytes of memory the kernel holds behind the source's range. */
static inline size_t kernel_bytes(const struct source *source)
{
    if (source_descriptor(source) >= 0) {
        struct stat file;
        ck_assert_int_eq(fstat(source_descriptor(source), &file), 0);
        return (size_t)file.st_blocks * 512;
    }
    size_t pages = source_limit(source) / source_page_size();
    unsigned char *resident = calloc(pages, 1);
    ck_assert_ptr_nonnull(resident);
    ck_assert_int_eq(
        mincore(source_base(source), source_limit(source), resident), 0);
    size_t count = 0;
    for (size_t i = 0; i < pages; i++)
        count += resident[i] & 1;
    free(resident);
    return count * source_page_size();
}

#define NO_ACCESS   '-'
#define READ_ONLY   'r'
#define READ_WRITE  'w'
#define OUT_OF_MAPS '?'

/* Sets the pages of the range that [low, high) covers to access. */
static inline void mark_access(const struct source *source, char *access,
                               uintptr_t low, uintptr_t high, char what)
{
    size_t page_size = source_page_size();
    uintptr_t base = (uintptr_t)source_base(source);
    uintptr_t top = base + source_limit(source);
    if (low < base)
        low = base;
    if (high > top)
        high = top;
    for (uintptr_t at = low; at < high; at += page_size)
        access[(at - base) / page_size] = what;
}

/*
 * Fills access, a char for each page of the range, with what the kernel would
 * let the program do there, without touching anything.
 */
static inline void read_access(const struct source *source, char *access)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    ck_assert_ptr_nonnull(maps);
    memset(access, OUT_OF_MAPS, source_limit(source) / source_page_size());
    char line[512];
    while (fgets(line, sizeof line, maps) != NULL) {
        char *rest = line;
        uintptr_t low = strtoull(rest, &rest, 16);
        uintptr_t high = strtoull(rest + 1, &rest, 16);
        char what = NO_ACCESS;
        if (rest[2] == 'w')
            what = READ_WRITE;
        else if (rest[1] == 'r')
            what = READ_ONLY;
        mark_access(source, access, low, high, what);
    }
    (void)fclose(maps);
}

/*
 * Returns how many mappings the range consists of, and sets *huge if any of
 * them may have huge pages. Zero if the system does not tell.
 */
static inline size_t count_mappings(const struct source *source, bool *huge)
{
    FILE *maps = fopen("/proc/self/smaps", "re");
    uintptr_t base = (uintptr_t)source_base(source);
    size_t count = 0;
    bool inside = false;
    char line[512];
    *huge = false;
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        char *rest = line;
        uintptr_t low = strtoull(line, &rest, 16);
        if (*rest == '-') {
            inside = low >= base && low < base + source_limit(source);
            count += inside;
        } else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            *huge |= strstr(line, " nh") == NULL;
        }
    }
    if (maps != NULL)
        (void)fclose(maps);
    return count;
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
