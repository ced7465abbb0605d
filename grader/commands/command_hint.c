/*
 * command_hint.c - heaplab hint: the hints of a step, one after the other.
 *
 * How far a student is stands in a file, a line a step: "1-kr reuse 2".
 */
#include "grader/commands/commands.h"

#include "grader/commands/arguments.h"
#include "grader/lab/hints.h"
#include "grader/lab/labs.h"
#include "grader/subject.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct request {
    const char *lab;
    const char *step;
    const char *state; /* file; NULL: nothing is remembered */
    size_t number;     /* of the hint, from 1; 0: the next one */
};

static const struct argp_option options[] = {
    {"state", 's', "FILE", 0, "Remember in FILE which hints were shown", 0},
    {0},
};

static error_t take_argument(struct argp_state *state, char *argument)
{
    struct request *request = state->input;

    if (state->arg_num == 0)
        request->lab = argument;
    else if (state->arg_num == 1)
        request->step = argument;
    else if (state->arg_num > 2)
        return ARGP_ERR_UNKNOWN;
    if (state->arg_num < 2)
        return 0;
    request->number = arguments_number(state, "N", argument, 1, UINT64_MAX);
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct request *request = state->input;

    switch (key) {
    case 's':
        request->state = argument;
        return 0;
    case ARGP_KEY_ARG:
        return take_argument(state, argument);
    case ARGP_KEY_END:
        if (state->arg_num < 2)
            argp_error(state, "a lab and a step are wanted");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    "LAB STEP [N]",
    "Shows the next hint for STEP of LAB, a number or a name, or hint N.\v"
    "Without --state the next one is always the first.",
    NULL,
    NULL,
    NULL};

/* What the file of a state says. */
struct state {
    char lines[32 * STEPS_MAX][2 * WORD_ROOM + 16]; /* of other steps */
    size_t line_count;
    size_t shown; /* hints of this step */
};

/* Reads what was shown of a step. A line that says nothing known is left
   out: a file that is damaged costs no more than seeing a hint again. */
static void read_state(struct state *state, const char *path, const char *lab,
                       const char *step)
{
    char line[256], its_lab[WORD_ROOM], its_step[WORD_ROOM], count[8];
    FILE *in = path != NULL ? fopen(path, "re") : NULL;

    memset(state, 0, sizeof(*state));
    while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
        if (sscanf(line, "%63s %63s %7s", its_lab, its_step, count) != 3)
            continue;
        if (strcmp(its_lab, lab) == 0 && strcmp(its_step, step) == 0)
            state->shown = strtoul(count, NULL, 10);
        else if (state->line_count <
                 sizeof(state->lines) / sizeof(state->lines[0]))
            snprintf(state->lines[state->line_count++],
                     sizeof(state->lines[0]), "%s %s %s", its_lab, its_step,
                     count);
    }
    if (in != NULL)
        fclose(in);
}

/* Writes it back. Returns false, and says why, if that is not possible. */
static bool write_state(const struct state *state, const char *path,
                        const char *lab, const char *step)
{
    FILE *out = fopen(path, "we");

    for (size_t i = 0; out != NULL && i < state->line_count; i++)
        fprintf(out, "%s\n", state->lines[i]);
    if (out != NULL)
        fprintf(out, "%s %s %zu\n", lab, step, state->shown);
    if (out != NULL && fclose(out) == 0)
        return true;
    fprintf(stderr,
            "heaplab: %s: which hint was shown is not remembered: "
            "%s\n",
            path, strerror(errno));
    return false;
}

/* What to do when all hints of a step were seen. */
static void print_way_on(const struct rubric *rubric, size_t step)
{
    printf(
        "That was the last one; make hint LAB=%s STEP=%zu HINT=1 shows the "
        "first again.\nStill stuck? Ask, with a drawing of the heap in "
        "your hand.",
        rubric->allocator, step + 1);
    if (!kit_is_handout())
        printf(" Or go on from a\nfile in which this step is solved, if your "
               "instructor agrees:\n  make starter LAB=%s STEP=%zu",
               rubric->allocator, step + 1);
    putchar('\n');
}

/* Shows hint number of a step, counted from 0. */
static void print_hint(const struct rubric *rubric, const struct hints *hints,
                       size_t step, size_t number)
{
    const char *text = hints->text[step][number];

    printf("hint %zu of %zu for step %zu, %s\n\n", number + 1,
           hints->count[step], step + 1, rubric->steps[step].name);
    while (*text != '\0') {
        int length = (int)strcspn(text, "\n");
        printf("%s%.*s\n", length > 0 ? "  " : "", length, text);
        text += length + 1;
    }
    putchar('\n');
    if (number + 1 == hints->count[step])
        print_way_on(rubric, step);
    else
        printf("next:  make hint LAB=%s STEP=%zu\n", rubric->allocator,
               step + 1);
}

/* Reads the rubric and the hints that are asked for, and finds the step. */
static bool open_hints(const struct request *request, struct rubric *rubric,
                       struct hints *hints, size_t *step)
{
    char name[WORD_ROOM + 16], path[PATH_ROOM];
    char error[512];

    if (!rubric_of_lab(rubric, request->lab, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return false;
    }
    snprintf(name, sizeof(name), "labs/%s/hints", rubric->lab);
    path_kit(path, name);
    if (access(path, F_OK) != 0) {
        fprintf(stderr, "heaplab: lab %s has no hints\n", rubric->lab);
        return false;
    }
    if (!hints_read(hints, rubric, path, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return false;
    }
    *step = hints_step(rubric, request->step);
    if (*step < rubric->step_count && hints->count[*step] > 0)
        return true;
    fprintf(stderr, "heaplab: lab %s has no %s '%s'; there is:", rubric->lab,
            *step < rubric->step_count ? "hints for step" : "step",
            request->step);
    for (size_t i = 0; i < rubric->step_count; i++) {
        if (hints->count[i] > 0)
            fprintf(stderr, " %zu %s%s", i + 1, rubric->steps[i].name,
                    i + 1 < rubric->step_count ? "," : "");
    }
    fputc('\n', stderr);
    return false;
}

int run_hint(int argc, char **argv)
{
    static struct rubric rubric;
    static struct hints hints;
    static struct state state;
    struct request request = {0};
    const char *name;
    size_t step, number;

    arguments_parse(&argp, "heaplab hint", argc, argv, 0, &request);
    if (!open_hints(&request, &rubric, &hints, &step))
        return STATUS_USAGE;
    name = rubric.steps[step].name;
    read_state(&state, request.state, rubric.lab, name);
    if (request.number > hints.count[step]) {
        fprintf(stderr, "heaplab: step %s has %zu hints, not %zu\n", name,
                hints.count[step], request.number);
        return STATUS_USAGE;
    }
    number = request.number > 0 ? request.number - 1 : state.shown;
    if (number >= hints.count[step])
        number = hints.count[step] - 1;
    print_hint(&rubric, &hints, step, number);
    if (number + 1 > state.shown)
        state.shown = number + 1;
    if (request.state == NULL ||
        write_state(&state, request.state, rubric.lab, name))
        return STATUS_FULL;
    return STATUS_TROUBLE;
}
