/*
 * words.c - operations, sizes and verdicts in words.
 *
 * A block is called by its identifier in the trace, p9, wherever it appears;
 * an address is told as an offset in the heap, the same in every run.
 */
#include "grader/show/words.h"

#include "allocators/malloc.h"
#include "grader/runner/place.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

void print_call(FILE *out, const struct op *op)
{
    switch (op->kind) {
    case OP_MALLOC:
        fprintf(out, "malloc(%" PRIu64 ")", op->size);
        break;
    case OP_CALLOC:
        fprintf(out, "calloc(1, %" PRIu64 ")", op->size);
        break;
    case OP_ALIGNED:
        fprintf(out, "aligned_alloc(%" PRIu64 ", %" PRIu64 ")",
                (uint64_t)1 << op->alignment_order, op->size);
        break;
    case OP_REALLOC:
        fprintf(out, "realloc(p%" PRIu32 ", %" PRIu64 ")", op->id, op->size);
        break;
    case OP_FREE:
        fprintf(out, "free(p%" PRIu32 ")", op->id);
        break;
    default:
        fprintf(out, "trim()");
        break;
    }
}

void print_statement(FILE *out, const struct op *op)
{
    if (op_has_size(op->kind))
        fprintf(out, "p%" PRIu32 " = ", op->id);
    print_call(out, op);
}

void print_call_for(FILE *out, const struct op *op)
{
    print_call(out, op);
    if (op_has_size(op->kind) && op->kind != OP_REALLOC)
        fprintf(out, " for p%" PRIu32, op->id);
}

void print_bytes(FILE *out, uint64_t first, uint64_t count)
{
    if (count <= 1)
        fprintf(out, "byte %" PRIu64, first);
    else
        fprintf(out, "bytes %" PRIu64 "-%" PRIu64, first, first + count - 1);
}

