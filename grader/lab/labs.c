/*
 * labs.c - which labs there are.
 */
#include "grader/lab/labs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void find_rubrics(glob_t *found)
{
    char pattern[PATH_ROOM];

    memset(found, 0, sizeof(*found));
    path_kit(pattern, "labs/*/rubric");
    glob(pattern, 0, NULL, found);
}

/* Returns the name of the lab in a rubric's path: what follows "labs/". */
static const char *lab_in(const char *path)
{
    const char *name = path;

    for (const char *at = strstr(path, "labs/"); at != NULL;
         at = strstr(at + 1, "labs/"))
        name = at + strlen("labs/");
    return name;
}

/* Is the lab at a rubric's path meant: by its whole name, or without number? */
static bool is_lab(const char *path, const char *lab)
{
    const char *name = lab_in(path);
    size_t length = strcspn(name, "/");
    size_t number = strcspn(name, "-");

    number = number < length ? number + 1 : 0;
    return (strlen(lab) == length && strncmp(name, lab, length) == 0) ||
           (strlen(lab) == length - number &&
            strncmp(name + number, lab, length - number) == 0);
}

bool rubric_of_lab(struct rubric *rubric, const char *lab, char *error,
                   size_t size)
{
    const char *path = strchr(lab, '/') != NULL ? lab : NULL;
    glob_t found;
    bool read = false;
    int used;

    find_rubrics(&found);
    for (size_t i = 0; path == NULL && i < found.gl_pathc; i++) {
        if (is_lab(found.gl_pathv[i], lab))
            path = found.gl_pathv[i];
    }
    if (path != NULL) {
        read = rubric_read(rubric, path, error, size);
    } else {
        used = snprintf(error, size,
                        "heaplab: no lab is called '%.64s'; "
                        "there is:",
                        lab);
        for (size_t i = 0; i < found.gl_pathc && (size_t)used < size; i++) {
            const char *name = lab_in(found.gl_pathv[i]);
            used += snprintf(error + used, size - (size_t)used, " %.*s",
                             (int)strcspn(name, "/"), name);
        }
    }
    globfree(&found);
    return read;
}

void lab_of_file(struct subject *subject, const struct rubric *rubric,
                 const char *file)
{
    char below[PATH_ROOM];
    char own[PATH_ROOM];
    struct stat one;
    struct stat other;

    snprintf(below, sizeof(below), "labs/%s/%s.c", rubric->lab,
             rubric->allocator);
    path_kit(own, below);
    if (stat(file, &one) == 0 && stat(own, &other) == 0 &&
        one.st_dev == other.st_dev && one.st_ino == other.st_ino)
        snprintf(subject->lab, sizeof(subject->lab), "%s", rubric->lab);
}
