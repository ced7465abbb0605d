/*
 * command_list.c - heaplab list: the allocators, and what can be chosen.
 */
#include "grader/commands/commands.h"

#include "allocators/registry.h"

#include <stdio.h>
#include <string.h>

static void list_options(const struct tunable *option)
{
    for (; option != NULL && option->name != NULL; option++) {
        if (option->choices != NULL)
            printf("      %s=%s   %s\n", option->name, option->choices,
                   option->meaning);
        else
            printf("      %s=%zu..%zu (%zu)   %s\n", option->name,
                   option->least, option->most, option->initial,
                   option->meaning);
    }
}

static void list_entry(const struct entry *entry)
{
    const struct invariant *rule = entry->allocator->invariants;

    printf("  %-10s %s%s%s\n", entry->name, entry->allocator->title,
           entry->settings[0] != '\0' ? ", " : "", entry->settings);
    printf("      threads: %s\n",
           (entry->allocator->traits & TRAIT_THREAD_SAFE) != 0
               ? "many can use a heap at once"
               : "one after the other, by one lock around each call");
    list_options(entry->allocator->options);
    for (; rule != NULL && rule->label != NULL; rule++)
        printf("      %s   %s\n", rule->label, rule->sentence);
}

int run_list(int argc, char **argv)
{
    int found = 0;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        printf("usage: heaplab list [NAME]\n");
        return STATUS_FULL;
    }
    for (size_t i = 0; i < registry_count; i++) {
        if (argc > 1 && strcmp(argv[1], registry[i].name) != 0)
            continue;
        found++;
        if (argc > 1)
            list_entry(&registry[i]);
        else
            printf("  %-10s %s%s%s\n", registry[i].name,
                   registry[i].allocator->title,
                   registry[i].settings[0] != '\0' ? ", " : "",
                   registry[i].settings);
    }
    if (argc > 1 && found == 0) {
        fprintf(stderr,
                "heaplab: no allocator is called '%s'; "
                "heaplab list shows what there is\n",
                argv[1]);
        return STATUS_USAGE;
    }
    if (argc <= 1)
        printf("  %-10s the C library's own malloc, to compare with\n\n"
               "  heaplab list NAME shows its options and invariants; "
               "options go after a\n  colon: kr:search=best,seed=7.\n",
               "glibc");
    return STATUS_FULL;
}
