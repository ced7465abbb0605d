/*
 * printable.h - foreign text made fit to be shown.
 *
 * Names of files and what students write reach terminals and spreadsheets.
 * What could act there is replaced by '?': control characters (newlines and
 * escapes among them), bytes that are no UTF-8, and the characters that turn
 * the direction of a line. So are those that are not seen, such as U+200B,
 * so that no two texts look alike by them. Letters that look like others, and
 * spaces of another width, stay.
 */
#ifndef GRADER_CLASS_PRINTABLE_H
#define GRADER_CLASS_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Returns how many bytes the character at text has, at least 1; text is ended
 * by a NUL and not empty. Sets *fit to whether it may be shown as it is. A
 * byte that is no UTF-8 counts as one character, not fit.
 */
size_t printable_next(const char *text, bool *fit);

/*
 * Copies text to to, which has room bytes, at least 4, with '?' in place of
 * each character that is not fit. What does not fit in is cut between
 * characters, and "..." says so. Returns to.
 */
const char *printable(char *to, size_t room, const char *text);

/* Returns the whole of text, made fit, to be freed; NULL: no memory. */
char *printable_copy(const char *text);

#endif
