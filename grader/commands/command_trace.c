/*
 * command_trace.c - heaplab trace: tells, checks and makes traces.
 */
#include "grader/commands/commands.h"

#include "grader/cell.h"
#include "grader/show/words.h"
#include "traces/generate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: heaplab trace info FILE...\n"
    "       heaplab trace check FILE...\n"
    "       heaplab trace generate KIND [PARAMETER=NUMBER...] > FILE\n"
    "       heaplab trace import [--layout NAME] FILE [-o FILE]\n"
    "       heaplab trace vary [--seed N] [--window W] FILE > FILE\n"
    "       heaplab trace shrink [--file FILE.c] ALLOCATOR TRACE [-o FILE]\n"
    "\n"
    "  info      tells what is in each trace\n"
    "  check     says ok, or which line is wrong; FILE - is standard input\n"
    "  generate  writes a trace to standard output; without KIND, lists "
    "them\n"
    "  import    makes a trace of a .rep file, or of a script of a, r, f\n"
    "  vary      writes a variant: other sizes, order and identifiers\n"
    "  shrink    finds a small trace that fails as TRACE does\n";

static void print_lines(const char *key, const char *text)
{
    while (*text != '\0') {
        int length = (int)strcspn(text, "\n");
        printf("  %-16s %.*s\n", key, length, text);
        text += length + (text[length] == '\n');
        key = "";
    }
}

static void print_info(const char *path, const struct trace *trace,
                       const struct trace_info *info)
{
    printf("%s: %s\n", path, trace->title);
    print_lines("about", trace->about);
    print_lines("made by", trace->make);
    printf("  %-16s %zu: %zu malloc, %zu calloc, %zu aligned, %zu realloc, "
           "%zu free, %zu trim\n",
           "operations", trace->op_count, info->count[OP_MALLOC],
           info->count[OP_CALLOC], info->count[OP_ALIGNED],
           info->count[OP_REALLOC], info->count[OP_FREE],
           info->count[OP_TRIM]);
    printf("  %-16s %" PRIu64 " to %" PRIu64 " bytes, median %" PRIu64 "\n",
           "sizes", info->smallest, info->largest, info->median);
    printf("  %-16s %" PRIu64 " bytes in up to %zu blocks\n", "most live",
           trace->live_peak, info->live_blocks);
    printf("  %-16s %" PRIu64 " bytes in %zu blocks\n", "live at the end",
           info->leaked_bytes, info->leaked_blocks);
    printf("  %-16s %zu\n", "threads", trace->threads);
}

/* Reads each file, and tells about it if it should. */
static int each_file(int argc, char **argv, bool info)
{
    int status = argc > 0 ? STATUS_FULL : STATUS_USAGE;

    if (argc == 0)
        fputs(usage, stderr);
    for (int i = 0; i < argc; i++) {
        struct trace_info counts;
        struct workload workload;
        const struct trace *trace;
        char error[2048];
        if (!workload_open(&workload, argv[i], error, sizeof(error))) {
            fprintf(stderr, "%s\n", error);
            status = STATUS_USAGE;
            continue;
        }
        trace = workload.trace;
        if (!info) {
            printf("%s: ok, %zu operations\n", argv[i], trace->op_count);
        } else if (trace_describe(trace, &counts)) {
            print_info(argv[i], trace, &counts);
        } else {
            fprintf(stderr, "%s: there is no memory for it\n", argv[i]);
            status = STATUS_TROUBLE;
        }
        workload_close(&workload);
    }
    return status;
}

static void list_kinds(FILE *out)
{
    for (size_t i = 0; i < generator_count; i++) {
        const struct parameter *p = generators[i].parameters;
        fprintf(out, "  %-11s %s\n", generators[i].name,
                generators[i].meaning);
        for (size_t k = 0; k < PARAMETERS_MAX && p[k].name != NULL; k++)
            fprintf(out,
                    "      %s=%" PRIu64 "   %s, %" PRIu64 " to %" PRIu64 "\n",
                    p[k].name, p[k].usual, p[k].meaning, p[k].least,
                    p[k].most);
    }
}

static int generate(int argc, char **argv)
{
    struct trace_error error;
    struct trace *trace;
    bool written;

    if (argc == 0) {
        list_kinds(stdout);
        return STATUS_FULL;
    }
    trace = trace_generate(argv[0], (const char *const *)argv + 1,
                           (size_t)argc - 1, &error);
    if (trace == NULL) {
        fprintf(stderr, "heaplab: %s\n", error.message);
        return STATUS_USAGE;
    }
    written = trace_write(trace, stdout) && fflush(stdout) == 0;
    trace_free(trace);
    if (!written)
        perror("heaplab: standard output");
    return written ? STATUS_FULL : STATUS_TROUBLE;
}

int run_trace(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    if (strcmp(verb, "info") == 0)
        return each_file(argc - 2, argv + 2, true);
    if (strcmp(verb, "check") == 0)
        return each_file(argc - 2, argv + 2, false);
    if (strcmp(verb, "generate") == 0)
        return generate(argc - 2, argv + 2);
    if (strcmp(verb, "import") == 0)
        return run_import(argc - 1, argv + 1);
    if (strcmp(verb, "vary") == 0)
        return run_vary(argc - 1, argv + 1);
    if (strcmp(verb, "shrink") == 0)
        return run_shrink(argc - 1, argv + 1);
    if (strcmp(verb, "--help") == 0) {
        fputs(usage, stdout);
        return STATUS_FULL;
    }
    fputs(usage, stderr);
    return STATUS_USAGE;
}
