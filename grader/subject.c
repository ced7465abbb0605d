/*
 * subject.c - where the kit is, and which allocators it has.
 *
 * The running program tells where: build/VARIANT/heaplab lies two folders
 * below the kit's root. So it can be called from anywhere.
 */
#include "grader/subject.h"

#include "allocators/registry.h"

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
    const char *at;
    int parts = 0;

    exe[length > 0 ? length : 0] = '\0';
    for (at = strstr(exe, "/tests/"); at != NULL; at = strchr(at + 1, '/'))
        parts++; /* a test program lies below build/VARIANT/PART/tests */
    return parts > 0 ? 3 : 1;
}

void path_built(char *path, const char *name)
{
    path_beside(path, parts_below_build(), name);
}

void path_kit(char *path, const char *name)
{
    path_beside(path, parts_below_build() + 2, name);
}

bool subject_kit(struct subject *subject, const char *name, char *error,
                 size_t size)
{
    struct registry_error why;
    struct options options;

    memset(subject, 0, sizeof(*subject));
    if (strcmp(name, "glibc") != 0 &&
        registry_find(name, &options, &why) == NULL) {
        bool unknown = strncmp(why.message, "no allocator", 12) == 0;
        snprintf(error, size, "%s%s", why.message, unknown ? ", glibc" : "");
        return false;
    }
    snprintf(subject->name, sizeof(subject->name), "%s", name);
    path_built(subject->runner, "runner");
    return true;
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

struct job subject_job(const struct subject *subject, enum job_mode mode,
                       const struct trace *trace)
{
    struct job job = job_for(mode, subject->name, trace);

    job.static_size = subject->static_size;
    return job;
}
