/*
 * tool.h - a replay under a memory checker, and what that reports.
 */
#ifndef GRADER_TOOLS_TOOL_H
#define GRADER_TOOLS_TOOL_H

#include "grader/cell.h"
#include "grader/show/explain.h"

/* The memory checkers. */
enum tool {
    TOOL_MEMCHECK, /* valgrind's */
    TOOL_ASAN,     /* AddressSanitizer, with UndefinedBehaviorSanitizer */
};

/* What the code did that a tool objects to. */
enum deed_kind {
    DID_READ,
    DID_WRITE,
    DID_DECIDE, /* by bytes that nobody has written */
    DID_OTHER,  /* the tool's own words must do */
};

/* The first thing that a tool reported. */
struct tool_report {
    bool found;      /* false: nothing was reported, and the rest is empty */
    char text[8192]; /* in the tool's words, without its prefixes */
    enum deed_kind kind;
    uint64_t count;    /* bytes that were read or written; 0: not told */
    uint64_t address;  /* the first of them; NOT_TOLD */
    char function[80]; /* of the submission, that was at work; empty: none */
    unsigned line;     /* of the submission; 0: none of its lines was */
};

/* The name of a tool, and the variant of the build that it needs. */
const char *tool_name(enum tool tool);
const char *tool_variant(enum tool tool);

/*
 * Replays a workload once under a tool, which is told who owns what, and
 * judges it: fills *hearing, to be ended by hearing_close(), and *report.
 * check calls check() after every operation, of a long trace after every few,
 * and at its end. The subject must have been built
 * with the tool's variant. Returns false, with a line in error, for trouble of
 * the kit's own. Cost: under memcheck some 50 times that of a replay.
 */
bool tool_hear(struct hearing *hearing, struct tool_report *report,
               enum tool tool, const struct subject *subject,
               const struct workload *workload, bool check, char *error,
               size_t size);

/*
 * Prints a report: a line in a compiler's form, which operation it was and
 * whose block was touched, the tool's own words, and the next command. Or what
 * the judge found, if that comes first, or is all there is. Prints nothing,
 * and returns true, if nothing is wrong.
 */
bool tool_explain(FILE *out, enum tool tool, const struct hearing *hearing,
                  const struct tool_report *report);

#endif
