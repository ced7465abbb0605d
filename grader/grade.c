/*
 * grade.c - the points of one file on one lab.
 *
 * Steps are looked at in order, and one whose need is not met is not run: a
 * file that hands out overlapping blocks is told so at once, and no figure of
 * its speed is ever made.
 */
#include "grader/grade.h"

#include "grader/figures/tally.h"
#include "grader/lab/broken.h"
#include "grader/lab/labs.h"
#include "grader/show/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seconds of measured time for a trace, where nothing can be counted. */
#define TIME_BUDGET 0.5

/* The traces of one step, and a cell for each. */
struct bench {
    struct subject subject; /* whom the step asks for */
    struct workload workloads[TRACES_MAX];
    struct cell *cells;
    size_t count;
};

static void bench_close(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++)
        workload_close(&bench->workloads[i]);
    cells_free(bench->cells, bench->count);
}

/* subject is one that lives as long as the bench: cells point to it. */
static bool bench_open(struct bench *bench, const struct step *step,
                       const struct subject *subject, char *error,
                       size_t size)
{
    bench->cells = cells_new(step->trace_count);
    bench->count = 0;
    for (size_t i = 0; i < step->trace_count; i++) {
        char below[WORD_ROOM + 16];
        char path[PATH_ROOM];
        snprintf(below, sizeof(below), "traces/%s", step->traces[i]);
        path_kit(path, below);
        if (bench->cells == NULL ||
            !workload_open(&bench->workloads[i], path, error, size)) {
            bench_close(bench);
            return false;
        }
        bench->count++;
        if (!workload_deal(&bench->workloads[i], step->traces[i],
                           subject->dealer, error, size)) {
            bench_close(bench);
            return false;
        }
        bench->cells[i].subject = subject;
        bench->cells[i].workload = &bench->workloads[i];
        bench->cells[i].check = step->check;
        bench->cells[i].properties = step->properties;
    }
    return true;
}

/* Do both steps look at the same replays? */
static bool is_same_bench(const struct step *one, const struct step *other)
{
    bool same = one->trace_count == other->trace_count &&
                one->check == other->check &&
                one->properties == other->properties &&
                strcmp(one->allocator, other->allocator) == 0;

    for (size_t i = 0; same && i < one->trace_count; i++)
        same = strcmp(one->traces[i], other->traces[i]) == 0;
    return same;
}

/* What must be measured for a step. */
static unsigned wants_of(const struct step *step,
                         const struct subject *subject)
{
    bool trusted = subject->served[0] == '\0';

    if (step->measure != MEASURE_COST)
        return 0;
    if (!can_count())
        return WANT_TIME;
    return trusted ? WANT_COUNT : WANT_COUNT | WANT_PACE;
}

/*
 * Did a counted run do anything otherwise than the judged one? Notes what the
 * worst did.
 */
static bool deviates(struct step_grade *grade, const struct bench *bench)
{
    const struct cell *worst = &bench->cells[0];

    for (size_t i = 1; i < bench->count; i++) {
        if (bench->cells[i].count.deviation > worst->count.deviation)
            worst = &bench->cells[i];
    }
    if (worst->count.deviation == DEVIATES_NOT)
        return false;
    grade->deviation = worst->count.deviation;
    snprintf(grade->note, sizeof(grade->note), "%.60s: %.190s",
             worst->workload->name, worst->count.why);
    return true;
}

/* Points for a cost: the counted one, or for want of it measured time. */
static void grade_cost(struct step_grade *grade, const struct step *step,
                       const struct bench *bench, const struct tally *tally)
{
    if (deviates(grade, bench))
        return;
    grade->provisional = !can_count();
    if (grade->provisional ? !tally->timed : !tally->counted) {
        const char *why = "the replays are too short to be timed";
        for (size_t i = 0; !grade->provisional && i < bench->count; i++) {
            if (!bench->cells[i].count.counted)
                why = bench->cells[i].count.why;
        }
        grade->state = STEP_EMPTY;
        snprintf(grade->note, sizeof(grade->note), "%s", why);
        return;
    }
    grade->value = grade->provisional ? tally->ratio : tally->cost;
    grade->low = tally->low;
    grade->high = tally->high;
    grade->points = step_points(step, grade->value, grade->provisional);
}

