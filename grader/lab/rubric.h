/*
 * rubric.h - what a lab gives points for: a text file, read strictly.
 *
 *     # a comment
 *     lab         1-kr
 *     title       K&R first fit
 *     allocator   kr
 *     given       grow payload_of
 *     manual      report 20
 *
 *     step        correct
 *       title     every block is right
 *       points    60
 *       functions kr_malloc free_below=&heap->head
 *       traces    teaching/first.trace recorded/sqlite.trace
 *       check     yes
 *       broken    F2 p3-16 += 8 : a size that is no multiple of 16
 *       sound     heap+16 = &p3-16 : the rover is on p3, which is free
 *       properties room first-fit
 *
 *     step        throughput
 *       points    20
 *       needs     correct
 *       measure   cost
 *       traces    recorded/sqlite.trace
 *       floor     2000
 *       full      300
 *       time-floor 200
 *       time-full  30
 *
 * manual, as often as wanted, is what a person gives points for: a name and
 * the most points. It stands beside the 100. given are helpers of the
 * allocator's file that starters keep though only emptied functions use them. functions are those of the allocator's file that the step asks for; after
 * "=" stands what one returns until it is written, if not false, 0 or NULL.
 * properties are those of property.h. variant names the allocator to run, if
 * it is not the lab's: kr-best.
 *
 * check yes calls check() along the traces, where it must say true. broken, as
 * often as wanted, breaks the heap that the step's first trace leaves, in the
 * way that poke.h says; there check() must say false and the right label.
 * sound, as often as wanted, changes that heap so that all invariants hold as
 * before; there check() must say true.
 *
 * A line is a key, blanks, and the rest of the line. Steps come after the
 * lab's own keys; points add up to 100. A step either is all or nothing (no
 * measure), or goes from 0 points at floor to all of them at full, by the
 * logarithm. time-floor and time-full stand in for floor and full, as ratios
 * of measured time, where nothing can be counted.
 */
#ifndef GRADER_LAB_RUBRIC_H
#define GRADER_LAB_RUBRIC_H

#include "grader/lab/poke.h"

#include <stdbool.h>
#include <stddef.h>

#define STEPS_MAX  12
#define TRACES_MAX 64
#define BLANKS_MAX 16
#define BROKEN_MAX 40
#define MANUAL_MAX 8
#define WORD_ROOM  64
#define TITLE_ROOM 128

/* What a step is scored by. */
enum measure {
    MEASURE_CORRECT,     /* all or nothing */
    MEASURE_UTILIZATION, /* mean of peak and mean utilization, 0 to 1 */
    MEASURE_COST,        /* counted cost an operation */
};

/* A function that a step asks students to write. */
struct blank {
    char name[WORD_ROOM];
    char value[WORD_ROOM]; /* what it returns until then; empty: false, 0 or
                              NULL, by its type */
};

struct step {
    char name[WORD_ROOM];
    char title[TITLE_ROOM];
    int points;          /* whole, 0 to 100 */
    int needs;           /* index of the step that must have all its points
                          first; -1: none */
    bool check;          /* is check() called after every operation? */
    unsigned properties; /* of enum property: asked for beside being right */
    char allocator[WORD_ROOM]; /* the variant to run; empty: the lab's */
    enum measure measure;
    double floor;      /* 0 points here and beyond */
    double full;       /* all points here and beyond */
    double time_floor; /* the same for the ratio of measured time; 0: none */
    double time_full;
    char traces[TRACES_MAX][WORD_ROOM]; /* below traces/; "*", only in the
                                           scale of make scores: all */
    size_t trace_count;                 /* 1 or more, none of them twice */
    struct blank blanks[BLANKS_MAX];
    size_t blank_count;
    struct broken broken[BROKEN_MAX]; /* and those that are sound */
    size_t broken_count;
};

/* What a person gives points for. */
struct manual {
    char name[WORD_ROOM];
    int points; /* the most there are; whole, 1 to 100 */
};

struct rubric {
    char lab[WORD_ROOM];
    char title[TITLE_ROOM];
    char allocator[WORD_ROOM]; /* as heaplab list shows it; "*": any */
    char given[TITLE_ROOM];    /* helpers that every starter keeps, separated
                                  by blanks; may be empty */
    struct manual manuals[MANUAL_MAX];
    size_t manual_count;
    struct step steps[STEPS_MAX];
    size_t step_count;
};

/*
 * Reads the rubric at path. Returns false, with "FILE:LINE: what was expected"
 * in error, if it cannot be read or anything in it is not as it should be.
 */
bool rubric_read(struct rubric *rubric, const char *path, char *error,
                 size_t size);

/*
 * Returns the points that value earns on a step with a measure:
 * floor(points * clamp(log(value / floor) / log(full / floor))), so that the
 * first tenth saved is worth as much as the next. by_time says that value is a
 * ratio of measured time.
 */
int step_points(const struct step *step, double value, bool by_time);

#endif
