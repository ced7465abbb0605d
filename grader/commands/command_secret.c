/*
 * command_secret.c - heaplab secret: which traces of a lab a secret varies.
 */
#include "grader/commands/commands.h"

#include "grader/commands/arguments.h"
#include "grader/lab/labs.h"
#include "grader/lab/secret.h"

#include <stdio.h>

static const char usage[] =
    "usage: heaplab secret LAB FILE\n"
    "\n"
    "  Accepts variants of the lab's traces from the secret in FILE, and "
    "tells\n"
    "  which traces are varied. LAB is 1-kr, kr, or the path of a rubric.\n"
    "\n"
    "  window   operations change places within so many; 1: the order "
    "stays;\n"
    "           none: the trace stays as it is\n"
    "  refused  variants on which the kit's allocator does not do as well\n"
    "  moved    seeds whose live peak is over 1 % away\n"
    "  and how far the kit's allocator is from what it reaches on the "
    "trace\n";

int run_secret(int argc, char **argv)
{
    static struct rubric rubric;
    struct secret secret;
    char error[2048];
    int status;

    if (!arguments_counted(argc, argv, 2, 2, usage, &status))
        return status;
    if (!rubric_of_lab(&rubric, argv[1], error, sizeof(error)) ||
        !secret_open(&secret, argv[2], &rubric, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    printf("%s: %zu variants of each trace%s\n", rubric.lab, SECRET_VARIANTS,
           secret.remembered ? ", remembered from an earlier run" : "");
    secret_print(stdout, &secret);
    secret_close(&secret);
    return STATUS_FULL;
}
