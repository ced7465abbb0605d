/*
 * coverage.h - keeps the counts of a process that ends without exit(): they
 * would be lost where its code is compiled to be counted. That is all of the
 * coverage build, and in the tools build a submission, if it is. In every
 * other build it does nothing.
 */
#ifndef GRADER_COVERAGE_H
#define GRADER_COVERAGE_H

#include <stddef.h>

#if defined(VARIANT_COVERAGE)
void __gcov_dump(void); /* NOLINT: libgcov's own name */

static inline void coverage_keep(void)
{
    __gcov_dump();
}
#elif defined(VARIANT_TOOLS)
/* NULL unless the submission was linked with it. */
__attribute__((weak)) void __gcov_dump(void); /* NOLINT: libgcov's own name */

static inline void coverage_keep(void)
{
    if (__gcov_dump != NULL)
        __gcov_dump();
}
#else
static inline void coverage_keep(void)
{
}
#endif

#endif
