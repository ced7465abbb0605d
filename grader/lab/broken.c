/*
 * broken.c - whether check() is right about heaps that are broken.
 *
 * A check() that always says true is right about every sound heap. So the
 * heap is broken on purpose, each time in another runner, for a check() may
 * well crash or never end on it.
 */
#include "grader/lab/broken.h"

#include "allocators/general.h"
#include "allocators/registry.h"
#include "grader/show/explain.h"
#include "grader/show/locate.h"
#include "grader/show/next.h"
#include "grader/show/words.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* CPU time for a call of check(), and for a whole replay, in seconds. */
#define CALL_SECONDS  1.0
#define TOTAL_SECONDS 60

/* One broken heap, and what came of it. */
struct trial {
    const struct subject *subject;
    const struct workload *workload;
    const struct broken *broken;
    struct outcome *outcome;
};

/* Returns the last operation that gives the identifier a block; or NO_OP. */
static uint64_t last_allocation(const struct trace *trace, uint32_t id)
{
    for (uint64_t i = trace->op_count; i-- > 0;) {
        if (trace->ops[i].id == id && op_has_size(trace->ops[i].kind))
            return i;
    }
    return NO_OP;
}

/* Turns a place into an operation. Returns false if there is none. */
static bool find_place(const struct trace *trace, const struct place *place,
                       uint64_t *op)
{
    *op = NO_OP;
    if (place->id == PLACE_HEAP)
        return true;
    *op = last_allocation(trace, place->id);
    return *op != NO_OP;
}

bool broken_job(struct job *job, const struct trace *trace,
                const struct broken *broken)
{
    job->poke_count = broken->poke_count;
    for (size_t i = 0; i < broken->poke_count; i++) {
        const struct poke *poke = &broken->pokes[i];
        struct job_poke *to = &job->pokes[i];
        to->kind = poke->kind;
        to->offset = poke->at.offset;
        to->value = poke->number;
        if (!find_place(trace, &poke->at, &to->op))
            return false;
        if (poke->kind != POKE_POINT)
            continue;
        to->value = (uint64_t)poke->point.offset;
        if (!find_place(trace, &poke->point, &to->point))
            return false;
    }
    return true;
}

/* Did check() say false, and why, as it should? */
static bool is_right(const struct trial *trial)
{
    const struct log *log = trial->outcome->log;

    return log->answer == ANSWER_FALSE &&
           broken_is(trial->broken, log->fault_rule);
}

/* Was it a write into the heap, which is read-only then, that crashed? */
static bool has_written(const struct trial *trial)
{
    const struct outcome *outcome = trial->outcome;
    size_t last = trial->workload->trace->op_count - 1;

    return outcome->log->crash.signal == SIGSEGV &&
           outcome->log->crash.address - outcome->log->source_base <
               outcome->records[last].committed;
}

/* What check() did: as a verdict, which decides on the line to point at. */
static enum wrong wrong_of(const struct outcome *outcome)
{
    if (outcome->log->answer != ANSWER_NONE)
        return WRONG_EXIT;
    if (outcome->ending == ENDED_SIGNAL)
        return WRONG_CRASH;
    return outcome->ending == ENDED_EXIT ? WRONG_EXIT : WRONG_LOOP;
}

/* Prints what check() did, up to the words "a heap". */
static void print_answer(FILE *out, const struct trial *trial)
{
    const struct outcome *outcome = trial->outcome;
    const char *rule = outcome->log->fault_rule;

    fprintf(out, "check() ");
    if (outcome->log->answer == ANSWER_TRUE)
        fprintf(out, "said true of");
    else if (outcome->log->answer == ANSWER_FALSE && rule[0] == '\0')
        fprintf(out, "said false, but not which rule, of");
    else if (outcome->log->answer == ANSWER_FALSE)
        fprintf(out, "said %.15s of", rule);
    else if (outcome->ending == ENDED_EXIT)
        fprintf(out, "ended the program at");
    else if (outcome->ending != ENDED_SIGNAL)
        fprintf(out, "did not return from");
    else if (has_written(trial))
        fprintf(out, "wrote to the heap, which it must not, given");
    else
        fprintf(out, "crashed on");
    fputc(' ', out);
}

