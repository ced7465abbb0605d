/*
 * next.c - the last line of a message: the command that shows more.
 */
#include "grader/show/next.h"

#include "grader/property.h"
#include "grader/show/words.h"

#include <inttypes.h>
#include <string.h>

/* Is it a property that is missing? Then the command must ask for it too. */
static bool is_property(enum wrong wrong)
{
    return wrong == WRONG_ROOM || wrong == WRONG_MOVED || wrong == WRONG_FIT;
}

/* Prints the name by which make finds a trace of the teaching ones: "comb". */
static void print_trace(FILE *out, const char *path)
{
    static const char teaching[] = "traces/teaching/";
    const char *at = strstr(path, teaching);
    size_t length;

    if (at != NULL) {
        at += strlen(teaching);
        length = strlen(at);
        if (length > 6 && strcmp(at + length - 6, ".trace") == 0) {
            fprintf(out, "%.*s", (int)(length - 6), at);
            return;
        }
    }
    print_word(out, path);
}

static void print_make(FILE *out, const struct hearing *hearing,
                       uint64_t number)
{
    char names[PROPERTY_NAMES_ROOM];

    fprintf(out, "make step LAB=");
    print_word(out, hearing->subject->name);
    fprintf(out, " TRACE=");
    print_trace(out, hearing->trace_path);
    if (number > 0)
        fprintf(out, " AT=%" PRIu64, number);
    if (is_property(hearing->verdict.wrong)) {
        property_names(hearing->properties, names);
        fprintf(out, " PROPERTY=%s", names);
    }
}

static void print_replay(FILE *out, const struct hearing *hearing,
                         uint64_t number)
{
    const struct subject *subject = hearing->subject;
    char names[PROPERTY_NAMES_ROOM];

    fprintf(out, "build/heaplab replay ");
    if (subject->file[0] != '\0') {
        fprintf(out, "--file ");
        print_word(out, subject->file);
        fputc(' ', out);
    }
    if (is_property(hearing->verdict.wrong)) {
        property_names(hearing->properties, names);
        fprintf(out, "--property %s ", names);
    }
    print_word(out, subject->name);
    fputc(' ', out);
    print_word(out, hearing->trace_path);
    if (number > 0)
        fprintf(out, " --at %" PRIu64, number);
}

/* Says that the command is about another trace than the one that failed. */
static void print_varied(FILE *out, const struct hearing *hearing)
{
    fprintf(out,
            "\n  this trace is a variant, in other sizes and perhaps another "
            "order, of\n  %s; on that one all may go well\n",
            hearing->trace_path);
}

void print_next(FILE *out, const struct hearing *hearing, uint64_t number)
{
    if (hearing->trace->lines == NULL) {
        number = 0; /* a variant's operations are not those of the file */
        print_varied(out, hearing);
    }
    fprintf(out, "\n  next:  ");
    if (hearing->subject->lab[0] != '\0' && !hearing->in_threads)
        print_make(out, hearing, number);
    else
        print_replay(out, hearing,
                     number > 0 && !hearing->in_threads ? number - 1 : 0);
    fputc('\n', out);
}

void print_next_step(FILE *out, const struct hearing *hearing,
                     uint64_t number)
{
    const struct subject *subject = hearing->subject;

    fprintf(out, "\n  next:  ");
    if (subject->lab[0] != '\0') {
        print_make(out, hearing, number);
        fputc('\n', out);
        return;
    }
    fprintf(out, "build/heaplab step ");
    if (number > 0)
        fprintf(out, "--at %" PRIu64 " ", number);
    if (subject->file[0] != '\0') {
        fprintf(out, "--file ");
        print_word(out, subject->file);
        fputc(' ', out);
    }
    print_word(out, subject->name);
    fputc(' ', out);
    print_word(out, hearing->trace_path);
    fputc('\n', out);
}

void print_next_state(FILE *out, const struct hearing *hearing,
                      uint64_t number)
{
    fprintf(out, "\n  next:  ");
    print_replay(out, hearing, number);
    fputc('\n', out);
}
