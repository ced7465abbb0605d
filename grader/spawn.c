/*
 * spawn.c - runs a helper program and takes in what it prints.
 */
#include "grader/spawn.h"

#include "grader/coverage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Becomes the helper, after fork. */
static _Noreturn void become(const char *const *words, const char *directory,
                             int output)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
        _exit(127);
    if (directory != NULL && chdir(directory) != 0)
        _exit(127);
    coverage_keep();
    execvp(words[0], (char *const *)words);
    _exit(127);
}

/* Reads to the end of the stream; keeps what fits. */
static void read_all(int from, char *text, size_t size)
{
    char bytes[4096];
    size_t length = 0;
    ssize_t got;

    while ((got = read(from, bytes, sizeof(bytes))) != 0) {
        size_t room = size - 1 - length;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        if ((size_t)got < room)
            room = (size_t)got;
        memcpy(text + length, bytes, room);
        length += room;
    }
    text[length] = '\0';
}

int capture(const char *const *words, const char *directory, char *text,
            size_t size)
{
    int output[2];
    int status;
    pid_t pid;

    text[0] = '\0';
    if (pipe2(output, O_CLOEXEC) != 0)
        return -1;
    fflush(NULL);
    pid = fork();
    if (pid == 0)
        become(words, directory, output[1]);
    close(output[1]);
    if (pid > 0)
        read_all(output[0], text, size);
    close(output[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
        WEXITSTATUS(status) == 127)
        return -1;
    return WEXITSTATUS(status);
}

int line_of(const char *path, unsigned long address, struct line *line)
{
    char number[32];
    char text[1024];
    char *colon;
    const char *words[] = {"addr2line", "-e", path, number, NULL};

    snprintf(number, sizeof(number), "%#lx", address);
    if (address == 0 || capture(words, NULL, text, sizeof(text)) != 0)
        return -1;
    text[strcspn(text, "\n")] = '\0';
    colon = strrchr(text, ':');
    if (colon == NULL || text[0] == '?')
        return -1;
    *colon = '\0';
    line->number = (unsigned)strtoul(colon + 1, NULL, 10);
    snprintf(line->file, sizeof(line->file), "%s", text);
    return line->number > 0 ? 0 : -1;
}
