/*
 * generate.c - makes a trace of a kind: reads the settings, lets the kind
 * append its operations, and writes down how to make it again. The kinds
 * themselves are in kinds.c.
 */
#include "traces/generate.h"

#include "traces/draft.h"
#include "traces/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What trace_generate() works with. */
struct order {
    const struct generator *generator;
    size_t parameter_count;
    uint64_t values[PARAMETERS_MAX];
    bool set[PARAMETERS_MAX]; /* which of them were set */
    struct trace_error *error;
};

const struct generator *generator_named(const char *name)
{
    for (size_t i = 0; i < generator_count; i++)
        if (strcmp(generators[i].name, name) == 0)
            return &generators[i];
    return NULL;
}

/* A list of names for a message, ", " between them. */
struct names {
    char text[256];
    size_t used;
};

static void add_name(struct names *names, const char *name)
{
    size_t room = sizeof names->text - names->used;
    int length = snprintf(names->text + names->used, room, "%s%s",
                          names->used > 0 ? ", " : "", name);

    if (length > 0 && (size_t)length < room)
        names->used += (size_t)length;
}

static bool refuse_kind(const char *kind, struct trace_error *error)
{
    struct names names = {.used = 0};

    for (size_t i = 0; i < generator_count; i++)
        add_name(&names, generators[i].name);
    return trace_refuse(error, "generate", 0,
                        "no kind is called %s; there are: %s",
                        trace_quote(kind, strlen(kind)).text, names.text);
}

static bool refuse_setting(const struct order *order, const char *setting)
{
    struct names names = {.used = 0};

    for (size_t i = 0; i < order->parameter_count; i++)
        add_name(&names, order->generator->parameters[i].name);
    return trace_refuse(order->error, order->generator->name, 0,
                        "expected PARAMETER=NUMBER, found %s; the parameters "
                        "are: %s",
                        trace_quote(setting, strlen(setting)).text,
                        names.text);
}

/* Returns which parameter the first length bytes of name call, or none. */
static size_t parameter_named(const struct order *order, const char *name,
                              size_t length)
{
    size_t i = 0;

    for (; i < order->parameter_count; i++) {
        const char *known = order->generator->parameters[i].name;
        if (strlen(known) == length && memcmp(known, name, length) == 0)
            break;
    }
    return i;
}

/* Takes one setting, "count=400". */
static bool take_setting(struct order *order, const char *setting)
{
    size_t length = strcspn(setting, "=");
    size_t i = parameter_named(order, setting, length);

    if (setting[length] == '\0' || i == order->parameter_count)
        return refuse_setting(order, setting);
    const struct parameter *parameter = &order->generator->parameters[i];
    const char *text = setting + length + 1;
    const char *end = text + strlen(text);
    uint64_t value = 0;
    if (order->set[i])
        return trace_refuse(order->error, order->generator->name, 0,
                            "%s is set twice; set it once", parameter->name);
    if (trace_digits(text, end, &value) != end || value < parameter->least ||
        value > parameter->most)
        return trace_refuse(order->error, order->generator->name, 0,
                            "%s: expected a number from %" PRIu64
                            " to %" PRIu64 ", found %s%s",
                            parameter->name, parameter->least,
                            parameter->most,
                            trace_quote(text, (size_t)(end - text)).text,
                            trace_digits_fault(text, (size_t)(end - text)));
    order->values[i] = value;
    order->set[i] = true;
    return true;
}

/* Takes all settings; what is not set is as usual. */
static bool take_settings(struct order *order, const char *const *settings,
                          size_t count)
{
    const struct parameter *parameters = order->generator->parameters;

    while (order->parameter_count < PARAMETERS_MAX &&
           parameters[order->parameter_count].name != NULL) {
        size_t i = order->parameter_count++;
        order->values[i] = parameters[i].usual;
    }
    for (size_t i = 0; i < count; i++)
        if (!take_setting(order, settings[i]))
            return false;
    size_t least = parameter_named(order, "least", strlen("least"));
    size_t most = parameter_named(order, "most", strlen("most"));
    if (least < order->parameter_count && most < order->parameter_count &&
        order->values[least] > order->values[most])
        return trace_refuse(order->error, order->generator->name, 0,
                            "least=%" PRIu64 " is more than most=%" PRIu64
                            "; set both",
                            order->values[least], order->values[most]);
    return true;
}

/* Returns the command that makes the trace again, to be freed, or NULL. */
static char *command_of(const struct order *order)
{
    char *command = malloc(TRACE_LINE_MAX);
    size_t used = 0;

    if (command == NULL)
        return NULL;
    used +=
        (size_t)snprintf(command, TRACE_LINE_MAX, "heaplab trace generate %s",
                         order->generator->name);
    for (size_t i = 0; i < order->parameter_count; i++)
        used += (size_t)snprintf(
            command + used, TRACE_LINE_MAX - used, " %s=%" PRIu64,
            order->generator->parameters[i].name, order->values[i]);
    return command;
}

/* Lets the kind append its operations to trace. */
static bool make_ops(const struct order *order, struct trace *trace)
{
    struct draft draft = {.generator = order->generator,
                          .values = order->values};
    size_t seed = parameter_named(order, "seed", strlen("seed"));

    if (seed < order->parameter_count)
        draft.random = order->values[seed];
    order->generator->make(&draft);
    trace->ops = draft.ops;
    trace->op_count = draft.count;
    if (draft.full)
        return trace_refuse(order->error, order->generator->name, 0,
                            "out of memory, or more than %zu operations; "
                            "ask for fewer",
                            TRACE_OPS_MAX);
    return true;
}

/* Makes the trace that the settings order. */
static struct trace *make_trace(const struct order *order)
{
    struct trace *trace = calloc(1, sizeof *trace);

    if (trace != NULL) {
        trace->title = strdup(order->generator->title);
        trace->about = strdup(order->generator->about);
        trace->make = command_of(order);
    }
    if (trace == NULL || trace->title == NULL || trace->about == NULL ||
        trace->make == NULL) {
        trace_refuse(order->error, order->generator->name, 0,
                     "out of memory");
    } else if (make_ops(order, trace)) {
        /* Unless memory runs out, what recounting leaves, checking proves. */
        (void)trace_recount(trace);
        if (trace_check(trace, order->generator->name, order->error))
            return trace;
    }
    trace_free(trace);
    return NULL;
}

struct trace *trace_generate(const char *kind, const char *const *settings,
                             size_t settings_count, struct trace_error *error)
{
    struct order order = {.generator = generator_named(kind), .error = error};

    if (order.generator == NULL) {
        refuse_kind(kind, error);
        return NULL;
    }
    if (!take_settings(&order, settings, settings_count))
        return NULL;
    return make_trace(&order);
}
