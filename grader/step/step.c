/*
 * step.c - a replay gone through operation by operation.
 *
 * Every step is a replay from the beginning that stops there: replays are
 * exact, so going back is as easy as going on, and a crash ends a process
 * that nobody needs any more.
 */
#include "grader/step/step.h"

#include "grader/show/explain.h"

#include "grader/show/colour.h"
#include "grader/show/words.h"
#include "grader/step/deed.h"
#include "grader/step/orders.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Operations on either side, when they are listed. */
#define LIST_AROUND 5

/* What is wrong, as explain() tells it; to be freed. */
static char *message_of(const struct hearing *hearing)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    explain(out, hearing);
    fclose(out);
    return text;
}

/* Finds the step that goes wrong, and how far there are steps. */
static void find_wrong(struct stepper *stepper)
{
    const struct hearing *hearing = &stepper->hearing;
    const struct verdict *verdict = &hearing->verdict;
    uint64_t culprit = hear_culprit(hearing);

    stepper->last = hearing->trace->op_count;
    if (verdict->wrong == WRONG_NOTHING)
        return;
    stepper->message = message_of(hearing);
    if (verdict->op == NO_OP) {
        stepper->last = 0;
        return;
    }
    stepper->wrong = (culprit != NO_OP ? culprit : verdict->op) + 1;
    if (verdict->wrong != WRONG_ROOM && verdict->wrong != WRONG_MOVED &&
        verdict->wrong != WRONG_FIT)
        stepper->last = verdict->op + 1;
}

/* Has check() said no without naming a rule? Then it is not written yet. */
static bool is_unwritten(const struct hearing *hearing)
{
    return hearing->verdict.wrong == WRONG_INVARIANT &&
           hearing->outcome->log->fault_rule[0] == '\0';
}

bool stepper_open(struct stepper *stepper, const struct subject *subject,
                  const struct workload *workload, bool check,
                  unsigned properties, char *error, size_t size)
{
    struct hearing *hearing = &stepper->hearing;

    *stepper = (struct stepper){.check = check};
    if (!hear(hearing, subject, workload->trace, workload->path, check, error,
              size))
        return false;
    if (is_unwritten(hearing)) {
        hearing_close(hearing);
        if (!hear(hearing, subject, workload->trace, workload->path, 0, error,
                  size))
            return false;
    }
    hear_properties(hearing, properties);
    find_wrong(stepper);
    return true;
}

void stepper_close(struct stepper *stepper)
{
    snapshot_close(&stepper->before);
    snapshot_close(&stepper->after);
    hearing_close(&stepper->hearing);
    free(stepper->message);
}

/* --- a step ------------------------------------------------------------ */

/* Goes to a step: takes the snapshots on both sides of it. */
static bool go_to(struct stepper *stepper, uint64_t number)
{
    struct snapshot *before = &stepper->before;
    struct snapshot *after = &stepper->after;

    if (after->outcome != NULL && after->count == number)
        return true;
    snapshot_close(before);
    if (after->outcome != NULL && after->count == number - 1) {
        *before = *after;
        *after = (struct snapshot){0};
    } else {
        snapshot_close(after);
        if (!snapshot_take(before, &stepper->hearing, number - 1, false))
            return false;
    }
    return snapshot_take(after, &stepper->hearing, number, stepper->check);
}

/* Returns what the operation was given: the address of its block, or 0. */
static uint64_t given_to(const struct stepper *stepper, const struct op *op)
{
    uint64_t old = NO_OP;

    if (op->kind == OP_FREE || op->kind == OP_REALLOC)
        old = model_owner(stepper->before.model, op->id);
    return old != NO_OP ? model_block(stepper->before.model, old)->start : 0;
}

/* Prints text in lines of a page, broken at spaces; those after the first
   begin with margin spaces. */
static void print_wrapped(FILE *out, const char *text, int margin)
{
    int column = margin;

    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (column > margin && column + 1 + length > PAGE_COLUMNS - 1) {
            fprintf(out, "\n%*s", margin, "");
            column = margin;
        }
        column +=
            fprintf(out, "%s%.*s", column > margin ? " " : "", length, text);
        text += length + (text[length] == ' ');
    }
    fputc('\n', out);
}

