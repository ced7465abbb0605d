/*
 * workload.c - traces as the commands use them: opened, named, all of them.
 */
#include "grader/cell.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Lists the traces that are shipped, by name. */
static void list_shipped(char *error, size_t size)
{
    char pattern[PATH_ROOM];
    char name[128];
    glob_t found = {.gl_pathc = 0};
    size_t used = strlen(error);

    path_kit(pattern, "traces/*/*.trace");
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc && used < size; i++) {
            name_of(found.gl_pathv[i], name, sizeof(name));
            used += (size_t)snprintf(error + used, size - used, "%s%s",
                                     i == 0 ? "" : ", ", name);
        }
    }
    globfree(&found);
}

/*
 * Finds the file that name means: a path; or a shipped trace, "comb",
 * "teaching/comb" or "teaching/comb.trace". False: there is none.
 */
static bool find_trace(const char *name, char *path)
{
    static const char *const forms[] = {"traces/%s", "traces/%s.trace",
                                        "traces/*/%s.trace", "traces/*/%s"};
    char pattern[PATH_ROOM];
    char below[PATH_ROOM];
    glob_t found;
    bool good;

    snprintf(path, PATH_ROOM, "%s", name);
    if (strcmp(name, "-") == 0 || access(name, F_OK) == 0)
        return true;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        memset(&found, 0, sizeof(found));
        snprintf(below, sizeof(below), forms[i], name);
        path_kit(pattern, below);
        good = name[0] != '\0' && glob(pattern, 0, NULL, &found) == 0;
        if (good)
            snprintf(path, PATH_ROOM, "%s", found.gl_pathv[0]);
        globfree(&found);
        if (good)
            return true;
    }
    return false;
}

bool workload_open(struct workload *workload, const char *name, char *error,
                   size_t size)
{
    struct trace_error why;
    char path[PATH_ROOM];
    const char *shown;

    memset(workload, 0, sizeof(*workload));
    if (!find_trace(name, path)) {
        snprintf(error, size,
                 "%s: no such file, and no trace of the kit's; "
                 "there is: ",
                 name);
        list_shipped(error, size);
        return false;
    }
    shown = path_from_here(path);
    workload->trace = trace_read(shown, &why);
    if (workload->trace == NULL) {
        snprintf(error, size, "%s", why.message);
        return false;
    }
    snprintf(workload->path, sizeof(workload->path), "%s", shown);
    name_of(shown, workload->name, sizeof(workload->name));
    return true;
}

bool workload_deal(struct workload *workload, const char *trace,
                   const struct dealer *dealer, char *error, size_t size)
{
    const struct trace *shipped = workload->trace;
    size_t length = strlen(workload->name);

    if (dealer == NULL)
        return true;
    if (!dealer->deal(dealer->context, trace, &workload->trace, error, size))
        return false;
    if (workload->trace != shipped)
        snprintf(workload->name + length, sizeof(workload->name) - length,
                 ", varied");
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
