/*
 * meaning.c - what the figures of several allocators mean, in sentences.
 */
#include "grader/figures/meaning.h"

#include "grader/figures/frontier.h"
#include "grader/show/words.h"

#include <stdlib.h>
#include <string.h>

/* Is anything allocated after something was freed? */
static bool could_reuse(const struct trace *trace)
{
    bool freed = false;

    for (size_t i = 0; i < trace->op_count; i++) {
        if (freed && op_has_size(trace->ops[i].kind))
            return true;
        freed = freed || trace->ops[i].kind == OP_FREE;
    }
    return false;
}

struct standing standing_of(const struct cell *cell)
{
    const struct verdict *verdict = &cell->verdict;
    struct standing standing = {.name = cell->subject->name};
    bool roughly = strcmp(cell->subject->name, "glibc") == 0;

    if (cell->trouble || verdict->wrong != WRONG_NOTHING) {
        standing.wrong =
            cell->trouble ? "no verdict" : verdict_word(verdict->wrong);
        return standing;
    }
    standing.counted = cell->count.counted;
    standing.cost = cell->count.cost;
    standing.threaded = cell->workload->trace->threads > 1;
    standing.metered = !roughly || is_scored(cell->workload->trace);
    standing.utilization = cell_utilization(cell);
    standing.peak_live = verdict->peak_live;
    standing.peak_committed = verdict->peak_committed;
    standing.timed = cell->timing.timed;
    standing.ratio = cell->timing.ratio;
    standing.low = cell->timing.low;
    standing.high = cell->timing.high;
    standing.never_reuses =
        cell->never_reuses && could_reuse(cell->workload->trace);
    return standing;
}

struct standing standing_over(const char *name, const struct tally *tally)
{
    struct standing standing = {.name = name};

    if (tally->wrong > 0 || tally->scored == 0) {
        standing.wrong = tally->wrong > 0 ? "not right on all" : "not scored";
        return standing;
    }
    standing.counted = tally->counted;
    standing.cost = tally->cost;
    standing.metered = true;
    standing.utilization = tally->utilization;
    standing.timed = tally->timed;
    standing.ratio = tally->ratio;
    standing.low = tally->low;
    standing.high = tally->high;
    return standing;
}

size_t standings_mark(struct standing *all, size_t count)
{
    struct point *points = calloc(count + 1, sizeof(*points));
    size_t found = 0, known = 0;

    for (size_t i = 0; points != NULL && i < count; i++) {
        points[i] = (struct point){.cost = all[i].cost,
                                   .utilization = all[i].utilization,
                                   .known = all[i].counted && all[i].metered};
    }
    for (size_t i = 0; points != NULL && i < count; i++)
        known += points[i].known;
    if (known > 1)
        found = frontier_mark(points, count);
    for (size_t i = 0; i < count; i++)
        all[i].on = known > 1 && points[i].on;
    free(points);
    return found;
}

/* --- who is best ------------------------------------------------------- */

/* One of the three dimensions: is the figure there, and what is it? Less is
   better. */
typedef bool figure_function(const struct standing *standing, double *value);

static bool cost_figure(const struct standing *standing, double *value)
{
    *value = standing->cost;
    return standing->counted;
}

static bool waste_figure(const struct standing *standing, double *value)
{
    *value = -standing->utilization;
    return standing->metered;
}

static bool time_figure(const struct standing *standing, double *value)
{
    *value = standing->ratio;
    return standing->timed;
}

/* Returns the first with the best figure, or NULL; *known is how many have
   one. */
static const struct standing *best_of(const struct standing *all,
                                      size_t count, figure_function *figure,
                                      size_t *known)
{
    const struct standing *best = NULL;
    double least = 0;

    *known = 0;
    for (size_t i = 0; i < count; i++) {
        double value;
        if (!figure(&all[i], &value))
            continue;
        (*known)++;
        if (best == NULL || value < least) {
            best = &all[i];
            least = value;
        }
    }
    return best;
}

/* Is one as good as best, or not to be told apart from it? */
static bool is_level(const struct standing *one, const struct standing *best,
                     figure_function *figure)
{
    double value, least;

    if (!figure(one, &value) || !figure(best, &least))
        return false;
    if (figure == time_figure)
        return one == best || one->low <= best->high;
    return value <= least;
}

/* Prints "cheapest: bump." or "tightest: kr and kr-best, alike." */
static void print_best(FILE *out, const struct standing *all, size_t count,
                       const char *title, figure_function *figure)
{
    bool is_time = figure == time_figure;
    size_t known, level = 0, named = 0;
    const struct standing *best = best_of(all, count, figure, &known);

    if (known < 2)
        return;
    for (size_t i = 0; i < count; i++)
        level += is_level(&all[i], best, figure);
    fprintf(out, "%s: ", title);
    for (size_t i = 0; i < count; i++) {
        if (!is_level(&all[i], best, figure))
            continue;
        named++;
        fprintf(out, "%s%s", all[i].name,
                named == level       ? ""
                : named + 1 != level ? ", "
                : is_time            ? " or "
                                     : " and ");
    }
    if (level > 1)
        fputs(is_time ? ", not to be told apart" : ", alike", out);
    fputs(".\n", out);
}