void print_size(FILE *out, uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double size = (double)bytes / 1024;
    size_t unit = 0;

    if (bytes < 1024) {
        fprintf(out, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
        return;
    }
    for (; size >= 1024 && unit < 3; unit++)
        size /= 1024;
    fprintf(out,
            size < 10 && size * 10 != (double)(int)size * 10 ? "%.1f %s"
                                                             : "%.0f %s",
            size, units[unit]);
}

void print_word(FILE *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./:=,@%+-";

    if (*text != '\0' && text[strspn(text, plain)] == '\0') {
        fputs(text, out);
        return;
    }
    fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\'", out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

void print_clean(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        fputc(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?', out);
}

const char *verdict_word(enum wrong wrong)
{
    static const char *const words[] = {
        [WRONG_NOTHING] = "ok",
        [WRONG_NULL] = "NULL early",
        [WRONG_MEMORY] = "no memory",
        [WRONG_OUTSIDE] = "outside",
        [WRONG_MISALIGNED] = "misaligned",
        [WRONG_OVERLAP] = "overlap",
        [WRONG_DAMAGED] = "damage",
        [WRONG_LOST] = "lost",
        [WRONG_DIRTY] = "not zero",
        [WRONG_UNUSABLE] = "unusable",
        [WRONG_INVARIANT] = "invariant",
        [WRONG_ROOM] = "no reuse",
        [WRONG_MOVED] = "moved",
        [WRONG_FIT] = "other fit",
        [WRONG_CRASH] = "crash",
        [WRONG_ABORT] = "abort",
        [WRONG_LOOP] = "loop",
        [WRONG_EXIT] = "exit",
        [WRONG_KIT] = "no verdict",
    };

    return words[wrong];
}

/* An address as people see it: from the beginning of the heap. */
static uint64_t offset_of(const struct outcome *outcome, uint64_t address)
{
    return address - outcome->log->source_base;
}

/* The last byte of what an operation asked for, at the least one. */
static uint64_t block_end(const struct trace *trace, uint64_t op,
                          uint64_t start)
{
    uint64_t size = trace->ops[op].size;

    return start + (size > 0 ? size : 1);
}

static void print_overlap(FILE *out, const struct trace *trace,
                          const struct outcome *outcome,
                          const struct verdict *verdict,
                          const struct model *model)
{
    uint64_t start = outcome->records[verdict->op].pointer;
    uint64_t end = block_end(trace, verdict->op, start);
    uint64_t old = model_block(model, verdict->other)->start;
    uint64_t old_end = block_end(trace, verdict->other, old);
    uint64_t from = start > old ? start : old;
    uint64_t to = end < old_end ? end : old_end;
    uint32_t id = trace->ops[verdict->other].id;

    if (start == old && end == old_end) {
        fprintf(out, " returned the block that p%" PRIu32 " still owns", id);
        return;
    }
    fprintf(out, " returned 0x%" PRIx64 ", which ",
            offset_of(outcome, start));
    if (start <= old && end >= old_end) {
        fprintf(out, "covers all of live block p%" PRIu32, id);
        return;
    }
    if (start >= old && end <= old_end)
        fprintf(out, "lies inside live block p%" PRIu32 ": both own its ",
                id);
    else
        fprintf(out, "overlaps live block p%" PRIu32 ": both own its ", id);
    print_bytes(out, from - old, to - from);
}

/* Where a bad access went, for people. */
static void print_access(FILE *out, const struct log *log)
{
    uint64_t offset = log->crash.address - log->source_base;

    if (log->crash.address >= (uint64_t)1 << 48) /* x86 does not tell which */
        fprintf(out, ", through a pointer that is no address at all");
    else if (log->source_base != 0 && offset < log->source_limit)
        fprintf(out,
                " at 0x%" PRIx64 " of the heap, where there is no memory",
                offset);
    else if (log->crash.address == 0)
        fprintf(out, ", through a null pointer");
    else if (log->crash.address < 4096)
        fprintf(out, ", at byte %" PRIu64 " of a null pointer",
                log->crash.address);
    else if (place_is_below_stack(log->crash.address))
        fprintf(out, ": the stack is used up, as by endless recursion");
    else
        fprintf(out, " at address 0x%" PRIx64 ", which is not in the heap",
                log->crash.address);
}

/* What a signal means, for people. */
static void print_signal(FILE *out, const struct outcome *outcome)
{
    const struct log *log = outcome->log;

    if (outcome->status == SIGSYS) { /* the walls' answer */
        fprintf(out, " asked the system for what an allocator may not: its "
                     "memory comes from the source, and no file or process "
                     "is its business");
        return;
    }
    if (outcome->status ==
        SIGKILL) { /* by grader/child.c, or by the system */
        fprintf(out, " was killed: it took too much memory");
        return;
    }
    fprintf(out, " crashed: %s", strsignal(outcome->status));
    if (log->crash.signal == SIGSEGV || log->crash.signal == SIGBUS)
        print_access(out, log);
}

/*
 * Returns how many bytes stand before the line of the source in what a failed
 * assert of the C library says: the program's name, which is a runner's. Text
 * of another kind has none.
 */
static size_t before_assert(const char *text, size_t length)
{
    static const char failed[] = ": Assertion `";
    const char *colon = memmem(text, length, ": ", 2);

    if (colon == NULL ||
        memmem(colon + 2, length - (size_t)(colon + 2 - text), failed,
               sizeof(failed) - 1) == NULL)
        return 0;
    return (size_t)(colon + 2 - text);
}

/* Prints the last line that the allocator wrote, if it wrote one. */
static void print_last_words(FILE *out, const struct outcome *outcome)
{
    size_t end = outcome->output_size;
    size_t start;

    while (end > 0 && outcome->output[end - 1] == '\n')
        end--;
    for (start = end; start > 0 && outcome->output[start - 1] != '\n';)
        start--;
    if (end == start)
        return;
    start += before_assert(outcome->output + start, end - start);
    fprintf(out, ", saying \"");
    print_clean(out, outcome->output + start,
                end - start > 120 ? 120 : end - start);
    fputc('"', out);
}

/* The part of the sentence after the call, for what a process did wrong. */
static void print_ending(FILE *out, const struct outcome *outcome,
                         const struct verdict *verdict)
{
    switch (verdict->wrong) {
    case WRONG_CRASH:
        print_signal(out, outcome);
        break;
    case WRONG_ABORT:
        fprintf(out, " aborted");
        print_last_words(out, outcome);
        break;
    case WRONG_LOOP:
        fprintf(out, "%s",
                outcome->ending == ENDED_STUCK
                    ? " did not return, and did not use the processor: it "
                      "waits for something"
                : outcome->ending == ENDED_TIME
                    ? " is how far it came in the time for the whole trace"
                    : " did not return: an endless loop");
        break;
    case WRONG_EXIT:
        if (outcome->log->message[0] != '\0') /* the judge's own words */
            fprintf(out, " %.255s", outcome->log->message);
        else
            fprintf(out, " ended the program: exit(%d)", outcome->status);
        break;
    default:
        fprintf(out, " has no verdict: ");
        if (outcome->log->message[0] != '\0')
            fprintf(out, "%.255s", outcome->log->message);
        else
            print_clean(out, outcome->output, strcspn(outcome->output, "\n"));
        break;
    }
}

/* The part after the call, for a new block that nothing can be written to. */
static void print_unusable(FILE *out, const struct outcome *outcome,
                           uint64_t pointer)
{
    const struct log *log = outcome->log;
    uint64_t byte = log->crash.address - pointer;

    fprintf(out, " returned ");
    if (log->source_base != 0)
        fprintf(out, "0x%" PRIx64 ", ", offset_of(outcome, pointer));
    else
        fprintf(out, "a block ");
    fprintf(out,
            "of which byte %" PRIu64 " cannot be written: no memory was "
            "taken from the source there",
            byte);
}

/* The part after the call, for an operation that asked for memory. */
static void print_refusal(FILE *out, const struct outcome *outcome,
                          const struct verdict *verdict)
{
    const char *why = outcome->log->message;

    if (verdict->op == NO_OP && strcmp(why, OPEN_RETURNED_NULL) != 0) {
        fprintf(out, " was not called: %s", why);
        return;
    }
    fprintf(out, " returned NULL");
    if (verdict->wrong == WRONG_NULL) {
        if (verdict->op != NO_OP)
            fprintf(out, ", though the source refused nothing");
        return;
    }
    fprintf(out, ": the source's ");
    print_size(out, outcome->log->source_limit);
    fprintf(out, " are used up, though at most ");
    print_size(out, verdict->peak_live);
    fprintf(out, " were live at once");
}

/* The part after the call, for a pointer into other memory. */
static void print_outside(FILE *out, uint64_t pointer)
{
    fprintf(out, " returned 0x%" PRIx64 ", which is %snot in the heap",
            pointer, place_is_stack(pointer) ? "on the stack, " : "");
}

static void print_invariant(FILE *out, const struct outcome *outcome)
{
    const struct log *log = outcome->log;
    uint64_t offset = log->fault_at - log->source_base;

    if (log->fault_rule[0] == '\0') { /* as a stub of check() does */
        fprintf(out, " says no, but not which rule: perhaps it is not "
                     "written yet");
        return;
    }
    if (outcome->threaded) /* it may have been another thread's call */
        fprintf(out, " was over when check() found invariant %.15s broken",
                log->fault_rule);
    else
        fprintf(out, " broke invariant %.15s", log->fault_rule);
    if (log->source_base != 0 && offset < log->source_limit)
        fprintf(out, " at 0x%" PRIx64, offset);
    if (log->fault_sentence[0] != '\0')
        fprintf(out, ": %.159s", log->fault_sentence);
}

/* The part after the call, for contents and pointers. */
/* A hole that should have been used; see property.h. */
static void print_hole(FILE *out, const struct outcome *outcome,
                       const struct verdict *verdict)
{
    if (verdict->wrong == WRONG_ROOM)
        fprintf(out, " took new memory, though ");
    else if (verdict->wrong == WRONG_MOVED && verdict->count == 0)
        fprintf(out, " moved the block, though it only shrinks");
    else if (verdict->wrong == WRONG_MOVED)
        fprintf(out, " moved the block, though above it ");
    else
        fprintf(out, " did not take the hole that the policy takes: ");
    if (verdict->wrong == WRONG_MOVED && verdict->count == 0)
        return;
    fprintf(out, "%" PRIu64 " free bytes lie side by side at 0x%" PRIx64,
            verdict->count, offset_of(outcome, verdict->at));
}

static void print_fault(FILE *out, const struct trace *trace,
                        const struct outcome *outcome,
                        const struct verdict *verdict,
                        const struct model *model)
{
    const struct op *op = &trace->ops[verdict->op];
    uint64_t pointer = outcome->records[verdict->op].pointer;

    switch (verdict->wrong) {
    case WRONG_OUTSIDE:
        print_outside(out, pointer);
        break;
    case WRONG_MISALIGNED:
        fprintf(out, " returned 0x%" PRIx64 ", which is not a multiple of %d",
                offset_of(outcome, pointer),
                op->kind == OP_ALIGNED && op->alignment_order > 4
                    ? 1 << op->alignment_order
                    : (int)ALIGNMENT);
        break;
    case WRONG_OVERLAP:
        print_overlap(out, trace, outcome, verdict, model);
        break;
    case WRONG_UNUSABLE:
        print_unusable(out, outcome, pointer);
        break;
    case WRONG_LOST:
        fprintf(out, " did not keep ");
        print_bytes(out, verdict->at, verdict->count);
        fprintf(out, " of what p%" PRIu32 " held", op->id);
        break;
    case WRONG_DIRTY:
        fprintf(out, " returned a block that is not zero: ");
        print_bytes(out, verdict->at, verdict->count);
        break;
    case WRONG_ROOM:
    case WRONG_MOVED:
    case WRONG_FIT:
        print_hole(out, outcome, verdict);
        break;
    default:
        print_invariant(out, outcome);
        break;
    }
}

/*
 * The whole sentence for what befell a live block. Where nobody knows who did
 * it, only when it came to light.
 */
static void print_harm(FILE *out, const struct trace *trace,
                       const struct outcome *outcome,
                       const struct verdict *verdict, uint64_t culprit)
{
    bool gone = verdict->wrong == WRONG_UNUSABLE;
    uint32_t id = trace->ops[verdict->other].id;

    if (culprit != NO_OP) {
        print_call_for(out, &trace->ops[culprit]);
        fprintf(out, gone ? " gave back the memory of " : " overwrote ");
    }
    if (!gone) {
        print_bytes(out, verdict->at, verdict->count);
        fprintf(out, " of ");
    }
    fprintf(out, "live block p%" PRIu32, id);
    if (culprit != NO_OP)
        return;
    fprintf(out, gone ? " had lost its memory" : " had been overwritten");
    if (outcome->records[verdict->op].flags & RECORD_RETURNED) {
        fprintf(out, " at the end of the trace");
        return;
    }
    fprintf(out, " before ");
    print_call(out, &trace->ops[verdict->op]);
}

bool is_about_check(const struct outcome *outcome,
                    const struct verdict *verdict)
{
    if (verdict->wrong == WRONG_INVARIANT)
        return outcome->log->fault_rule[0] == '\0';
    return verdict->wrong >= WRONG_CRASH &&
           atomic_load(&outcome->log->phase) == PHASE_CHECK;
}

void print_verdict(FILE *out, const struct trace *trace,
                   const struct outcome *outcome,
                   const struct verdict *verdict, const struct model *model,
                   uint64_t culprit)
{
    uint64_t phase = atomic_load(&outcome->log->phase);

    if (verdict->wrong == WRONG_NOTHING) {
        fprintf(out, "every operation was right");
        return;
    }
    if (verdict->wrong == WRONG_DAMAGED ||
        (verdict->wrong == WRONG_UNUSABLE && verdict->other != NO_OP)) {
        print_harm(out, trace, outcome, verdict, culprit);
        return;
    }
    if (is_about_check(outcome, verdict))
        fprintf(out, "check() after ");
    if (verdict->op != NO_OP)
        print_call_for(out, &trace->ops[verdict->op]);
    else
        fprintf(out, phase == PHASE_START ? "the program's start" : "open()");
    if (verdict->wrong >= WRONG_CRASH)
        print_ending(out, outcome, verdict);
    else if (verdict->wrong <= WRONG_MEMORY)
        print_refusal(out, outcome, verdict);
    else
        print_fault(out, trace, outcome, verdict, model);
}
