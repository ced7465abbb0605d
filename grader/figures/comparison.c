/*
 * comparison.c - allocators side by side, in text.
 */
#include "grader/figures/comparison.h"

#include "grader/figures/heapmap.h"
#include "grader/hearing.h"
#include "grader/show/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where sentences end, and where those beside a name begin. */
#define RIGHT_EDGE 78
#define INDENT     16

static const struct cell *cell_of(const struct comparison *comparison,
                                  size_t s, size_t w)
{
    return &comparison->grid->cells[s * comparison->grid->workload_count + w];
}

void comparison_standings(const struct comparison *comparison, size_t w,
                          struct standing all[SUBJECTS_MAX])
{
    size_t count = comparison->grid->subject_count;

    for (size_t s = 0; s < count; s++)
        all[s] = standing_of(cell_of(comparison, s, w));
    (void)standings_mark(all, count);
}

size_t comparison_overall(const struct comparison *comparison,
                          struct standing all[SUBJECTS_MAX])
{
    const struct grid *grid = comparison->grid;
    size_t scored = 0;

    for (size_t s = 0; s < grid->subject_count; s++) {
        struct tally tally = tally_cells(cell_of(comparison, s, 0),
                                         grid->workload_count, true);
        all[s] = standing_over(grid->subjects[s].name, &tally);
    }
    for (size_t w = 0; w < grid->workload_count; w++)
        scored += is_scored(grid->workloads[w].trace);
    (void)standings_mark(all, grid->subject_count);
    return scored;
}

char *comparison_sentence(const struct comparison *comparison,
                          const struct standing all[SUBJECTS_MAX], size_t s)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    print_meaning(out, all, comparison->grid->subject_count, s);
    fclose(out);
    return text;
}

/* Prints the words of text from column at on, broken before RIGHT_EDGE and
   indented; ends the line. */
static void print_wrapped(FILE *out, const char *text, size_t at,
                          size_t indent)
{
    for (const char *word = text + strspn(text, " \n"); *word != '\0';
         word += strspn(word, " \n")) {
        size_t length = strcspn(word, " \n");
        if (at > indent && at + 1 + length > RIGHT_EDGE) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (at > indent) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", (int)length, word);
        at += length;
        word += length;
    }
    fputc('\n', out);
}

/* --- tables --------------------------------------------------------------- */

static void print_times(FILE *out, const struct standing *one,
                        double per_second, const struct standing *fastest)
{
    print_figure(out, 11, per_second / 1e6);
    print_figure(out, 9, one->ratio);
    fputs("  ", out);
    print_figure(out, 0, one->low);
    fputs(" - ", out);
    print_figure(out, 0, one->high);
    if (one != fastest && fastest != NULL && one->low <= fastest->high)
        fputs("  ~", out);
}

/* A row: one allocator. peak and mean are its utilizations. */
static void print_row(FILE *out, const struct comparison *comparison,
                      const struct standing *one, double peak, double mean,
                      double per_second, const struct standing *fastest)
{
    fprintf(out, "%c %-12s", one->on ? '*' : ' ', one->name);
    if (one->wrong != NULL) {
        fprintf(out, " %s\n", one->wrong);
        return;
    }
    fprintf(out, "%5.0f%% %5.0f%%", 100 * peak, 100 * mean);
    if (one->counted)
        print_figure(out, 12, one->cost);
    else
        fprintf(out, "%12s", one->threaded ? "threaded" : "-");
    if (!comparison->exact && one->timed)
        print_times(out, one, per_second, fastest);
    else if (!comparison->exact)
        fprintf(out, "%11s", "-");
    fputc('\n', out);
}

/* Returns the one with the lowest time; NULL if none was timed. */
static const struct standing *fastest_of(const struct standing *all,
                                         size_t count)
{
    const struct standing *best = NULL;

    for (size_t s = 0; s < count; s++) {
        if (all[s].timed && (best == NULL || all[s].ratio < best->ratio))
            best = &all[s];
    }
    return best;
}

static void print_head(FILE *out, const struct comparison *comparison)
{
    fputs(comparison->exact
              ? "              utilization        cost\n"
                "               peak   mean       an op\n"
              : "              utilization        cost   measured  "
                "time over\n"
                "               peak   mean       an op     M op/s  "
                "free list  interval\n",
          out);
}

static void print_winners_indented(FILE *out, const struct standing *all,
                                   size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *lines = open_memstream(&text, &size);

    if (lines == NULL)
        return;
    print_winners(lines, all, count);
    fclose(lines);
    for (char *line = strtok(text, "\n"); line != NULL;
         line = strtok(NULL, "\n")) {
        fputs("  ", out);
        print_wrapped(out, line, 2, 2);
    }
    free(text);
}

/* A sentence for each allocator that there is one for. */
static void print_sentences(FILE *out, const struct comparison *comparison,
                            const struct standing *all)
{
    fputc('\n', out);
    for (size_t s = 0; s < comparison->grid->subject_count; s++) {
        char *text = comparison_sentence(comparison, all, s);
        if (text != NULL && text[0] != '\0') {
            int used = fprintf(out, "  %-*s", INDENT - 2, all[s].name);
            print_wrapped(out, text, used < INDENT ? INDENT : (size_t)used,
                          INDENT);
        }
        free(text);
    }
}

