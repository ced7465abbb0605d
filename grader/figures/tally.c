/*
 * tally.c - the figures of one allocator over several traces.
 */
#include "grader/figures/tally.h"

#include <math.h>
#include <string.h>

bool is_scored(const struct trace *trace)
{
    return trace->threads == 1 && trace->live_peak >= SCORED_PEAK &&
           trace->op_count >= TIMED_OPS_MIN;
}

/* Adds one cell that counts to sums; the costs by their logarithms. */
static void add_cell(struct tally *sum, const struct cell *cell)
{
    const struct timing *timing = &cell->timing;
    double cost = cell->count.cost > 1 ? cell->count.cost : 1;

    sum->scored++;
    sum->peak += cell->verdict.peak_utilization;
    sum->mean += cell->verdict.mean_utilization;
    sum->utilization += cell_utilization(cell);
    if (!cell->count.counted)
        sum->counted = false;
    else
        sum->cost += log(cost);
    if (!timing->timed) {
        sum->timed = false;
        return;
    }
    sum->ratio += log(timing->ratio);
    sum->low += log(timing->low);
    sum->high += log(timing->high);
    sum->per_second += log(timing->per_second);
}

struct tally tally_cells(const struct cell *cells, size_t count,
                         bool only_large)
{
    struct tally sum = {.cells = count, .counted = true, .timed = true};
    double n;

    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &cells[i];
        sum.trouble = sum.trouble || cell->trouble;
        if (cell->trouble || cell->verdict.wrong != WRONG_NOTHING) {
            sum.first = sum.first != NULL ? sum.first : cell;
            sum.wrong++;
        } else if (!only_large || is_scored(cell->workload->trace)) {
            add_cell(&sum, cell);
        }
    }
    n = (double)sum.scored;
    if (sum.scored == 0) {
        sum.counted = sum.timed = false;
        return sum;
    }
    sum.peak /= n;
    sum.mean /= n;
    sum.utilization /= n;
    sum.cost = exp(sum.cost / n);
    sum.ratio = exp(sum.ratio / n);
    sum.low = exp(sum.low / n);
    sum.high = exp(sum.high / n);
    sum.per_second = exp(sum.per_second / n);
    return sum;
}

void print_figure(FILE *out, int width, double value)
{
    char digits[48];
    char text[64];
    size_t length, used = 0;

    if (value < 100) {
        fprintf(out, "%*.*f", width, value < 10 ? 2 : 1, value);
        return;
    }
    length = (size_t)snprintf(digits, sizeof(digits), "%.0f", value);
    for (size_t i = 0; i < length && used + 2 < sizeof(text); i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[used++] = ' ';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    fprintf(out, "%*s", width, text);
}
