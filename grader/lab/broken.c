/*
 * broken.c - whether check() is right about heaps that are changed.
 *
 * A check() that always says true is right about every sound heap. So the
 * heap is broken on purpose, each time in another runner, for a check() may
 * well crash or never end on it. And one that remembers the heap, and says
 * false whenever a word differs, is right about every broken one. So other
 * changes leave all rules whole.
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

/* One heap that is changed, and what came of it. */
struct trial {
    const struct hearing *judged; /* the replay with nothing changed */
    const char *name;             /* the trace's, for people */
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

/* Did check() say what it should, and of a broken heap the right rule? */
static bool is_right(const struct trial *trial)
{
    const struct log *log = trial->outcome->log;

    if (broken_is_sound(trial->broken))
        return log->answer == ANSWER_TRUE;
    return log->answer == ANSWER_FALSE &&
           broken_is(trial->broken, log->fault_rule);
}

/* Has check() been asked about the heap? */
static bool is_asked(const struct outcome *outcome)
{
    return outcome->log->answer != ANSWER_NONE ||
           atomic_load(&outcome->log->phase) == PHASE_CHECK;
}

/* Was it a write into the heap, which is read-only then, that crashed? */
static bool has_written(const struct trial *trial)
{
    const struct outcome *outcome = trial->outcome;
    size_t last = trial->judged->trace->op_count - 1;

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
    const char *labels = trial->outcome->log->fault_rule;
    struct registry_error error;
    struct options options;
    const struct entry *entry =
        registry_find(trial->judged->subject->name, &options, &error);
    char label[sizeof(broken->labels)];
    const char *sentence = NULL;
    bool sound = broken_is_sound(broken);

    if (!sound)
        labels = broken->labels;
    snprintf(label, sizeof(label), "%.*s", (int)strcspn(labels, "|"), labels);
    if (entry != NULL)
        sentence = invariant_sentence(entry->allocator, label);
    print_answer(out, trial);
    if (sound)
        fprintf(out, "a heap in which all is well");
    else
        fprintf(out, "a heap whose %s was broken", label);
    if (sound && sentence != NULL)
        fprintf(out, ", %s too", label);
    if (sentence != NULL)
        fprintf(out, ": %s", sentence);
}

static void print_message(FILE *out, const struct trial *trial)
{
    const struct hearing *judged = trial->judged;
    const struct broken *broken = trial->broken;
    struct hearing hearing = {.subject = judged->subject,
                              .trace = judged->trace,
                              .trace_path = judged->trace_path,
                              .outcome = trial->outcome,
                              .verdict = {.wrong = wrong_of(trial->outcome)}};

    /* Whatever it was, it happened in check(). */
    atomic_store(&trial->outcome->log->phase, PHASE_CHECK);
    print_place(out, &hearing, NO_OP);
    fprintf(out, "error: ");
    print_finding(out, trial);
    fprintf(out, "\n  trace %s, all of it; then the heap is %s by\n",
            judged->trace_path,
            broken_is_sound(broken) ? "changed" : "broken");
    fprintf(out, "  %s: %s\n\n", broken->text, broken->words);
    fprintf(out, "  the heap before that (a block's payload is pN, its size "
                 "pN-16, its next pN-8):\n\n");
    show(out, judged, judged->trace->op_count);
    print_next(out, &hearing, judged->trace->op_count);
}

/* Puts what is wrong into words. */
static void tell(struct finding *finding, const struct trial *trial)
{
    FILE *out = fmemopen(finding->note, sizeof(finding->note) - 1, "w");

    if (out != NULL) {
        fprintf(out, "%s: ", trial->name);
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

/* --- replays that never come to check() --------------------------------- */

static void print_otherwise(FILE *out, const struct hearing *again,
                            uint64_t op)
{
    enum wrong wrong = again->verdict.wrong;

    fprintf(out, "replayed again, it does otherwise than when it was "
                 "judged: ");
    if (op != NO_OP)
        fprintf(out, "op %llu: ", (unsigned long long)op + 1);
    if (wrong != WRONG_NOTHING && wrong != WRONG_KIT)
        print_verdict(out, again->trace, again->outcome, &again->verdict,
                      again->model, NO_OP);
    else if (op != NO_OP)
        fprintf(out, "another pointer");
    else
        fprintf(out, "it does not come to its end");
}

/* Tells that a replay of the same trace differs from the one that was judged,
   at operation op; NO_OP: at none. */
static void tell_otherwise(struct finding *finding, const char *name,
                           const struct hearing *again, uint64_t op)
{
    FILE *out = fmemopen(finding->note, sizeof(finding->note) - 1, "w");

    finding->otherwise = true;
    if (out != NULL) {
        fprintf(out, "%s: ", name);
        print_otherwise(out, again, op);
        fclose(out);
    }
    out = fmemopen(finding->message, sizeof(finding->message) - 1, "w");
    if (out == NULL)
        return;
    print_place(out, again, op);
    fprintf(out, "error: ");
    print_otherwise(out, again, op);
    fprintf(out,
            "\n  trace %s, to ask check() about the heap that it leaves\n"
            "  The file counts what it is asked, or reads memory that it "
            "never wrote.\n",
            again->trace_path);
    print_next(out, again, op != NO_OP ? op + 1 : 0);
    fclose(out);
}

static bool give_up(struct finding *finding, const struct trial *trial,
                    const char *why)
{
    finding->trouble = true;
    snprintf(finding->note, sizeof(finding->note), "%.60s, '%.100s': %s",
             trial->name, trial->broken->text, why);
    return false;
}

/* Tells that the words to be changed are not there: all operations were well,
   but then the change itself was not possible. */
static void tell_layout(struct finding *finding, const struct trial *trial)
{
    finding->otherwise = true;
    snprintf(finding->note, sizeof(finding->note),
             "%.60s: the heap is not laid out as it should be: there is no "
             "word for '%.100s'",
             trial->name, trial->broken->text);
    snprintf(finding->message, sizeof(finding->message), "error: %s\n",
             finding->note);
}

/* Tells why check() was not asked. What the file did is not the kit's. */
static bool tell_unasked(struct finding *finding, const struct trial *trial)
{
    const struct trace *trace = trial->judged->trace;
    struct outcome *outcome = trial->outcome;
    struct hearing again = *trial->judged;
    size_t last = trace->op_count - 1;

    if (outcome->ending == ENDED_FAILED &&
        atomic_load(&outcome->log->phase) == PHASE_START)
        return give_up(finding, trial, "the replay could not begin");
    if (outcome->records[last].flags & RECORD_RETURNED) {
        tell_layout(finding, trial);
        return false;
    }
    again.outcome = outcome;
    again.model = model_open(trace);
    if (again.model == NULL)
        return give_up(finding, trial, "there is no memory for a verdict");
    again.verdict = judge(trace, outcome, again.model);
    tell_otherwise(finding, trial->name, &again, again.verdict.op);
    model_close(again.model);
    return false;
}

/* Changes one heap. Returns whether check() was right about it. */
static bool try_one(struct finding *finding, struct trial *trial)
{
    const struct hearing *judged = trial->judged;
    const struct trace *trace = judged->trace;
    struct job job = job_for(JOB_JUDGED, judged->subject->name, trace);
    struct hearing again = *judged;
    uint64_t op;

    if (!broken_job(&job, trace, trial->broken))
        return give_up(finding, trial, "the trace has no such block");
    trial->outcome = hear_patiently(judged, &job);
    if (trial->outcome == NULL)
        return give_up(finding, trial, "there is no memory for a replay");
    if (!is_asked(trial->outcome))
        return tell_unasked(finding, trial);
    op = other_pointer(trace, judged->outcome, trial->outcome);
    if (op != NO_OP) {
        again.outcome = trial->outcome;
        tell_otherwise(finding, trial->name, &again, op);
        return false;
    }
    if (is_right(trial))
        return true;
    tell(finding, trial);
    return false;
}

bool try_broken(struct finding *finding, const struct step *step,
                const struct subject *subject,
                const struct workload *workload)
{
    struct hearing judged;
    bool right;

    memset(finding, 0, sizeof(*finding));
    if (!hear_in_order(&judged, subject, workload->trace, workload->path,
                       step->check, finding->note, sizeof(finding->note))) {
        finding->trouble = true;
        return false;
    }
    right = judged.verdict.wrong == WRONG_NOTHING;
    if (!right)
        tell_otherwise(finding, workload->name, &judged, judged.verdict.op);
    for (size_t i = 0; right && i < step->broken_count; i++) {
        struct trial trial = {.judged = &judged,
                              .name = workload->name,
                              .broken = &step->broken[i]};
        right = try_one(finding, &trial);
        finding->which = i;
        outcome_free(trial.outcome);
    }
    hearing_close(&judged);
    return right;
}
