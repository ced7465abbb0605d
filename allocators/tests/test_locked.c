/*
 * test_locked.c - a lock around a policy that knows nothing of threads. (That
 * locked kr keeps the whole contract: test_contract*.c, locked+kr.)
 */
#include "allocators/tests/contract.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS ((size_t)4)
#define STEPS   ((size_t)4000)
#define MOST    ((size_t)64)

/* A heap that threads share. */
struct shared {
    const char *name; /* of the policy that is locked */
    struct allocator table;
    struct locked locked;
    struct source *source;
    struct heap *heap;
};

static void shared_open(struct shared *shared, const struct entry *entry)
{
    struct registry_error error;
    struct options options;

    shared->name = entry->name;
    ck_assert_ptr_nonnull(registry_find(entry->name, &options, &error));
    shared->source = source_open(&(struct source_config){0});
    ck_assert_ptr_nonnull(shared->source);
    shared->table = locked_table(entry->allocator);
    shared->heap =
        locked_wrap(&shared->locked, entry->allocator,
                    entry->allocator->open(shared->source, &options));
}

static void shared_close(struct shared *shared)
{
    shared->table.close(shared->heap);
    ck_assert_uint_eq(source_committed(shared->source), 0);
    source_close(shared->source);
}

/* --- torture ------------------------------------------------------------------- */

/* A thread with blocks of its own on the shared heap. */
struct worker {
    pthread_t thread;
    struct shared *shared;
    uint64_t random;
    size_t wrong; /* blocks that were not as they were left */
    size_t count;
    struct shadow_block live[MOST];
};

static bool is_whole(const struct shadow_block *block, size_t size)
{
    size_t i = 0;

    while (i < size && block->ptr[i] == (unsigned char)(block->tag + i))
        i++;
    return i == size;
}

static void keep(struct worker *worker, void *ptr, size_t size)
{
    struct shadow_block *block = &worker->live[worker->count];

    if (ptr == NULL) {
        worker->wrong++;
        return;
    }
    *block = (struct shadow_block){
        .ptr = ptr,
        .size = size,
        .usable =
            worker->shared->table.usable_size(worker->shared->heap, ptr),
        .tag = (unsigned char)next_random(&worker->random),
    };
    fill(block);
    worker->count++;
}

/* Takes a block of the worker's out of its books. */
static struct shadow_block take(struct worker *worker, size_t which)
{
    struct shadow_block block = worker->live[which];

    worker->wrong += !is_whole(&block, block.usable);
    worker->live[which] = worker->live[--worker->count];
    return block;
}

static void work_once(struct worker *worker)
{
    const struct allocator *a = &worker->shared->table;
    struct heap *heap = worker->shared->heap;
    size_t what = random_below(&worker->random, 100);
    size_t size = random_size(&worker->random) % 4096;
    size_t which =
        worker->count > 0 ? random_below(&worker->random, worker->count) : 0;
    struct shadow_block old;

    if (what >= 99) {
        heap_trim(a, heap);
    } else if (worker->count == MOST || (what < 40 && worker->count > 0)) {
        a->free(heap, take(worker, which).ptr);
    } else if (what < 55 && worker->count > 0) {
        old = take(worker, which);
        old.ptr = heap_realloc(a, heap, old.ptr, size);
        worker->wrong += old.ptr == NULL ||
                         !is_whole(&old, size < old.size ? size : old.size);
        keep(worker, old.ptr, size);
    } else if (what < 60) {
        keep(worker, heap_calloc(a, heap, 3, size / 3), size / 3 * 3);
    } else if (what < 65) {
        keep(worker, a->aligned_alloc(heap, 64, size), size);
    } else {
        keep(worker, a->malloc(heap, size), size);
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    for (size_t i = 0; i < STEPS; i++)
        work_once(worker);
    while (worker->count > 0) {
        struct shadow_block block = take(worker, worker->count - 1);
        worker->shared->table.free(worker->shared->heap, block.ptr);
    }
    return NULL;
}

START_TEST(threads_share_a_heap_behind_a_lock)
{
    static struct worker workers[THREADS];
    struct shared shared;
    struct fault fault = {.rule = "none"};

    shared_open(&shared, &registry[_i]);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.shared = &shared, .random = i + 1};
        ck_assert_int_eq(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < 20; i++) /* look in while they are at it */
        ck_assert_msg(heap_check(&shared.table, shared.heap, &fault),
                      "%s: rule %s", shared.name, fault.rule);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);

    for (size_t i = 0; i < THREADS; i++)
        ck_assert_msg(workers[i].wrong == 0, "%s: thread %zu: %zu blocks",
                      shared.name, i, workers[i].wrong);
    ck_assert(heap_check(&shared.table, shared.heap, &fault));
    shared_close(&shared);
}
END_TEST