static void print_trace(FILE *out, const struct comparison *comparison,
                        size_t w)
{
    const struct workload *workload = &comparison->grid->workloads[w];
    size_t count = comparison->grid->subject_count;
    struct standing all[SUBJECTS_MAX];
    const struct standing *fastest;

    comparison_standings(comparison, w, all);
    fastest = fastest_of(all, count);
    fprintf(out, "%s: %s\n  %zu operations, at most ", workload->name,
            workload->trace->title, workload->trace->op_count);
    print_size(out, workload->trace->live_peak);
    fputs(" live\n", out);
    print_head(out, comparison);
    for (size_t s = 0; s < count; s++) {
        const struct cell *cell = cell_of(comparison, s, w);
        print_row(out, comparison, &all[s], cell->verdict.peak_utilization,
                  cell->verdict.mean_utilization, cell->timing.per_second,
                  fastest);
    }
    print_sentences(out, comparison, all);
    print_winners_indented(out, all, count);
    if (!is_scored(workload->trace))
        fputs("  A small trace: whole pages and cold caches weigh more here "
              "than the policy.\n",
              out);
    fputc('\n', out);
}

/* All traces that are scored together, if they are several. */
static void print_overall(FILE *out, const struct comparison *comparison)
{
    const struct grid *grid = comparison->grid;
    struct standing all[SUBJECTS_MAX];
    size_t scored = comparison_overall(comparison, all);
    const struct standing *fastest = fastest_of(all, grid->subject_count);

    if (scored < 2)
        return;
    fprintf(out,
            "over %zu traces with 256 KiB live or more and %d operations or "
            "more\n  utilization as a mean, cost and time as geometric "
            "means\n",
            scored, TIMED_OPS_MIN);
    print_head(out, comparison);
    for (size_t s = 0; s < grid->subject_count; s++) {
        struct tally tally = tally_cells(cell_of(comparison, s, 0),
                                         grid->workload_count, true);
        print_row(out, comparison, &all[s], tally.peak, tally.mean,
                  tally.per_second, fastest);
    }
    fputc('\n', out);
    print_winners_indented(out, all, grid->subject_count);
    fputc('\n', out);
}

/* --- what is printed beside the tables ------------------------------------- */

static void print_map(FILE *out, const struct cell *cell)
{
    static struct map map;
    const struct workload *workload = cell->workload;
    struct hearing hearing;
    char error[512];

    if (cell->trouble || cell->verdict.wrong != WRONG_NOTHING ||
        !hear(&hearing, cell->subject, workload->trace, workload->path, 0,
              error, sizeof(error)))
        return;
    if (hearing.outcome->log->source_base == 0) {
        fprintf(out, "%s on %s: has pages of its own, so there is no map\n\n",
                cell->subject->name, workload->name);
    } else if (map_fill(&map, workload->trace, hearing.outcome,
                        workload->trace->op_count, 8)) {
        map_title(out, &map, cell->subject->name, workload);
        map_print(out, &map, hearing.outcome->log->source_base,
                  hearing.outcome->log->source_limit);
        fputc('\n', out);
    }
    hearing_close(&hearing);
}

static void print_latency(FILE *out, const struct cell *cell,
                          const struct latency *latency)
{
    fprintf(out, "  %-12s", cell->subject->name);
    if (!latency->measured) {
        fprintf(out, " %s\n", latency->why);
        return;
    }
    fprintf(out, "%8" PRIu64 "%10" PRIu64 "%11" PRIu64, latency->half,
            latency->most, latency->worst);
    fprintf(out, "  op %llu: ", (unsigned long long)latency->which + 1);
    print_statement(out, &cell->workload->trace->ops[latency->which]);
    fputc('\n', out);
}

static void print_latencies(FILE *out, const struct comparison *comparison)
{
    const struct grid *grid = comparison->grid;

    fputs("single calls, in nanoseconds: measured in a run of their own, not "
          "for points\n",
          out);
    for (size_t w = 0; w < grid->workload_count; w++) {
        fprintf(out, "\n%s\n%14s%8s%10s%11s  which\n",
                grid->workloads[w].name, "", "50 %", "99 %", "worst");
        for (size_t s = 0; s < grid->subject_count; s++) {
            size_t i = s * grid->workload_count + w;
            print_latency(out, &grid->cells[i], &comparison->latencies[i]);
        }
    }
    fprintf(out,
            "\n  Of each call the least of %d replays, less the %" PRIu64
            " ns that reading the clock\n  takes; 0: no longer than that. "
            "System calls are in it, and faults of pages\n  that the call "
            "touches first. glibc keeps its pages from replay to replay,\n"
            "  and has no such faults.\n\n",
            LATENCY_REPLAYS, comparison->latencies[0].clock);
}

void comparison_print(FILE *out, const struct comparison *comparison)
{
    const struct grid *grid = comparison->grid;
    size_t cells = grid->subject_count * grid->workload_count;

    for (size_t w = 0; w < grid->workload_count; w++)
        print_trace(out, comparison, w);
    print_overall(out, comparison);
    for (size_t i = 0; comparison->maps && i < cells; i++) {
        size_t s = i % grid->subject_count;
        print_map(out, cell_of(comparison, s, i / grid->subject_count));
    }
    if (comparison->maps)
        map_legend(out);
    if (comparison->maps)
        fputc('\n', out);
    if (comparison->latencies != NULL)
        print_latencies(out, comparison);
    fprintf(out,
            "cost   instructions + %d x L1 misses + %d x last-level misses, "
            "counted;\n       exact for the kit's allocators\n"
            "*      on the frontier: whoever is cheaper has worse "
            "utilization "
            "(the mean of\n       both), and whoever has better is dearer\n",
            COST_L1, COST_LAST);
    if (!comparison->exact)
        fputs("~      cannot be told apart from the fastest: the intervals "
              "overlap\n",
              out);
}
