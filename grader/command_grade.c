/*
 * command_grade.c - heaplab grade: one file against a lab's rubric, told in
 * full.
 */
#include "grader/commands.h"

#include "grader/grade.h"
#include "grader/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: heaplab grade LAB FILE.c\n"
    "\n"
    "  Grades FILE.c on LAB (1-kr, or just kr), step by step. Exits 0 for\n"
    "  full marks, 1 for less.\n";

/* What a value means, beside its target. */
static void print_value(const struct step *step,
                        const struct step_grade *grade)
{
    if (step->measure == MEASURE_UTILIZATION) {
        printf("%.1f %% of the memory held payload (full marks: %.1f %%)",
               100 * grade->value, 100 * step->full);
        return;
    }
    print_figure(stdout, 0, grade->value);
    if (grade->provisional) {
        printf(" times a free list's time, %.1f to %.1f (full marks: ",
               grade->low, grade->high);
        print_figure(stdout, 0, step->time_full);
        printf("), provisional");
    } else {
        printf(" an operation, counted (full marks: ");
        print_figure(stdout, 0, step->full);
        printf(")");
    }
}

/* Prints text from column on, and goes on below itself before column 80. */
static void print_wrapped(const char *text, int column)
{
    int room = 79 - column;
    int length = (int)strlen(text);

    while (length > room) {
        int cut = room;
        while (cut > room / 2 && text[cut] != ' ')
            cut--;
        printf("%.*s\n%*s", cut, text, column, "");
        text += cut + (text[cut] == ' ');
        length = (int)strlen(text);
    }
    fputs(text, stdout);
}

static void print_step(const struct rubric *rubric, size_t i,
                       const struct grade *grade)
{
    const struct step *step = &rubric->steps[i];
    const struct step_grade *result = &grade->steps[i];

    printf("%2zu %-12s %3d/%-3d ", i + 1, step->name, result->points,
           step->points);
    if (result->state == STEP_GRADED && result->value > 0) {
        print_value(step, result);
    } else if (result->state == STEP_GRADED &&
               result->points == step->points) {
        printf("ok");
    } else {
        if (result->state == STEP_GRADED)
            printf("FAIL ");
        print_wrapped(result->note, result->state == STEP_GRADED ? 29 : 24);
    }
    putchar('\n');
}

static void print_grade(const struct rubric *rubric,
                        const struct grade *grade, const char *file)
{
    if (!grade->compiled) {
        printf("%s does not compile:\n\n%s\n%s: 0/100\n", file,
               grade->compiler_said, rubric->lab);
        return;
    }
    if (grade->compiler_said[0] != '\0')
        printf("the compiler warns:\n%s\n", grade->compiler_said);
    printf("%-10s %-55s %3d/100\n\n", rubric->lab, rubric->title,
           grade->points);
    for (size_t i = 0; i < rubric->step_count; i++)
        print_step(rubric, i, grade);
    if (grade->provisional)
        printf("\n provisional: from measured time, for there is no valgrind "
               "to count with;\n to get it: sudo apt-get install -y "
               "valgrind\n");
    if (grade->printed > 0)
        printf("\n the file prints while it works, %llu bytes so far. That "
               "takes time, which\n throughput counts: take it out before "
               "you hand it in. Its first line:\n   | %s\n",
               (unsigned long long)grade->printed, grade->first_line);
    if (grade->message[0] != '\0')
        printf("\n%s", grade->message);
}

int run_grade(int argc, char **argv)
{
    static struct rubric rubric;
    static struct grade grade;
    char error[512];

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return STATUS_FULL;
    }
    if (argc != 3) {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    if (!rubric_of_lab(&rubric, argv[1], error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    if (access(argv[2], R_OK) != 0) {
        perror(argv[2]);
        return STATUS_USAGE;
    }
    if (!grade_file(&grade, &rubric, argv[2], error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_TROUBLE;
    }
    print_grade(&rubric, &grade, argv[2]);
    if (grade.trouble)
        return STATUS_TROUBLE;
    return grade.points == 100 ? STATUS_FULL : STATUS_NOT;
}
