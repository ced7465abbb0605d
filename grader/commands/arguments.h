/*
 * arguments.h - what the commands share about reading their command lines.
 */
#ifndef GRADER_COMMANDS_ARGUMENTS_H
#define GRADER_COMMANDS_ARGUMENTS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Reads the command line of the command called name ("heaplab step") by argp
 * into input; flags are argp_parse()'s. Does not return if it is wrong, or
 * asks for help: then the program ends, with STATUS_USAGE or STATUS_FULL.
 */
void arguments_parse(const struct argp *argp, const char *name, int argc,
                     char **argv, unsigned flags, void *input);

/*
 * Returns the number that text is: decimal digits, without a sign or a
 * leading zero. If it is none, or not from least to most, says what the
 * option or argument called what ("--at") wants, and ends the program with
 * STATUS_USAGE. A most of UINT64_MAX means that there is no limit.
 */
uint64_t arguments_number(const struct argp_state *state, const char *what,
                          const char *text, uint64_t least, uint64_t most);

/*
 * For a command without options: returns whether it got least to most
 * arguments. If not, or if help is asked for, prints usage, and *status is
 * what the program is to return.
 */
bool arguments_counted(int argc, char **argv, int least, int most,
                       const char *usage, int *status);

#endif
