/*
 * explain.h - tells a person what went wrong in a replay: which trace, which
 * line, which operation, which blocks, drawn; and what to do next.
 */
#ifndef GRADER_EXPLAIN_H
#define GRADER_EXPLAIN_H

#include "grader/judge.h"
#include "grader/subject.h"

#include <stdio.h>

/* A judged replay, with all that it was made from. */
struct hearing {
    const struct subject *subject;
    const struct trace *trace;
    const char *trace_path; /* as the user may name it again */
    struct outcome *outcome;
    struct verdict verdict;
    struct model *model;
    double call_seconds; /* CPU time that a single call may take */
};

/*
 * Replays trace on subject in a judged run, with check() every check_every
 * operations (0: never), and judges it. Returns false, with a line in error,
 * for trouble of the kit's own. Otherwise *hearing is to be ended by
 * hearing_close().
 */
bool hear(struct hearing *hearing, const struct subject *subject,
          const struct trace *trace, const char *trace_path,
          uint64_t check_every, char *error, size_t size);

/* Runs the subject on the trace once more, as job says. To be freed by
   outcome_free(); NULL if it could not be prepared. */
struct outcome *hear_again(const struct hearing *hearing,
                           const struct job *job);

/* Returns the operation that harmed a live block, by one more replay; NO_OP
   if none was harmed, or it cannot be found. */
uint64_t hear_culprit(const struct hearing *hearing);

/* Returns who owns what after count operations of the replay, to be ended by
   model_close(); or NULL. */
struct model *hear_model(const struct hearing *hearing, uint64_t count);

/* Frees what hear() made. */
void hearing_close(struct hearing *hearing);

/*
 * Prints what is wrong, in the form of a compiler's error, with the drawing
 * and the next command. Replays the trace again, once to find the operation
 * that did damage, once for the picture. Prints nothing if nothing is wrong.
 */
void explain(FILE *out, const struct hearing *hearing);

/*
 * Prints the heap as it is after the first count operations of a replay that
 * went well so far, around the block of the last of them.
 */
void show(FILE *out, const struct hearing *hearing, uint64_t count);

#endif
