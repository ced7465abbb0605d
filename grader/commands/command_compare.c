/*
 * command_compare.c - heaplab compare: allocators side by side, trace by
 * trace.
 */
#include "grader/commands/commands.h"

#include "allocators/registry.h"
#include "grader/commands/arguments.h"
#include "grader/figures/comparison.h"

#include <stdlib.h>

/* What the command line asks for. */
struct order {
    struct grid_request request;
    bool exact;   /* no measured time */
    bool maps;    /* a map for each */
    bool latency; /* and single calls' times */
};

enum { KEY_EXACT = 0x300, KEY_MAPS, KEY_LATENCY };

static const struct argp_option options[] = {
    {"exact", KEY_EXACT, NULL, 0,
     "Leave measured time out: the rest is the same every time", 0},
    {"latency", KEY_LATENCY, NULL, 0,
     "Measure single calls too: half of them, 99 of 100, and the worst", 0},
    {"maps", KEY_MAPS, NULL, 0, "Draw each heap over time", 0},
    {0},
};

/* NOLINTNEXTLINE(readability-non-const-parameter): argp's type */
static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct order *order = state->input;

    (void)argument;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &order->request;
        return 0;
    case KEY_EXACT:
        order->exact = true;
        return 0;
    case KEY_MAPS:
        order->maps = true;
        return 0;
    case KEY_LATENCY:
        order->latency = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&grid_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    options,
    parse,
    "[ALLOCATOR...]",
    "Sets allocators side by side (all of the kit's, and glibc's malloc), on "
    "all shipped traces or on those given.",
    children,
    NULL,
    NULL};

/* Writes the file that --json names. Returns the program's exit status. */
static int write_json(const struct comparison *comparison, const char *path)
{
    struct json json = {.out = json_file(path)};

    if (json.out == NULL)
        return STATUS_USAGE;
    json_open_object(&json, NULL);
    json_provenance(&json, "heaplab compare");
    comparison_json(&json, comparison);
    json_close_object(&json);
    return json_file_close(json.out, path) ? STATUS_FULL : STATUS_TROUBLE;
}

static int report(const struct comparison *comparison, const char *json)
{
    const struct grid *grid = comparison->grid;
    size_t cells = grid->subject_count * grid->workload_count;
    bool trouble = false;
    int status = STATUS_FULL;

    comparison_print(stdout, comparison);
    for (size_t i = 0; i < cells; i++) {
        trouble = trouble || grid->cells[i].trouble;
        if (grid->cells[i].message[0] != '\0')
            printf("\n%s", grid->cells[i].message);
    }
    if (json != NULL)
        status = write_json(comparison, json);
    return status == STATUS_FULL && trouble ? STATUS_TROUBLE : status;
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

/* Times single calls of the cells that are right. NULL: no memory. */
static struct latency *latencies_of(const struct grid *grid)
{
    size_t cells = grid->subject_count * grid->workload_count;
    struct latency *latencies = calloc(cells, sizeof(*latencies));

    for (size_t i = 0; latencies != NULL && i < cells; i++) {
        const struct cell *cell = &grid->cells[i];
        if (cell->trouble || cell->verdict.wrong != WRONG_NOTHING)
            snprintf(latencies[i].why, sizeof(latencies[i].why),
                     "is not right on it");
        else
            measure_latency(&latencies[i], cell->subject,
                            cell->workload->trace);
    }
    return latencies;
}

int run_compare(int argc, char **argv)
{
    static struct order order;
    static struct grid grid;
    struct grid_request *request = &order.request;
    struct comparison comparison = {.grid = &grid};
    char error[2048];
    int status;

    arguments_parse(&argp, "heaplab compare", argc, argv, 0, &order);
    if (request->name_count == 0)
        request->names = usual_names(&request->name_count);
    if (!grid_open(&grid, request->names, request->name_count, request->paths,
                   request->path_count, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    grid_fill(&grid, WANT_COUNT | WANT_REUSE | (order.exact ? 0 : WANT_TIME),
              0.2);
    comparison.exact = order.exact;
    comparison.maps = order.maps;
    if (order.latency)
        comparison.latencies = latencies_of(&grid);
    status = report(&comparison, request->json);
    free(comparison.latencies);
    grid_close(&grid);
    return status;
}
