/*
 * footprint.h - what a process has taken of the machine, as the kernel tells.
 */
#ifndef GRADER_FOOTPRINT_H
#define GRADER_FOOTPRINT_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Returns the seconds that the first thread of process pid was ready to run
 * and had no processor; negative if the kernel does not tell. Cost: a small
 * file to read.
 */
double footprint_delay(pid_t pid);

/*
 * Opens what tells of the memory of process pid. Returns a descriptor, closed
 * on exec, or -1 if the kernel does not tell. Cost: one system call.
 */
int footprint_open(pid_t pid);

/*
 * Returns the bytes of memory, shared ones too, that the process has in use
 * which a descriptor of footprint_open() tells of; 0 if nobody tells, or it
 * has ended. Cost: one system call.
 */
uint64_t footprint_memory(int file);

/*
 * Returns the bytes that the files in a folder take on the disk, each at least
 * one byte, and none that lie in folders below it; 0 if it cannot be read.
 * Cost: linear in the files.
 */
uint64_t footprint_files(const char *folder);

#endif
