/*
 * tour.c - the traces of a lab, one after the other.
 */
#include "grader/tools/tour.h"

#include "grader/commands/commands.h"
#include "grader/lab/labs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A tour under way. */
struct way {
    const struct rubric *rubric;
    const struct subject *subject;
    visit_stop *visit;
    void *context;
    bool goes_on; /* false: a visit has ended it */
};

/* Does a step ask of a trace all that another one does? */
static bool asks_as_much(const struct step *one, const struct step *other,
                         const char *trace)
{
    if (strcmp(one->allocator, other->allocator) != 0 ||
        (other->check && !one->check) ||
        (other->properties & ~one->properties) != 0)
        return false;
    for (size_t i = 0; i < one->trace_count; i++) {
        if (strcmp(one->traces[i], trace) == 0)
            return true;
    }
    return false;
}

/* Has an earlier step asked for this trace in the same way? */
static bool is_repeated(const struct rubric *rubric, size_t step,
                        const char *trace)
{
    for (size_t i = 0; i < step; i++) {
        if (asks_as_much(&rubric->steps[i], &rubric->steps[step], trace))
            return true;
    }
    return false;
}

/* Visits one trace of a step, or of none. */
static void visit_one(struct way *way, const struct step *step,
                      const struct workload *workload)
{
    struct subject variant = *way->subject;
    struct stop stop = {
        .step = step, .subject = &variant, .workload = workload};

    if (step != NULL) {
        stop.number = (size_t)(step - way->rubric->steps) + 1;
        if (step->allocator[0] != '\0')
            snprintf(variant.name, sizeof(variant.name), "%s",
                     step->allocator);
    }
    way->goes_on = way->visit(way->context, &stop);
}

/* Visits the one trace, for each step that has it. */
static bool visit_only(struct way *way, const char *only, char *error,
                       size_t size)
{
    struct workload workload;
    bool visited = false;

    if (!workload_open(&workload, only, error, size))
        return false;
    for (size_t i = 0; i < way->rubric->step_count; i++) {
        const struct step *step = &way->rubric->steps[i];
        size_t length = strlen(workload.name);
        for (size_t k = 0; k < step->trace_count && way->goes_on; k++) {
            const char *trace = step->traces[k];
            if (strncmp(trace, workload.name, length) != 0 ||
                strcmp(trace + length, ".trace") != 0 ||
                is_repeated(way->rubric, i, trace))
                continue;
            visited = true;
            visit_one(way, step, &workload);
        }
    }
    if (!visited)
        visit_one(way, NULL, &workload);
    workload_close(&workload);
    return true;
}

/* Opens one trace of a step and visits it. */
static bool visit_trace(struct way *way, size_t step, const char *trace,
                        char *error, size_t size)
{
    struct workload workload;
    char below[WORD_ROOM + 16];
    char path[PATH_ROOM];

    if (is_repeated(way->rubric, step, trace))
        return true;
    snprintf(below, sizeof(below), "traces/%s", trace);
    path_kit(path, below);
    if (!workload_open(&workload, path, error, size))
        return false;
    visit_one(way, &way->rubric->steps[step], &workload);
    workload_close(&workload);
    return true;
}

bool tour(const struct rubric *rubric, const struct subject *subject,
          const char *only, visit_stop *visit, void *context, char *error,
          size_t size)
{
    struct way way = {.rubric = rubric,
                      .subject = subject,
                      .visit = visit,
                      .context = context,
                      .goes_on = true};

    if (only != NULL)
        return visit_only(&way, only, error, size);
    for (size_t i = 0; i < rubric->step_count; i++) {
        const struct step *step = &rubric->steps[i];
        for (size_t k = 0; k < step->trace_count && way.goes_on; k++) {
            if (!visit_trace(&way, i, step->traces[k], error, size))
                return false;
        }
    }
    return true;
}

bool tour_arguments(int argc, char **argv, const char *usage,
                    struct rubric *rubric, int *status)
{
    char error[512];

    *status = STATUS_USAGE;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        *status = STATUS_FULL;
    } else if (argc != 3 && argc != 4) {
        fputs(usage, stderr);
    } else if (!rubric_of_lab(rubric, argv[1], error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
    } else if (access(argv[2], R_OK) != 0) {
        perror(argv[2]);
    } else {
        return true;
    }
    return false;
}
