/*
 * inspect.h - looks at what a submission was compiled to, before it runs.
 *
 * Nothing here is a wall: what code does is known when it runs, and then the
 * sandbox holds it. But an object can be refused with a word that helps: a
 * call of malloc, a large static array, a constructor. And it is proved here
 * that no code runs before the grader calls the table, and how much memory
 * the file has beside its source.
 */
#ifndef GRADER_INSPECT_INSPECT_H
#define GRADER_INSPECT_INSPECT_H

#include "grader/spawn.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The most bytes of writable static data: a few counters of someone who
 * debugs, or a table of size classes without const. A file with more is
 * refused. What an allocator knows of its heap is memory that the policy costs;
 * in variables no meter sees it, and two heaps would share it. Sanitizers and
 * coverage add data of their own; there it is more.
 */
#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN) ||                        \
    defined(VARIANT_COVERAGE)
#define STATIC_MOST ((size_t)64 << 10)
#else
#define STATIC_MOST ((size_t)4 << 10)
#endif

/* The most bytes of code. A solved lab has some 10 KiB. */
#define CODE_MOST ((size_t)256 << 10)

/* What was seen. */
struct inspection {
    /* Bytes of writable data: .data, .bss, thread-local and common. What is
       written once, before main, and read-only from then on is not in it.
       0 if the file was refused for its form. */
    size_t static_size;

    /* Does it call printf or the like? That is allowed. */
    bool prints;

    /* Why it must not be linked and run: a sentence without its subject and
       full stop, such as "uses malloc of the C library: ...". Names in it
       are printable. Empty if it may. */
    char refusal[320];

    /* The line it is about, as the debugging information has it, which the
       file can forge: for messages only. Number 0 if unknown. */
    struct line line;
};

/*
 * Inspects the object at path, in which the table of functions should be
 * table_symbol ("kr_allocator"). Returns true if *inspection is filled: see
 * its refusal. Returns false if the file could not be read, memory ran out,
 * or objdump was needed and could not be run; error, size bytes, says which,
 * without the path.
 * Runs nothing of the file. Cost: linear in the file, and a process of
 * addr2line if it is refused.
 */
bool inspect_object(struct inspection *inspection, const char *path,
                    const char *table_symbol, char *error, size_t size);

/*
 * Makes every definition in the object at path local but keep_symbol, in
 * place, so that a function of the file named as one of the kit's or of libc
 * replaces nobody's. The object is one that inspect_object() did not refuse.
 * Returns false if that could not be done, or keep_symbol is not the one
 * global definition afterwards; error, size bytes, says why, and the object
 * is not to be linked. Cost: a process of objcopy.
 */
bool inspect_localise(const char *path, const char *keep_symbol, char *error,
                      size_t size);

#endif
