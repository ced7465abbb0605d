/*
 * registry.c - the allocators by name, and the options people give them.
 *
 * A test builds this file with an ALLOCATORS_DEF of its own.
 */
#include "allocators/registry.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifndef ALLOCATORS_DEF
#define ALLOCATORS_DEF "allocators/allocators.def"
#endif

#define ALLOCATOR(name, symbol, settings)                                    \
    extern const struct allocator symbol##_allocator;
#include ALLOCATORS_DEF
#undef ALLOCATOR

#define ALLOCATOR(name, symbol, settings)                                    \
    {name, &symbol##_allocator, #symbol, settings},
const struct entry registry[] = {
#include ALLOCATORS_DEF
};
#undef ALLOCATOR

const size_t registry_count = sizeof(registry) / sizeof(registry[0]);

/* Part of a text that is not ended by a NUL. */
struct span {
    const char *start;
    size_t length;
};

static struct span span_until(const char *text, char end)
{
    const char *stop = strchr(text, end);

    return (struct span){text, stop ? (size_t)(stop - text) : strlen(text)};
}

static bool span_is(struct span span, const char *word)
{
    return strlen(word) == span.length &&
           memcmp(span.start, word, span.length) == 0;
}

/* Reads a decimal number that fills the whole span. */
static bool span_number(struct span span, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < span.length; i++) {
        if (!isdigit((unsigned char)span.start[i]))
            return false;
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(
                *number, (uint64_t)(unsigned)(span.start[i] - '0'), number))
            return false;
    }
    return span.length > 0;
}

/* Appends printed text to an error's message, cut to what it holds. */
__attribute__((format(printf, 2, 3))) static void
say(struct registry_error *error, const char *format, ...)
{
    size_t length = strlen(error->message);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error->message + length, sizeof(error->message) - length,
              format, arguments);
    va_end(arguments);
}

static void say_names(struct registry_error *error)
{
    for (size_t i = 0; i < registry_count; i++)
        say(error, "%s%s", i == 0 ? "" : ", ", registry[i].name);
}

/* Lists the options of an allocator, and what each may be. */
static void say_options(struct registry_error *error,
                        const struct allocator *allocator)
{
    const struct tunable *option = allocator->options;

    for (; option != NULL && option->name != NULL; option++) {
        if (option->choices != NULL)
            say(error, "%s=%s, ", option->name, option->choices);
        else
            say(error, "%s=%zu..%zu, ", option->name, option->least,
                option->most);
    }
    say(error, "seed=NUMBER");
}

/* Finds the index of a word among "first|next|best". */
static bool choice_index(const char *choices, struct span word, size_t *index)
{
    for (*index = 0; choices != NULL; (*index)++) {
        struct span choice = span_until(choices, '|');
        if (choice.length == word.length &&
            memcmp(choice.start, word.start, word.length) == 0)
            return true;
        choices = strchr(choices, '|');
        if (choices != NULL)
            choices++;
    }
    return false;
}

/* Reads the value of one option; false if it is not one of its values. */
static bool option_value(const struct tunable *option, struct span text,
                         size_t *value)
{
    uint64_t number;

    if (option->choices != NULL)
        return choice_index(option->choices, text, value);
    if (!span_number(text, &number) || number < option->least ||
        number > option->most)
        return false;
    *value = number;
    return true;
}

/* Takes in one "name=value". */
static bool take_setting(const struct entry *entry, struct span setting,
                         struct options *options,
                         struct registry_error *error)
{
    const struct tunable *option = entry->allocator->options;
    const char *equals = memchr(setting.start, '=', setting.length);
    struct span name = setting;
    struct span value = {NULL, 0};
    bool known = true;

    if (equals != NULL) {
        name.length = (size_t)(equals - setting.start);
        value.start = equals + 1;
        value.length = setting.length - name.length - 1;
    }
    if (span_is(name, "seed")) {
        if (value.start != NULL && span_number(value, &options->seed))
            return true;
    } else {
        size_t i = 0;
        while (option != NULL && option[i].name != NULL &&
               !span_is(name, option[i].name))
            i++;
        known = option != NULL && option[i].name != NULL;
        if (known && value.start != NULL &&
            option_value(&option[i], value, &options->value[i]))
            return true;
    }
    say(error, "%s: '%.*s' is not %s of it; there is: ", entry->name,
        (int)setting.length, setting.start,
        known ? "a setting" : "an option");
    say_options(error, entry->allocator);
    return false;
}

/* Takes in "name=value,name=value", or nothing. */
static bool take_settings(const struct entry *entry, const char *text,
                          struct options *options,
                          struct registry_error *error)
{
    while (*text != '\0') {
        struct span setting = span_until(text, ',');
        if (!take_setting(entry, setting, options, error))
            return false;
        text += setting.length;
        if (*text == ',' && *++text == '\0') {
            say(error, "%s: a setting is expected after the last comma",
                entry->name);
            return false;
        }
    }
    return true;
}

static void set_defaults(const struct entry *entry, struct options *options)
{
    const struct tunable *option = entry->allocator->options;

    *options = (struct options){.seed = 1};
    for (size_t i = 0; option != NULL && option[i].name != NULL; i++)
        options->value[i] = option[i].choices ? 0 : option[i].initial;
}

const struct entry *registry_find(const char *text, struct options *options,
                                  struct registry_error *error)
{
    struct span name = span_until(text, ':');
    const char *settings = text + name.length;

    error->message[0] = '\0';
    for (size_t i = 0; i < registry_count; i++) {
        const struct entry *entry = &registry[i];
        if (!span_is(name, entry->name))
            continue;
        set_defaults(entry, options);
        if (take_settings(entry, entry->settings, options, error) &&
            take_settings(entry, settings + (*settings == ':'), options,
                          error))
            return entry;
        return NULL;
    }
    say(error, "no allocator is called '%.*s'; there is: ", (int)name.length,
        name.start);
    say_names(error);
    return NULL;
}
