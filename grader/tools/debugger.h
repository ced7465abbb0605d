/*
 * debugger.h - a runner under gdb, with the kit's commands.
 */
#ifndef GRADER_TOOLS_DEBUGGER_H
#define GRADER_TOOLS_DEBUGGER_H

#include "grader/run.h"
#include "grader/subject.h"

/* What is to be debugged. */
struct session {
    const struct subject *subject; /* built by debugger_build() */
    const struct job *job;         /* its debug_at tells where to stop */
    const struct op *ops;
    const char *introduction; /* lines to begin with, the last one too ended
                                 by a newline */
    const char *stop; /* a function to stop at as well, once; NULL: none */
};

/*
 * Returns true if there is a gdb and it may trace programs. Otherwise puts
 * into error, in one line, what to install or to allow. The gdb is the one
 * that the environment's GDB names, or that PATH has.
 */
bool debugger_ready(char *error, size_t size);

/*
 * Builds a submission for a debugger: not optimized, with its own name in it,
 * and a runner that can be stopped. As submission_build() otherwise.
 */
bool debugger_build(struct subject *subject, const char *name,
                    const char *file, char *says);

/*
 * Runs gdb on the session, with this program's own terminal or pipe, and
 * waits for its end. Returns false, with a line in error, if it cannot be
 * started.
 */
bool debugger_run(const struct session *session, char *error, size_t size);

#endif
