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
 * Returns the bytes of memory that process pid has in use, shared ones too; 0
 * if the kernel does not tell. Cost: a small file to read.
 */
uint64_t footprint_memory(pid_t pid);

/*
 * Returns the bytes that the files in a folder take on the disk, each at least
 * one byte, and none that lie in folders below it; 0 if it cannot be read.
 * Cost: linear in the files.
 */
uint64_t footprint_files(const char *folder);

#endif
