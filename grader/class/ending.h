/*
 * ending.h - the endings of names that a submission may have.
 */
#ifndef GRADER_CLASS_ENDING_H
#define GRADER_CLASS_ENDING_H

#include <stdbool.h>

/*
 * Returns where the ending of name begins: .c, or that of an archive that can
 * be unpacked (.tar, .tar.gz, .tgz, .tar.xz, .txz, .tar.bz2, .tbz2, .zip); ""
 * if it has neither, or nothing else. Capitals count as small letters.
 */
const char *ending_of(const char *name);

/* Is the ending .c? */
bool ending_is_source(const char *name);

/* Does it end in ".c.txt": a .c file as some systems save it? */
bool ending_is_text_of_source(const char *name);

#endif
