/*
 * look.h - what all parts of an inspection share: refusals and their lines.
 *
 * For inspect.c and sections.c only.
 */
#ifndef GRADER_INSPECT_LOOK_H
#define GRADER_INSPECT_LOOK_H

#include "grader/inspect/inspect.h"
#include "grader/inspect/object.h"

/* A file under inspection. */
struct look {
    struct inspection *inspection; /* to be filled */
    struct object object;
    const char *path;  /* of the object */
    const char *table; /* the symbol that the file is there for */
};

/*
 * Writes why the file is refused, as printf() does, with what cannot be
 * printed as question marks. Always returns false.
 */
__attribute__((format(printf, 2, 3))) bool refuse(const struct look *look,
                                                  const char *format, ...);

/*
 * Notes the line of the code at offset, in bytes, of section number section;
 * or of the first code that uses symbol number symbol; or of the first
 * function that section number list, of addresses, leads to; or of the large
 * variable called name, as it is defined. Nothing is noted if that cannot be
 * told, or a line is noted already.
 */
void note_line(const struct look *look, size_t section, uint64_t offset);
void note_use(const struct look *look, size_t symbol);
void note_goal(const struct look *look, size_t list);
void note_variable(const struct look *look, const char *name);

/* Has a section code in it? */
bool is_code(const struct section *section);

#endif
