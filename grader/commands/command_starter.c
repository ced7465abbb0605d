/*
 * command_starter.c - heaplab starter: what students start from, made out of
 * the reference.
 */
#include "grader/commands/commands.h"

#include "grader/lab/labs.h"
#include "grader/lab/patch.h"
#include "grader/lab/starter.h"
#include "grader/subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: heaplab starter LAB STEP [-o FILE] [-p PATCH]\n"
    "\n"
    "  Writes the file that students of LAB (1-kr, or just kr) start from, "
    "with\n"
    "  the first STEP steps solved: 0 is the stub. To standard output, or "
    "to\n"
    "  FILE. PATCH, a unified diff, is applied to it first.\n";

/* What the command line asks for. */
struct request {
    const char *lab;
    const char *file;  /* NULL: standard output */
    const char *patch; /* NULL: none */
    size_t solved;
};

static bool read_request(struct request *request, int argc, char **argv)
{
    char *end;

    if (argc < 3 || argc % 2 == 0)
        return false;
    *request = (struct request){.lab = argv[1]};
    request->solved = strtoul(argv[2], &end, 10);
    for (int i = 3; i < argc; i += 2) {
        if (strcmp(argv[i], "-o") == 0)
            request->file = argv[i + 1];
        else if (strcmp(argv[i], "-p") == 0)
            request->patch = argv[i + 1];
        else
            return false;
    }
    return *argv[2] >= '0' && *argv[2] <= '9' && *end == '\0';
}

/* Returns the starter's text, to be freed; or NULL, with a line in error. */
static char *make_text(const struct request *request,
                       const struct rubric *rubric, char *error, size_t size)
{
    char path[PATH_ROOM];
    struct patch patch;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    bool made =
        out != NULL && starter_reference(path, rubric, error, size) &&
        starter_write(out, rubric, path, request->solved, error, size);

    if (out == NULL || fclose(out) != 0) {
        snprintf(error, size, "there is no memory for it");
        made = false;
    }
    if (!made) {
        free(text);
        return NULL;
    }
    if (request->patch == NULL)
        return text;
    return patch_apply(&patch, request->patch, text, error, size);
}

/* Writes text to the file, or standard output. Returns whether that went
   well; otherwise tells why, and leaves no file. */
static bool write_text(const struct request *request, const char *text)
{
    FILE *out = request->file != NULL ? fopen(request->file, "we") : stdout;
    bool written = out != NULL && fputs(text, out) >= 0;

    if (out != NULL && fclose(out) == 0 && written)
        return true;
    perror(request->file != NULL ? request->file : "standard output");
    if (out != NULL && request->file != NULL)
        unlink(request->file);
    return false;
}

int run_starter(int argc, char **argv)
{
    static struct rubric rubric;
    struct request request;
    char error[512] = "";
    char *text;
    bool written;

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
    text = make_text(&request, &rubric, error, sizeof(error));
    if (text == NULL)
        fprintf(stderr, "%s\n", error);
    written = text != NULL && write_text(&request, text);
    free(text);
    return written ? STATUS_FULL : STATUS_TROUBLE;
}
