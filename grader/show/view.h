/*
 * view.h - what of a heap a drawing shows: which bytes, and which rows.
 */
#ifndef GRADER_SHOW_VIEW_H
#define GRADER_SHOW_VIEW_H

#include "grader/show/draw.h"

/* Columns of the bars, and the most rows of a drawing. */
#define BAR_COLUMNS 60
#define ROWS_MAX    9

/* One line of the drawing: a block, or a free piece. */
struct row {
    uint64_t start;  /* address of the first byte, header included */
    uint64_t end;    /* one past the last byte */
    uint64_t header; /* bytes before the payload; 0: none, or not known */
    uint64_t op;     /* the operation that allocated it; NO_OP: none did */
    size_t list;     /* place on the free lists, counted from 1; 0: none */
    bool in_walk;    /* does the heap's own walk show it? */
    bool walk_live;  /* and says that it is in use? */
    size_t skipped;  /* rows left out between the last one and this */
    size_t index;    /* place among all that meet the window */
    uint64_t rank;   /* how much it is wanted: 0 the most */
};

struct view {
    struct row *rows; /* in address order */
    size_t count;
    size_t skipped; /* rows left out after the last one */
    uint64_t low;   /* address of the leftmost column */
    uint64_t high;  /* one past the rightmost */
    uint64_t unit;  /* bytes of a column */

    /* Where the heap's own walk ends, though blocks lie beyond; 0: it reaches
       them all, or there is none. */
    uint64_t walk_stops;
};

/*
 * Chooses what a drawing of scene shows. Returns false if memory runs out;
 * otherwise view_close() frees it.
 */
bool view_open(struct view *view, const struct scene *scene);
void view_close(struct view *view);

/* The bytes that a block of operation op keeps others from: at least one. */
uint64_t block_extent(const struct trace *trace, uint64_t op);

#endif
