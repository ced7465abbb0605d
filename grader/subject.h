/*
 * subject.h - what is being graded: an allocator in a runner.
 */
#ifndef GRADER_SUBJECT_H
#define GRADER_SUBJECT_H

#include "grader/run.h"

#define PATH_ROOM 1024

/* Who gives a subject other traces than those that a rubric names. */
struct dealer {
    /* Puts another trace in the place of *trace, which is freed, or leaves it.
       name is as in the rubric: "teaching/churn.trace". Returns false, with a
       line in error and *trace as it was, if that fails. */
    bool (*deal)(const void *context, const char *name, struct trace **trace,
                 char *error, size_t size);
    const void *context; /* for deal */
};

struct subject {
    char name[256];         /* as the runner's registry knows it: "kr-best" */
    char runner[PATH_ROOM]; /* path of the executable with it inside */

    /* A submission: the file as the user called it, which messages name; and
       what the compiler called it. Both empty for the kit's own. */
    char file[PATH_ROOM];
    bool trouble; /* it was the kit that could not build it */
    bool refused; /* it compiles, but must not be run */
    char compiled_as[64];

    /* The lab whose own file it is, "1-kr": messages then end in a command of
       make. Empty: none. */
    char lab[64];

    /* For what is not trusted: the served runner, with which judged runs are
       made; and what it and the other runner are confined by. Empty, and
       NULL, for what is. */
    char served[PATH_ROOM];
    const struct walls *served_walls;
    const struct walls *walls;
    const char *scratch; /* folder in which its counted runs may write */

    /* Nanoseconds that its judged replays have worked and slept in all, in
       memory that several processes share; NULL: nobody counts. */
    _Atomic uint64_t *spent;

    const struct dealer *dealer; /* NULL: its traces are the rubric's */
};

/*
 * Fills *subject with one of the kit's own allocators, or "glibc". Where the
 * kit lacks the file of it, as a handout lacks a lab's reference, the file in
 * the lab stands in, and is compiled; so *subject is to be ended by
 * submission_remove(). Returns false, with a message in error, if there is
 * none of that name, or its file does not compile.
 */
bool subject_kit(struct subject *subject, const char *name, char *error,
                 size_t size);

/* Returns the path of the executable in which jobs of that mode run. */
const char *subject_runner(const struct subject *subject, enum job_mode mode);

/*
 * Returns how a job of that mode is started on the subject, with limits of
 * seconds of CPU time for a call and for everything. The subject must stay as
 * it is as long as that is used.
 */
struct start subject_start(const struct subject *subject, enum job_mode mode,
                           double call_seconds, double total_seconds);

/*
 * Returns the path of the file at name below the folder that the running
 * program was built in (build/release), and below the kit's root. Both are
 * static to the call: copied into path, PATH_ROOM bytes.
 */
void path_built(char *path, const char *name);
void path_kit(char *path, const char *name);

/* Returns a path below the kit as it is shown from the folder that we are in;
   any other, as it is. Points into path. */
const char *path_from_here(const char *path);

/* Is this kit a handout, without references, mutants and tests? */
bool kit_is_handout(void);

#endif