/* Notes whether a person should look at a file, for its CPU time or what it
   did without callgrind does not go with what was counted. */
static void doubt_cost(struct grade *grade, const struct step_grade *result,
                       const struct step *step, const struct bench *bench)
{
    struct pace all = {0};

    for (size_t i = 0; i < bench->count; i++) {
        const struct pace *pace = &bench->cells[i].pace;
        all.own += pace->own;
        all.reference += pace->reference;
        all.strayed = all.strayed || pace->strayed;
    }
    if (all.strayed || result->deviation == DEVIATES_POINTERS ||
        result->deviation == DEVIATES_ENDING)
        snprintf(grade->doubt, sizeof(grade->doubt),
                 "%s, it does otherwise than when it was judged: it reads "
                 "memory that it never wrote (make memcheck LAB=%.20s), or "
                 "knows when it is judged",
                 all.strayed ? "replayed again" : "counted",
                 bench->cells[0].subject->name);
    else if (pace_is_doubtful(&all, result->value / step->full))
        snprintf(grade->doubt, sizeof(grade->doubt),
                 "its replays take %.1f times the CPU time of the kit's "
                 "%.20s, but their counted cost is %.1f times that of full "
                 "marks",
                 all.own / all.reference, bench->cells[0].subject->name,
                 result->value / step->full);
}

/* Is check() right about heaps that are broken, where a step asks that? */
static bool grade_broken(struct grade *grade, struct step_grade *result,
                         const struct step *step, const struct bench *bench)
{
    struct finding *finding;
    bool told;

    if (step->broken_count == 0)
        return true;
    finding = calloc(1, sizeof(*finding));
    told =
        finding != NULL && try_broken(finding, step, bench->cells[0].subject,
                                      &bench->workloads[0]);
    if (!told && (finding == NULL || finding->trouble)) {
        grade->trouble = true;
        result->state = STEP_EMPTY;
    }
    if (!told && finding != NULL) {
        snprintf(result->note, sizeof(result->note), "%s", finding->note);
        if (grade->message[0] == '\0')
            memcpy(grade->message, finding->message, MESSAGE_ROOM);
    }
    free(finding);
    return told;
}

/* Adds up what was printed on traces on which nothing is wrong; a message
   about one on which something is shows it itself. */
static void note_printed(struct grade *grade, const struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++) {
        const struct cell *cell = &bench->cells[i];
        if (cell->verdict.wrong != WRONG_NOTHING || cell->printed == 0)
            continue;
        if (grade->printed == 0)
            memcpy(grade->first_line, cell->first_line,
                   sizeof(grade->first_line));
        grade->printed += cell->printed;
    }
}

/* Takes the points of a step from its cells. */
static void grade_cells(struct grade *grade, struct step_grade *result,
                        const struct step *step, const struct bench *bench)
{
    struct tally tally = tally_cells(bench->cells, bench->count, false);

    if (tally.trouble) {
        grade->trouble = true;
        result->state = STEP_EMPTY;
        snprintf(result->note, sizeof(result->note), "%.250s",
                 tally.first->message);
        return;
    }
    if (tally.wrong > 0) {
        snprintf(result->note, sizeof(result->note), "%s",
                 tally.first->short_message);
        if (grade->message[0] == '\0')
            memcpy(grade->message, tally.first->message, MESSAGE_ROOM);
        return;
    }
    if (step->measure == MEASURE_CORRECT) {
        if (grade_broken(grade, result, step, bench))
            result->points = step->points;
    } else if (step->measure == MEASURE_UTILIZATION) {
        result->value = tally.utilization;
        result->points = step_points(step, result->value, false);
    } else {
        grade_cost(result, step, bench, &tally);
        doubt_cost(grade, result, step, bench);
    }
}

