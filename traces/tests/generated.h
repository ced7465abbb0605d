/*
 * generated.h - what the tests of generated traces share: making one, and
 * what became of each of its blocks.
 */
#ifndef TRACES_TESTS_GENERATED_H
#define TRACES_TESTS_GENERATED_H

#include "traces/generate.h"
#include "traces/tests/help.h"

#include <stdarg.h>

/* Makes a trace; the arguments are settings, ended by NULL. */
static inline struct trace *generate(const char *kind, ...)
{
    const char *settings[PARAMETERS_MAX];
    size_t count = 0;
    struct trace_error error = {.message = ""};

    va_list arguments;
    va_start(arguments, kind);
    for (const char *setting = va_arg(arguments, const char *);
         setting != NULL; setting = va_arg(arguments, const char *))
        settings[count++] = setting;
    va_end(arguments);
    struct trace *trace = trace_generate(kind, settings, count, &error);
    ck_assert_msg(trace != NULL, "%s", error.message);
    ck_assert_msg(trace_check(trace, kind, &error), "%s", error.message);
    return trace;
}

/* What became of a block. */
struct life {
    uint64_t size;  /* bytes that malloc, calloc or aligned_alloc asked for */
    uint64_t calls; /* calls that asked for a size, from its own, included,
                        to its free; UINT64_MAX if it was not freed */
    uint64_t bytes; /* that they asked for, its own left out */
    size_t birth;   /* the operation that made it */
    size_t death;   /* the one that freed it; SIZE_MAX if none did */
    uint16_t maker; /* the thread that made it */
    uint16_t freer; /* the thread that freed it */
    uint32_t id;    /* its identifier */
};

/* The lives of a trace's blocks, in the order of birth, to be freed. */
static inline struct life *lives_of(const struct trace *trace, size_t *count)
{
    struct life *lives = calloc(trace->op_count, sizeof *lives);
    size_t *latest = calloc(trace->id_count, sizeof *latest);
    uint64_t calls = 0;
    uint64_t bytes = 0;

    ck_assert_ptr_nonnull(lives);
    ck_assert_ptr_nonnull(latest);
    *count = 0;
    for (size_t i = 0; i < trace->op_count; i++) {
        const struct op *op = &trace->ops[i];
        bool sized = op_has_size(op->kind);
        bytes += op->size;
        if (sized && op->kind != OP_REALLOC) {
            latest[op->id] = *count;
            lives[(*count)++] = (struct life){.size = op->size,
                                              .calls = calls, /* so far */
                                              .bytes = bytes, /* so far */
                                              .birth = i,
                                              .death = SIZE_MAX,
                                              .maker = op->thread,
                                              .id = op->id};
        }
        calls += sized;
        if (op->kind == OP_FREE) {
            struct life *life = &lives[latest[op->id]];
            life->calls = calls - life->calls;
            life->bytes = bytes - life->bytes;
            life->death = i;
            life->freer = op->thread;
        }
    }
    for (size_t i = 0; i < *count; i++)
        if (lives[i].death == SIZE_MAX)
            lives[i].calls = UINT64_MAX;
    free(latest);
    return lives;
}

static inline int compare_numbers(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a;
    uint64_t two = *(const uint64_t *)b;

    return (one > two) - (one < two);
}

static inline void sort_numbers(uint64_t *numbers, size_t count)
{
    qsort(numbers, count, sizeof *numbers, compare_numbers);
}

/* The sizes that a trace asks for, smallest first, to be freed. */
static inline uint64_t *sizes_of(const struct trace *trace, size_t *count)
{
    uint64_t *sizes = calloc(trace->op_count, sizeof *sizes);

    ck_assert_ptr_nonnull(sizes);
    *count = 0;
    for (size_t i = 0; i < trace->op_count; i++)
        if (op_has_size(trace->ops[i].kind))
            sizes[(*count)++] = trace->ops[i].size;
    sort_numbers(sizes, *count);
    return sizes;
}

#endif
