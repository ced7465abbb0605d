/*
 * figures.c - what scores and compare have in common.
 */
#include "grader/figures/figures.h"

#include "allocators/registry.h"
#include "grader/commands/commands.h"
#include "grader/figures/tally.h"
#include "grader/lab/written.h"
#include "grader/show/words.h"
#include "grader/spawn.h"
#include "grader/submission.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The kit's version; goes into every result. */
#define VERSION "0.1"

static const struct argp_option options[] = {
    {"json", 'j', "FILE", 0, "Write all figures to FILE as JSON", 0},
    {"trace", 't', "FILE", 0, "Only on this trace; may be repeated", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct grid_request *request = state->input;

    switch (key) {
    case 'j':
        request->json = argument;
        return 0;
    case 't':
        if (request->path_count == PATHS_MAX)
            argp_error(state, "at most %d traces", PATHS_MAX);
        request->paths[request->path_count++] = argument;
        return 0;
    case ARGP_KEY_ARGS:
        request->names = state->argv + state->next;
        request->name_count = (size_t)(state->argc - state->next);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp grid_argp = {.options = options, .parser = parse};

void grid_parse(struct grid_request *request, int argc, char **argv,
                const char *documentation)
{
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .args_doc = "[ALLOCATOR...]",
                              .doc = documentation};

    argp_err_exit_status = STATUS_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, request);
}

/* Opens the traces at paths, one after the other. */
static bool open_paths(struct grid *grid, char **paths, size_t count,
                       char *error, size_t size)
{
    grid->workloads = calloc(count, sizeof(*grid->workloads));
    if (grid->workloads == NULL) {
        snprintf(error, size, "there is no memory for %zu traces", count);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!workload_open(&grid->workloads[i], paths[i], error, size))
            return false;
        grid->workload_count++;
    }
    return true;
}

static bool open_subjects(struct grid *grid, char **names, size_t count,
                          char *error, size_t size)
{
    size_t wanted = count > 0 ? count : registry_count;

    if (wanted > SUBJECTS_MAX) {
        snprintf(error, size, "heaplab: at most %d allocators at once",
                 SUBJECTS_MAX);
        return false;
    }
    for (size_t i = 0; i < wanted; i++) {
        const char *name = count > 0 ? names[i] : registry[i].name;
        int used = snprintf(error, size, "heaplab: ");
        if (!subject_kit(&grid->subjects[grid->subject_count], name,
                         error + used, size - (size_t)used))
            return false;
        grid->subject_count++;
    }
    return true;
}

bool grid_open(struct grid *grid, char **names, size_t name_count,
               char **paths, size_t path_count, char *error, size_t size)
{
    size_t cells;

    memset(grid, 0, sizeof(*grid));
    if (!open_subjects(grid, names, name_count, error, size)) {
        grid_close(grid);
        return false;
    }
    if (path_count == 0)
        grid->workloads =
            workloads_shipped(&grid->workload_count, error, size);
    if (path_count == 0 ? grid->workloads == NULL
                        : !open_paths(grid, paths, path_count, error, size)) {
        grid_close(grid);
        return false;
    }
    cells = grid->subject_count * grid->workload_count;
    grid->cells = cells_new(cells);
    if (grid->cells == NULL) {
        snprintf(error, size, "there is no memory for %zu results", cells);
        grid_close(grid);
        return false;
    }
    for (size_t i = 0; i < cells; i++) {
        grid->cells[i].subject = &grid->subjects[i / grid->workload_count];
        grid->cells[i].workload = &grid->workloads[i % grid->workload_count];
    }
    return true;
}

void grid_close(struct grid *grid)
{
    for (size_t i = 0; i < grid->subject_count; i++)
        submission_remove(&grid->subjects[i]);
    cells_free(grid->cells, grid->subject_count * grid->workload_count);
    workloads_close(grid->workloads, grid->workload_count);
}

/* Leaves out each check() that is not written yet: it would hide all else. */
static void judge_by_written_checks(struct grid *grid)
{
    for (size_t s = 0; s < grid->subject_count; s++) {
        struct cell *row = &grid->cells[s * grid->workload_count];
        bool written =
            check_is_written(&grid->subjects[s], &grid->workloads[0]);
        for (size_t w = 0; w < grid->workload_count; w++)
            row[w].check = written;
    }
}

