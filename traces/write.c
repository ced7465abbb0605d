/*
 * write.c - writes traces plainly: what trace_read() reads, and nothing else.
 */
#include "traces/trace.h"

#include "traces/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many names trace_save() tries for its new file. */
#define NAMES_TRIED 100

/* Writes text as lines that each begin with key. */
static bool write_text(const char *key, const char *text, FILE *out)
{
    while (*text != '\0') {
        int length = (int)strcspn(text, "\n");
        if (fprintf(out, "%s: %.*s\n", key, length, text) < 0)
            return false;
        text += length + (text[length] == '\n');
    }
    return true;
}

/* Writes one operation as its line. */
static bool write_op(const struct op *op, FILE *out)
{
    static const char letters[] = {
        [OP_MALLOC] = 'a',  [OP_CALLOC] = 'z', [OP_ALIGNED] = 'm',
        [OP_REALLOC] = 'r', [OP_FREE] = 'f',   [OP_TRIM] = 't'};
    char letter = letters[op->kind];

    if (op->kind == OP_TRIM)
        return fprintf(out, "%c\n", letter) > 0;
    if (op->kind == OP_FREE)
        return fprintf(out, "%c %" PRIu32 "\n", letter, op->id) > 0;
    if (op->kind == OP_ALIGNED)
        return fprintf(out, "%c %" PRIu32 " %lu %" PRIu64 "\n", letter,
                       op->id, 1UL << op->alignment_order, op->size) > 0;
    return fprintf(out, "%c %" PRIu32 " %" PRIu64 "\n", letter, op->id,
                   op->size) > 0;
}

/* Writes a trace that is known to be sound. */
static bool write_sound(const struct trace *trace, FILE *out)
{
    unsigned thread = 0;

    if (fputs("heaplab trace 1\n", out) == EOF ||
        !write_text("title", trace->title, out) ||
        !write_text("about", trace->about, out) ||
        !write_text("make", trace->make, out) ||
        fprintf(out,
                "operations: %zu\n"
                "identifiers: %zu\n"
                "live peak: %" PRIu64 "\n"
                "threads: %zu\n\n",
                trace->op_count, trace->id_count, trace->live_peak,
                trace->threads) < 0)
        return false;
    for (size_t i = 0; i < trace->op_count; i++) {
        const struct op *op = &trace->ops[i];
        if (op->thread != thread && fprintf(out, "@ %u\n", op->thread) < 0)
            return false;
        thread = op->thread;
        if (!write_op(op, out))
            return false;
    }
    return fflush(out) == 0;
}

bool trace_write(const struct trace *trace, FILE *out)
{
    struct trace_error error;

    if (!trace_check(trace, "trace", &error)) {
        errno = EINVAL;
        return false;
    }
    return write_sound(trace, out);
}

/*
 * Creates a new file beside target, named after it, and opens it for writing.
 * Returns NULL, errno telling why, if there can be none; otherwise *name is
 * its name, to be freed.
 */
static FILE *create_beside(const char *target, char **name)
{
    size_t room = strlen(target) + 48;

    *name = malloc(room);
    for (int i = 0; *name != NULL && i < NAMES_TRIED; i++) {
        (void)snprintf(*name, room, "%s.new-%ld-%d", target, (long)getpid(),
                       i);
        int fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EEXIST)
            continue;
        FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
        if (out == NULL && fd >= 0) {
            (void)close(fd);
            (void)unlink(*name);
        }
        return out;
    }
    return NULL;
}

/* Refuses to save, for the reason that errno tells. */
static bool refuse_save(struct trace_error *error, const char *path,
                        const char *what)
{
    return trace_refuse(error, path, 0, "%s: %s; nothing was written there",
                        what, strerror(errno));
}

/* Puts trace in the place of target. path is target's name in messages. */
static bool replace(const struct trace *trace, const char *target,
                    const char *path, struct trace_error *error)
{
    char *name = NULL;
    FILE *out = create_beside(target, &name);

    if (out == NULL) {
        refuse_save(error, path, "no file can be made in its folder");
        free(name);
        return false;
    }
    bool done = write_sound(trace, out);
    int why = errno;
    if (fclose(out) != 0 && done) {
        done = false;
        why = errno;
    }
    if (done && rename(name, target) != 0) {
        done = false;
        why = errno;
    }
    if (!done) {
        (void)unlink(name);
        errno = why;
        refuse_save(error, path, "cannot be written");
    }
    free(name);
    return done;
}

bool trace_save(const struct trace *trace, const char *path,
                struct trace_error *error)
{
    struct stat status;

    if (!trace_check(trace, path, error))
        return false;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return trace_refuse(error, path, 0, "is %s; give the name of a file",
                            S_ISDIR(status.st_mode) ? "a folder"
                                                    : "not a regular file");
    /* What a symbolic link points to is replaced, not the link. */
    char *target = realpath(path, NULL);
    if (target == NULL && errno != ENOENT)
        return refuse_save(error, path, "cannot be written");
    bool done = replace(trace, target != NULL ? target : path, path, error);
    free(target);
    return done;
}
