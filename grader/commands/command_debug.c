/*
 * command_debug.c - heaplab debug: a file in gdb, right before the call that
 * goes wrong.
 *
 * What goes wrong is found by judging the same build that gdb then shows: a
 * mistake that depends on the compiler's flags is the one that is looked at.
 */
#include "grader/commands/commands.h"

#include "allocators/registry.h"
#include "grader/commands/arguments.h"
#include "grader/lab/broken.h"
#include "grader/lab/labs.h"
#include "grader/property.h"
#include "grader/show/locate.h"
#include "grader/show/words.h"
#include "grader/submission.h"
#include "grader/tools/debugger.h"

#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What the command line asks for. */
struct order {
    const char *allocator;
    const char *trace; /* NULL: those of the lab's rubric */
    const char *file;  /* NULL: the kit's own */
    unsigned long at;  /* the operation to stop before; 0: the failing one */
};

/* Where to stop: what the search comes to. */
struct scene {
    struct subject subject; /* with the variant's name */
    struct workload workload;
    struct job job;
    bool wrong;               /* does anything go wrong? */
    const char *stop;         /* as in struct session */
    char introduction[2048];  /* as in struct session */
    struct finding *finding;  /* of a broken heap; or NULL */
    const struct step *step;  /* whose it is; NULL: a trace was asked for */
    const struct rubric *lab; /* NULL: the same */
};

