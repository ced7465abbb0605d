/*
 * policy.h - what the tests of one policy share: a heap on a source of its
 * own, what check() says of it, and how a caller's mistake ends.
 */
#ifndef ALLOCATORS_TESTS_POLICY_H
#define ALLOCATORS_TESTS_POLICY_H

#include "allocators/general.h"
#include "allocators/tests/help.h"

#include <sys/wait.h>
#include <unistd.h>

struct scene {
    const struct allocator *allocator;
    struct source *source;
    struct heap *heap;
};

static inline struct scene scene_open(const struct allocator *allocator)
{
    struct scene scene = {.allocator = allocator};
    struct options options = {.seed = 1};
    scene.source =
        source_open(&(struct source_config){.limit = (size_t)1 << 30});
    ck_assert_ptr_nonnull(scene.source);
    scene.heap = allocator->open(scene.source, &options);
    ck_assert_ptr_nonnull(scene.heap);
    return scene;
}

static inline void scene_close(struct scene scene)
{
    scene.allocator->close(scene.heap);
    ck_assert_uint_eq(source_committed(scene.source), 0);
    source_close(scene.source);
}

/* Returns the label of the broken rule that check() finds, or "none". */
static inline const char *rule_broken(struct scene scene)
{
    struct fault fault = {NULL, NULL};
    return scene.allocator->check(scene.heap, &fault) ? "none" : fault.rule;
}

/* Fails unless check() names rule while word is value, and none before. */
static inline void expect_rule(struct scene scene, void *word, uint64_t value,
                               const char *rule)
{
    uint64_t old;
    ck_assert_str_eq(rule_broken(scene), "none");
    memcpy(&old, word, sizeof old);
    memcpy(word, &value, sizeof value);
    const char *found = rule_broken(scene);
    memcpy(word, &old, sizeof old);
    ck_assert_str_eq(found, rule);
}

/* A visit_fn: counts pieces. */
static inline bool count_pieces(void *context, const struct piece *piece)
{
    size_t *count = context;
    (void)piece;
    ++*count;
    return true;
}

/* Fails unless freeing ptr ends a process with exactly that line. */
static inline void expect_mistake(struct scene scene, void *ptr,
                                  const char *line)
{
    int ends[2];
    char said[256] = "";
    int status = 0;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        scene.allocator->free(scene.heap, ptr);
        _exit(0);
    }
    (void)close(ends[1]);
    ck_assert_int_ge(read(ends[0], said, sizeof said - 1), 0);
    (void)close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status), "%s: went on", line);
    ck_assert_str_eq(said, line);
}

#endif
