/*
 * nocalls.c - in the place of calls.c where libseccomp is not to be had: there
 * are no filters, and sandbox_missing() says so.
 */
#include "grader/confine/calls.h"

#include <errno.h>
#include <stddef.h>

const char *calls_missing(void)
{
    return "built without libseccomp (package libseccomp-dev): a submission "
           "may make any system call";
}

int calls_filter(enum sandbox_profile profile, enum calls_stage stage,
                 uint32_t machine, int shared_file)
{
    (void)profile;
    (void)stage;
    (void)machine;
    (void)shared_file;
    errno = ENOSYS;
    return -1;
}

int calls_filter_here(enum sandbox_profile profile, enum calls_stage stage,
                      int shared_file)
{
    return calls_filter(profile, stage, 0, shared_file);
}

const char *calls_unknown(void)
{
    return NULL;
}

int calls_install(const struct sock_fprog *program)
{
    (void)program;
    errno = ENOSYS;
    return -1;
}
