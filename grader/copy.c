/*
 * copy.c - files copied to where others work on them.
 */
#include "grader/copy.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Gives an open file to the owner of the folder that path is in. */
static bool give_away(int file, const char *path)
{
    char folder[4096];
    struct stat owner;
    char *slash;

    if (geteuid() != 0)
        return true;
    if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder))
        return false;
    slash = strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
    return stat(slash != NULL ? folder : ".", &owner) == 0 &&
           fchown(file, owner.st_uid, owner.st_gid) == 0;
}

/* Writes all that is left of in to out. */
static bool copy_bytes(int in, int out)
{
    static char bytes[65536];
    ssize_t got;

    while ((got = read(in, bytes, sizeof(bytes))) > 0) {
        if (write(out, bytes, (size_t)got) != got)
            return false;
    }
    return got == 0;
}

bool copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out = in >= 0
                  ? open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)
                  : -1;
    bool well = out >= 0 && fchmod(out, 0644) == 0 && copy_bytes(in, out) &&
                give_away(out, to);

    if (out >= 0 && close(out) != 0)
        well = false;
    if (in >= 0)
        close(in);
    return well;
}
