/*
 * system.c - libc's malloc behind malloc.h, to be compared with.
 *
 * Its pages are its own, so nothing is metered at a source: what it has
 * committed is the growth of this process's private memory.
 */
#include "grader/runner/runner.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* There is one libc, and so one heap of it; nothing is kept in it here. */
static struct heap *system_open(struct source *source,
                                const struct options *options)
{
    static char the_heap;

    (void)source;
    (void)options;
    return (struct heap *)&the_heap;
}

static void system_close(struct heap *heap)
{
    (void)heap;
}

static void *system_malloc(struct heap *heap, size_t size)
{
    (void)heap;
    return malloc(size);
}

static void system_free(struct heap *heap, void *ptr)
{
    (void)heap;
    free(ptr);
}

static void *system_calloc(struct heap *heap, size_t count, size_t size)
{
    (void)heap;
    return calloc(count, size);
}

/* libc's realloc frees a block of which 0 bytes are asked; ours may not. */
static void *system_realloc(struct heap *heap, void *ptr, size_t size)
{
    (void)heap;
    return realloc(ptr, size > 0 ? size : 1);
}

static void *system_aligned_alloc(struct heap *heap, size_t alignment,
                                  size_t size)
{
    void *ptr;

    (void)heap;
    if (alignment < sizeof(void *))
        return malloc(size);
    return posix_memalign(&ptr, alignment, size) == 0 ? ptr : NULL;
}

static size_t system_usable_size(const struct heap *heap, const void *ptr)
{
    (void)heap;
    return malloc_usable_size((void *)ptr);
}

static size_t system_trim(struct heap *heap)
{
    (void)heap;
    malloc_trim(0);
    return 0;
}

const struct allocator system_allocator = {
    .title = "the C library's own malloc",
    .traits = TRAIT_THREAD_SAFE | TRAIT_GIVES_BACK,
    .open = system_open,
    .close = system_close,
    .malloc = system_malloc,
    .free = system_free,
    .calloc = system_calloc,
    .realloc = system_realloc,
    .aligned_alloc = system_aligned_alloc,
    .usable_size = system_usable_size,
    .trim = system_trim,
};

/*
 * Returns the kilobytes on the line of text that begins with key, or 0.
 * Without strtoul's and stdio's help, which might allocate.
 */
static uint64_t kilobytes_of(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    uint64_t kilobytes = 0;

    if (at == NULL)
        return 0;
    at += strlen(key);
    while (*at == ' ')
        at++;
    for (; *at >= '0' && *at <= '9'; at++)
        kilobytes = kilobytes * 10 + (uint64_t)(*at - '0');
    return kilobytes;
}

/*
 * Private anonymous memory, by proportional set size: VmRSS counts a page
 * once for each mapping of it. The log is a shared file and not counted.
 */
uint64_t system_committed(void)
{
    char text[4096];
    ssize_t length = 0;
    ssize_t got;
    int file = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return 0;
    do {
        got = read(file, text + length, sizeof(text) - 1 - (size_t)length);
        length += got > 0 ? got : 0;
    } while (got > 0);
    close(file);
    text[length] = '\0';
    return 1024 * kilobytes_of(text, "\nPss_Anon:");
}
