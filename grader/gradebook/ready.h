/*
 * ready.h - what is seen to before a class is graded, so that it is not found
 * out by each submission in turn.
 */
#ifndef GRADER_GRADEBOOK_READY_H
#define GRADER_GRADEBOOK_READY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Can the user nobody, whom root's submissions are compiled and run as, get to
 * what they are compiled with? Returns true for any other user than root.
 * Otherwise false, with a line in error, size bytes, that names the first
 * folder or file that is closed, and what to do.
 */
bool ready_kit(char *error, size_t size);

/*
 * Can results be written to the folder, and to the folder of lab in it, if
 * that is there? Otherwise returns false, with a line in error, size bytes.
 */
bool ready_results(const char *folder, const char *lab, char *error,
                   size_t size);

/*
 * Puts what, such as "the roster", before the line in error, size bytes, if
 * that begins with path.
 */
void ready_say_which(char *error, size_t size, const char *what,
                     const char *path);

#endif
