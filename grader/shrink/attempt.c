/*
 * attempt.c - the tries of which a search for a small trace is made.
 */
#include "grader/shrink/attempt.h"

#include "grader/property.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What a search may cost, if nothing is said. */
#define TESTS_MOST ((size_t)1500)

double search_clock(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

enum ending search_hear(const struct search *search,
                        const struct trace *trace, struct verdict *verdict,
                        char *rule)
{
    struct job job = job_for(JOB_JUDGED, search->subject->name, trace);
    struct model *model = model_open(trace);
    struct outcome *outcome;
    enum ending ending = ENDED_FAILED;

    job.check_every = search->demand->check ? 1 : 0;
    outcome = run_job(&search->start, &job, trace->ops);
    *verdict = (struct verdict){.wrong = WRONG_KIT};
    if (model != NULL && outcome != NULL) {
        *verdict = judge(trace, outcome, model);
        if (verdict->wrong == WRONG_NOTHING &&
            search->demand->properties != 0)
            property_judge(search->demand->properties, trace, outcome,
                           verdict);
        snprintf(rule, 16, "%.15s",
                 verdict->wrong == WRONG_INVARIANT ? outcome->log->fault_rule
                                                   : "");
        ending = outcome->ending;
    }
    outcome_free(outcome);
    model_close(model);
    return ending;
}

/* May there be one more try? */
static bool may_try(struct search *search)
{
    struct shrinkage *result = search->result;
    size_t most = search->demand->tests;

    if (result->tests >= (most > 0 ? most : TESTS_MOST) ||
        search_clock() > search->deadline)
        result->spent = true;
    return !result->spent;
}

bool attempt_fails(struct search *search)
{
    struct script *attempt = &search->attempt;
    struct trace trace = {.ops = attempt->ops, .op_count = attempt->count};
    struct verdict verdict;
    struct script best = search->best;
    char rule[16];
    enum ending ending;

    if (attempt->count == 0 || !may_try(search) || !trace_recount(&trace))
        return false;
    search->result->tests++;
    ending = search_hear(search, &trace, &verdict, rule);
    if (verdict.wrong != search->result->verdict.wrong ||
        verdict.op == NO_OP || strcmp(rule, search->result->rule) != 0 ||
        (verdict.wrong == WRONG_LOOP && ending != search->ending))
        return false;
    search->result->verdict = verdict;
    attempt->count = verdict.op + 1;
    search->best = *attempt;
    search->attempt = best;
    return true;
}

void attempt_best(struct search *search)
{
    search->attempt.count = search->best.count;
    memcpy(search->attempt.ops, search->best.ops,
           search->best.count * sizeof(struct op));
}

size_t script_renumber(struct script *script)
{
    uint32_t most = 0;
    uint32_t *life;
    size_t lives = 0;

    for (size_t i = 0; i < script->count; i++)
        most = script->ops[i].id > most ? script->ops[i].id : most;
    life = calloc((size_t)most + 1, sizeof(*life));
    if (life == NULL)
        return 0;
    for (size_t i = 0; i < script->count; i++) {
        struct op *op = &script->ops[i];
        if (op->kind == OP_TRIM)
            continue;
        if (op->kind != OP_REALLOC && op->kind != OP_FREE)
            life[op->id] = (uint32_t)lives++;
        op->id = life[op->id];
    }
    free(life);
    return lives;
}