/* --- what the layer is ----------------------------------------------------------- */

START_TEST(what_a_policy_leaves_out_stays_left_out)
{
    const struct allocator *inner = registry[_i].allocator;
    struct allocator table = locked_table(inner);

    ck_assert(table.open == NULL);
    ck_assert((table.traits & TRAIT_THREAD_SAFE) != 0);
    ck_assert_int_eq(table.calloc == NULL, inner->calloc == NULL);
    ck_assert_int_eq(table.realloc == NULL, inner->realloc == NULL);
    ck_assert_int_eq(table.clear == NULL, inner->clear == NULL);
    ck_assert_int_eq(table.trim == NULL, inner->trim == NULL);
    ck_assert_int_eq(table.check == NULL, inner->check == NULL);
    ck_assert_int_eq(table.walk == NULL, inner->walk == NULL);
    ck_assert_int_eq(table.lists == NULL, inner->lists == NULL);
    ck_assert_int_eq(table.stats == NULL, inner->stats == NULL);
    ck_assert_int_eq(table.thread_exit == NULL, inner->thread_exit == NULL);
}
END_TEST

START_TEST(a_layer_can_be_wrapped_in_turn)
{
    struct shared inner;
    struct locked outer;
    struct allocator table;
    struct heap *heap;

    shared_open(&inner, &registry[0]);
    table = locked_table(&inner.table);
    heap = locked_wrap(&outer, &inner.table, inner.heap);

    ck_assert_ptr_nonnull(table.malloc(heap, 100));

    table.close(heap);
    ck_assert_uint_eq(source_committed(inner.source), 0);
    source_close(inner.source);
}
END_TEST

/* How often the hooks were called, and whether the lock was held then. */
struct hooked {
    struct shared shared;
    int entered;
    int left;
    int unlocked;
};

static void look_at_lock(struct hooked *hooked)
{
    if (pthread_mutex_trylock(&hooked->shared.locked.mutex) == 0) {
        hooked->unlocked++;
        pthread_mutex_unlock(&hooked->shared.locked.mutex);
    }
}

static void count_enter(void *context)
{
    struct hooked *hooked = context;

    hooked->entered++;
    look_at_lock(hooked);
}

static void count_leave(void *context)
{
    struct hooked *hooked = context;

    hooked->left++;
    look_at_lock(hooked);
}

START_TEST(hooks_see_every_metered_call_with_the_lock_held)
{
    static struct hooked hooked;
    const struct allocator *a = &hooked.shared.table;
    void *ptr;

    shared_open(&hooked.shared, &registry[0]);
    hooked.shared.locked.enter = count_enter;
    hooked.shared.locked.leave = count_leave;
    hooked.shared.locked.context = &hooked;

    ptr = a->malloc(hooked.shared.heap, 10);
    a->free(hooked.shared.heap, ptr);
    ptr = a->aligned_alloc(hooked.shared.heap, 64, 10);
    a->usable_size(hooked.shared.heap, ptr);

    ck_assert_int_eq(hooked.entered, 3);
    ck_assert_int_eq(hooked.left, 3);
    ck_assert_int_eq(hooked.unlocked, 0);
    shared_close(&hooked.shared);
}
END_TEST

START_TEST(a_heap_is_usable_on_both_sides_of_a_fork)
{
    struct shared shared;
    int status;
    pid_t pid;

    shared_open(&shared, &registry[0]);
    shared.table.fork_prepare(shared.heap);
    pid = fork();
    if (pid == 0) {
        shared.table.fork_child(shared.heap);
        _exit(shared.table.malloc(shared.heap, 10) != NULL ? 0 : 1);
    }
    shared.table.fork_parent(shared.heap);

    ck_assert_ptr_nonnull(shared.table.malloc(shared.heap, 10));
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    shared_close(&shared);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("locked");
    TCase *tcase = tcase_create("locked");
    int count = (int)registry_count;

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, threads_share_a_heap_behind_a_lock, 0, count);
    tcase_add_loop_test(tcase, what_a_policy_leaves_out_stays_left_out, 0,
                        count);
    tcase_add_test(tcase, a_layer_can_be_wrapped_in_turn);
    tcase_add_test(tcase, hooks_see_every_metered_call_with_the_lock_held);
    tcase_add_test(tcase, a_heap_is_usable_on_both_sides_of_a_fork);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