void grid_fill(struct grid *grid, unsigned want, double budget)
{
    judge_by_written_checks(grid);
    cells_fill(grid->cells, grid->subject_count * grid->workload_count, want,
               budget);
}

void json_provenance(struct json *json, const char *command)
{
    const char *version[] = {"valgrind", "--version", NULL};
    char text[128];

    json_open_object(json, "made_with");
    json_string(json, "heaplab", VERSION);
    json_string(json, "command", command);
    json_string(json, "compiler", __VERSION__);
    text[0] = '\0';
    if (can_count() && capture(version, NULL, text, sizeof(text)) == 0)
        text[strcspn(text, "\n")] = '\0';
    json_string(json, "valgrind", text[0] != '\0' ? text : NULL);
    json_close_object(json);
}

static void json_count(struct json *json, const struct count *count)
{
    if (!count->counted) {
        json_string(json, "cost", NULL);
        json_string(json, "not_counted_because", count->why);
        return;
    }
    json_number(json, "cost", count->cost, 6);
    json_integer(json, "instructions", count->instructions);
    json_integer(json, "l1_misses", count->l1_misses);
    json_integer(json, "last_level_misses", count->last_misses);
    json_bool(json, "same_pointers", count->deviation == DEVIATES_NOT);
}

static void json_timing(struct json *json, const struct timing *timing)
{
    if (!timing->timed) {
        json_string(json, "time_ratio", NULL);
        return;
    }
    json_number(json, "time_ratio", timing->ratio, 3);
    json_number(json, "time_ratio_low", timing->low, 3);
    json_number(json, "time_ratio_high", timing->high, 3);
    json_integer(json, "operations_a_second", (long long)timing->per_second);
    json_integer(json, "timed_pairs", (long long)timing->pairs);
}

/* FNV-1a (Fowler, Noll, Vo) of the operations: the same trace, the same. */
static void json_hash(struct json *json, const struct trace *trace)
{
    const unsigned char *byte = (const unsigned char *)trace->ops;
    uint64_t hash = (uint64_t)0xcbf29ce484222325;
    char text[20];

    for (size_t i = 0; i < trace->op_count * sizeof(struct op); i++)
        hash = (hash ^ byte[i]) * (uint64_t)0x100000001b3;
    snprintf(text, sizeof(text), "%016llx", (unsigned long long)hash);
    json_string(json, "trace_hash", text);
}

void json_cell(struct json *json, const struct cell *cell)
{
    json_open_object(json, NULL);
    json_string(json, "allocator", cell->subject->name);
    json_string(json, "trace", cell->workload->name);
    json_hash(json, cell->workload->trace);
    json_integer(json, "operations",
                 (long long)cell->workload->trace->op_count);
    json_integer(json, "threads", (long long)cell->workload->trace->threads);
    json_string(json, "verdict",
                cell->trouble ? NULL : verdict_word(cell->verdict.wrong));
    if (cell->message[0] != '\0')
        json_string(json, "message", cell->message);
    if (!cell->trouble && cell->verdict.wrong == WRONG_NOTHING) {
        json_bool(json, "scored", is_scored(cell->workload->trace));
        json_integer(json, "peak_live", (long long)cell->verdict.peak_live);
        json_integer(json, "peak_committed",
                     (long long)cell->verdict.peak_committed);
        json_number(json, "peak_utilization", cell->verdict.peak_utilization,
                    6);
        json_number(json, "mean_utilization", cell->verdict.mean_utilization,
                    6);
        json_number(json, "utilization", cell_utilization(cell), 6);
        json_count(json, &cell->count);
        json_timing(json, &cell->timing);
    }
    json_close_object(json);
}

FILE *json_file(const char *path)
{
    FILE *out = fopen(path, "we");

    if (out == NULL)
        fprintf(stderr, "heaplab: %s: %s\n", path, strerror(errno));
    return out;
}

bool json_file_close(FILE *out, const char *path)
{
    bool written = !ferror(out);

    written = fclose(out) == 0 && written;
    if (!written)
        fprintf(stderr, "heaplab: %s: %s\n", path, strerror(errno));
    return written;
}
