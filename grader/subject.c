/*
 * subject.c - where the kit is, and which allocators it has.
 *
 * The running program tells where: build/VARIANT/heaplab lies two folders
 * below the kit's root. So it can be called from anywhere.
 */
#include "grader/subject.h"

#include "allocators/registry.h"
#include "grader/submission.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Cuts the last count parts off a path. */
static void cut_parts(char *path, int count)
{
    while (count-- > 0) {
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            return;
        *slash = '\0';
    }
}

/* Puts the path that lies at name, parts above the running program. */
static void path_beside(char *path, int parts, const char *name)
{
    char folder[PATH_ROOM];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof(folder) - 1);

    folder[length > 0 ? length : 0] = '\0';
    cut_parts(folder, parts);
    if (snprintf(path, PATH_ROOM, "%s/%s", folder, name) >= PATH_ROOM)
        path[0] = '\0';
}

/* How many parts of this program's path follow build/VARIANT. */
static int parts_below_build(void)
{
    char exe[PATH_ROOM];
    ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    const char *folder;

    exe[length > 0 ? length : 0] = '\0';
    cut_parts(exe, 1);
    folder = strrchr(exe, '/');
    /* A test program lies in build/VARIANT/PART/tests. */
    return folder != NULL && strcmp(folder, "/tests") == 0 ? 3 : 1;
}

void path_built(char *path, const char *name)
{
    path_beside(path, parts_below_build(), name);
}

void path_kit(char *path, const char *name)
{
    path_beside(path, parts_below_build() + 2, name);
}

const char *path_from_here(const char *path)
{
    char root[PATH_ROOM];
    char here[PATH_ROOM];
    size_t length;

    path_kit(root, "");
    if (realpath(".", here) == NULL)
        return path;
    length = strlen(here);
    if (strncmp(path, here, length) == 0 && path[length] == '/' &&
        strncmp(root, here, length) == 0)
        return path + length + 1;
    return path;
}

/* The packer of handouts is what no handout has. */
bool kit_is_handout(void)
{
    char path[PATH_ROOM];

    path_kit(path, ".house/handout");
    return access(path, F_OK) != 0;
}

/* Finds the file in a lab that stands in for an allocator without a file. */
static bool find_stand_in(char *path, const char *symbol)
{
    char name[PATH_ROOM], pattern[PATH_ROOM];
    glob_t found = {.gl_pathc = 0};
    bool stands_in;

    snprintf(name, sizeof(name), "allocators/%s.c", symbol);
    path_kit(path, name);
    if (access(path, F_OK) == 0)
        return false;
    snprintf(name, sizeof(name), "labs/*/%s.c", symbol);
    path_kit(pattern, name);
    stands_in = glob(pattern, 0, NULL, &found) == 0;
    if (stands_in)
        snprintf(path, PATH_ROOM, "%s", found.gl_pathv[0]);
    globfree(&found);
    return stands_in;
}

/* Compiles the stand-in at path. */
static bool build_stand_in(struct subject *subject, const char *name,
                           const char *path, char *error, size_t size)
{
    char says[COMPILER_SAYS];

    if (submission_build(subject, name, path_from_here(path), says))
        return true;
    snprintf(error, size, "%s does not compile:\n%s", path_from_here(path),
             says);
    return false;
}

bool subject_kit(struct subject *subject, const char *name, char *error,
                 size_t size)
{
    struct registry_error why;
    struct options options;
    const struct entry *entry = registry_find(name, &options, &why);
    char path[PATH_ROOM];

    memset(subject, 0, sizeof(*subject));
    if (strcmp(name, "glibc") != 0 && entry == NULL) {
        bool unknown = strncmp(why.message, "no allocator", 12) == 0;
        snprintf(error, size, "%s%s", why.message, unknown ? ", glibc" : "");
        return false;
    }
    if (entry != NULL && find_stand_in(path, entry->symbol))
        return build_stand_in(subject, name, path, error, size);
    snprintf(subject->name, sizeof(subject->name), "%s", name);
    path_built(subject->runner, "runner");
    return true;
}

const char *subject_runner(const struct subject *subject, enum job_mode mode)
{
    return mode == JOB_JUDGED && subject->served[0] != '\0' ? subject->served
                                                            : subject->runner;
}

struct start subject_start(const struct subject *subject, enum job_mode mode,
                           double call_seconds, double total_seconds)
{
    bool served = mode == JOB_JUDGED && subject->served[0] != '\0';
    struct start start = {
        .runner = subject_runner(subject, mode),
        .served = served,
        .walls = served ? subject->served_walls : subject->walls,
        .call_seconds = call_seconds,
        .total_seconds = total_seconds,
    };

    return start;
}
