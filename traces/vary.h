/*
 * vary.h - variants of a trace: the same work in other sizes, another order
 * and under other identifiers, so that who has tuned to the trace, or
 * recognises it, gains nothing.
 */
#ifndef TRACES_VARY_H
#define TRACES_VARY_H

#include "traces/trace.h"

#include <stdbool.h>
#include <stdint.h>

/* A size moves by up to one part in so many of itself, up or down. */
#define VARY_SIZE ((uint64_t)16)

/* The largest window; and the one that is usual. */
#define VARY_WINDOW_MAX ((size_t)16)

/*
 * Returns a variant of trace, to be freed by trace_free(); or NULL, with
 * *error filled, if memory runs out. One trace, seed and window make one
 * variant, on every machine. window is 1 to VARY_WINDOW_MAX.
 *
 * - A size becomes another, at most a sixteenth of it away. Sizes that were
 *   equal stay equal, so that a block which fitted a hole to the byte still
 *   does. Sizes below 16 stay as they are.
 * - Operations on different identifiers change places within windows of so
 *   many operations; a window of 1 leaves the order as it is. Those on one
 *   identifier keep their order, so that a block is never resized or freed
 *   before it is there. Nothing passes a trim.
 * - The identifiers are dealt out anew.
 *
 * The kinds of the operations, their threads and alignments, and title and
 * about stay. make tells seed and window. lines is NULL. Cost: the operations
 * times the window.
 */
struct trace *trace_vary(const struct trace *trace, uint64_t seed,
                         size_t window, struct trace_error *error);

/*
 * Returns true if the live peaks of two traces differ by at most one in a
 * hundred of one's.
 */
bool trace_peaks_agree(const struct trace *one, const struct trace *other);

#endif
