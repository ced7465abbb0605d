/*
 * order.c - what the command line of gradebook asks for.
 */
#include "grader/gradebook/order.h"

#include "grader/commands/commands.h"
#include "grader/gradebook/rooms.h"

#include <argp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MOST 256

enum { KEY_UNCONFINED = 0x100, KEY_WITHOUT, KEY_SAMPLE };

static const struct argp_option options[] = {
    {"labs", 'l', "NAMES", 0, "Grade these labs only: 1-kr, or kr", 0},
    {"jobs", 'j', "N", 0, "Grade N submissions at a time (the processors)",
     0},
    {"roster", 'r', "FILE", 0, "Whose each submission is: a table, CSV", 0},
    {"secret", 's', "FILE", 0, "Vary the traces by the secret in FILE", 0},
    {"output", 'o', "FOLDER", 0, "Where the results go (build/grades)", 0},
    {"unconfined", KEY_UNCONFINED, NULL, 0,
     "Go on where the kernel does not offer all walls", 0},
    {"sample", KEY_SAMPLE, NULL, 0,
     "The class is the kit's sample, which may go without walls", 0},
    {"without", KEY_WITHOUT, "LAYER", 0,
     "Leave a layer out, to see what it keeps away: compile, look, child or "
     "parent",
     0},
    {0},
};

/* Ends the program, with one line. */
static _Noreturn __attribute__((format(printf, 1, 2))) void
refuse(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("gradebook: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(STATUS_USAGE);
}

/* Reads the name of a layer; 0: there is none of that name. */
static unsigned layer_named(const char *name)
{
    static const struct {
        const char *name;
        unsigned layer;
    } layers[] = {{"compile", LAYER_COMPILE},
                  {"look", LAYER_LOOK},
                  {"child", LAYER_CHILD},
                  {"parent", LAYER_PARENT}};

    for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
        if (strcmp(layers[i].name, name) == 0)
            return layers[i].layer;
    }
    return 0;
}

static size_t read_jobs(const char *argument)
{
    char *end;
    unsigned long jobs = strtoul(argument, &end, 10);

    if (*argument < '0' || *argument > '9' || *end != '\0' || jobs < 1 ||
        jobs > JOBS_MOST)
        refuse("--jobs %s: a number from 1 to %d was expected", argument,
               JOBS_MOST);
    return jobs;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct order *order = state->input;

    switch (key) {
    case 'l':
        order->labs = argument;
        return 0;
    case 'j':
        order->jobs = read_jobs(argument);
        return 0;
    case 'r':
        order->roster = argument;
        return 0;
    case 's':
        order->secret = argument;
        return 0;
    case 'o':
        order->out = argument;
        return 0;
    case KEY_UNCONFINED:
        order->unconfined = true;
        return 0;
    case KEY_SAMPLE:
        order->sample = true;
        return 0;
    case KEY_WITHOUT:
        order->off |= layer_named(argument);
        if (layer_named(argument) == 0)
            refuse("--without %s: there are compile, look, child and parent",
                   argument);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            refuse("%s: one folder of submissions is wanted", argument);
        order->submissions = argument;
        return 0;
    case ARGP_KEY_END:
        if (order->submissions == NULL)
            refuse("a folder of submissions is wanted; see --help");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    "FOLDER",
    "Grades every submission in FOLDER: a folder, an archive or a .c file "
    "each.\vNothing in them is trusted. Exits 0 when every submission has a "
    "result, whatever the marks; 2 for usage or bad input; 3 if there is "
    "none "
    "for some.",
    NULL,
    NULL,
    NULL};

void order_read(struct order *order, int argc, char **argv)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    *order = (struct order){.out = "build/grades",
                            .jobs = processors > 0 ? (size_t)processors : 1};
    if (order->jobs > JOBS_MOST)
        order->jobs = JOBS_MOST;
    argp_err_exit_status = STATUS_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, order);
}
