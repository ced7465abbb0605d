/*
 * ready.c - what is seen to before a class is graded.
 */
#include "grader/gradebook/ready.h"

#include "grader/confine/sandbox.h"
#include "grader/subject.h"

#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Writes the first part of path that this process cannot get to into to.
   Returns false: it can get to all. A folder must be searched, a file read. */
static bool find_closed(const char *path, int to)
{
    char part[PATH_ROOM];
    struct stat what;

    for (size_t i = 1; path[i - 1] != '\0' && i < sizeof(part); i++) {
        int wanted;
        if (path[i] != '/' && path[i] != '\0')
            continue;
        snprintf(part, sizeof(part), "%.*s", (int)i, path);
        wanted =
            stat(part, &what) == 0 && S_ISDIR(what.st_mode) ? X_OK : R_OK;
        if (access(part, wanted) != 0 && errno == EACCES)
            return write(to, part, i + 1) > 0;
    }
    return false;
}

/* As the user nobody, looks at all that a submission is compiled with. Does
   not return. */
static _Noreturn void look_as_nobody(int to)
{
    static const char *const parts[] = {"include/allocators/*.h", "runner.a",
                                        "served.a"};
    bool closed = false;
    glob_t found;

    /* The names are found out by root, who may read all folders. */
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char pattern[PATH_ROOM];
        path_built(pattern, parts[i]);
        if (glob(pattern, i > 0 ? GLOB_APPEND : 0, NULL, &found) ==
            GLOB_NOSPACE)
            _exit(0);
    }
    if (setgroups(0, NULL) != 0 ||
        setresgid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) != 0 ||
        setresuid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) != 0)
        _exit(0); /* the walls say it better */
    for (size_t i = 0; i < found.gl_pathc && !closed; i++)
        closed = find_closed(found.gl_pathv[i], to);
    _exit(0);
}

bool ready_kit(char *error, size_t size)
{
    char path[PATH_ROOM] = "";
    struct stat what;
    ssize_t got;
    int ends[2];
    pid_t pid;

    if (geteuid() != 0)
        return true;
    pid = pipe(ends) == 0 ? fork() : -1;
    if (pid == 0)
        look_as_nobody(ends[1]);
    if (pid < 0) {
        snprintf(error, size, "nobody's rights cannot be looked at: %s",
                 strerror(errno));
        return false;
    }
    close(ends[1]);
    got = read(ends[0], path, sizeof(path) - 1);
    close(ends[0]);
    waitpid(pid, NULL, 0);
    if (got <= 0)
        return true;
    snprintf(error, size,
             "%.400s is closed to the user nobody, whom root's submissions "
             "run as: chmod %s it, or grade as an ordinary user",
             path,
             stat(path, &what) == 0 && S_ISDIR(what.st_mode) ? "o+x" : "o+r");
    return false;
}

/* Can files be made in the folder? */
static bool is_writable(const char *folder)
{
    char path[PATH_ROOM + 4];

    snprintf(path, sizeof(path), "%.*s/.", PATH_ROOM - 1, folder);
    return access(path, W_OK | X_OK) == 0;
}

bool ready_results(const char *folder, const char *lab, char *error,
                   size_t size)
{
    char path[PATH_ROOM];

    snprintf(path, sizeof(path), "%s", folder);
    if (is_writable(path)) {
        snprintf(path, sizeof(path), "%s/%s", folder, lab);
        if (is_writable(path) || errno == ENOENT)
            return true;
    }
    snprintf(error, size, "%.400s: results cannot be written there: %s", path,
             strerror(errno));
    return false;
}

void ready_say_which(char *error, size_t size, const char *what,
                     const char *path)
{
    char line[1024];

    if (strncmp(error, path, strlen(path)) != 0)
        return;
    snprintf(line, sizeof(line), "%s", error);
    snprintf(error, size, "%s %s", what, line);
}
