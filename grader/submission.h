/*
 * submission.h - makes a runner out of a file that somebody handed in.
 */
#ifndef GRADER_SUBMISSION_H
#define GRADER_SUBMISSION_H

#include "grader/subject.h"

/* Room for what a compiler may say. */
#define COMPILER_SAYS 8192

/* What keeps a file that nobody trusts in its place while it is made into a
   runner and run. */
struct confinement {
    const char *folder;          /* where it is built; stays */
    const char *counts;          /* where its counted runs may write */
    const char *shown;           /* what messages call the file */
    const struct walls *compile; /* around the compiler and the linker */
    const struct walls *served;  /* around judged runs */
    const struct walls
        *counted; /* around counted runs, under callgrind or not */
    bool no_look; /* go on without looking at the object: for tests */
    bool
        in_runner; /* judge in the runner, not through a mailbox: for tests */
};

/* How it is made. All zero: as the kit itself is, and trusted. */
struct recipe {
    const char
        *variant; /* of the build, which must have been made: "asan"; its
                            objects, full of the compiler's own calls, are not
                            looked at. NULL: this program's own */
    const char *archive; /* the kit's part, in the variant's folder; NULL:
                                 runner.a */
    const char *const *flags; /* for compiling and linking, after those of
                                 the kit, ended by NULL; NULL: none */
    bool own_name;            /* does what is compiled tell the file's own
                                 name, so that a debugger finds it? */
    const struct confinement *confined; /* NULL: it is trusted */
};

/*
 * Compiles file in place of the allocator that name stands for ("kr-best":
 * the file must define kr_allocator), links it with the rest of the kit in a
 * folder of its own, and fills *subject. What the compiler said, warnings
 * too, goes into says, COMPILER_SAYS bytes. Returns false if it cannot be
 * compiled or linked, must not be run (subject->refused), or the name is
 * unknown; says tells why, and nothing is left behind. The result is to be
 * removed by submission_remove().
 */
bool submission_build(struct subject *subject, const char *name,
                      const char *file, char *says);

/* The same, by a recipe, which must stay as long as the subject. */
bool submission_build_as(struct subject *subject, const char *name,
                         const char *file, const struct recipe *recipe,
                         char *says);

/* Removes the runner that submission_build() made, and its folder. */
void submission_remove(struct subject *subject);

#endif
