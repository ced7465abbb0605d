/*
 * registry.h - the allocators by name, as allocators.def lists them.
 */
#ifndef ALLOCATORS_REGISTRY_H
#define ALLOCATORS_REGISTRY_H

#include "allocators/malloc.h"

/* A name that people choose: an allocator, and the options it stands for. */
struct entry {
    const char *name;                  /* "kr-best" */
    const struct allocator *allocator; /* kr's table */
    const char *symbol;                /* "kr": the file's name and prefix */
    const char *settings;              /* "search=best", or "" */
};

/* All entries in the order of allocators.def, and how many there are. */
extern const struct entry registry[];
extern const size_t registry_count;

/* One message, one line, without a newline at the end. */
struct registry_error {
    char message[512];
};

/*
 * Finds the allocator that text names and sets *options for it. text is a
 * name, or a name, a colon and settings: "kr", "kr:search=best,seed=7".
 * Settings later in the text win over earlier ones and over the entry's own.
 * "seed" is every allocator's; it starts as 1. options->clock starts as NULL.
 *
 * Returns the entry. Returns NULL and fills *error, with the list of what
 * there is, if the name, an option or a value is unknown or out of range.
 */
const struct entry *registry_find(const char *text, struct options *options,
                                  struct registry_error *error);

#endif
