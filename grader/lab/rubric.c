/*
 * rubric.c - reads rubrics, and turns figures into points.
 */
#include "grader/lab/rubric.h"

#include "grader/property.h"
#include "grader/subject.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A rubric being read. */
struct reader {
    struct rubric *rubric;
    struct step *step; /* the one that keys belong to now; NULL: the lab */
    const char *path;
    unsigned line;
    char *error;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static bool
refuse(const struct reader *reader, const char *format, ...)
{
    va_list arguments;
    int used = snprintf(reader->error, reader->size, "%s:%u: ", reader->path,
                        reader->line);

    va_start(arguments, format);
    if (used > 0 && (size_t)used < reader->size)
        vsnprintf(reader->error + used, reader->size - (size_t)used, format,
                  arguments);
    va_end(arguments);
    return false;
}

static bool take_text(const struct reader *reader, char *to, size_t room,
                      const char *value)
{
    if (to[0] != '\0')
        return refuse(reader, "this was already said above");
    if (strlen(value) >= room)
        return refuse(reader, "at most %zu characters fit here", room - 1);
    memcpy(to, value, strlen(value) + 1);
    return true;
}

static bool take_number(const struct reader *reader, double *to,
                        const char *value)
{
    char *end;
    double number = strtod(value, &end);

    if (*end != '\0' || !isfinite(number) || number <= 0)
        return refuse(reader, "a number above 0 was expected, not '%s'",
                      value);
    *to = number;
    return true;
}

static bool take_points(const struct reader *reader, const char *value)
{
    char *end;
    long points = strtol(value, &end, 10);

    if (*end != '\0' || points < 1 || points > 100)
        return refuse(reader, "whole points, 1 to 100, were expected");
    reader->step->points = (int)points;
    return true;
}

/* Takes in what a person gives points for: a name, and the points behind. */
static bool take_manual(const struct reader *reader, char *value)
{
    struct rubric *rubric = reader->rubric;
    char *last = strrchr(value, ' ');
    char *end = value;
    long points = last != NULL ? strtol(last + 1, &end, 10) : 0;
    struct manual *manual = &rubric->manuals[rubric->manual_count];

    if (*end != '\0' || points < 1 || points > 100)
        return refuse(reader, "a name and whole points, 1 to 100, were "
                              "expected, as in manual report 20");
    while (last > value && last[-1] == ' ')
        last--;
    *last = '\0';
    for (size_t i = 0; i < rubric->manual_count; i++) {
        if (strcmp(rubric->manuals[i].name, value) == 0)
            return refuse(reader, "'%s' would count twice", value);
    }
    if (rubric->manual_count == MANUAL_MAX)
        return refuse(reader, "at most %d manual items", MANUAL_MAX);
    rubric->manual_count++;
    manual->points = (int)points;
    return take_text(reader, manual->name, WORD_ROOM, value);
}

static bool take_needs(const struct reader *reader, const char *value)
{
    for (size_t i = 0; i + 1 < reader->rubric->step_count; i++) {
        if (strcmp(reader->rubric->steps[i].name, value) == 0) {
            reader->step->needs = (int)i;
            return true;
        }
    }
    return refuse(reader, "no step above is called '%s'", value);
}

static bool take_measure(const struct reader *reader, const char *value)
{
    if (strcmp(value, "utilization") == 0)
        reader->step->measure = MEASURE_UTILIZATION;
    else if (strcmp(value, "cost") == 0)
        reader->step->measure = MEASURE_COST;
    else
        return refuse(reader, "'utilization' or 'cost' was expected");
    return true;
}

/* Takes in the names of traces, which must be there, and only once each. */
static bool take_traces(const struct reader *reader, char *value)
{
    struct step *step = reader->step;
    char *rest = value;

    for (const char *name = strtok_r(value, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        char below[WORD_ROOM + 16];
        char path[PATH_ROOM];
        for (size_t i = 0; i < step->trace_count; i++) {
            if (strcmp(step->traces[i], name) == 0)
                return refuse(reader, "'%s' would count twice", name);
        }
        if (step->trace_count == TRACES_MAX || strlen(name) >= WORD_ROOM)
            return refuse(reader, "at most %d traces, of short names",
                          TRACES_MAX);
        snprintf(below, sizeof(below), "traces/%s", name);
        path_kit(path, below);
        if (strcmp(name, "*") != 0 && access(path, R_OK) != 0)
            return refuse(reader, "there is no trace '%s'", below);
        snprintf(step->traces[step->trace_count++], WORD_ROOM, "%s", name);
    }
    return true;
}

/* Takes in the functions of a step, each with the value it begins with. */
static bool take_functions(const struct reader *reader, char *value)
{
    struct step *step = reader->step;
    char *rest = value;

    for (char *name = strtok_r(value, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        struct blank *blank = &step->blanks[step->blank_count];
        size_t length = strcspn(name, "=");
        if (step->blank_count == BLANKS_MAX || strlen(name) >= WORD_ROOM)
            return refuse(reader, "at most %d functions, of short names",
                          BLANKS_MAX);
        step->blank_count++;
        memcpy(blank->name, name, length);
        if (name[length] == '=')
            memcpy(blank->value, name + length + 1, strlen(name) - length);
    }
    return true;
}

static bool take_properties(const struct reader *reader, char *value)
{
    char *rest = value;

    for (const char *name = strtok_r(value, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        unsigned property = property_named(name);
        if (property == 0)
            return refuse(reader,
                          "room, in-place, first-fit, next-fit, best-fit "
                          "or reuse was expected, not '%s'",
                          name);
        reader->step->properties |= property;
    }
    return true;
}

/* Takes in a heap that is changed, and broken by that or sound. */
static bool take_broken(const struct reader *reader, bool sound,
                        const char *value)
{
    struct step *step = reader->step;
    struct broken *broken = &step->broken[step->broken_count];
    const char *expected = "fewer of them";

    if (step->broken_count < BROKEN_MAX) {
        step->broken_count++;
        expected =
            sound ? sound_read(broken, value) : broken_read(broken, value);
    }
    if (expected == NULL)
        return true;
    return refuse(reader, "%s wants %s, as in %s : why",
                  sound ? "sound" : "broken", expected,
                  sound ? "heap+16 = &p3-16" : "F2 p3-16 += 8");
}

static bool take_step(struct reader *reader, const char *value)
{
    struct rubric *rubric = reader->rubric;

    for (size_t i = 0; i < rubric->step_count; i++) {
        if (strcmp(rubric->steps[i].name, value) == 0)
            return refuse(reader, "step '%s' would count twice", value);
    }
    if (rubric->step_count == STEPS_MAX)
        return refuse(reader, "at most %d steps", STEPS_MAX);
    reader->step = &rubric->steps[rubric->step_count++];
    reader->step->needs = -1;
    return take_text(reader, reader->step->name, WORD_ROOM, value);
}

static bool take_step_key(struct reader *reader, const char *key, char *value)
{
    struct step *step = reader->step;

    if (strcmp(key, "title") == 0)
        return take_text(reader, step->title, TITLE_ROOM, value);
    if (strcmp(key, "points") == 0)
        return take_points(reader, value);
    if (strcmp(key, "needs") == 0)
        return take_needs(reader, value);
    if (strcmp(key, "measure") == 0)
        return take_measure(reader, value);
    if (strcmp(key, "traces") == 0)
        return take_traces(reader, value);
    if (strcmp(key, "properties") == 0)
        return take_properties(reader, value);
    if (strcmp(key, "variant") == 0)
        return take_text(reader, step->allocator, WORD_ROOM, value);
    if (strcmp(key, "functions") == 0)
        return take_functions(reader, value);
    if (strcmp(key, "broken") == 0)
        return take_broken(reader, false, value);
    if (strcmp(key, "sound") == 0)
        return take_broken(reader, true, value);
    if (strcmp(key, "floor") == 0)
        return take_number(reader, &step->floor, value);
    if (strcmp(key, "full") == 0)
        return take_number(reader, &step->full, value);
    if (strcmp(key, "time-floor") == 0)
        return take_number(reader, &step->time_floor, value);
    if (strcmp(key, "time-full") == 0)
        return take_number(reader, &step->time_full, value);
    if (strcmp(key, "check") == 0 && strcmp(value, "yes") == 0)
        step->check = true;
    else
        return refuse(reader,
                      "a step has title, points, needs, measure, "
                      "functions, properties, variant, traces, floor, full, "
                      "time-floor, time-full, broken, sound "
                      "and 'check yes', not '%s'",
                      key);
    return true;
}

static bool take_key(struct reader *reader, const char *key, char *value)
{
    struct rubric *rubric = reader->rubric;

    if (strcmp(key, "step") == 0)
        return take_step(reader, value);
    if (reader->step != NULL)
        return take_step_key(reader, key, value);
    if (strcmp(key, "lab") == 0)
        return take_text(reader, rubric->lab, WORD_ROOM, value);
    if (strcmp(key, "title") == 0)
        return take_text(reader, rubric->title, TITLE_ROOM, value);
    if (strcmp(key, "allocator") == 0)
        return take_text(reader, rubric->allocator, WORD_ROOM, value);
    if (strcmp(key, "given") == 0)
        return take_text(reader, rubric->given, TITLE_ROOM, value);
    if (strcmp(key, "manual") == 0)
        return take_manual(reader, value);
    return refuse(reader,
                  "lab, title, allocator, given, manual or step was "
                  "expected, not '%s'",
                  key);
}

/* Takes in one line, without its newline. */
static bool take_line(struct reader *reader, char *line)
{
    size_t end = strlen(line);
    char *key, *value;

    while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '\t'))
        line[--end] = '\0';
    key = line + strspn(line, " \t");
    if (*key == '\0' || *key == '#')
        return true;
    value = key + strcspn(key, " \t");
    if (*value == '\0')
        return refuse(reader, "a value was expected after '%s'", key);
    *value++ = '\0';
    return take_key(reader, key, value + strspn(value, " \t"));
}

/* What only the whole can tell. */
static bool complete(struct reader *reader)
{
    const struct rubric *rubric = reader->rubric;
    int sum = 0;

    if (rubric->lab[0] == '\0' || rubric->title[0] == '\0' ||
        rubric->allocator[0] == '\0')
        return refuse(reader, "lab, title and allocator are wanted");
    for (size_t i = 0; i < rubric->step_count; i++) {
        const struct step *step = &rubric->steps[i];
        bool ramp = step->measure != MEASURE_CORRECT;
        sum += step->points;
        if (step->points == 0 || step->trace_count == 0)
            return refuse(reader, "step '%s' wants points and traces",
                          step->name);
        if (ramp != (step->floor > 0) || ramp != (step->full > 0) ||
            (ramp && step->floor == step->full))
            return refuse(reader,
                          "step '%s': floor and full, unlike each "
                          "other, go with a measure",
                          step->name);
        if ((step->time_floor > 0) != (step->time_full > 0))
            return refuse(reader, "step '%s': time-floor goes with time-full",
                          step->name);
    }
    if (sum != 100)
        return refuse(reader, "the points add up to %d, not 100", sum);
    return true;
}

bool rubric_read(struct rubric *rubric, const char *path, char *error,
                 size_t size)
{
    struct reader reader = {
        .rubric = rubric, .path = path, .error = error, .size = size};
    char line[4096];
    bool good = true;
    FILE *in = fopen(path, "re");

    memset(rubric, 0, sizeof(*rubric));
    if (in == NULL) {
        snprintf(error, size, "%s: %s", path, strerror(errno));
        return false;
    }
    while (good && fgets(line, sizeof(line), in) != NULL) {
        size_t end = strcspn(line, "\n");
        reader.line++;
        good = line[end] == '\n' ||
               refuse(&reader, "a line of under 4096 bytes, with a newline, "
                               "was expected");
        line[end] = '\0';
        good = good && take_line(&reader, line);
    }
    good = good && complete(&reader);
    fclose(in);
    return good;
}

int step_points(const struct step *step, double value, bool by_time)
{
    double floor_at = by_time ? step->time_floor : step->floor;
    double full_at = by_time ? step->time_full : step->full;
    double share;

    if (!(value > 0) || !(floor_at > 0))
        return 0;
    share = log(value / floor_at) / log(full_at / floor_at);
    if (!(share > 0))
        return 0;
    if (share >= 1)
        return step->points;
    /* So that no rounding of log() takes a point that is just earned. */
    return (int)(share * step->points + 1e-9);
}
