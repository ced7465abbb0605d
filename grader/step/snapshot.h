/*
 * snapshot.h - a heap as it is after some operations of a replay: its blocks
 * in address order, and its free blocks in the order of the list.
 */
#ifndef GRADER_STEP_SNAPSHOT_H
#define GRADER_STEP_SNAPSHOT_H

#include "grader/hearing.h"

/* A block of the heap, as the heap's own walk shows it. */
struct part {
    uint64_t start; /* address */
    uint64_t size;  /* bytes, header included */
    uint64_t op; /* the operation that allocated it; NO_OP: nobody owns it */
    bool live;   /* does the heap say that it is in use? */
    size_t list; /* place on the free list, counted from 1; 0: none */
};

/* What check() said. */
enum checked {
    CHECKED_NOT,    /* it was not called, or there is none */
    CHECKED_WELL,   /* all invariants hold */
    CHECKED_BROKEN, /* one does not: the log tells which */
    CHECKED_LOST,   /* it crashed, or did not return */
};

struct snapshot {
    uint64_t count;          /* operations that were replayed */
    struct outcome *outcome; /* of the replay that stopped there */
    struct model *model;     /* who owns what */
    struct part *parts;      /* in address order */
    size_t part_count;
    struct part *list; /* the free blocks in the list's order */
    size_t list_count;
    bool list_again; /* behind the last one it comes back to an earlier */
    enum checked checked;
};

/*
 * Replays count operations of a hearing once more, and takes in what the heap
 * then looks like; check says whether check() is called. Returns false if
 * memory runs out. To be freed by snapshot_close() in any case.
 */
bool snapshot_take(struct snapshot *snapshot, const struct hearing *hearing,
                   uint64_t count, bool check);
void snapshot_close(struct snapshot *snapshot);

/* Returns the part that has a byte at address, or NULL. */
struct part *snapshot_part(const struct snapshot *snapshot, uint64_t address);

/* Returns one past the last byte that the walk shows; 0 if it shows none. */
uint64_t snapshot_end(const struct snapshot *snapshot);

#endif
