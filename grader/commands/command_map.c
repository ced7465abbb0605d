/*
 * command_map.c - heaplab map: a heap over time, in text.
 */
#include "grader/commands/commands.h"

#include "grader/commands/arguments.h"
#include "grader/commands/request.h"
#include "grader/figures/heapmap.h"
#include "grader/hearing.h"
#include "grader/show/words.h"

#include <inttypes.h>

/* What the command line asks for. */
struct order {
    struct request request;
    unsigned long rows;
};

static const struct argp_option options[] = {
    {"rows", 'r', "N", 0, "Show N moments of the replay (12)", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct order *order = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        request_begin(state, &order->request);
        return 0;
    case 'r':
        order->rows =
            arguments_number(state, "--rows", argument, 1, MAP_ROWS_MAX);
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
    "Draws the heap of ALLOCATOR over a replay of TRACE: a row a moment, a "
    "character a piece of its addresses.",
    children,
    NULL,
    NULL};

/* Draws the map of a replay. Returns the program's exit status. */
static int draw_map(const struct order *order, const struct hearing *hearing,
                    const struct workload *workload)
{
    static struct map map;
    const struct log *log = hearing->outcome->log;
    bool wrong = hearing->verdict.wrong != WRONG_NOTHING;
    uint64_t count = workload->trace->op_count;

    if (log->source_base == 0) {
        fprintf(stderr,
                "heaplab: %s has pages of its own: there is no map of them\n",
                hearing->subject->name);
        return STATUS_USAGE;
    }
    if (wrong)
        count = hearing->verdict.op != NO_OP ? hearing->verdict.op : 0;
    if (!map_fill(&map, workload->trace, hearing->outcome, count,
                  order->rows)) {
        fprintf(stderr, "heaplab: there is no memory for a map\n");
        return STATUS_TROUBLE;
    }
    map_title(stdout, &map, hearing->subject->name, workload);
    map_print(stdout, &map, log->source_base, log->source_limit);
    map_legend(stdout);
    if (!wrong)
        return STATUS_FULL;
    printf("\nthe map ends where operation %" PRIu64 " goes wrong (%s)\n"
           "  next:  build/heaplab replay ",
           count + 1, verdict_word(hearing->verdict.wrong));
    print_request(stdout, &order->request, NULL);
    putchar('\n');
    return STATUS_NOT;
}

int run_map(int argc, char **argv)
{
    struct order order = {.request = {.check = true}, .rows = 12};
    struct workload workload;
    struct subject subject;
    struct hearing hearing;
    char error[512];
    int status;

    arguments_parse(&argp, "heaplab map", argc, argv, 0, &order);
    status = request_open(&order.request, &subject, &workload);
    if (status != STATUS_FULL)
        return status;
    if (hear(&hearing, &subject, workload.trace, workload.path, 0, error,
             sizeof(error))) {
        hear_properties(&hearing, order.request.properties);
        status = draw_map(&order, &hearing, &workload);
        hearing_close(&hearing);
    } else {
        fprintf(stderr, "heaplab: %s\n", error);
        status = STATUS_TROUBLE;
    }
    request_end(&subject, &workload);
    return status;
}
