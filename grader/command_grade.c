/*
 * command_grade.c - heaplab grade: one file against a lab's rubric, told in
 * full.
 */
#include "grader/commands.h"

#include "grader/grade.h"
#include "grader/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: heaplab grade LAB FILE.c\n"
    "\n"
    "  Grades FILE.c on LAB (1-kr, or just kr), step by step. Exits 0 for\n"
    "  full marks, 1 for less.\n";

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
    report_print(stdout, &rubric, &grade, argv[2]);
    if (grade.trouble)
        return STATUS_TROUBLE;
    return grade.points == 100 ? STATUS_FULL : STATUS_NOT;
}
