/*
 * accept.c - tries variants of traces on the kit's own allocator.
 *
 * All traces are looked for at the same time, a set of variants after the
 * other, so that the processors have something to do.
 */
#include "grader/lab/accept.h"

#include "grader/figures/tally.h"
#include "traces/vary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Failures in a row from which on something else is tried. */
#define FAILED_MOST ((size_t)2)

/* Seeds in a row whose live peak moves: then there is none that does not. */
#define MOVED_MOST ((size_t)500)

/* A trace on which the reference is tried, and what came of it. */
struct trial {
    struct workload workload;
    bool open;     /* is it to be tried in this round? */
    bool right;    /* on all steps that replay it */
    size_t window; /* for the next variant; 0: there will be none */
    size_t failed; /* in a row, with this window */
    uint64_t counter;
    struct reach reach;
    char why[256]; /* what was wrong */
};

/* What is tried on: the reference, as each step runs it. */
struct reference {
    const struct rubric *rubric;
    struct subject subjects[STEPS_MAX];
};

static bool step_replays(const struct step *step, const char *name)
{
    for (size_t i = 0; i < step->trace_count; i++) {
        if (strcmp(step->traces[i], name) == 0)
            return true;
    }
    return false;
}

bool may_vary(const struct rubric *rubric, const char *name,
              const struct trace *trace)
{
    for (size_t i = 0; i < rubric->step_count; i++) {
        const struct step *step = &rubric->steps[i];
        if (step->broken_count > 0 && strcmp(step->traces[0], name) == 0)
            return false;
    }
    return is_scored(trace);
}

/* Is value within share of what was? */
static bool is_near(double was, double value, double share)
{
    return value >= was * (1 - share) && value <= was * (1 + share);
}

bool reach_agrees(const struct reach *shipped, const struct reach *variant)
{
    return is_near(shipped->utilization, variant->utilization,
                   ACCEPT_UTILIZATION) &&
           is_near(shipped->cost, variant->cost, ACCEPT_COST);
}

/* Takes the result of a cell into the trial that it belongs to. */
static void take_cell(struct trial *trial, const struct step *step,
                      const struct cell *cell)
{
    bool counted = step->measure == MEASURE_COST;

    if (cell->trouble || cell->verdict.wrong != WRONG_NOTHING ||
        (counted &&
         (!cell->count.counted || cell->count.deviation != DEVIATES_NOT))) {
        trial->right = false;
        snprintf(trial->why, sizeof(trial->why), "%.255s",
                 cell->trouble                    ? cell->message
                 : cell->short_message[0] != '\0' ? cell->short_message
                                                  : "it cannot be counted");
    }
    if (step->measure == MEASURE_UTILIZATION)
        trial->reach.utilization = cell_utilization(cell);
    if (counted)
        trial->reach.cost = cell->count.cost;
}

/*
 * Replays the open trials for the steps that count, or for those that do not.
 * Returns false if there is no memory.
 */
static bool try_steps(struct trial *trials, const struct secret *secret,
                      const struct reference *reference, bool counted)
{
    const struct rubric *rubric = reference->rubric;
    size_t room = secret->count * rubric->step_count;
    struct cell *cells = cells_new(room + 1);
    size_t(*seats)[2] = calloc(room + 1, sizeof(*seats));
    size_t count = 0;
    bool ready = cells != NULL && seats != NULL;

    for (size_t i = 0; ready && i < room; i++) {
        size_t at = i / rubric->step_count;
        const struct step *step = &rubric->steps[i % rubric->step_count];
        if (!trials[at].open || counted != (step->measure == MEASURE_COST) ||
            !step_replays(step, secret->traces[at].name))
            continue;
        cells[count].subject = &reference->subjects[i % rubric->step_count];
        cells[count].workload = &trials[at].workload;
        cells[count].check = step->check;
        cells[count].properties = step->properties;
        seats[count][0] = at;
        seats[count++][1] = i % rubric->step_count;
    }
    if (count > 0)
        cells_fill(cells, count, counted ? WANT_COUNT : 0, 0);
    for (size_t i = 0; i < count; i++)
        take_cell(&trials[seats[i][0]], &rubric->steps[seats[i][1]],
                  &cells[i]);
    free(seats);
    cells_free(cells, room + 1);
    return ready;
}

/* Replays the open trials for all steps. */
static bool try_all(struct trial *trials, const struct secret *secret,
                    const struct reference *reference)
{
    for (size_t i = 0; i < secret->count; i++) {
        trials[i].right = true;
        trials[i].reach = (struct reach){.utilization = 0};
    }
    return try_steps(trials, secret, reference, false) &&
           try_steps(trials, secret, reference, true);
}

/*
 * Makes the next variant number k whose live peak agrees with the trace's the
 * trial's own. If there is none, its window becomes 0. Returns false if there
 * is no memory.
 */
static bool next_variant(struct trial *trial, const struct secret *secret,
                         struct varied *varied, const struct trace *shipped,
                         size_t k)
{
    struct trace_error error;
    size_t moved = 0;

    for (; moved < MOVED_MOST; moved++) {
        uint64_t seed = secret_seed(secret, varied->name, k, trial->counter);
        trace_free(trial->workload.trace);
        trial->workload.trace =
            trace_vary(shipped, seed, trial->window, &error);
        if (trial->workload.trace == NULL)
            return false;
        if (trace_peaks_agree(shipped, trial->workload.trace))
            return true;
        trial->counter++;
        varied->moved++;
    }
    trial->window = 0;
    return true;
}

