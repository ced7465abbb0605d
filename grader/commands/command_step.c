/*
 * command_step.c - heaplab step: a replay gone through by hand.
 *
 * On a terminal it prompts; from a pipe it reads the same commands, one a
 * line, and prints the same screens.
 */
#include "grader/commands/commands.h"

#include "grader/commands/arguments.h"
#include "grader/commands/request.h"
#include "grader/show/colour.h"
#include "grader/show/words.h"
#include "grader/step/step.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the command line asks for. */
struct order {
    struct request request;
    unsigned long at;   /* the step to begin with; 0: the first */
    const char *colour; /* what --color was given; NULL: nothing */
};

enum { KEY_COLOUR = 0x200 };

static const struct argp_option options[] = {
    {"at", 'a', "N", 0, "Begin after operation N (1)", 0},
    {"color", KEY_COLOUR, "WHEN", OPTION_ARG_OPTIONAL,
     "Add colour: always, never, auto", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct order *order = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        request_begin(state, &order->request);
        return 0;
    case 'a':
        order->at = arguments_number(state, "--at", argument, 1, UINT64_MAX);
        return 0;
    case KEY_COLOUR:
        order->colour = argument != NULL ? argument : "always";
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&request_argp, 0, NULL, 0},
                                             {0}};

static const struct argp argp = {
    options,
    parse,
    "ALLOCATOR TRACE",
    "Goes through a replay of TRACE on ALLOCATOR, operation by operation.\v"
    "Commands are read from standard input, one a line; h lists them.",
    children,
    NULL,
    NULL};

static const char help[] = "  n, Enter   the next operation; n 10: ten on\n"
                           "  p          the previous one; p 10: ten back\n"
                           "  g 17, 17   go to operation 17\n"
                           "  f          go to the one that goes wrong\n"
                           "  l          list the operations round this one\n"
                           "  h          this\n"
                           "  q          quit\n";

/* A conversation under way. */
struct talk {
    struct stepper *stepper;
    uint64_t at;   /* the step shown last */
    bool terminal; /* is there somebody to prompt? */
};

/* Shows step number, or the nearest there is. Returns false for trouble. */
static bool show_step(struct talk *talk, uint64_t number)
{
    uint64_t last = talk->stepper->last;

    if (number < 1)
        printf("that is the first operation\n");
    else if (number > last && last < talk->stepper->hearing.trace->op_count)
        printf("the replay ends here, at operation %" PRIu64 "\n", last);
    else if (number > last)
        printf("that is the last operation\n");
    if (number < 1 || number > last) {
        number = number < 1 ? 1 : last;
        if (number == talk->at)
            return true;
    }
    talk->at = number;
    if (stepper_print(stdout, talk->stepper, number))
        return true;
    fprintf(stderr, "heaplab: there is no memory for step %" PRIu64 "\n",
            number);
    return false;
}

static bool show_wrong(struct talk *talk)
{
    if (talk->stepper->wrong != 0)
        return show_step(talk, talk->stepper->wrong);
    printf("nothing goes wrong\n");
    return true;
}

/*
 * Does what a line says. Sets *quit if it says so. Returns false for trouble
 * of the kit's own.
 */
static bool obey(struct talk *talk, const char *line, bool *quit)
{
    const char *digits = line + strcspn(line, "0123456789\n");
    uint64_t number = strtoull(digits, NULL, 10);
    bool given = isdigit((unsigned char)*digits);
    uint64_t count = given ? number : 1;
    char letter = *line;

    if (isdigit((unsigned char)letter))
        letter = 'g';
    switch (letter) {
    case 'n':
    case '\n':
        return show_step(talk, talk->at + count);
    case 'p':
        return show_step(talk, count < talk->at ? talk->at - count : 0);
    case 'g':
        if (given)
            return show_step(talk, number);
        printf("go where? g 17 goes to operation 17\n");
        return true;
    case 'f':
        return show_wrong(talk);
    case 'l':
        stepper_list(stdout, talk->stepper, talk->at);
        return true;
    case 'q':
        *quit = true;
        return true;
    case 'h':
    case '?':
        fputs(help, stdout);
        return true;
    default:
        printf("there is no command '%.*s'; h lists them\n",
               (int)strcspn(line, "\n"), line);
        return true;
    }
}

/* Reads commands until the end. Returns the program's exit status. */
static int converse(struct talk *talk, uint64_t at)
{
    char *line = NULL;
    size_t size = 0;
    bool quit = false;
    bool well = show_step(talk, at);

    while (well && !quit) {
        if (talk->terminal)
            printf("\n[n]ext [p]revious [g]oto [f]ailure [l]ist [h]elp "
                   "[q]uit  ");
        else
            putchar('\n');
        fflush(stdout);
        if (getline(&line, &size, stdin) < 0)
            break;
        well = obey(talk, line + strspn(line, " \t"), &quit);
    }
    free(line);
    if (talk->terminal && !quit)
        putchar('\n');
    return well ? STATUS_FULL : STATUS_TROUBLE;
}

/* Tells what will be gone through, and whether it goes well. */
static void introduce(const struct stepper *stepper)
{
    printf("%s on %s, ", stepper->hearing.subject->name,
           stepper->hearing.trace_path);
    if (stepper->wrong != 0)
        printf("goes wrong at operation %" PRIu64, stepper->wrong);
    else if (stepper->message != NULL)
        printf("goes wrong before the first operation");
    else
        printf("nothing goes wrong");
    printf("\n\n");
}

static int step(const struct order *order, const struct subject *subject,
                const struct workload *workload)
{
    struct stepper stepper;
    struct talk talk = {.stepper = &stepper};
    char error[512];
    int status = STATUS_FULL;

    if (!stepper_open(&stepper, subject, workload, order->request.check,
                      order->request.properties, error, sizeof(error))) {
        fprintf(stderr, "heaplab: %s\n", error);
        return STATUS_TROUBLE;
    }
    stepper.colour = colour_wanted(order->colour, stdout);
    talk.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    introduce(&stepper);
    if (stepper.last == 0)
        fputs(stepper.message, stdout);
    else
        status = converse(&talk, order->at > 0 ? order->at : 1);
    stepper_close(&stepper);
    return status;
}

int run_step(int argc, char **argv)
{
    struct order order = {.request = {.check = true}};
    struct workload workload;
    struct subject subject;
    int status;

    arguments_parse(&argp, "heaplab step", argc, argv, 0, &order);
    status = request_open(&order.request, &subject, &workload);
    if (status != STATUS_FULL)
        return status;
    status = step(&order, &subject, &workload);
    request_end(&subject, &workload);
    return status;
}
