/*
 * subject.h - what is being graded: an allocator in a runner.
 */
#ifndef GRADER_SUBJECT_H
#define GRADER_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#define PATH_ROOM 1024

struct subject {
    char name[256];         /* as the runner's registry knows it: "kr-best" */
    char runner[PATH_ROOM]; /* path of the executable with it inside */

    /* A submission: the file as the user called it, which messages name; and
       what the compiler called it. Both empty for the kit's own. */
    char file[PATH_ROOM];
    bool trouble; /* it was the kit that could not build it */
    char compiled_as[64];
};

/*
 * Fills *subject with one of the kit's own allocators, or "glibc". Returns
 * false, with a message in error, if there is none of that name.
 */
bool subject_kit(struct subject *subject, const char *name, char *error,
                 size_t size);

/*
 * Returns the path of the file at name below the folder that the running
 * program was built in (build/release), and below the kit's root. Both are
 * static to the call: copied into path, PATH_ROOM bytes.
 */
void path_built(char *path, const char *name);
void path_kit(char *path, const char *name);

#endif
