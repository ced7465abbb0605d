/*
 * mailbox.h - the judge's end of the mailbox: a judged replay on an allocator
 * that is not trusted (runner/mailbox.h).
 */
#ifndef GRADER_MAILBOX_H
#define GRADER_MAILBOX_H

#include "grader/run.h"

/*
 * Replays job on the served runner that start tells of, and fills the
 * outcome, whose log is empty. Everything in the log was found out on this
 * side; only the words of check(), the pieces of a picture, and the addresses
 * of code are the other side's, and nothing is decided by those but what a
 * message shows. What is committed is what was given; what the kernel has
 * backed besides is told apart (beside.h). Returns false if it could not be prepared.
 */
bool run_served(const struct start *start, const struct job *job,
                const struct op *ops, struct outcome *outcome);

#endif
