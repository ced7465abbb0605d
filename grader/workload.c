/*
 * workload.c - traces as the commands use them: opened, named, all of them.
 */
#include "grader/cell.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "…/traces/teaching/comb.trace" is "teaching/comb"; others keep their path. */
static void name_of(const char *path, char *name, size_t size)
{
    const char *at = strstr(path, "traces/");
    const char *next;
    const char *end = strrchr(path, '.');

    while (at != NULL && (next = strstr(at + 1, "traces/")) != NULL)
        at = next;
    at = at != NULL ? at + strlen("traces/") : path;
    if (end == NULL || end < at || strcmp(end, ".trace") != 0)
        end = at + strlen(at);
    snprintf(name, size, "%.*s", (int)(end - at), at);
}

/* A path below this folder is shown from here. */
static const char *from_here(const char *path, const char *root)
{
    char here[PATH_ROOM];
    size_t length;

    if (realpath(".", here) == NULL)
        return path;
    length = strlen(here);
    if (strncmp(path, here, length) == 0 && path[length] == '/' &&
        strncmp(root, here, length) == 0)
        return path + length + 1;
    return path;
}

bool workload_open(struct workload *workload, const char *path, char *error,
                   size_t size)
{
    struct trace_error why;
    char root[PATH_ROOM];
    const char *shown;

    path_kit(root, "");
    shown = from_here(path, root);
    memset(workload, 0, sizeof(*workload));
    workload->trace = trace_read(shown, &why);
    if (workload->trace == NULL) {
        snprintf(error, size, "%s", why.message);
        return false;
    }
    snprintf(workload->path, sizeof(workload->path), "%s", shown);
    name_of(shown, workload->name, sizeof(workload->name));
    return true;
}

void workload_close(struct workload *workload)
{
    trace_free(workload->trace);
    workload->trace = NULL;
}

struct workload *workloads_shipped(size_t *count, char *error, size_t size)
{
    char pattern[PATH_ROOM];
    struct workload *workloads = NULL;
    glob_t found = {.gl_pathc = 0};

    *count = 0;
    path_kit(pattern, "traces/*/*.trace");
    if (glob(pattern, 0, NULL, &found) == 0)
        workloads = calloc(found.gl_pathc, sizeof(*workloads));
    if (workloads == NULL)
        snprintf(error, size, "%s: no traces, or no memory", pattern);
    for (size_t i = 0; workloads != NULL && i < found.gl_pathc; i++) {
        if (!workload_open(&workloads[i], found.gl_pathv[i], error, size)) {
            workloads_close(workloads, *count);
            workloads = NULL;
            break;
        }
        (*count)++;
    }
    globfree(&found);
    return workloads;
}

void workloads_close(struct workload *workloads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        workload_close(&workloads[i]);
    free(workloads);
}
