/*
 * heaplab.c - the command line: which command is meant, and what it is told.
 */
#include "grader/commands/commands.h"

#include "grader/subject.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *meaning; /* one line of the help */
};

static const struct command commands[] = {
    {"list", run_list, "the allocators, their options and invariants"},
    {"replay", run_replay, "judge one allocator on one trace; draw its heap"},
    {"step", run_step, "go through a replay, operation by operation"},
    {"map", run_map, "a heap over time, in text"},
    {"debug", run_debug, "stop in gdb before the operation that fails"},
    {"trace", run_trace, "info, check, generate, vary, shrink: of traces"},
    {"record", run_record, "make a trace of a real program"},
    {"scores", run_scores, "score the kit's allocators"},
    {"compare", run_compare, "allocators side by side, trace by trace"},
    {"grade", run_grade, "grade files against a lab's rubric"},
    {"class", run_class, "grade a folder of files, a line each"},
    {"hint", run_hint, "the hints for a step of a lab, one at a time"},
    {"starter", run_starter, "what students of a lab start from"},
    {"memcheck", run_memcheck, "a lab's traces on a file, under memcheck"},
    {"asan", run_asan, "the same under AddressSanitizer"},
    {"coverage", run_coverage, "which lines of a file no trace reaches"},
    {"mutants", run_mutants, "which mutants of a lab traces catch"},
    {"leaks", run_leaks, "what of a lab's solution stands in a folder"},
    {"calibrate", run_calibrate, "the figures that a rubric is set by"},
    {"secret", run_secret, "traces that a course keeps to itself"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

/* Is it about references or mutants, which a handout has not? */
static bool is_missing(const char *name)
{
    static const char *const about[] = {"starter", "mutants", "leaks",
                                        "calibrate"};

    for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++) {
        if (strcmp(name, about[i]) == 0)
            return kit_is_handout();
    }
    return false;
}

static void print_help(FILE *out)
{
    fprintf(out, "usage: heaplab COMMAND [OPTION...] [ARGUMENT...]\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!is_missing(commands[i].name))
            fprintf(out, "  %-10s %s\n", commands[i].name,
                    commands[i].meaning);
    }
    fprintf(out, "\n  heaplab COMMAND --help tells more of one.\n"
                 "\nExit status: 0 full marks or nothing wrong, 1 not, 2 "
                 "usage or bad input,\n3 the kit's own trouble.\n");
}

/* Runs a command, if there is what it is about. */
static int run(const struct command *command, int argc, char **argv)
{
    if (!is_missing(command->name))
        return command->run(argc, argv);
    fprintf(stderr,
            "heaplab: %s: not in a handout, which has no solutions; ask your "
            "instructor\n",
            command->name);
    return STATUS_USAGE;
}

/* What was printed must have got there: a full disk is no full marks. */
static int flushed(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    perror("heaplab: standard output");
    return STATUS_TROUBLE;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return STATUS_FULL;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return flushed(run(&commands[i], argc - 1, argv + 1));
    }
    if (argc > 1)
        fprintf(stderr, "heaplab: no command is called '%s'\n\n", name);
    print_help(stderr);
    return STATUS_USAGE;
}
