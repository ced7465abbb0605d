/*
 * shut.h - a runner gives up its system calls before a submission's code runs.
 */
#ifndef GRADER_RUNNER_SHUT_H
#define GRADER_RUNNER_SHUT_H

/*
 * Reads a filter of system calls from descriptor, closes that, and leaves the
 * calling process with what the filter allows, for ever. The process should
 * have one thread, and have loaded and mapped everything. What the coverage
 * build counted so far is kept. Returns 0, or -1 if there is no such filter
 * or the kernel refuses it; then nothing has been given up.
 */
int shut_calls(int descriptor);

#endif