/* Prints what the operation did. */
static void print_did(FILE *out, const struct deed *deed)
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);

    if (memory == NULL)
        return;
    print_deed(memory, deed);
    fclose(memory);
    if (text[0] != '\0') {
        fprintf(out, "  ");
        print_wrapped(out, text, 2);
    }
    free(text);
}

/* Prints what check() says of the heap. */
static void print_check(FILE *out, const struct stepper *stepper)
{
    const struct log *log = stepper->after.outcome->log;
    enum checked checked = stepper->after.checked;
    char text[256] = "";

    if (checked == CHECKED_NOT)
        return;
    if (checked == CHECKED_WELL)
        snprintf(text, sizeof(text), "check() finds nothing wrong");
    else if (checked == CHECKED_LOST)
        snprintf(text, sizeof(text), "check() crashed or did not return");
    else if (log->fault_rule[0] == '\0')
        snprintf(text, sizeof(text),
                 "check() says no, but not which rule: perhaps it is not "
                 "written yet");
    else
        snprintf(text, sizeof(text),
                 "check() says %.15s is broken at 0x%" PRIx64 ": %.159s",
                 log->fault_rule, log->fault_at - log->source_base,
                 log->fault_sentence);
    fprintf(out, "  ");
    colour_begin(out, stepper->colour && checked != CHECKED_WELL,
                 COLOUR_WRONG);
    print_wrapped(out, text, 2);
    colour_end(out, stepper->colour && checked != CHECKED_WELL);
}

/* Prints the heap after a step, round the block that it was on. */
static void print_heap(FILE *out, const struct stepper *stepper,
                       const struct deed *deed)
{
    const struct snapshot *after = &stepper->after;
    uint64_t focus = deed->pointer != 0 ? deed->pointer : deed->old;

    if (after->part_count > 0)
        fputc('\n', out);
    if (after->part_count > 0)
        draw_orders(out, after, stepper->hearing.trace, focus, focus != 0,
                    stepper->colour);
    else if (after->outcome->log->source_base == 0)
        fprintf(out, "  %s has memory of its own, and does not show it\n",
                stepper->hearing.subject->name);
    else
        fprintf(out, "  the heap is empty, or cannot show itself\n");
}

/* Prints what goes wrong, its first line in colour. */
static void print_wrong(FILE *out, const struct stepper *stepper)
{
    int first = (int)strcspn(stepper->message, "\n");

    fputc('\n', out);
    colour_begin(out, stepper->colour, COLOUR_WRONG);
    fprintf(out, "%.*s", first, stepper->message);
    colour_end(out, stepper->colour);
    fputs(stepper->message + first, out);
}

bool stepper_print(FILE *out, struct stepper *stepper, uint64_t number)
{
    const struct trace *trace = stepper->hearing.trace;
    const struct op *op = &trace->ops[number - 1];
    const struct record *record;
    struct deed deed = {.trace = trace, .op = number - 1};

    if (!go_to(stepper, number) || stepper->after.outcome == NULL)
        return false;
    record = &stepper->after.outcome->records[number - 1];
    deed.before = &stepper->before;
    deed.after = &stepper->after;
    deed.returned = record->flags & RECORD_RETURNED;
    deed.pointer = record->pointer;
    deed.old = given_to(stepper, op);
    colour_begin(out, stepper->colour, COLOUR_STRONG);
    fprintf(out, "step %" PRIu64 " of %zu   ", number, trace->op_count);
    print_statement(out, op);
    colour_end(out, stepper->colour);
    fputc('\n', out);
    print_did(out, &deed);
    if (deed.returned) {
        print_check(out, stepper);
        print_heap(out, stepper, &deed);
    }
    if (number == stepper->wrong && stepper->message != NULL)
        print_wrong(out, stepper);
    return true;
}

void stepper_list(FILE *out, const struct stepper *stepper, uint64_t number)
{
    const struct trace *trace = stepper->hearing.trace;
    uint64_t first = number > LIST_AROUND ? number - LIST_AROUND : 1;

    for (uint64_t i = first;
         i <= trace->op_count && i <= number + LIST_AROUND; i++) {
        fprintf(out, "%c %6" PRIu64 "  ", i == number ? '>' : ' ', i);
        print_statement(out, &trace->ops[i - 1]);
        fprintf(out, "%s\n", i == stepper->wrong ? "   goes wrong" : "");
    }
}