static int by_cost(const void *one, const void *other)
{
    const struct standing *a = *(const struct standing *const *)one;
    const struct standing *b = *(const struct standing *const *)other;

    if (a->cost != b->cost)
        return a->cost < b->cost ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* Prints "on the frontier: bump (cheapest), buddy, kr (tightest)." */
static void print_frontier(FILE *out, const struct standing *all,
                           size_t count)
{
    const struct standing **on = calloc(count + 1, sizeof(const void *));
    size_t found = 0, known;
    const struct standing *cheapest =
        best_of(all, count, cost_figure, &known);
    const struct standing *tightest =
        best_of(all, count, waste_figure, &known);

    for (size_t i = 0; on != NULL && i < count; i++) {
        if (all[i].on)
            on[found++] = &all[i];
    }
    if (found > 0) {
        qsort(on, found, sizeof(const void *), by_cost);
        fputs("on the frontier: ", out);
    }
    for (size_t i = 0; i < found; i++) {
        bool cheap = is_level(on[i], cheapest, cost_figure);
        bool tight = is_level(on[i], tightest, waste_figure);
        fprintf(out, "%s%s%s", on[i]->name,
                cheap && tight ? " (cheapest and tightest)"
                : cheap        ? " (cheapest)"
                : tight        ? " (tightest)"
                               : "",
                i + 1 < found ? ", " : ".\n");
    }
    free(on);
}

void print_winners(FILE *out, const struct standing *all, size_t count)
{
    size_t right = 0, costs, known;

    for (size_t i = 0; i < count; i++)
        right += all[i].wrong == NULL;
    if (right < 2)
        return;
    (void)best_of(all, count, cost_figure, &costs);
    (void)best_of(all, count, waste_figure, &known);
    print_best(out, all, count, "cheapest", cost_figure);
    print_best(out, all, count, "tightest", waste_figure);
    print_best(out, all, count, "fastest", time_figure);
    if (costs > 1 && known > 1)
        print_frontier(out, all, count);
}

/* --- each beside the best ---------------------------------------------- */

/* Prints how much more a is than b, both above 0 and a the larger: "14 %
   more than", "8.3 times as much as", with the words for either. */
static void print_more(FILE *out, double a, double b, const char *more,
                       const char *times)
{
    double ratio = a / b;

    if (ratio < 1.0005)
        fprintf(out, "less than 0.1 %% %s", more);
    else if (ratio < 1.995)
        fprintf(out, "%.*f %% %s", ratio < 1.0095, 100 * (ratio - 1), more);
    else
        fprintf(out, "%.*f %s", ratio < 9.95, ratio, times);
}

/* What is said of one, part by part. */
struct saying {
    FILE *out;
    size_t parts; /* said so far */
};

/* Begins another part of the sentence. */
static FILE *part(struct saying *saying, const char *joint)
{
    if (saying->parts++ > 0)
        fputs(joint, saying->out);
    return saying->out;
}

static void say_cost(struct saying *saying, const struct standing *one,
                     const struct standing *cheapest)
{
    FILE *out;

    if (!one->counted)
        return;
    if (is_level(one, cheapest, cost_figure)) {
        fputs("cheapest", part(saying, "; "));
        return;
    }
    out = part(saying, "; ");
    fputs("costs ", out);
    if (cheapest->cost < 1) /* what a difference of misses may come to */
        fprintf(out, "%.0f an operation more than",
                one->cost - cheapest->cost);
    else
        print_more(out, one->cost, cheapest->cost, "more than",
                   "times as much as");
    fprintf(out, " %s", cheapest->name);
}

/* Of one that is not the tightest. What it needs is what it has committed at
   the most, which may be less and yet less well used in the mean. */
static void say_need(FILE *out, const struct standing *one,
                     const struct standing *tightest)
{
    double mine = (double)one->peak_committed;
    double least = (double)tightest->peak_committed;

    if (mine > least) {
        fputs("needs ", out);
        print_more(out, mine, least, "more memory than",
                   "times the memory of");
        fprintf(out, " %s", tightest->name);
    } else if (mine == least) {
        fprintf(out,
                "needs as much as %s at its peak, but less of it is "
                "live in the mean",
                tightest->name);
    } else {
        fprintf(out,
                "needs less than %s at its peak, but less of it is "
                "live in the mean",
                tightest->name);
    }
}

static void say_memory(struct saying *saying, const struct standing *one,
                       const struct standing *tightest)
{
    if (!one->metered || one->peak_live == 0)
        return;
    if (is_level(one, tightest, waste_figure))
        fputs("tightest", part(saying, "; "));
    else
        say_need(part(saying, "; "), one, tightest);
}

/* How much memory it takes, beside what is live: it needs no other. */
static void say_alone(struct saying *saying, const struct standing *one)
{
    double need;

    if (!one->metered || one->peak_live == 0)
        return;
    need = (double)one->peak_committed / (double)one->peak_live;
    fprintf(part(saying, ", and "),
            need < 9.95 ? "needs %.1f times the most that is live"
                        : "needs %.0f times the most that is live",
            need);
}

void print_meaning(FILE *out, const struct standing *all, size_t count,
                   size_t i)
{
    const struct standing *one = &all[i];
    struct saying saying = {out, 0};
    size_t costs, metered;
    const struct standing *cheapest =
        best_of(all, count, cost_figure, &costs);
    const struct standing *tightest =
        best_of(all, count, waste_figure, &metered);

    if (one->wrong != NULL) {
        fprintf(out, "has no figures: %s", one->wrong);
        return;
    }
    if (costs > 1)
        say_cost(&saying, one, cheapest);
    if (metered > 1)
        say_memory(&saying, one, tightest);
    if (one->never_reuses)
        fputs("never reuses a byte", part(&saying, "; "));
    if (one->never_reuses || metered == 1)
        say_alone(&saying, one);
}
