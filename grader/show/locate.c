/*
 * locate.c - the line of the source that a message points at.
 *
 * A function's first instruction may well be of another line, or of another
 * function that was inlined; the line on which a function is defined is told
 * by nm, by its symbol.
 *
 * A crash is often in code that is nobody's fault: memcpy, strlen, the kit's
 * general forms. Then its caller is looked for among the words that the
 * runner left in the log: the first one that is in a file of the allocator.
 */
#include "grader/show/locate.h"

#include "grader/show/words.h"
#include "grader/spawn.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Room for the symbols of a runner, a line each. */
#define SYMBOLS_ROOM ((size_t)1 << 20)

/* Is a file one that no allocator consists of? */
static bool is_kit_file(const char *file)
{
    static const char *const kit[] = {
        "grader/runner/",       "grader/served/",    "allocators/source",
        "allocators/general.c", "allocators/bits.h", NULL};

    for (size_t i = 0; kit[i] != NULL; i++) {
        if (strstr(file, kit[i]) != NULL)
            return true;
    }
    return false;
}

/*
 * Takes the line out of "ADDRESS t NAME\tFILE:LINE", if it is of the code at
 * address. Cuts symbol into pieces.
 */
static bool take_symbol(char *symbol, uint64_t address, struct line *line)
{
    char *tab = strchr(symbol, '\t');
    char *colon = strrchr(symbol, ':');
    char *type;

    if (tab == NULL || colon < tab ||
        strtoull(symbol, &type, 16) != address ||
        strncasecmp(type, " t ", 3) != 0)
        return false;
    *colon = '\0';
    line->number = (unsigned)strtoul(colon + 1, NULL, 10);
    snprintf(line->file, sizeof(line->file), "%s", tab + 1);
    return line->number > 0;
}

/* Finds where the function that begins at address is defined. */
static bool line_of_function(const char *runner, uint64_t address,
                             struct line *line)
{
    const char *words[] = {"nm", "-l", runner, NULL};
    char *text = address != 0 ? malloc(SYMBOLS_ROOM) : NULL;
    char *rest = text;
    bool found = false;

    if (text != NULL && capture(words, NULL, text, SYMBOLS_ROOM) == 0) {
        for (char *symbol = strsep(&rest, "\n"); symbol != NULL && !found;
             symbol = strsep(&rest, "\n"))
            found = take_symbol(symbol, address, line);
    }
    free(text);
    return found || line_of(runner, address, line) == 0;
}

/* Finds the line at address, if that is the allocator's own code. */
static bool own_line(const struct hearing *hearing, uint64_t address,
                     struct line *line)
{
    return line_of(subject_runner(hearing->subject, JOB_JUDGED), address,
                   line) == 0 &&
           !is_kit_file(line->file);
}

/* Finds the line of the allocator that a signal met at work. */
static bool line_at_work(const struct hearing *hearing, struct line *line)
{
    const struct log *log = hearing->outcome->log;

    if (log->crash.pc == 0)
        return false;
    if (own_line(hearing, log->crash.pc, line))
        return true;
    for (size_t i = 0; i < CALLERS; i++) {
        /* A return address is behind its call. */
        if (log->crash.callers[i] != 0 &&
            own_line(hearing, log->crash.callers[i] - 1, line))
            return true;
    }
    return false;
}

/* Finds the line of the function that operation op called. */
static bool line_of_call(const struct hearing *hearing, uint64_t op,
                         struct line *line)
{
    static const enum call calls[] = {
        [OP_MALLOC] = CALL_MALLOC,   [OP_CALLOC] = CALL_CALLOC,
        [OP_ALIGNED] = CALL_ALIGNED, [OP_REALLOC] = CALL_REALLOC,
        [OP_FREE] = CALL_FREE,       [OP_TRIM] = CALL_TRIM,
    };
    const struct log *log = hearing->outcome->log;
    enum call call = CALL_OPEN;

    if (op != NO_OP)
        call = calls[hearing->trace->ops[op].kind];
    if (is_about_check(hearing->outcome, &hearing->verdict))
        call = CALL_CHECK;
    return line_of_function(subject_runner(hearing->subject, JOB_JUDGED),
                            log->function[call], line) &&
           !is_kit_file(line->file);
}

/* Returns file as the user calls it. */
static const char *name_of_file(const struct subject *subject,
                                const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *last = slash != NULL ? slash + 1 : file;

    if (subject->compiled_as[0] != '\0' &&
        strcmp(last, subject->compiled_as) == 0)
        return subject->file;
    return strncmp(file, "./", 2) == 0 ? file + 2 : file;
}

void print_place(FILE *out, const struct hearing *hearing, uint64_t op)
{
    enum wrong wrong = hearing->verdict.wrong;
    const struct trace *trace = hearing->trace;
    struct line line;
    bool known = false;

    if (wrong == WRONG_CRASH || wrong == WRONG_LOOP)
        known = line_at_work(hearing, &line);
    if (known || line_of_call(hearing, op, &line))
        fprintf(out, "%s:%u:1: ", name_of_file(hearing->subject, line.file),
                line.number);
    else
        fprintf(out, "%s:%" PRIu32 ":1: ", hearing->trace_path,
                trace->lines != NULL && op != NO_OP ? trace->lines[op] : 1);
}