static const struct argp_option options[] = {
    {"file", 'f', "FILE", 0, "Compile FILE in place of the allocator", 0},
    {"at", 'a', "N", 0, "Stop before operation N", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct order *order = state->input;

    switch (key) {
    case 'f':
        order->file = argument;
        return 0;
    case 'a':
        order->at = arguments_number(state, "--at", argument, 1, UINT64_MAX);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            order->allocator = argument;
        else if (state->arg_num == 1)
            order->trace = argument;
        else
            return ARGP_ERR_UNKNOWN;
        return 0;
    case ARGP_KEY_END:
        if (order->allocator == NULL)
            argp_error(state, "an allocator is wanted");
        if (order->at > 0 && order->trace == NULL)
            argp_error(state, "--at wants a trace");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    "ALLOCATOR [TRACE]",
    "Opens ALLOCATOR in gdb, stopped right before the first call of TRACE "
    "that"
    " goes wrong; without TRACE, of the first trace of its lab's rubric that"
    " does.\v"
    "Commands of gdb may come from a pipe. Those of the kit are heap, "
    "freelist, block and op.",
    NULL,
    NULL,
    NULL};

/* --- where it goes wrong ----------------------------------------------- */

/* Prints the trace, the operation in words, and the commands there are. */
static void introduce(struct scene *scene, FILE *out, uint64_t op)
{
    const struct trace *trace = scene->workload.trace;

    fprintf(out, "  ");
    if (scene->lab != NULL)
        fprintf(out, "step %zu, ",
                (size_t)(scene->step - scene->lab->steps) + 1);
    fprintf(out, "trace %s", scene->workload.path);
    if (op != NO_OP && trace->lines != NULL)
        fprintf(out, ":%" PRIu32, trace->lines[op]);
    if (op != NO_OP) {
        fprintf(out, ", op %" PRIu64 " of %zu: ", op + 1, trace->op_count);
        print_statement(out, &trace->ops[op]);
    }
    fprintf(out, "\n  commands: heap, freelist, block p0, op 1 (goes there); "
                 "help heap\n\n");
}

/* Says of a hearing that went wrong what, and sets where to stop: before
   operation at, counted from 1, or if that is 0 before the one that did it. */
static void aim_at_wrong(struct scene *scene, const struct hearing *hearing,
                         FILE *out, uint64_t at)
{
    const struct verdict *verdict = &hearing->verdict;
    uint64_t culprit = hear_culprit(hearing);
    uint64_t op = culprit != NO_OP ? culprit : verdict->op;

    print_place(out, hearing, op);
    fprintf(out, "error: ");
    print_verdict(out, hearing->trace, hearing->outcome, verdict,
                  hearing->model, culprit);
    fputc('\n', out);
    if (op == NO_OP) {
        scene->stop = "open_heap";
        introduce(scene, out, NO_OP);
        return;
    }
    if (at > 0 && at <= verdict->op + 1)
        op = at - 1;
    else if (at > 0)
        fprintf(out, "  the replay ends there, before op %" PRIu64 "\n", at);
    scene->job.debug_at = op + 1;
    if (verdict->wrong != WRONG_ROOM && verdict->wrong != WRONG_MOVED &&
        verdict->wrong != WRONG_FIT)
        scene->job.stop_at = verdict->op + 1;
    introduce(scene, out, op);
}

/* Has check() said no without naming a rule? Then it is not written yet. */
static bool is_unwritten(const struct hearing *hearing)
{
    return hearing->verdict.wrong == WRONG_INVARIANT &&
           hearing->outcome->log->fault_rule[0] == '\0';
}

/* Replays and judges the scene's workload. Returns false for trouble. */
static bool hear_scene(struct scene *scene, struct hearing *hearing,
                       bool check, char *error, size_t size)
{
    const struct workload *workload = &scene->workload;

    if (!hear(hearing, &scene->subject, workload->trace, workload->path,
              check, error, size))
        return false;
    if (scene->step == NULL && is_unwritten(hearing)) {
        hearing_close(hearing);
        check = false;
        if (!hear(hearing, &scene->subject, workload->trace, workload->path,
                  check, error, size))
            return false;
    }
    if (hearing->verdict.wrong == WRONG_NOTHING && scene->step != NULL)
        property_judge(scene->step->properties, hearing->trace,
                       hearing->outcome, &hearing->verdict);
    scene->job = job_for(JOB_JUDGED, scene->subject.name, hearing->trace);
    scene->job.check_every = check;
    return true;
}

/*
 * Looks for what goes wrong on the scene's workload. Without a step, a place
 * to stop is found even if nothing does. Returns false for trouble.
 */
static bool look_at_trace(struct scene *scene, uint64_t at, char *error,
                          size_t size)
{
    size_t last = scene->workload.trace->op_count;
    struct hearing hearing;
    FILE *out;

    if (!hear_scene(scene, &hearing,
                    scene->step == NULL || scene->step->check, error, size))
        return false;
    scene->wrong = hearing.verdict.wrong != WRONG_NOTHING;
    out = fmemopen(scene->introduction, sizeof(scene->introduction) - 1, "w");
    if (out != NULL && scene->wrong) {
        aim_at_wrong(scene, &hearing, out, at);
    } else if (out != NULL) {
        fprintf(out, "nothing goes wrong%s\n",
                at == 0 ? "; this is the last operation" : "");
        scene->job.debug_at = at > 0 ? at : last;
        introduce(scene, out, scene->job.debug_at - 1);
    }
    if (out != NULL)
        fclose(out);
    hearing_close(&hearing);
    return true;
}

/* Sets a scene for the broken heap that check() was not right about. */
static void aim_at_broken(struct scene *scene)
{
    const struct broken *broken = &scene->step->broken[scene->finding->which];
    FILE *out =
        fmemopen(scene->introduction, sizeof(scene->introduction) - 1, "w");

    scene->wrong = true;
    scene->stop = "heap_check";
    scene->job =
        job_for(JOB_JUDGED, scene->subject.name, scene->workload.trace);
    broken_job(&scene->job, scene->workload.trace, broken);
    if (out == NULL)
        return;
    fprintf(out, "error: %s\n", scene->finding->note);
    if (!scene->finding->otherwise)
        fprintf(out, "  all of the trace; then the heap is %s by %s\n",
                broken_is_sound(broken) ? "changed" : "broken", broken->text);
    introduce(scene, out, NO_OP);
    fclose(out);
}

/* Asks check() about the heaps that a step breaks. False: trouble. */
static bool look_at_broken(struct scene *scene, char *error, size_t size)
{
    if (scene->step->broken_count == 0)
        return true;
    scene->finding = calloc(1, sizeof(*scene->finding));
    if (scene->finding == NULL) {
        snprintf(error, size, "there is no memory for a replay");
        return false;
    }
    if (try_broken(scene->finding, scene->step, &scene->subject,
                   &scene->workload))
        return true;
    if (scene->finding->trouble)
        snprintf(error, size, "%s", scene->finding->note);
    else
        aim_at_broken(scene);
    return !scene->finding->trouble;
}

/* Goes through a step's traces to the first that goes wrong. */
static bool look_at_step(struct scene *scene, const struct subject *subject,
                         char *error, size_t size)
{
    const struct step *step = scene->step;

    scene->subject = *subject;
    if (step->allocator[0] != '\0')
        snprintf(scene->subject.name, sizeof(scene->subject.name), "%s",
                 step->allocator);
    for (size_t i = 0; i <= step->trace_count; i++) {
        size_t which = i < step->trace_count ? i : 0; /* again: broken */
        char below[WORD_ROOM + 16];
        char path[PATH_ROOM];
        snprintf(below, sizeof(below), "traces/%s", step->traces[which]);
        path_kit(path, below);
        if (!workload_open(&scene->workload, path, error, size))
            return false;
        if (!(i < step->trace_count ? look_at_trace(scene, 0, error, size)
                                    : look_at_broken(scene, error, size)))
            return false;
        if (scene->wrong)
            return true;
        workload_close(&scene->workload);
        free(scene->finding);
        scene->finding = NULL;
    }
    return true;
}

/* Goes through the lab's steps in order. Returns false for trouble. */
static bool look_at_lab(struct scene *scene, const struct subject *subject,
                        const struct rubric *rubric, char *error, size_t size)
{
    scene->lab = rubric;
    for (size_t i = 0; i < rubric->step_count && !scene->wrong; i++) {
        scene->step = &rubric->steps[i];
        if (!look_at_step(scene, subject, error, size))
            return false;
    }
    return true;
}

/* --- the command ------------------------------------------------------- */

static int trouble(const char *error)
{
    fprintf(stderr, "heaplab: %s\n", error);
    return STATUS_TROUBLE;
}

/* Opens gdb on a scene that is set. */
static int open_session(const struct scene *scene)
{
    struct session session = {.subject = &scene->subject,
                              .job = &scene->job,
                              .ops = scene->workload.trace->ops,
                              .introduction = scene->introduction,
                              .stop = scene->stop};
    char error[512];

    return debugger_run(&session, error, sizeof(error)) ? STATUS_FULL
                                                        : trouble(error);
}

/* Says that a whole lab is right, and what to ask for then. */
static int tell_nothing(const struct order *order)
{
    printf("%s: nothing goes wrong in the lab's traces, as compiled for gdb "
           "(-O0)\n\n  next:  make gdb LAB=%s TRACE=comb AT=17\n",
           order->file != NULL ? order->file : order->allocator,
           order->allocator);
    return STATUS_FULL;
}

/* Sets the scene, and opens gdb on it. */
static int debug(const struct order *order, const struct rubric *rubric,
                 struct scene *scene, const struct subject *subject)
{
    char error[2048];
    bool found;

    scene->subject = *subject;
    found = rubric != NULL
                ? look_at_lab(scene, subject, rubric, error, sizeof(error))
                : look_at_trace(scene, order->at, error, sizeof(error));
    if (!found)
        return trouble(error);
    if (rubric != NULL && !scene->wrong)
        return tell_nothing(order);
    return open_session(scene);
}

/* Builds what is asked for; returns the program's exit status. */
static int build(const struct order *order, struct subject *subject)
{
    char says[COMPILER_SAYS];
    char path[PATH_ROOM];
    char below[128];
    struct registry_error error;
    struct options unused;
    const struct entry *entry =
        registry_find(order->allocator, &unused, &error);

    if (entry == NULL) {
        fprintf(stderr, "heaplab: %s\n", error.message);
        return STATUS_USAGE;
    }
    snprintf(below, sizeof(below), "allocators/%s.c", entry->symbol);
    path_kit(path, below);
    if (debugger_build(subject, order->allocator,
                       order->file != NULL ? order->file : path, says))
        return STATUS_FULL;
    fprintf(stderr, "%s\n", says);
    return subject->trouble ? STATUS_TROUBLE : STATUS_NOT;
}

/* Opens the trace, or the lab, that is asked for. */
static int open_work(const struct order *order, struct scene *scene,
                     struct rubric *rubric)
{
    char error[2048];
    char lab[128];
    bool opened;

    snprintf(lab, sizeof(lab), "%.*s", (int)strcspn(order->allocator, ":"),
             order->allocator);
    opened = order->trace != NULL
                 ? workload_open(&scene->workload, order->trace, error,
                                 sizeof(error))
                 : rubric_of_lab(rubric, lab, error, sizeof(error));
    if (!opened) {
        fprintf(stderr, "%s\n", error);
        return STATUS_USAGE;
    }
    if (order->trace == NULL || order->at <= scene->workload.trace->op_count)
        return STATUS_FULL;
    fprintf(stderr, "heaplab: --at %lu: the trace has %zu operations\n",
            order->at, scene->workload.trace->op_count);
    workload_close(&scene->workload);
    return STATUS_USAGE;
}

int run_debug(int argc, char **argv)
{
    static struct rubric rubric;
    static struct scene scene;
    struct order order = {.at = 0};
    struct subject subject;
    char error[512];
    int status;

    arguments_parse(&argp, "heaplab debug", argc, argv, 0, &order);
    if (!debugger_ready(error, sizeof(error)))
        return trouble(error);
    status = open_work(&order, &scene, &rubric);
    if (status != STATUS_FULL)
        return status;
    status = build(&order, &subject);
    if (status == STATUS_FULL) {
        status = debug(&order, order.trace == NULL ? &rubric : NULL, &scene,
                       &subject);
        submission_remove(&subject);
    }
    workload_close(&scene.workload);
    free(scene.finding);
    return status;
}
