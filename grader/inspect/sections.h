/*
 * sections.h - which sections and relocations a submission may have.
 */
#ifndef GRADER_INSPECT_SECTIONS_H
#define GRADER_INSPECT_SECTIONS_H

#include "grader/inspect/look.h"

/* The largest alignment of data, in bytes. What lies between two sections is
   in nobody's count. */
#define ALIGNMENT_MOST 4096

/*
 * Are all sections, or all relocations, of the object such as a compiler
 * makes of C? If not, refuses the file and returns false.
 */
bool sections_are_fine(const struct look *look);
bool relocations_are_fine(const struct look *look);

/*
 * Returns how many bytes of a section can be written while the file runs.
 * Constants that hold addresses (.data.rel.ro) are written by the loader and
 * then protected, since runners are linked with -z now: 0.
 */
size_t writable_size(const struct section *section);

#endif
