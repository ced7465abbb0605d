/*
 * served.h - what the parts of a served runner share.
 */
#ifndef GRADER_SERVED_SERVED_H
#define GRADER_SERVED_SERVED_H

#include "allocators/source.h"
#include "grader/runner/mailbox.h"

/*
 * Puts *letter into the mailbox, waits for the answer, and takes it in
 * *letter. Costs two changes of process.
 */
void post(struct letter *letter);

/*
 * Makes the one source of this process, over limit bytes of the memory file
 * HEAP_FD. Returns NULL if its place is taken.
 */
struct source *remote_source(size_t limit);

#endif
