/*
 * command_scores.c - heaplab scores: the kit's allocators on one scale.
 *
 * All are scored on all shipped traces by the scale in grader/scores.rubric:
 * the same points for the same figures, whatever the policy.
 */
#include "grader/commands/commands.h"

#include "grader/figures/figures.h"
#include "grader/figures/tally.h"
#include "grader/lab/rubric.h"
#include "grader/show/words.h"

#include <math.h>

/* The two steps of the scale. */
struct scale {
    const struct step *utilization;
    const struct step *throughput;
};

/* Points of an allocator; throughput by time if nothing was counted. */
struct points {
    int utilization;
    int throughput;
    bool provisional;
};

static bool read_scale(struct rubric *rubric, struct scale *scale,
                       char *error, size_t size)
{
    char path[PATH_ROOM];

    path_kit(path, "grader/scores.rubric");
    if (!rubric_read(rubric, path, error, size))
        return false;
    for (size_t i = 0; i < rubric->step_count; i++) {
        if (rubric->steps[i].measure == MEASURE_UTILIZATION)
            scale->utilization = &rubric->steps[i];
        if (rubric->steps[i].measure == MEASURE_COST)
            scale->throughput = &rubric->steps[i];
    }
    if (scale->utilization != NULL && scale->throughput != NULL)
        return true;
    snprintf(error, size, "%.400s: a step for each measure is wanted", path);
    return false;
}

static struct points points_of(const struct scale *scale,
                               const struct tally *tally)
{
    struct points points = {.provisional = !tally->counted};

    if (tally->wrong > 0 || tally->scored == 0)
        return (struct points){0};
    points.utilization =
        step_points(scale->utilization, tally->utilization, false);
    points.throughput = step_points(
        scale->throughput, tally->counted ? tally->cost : tally->ratio,
        points.provisional);
    return points;
}

static void print_head(const struct grid *grid)
{
    size_t scored = 0;
    size_t longest = 0;

    for (size_t w = 0; w < grid->workload_count; w++) {
        scored += is_scored(grid->workloads[w].trace);
        if (grid->workloads[w].trace->op_count > longest)
            longest = grid->workloads[w].trace->op_count;
    }
    printf("%zu allocator%s, %zu trace%s judged, %zu of them scored "
           "(live peak 256 KiB or more)\n\n",
           grid->subject_count, grid->subject_count == 1 ? "" : "s",
           grid->workload_count, grid->workload_count == 1 ? "" : "s",
           scored);
    printf("            utilization          counted cost     measured time"
           "\n");
    printf("            peak  mean  points   an op  points    M op/s  ratio"
           "  interval\n");
}

static void print_row(const struct subject *subject,
                      const struct tally *tally, const struct points *points,
                      const struct scale *scale)
{
    char interval[32] = "";

    printf("%-10s ", subject->name);
    if (tally->trouble || tally->wrong > 0) {
        printf("%s on %zu of %zu traces\n",
               tally->trouble ? "no verdict" : "wrong", tally->wrong,
               tally->cells);
        return;
    }
    if (tally->scored == 0) {
        printf("ok, and no trace is large enough to be scored\n");
        return;
    }
    printf("%4.0f%% %4.0f%%  %3d/%d ", 100 * tally->peak, 100 * tally->mean,
           points->utilization, scale->utilization->points);
    if (tally->counted)
        print_figure(stdout, 7, tally->cost);
    else
        printf("      -");
    printf("  %3d/%d%c", points->throughput, scale->throughput->points,
           points->provisional ? '*' : ' ');
    if (tally->timed) {
        snprintf(interval, sizeof(interval), "%.1f-%.1f", tally->low,
                 tally->high);
        printf("  %6.2f ", tally->per_second / 1e6);
        print_figure(stdout, 6, tally->ratio);
    }
    printf("  %-13s %s\n", interval, "ok");
}

