/*
 * report.c - what a person reads of a file's points on a lab.
 */
#include "grader/show/report.h"

#include "grader/figures/tally.h"

#include <string.h>

/* What a value means, beside its target. */
static void print_value(FILE *out, const struct step *step,
                        const struct step_grade *grade)
{
    if (step->measure == MEASURE_UTILIZATION) {
        fprintf(out,
                "%.1f %% of the memory held payload (full marks: %.1f %%)",
                100 * grade->value, 100 * step->full);
        return;
    }
    print_figure(out, 0, grade->value);
    if (grade->provisional) {
        fprintf(out, " times a free list's time, %.1f to %.1f (full marks: ",
                grade->low, grade->high);
        print_figure(out, 0, step->time_full);
        fprintf(out, "), provisional");
    } else {
        fprintf(out, " an operation, counted (full marks: ");
        print_figure(out, 0, step->full);
        fprintf(out, ")");
    }
}

/* Prints text from column on, and goes on below itself before column 80. */
static void print_wrapped(FILE *out, const char *text, int column)
{
    int room = 79 - column;
    int length = (int)strlen(text);

    while (length > room) {
        int cut = room;
        while (cut > room / 2 && text[cut] != ' ')
            cut--;
        fprintf(out, "%.*s\n%*s", cut, text, column, "");
        text += cut + (text[cut] == ' ');
        length = (int)strlen(text);
    }
    fputs(text, out);
}

static void print_step(FILE *out, const struct rubric *rubric, size_t i,
                       const struct grade *grade)
{
    const struct step *step = &rubric->steps[i];
    const struct step_grade *result = &grade->steps[i];

    fprintf(out, "%2zu %-12s %3d/%-3d ", i + 1, step->name, result->points,
            step->points);
    if (result->state == STEP_GRADED && result->value > 0) {
        print_value(out, step, result);
    } else if (result->state == STEP_GRADED &&
               result->points == step->points) {
        fprintf(out, "ok");
    } else {
        if (result->state == STEP_GRADED)
            fprintf(out, "FAIL ");
        print_wrapped(out, result->note,
                      result->state == STEP_GRADED ? 29 : 24);
    }
    fputc('\n', out);
}

void report_print(FILE *out, const struct rubric *rubric,
                  const struct grade *grade, const char *file)
{
    if (grade->refused) {
        fprintf(out, "%s\n\n%s: 0/100, for the file was not run\n",
                grade->compiler_said, rubric->lab);
        return;
    }
    if (!grade->compiled) {
        fprintf(out, "%s does not compile:\n\n%s\n%s: 0/100\n", file,
                grade->compiler_said, rubric->lab);
        return;
    }
    if (grade->compiler_said[0] != '\0')
        fprintf(out, "the compiler warns:\n%s\n", grade->compiler_said);
    fprintf(out, "%-10s %-55s %3d/100\n\n", rubric->lab, rubric->title,
            grade->points);
    for (size_t i = 0; i < rubric->step_count; i++)
        print_step(out, rubric, i, grade);
    if (grade->deceives)
        fprintf(out,
                "\n the file is right when it is judged, and wrong when it "
                "is counted: it is worth\n nothing as a whole.\n");
    if (grade->doubt[0] != '\0') {
        fputs("\n to look at: ", out);
        print_wrapped(out, grade->doubt, 13);
        fputs(".\n", out);
    }
    if (grade->provisional)
        fprintf(
            out,
            "\n provisional: from measured time, for there is no valgrind "
            "to count with;\n to get it: sudo apt-get install -y "
            "valgrind\n");
    if (grade->printed > 0)
        fprintf(out,
                "\n the file prints while it works, %llu bytes so far. That "
                "takes time, which\n throughput counts: take it out before "
                "you hand it in. Its first line:\n   | %s\n",
                (unsigned long long)grade->printed, grade->first_line);
    if (grade->message[0] != '\0')
        fprintf(out, "\n%s", grade->message);
}
