/*
 * files.h - which files a sandbox leaves: rules of landlock.
 */
#ifndef GRADER_CONFINE_FILES_H
#define GRADER_CONFINE_FILES_H

#include "grader/confine/sandbox.h"

/* The most paths of a sandbox, those of the system included. */
#define FILES_MAX 32

/* One path and what may be done under it. */
struct file_rule {
    char *path;      /* absolute, without links */
    uint64_t access; /* LANDLOCK_ACCESS_FS_ bits */
};

struct files {
    struct file_rule rules[FILES_MAX];
    size_t count;
    bool own_proc; /* may it read what /proc has on itself? */
};

/* Returns the version of landlock that the kernel offers; 0: none. */
int files_version(void);

/*
 * Collects what config's child may use, and looks whether config->user gets
 * there, if this is root. Fills *files, to be freed by files_free() also on
 * failure. Returns false, with a line in error, size bytes, if it does not.
 */
bool files_collect(struct files *files, const struct sandbox_config *config,
                   char *error, size_t size);

/* Frees what files_collect() filled. */
void files_free(struct files *files);

/*
 * Forbids this process all other files, for ever; TCP, signals to processes
 * outside and their abstract sockets too, where the kernel's landlock can.
 * Makes system calls only. The process needs no_new_privs. Returns 0, or -1
 * with errno set.
 */
int files_enter(const struct files *files);

#endif
