/*
 * command_calibrate.c - heaplab calibrate: what the references reach, which is
 * what a rubric's floor and full are set by.
 *
 * A reference must get full marks, with room for other compilers: full may be
 * 15 % worse than what the reference reaches here.
 */
#include "grader/commands/commands.h"

#include "grader/figures/tally.h"
#include "grader/grade.h"
#include "grader/lab/labs.h"

#include <stdio.h>
#include <string.h>

#define ROOM 1.15

static void print_step(const struct step *step,
                       const struct step_grade *result)
{
    bool is_cost = step->measure == MEASURE_COST;
    double unit = is_cost ? 1 : 100;
    double proposed = is_cost ? result->value * ROOM : result->value / ROOM;
    bool room = is_cost ? result->value * ROOM <= step->full * 1.0001
                        : result->value / ROOM >= step->full / 1.0001;

    printf("  %-12s", step->name);
    print_figure(stdout, 10, unit * result->value);
    print_figure(stdout, 10, unit * step->floor);
    print_figure(stdout, 10, unit * step->full);
    print_figure(stdout, 16, unit * proposed);
    printf("%s\n", room ? "" : "  full is too tight");
}

/* Calibrates one lab; returns whether the reference has full marks. */
static bool calibrate(const char *path)
{
    static struct rubric rubric;
    static struct grade grade;
    struct subject subject;
    char error[512];

    memset(&grade, 0, sizeof(grade));
    if (!rubric_of_lab(&rubric, path, error, sizeof(error)) ||
        !subject_kit(&subject, rubric.allocator, error, sizeof(error)) ||
        !grade_subject(&grade, &rubric, &subject, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return false;
    }
    submission_remove(&subject);
    printf("%s: the reference has %d of 100 points\n", rubric.lab,
           grade.points);
    printf("  %-12s%10s%10s%10s%16s\n", "step", "reaches", "floor", "full",
           "with 15 % room");
    for (size_t i = 0; i < rubric.step_count; i++) {
        if (rubric.steps[i].measure != MEASURE_CORRECT)
            print_step(&rubric.steps[i], &grade.steps[i]);
    }
    if (grade.message[0] != '\0')
        printf("%s", grade.message);
    return grade.points == 100;
}

int run_calibrate(int argc, char **argv)
{
    glob_t found;
    bool full = true;

    (void)argc;
    (void)argv;
    if (!can_count()) {
        fprintf(stderr, "heaplab: calibrating needs valgrind; to get it: "
                        "sudo apt-get install -y valgrind\n");
        return STATUS_TROUBLE;
    }
    find_rubrics(&found);
    for (size_t i = 0; i < found.gl_pathc; i++)
        full = calibrate(found.gl_pathv[i]) && full;
    globfree(&found);
    return full ? STATUS_FULL : STATUS_NOT;
}
