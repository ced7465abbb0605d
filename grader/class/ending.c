/*
 * ending.c - the endings of names that a submission may have.
 */
#include "grader/class/ending.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

const char *ending_of(const char *name)
{
    static const char *const endings[] = {".c",       ".tar",    ".tar.gz",
                                          ".tgz",     ".tar.xz", ".txz",
                                          ".tar.bz2", ".tbz2",   ".zip"};
    size_t length = strlen(name);

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending &&
            strcasecmp(name + length - ending, endings[i]) == 0)
            return name + length - ending;
    }
    return name + length;
}

bool ending_is_source(const char *name)
{
    return strcasecmp(ending_of(name), ".c") == 0;
}

bool ending_is_text_of_source(const char *name)
{
    size_t length = strlen(name);

    return length > 6 && strcasecmp(name + length - 6, ".c.txt") == 0;
}
