/*
 * calls.h - the system calls that each profile of a sandbox leaves, as
 * programs for the kernel.
 */
#ifndef GRADER_CONFINE_CALLS_H
#define GRADER_CONFINE_CALLS_H

#include "grader/confine/sandbox.h"

#include <linux/filter.h>
#include <sys/types.h>

/* Which of a profile's lists. */
enum calls_stage {
    CALLS_OUTER, /* from before exec on */
    CALLS_INNER, /* SERVED: from shut_calls() on, in addition */
};

/* Returns why there can be no filters, a sentence; NULL if there can. */
const char *calls_missing(void);

/*
 * Makes the filter of profile and stage for machine, one of libseccomp's
 * SCMP_ARCH_ values. It kills the process at a call that is not on the list,
 * or by another architecture's numbers. shared_file is as in struct
 * sandbox_config. Returns a descriptor of a memory file with the program,
 * struct sock_filter after struct sock_filter, sealed against changes; or -1
 * with errno set.
 */
int calls_filter(enum sandbox_profile profile, enum calls_stage stage,
                 uint32_t machine, int shared_file);

/* The same for the machine this runs on. */
int calls_filter_here(enum sandbox_profile profile, enum calls_stage stage,
                      int shared_file);

/*
 * Returns a name on a list that libseccomp does not know on any machine: a
 * slip of the pen, or a call newer than the library. NULL: there is none.
 */
const char *calls_unknown(void);

/*
 * Installs a filter: program, and one in front of it that kills what would
 * send a signal to another process than this. Makes system calls only. The
 * process needs no_new_privs. Returns 0, or -1 with errno set.
 */
int calls_install(const struct sock_fprog *program);

#endif
