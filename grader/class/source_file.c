/*
 * source_file.c - reads a C file that nobody trusts.
 */
#include "grader/class/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *source_fault(const struct stat *what, bool links_count)
{
    if (S_ISLNK(what->st_mode))
        return "is a symbolic link, which is not followed";
    if (!S_ISREG(what->st_mode))
        return "is no plain file";
    if (what->st_nlink > 1 && links_count)
        return "is a hard link, which is not taken";
    if ((uintmax_t)what->st_size > SOURCE_MAX)
        return "has more than 1 MiB, and is not taken";
    return NULL;
}

const char *source_text_fault(const char *text, size_t size)
{
    if (size == 0)
        return "is empty";
    if (size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
                      memcmp(text, "\xfe\xff", 2) == 0))
        return "is UTF-16: save it as UTF-8";
    return NULL;
}

/* Reads up to size bytes, to the end if it comes first. Returns how many; -1
   if it cannot be read. */
static ssize_t read_up_to(int fd, char *text, size_t size)
{
    size_t length = 0;

    while (length < size) {
        ssize_t got = read(fd, text + length, size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

/* Reads what is open. Returns text, or NULL, and why. */
static char *read_open(int fd, bool links_count, size_t *size,
                       const char **why)
{
    struct stat what;
    char *text;
    ssize_t got;

    *why = "cannot be read";
    if (fstat(fd, &what) != 0)
        return NULL;
    if (source_fault(&what, links_count) != NULL) {
        *why = source_fault(&what, links_count);
        return NULL;
    }
    text = malloc((size_t)what.st_size + 2);
    if (text == NULL) {
        *why = NULL;
        return NULL;
    }
    got = read_up_to(fd, text, (size_t)what.st_size + 1);
    if (got > what.st_size)
        *why = "changed while it was read";
    else if (got >= 0)
        *why = source_text_fault(text, (size_t)got);
    if (*why != NULL) {
        free(text);
        return NULL;
    }
    text[got] = '\0';
    *size = (size_t)got;
    return text;
}

char *source_read(int folder, const char *name, bool links_count,
                  size_t *size, const char **why)
{
    int fd =
        openat(folder, name,
               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    char *text;

    *why = "cannot be read";
    if (fd < 0)
        return NULL;
    text = read_open(fd, links_count, size, why);
    close(fd);
    return text;
}
