/*
 * copy.h - files copied to where others work on them.
 */
#ifndef GRADER_COPY_H
#define GRADER_COPY_H

#include <stdbool.h>

/*
 * Copies the file at from, which is no link, to a new one at to, for all to
 * read; as root, gives it to the owner of the folder that it is in. Returns
 * false, with errno set, if that fails or there is something at to already.
 */
bool copy_file(const char *from, const char *to);

#endif