/* Does a step have all the points that others may need of it? */
static bool is_met(const struct grade *grade, const struct rubric *rubric,
                   int needs)
{
    return needs < 0 ||
           grade->steps[needs].points == rubric->steps[needs].points;
}

/* Takes all points away, if a counted run was wrong. */
static void void_deceit(struct grade *grade, const struct rubric *rubric)
{
    size_t counts = 0;

    for (size_t i = 0; i < rubric->step_count; i++) {
        if (grade->steps[i].deviation != DEVIATES_WRONG)
            continue;
        grade->deceives = true;
        counts = i;
    }
    for (size_t i = 0; grade->deceives && i < rubric->step_count; i++) {
        struct step_grade *step = &grade->steps[i];
        step->points = 0;
        if (i == counts)
            continue;
        step->state = STEP_VOID;
        snprintf(step->note, sizeof(step->note), "void: see step %zu",
                 counts + 1);
    }
    if (grade->deceives)
        grade->points = 0;
}

/* Opens the bench of step first, and has it worked on: for that step and for
   those behind it that look at the same replays. */
static bool bench_work(struct bench *bench, const struct rubric *rubric,
                       size_t first, const struct subject *subject,
                       char *error, size_t size)
{
    const struct step *step = &rubric->steps[first];
    unsigned wants = 0;

    bench->subject = *subject;
    if (step->allocator[0] != '\0')
        snprintf(bench->subject.name, sizeof(bench->subject.name), "%s",
                 step->allocator);
    if (!bench_open(bench, step, &bench->subject, error, size))
        return false;
    for (size_t i = first;
         i < rubric->step_count && is_same_bench(step, &rubric->steps[i]);
         i++)
        wants |= wants_of(&rubric->steps[i], subject);
    cells_fill(bench->cells, bench->count, wants, TIME_BUDGET);
    return true;
}

bool grade_subject(struct grade *grade, const struct rubric *rubric,
                   const struct subject *subject, char *error, size_t size)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    const struct step *worked = NULL; /* for which the bench is open */
    bool well = bench != NULL;

    if (!well)
        snprintf(error, size, "there is no memory for the traces");
    for (size_t i = 0; well && i < rubric->step_count; i++) {
        const struct step *step = &rubric->steps[i];
        struct step_grade *result = &grade->steps[i];
        if (!is_met(grade, rubric, step->needs)) {
            result->state = STEP_NEEDS;
            snprintf(result->note, sizeof(result->note), "needs step %d",
                     step->needs + 1);
            continue;
        }
        if (worked == NULL || !is_same_bench(step, worked)) {
            if (worked != NULL)
                bench_close(bench);
            well = bench_work(bench, rubric, i, subject, error, size);
            worked = well ? step : NULL;
            if (!well)
                break;
            note_printed(grade, bench);
        }
        grade_cells(grade, result, step, bench);
        grade->points += result->points;
        grade->provisional = grade->provisional || result->provisional;
    }
    if (worked != NULL)
        bench_close(bench);
    free(bench);
    void_deceit(grade, rubric);
    return well;
}

bool grade_file(struct grade *grade, const struct rubric *rubric,
                const char *file, char *error, size_t size)
{
    struct subject subject;
    bool graded;

    memset(grade, 0, sizeof(*grade));
    grade->compiled = submission_build(&subject, rubric->allocator, file,
                                       grade->compiler_said);
    grade->refused = subject.refused;
    lab_of_file(&subject, rubric, file);
    if (!grade->compiled && subject.trouble)
        snprintf(error, size, "%.400s", grade->compiler_said);
    if (!grade->compiled)
        return !subject.trouble;
    graded = grade_subject(grade, rubric, &subject, error, size);
    submission_remove(&subject);
    return graded;
}
