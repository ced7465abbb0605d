/*
 * annotate.h - tells a memory checker what the program knows of memory that
 * did not come from malloc: which bytes may be touched, and by whom.
 *
 * There are two: AddressSanitizer in builds with VARIANT=asan, and valgrind's
 * memcheck in those with VARIANT=tools. In every other build all of this is
 * nothing. AddressSanitizer knows memory by 8 bytes: it lets up to 7 bytes
 * behind a closed range's last whole 8 pass, and takes every byte that may be
 * touched for defined.
 */
#ifndef ALLOCATORS_ANNOTATE_H
#define ALLOCATORS_ANNOTATE_H

#include <stddef.h>

#if defined(VARIANT_ASAN)

#include <sanitizer/asan_interface.h>
#define ANNOTATED 1

#elif defined(VARIANT_TOOLS) && defined(HAVE_VALGRIND)

#include <valgrind/memcheck.h>
#define ANNOTATED 1
#define ANNOTATED_FOR_MEMCHECK

#else

#define ANNOTATED 0

#endif

/* From now on nobody may touch the size bytes at start. */
static inline void annotate_closed(const void *start, size_t size)
{
#if defined(VARIANT_ASAN)
    __asan_poison_memory_region(start, size);
#elif defined(ANNOTATED_FOR_MEMCHECK)
    (void)VALGRIND_MAKE_MEM_NOACCESS(start, size);
#else
    (void)start;
    (void)size;
#endif
}

/* They may be touched, and what they hold may be relied on. */
static inline void annotate_open(const void *start, size_t size)
{
#if defined(VARIANT_ASAN)
    __asan_unpoison_memory_region(start, size);
#elif defined(ANNOTATED_FOR_MEMCHECK)
    (void)VALGRIND_MAKE_MEM_DEFINED(start, size);
#else
    (void)start;
    (void)size;
#endif
}

/* They may be touched, but what they hold means nothing until they are
   written. */
static inline void annotate_stale(const void *start, size_t size)
{
#if defined(VARIANT_ASAN)
    __asan_unpoison_memory_region(start, size);
#elif defined(ANNOTATED_FOR_MEMCHECK)
    (void)VALGRIND_MAKE_MEM_UNDEFINED(start, size);
#else
    (void)start;
    (void)size;
#endif
}

/* Returns the first of the size bytes at start that may not be touched; NULL:
   all may. Says nothing to the checker. */
static inline const void *annotate_first_closed(const void *start,
                                                size_t size)
{
    const void *closed = NULL;

#if defined(VARIANT_ASAN)
    closed = __asan_region_is_poisoned((void *)start, size);
#elif defined(ANNOTATED_FOR_MEMCHECK)
    VALGRIND_DISABLE_ERROR_REPORTING;
    closed = (const void *)VALGRIND_CHECK_MEM_IS_ADDRESSABLE(start, size);
    VALGRIND_ENABLE_ERROR_REPORTING;
#else
    (void)start;
    (void)size;
#endif
    return closed;
}

#endif
