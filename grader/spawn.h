/*
 * spawn.h - runs a helper program and takes in what it prints.
 */
#ifndef GRADER_SPAWN_H
#define GRADER_SPAWN_H

#include "grader/walls.h"

#include <stddef.h>

/*
 * Runs words[0] (searched in PATH) with words as its arguments, ended by
 * NULL, in directory, or in this one if that is NULL. Puts its standard output
 * and error together into text, at most size - 1 bytes, ended by a NUL; what
 * does not fit is dropped. Returns its exit status; -1 if it could not be
 * started or a signal ended it; or as capture_in() does, after a minute.
 */
int capture(const char *const *words, const char *directory, char *text,
            size_t size);

/*
 * Has capture() put its helpers behind walls from now on, which must stay;
 * NULL: behind none. For a process in which they handle what nobody trusts.
 */
void capture_behind(const struct walls *walls);

/* How a helper program is run that handles what nobody trusts. Behind walls it
   has a clean environment, and TMPDIR is its folder. */
struct manner {
    const char *directory;     /* to be in; NULL: this one */
    const struct walls *walls; /* NULL: none */
    double seconds;            /* until it is killed with all that it has
                                  started; 0: never */
};

/* The exit status of one that was killed for taking too long. */
#define CAPTURE_LATE (-2)

/* Of one that was killed since it printed without end: 4 MiB more than fit. */
#define CAPTURE_LOUD (-3)

/*
 * As capture(), in that manner, in a process group of its own; all of the
 * group is killed at the end. Returns CAPTURE_LATE if it took too long, and
 * CAPTURE_LOUD if it printed too much.
 */
int capture_in(const struct manner *manner, const char *const *words,
               char *text, size_t size);

/* The line of the source that a piece of code was compiled from. */
struct line {
    char file[1024]; /* as the compiler knew it */
    unsigned number; /* counted from 1 */
};

/*
 * Finds the line of the code at address in the executable at path, by its
 * debugging information. Returns 0, or -1 if it cannot be told.
 */
int line_of(const char *path, unsigned long address, struct line *line);

#endif
