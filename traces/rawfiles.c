/*
 * rawfiles.c - reads the directory of a recording.
 */
#include "traces/rawfiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns true if any event of process was written. */
static bool has_events(const struct raw_process *process)
{
    for (size_t i = 0; i < process->event_count; i++)
        if (atomic_load(&process->events[i].kind) != RAW_NONE)
            return true;
    return false;
}

/* Maps the raw file called name. Returns false if it is none. */
static bool map_file(int directory, const char *name,
                     struct raw_process *process)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    struct stat status;
    void *file = MAP_FAILED;
    size_t size = 0;

    if (fd < 0)
        return false;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        size = (size_t)status.st_size;
    if (size >= RAW_HEADER_SIZE)
        file = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (file == MAP_FAILED)
        return false;
    *process = (struct raw_process){
        .header = file,
        .events = (const void *)((const char *)file + RAW_HEADER_SIZE),
        .event_count = (size - RAW_HEADER_SIZE) / sizeof(struct raw_event),
        .size = size};
    memcpy(process->name, name, strnlen(name, RAW_NAME_MAX - 1));
    if (memcmp(process->header->magic, RAW_MAGIC, sizeof RAW_MAGIC) == 0 &&
        has_events(process))
        return true;
    (void)munmap(file, size);
    return false;
}

static int compare_starts(const void *a, const void *b)
{
    uint64_t x = ((const struct raw_process *)a)->header->started;
    uint64_t y = ((const struct raw_process *)b)->header->started;

    return (x > y) - (x < y);
}

/*
 * Finds the parents. A parent started earlier, whatever the file says, so
 * that going from parent to parent ends.
 */
static void link_parents(struct raw_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        struct raw_process *process = &files->processes[i];
        const char *parent = process->header->parent;
        for (size_t k = 0; k < i && parent[0] != '\0'; k++)
            if (strncmp(files->processes[k].name, parent, RAW_NAME_MAX) == 0)
                process->parent = &files->processes[k];
    }
}

/* Adds the files of an open directory. */
static bool read_files(DIR *directory, struct raw_files *files)
{
    const struct dirent *entry;
    size_t room = 0;

    errno = 0;
    while ((entry = readdir(directory)) != NULL) {
        if (files->count == room) {
            size_t more = room > 0 ? 2 * room : 16;
            struct raw_process *moved =
                reallocarray(files->processes, more, sizeof *moved);
            if (moved == NULL)
                return false;
            files->processes = moved;
            room = more;
        }
        struct raw_process *process = &files->processes[files->count];
        if (map_file(dirfd(directory), entry->d_name, process))
            files->count++;
        errno = 0;
    }
    return errno == 0;
}

bool raw_files_open(const char *directory, struct raw_files *files)
{
    DIR *stream = opendir(directory);

    *files = (struct raw_files){.processes = NULL};
    if (stream == NULL)
        return false;
    bool done = read_files(stream, files);
    int error = errno;
    (void)closedir(stream);
    if (!done) {
        raw_files_close(files);
        errno = error;
        return false;
    }
    if (files->count > 0)
        qsort(files->processes, files->count, sizeof *files->processes,
              compare_starts);
    link_parents(files);
    return true;
}

void raw_files_close(struct raw_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        (void)munmap((void *)files->processes[i].header,
                     files->processes[i].size);
    free(files->processes);
    *files = (struct raw_files){.processes = NULL};
}

void raw_files_remove(const char *directory)
{
    DIR *stream = opendir(directory);
    const struct dirent *entry;

    if (stream == NULL)
        return;
    while ((entry = readdir(stream)) != NULL)
        (void)unlinkat(dirfd(stream), entry->d_name, 0);
    (void)closedir(stream);
    (void)rmdir(directory);
}
