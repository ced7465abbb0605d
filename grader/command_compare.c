/*
 * command_compare.c - heaplab compare: allocators side by side, trace by
 * trace.
 */
#include "grader/commands.h"

#include "allocators/registry.h"
#include "grader/figures.h"
#include "grader/tally.h"
#include "grader/words.h"

#include <stdlib.h>
#include <string.h>

/* A row of a trace's table: one allocator. best tells the lowest interval. */
static void print_cell(const struct cell *cell, const struct cell *fastest)
{
    const struct timing *timing = &cell->timing;

    printf("  %-12s", cell->subject->name);
    if (cell->trouble || cell->verdict.wrong != WRONG_NOTHING) {
        printf(" %s\n", cell->trouble ? "no verdict"
                                      : verdict_word(cell->verdict.wrong));
        return;
    }
    printf("%5.0f%% %5.0f%%", 100 * cell->verdict.peak_utilization,
           100 * cell->verdict.mean_utilization);
    if (cell->count.counted)
        print_figure(stdout, 12, cell->count.cost);
    else
        printf("%12s", "-");
    if (timing->timed) {
        print_figure(stdout, 11, timing->per_second / 1e6);
        print_figure(stdout, 9, timing->ratio);
        printf("  ");
        print_figure(stdout, 0, timing->low);
        printf(" - ");
        print_figure(stdout, 0, timing->high);
        if (cell != fastest && fastest != NULL &&
            timing->low <= fastest->timing.high)
            printf("  ~");
    } else {
        printf("%11s", "-");
    }
    putchar('\n');
}

/* Returns the cell with the lowest time; NULL if none was timed. */
static const struct cell *fastest_of(const struct grid *grid, size_t w)
{
    const struct cell *best = NULL;

    for (size_t s = 0; s < grid->subject_count; s++) {
        const struct cell *cell = &grid->cells[s * grid->workload_count + w];
        if (cell->timing.timed &&
            (best == NULL || cell->timing.ratio < best->timing.ratio))
            best = cell;
    }
    return best;
}

static void print_trace(const struct grid *grid, size_t w)
{
    const struct workload *workload = &grid->workloads[w];
    const struct cell *fastest = fastest_of(grid, w);

    printf("%s: %s\n  %zu operations, at most ", workload->name,
           workload->trace->title, workload->trace->op_count);
    print_size(stdout, workload->trace->live_peak);
    printf(" live\n");
    printf("              utilization        cost   measured  time over\n"
           "               peak   mean       an op     M op/s  free list  "
           "interval\n");
    for (size_t s = 0; s < grid->subject_count; s++)
        print_cell(&grid->cells[s * grid->workload_count + w], fastest);
    putchar('\n');
}

static int report(const struct grid *grid, const char *json)
{
    size_t cells = grid->subject_count * grid->workload_count;
    bool trouble = false;
    FILE *out;

    for (size_t w = 0; w < grid->workload_count; w++)
        print_trace(grid, w);
    printf("cost   instructions + %d x L1 misses + %d x last-level misses, "
           "counted;\n       exact for the kit's allocators\n"
           "~      cannot be told apart from the fastest: the intervals "
           "overlap\n",
           COST_L1, COST_LAST);
    for (size_t i = 0; i < cells; i++) {
        trouble = trouble || grid->cells[i].trouble;
        if (grid->cells[i].message[0] != '\0')
            printf("\n%s", grid->cells[i].message);
    }
    if (json != NULL) {
        struct json writer = {0};
        out = json_file(json);
        if (out == NULL)
            return STATUS_USAGE;
        writer.out = out;
        json_open_object(&writer, NULL);
        json_provenance(&writer, "heaplab compare");
        json_open_list(&writer, "cells");
        for (size_t i = 0; i < cells; i++)
            json_cell(&writer, &grid->cells[i]);
        json_close_list(&writer);
        json_close_object(&writer);
        if (!json_file_close(out, json))
            return STATUS_TROUBLE;
    }
    return trouble ? STATUS_TROUBLE : STATUS_FULL;
}

/* All of the kit's, and glibc's. */
static char **usual_names(size_t *count)
{
    static char *names[SUBJECTS_MAX];

    *count = 0;
    for (size_t i = 0; i < registry_count && *count + 1 < SUBJECTS_MAX; i++)
        names[(*count)++] = (char *)registry[i].name;
    names[(*count)++] = "glibc";
    return names;
}

int run_compare(int argc, char **argv)
{
    static struct grid_request request;
    static struct grid grid;
    char error[2048];
    int status;

    argv[0] = "heaplab compare";
    grid_parse(&request, argc, argv,
               "Sets allocators side by side (all of the kit's, and glibc's "
               "malloc), on all shipped traces or on those given.");
    if (request.name_count == 0)
        request.names = usual_names(&request.name_count);
    if (!grid_open(&grid, request.names, request.name_count, request.paths,
                   request.path_count, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    grid_fill(&grid, WANT_COUNT | WANT_TIME, 0.2);
    status = report(&grid, request.json);
    grid_close(&grid);
    return status;
}
