/*
 * rawfiles.h - the raw files that a recording leaves in its directory.
 */
#ifndef TRACES_RAWFILES_H
#define TRACES_RAWFILES_H

#include "traces/convert.h"

#include <stdbool.h>
#include <stddef.h>

/* The processes of a recording that made events, in order of their starts. */
struct raw_files {
    struct raw_process *processes;
    size_t count;
};

/*
 * Reads the raw files in directory into *files, to be closed by
 * raw_files_close(). Files that are no raw files are passed over. Returns
 * false, errno telling why, if the directory cannot be read or memory runs
 * out.
 */
bool raw_files_open(const char *directory, struct raw_files *files);

/* Frees what raw_files_open() put into *files. The files stay. */
void raw_files_close(struct raw_files *files);

/* Removes directory and the files in it, as far as that can be done. */
void raw_files_remove(const char *directory);

#endif
