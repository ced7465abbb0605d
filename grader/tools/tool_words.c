/*
 * tool_words.c - what a memory checker reported, in the words of the trace:
 * which operation it was, and whose bytes were touched.
 */
#include "grader/tools/tool.h"

#include "grader/show/locate.h"
#include "grader/show/next.h"
#include "grader/show/words.h"

#include <inttypes.h>
#include <string.h>

/* Below this an address is that of a field behind a NULL pointer. */
#define NULL_PAGE 4096

/* Returns the operation that was under way when the replay ended. */
static uint64_t op_under_way(const struct hearing *hearing)
{
    uint64_t started = atomic_load(&hearing->outcome->log->started);

    return started > 0 && started <= hearing->trace->op_count ? started - 1
                                                              : NO_OP;
}

/* Returns the operation whose block an address lies in, and how far in it; or
   NO_OP. */
static uint64_t owner_of(const struct hearing *hearing, uint64_t address,
                         uint64_t *at)
{
    uint64_t op = model_at(hearing->model, address);

    if (op == NO_OP)
        return NO_OP;
    *at = address - model_block(hearing->model, op)->start;
    return *at < hearing->trace->ops[op].size ? op : NO_OP;
}

/* Prints what lies at the address of a report. */
static void print_where(FILE *out, const struct hearing *hearing,
                        const struct tool_report *report)
{
    const struct log *log = hearing->outcome->log;
    uint64_t offset = report->address - log->source_base;
    uint64_t at = 0;
    uint64_t op = owner_of(hearing, report->address, &at);

    if (op != NO_OP) {
        const struct op *made = &hearing->trace->ops[op];
        uint64_t count = report->count;
        bool live = model_block(hearing->model, op)->freed_by == NO_OP;
        if (count > made->size - at)
            count = made->size - at;
        print_bytes(out, at, count);
        fprintf(out, " of %s block p%" PRIu32, live ? "live" : "freed",
                made->id);
    } else if (report->address < NULL_PAGE) {
        fprintf(out, "0x%" PRIx64 ": a NULL pointer", report->address);
    } else if (offset < log->source_limit) {
        fprintf(out, "0x%" PRIx64 ", which the heap does not have", offset);
    } else {
        fprintf(out, "memory that is not the heap's");
    }
}

/* Returns what a tool calls it, without saying who is speaking. */
static const char *plain_words(const char *text)
{
    static const char *const before[] = {"AddressSanitizer: ",
                                         "runtime error: "};

    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        const char *at = strstr(text, before[i]);
        if (at != NULL)
            return at + strlen(before[i]);
    }
    return text;
}

/* Prints what was done, as the end of the first line. */
static void print_deed_of(FILE *out, const struct hearing *hearing,
                          const struct tool_report *report)
{
    const char *name = report->function;
    bool looking = atomic_load(&hearing->outcome->log->phase) == PHASE_LOOK;

    if (report->line == 0 && !looking &&
        strstr(report->text, "Jump to the invalid address") != NULL) {
        fprintf(out, "the call went on where there is no code: its return "
                     "address was overwritten, as by writing over the end of "
                     "a local array");
        return;
    }
    if (report->line == 0 && !looking)
        fprintf(out, "somewhere in the call");
    else if (report->line == 0)
        fprintf(out, "the block that was returned cannot be used: "
                     "the kit, looking at it,");
    else if (name[0] != '\0')
        fprintf(out, "%s()", name);
    else
        fprintf(out, "it");
    if (report->kind == DID_DECIDE) {
        fprintf(out, " goes by bytes that nobody has written: what is left "
                     "in a freed block");
    } else if (report->kind == DID_OTHER || report->address == NOT_TOLD) {
        const char *words = plain_words(report->text);
        fprintf(out, ": ");
        print_clean(out, words, strcspn(words, "\n"));
    } else {
        fprintf(out, report->kind == DID_READ ? " reads " : " writes ");
        print_where(out, hearing, report);
    }
}

/* Prints which operation it was, and who made the block that was touched. */
static void print_circumstances(FILE *out, const struct hearing *hearing,
                                const struct tool_report *report, uint64_t op)
{
    const struct trace *trace = hearing->trace;
    uint64_t at = 0;
    uint64_t owner = NO_OP;

    fprintf(out, "  trace %s", hearing->trace_path);
    if (op != NO_OP) {
        if (trace->lines != NULL)
            fprintf(out, ":%" PRIu32, trace->lines[op]);
        fprintf(out, ", op %" PRIu64 " of %zu: ", op + 1, trace->op_count);
        print_statement(out, &trace->ops[op]);
    }
    if (op != NO_OP &&
        atomic_load(&hearing->outcome->log->phase) == PHASE_CHECK)
        fprintf(out, ", then check()");
    fputc('\n', out);
    if (report->kind < DID_DECIDE && report->address != NOT_TOLD)
        owner = owner_of(hearing, report->address, &at);
    if (owner == NO_OP)
        return;
    fprintf(out, "  p%" PRIu32 " is %" PRIu64 " bytes at 0x%" PRIx64 ", by ",
            trace->ops[owner].id, trace->ops[owner].size,
            report->address - at - hearing->outcome->log->source_base);
    print_call(out, &trace->ops[owner]);
    fprintf(out, ", op %" PRIu64 "\n", owner + 1);
}

/* Prints what the tool said, line by line. */
static void print_said(FILE *out, enum tool tool,
                       const struct tool_report *report)
{
    const char *at = report->text;

    fprintf(out, "\n  what %s says:\n", tool_name(tool));
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        fprintf(out, "    | ");
        print_clean(out, at, length);
        fputc('\n', out);
        at += length + (at[length] == '\n');
    }
}

/*
 * Does what the judge found come before the report? The judge knows only that
 * the program ended in the operation that the report is of; and whatever the
 * kit stumbles on while it looks at a block, the judge has better words for.
 */
static bool judge_is_first(const struct hearing *hearing,
                           const struct tool_report *report)
{
    const struct verdict *verdict = &hearing->verdict;

    if (!report->found)
        return true;
    if (verdict->wrong == WRONG_NOTHING || verdict->wrong == WRONG_EXIT ||
        verdict->wrong == WRONG_KIT)
        return false;
    return report->line == 0 || verdict->op < op_under_way(hearing);
}

bool tool_explain(FILE *out, enum tool tool, const struct hearing *hearing,
                  const struct tool_report *report)
{
    uint64_t op = op_under_way(hearing);

    if (!report->found && hearing->verdict.wrong == WRONG_NOTHING)
        return true;
    if (judge_is_first(hearing, report)) {
        fprintf(out, "%s reports nothing before this:\n\n", tool_name(tool));
        explain(out, hearing);
        return false;
    }
    if (report->line != 0)
        fprintf(out, "%s:%u:1: ", hearing->subject->file, report->line);
    else
        print_place(out, hearing, op);
    fprintf(out, "error: ");
    print_deed_of(out, hearing, report);
    fputc('\n', out);
    print_circumstances(out, hearing, report, op);
    print_said(out, tool, report);
    print_next_step(out, hearing, op != NO_OP ? op + 1 : 0);
    return false;
}
