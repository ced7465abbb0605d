/*
 * starter.h - makes what students start from out of the reference.
 *
 * The bodies of the functions that a lab's steps name are emptied; their
 * header comments stay. So the stub never drifts from the reference, which
 * carries no marks for it.
 */
#ifndef GRADER_LAB_STARTER_H
#define GRADER_LAB_STARTER_H

#include "grader/lab/rubric.h"

#include <stdio.h>

/*
 * Puts the path of a lab's reference into path, PATH_ROOM bytes. Returns
 * false, with a line in error, if the kit has no allocator of its name.
 */
bool starter_reference(char *path, const struct rubric *rubric, char *error,
                       size_t size);

/*
 * Writes to out the reference at path with the functions of all steps after
 * step solved emptied: 0 is the stub. An emptied function says which step it
 * belongs to and returns its neutral value: what the rubric says, or else
 * false, 0 or NULL. Static functions that only emptied ones use are left out.
 * Returns false, with a line in error, if the reference cannot be taken apart
 * or lacks a function.
 */
bool starter_write(FILE *out, const struct rubric *rubric, const char *path,
                   size_t solved, char *error, size_t size);

#endif
