/*
 * labs.h - which labs there are: the folders below labs/ with a rubric.
 */
#ifndef GRADER_LAB_LABS_H
#define GRADER_LAB_LABS_H

#include "grader/lab/rubric.h"
#include "grader/subject.h"

#include <glob.h>

/*
 * Finds the rubrics of all labs, as paths in *found, to be freed by
 * globfree(). There may be none.
 */
void find_rubrics(glob_t *found);

/*
 * Reads the rubric of a lab: "1-kr", "kr" or the path of a rubric. Returns
 * false, with what there is or what is wrong with it in error, size bytes.
 */
bool rubric_of_lab(struct rubric *rubric, const char *lab, char *error,
                   size_t size);

/* Notes in *subject, which was built from file, that this is the file that
   students write in the rubric's lab, if it is. */
void lab_of_file(struct subject *subject, const struct rubric *rubric,
                 const char *file);

#endif
