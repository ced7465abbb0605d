/*
 * allowed.h - what a submission may call.
 *
 * One table (allowed.c) has the functions and objects that a submission's
 * file may use without defining them, and words for those it may not that
 * students reach for. Everything else is refused in general words.
 */
#ifndef GRADER_INSPECT_ALLOWED_H
#define GRADER_INSPECT_ALLOWED_H

#include <stddef.h>

/* What using a name amounts to. */
enum permission {
    ALLOWED,        /* the kit's interface, memcpy and the like */
    ALLOWED_PRINTS, /* printf and the like: left from debugging */
    REFUSED,
};

/*
 * Says what using the external name amounts to. If it is REFUSED, *why is
 * the rest of a sentence that begins "uses NAME", without a full stop:
 * static.
 * Otherwise *why is NULL. What the compiler calls by itself is allowed;
 * what sanitizers and coverage call, only in builds that have them.
 */
enum permission allowed_name(const char *name, const char **why);

#endif
