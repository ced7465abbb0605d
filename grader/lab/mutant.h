/*
 * mutant.h - references with one mistake in them, as students make it.
 *
 * labs/LAB/mutants/NAME.patch says in its first line what is wrong, and is a
 * unified diff behind that. NAME.expect says the step at which the mutant must
 * be refused, and in its second line a piece of the words that tell why.
 */
#ifndef GRADER_LAB_MUTANT_H
#define GRADER_LAB_MUTANT_H

#include "grader/lab/rubric.h"
#include "grader/subject.h"

#include <glob.h>

struct mutant {
    char name[WORD_ROOM];   /* of the patch, without its ending */
    char about[TITLE_ROOM]; /* what is wrong */
    char step[WORD_ROOM];   /* the name of the step that must refuse it */
    char words[TITLE_ROOM]; /* a piece of what must be said there */
    unsigned added;         /* lines that the patch puts in */
    unsigned removed;       /* and takes out */
};

/*
 * Finds the patches of a lab, as paths in *found, to be freed by globfree().
 * Returns how many there are.
 */
size_t mutants_find(glob_t *found, const struct rubric *rubric);

/*
 * Reads the mutant at the path patch, and writes to file what it makes of the
 * text of the reference. Returns false, with a line in error, size bytes, if
 * it cannot be read, does not apply or cannot be written.
 */
bool mutant_make(struct mutant *mutant, const char *patch,
                 const char *reference, const char *file, char *error,
                 size_t size);

#endif
