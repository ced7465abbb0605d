/*
 * machine_code.h - looks for instructions that no allocator has.
 *
 * They are system calls, and the requests by which a program speaks to
 * valgrind, which could forge the counted clock. What is looked for is what
 * an honest compiler would have to emit. Code that hides them - in the
 * middle of another instruction, say - is not found: this is detection, with
 * a word for those who did not mean it. The wall is the sandbox.
 */
#ifndef GRADER_INSPECT_MACHINE_CODE_H
#define GRADER_INSPECT_MACHINE_CODE_H

#include "grader/inspect/object.h"

/* What was found. */
struct forbidden_code {
    const char *what; /* "makes a system call ...": static; NULL: nothing */
    size_t section;   /* its number */
    size_t offset;    /* in the section, in bytes */
};

/*
 * Looks for forbidden instructions in the object, which was read from path,
 * and fills *found with the first. On x86-64 bytes can look like one by
 * chance: then objdump is asked whether they are; what it cannot list in the
 * room for it is forbidden too. Returns false if it was needed and could not
 * be run, or memory ran out. Cost: linear in the code; a process, 160 bytes
 * for each of code, and 288 for each name in it, if objdump is asked.
 */
bool forbidden_code(struct forbidden_code *found, const struct object *object,
                    const char *path);

#endif
