/*
 * figures.h - what scores and compare have in common: which allocators, which
 * traces, and the figures of a cell in JSON.
 */
#ifndef GRADER_FIGURES_FIGURES_H
#define GRADER_FIGURES_FIGURES_H

#include "grader/cell.h"
#include "grader/figures/json.h"

#include <argp.h>

#define SUBJECTS_MAX 64

/* Allocators by traces: the cell of subject s on workload w is
   cells[s * workload_count + w]. */
struct grid {
    struct subject subjects[SUBJECTS_MAX];
    size_t subject_count;
    struct workload *workloads;
    size_t workload_count;
    struct cell *cells;
};

#define PATHS_MAX 256

/* What the commands that fill a grid are told. */
struct grid_request {
    char *json;   /* file for the figures; NULL: none */
    char **names; /* of allocators */
    size_t name_count;
    char *paths[PATHS_MAX]; /* of traces */
    size_t path_count;
};

/* Reads --json, --trace and the allocators' names into the struct grid_request
   that is its input: what grid_parse() reads, as a child of another argp. */
extern const struct argp grid_argp;

/*
 * Reads the command line of a command whose help is documentation, in argp's
 * form. Does not return if it is wrong, or asks for help.
 */
void grid_parse(struct grid_request *request, int argc, char **argv,
                const char *documentation);

/*
 * Sets up the grid: the allocators called names (all of the kit's if there are
 * none), and the traces at paths (all that are shipped if there are none).
 * Returns false with a message in error if one of them is not to be had.
 */
bool grid_open(struct grid *grid, char **names, size_t name_count,
               char **paths, size_t path_count, char *error, size_t size);

void grid_close(struct grid *grid);

/* Works on every cell of the grid. A check() is called if it is written. */
void grid_fill(struct grid *grid, unsigned want, double budget);

/*
 * Writes what the figures were made with: the kit's version, the compiler,
 * valgrind, and the command that makes them again.
 */
void json_provenance(struct json *json, const char *command);

/* Writes all figures of a cell as an object. */
void json_cell(struct json *json, const struct cell *cell);

/*
 * Opens the file that --json names. Returns NULL and prints why if it cannot
 * be written.
 */
FILE *json_file(const char *path);

/* Closes what json_file() opened. Returns false and prints why if not all of
   it could be written. */
bool json_file_close(FILE *out, const char *path);

#endif