static void print_foot(const struct scale *scale, bool provisional)
{
    printf("\nutilization  live bytes over committed bytes, at the peak and "
           "as a "
           "mean along\n             the trace; points from %.0f %% up to "
           "%.0f %%\n",
           100 * scale->utilization->floor, 100 * scale->utilization->full);
    printf("counted      instructions + %d x L1 misses + %d x last-level "
           "misses of an\n             operation, exact; points from %.0f "
           "down to %.0f\n",
           COST_L1, COST_LAST, scale->throughput->floor,
           scale->throughput->full);
    printf(
        "measured     operations a second, and the time over that of a bare "
        "free list\n             with its 95 %% interval; it varies, and "
        "earns nothing\n");
    if (provisional)
        printf(
            "*            provisional: from the measured ratio, %.0f down to "
            "%.0f, for there is\n             no valgrind to count with; "
            "to get it:\n             sudo apt-get install -y valgrind\n",
            scale->throughput->time_floor, scale->throughput->time_full);
}

/* Prints the messages of what went wrong, one for each allocator. */
static void print_wrong(const struct grid *grid)
{
    for (size_t s = 0; s < grid->subject_count; s++) {
        struct tally tally =
            tally_cells(&grid->cells[s * grid->workload_count],
                        grid->workload_count, true);
        if (tally.first != NULL)
            printf("\n%s", tally.first->message);
    }
}

static void write_json(FILE *out, const struct grid *grid,
                       const struct scale *scale)
{
    struct json json = {.out = out};

    json_open_object(&json, NULL);
    json_provenance(&json, "heaplab scores");
    json_open_list(&json, "scores");
    for (size_t s = 0; s < grid->subject_count; s++) {
        struct tally tally =
            tally_cells(&grid->cells[s * grid->workload_count],
                        grid->workload_count, true);
        struct points points = points_of(scale, &tally);
        json_open_object(&json, NULL);
        json_string(&json, "allocator", grid->subjects[s].name);
        json_string(&json, "verdict",
                    tally.wrong == 0 ? "ok" : tally.first->short_message);
        json_number(&json, "peak_utilization", tally.peak, 6);
        json_number(&json, "mean_utilization", tally.mean, 6);
        json_integer(&json, "utilization_points", points.utilization);
        json_number(&json, "cost", tally.counted ? tally.cost : (double)NAN,
                    6);
        json_integer(&json, "throughput_points", points.throughput);
        json_bool(&json, "provisional", points.provisional);
        json_number(&json, "time_ratio", tally.ratio, 3);
        json_number(&json, "time_ratio_low", tally.low, 3);
        json_number(&json, "time_ratio_high", tally.high, 3);
        json_integer(&json, "operations_a_second",
                     (long long)tally.per_second);
        json_close_object(&json);
    }
    json_close_list(&json);
    json_open_list(&json, "cells");
    for (size_t i = 0; i < grid->subject_count * grid->workload_count; i++)
        json_cell(&json, &grid->cells[i]);
    json_close_list(&json);
    json_close_object(&json);
}

/* Prints everything; returns the exit status. */
static int report(const struct grid *grid, const struct scale *scale,
                  const char *json)
{
    bool provisional = false;
    bool trouble = false;
    FILE *out;

    print_head(grid);
    for (size_t s = 0; s < grid->subject_count; s++) {
        struct tally tally =
            tally_cells(&grid->cells[s * grid->workload_count],
                        grid->workload_count, true);
        struct points points = points_of(scale, &tally);
        print_row(&grid->subjects[s], &tally, &points, scale);
        provisional = provisional || points.provisional;
        trouble = trouble || tally.trouble;
    }
    print_foot(scale, provisional);
    print_wrong(grid);
    if (json != NULL) {
        out = json_file(json);
        if (out == NULL)
            return STATUS_USAGE;
        write_json(out, grid, scale);
        if (!json_file_close(out, json))
            return STATUS_TROUBLE;
    }
    return trouble ? STATUS_TROUBLE : STATUS_FULL;
}

int run_scores(int argc, char **argv)
{
    static struct grid_request request;
    struct scale scale = {0};
    static struct grid grid;
    static struct rubric rubric;
    char error[2048];
    int status;

    argv[0] = "heaplab scores";
    grid_parse(&request, argc, argv,
               "Scores allocators (all of the kit's) on the traces that it "
               "ships, or on those given.");
    if (!read_scale(&rubric, &scale, error, sizeof(error)) ||
        !grid_open(&grid, request.names, request.name_count, request.paths,
                   request.path_count, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    grid_fill(&grid, WANT_COUNT | WANT_TIME, 0.3);
    status = report(&grid, &scale, request.json);
    grid_close(&grid);
    return status;
}
