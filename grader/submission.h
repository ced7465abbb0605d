/*
 * submission.h - makes a runner out of a file that somebody handed in.
 */
#ifndef GRADER_SUBMISSION_H
#define GRADER_SUBMISSION_H

#include "grader/subject.h"

/* Room for what a compiler may say. */
#define COMPILER_SAYS 8192

/*
 * Compiles file in place of the allocator that name stands for ("kr-best":
 * the file must define kr_allocator), links it with the rest of the kit in a
 * folder of its own, and fills *subject. What the compiler said, warnings
 * too, goes into says, COMPILER_SAYS bytes. Returns false if it cannot be
 * compiled or linked, or the name is unknown; says tells why, and nothing is
 * left behind. The result is to be removed by submission_remove().
 */
bool submission_build(struct subject *subject, const char *name,
                      const char *file, char *says);

/* Removes the runner that submission_build() made, and its folder. */
void submission_remove(struct subject *subject);

#endif
