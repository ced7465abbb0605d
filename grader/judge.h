/*
 * judge.h - whether a replay was right, decided from its log alone.
 *
 * The judge looks at the operations in order, of a replay in threads in the
 * order of their stamps, and stops at the first thing that is wrong. What it
 * needs from outside the log is only the trace.
 */
#ifndef GRADER_JUDGE_H
#define GRADER_JUDGE_H

#include "grader/model.h"
#include "grader/run.h"

/* What can be wrong, in the order in which a call is judged. */
enum wrong {
    WRONG_NOTHING,
    WRONG_NULL,       /* NULL, though the source refused nothing; of open()
                         if op is NO_OP */
    WRONG_MEMORY,     /* memory ran out: the source refused */
    WRONG_OUTSIDE,    /* not in the source */
    WRONG_MISALIGNED, /* not a multiple of the alignment */
    WRONG_OVERLAP,    /* with a live block */
    WRONG_DAMAGED,    /* a live block's payload was overwritten */
    WRONG_LOST,       /* realloc did not keep the contents */
    WRONG_DIRTY,      /* calloc's block is not zero */
    WRONG_UNUSABLE,   /* the new block cannot be written; or, if other tells
                         one, a live block cannot be read any more */
    WRONG_INVARIANT,  /* check() found a broken invariant */
    WRONG_ROOM,       /* new memory, though a hole was large enough */
    WRONG_MOVED,      /* realloc moved a block that could have stayed */
    WRONG_FIT,        /* another hole than the policy takes */
    WRONG_CRASH,      /* a deadly signal inside a call */
    WRONG_ABORT,      /* the allocator called abort */
    WRONG_LOOP,       /* a call did not return */
    WRONG_EXIT,       /* a call ended the program */
    WRONG_KIT,        /* no verdict: the kit's own trouble, or a log that
                         contradicts itself */
};

struct verdict {
    enum wrong wrong;
    uint64_t op;    /* the operation at fault, an index; for WRONG_DAMAGED the
                       one at which it showed; NO_OP: before the first */
    uint64_t other; /* the operation that allocated the block which was
                       overlapped, damaged or resized; or NO_OP */
    uint64_t at;    /* WRONG_DAMAGED, LOST, DIRTY: first wrong byte */
    uint64_t count; /* and bytes from there to the last wrong one */

    /* Of a replay that went well, or as far as it did: */
    uint64_t peak_live;      /* bytes, as asked for */
    uint64_t peak_committed; /* bytes */
    double peak_utilization; /* peak_live over peak_committed */
    double mean_utilization; /* mean of live over committed, after each
                                operation */
};

/*
 * Judges the outcome of a judged replay of trace, and enters what it allocated
 * in model, an empty one. Returns the verdict. Cost: linear in the operations
 * and the bytes they ask for.
 */
struct verdict judge(const struct trace *trace, const struct outcome *outcome,
                     struct model *model);

/*
 * Judges nothing but the pointers that the first count operations of a replay
 * in one thread returned, which is all that a counted one leaves. model is as
 * for judge(). Of the verdict only wrong, op and other are filled; NULL is
 * WRONG_NULL, for nobody knows what the source refused.
 */
struct verdict judge_pointers(const struct trace *trace, uint64_t count,
                              const struct outcome *outcome,
                              struct model *model);

/*
 * Returns the first operation for which two replays of one trace returned
 * other pointers, seen from the beginning of their sources; NO_OP: none.
 */
uint64_t other_pointer(const struct trace *trace, const struct outcome *one,
                       const struct outcome *other);

#endif
