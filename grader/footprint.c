/*
 * footprint.c - what a process has taken of the machine: read from /proc,
 * where nothing depends on what the process says.
 */
#include "grader/footprint.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens the process's file called name. */
static int open_of(pid_t pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Reads the second of the numbers in a file. Returns whether there is one. */
static bool second_number(int file, unsigned long long *number)
{
    char text[256];
    ssize_t length = file >= 0 ? pread(file, text, sizeof(text) - 1, 0) : -1;
    const char *at;

    text[length > 0 ? length : 0] = '\0';
    at = strchr(text, ' ');
    if (at == NULL)
        return false;
    *number = strtoull(at, NULL, 10);
    return true;
}

double footprint_delay(pid_t pid)
{
    int file = open_of(pid, "schedstat");
    unsigned long long nanoseconds;
    bool told = second_number(file, &nanoseconds);

    if (file >= 0)
        close(file);
    return told ? (double)nanoseconds * 1e-9 : -1;
}

int footprint_open(pid_t pid)
{
    return open_of(pid, "statm");
}

uint64_t footprint_memory(int file)
{
    unsigned long long pages;

    if (!second_number(file, &pages))
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
