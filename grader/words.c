/*
 * words.c - operations, sizes and verdicts in words.
 *
 * A block is called by its identifier in the trace, p9, wherever it appears;
 * an address is told as an offset in the heap, the same in every run.
 */
#include "grader/words.h"

#include "allocators/malloc.h"

#include <inttypes.h>
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

/* What a signal means, for people. */
static void print_signal(FILE *out, const struct outcome *outcome)
{
    const struct log *log = outcome->log;
    uint64_t base = log->source_base;

    fprintf(out, " crashed: %s", strsignal(outcome->status));
    if (log->signal == 0)
        return;
    if (base != 0 && log->address >= base &&
        log->address - base < log->source_limit)
        fprintf(out, " at 0x%" PRIx64 " of the heap", log->address - base);
    else if (log->address < 4096)
        fprintf(out, " at address 0x%" PRIx64 ", a null pointer",
                log->address);
    else
        fprintf(out, " at address 0x%" PRIx64 ", not in the heap",
                log->address);
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
    if (end > start)
        fprintf(out, ", saying \"%.*s\"",
                (int)(end - start > 120 ? 120 : end - start),
                outcome->output + start);
}

/* The part of the sentence after the call, for what a process did wrong. */
static void print_ending(FILE *out, const struct outcome *outcome,
                         const struct verdict *verdict)
{
    switch (verdict->wrong) {
    case WRONG_CRASH:
        print_signal(out, outcome);
        break;
    case WRONG_UNUSABLE:
        fprintf(out, " returned a block that cannot be written: its bytes "
                     "were not taken from the source");
        break;
    case WRONG_ABORT:
        fprintf(out, " aborted");
        print_last_words(out, outcome);
        break;
    case WRONG_LOOP:
        fprintf(out, outcome->ending == ENDED_STUCK
                         ? " did not return, and did not use the processor"
                         : " did not return: an endless loop");
        break;
    case WRONG_EXIT:
        fprintf(out, " ended the program: exit(%d)", outcome->status);
        break;
    default:
        fprintf(out, " has no verdict: %s",
                outcome->log->message[0] != '\0' ? outcome->log->message
                                                 : outcome->output);
        break;
    }
}

/* The part after the call, for contents and pointers. */
static void print_fault(FILE *out, const struct trace *trace,
                        const struct outcome *outcome,
                        const struct verdict *verdict,
                        const struct model *model)
{
    const struct log *log = outcome->log;
    const struct op *op = &trace->ops[verdict->op];
    uint64_t pointer = outcome->records[verdict->op].pointer;
    uint32_t id = verdict->other == NO_OP ? 0 : trace->ops[verdict->other].id;

    switch (verdict->wrong) {
    case WRONG_NULL:
        fprintf(out, " returned NULL, though no memory was refused");
        break;
    case WRONG_MEMORY:
        fprintf(out, " returned NULL: the source's ");
        print_size(out, log->source_limit);
        fprintf(out, " are used up");
        break;
    case WRONG_OUTSIDE:
        fprintf(out, " returned %#" PRIx64 ", which is not in the heap",
                pointer);
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
    case WRONG_DAMAGED:
        fprintf(out, " overwrote ");
        print_bytes(out, verdict->at, verdict->count);
        fprintf(out, " of live block p%" PRIu32, id);
        break;
    case WRONG_LOST:
        fprintf(out, " did not keep ");
        print_bytes(out, verdict->at, verdict->count);
        fprintf(out, " of what p%" PRIu32 " held", id);
        break;
    case WRONG_DIRTY:
        fprintf(out, " returned a block that is not zero: ");
        print_bytes(out, verdict->at, verdict->count);
        break;
    default:
        fprintf(out, " broke invariant %s: %s",
                log->fault_rule[0] != '\0' ? log->fault_rule : "(no label)",
                log->fault_sentence);
        break;
    }
}

void print_verdict(FILE *out, const struct trace *trace,
                   const struct outcome *outcome,
                   const struct verdict *verdict, const struct model *model,
                   uint64_t culprit)
{
    uint64_t phase = atomic_load(&outcome->log->phase);
    uint64_t op = culprit != NO_OP ? culprit : verdict->op;

    if (verdict->wrong == WRONG_NOTHING) {
        fprintf(out, "every operation was right");
        return;
    }
    if (verdict->wrong >= WRONG_CRASH && phase == PHASE_CHECK)
        fprintf(out, "check() after ");
    if (op == NO_OP)
        fprintf(out, "open()");
    else
        print_call_for(out, &trace->ops[op]);
    if (verdict->wrong >= WRONG_CRASH || verdict->wrong == WRONG_UNUSABLE)
        print_ending(out, outcome, verdict);
    else
        print_fault(out, trace, outcome, verdict, model);
}
