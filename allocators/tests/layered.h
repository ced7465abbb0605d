/*
 * layered.h - what the contract is tried on: every entry of the registry, and
 * kr behind a lock, as an entry of its own.
 */
#ifndef ALLOCATORS_TESTS_LAYERED_H
#define ALLOCATORS_TESTS_LAYERED_H

#include "allocators/layers/locked.h"
#include "allocators/registry.h"
#include "allocators/source.h"

extern const struct allocator kr_allocator;

/* A locked heap with its memory in the source of what it wraps. */
struct layered {
    struct locked locked; /* first: the heap that callers know */
    struct source *source;
};

static inline struct heap *layered_open(struct source *source,
                                        const struct options *options)
{
    struct heap *heap = kr_allocator.open(source, options);
    struct layered *layered = NULL;

    if (heap != NULL)
        layered = source_take(source, sizeof(*layered), 1);
    if (layered == NULL) {
        if (heap != NULL)
            kr_allocator.close(heap);
        return NULL;
    }
    layered->source = source;
    return locked_wrap(&layered->locked, &kr_allocator, heap);
}

static inline void layered_close(struct heap *heap)
{
    struct layered *layered = (struct layered *)heap;
    struct source *source = layered->source;
    struct allocator table = locked_table(&kr_allocator);

    table.close(heap);
    source_return(source, layered, sizeof(*layered));
}

/* How many entries the contract is tried on. */
static inline size_t contract_count(void)
{
    return registry_count + 1;
}

/* Returns one of them: those of the registry come first. */
static inline const struct entry *contract_entry(size_t number)
{
    static struct allocator table;
    static const struct entry layered = {.name = "locked+kr",
                                         .allocator = &table,
                                         .symbol = "kr",
                                         .settings = ""};

    if (number < registry_count)
        return &registry[number];
    table = locked_table(&kr_allocator);
    table.open = layered_open;
    table.close = layered_close;
    return &layered;
}

#endif