/* Ends a trial as it went: the variant is accepted, or another follows. */
static void end_trial(struct trial *trial, struct varied *varied, size_t k)
{
    if (trial->right && reach_agrees(&varied->reach, &trial->reach)) {
        varied->variants[k] = (struct variant){.window = trial->window,
                                               .counter = trial->counter,
                                               .reach = trial->reach};
        trial->failed = 0;
        trial->open = false;
        return;
    }
    varied->failed++;
    trial->counter++;
    if (++trial->failed >= FAILED_MOST) {
        trial->window /= 2;
        trial->failed = 0;
    }
}

/* Finds variant number k of each trace whose window is not 0. */
static bool find_set(struct trial *trials, struct secret *secret,
                     const struct workload *shipped,
                     const struct reference *reference, size_t k)
{
    bool more = true;

    for (size_t i = 0; i < secret->count; i++) {
        trials[i].counter = 0;
        trials[i].open = true;
        secret->traces[i].variants[k].reach = secret->traces[i].reach;
    }
    while (more) {
        more = false;
        for (size_t i = 0; i < secret->count; i++) {
            struct trial *trial = &trials[i];
            if (trial->open && trial->window > 0 &&
                !next_variant(trial, secret, &secret->traces[i],
                              shipped[i].trace, k))
                return false;
            trial->open = trial->open && trial->window > 0;
            more = more || trial->open;
        }
        if (more && !try_all(trials, secret, reference))
            return false;
        for (size_t i = 0; i < secret->count; i++) {
            if (trials[i].open)
                end_trial(&trials[i], &secret->traces[i], k);
        }
    }
    return true;
}

/* Tries the traces as they are shipped. */
static bool try_shipped(struct trial *trials, struct secret *secret,
                        const struct workload *shipped,
                        const struct reference *reference, char *error,
                        size_t size)
{
    for (size_t i = 0; i < secret->count; i++) {
        trials[i].workload = shipped[i];
        trials[i].open = true;
    }
    bool tried = try_all(trials, secret, reference);
    if (!tried)
        snprintf(error, size, "there is no memory for the traces");
    for (size_t i = 0; i < secret->count; i++) {
        struct trial *trial = &trials[i];
        struct varied *varied = &secret->traces[i];
        trial->workload.trace = NULL;
        varied->reach = trial->reach;
        if (may_vary(reference->rubric, varied->name, shipped[i].trace))
            trial->window = VARY_WINDOW_MAX;
        if (tried && !trial->right) {
            snprintf(error, size, "heaplab: the reference fails: %.200s",
                     trial->why);
            tried = false;
        }
    }
    return tried;
}

/* Makes *cell as bad as the worst of the variants. */
static void worst_cell(struct cell *cell, const struct varied *varied)
{
    double utilization = varied->reach.utilization;
    double cost = varied->reach.cost;

    for (size_t k = 0; k < SECRET_VARIANTS; k++) {
        const struct reach *reach = &varied->variants[k].reach;
        if (reach->utilization < utilization)
            utilization = reach->utilization;
        if (reach->cost > cost)
            cost = reach->cost;
    }
    cell->verdict.peak_utilization = utilization;
    cell->verdict.mean_utilization = utilization;
    cell->count.counted = true;
    cell->count.cost = cost;
}

/* Has the reference full marks for a step, whatever variants are dealt? */
static bool keeps_marks(const struct secret *secret, const struct step *step)
{
    struct cell *cells;
    size_t count = 0;
    struct tally tally;

    if (step->measure == MEASURE_CORRECT)
        return true;
    cells = cells_new(step->trace_count);
    if (cells == NULL)
        return false;
    for (size_t i = 0; i < secret->count; i++) {
        if (step_replays(step, secret->traces[i].name))
            worst_cell(&cells[count++], &secret->traces[i]);
    }
    tally = tally_cells(cells, count, false);
    cells_free(cells, step->trace_count);
    return step_points(step,
                       step->measure == MEASURE_COST ? tally.cost
                                                     : tally.utilization,
                       false) == step->points;
}

static bool all_keep_marks(const struct secret *secret,
                           const struct rubric *rubric, char *error,
                           size_t size)
{
    for (size_t i = 0; i < rubric->step_count; i++) {
        const struct step *step = &rubric->steps[i];
        if (keeps_marks(secret, step))
            continue;
        snprintf(error, size,
                 "heaplab: %s: with variants of the traces the reference may "
                 "lose points in step %s; give its 'full' more room",
                 rubric->lab, step->name);
        return false;
    }
    return true;
}

bool accept_variants(struct secret *secret, const struct workload *shipped,
                     const struct rubric *rubric, char *error, size_t size)
{
    struct reference *reference = calloc(1, sizeof(*reference));
    struct trial *trials = calloc(secret->count + 1, sizeof(*trials));
    bool good = reference != NULL && trials != NULL;

    if (!good)
        snprintf(error, size, "there is no memory for the traces");
    if (good)
        reference->rubric = rubric;
    for (size_t i = 0; good && i < rubric->step_count; i++) {
        const char *own = rubric->steps[i].allocator;
        good = subject_kit(&reference->subjects[i],
                           own[0] != '\0' ? own : rubric->allocator, error,
                           size);
    }
    good =
        good && try_shipped(trials, secret, shipped, reference, error, size);
    for (size_t k = 0; good && k < SECRET_VARIANTS; k++) {
        good = find_set(trials, secret, shipped, reference, k);
        if (!good)
            snprintf(error, size, "there is no memory for the variants");
    }
    for (size_t i = 0; trials != NULL && i < secret->count; i++)
        trace_free(trials[i].workload.trace);
    free(trials);
    free(reference);
    return good && all_keep_marks(secret, rubric, error, size);
}
