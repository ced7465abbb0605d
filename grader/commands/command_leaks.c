/*
 * command_leaks.c - heaplab leaks: does what students get hold the solution?
 */
#include "grader/commands/commands.h"

#include "grader/commands/arguments.h"
#include "grader/lab/labs.h"
#include "grader/lab/leaks.h"

#include <stdio.h>

static const char usage[] =
    "usage: heaplab leaks LAB FOLDER\n"
    "\n"
    "  Searches all files below FOLDER for the solution of LAB: long lines "
    "of\n"
    "  the functions that students write, and its mutants. A line a find,\n"
    "  FILE:LINE: what stands there. Exits 0 if there is none, 1 if there "
    "is.\n";

int run_leaks(int argc, char **argv)
{
    static struct rubric rubric;
    char error[512];
    size_t count;
    int status;

    if (!arguments_counted(argc, argv, 2, 2, usage, &status))
        return status;
    if (!rubric_of_lab(&rubric, argv[1], error, sizeof(error)) ||
        !leaks_search(stdout, &rubric, argv[2], &count, error,
                      sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    return count == 0 ? STATUS_FULL : STATUS_NOT;
}
