/*
 * command_starter.c - heaplab starter: what students start from, made out of
 * the reference.
 */
#include "grader/commands.h"

#include "grader/grade.h"
#include "grader/starter.h"
#include "grader/subject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: heaplab starter LAB STEP [-o FILE]\n"
    "\n"
    "  Writes the file that students of LAB (1-kr, or just kr) start from, "
    "with\n"
    "  the first STEP steps solved: 0 is the stub. To standard output, or "
    "to\n"
    "  FILE.\n";

/* What the command line asks for. */
struct request {
    const char *lab;
    const char *file; /* NULL: standard output */
    size_t solved;
};

static bool read_request(struct request *request, int argc, char **argv)
{
    char *end;

    if (argc != 3 && (argc != 5 || strcmp(argv[3], "-o") != 0))
        return false;
    request->lab = argv[1];
    request->solved = strtoul(argv[2], &end, 10);
    request->file = argc == 5 ? argv[4] : NULL;
    return *argv[2] >= '0' && *argv[2] <= '9' && *end == '\0';
}

/* Writes the starter to out, which it closes. Returns whether that went
   well; otherwise tells why, and leaves no file. */
static bool write_starter(FILE *out, const struct request *request,
                          const struct rubric *rubric)
{
    char error[512] = "";
    char path[PATH_ROOM];
    bool written;

    if (out == NULL) {
        perror(request->file);
        return false;
    }
    written = starter_reference(path, rubric, error, sizeof(error)) &&
              starter_write(out, rubric, path, request->solved, error,
                            sizeof(error));
    if (fclose(out) != 0 && written) {
        snprintf(error, sizeof(error), "it could not be written: %s",
                 strerror(errno));
        written = false;
    }
    if (written)
        return true;
    fprintf(stderr, "%s\n", error);
    if (request->file != NULL)
        unlink(request->file);
    return false;
}

int run_starter(int argc, char **argv)
{
    static struct rubric rubric;
    struct request request;
    char error[512];

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return STATUS_FULL;
    }
    if (!read_request(&request, argc, argv)) {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    if (!rubric_of_lab(&rubric, request.lab, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    if (request.solved > rubric.step_count) {
        fprintf(stderr, "heaplab: lab %s has %zu steps\n", rubric.lab,
                rubric.step_count);
        return STATUS_USAGE;
    }
    return write_starter(request.file != NULL ? fopen(request.file, "we")
                                              : stdout,
                         &request, &rubric)
               ? STATUS_FULL
               : STATUS_TROUBLE;
}
