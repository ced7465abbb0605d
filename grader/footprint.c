/*
 * footprint.c - what a process has taken of the machine: read from /proc,
 * where nothing depends on what the process says.
 */
#include "grader/footprint.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads the second number in the process's file called name. Returns whether
   there is one. */
static int second_number(pid_t pid, const char *name,
                         unsigned long long *number)
{
    char path[64];
    unsigned long long first;
    FILE *in;
    int count = 0;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    in = fopen(path, "re");
    if (in != NULL) {
        count = fscanf(in, "%llu %llu", &first, number); /* NOLINT */
        fclose(in);
    }
    return count == 2;
}

double footprint_delay(pid_t pid)
{
    unsigned long long nanoseconds;

    if (!second_number(pid, "schedstat", &nanoseconds))
        return -1;
    return (double)nanoseconds * 1e-9;
}

uint64_t footprint_memory(pid_t pid)
{
    unsigned long long pages;

    if (!second_number(pid, "statm", &pages))
        return 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t footprint_files(const char *folder)
{
    DIR *all = opendir(folder);
    const struct dirent *entry;
    struct stat what;
    uint64_t size = 0;

    while (all != NULL && (entry = readdir(all)) != NULL) {
        if (fstatat(dirfd(all), entry->d_name, &what, AT_SYMLINK_NOFOLLOW) ==
                0 &&
            !S_ISDIR(what.st_mode))
            size += (uint64_t)what.st_blocks * 512 + 1;
    }
    if (all != NULL)
        closedir(all);
    return size;
}
