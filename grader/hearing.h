/*
 * hearing.h - a judged replay of a trace, with all that it was made from.
 */
#ifndef GRADER_HEARING_H
#define GRADER_HEARING_H

#include "grader/judge.h"
#include "grader/subject.h"

/* A judged replay, with all that it was made from. */
struct hearing {
    const struct subject *subject;
    const struct trace *trace;
    const char *trace_path; /* as the user may name it again */
    struct outcome *outcome;
    struct verdict verdict;
    struct model *model;
    double call_seconds; /* CPU time that a single call may take */
    unsigned properties; /* of enum property: judged beside being right */
    bool
        in_threads; /* the outcome is of a replay in threads, which is not the
                        same every time; in one thread all is right */

    /* Of a trace that was shrunk: the one that it was, and the operation and
       their number there, in words. NULL: it was not. */
    const char *origin;
};

/*
 * Replays trace on subject in a judged run, with check() every check_every
 * operations (0: never), and judges it. All is done in one thread, in the
 * order of the trace; if that is right and the trace has several threads, it
 * is replayed again in as many, and if it is short several times, unless the
 * subject is not trusted; the last outcome then is the hearing's. Returns
 * false, with a line in error,
 * for trouble of the kit's own. Otherwise *hearing is to be ended by
 * hearing_close().
 */
bool hear(struct hearing *hearing, const struct subject *subject,
          const struct trace *trace, const char *trace_path,
          uint64_t check_every, char *error, size_t size);

/* The same, in one thread only. */
bool hear_in_order(struct hearing *hearing, const struct subject *subject,
                   const struct trace *trace, const char *trace_path,
                   uint64_t check_every, char *error, size_t size);

/* Runs the subject on the trace once more, as job says. To be freed by
   outcome_free(); NULL if it could not be prepared. */
struct outcome *hear_again(const struct hearing *hearing,
                           const struct job *job);

/*
 * The same as hear_again(). What took too long in one thread is tried a second
 * time, which counts: a machine that stands still for a while lets a call look
 * late, but an endless loop is there again.
 */
struct outcome *hear_patiently(const struct hearing *hearing,
                               const struct job *job);

/* Returns the operation that harmed a live block, by one more replay; NO_OP
   if none was harmed, or it cannot be found, as in threads. */
uint64_t hear_culprit(const struct hearing *hearing);

/* Returns who owns what after count operations of the replay, to be ended by
   model_close(); or NULL. */
struct model *hear_model(const struct hearing *hearing, uint64_t count);

/* Frees what hear() made. */
void hearing_close(struct hearing *hearing);

/*
 * Judges whether the replay has the properties too, bits of enum property, if
 * nothing else is wrong. A replay in threads is not asked for any.
 */
void hear_properties(struct hearing *hearing, unsigned properties);

/* Did a live block come to harm, in its bytes or as a whole? */
bool is_harm(const struct verdict *verdict);

#endif
