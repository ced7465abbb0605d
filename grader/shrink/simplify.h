/*
 * simplify.h - ways to make a failing script simpler without leaving out what
 * it needs: each returns whether it found any.
 */
#ifndef GRADER_SHRINK_SIMPLIFY_H
#define GRADER_SHRINK_SIMPLIFY_H

#include "grader/shrink/attempt.h"

/* Makes one block of several that only fill space. */
bool fuse_blocks(struct search *search);

/* Makes plain mallocs of other allocating operations. */
bool make_plain(struct search *search);

/* Makes sizes small and round. */
bool shrink_sizes(struct search *search);

#endif
