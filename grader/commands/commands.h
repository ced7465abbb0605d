/*
 * commands.h - the commands of heaplab, and what they share.
 *
 * Each takes the arguments from its own name on, and returns the program's
 * exit status.
 */
#ifndef GRADER_COMMANDS_COMMANDS_H
#define GRADER_COMMANDS_COMMANDS_H

#include "traces/trace.h"

/* Exit statuses. */
enum status {
    STATUS_FULL = 0,    /* full marks, or nothing wrong */
    STATUS_NOT = 1,     /* not full marks, or something wrong */
    STATUS_USAGE = 2,   /* usage or bad input */
    STATUS_TROUBLE = 3, /* the kit's own trouble */
};

int run_list(int argc, char **argv);
int run_replay(int argc, char **argv);
int run_trace(int argc, char **argv);
int run_shrink(int argc, char **argv); /* heaplab trace shrink */
int run_map(int argc, char **argv);
int run_step(int argc, char **argv);
int run_debug(int argc, char **argv);
int run_record(int argc, char **argv);
int run_scores(int argc, char **argv);
int run_compare(int argc, char **argv);
int run_grade(int argc, char **argv);
int run_class(int argc, char **argv);
int run_hint(int argc, char **argv);
int run_mutants(int argc, char **argv);
int run_leaks(int argc, char **argv);
int run_starter(int argc, char **argv);
int run_memcheck(int argc, char **argv);
int run_asan(int argc, char **argv);
int run_coverage(int argc, char **argv);
int run_calibrate(int argc, char **argv);
int run_secret(int argc, char **argv);
int run_vary(int argc, char **argv);   /* heaplab trace vary */
int run_import(int argc, char **argv); /* heaplab trace import */

#endif
