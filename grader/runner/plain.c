/*
 * plain.c - memcpy and its family, the same on every machine.
 *
 * libc chooses among several by the CPU, and so the same allocator would cost
 * from 0.5 to 3.6 million instructions for one loop. These take their place
 * in a runner. Compiled so that they are not turned into calls of themselves.
 */
#include <stddef.h>
#include <stdint.h>

/* Sanitizers must see these calls: there libc's stay. */
#if !defined(VARIANT_ASAN) && !defined(VARIANT_TSAN)

/* 8 bytes that may alias anything, at any address. */
struct __attribute__((packed, may_alias)) word {
    uint64_t value;
};

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);

static void copy_up(char *to, const char *from, size_t size)
{
    for (; size >= 8; size -= 8, to += 8, from += 8)
        ((struct word *)to)->value = ((const struct word *)from)->value;
    while (size-- > 0)
        *to++ = *from++;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    copy_up(to, from, size);
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    char *to_end = (char *)to + size;
    const char *from_end = (const char *)from + size;

    if ((uintptr_t)to - (uintptr_t)from >= size) {
        copy_up(to, from, size);
        return to;
    }
    for (; size >= 8; size -= 8) {
        to_end -= 8;
        from_end -= 8;
        ((struct word *)to_end)->value =
            ((const struct word *)from_end)->value;
    }
    while (size-- > 0)
        *--to_end = *--from_end;
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    char *at = to;
    uint64_t value = (unsigned char)byte * (uint64_t)0x0101010101010101;

    for (; size >= 8; size -= 8, at += 8)
        ((struct word *)at)->value = value;
    while (size-- > 0)
        *at++ = (char)byte;
    return to;
}

#endif
