/*
 * source_file.h - reads a C file that nobody trusts.
 */
#ifndef GRADER_CLASS_SOURCE_FILE_H
#define GRADER_CLASS_SOURCE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* A larger file is not taken, bytes. */
#define SOURCE_MAX ((size_t)1 << 20)

/*
 * Says why a file of that kind is not taken, as words behind its name: "is a
 * symbolic link, ..."; NULL if it is. links_count says that a file with
 * several names (a hard link) is refused.
 */
const char *source_fault(const struct stat *what, bool links_count);

/*
 * Reads the file called name in folder, an open descriptor, once. Returns its
 * text, *size bytes and a NUL, to be freed. Otherwise NULL, and *why as
 * source_fault() says it, or NULL if memory ran out. What is empty, or is
 * UTF-16, is not taken.
 */
char *source_read(int folder, const char *name, bool links_count,
                  size_t *size, const char **why);

/* Says why text of size bytes is not taken: it is empty, or UTF-16. NULL if
   it is. */
const char *source_text_fault(const char *text, size_t size);

#endif
