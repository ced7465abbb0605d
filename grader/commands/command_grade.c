/*
 * command_grade.c - heaplab grade: one file against a lab's rubric, told in
 * full.
 */
#include "grader/commands/commands.h"

#include "grader/class/source_file.h"
#include "grader/commands/arguments.h"
#include "grader/grade.h"
#include "grader/lab/labs.h"
#include "grader/show/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "usage: heaplab grade LAB FILE.c\n"
    "\n"
    "  Grades FILE.c on LAB (1-kr, or just kr), step by step. Exits 0 for\n"
    "  full marks, 1 for less.\n";

/* Points at the hints for the first step that fails, of the lab's own file; or
   says that all is done. */
static void print_rest(const struct rubric *rubric, const struct grade *grade,
                       const char *file)
{
    struct subject subject = {.lab = ""};

    lab_of_file(&subject, rubric, file);
    if (grade->points == 100)
        printf("\n all done: every step has all its points\n");
    if (subject.lab[0] == '\0')
        return;
    for (size_t i = 0; grade->compiled && i < rubric->step_count; i++) {
        if (grade->steps[i].state != STEP_GRADED ||
            grade->steps[i].points == rubric->steps[i].points)
            continue;
        printf("%s  make hint LAB=%s STEP=%zu\n",
               grade->message[0] != '\0' ? "    or:" : "\n  next:",
               rubric->allocator, i + 1);
        return;
    }
}

/* Is the file text that a compiler can read? Otherwise says why not. What
   cannot be opened, or is empty, is told of by others. */
static bool is_text(const char *file)
{
    char first[2];
    FILE *in = fopen(file, "re");
    size_t size = in != NULL ? fread(first, 1, sizeof(first), in) : 0;
    const char *fault = size > 0 ? source_text_fault(first, size) : NULL;

    if (in != NULL)
        fclose(in);
    if (fault != NULL)
        fprintf(stderr, "%s %s\n", file, fault);
    return fault == NULL;
}

int run_grade(int argc, char **argv)
{
    static struct rubric rubric;
    static struct grade grade;
    char error[512];
    int status;

    if (!arguments_counted(argc, argv, 2, 2, usage, &status))
        return status;
    if (!rubric_of_lab(&rubric, argv[1], error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    if (access(argv[2], R_OK) != 0) {
        perror(argv[2]);
        return STATUS_USAGE;
    }
    if (!is_text(argv[2]))
        return STATUS_USAGE;
    if (!grade_file(&grade, &rubric, argv[2], error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_TROUBLE;
    }
    report_print(stdout, &rubric, &grade, argv[2]);
    print_rest(&rubric, &grade, argv[2]);
    if (grade.trouble)
        return STATUS_TROUBLE;
    return grade.points == 100 ? STATUS_FULL : STATUS_NOT;
}
