/*
 * comparison_json.c - allocators side by side, as JSON.
 */
#include "grader/figures/comparison.h"

#include "grader/figures/heapmap.h"
#include "grader/hearing.h"

#include <stdlib.h>
#include <string.h>

/* What the figures of one allocator mean. */
static void write_standing(struct json *json,
                           const struct comparison *comparison,
                           const struct standing *all, size_t s)
{
    char *text = comparison_sentence(comparison, all, s);

    json_open_object(json, NULL);
    json_string(json, "allocator", all[s].name);
    json_bool(json, "on_the_frontier", all[s].on);
    if (all[s].wrong == NULL && all[s].peak_live > 0)
        json_bool(json, "never_reuses", all[s].never_reuses);
    json_string(json, "meaning", text);
    json_close_object(json);
    free(text);
}

/* The lines of print_winners(), as strings. */
static void write_winners(struct json *json, const struct standing *all,
                          size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *lines = open_memstream(&text, &size);

    json_open_list(json, "winners");
    if (lines != NULL) {
        print_winners(lines, all, count);
        fclose(lines);
        for (char *line = strtok(text, "\n"); line != NULL;
             line = strtok(NULL, "\n"))
            json_string(json, NULL, line);
    }
    json_close_list(json);
    free(text);
}

static void write_standings(struct json *json,
                            const struct comparison *comparison,
                            const struct standing *all)
{
    size_t count = comparison->grid->subject_count;

    json_open_list(json, "standings");
    for (size_t s = 0; s < count; s++)
        write_standing(json, comparison, all, s);
    json_close_list(json);
    write_winners(json, all, count);
}

static void write_overall(struct json *json,
                          const struct comparison *comparison)
{
    struct standing all[SUBJECTS_MAX];
    size_t scored = comparison_overall(comparison, all);

    json_open_object(json, "over_all_traces");
    json_integer(json, "traces", (long long)scored);
    if (scored > 0) {
        json_open_list(json, "figures");
        for (size_t s = 0; s < comparison->grid->subject_count; s++) {
            json_open_object(json, NULL);
            json_string(json, "allocator", all[s].name);
            json_string(json, "verdict",
                        all[s].wrong != NULL ? all[s].wrong : "ok");
            if (all[s].wrong == NULL)
                json_number(json, "utilization", all[s].utilization, 6);
            if (all[s].counted)
                json_number(json, "cost", all[s].cost, 6);
            if (all[s].timed)
                json_number(json, "time_ratio", all[s].ratio, 3);
            json_bool(json, "on_the_frontier", all[s].on);
            json_close_object(json);
        }
        json_close_list(json);
        write_winners(json, all, comparison->grid->subject_count);
    }
    json_close_object(json);
}

/* Measured, and not for points: in a list of their own. */
static void write_latencies(struct json *json,
                            const struct comparison *comparison)
{
    const struct grid *grid = comparison->grid;
    size_t cells = grid->subject_count * grid->workload_count;

    json_open_object(json, "single_calls");
    json_bool(json, "for_points", false);
    json_integer(json, "least_of_replays", LATENCY_REPLAYS);
    json_open_list(json, "nanoseconds");
    for (size_t i = 0; i < cells; i++) {
        const struct latency *latency = &comparison->latencies[i];
        json_open_object(json, NULL);
        json_string(json, "allocator", grid->cells[i].subject->name);
        json_string(json, "trace", grid->cells[i].workload->name);
        if (latency->measured) {
            json_integer(json, "percentile_50", (long long)latency->half);
            json_integer(json, "percentile_99", (long long)latency->most);
            json_integer(json, "worst", (long long)latency->worst);
            json_integer(json, "worst_operation",
                         (long long)latency->which + 1);
            json_integer(json, "clock", (long long)latency->clock);
        } else {
            json_string(json, "not_measured_because", latency->why);
        }
        json_close_object(json);
    }
    json_close_list(json);
    json_close_object(json);
}

void comparison_json(struct json *json, const struct comparison *comparison)
{
    const struct grid *grid = comparison->grid;
    struct standing all[SUBJECTS_MAX];

    json_open_list(json, "cells");
    for (size_t i = 0; i < grid->subject_count * grid->workload_count; i++)
        json_cell(json, &grid->cells[i]);
    json_close_list(json);
    json_open_list(json, "traces");
    for (size_t w = 0; w < grid->workload_count; w++) {
        comparison_standings(comparison, w, all);
        json_open_object(json, NULL);
        json_string(json, "trace", grid->workloads[w].name);
        write_standings(json, comparison, all);
        json_close_object(json);
    }
    json_close_list(json);
    write_overall(json, comparison);
    if (comparison->latencies != NULL)
        write_latencies(json, comparison);
}
