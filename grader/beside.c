/*
 * beside.c - the memory that an allocator has beside what its source gave it.
 */
#include "grader/beside.h"

#include "grader/inspect/inspect.h"
#include "grader/runner/place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes that libc and the loader may come to use while it runs: some pages of
   variables that are written for the first time. */
#define OWN_ALLOWANCE ((uint64_t)64 << 10)

/* Returns bytes that the kernel has backed of a memory file. */
static uint64_t backed(int file)
{
    struct stat now;

    return fstat(file, &now) == 0 ? (uint64_t)now.st_blocks * 512 : 0;
}

/* Returns how much value is above limit. */
static uint64_t above(uint64_t value, uint64_t limit)
{
    return value > limit ? value - limit : 0;
}

/* Returns the process's private bytes; 0 if nobody tells. */
static uint64_t own_bytes(const struct beside *beside)
{
    static const char key[] = "\nAnonymous:";
    char text[4096];
    ssize_t length = 0;
    const char *at;

    if (beside->own >= 0)
        length = pread(beside->own, text, sizeof(text) - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    at = strstr(text, key);
    return at != NULL ? 1024 * strtoull(at + strlen(key), NULL, 10) : 0;
}

void beside_open(struct beside *beside, pid_t pid, int heap, int stack)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    *beside = (struct beside){.heap = heap, .stack = stack, .own = -1};
#if !defined(VARIANT_ASAN) &&                                                \
    !defined(VARIANT_TSAN) /* have much of their own */
    beside->own = open(path, O_RDONLY | O_CLOEXEC);
#endif
    beside->own_most = own_bytes(beside) + OWN_ALLOWANCE + STATIC_MOST;
}

uint64_t beside_now(const struct beside *beside, uint64_t given)
{
    return above(backed(beside->stack), STACK_ALLOWANCE) +
           above(backed(beside->heap), given) +
           above(own_bytes(beside), beside->own_most);
}

void beside_close(const struct beside *beside)
{
    if (beside->own >= 0)
        close(beside->own);
}
