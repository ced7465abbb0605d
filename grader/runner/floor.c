/*
 * floor.c - the least that an allocator could do.
 */
#include "grader/runner/floor.h"

#include "allocators/bits.h"

/*
 * Returns the class of a size, and rounds the size up to the class's:
 * 16, 32, 48, 64, then four steps to each doubling: 80, 96, 112, 128, 160 ...
 */
static size_t class_of(size_t *size)
{
    size_t last = *size == 0 ? 0 : *size - 1; /* the last byte's offset */
    unsigned order, step;

    if (last < 64) {
        *size = (last / 16 + 1) * 16;
        return last / 16;
    }
    order = log2_floor(last);
    step = order - 2;
    *size = ((last >> step) + 1) << step;
    return (size_t)(order - 5) * 4 + ((last >> step) & 3);
}

void floor_init(struct floor *floor, void *memory, size_t size)
{
    *floor = (struct floor){.next = memory, .end = (char *)memory + size};
}

void *floor_malloc(struct floor *floor, size_t size)
{
    size_t class = class_of(&size);
    void *block = floor->free[class];

    if (block != NULL) {
        floor->free[class] = *(void **)block;
        return block;
    }
    if (size > (size_t)(floor->end - floor->next))
        return NULL;
    block = floor->next;
    floor->next += size;
    return block;
}

void floor_free(struct floor *floor, void *ptr, size_t size)
{
    size_t class = class_of(&size);

    if (ptr == NULL)
        return;
    *(void **)ptr = floor->free[class];
    floor->free[class] = ptr;
}
