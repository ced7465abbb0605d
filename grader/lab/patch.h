/*
 * patch.h - unified diffs, applied to a text in memory.
 *
 * Line numbers are not looked at: what a hunk takes out, with the lines around
 * it, must be in the text exactly once. So a patch outlives changes elsewhere
 * in the file that it is for, and nobody needs patch(1).
 */
#ifndef GRADER_LAB_PATCH_H
#define GRADER_LAB_PATCH_H

#include <stddef.h>

/* What a patch says of itself. */
struct patch {
    char about[128];  /* its first line: what it changes, in words */
    unsigned added;   /* lines that it puts in */
    unsigned removed; /* and takes out */
};

/*
 * Applies the patch in the file at path to text, which must have come from
 * malloc() and is freed; fills *patch. Returns the new text, to be freed.
 * Returns NULL, with a line in error, size bytes, if the file cannot be read,
 * a hunk does not apply, or memory runs out. A hunk has room for 8 KiB.
 */
char *patch_apply(struct patch *patch, const char *path, char *text,
                  char *error, size_t size);

#endif