/* Prints the whole sentence. */
static void print_finding(FILE *out, const struct trial *trial)
{
    const struct broken *broken = trial->broken;
    struct registry_error error;
    struct options options;
    const struct entry *entry =
        registry_find(trial->subject->name, &options, &error);
    char label[sizeof(broken->labels)];
    const char *sentence = NULL;

    snprintf(label, sizeof(label), "%.*s", (int)strcspn(broken->labels, "|"),
             broken->labels);
    if (entry != NULL)
        sentence = invariant_sentence(entry->allocator, label);
    print_answer(out, trial);
    fprintf(out, "a heap whose %s was broken", label);
    if (sentence != NULL)
        fprintf(out, ": %s", sentence);
}

/* Draws the heap as it was before it was broken. */
static void draw_heap(FILE *out, const struct trial *trial)
{
    const struct trace *trace = trial->workload->trace;
    struct hearing hearing;
    char error[256];

    if (!hear(&hearing, trial->subject, trace, trial->workload->path, 0,
              error, sizeof(error)))
        return;
    show(out, &hearing, trace->op_count);
    hearing_close(&hearing);
}

static void print_message(FILE *out, const struct trial *trial)
{
    const struct trace *trace = trial->workload->trace;
    struct hearing hearing = {.subject = trial->subject,
                              .trace = trace,
                              .trace_path = trial->workload->path,
                              .outcome = trial->outcome,
                              .verdict = {.wrong = wrong_of(trial->outcome)}};

    /* Whatever it was, it happened in check(). */
    atomic_store(&trial->outcome->log->phase, PHASE_CHECK);
    print_place(out, &hearing, NO_OP);
    fprintf(out, "error: ");
    print_finding(out, trial);
    fprintf(out, "\n  trace %s, all of it; then the heap is broken by\n",
            trial->workload->path);
    fprintf(out, "  %s: %s\n\n", trial->broken->text, trial->broken->words);
    fprintf(out, "  the heap before that (a block's payload is pN, its size "
                 "pN-16, its next pN-8):\n\n");
    draw_heap(out, trial);
    print_next(out, &hearing, trace->op_count);
}

/* Puts what is wrong into words. */
static void tell(struct finding *finding, const struct trial *trial)
{
    FILE *out = fmemopen(finding->note, sizeof(finding->note) - 1, "w");

    if (out != NULL) {
        fprintf(out, "%s: ", trial->workload->name);
        print_finding(out, trial);
        fprintf(out, " (%s)", trial->broken->words);
        fclose(out);
    }
    out = fmemopen(finding->message, sizeof(finding->message) - 1, "w");
    if (out != NULL) {
        print_message(out, trial);
        fclose(out);
    }
}

static bool give_up(struct finding *finding, const struct trial *trial,
                    const char *why)
{
    finding->trouble = true;
    snprintf(finding->note, sizeof(finding->note), "%.60s, '%.100s': %s",
             trial->workload->name, trial->broken->text, why);
    return false;
}

/* Breaks one heap. Returns whether check() was right about it. */
static bool try_one(struct finding *finding, struct trial *trial)
{
    const struct trace *trace = trial->workload->trace;
    struct job job = job_for(JOB_JUDGED, trial->subject->name, trace);
    struct start start = subject_start(trial->subject, JOB_JUDGED,
                                       CALL_SECONDS, TOTAL_SECONDS);

    if (!broken_job(&job, trace, trial->broken))
        return give_up(finding, trial, "the trace has no such block");
    trial->outcome = run_job(&start, &job, trace->ops);
    if (trial->outcome == NULL)
        return give_up(finding, trial, "there is no memory for a replay");
    if (is_right(trial))
        return true;
    if (trial->outcome->log->answer == ANSWER_NONE &&
        atomic_load(&trial->outcome->log->phase) != PHASE_CHECK)
        return give_up(finding, trial, "the replay did not come to its end");
    tell(finding, trial);
    return false;
}

bool try_broken(struct finding *finding, const struct step *step,
                const struct subject *subject,
                const struct workload *workload)
{
    bool right = true;

    memset(finding, 0, sizeof(*finding));
    for (size_t i = 0; right && i < step->broken_count; i++) {
        struct trial trial = {.subject = subject,
                              .workload = workload,
                              .broken = &step->broken[i]};
        right = try_one(finding, &trial);
        finding->which = i;
        outcome_free(trial.outcome);
    }
    return right;
}
