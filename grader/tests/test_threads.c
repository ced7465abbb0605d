/*
 * test_threads.c - traces with threads, replayed in threads: sound allocators
 * are right however the threads interleave, and what goes wrong in threads
 * only (racy.c) is found, and told with the operation of the thread that did
 * it.
 */
#include "grader/cell.h"
#include "grader/show/explain.h"
#include "grader/spawn.h"
#include "grader/tests/threads.h"

#include <pthread.h>
#include <unistd.h>

/* How often what chance decides is tried. */
#define TIMES (SANITIZED ? 4 : 20)

/* --- replays ---------------------------------------------------------------------- */

static const struct start patient = {.call_seconds = 10, .total_seconds = 60};

static struct subject racy(const char *bug)
{
    struct subject subject = buggy_subject("");

    snprintf(subject.name, sizeof(subject.name), "racy:bug=%s", bug);
    return subject;
}

/* Replays in threads only; returns the outcome, and the verdict on it. */
static struct outcome *in_threads(const struct subject *subject,
                                  const struct trace *trace,
                                  struct start start, struct verdict *verdict)
{
    struct job job = job_for(JOB_THREADED, subject->name, trace);
    struct model *model = model_open(trace);
    struct outcome *outcome;

    start.runner = subject->runner;
    job.check_every = 50;
    outcome = run_job(&start, &job, trace->ops);
    ck_assert_ptr_nonnull(outcome);
    ck_assert_ptr_nonnull(model);
    *verdict = judge(trace, outcome, model);
    model_close(model);
    return outcome;
}

static void assert_right(const struct subject *subject,
                         const struct trace *trace)
{
    struct verdict verdict;
    struct outcome *outcome = in_threads(subject, trace, patient, &verdict);

    ck_assert_msg(verdict.wrong == WRONG_NOTHING,
                  "%s: wrong %d at %llu (ending %d): %s", subject->name,
                  (int)verdict.wrong, (unsigned long long)verdict.op,
                  (int)outcome->ending, outcome->output);
    /* Where a sanitizer complains; of libc's blocks, that they are leaked. */
    if (!SANITIZED || strcmp(subject->name, "glibc") != 0)
        ck_assert_msg(outcome->output_size == 0, "%s: %s", subject->name,
                      outcome->output);
    outcome_free(outcome);
}

static const char *const sound[] = {"bump",   "kr",    "kr-next", "kr-best",
                                    "region", "buddy", "glibc"};
#define SOUND ((int)(sizeof(sound) / sizeof(sound[0])))

static struct subject sound_subject(int number)
{
    struct subject subject;
    char error[512];

    ck_assert_msg(subject_kit(&subject, sound[number], error, sizeof(error)),
                  "%s", error);
    return subject;
}

START_TEST(a_sound_allocator_is_right_however_threads_interleave)
{
    struct subject subject = sound_subject(_i);

    for (int i = 0; i < TIMES; i++) {
        struct trace *trace =
            random_trace((uint64_t)i + 1, 2 + (size_t)i % 3, 1500);
        assert_right(&subject, trace);
        trace_free(trace);
    }
}
END_TEST

START_TEST(blocks_are_handed_from_thread_to_thread)
{
    struct subject subject = sound_subject(_i);
    struct trace *trace = handed_over(1000);

    for (int i = 0; i < TIMES / 4; i++)
        assert_right(&subject, trace);

    trace_free(trace);
}
END_TEST

START_TEST(as_many_threads_act_as_a_trace_may_have)
{
    struct subject subject = sound_subject(1);
    struct trace *trace = random_trace(7, TRACE_THREADS_MAX, 2000);

    assert_right(&subject, trace);

    trace_free(trace);
}
END_TEST

START_TEST(a_lock_of_its_own_serves_as_well_as_the_kits)
{
    struct subject subject = racy("none");
    struct trace *trace = random_trace(3, 4, 1500);

    for (int i = 0; i < TIMES; i++)
        assert_right(&subject, trace);

    trace_free(trace);
}
END_TEST

START_TEST(operations_on_an_identifier_keep_their_order)
{
    struct subject subject = sound_subject(1);
    struct trace *trace = random_trace(11, 4, 1500);
    struct verdict verdict;
    struct outcome *outcome = in_threads(&subject, trace, patient, &verdict);
    uint32_t last[64] = {0};

    for (size_t i = 0; i < trace->op_count; i++) {
        const struct op *op = &trace->ops[i];
        const struct record *record = &outcome->records[i];
        if (op->kind == OP_TRIM)
            continue;
        if (record->ended != 0)
            ck_assert_uint_gt(record->ended, last[op->id]);
        if (record->ended != 0)
            last[op->id] = record->ended;
        if (record->began != 0)
            ck_assert_uint_gt(record->began, last[op->id]);
        if (record->began != 0)
            last[op->id] = record->began;
    }

    outcome_free(outcome);
    trace_free(trace);
}
END_TEST

/* --- what goes wrong in threads --------------------------------------------------- */

/* What is said of a bug on the trace of two threads; to be freed. */
static char *say(const char *bug, struct verdict *verdict)
{
    struct subject subject = racy(bug);
    struct trace *trace = make_trace(two, sizeof(two) / sizeof(two[0]));
    struct hearing hearing;
    char error[512];
    char *said = NULL;
    size_t size;
    FILE *out = open_memstream(&said, &size);

    ck_assert_ptr_nonnull(out);
    ck_assert_msg(
        hear(&hearing, &subject, trace, "two.trace", 1, error, sizeof(error)),
        "%s", error);
    explain(out, &hearing);
    fclose(out);
    *verdict = hearing.verdict;
    ck_assert(hearing.in_threads);
    hearing_close(&hearing);
    trace_free(trace);
    return said;
}

static void assert_says(const char *said, const char *piece)
{
    ck_assert_msg(strstr(said, piece) != NULL, "no '%s' in: %s", piece, said);
}

/* A bug, and what is said of it. */
struct wrong_case {
    const char *bug;
    enum wrong wrong;
    uint64_t op;        /* index; NO_OP: chance decides */
    const char *say[2]; /* pieces of the message */
};

static const struct wrong_case cases[] = {
    {"same-block",
     WRONG_OVERLAP,
     NO_OP,
     {"returned the block that p", " still owns"}},
    {"null-early",
     WRONG_NULL,
     3,
     {"malloc(48) for p2 returned NULL", "by thread 1"}},
    {"crash",
     WRONG_CRASH,
     3,
     {"malloc(48) for p2 crashed: Segmentation fault, at byte 8 of a null",
      "by thread 1"}},
    {"overflow",
     WRONG_CRASH,
     3,
     {"malloc(48) for p2 crashed", "the stack is used up"}},
    {"abort",
     WRONG_ABORT,
     3,
     {"malloc(48) for p2 aborted, saying \"racy: abort: told to give up\"",
      "by thread 1"}},
    {"exit",
     WRONG_EXIT,
     3,
     {"malloc(48) for p2 ended the program: exit(0)", "by thread 1"}},
    {"loop",
     WRONG_LOOP,
     3,
     {"malloc(48) for p2 did not return: an endless loop", "by thread 1"}},
    {"damage",
     WRONG_DAMAGED,
     6,
     {"bytes 0-7 of live block p0 had been overwritten before free(p0)",
      "by thread 0"}},
    {"break",
     WRONG_INVARIANT,
     NO_OP,
     {"was over when check() found invariant F2 broken", "in threads only"}},
};
#define CASES ((int)(sizeof(cases) / sizeof(cases[0])))

START_TEST(what_is_wrong_in_threads_only_is_told_of_its_thread)
{
    const struct wrong_case *this = &cases[_i];
    struct verdict verdict;
    char *said;

    if (THREAD_SANITIZED && strcmp(this->bug, "overflow") == 0)
        return; /* it has its own stacks */
    said = say(this->bug, &verdict);

    ck_assert_msg(verdict.wrong == this->wrong, "%s: %s", this->bug, said);
    if (this->op != NO_OP)
        ck_assert_uint_eq(verdict.op, this->op);
    assert_says(said, this->say[0]);
    assert_says(said, this->say[1]);
    assert_says(said, "in threads only: ");
    ck_assert_ptr_null(strstr(said, "--at"));
    free(said);
}
END_TEST

START_TEST(what_waits_for_ever_is_told_and_what_waits_for_it_is_not)
{
    struct start start = {
        .call_seconds = 10, .stuck_seconds = 0.5, .total_seconds = 60};
    static const struct op ops[] = {MAKE(0, 0, 100), MAKE(0, 1, 48),
                                    FREE(1, 1),      MAKE(1, 2, 48),
                                    FREE(0, 2),      FREE(0, 0)};
    struct subject subject = racy("sleep");
    struct trace *trace = make_trace(ops, sizeof(ops) / sizeof(ops[0]));
    struct verdict verdict;

    struct outcome *outcome = in_threads(&subject, trace, start, &verdict);

    ck_assert_int_eq(outcome->ending, ENDED_STUCK);
    ck_assert_int_eq(verdict.wrong, WRONG_LOOP);
    ck_assert_int_eq((int)verdict.op, 3);
    outcome_free(outcome);
    trace_free(trace);
}
END_TEST

START_TEST(a_lock_that_is_never_given_back_is_told_where_it_is_missed)
{
    struct start start = {
        .call_seconds = 10, .stuck_seconds = 0.5, .total_seconds = 60};
    struct subject subject = racy("forgetful");
    struct trace *trace = make_trace(two, sizeof(two) / sizeof(two[0]));
    struct verdict verdict;

    struct outcome *outcome = in_threads(&subject, trace, start, &verdict);

    ck_assert_int_eq(outcome->ending, ENDED_STUCK);
    ck_assert_int_eq(verdict.wrong, WRONG_LOOP);
    ck_assert_uint_ne(verdict.op, 3); /* that one came back */
    outcome_free(outcome);
    trace_free(trace);
}
END_TEST

START_TEST(what_is_wrong_in_one_thread_too_is_told_as_ever)
{
    struct subject subject = buggy_subject("bug=overlap-identical,after=3");
    struct trace *trace = make_trace(two, sizeof(two) / sizeof(two[0]));
    struct hearing hearing;
    char error[512];

    ck_assert_msg(
        hear(&hearing, &subject, trace, "two.trace", 1, error, sizeof(error)),
        "%s", error);

    ck_assert(!hearing.in_threads);
    ck_assert_int_eq(hearing.verdict.wrong, WRONG_OVERLAP);
    hearing_close(&hearing);
    trace_free(trace);
}
END_TEST

/* --- the judge, on logs that are made up ------------------------------------------ */

/* An outcome in threads of: a 0, a 1, f 0; with these stamps. */
static enum wrong judge_stamps(const uint32_t began[2], uint32_t ended,
                               bool same)
{
    static const struct op ops[] = {MAKE(0, 0, 100), MAKE(1, 1, 100),
                                    FREE(0, 0)};
    struct trace *trace = make_trace(ops, 3);
    struct outcome *outcome = make_outcome(trace);
    struct record *records = log_records(outcome->log);
    struct model *model = model_open(trace);
    struct verdict verdict;

    outcome->threaded = true;
    records[0].began = began[0];
    records[1].began = began[1];
    records[2].ended = ended;
    if (same)
        records[1].pointer = records[0].pointer;
    verdict = judge(trace, outcome, model);
    model_close(model);
    outcome_free(outcome);
    trace_free(trace);
    return verdict.wrong;
}

START_TEST(blocks_overlap_if_their_places_and_their_lives_do)
{
    ck_assert_int_eq(judge_stamps((uint32_t[]){1, 2}, 3, true),
                     WRONG_OVERLAP);
    ck_assert_int_eq(judge_stamps((uint32_t[]){1, 3}, 2, true),
                     WRONG_NOTHING);
    ck_assert_int_eq(judge_stamps((uint32_t[]){2, 1}, 3, true),
                     WRONG_OVERLAP);
    ck_assert_int_eq(judge_stamps((uint32_t[]){1, 2}, 3, false),
                     WRONG_NOTHING);
}
END_TEST

START_TEST(stamps_that_cannot_be_are_no_log)
{
    ck_assert_int_eq(judge_stamps((uint32_t[]){1, 1}, 2, false), WRONG_KIT);
    ck_assert_int_eq(judge_stamps((uint32_t[]){1, 2}, 7, false), WRONG_KIT);
    ck_assert_int_eq(judge_stamps((uint32_t[]){2, 3}, 1, false), WRONG_KIT);
}
END_TEST

/* --- figures, and recordings ------------------------------------------------------- */

START_TEST(a_trace_with_threads_is_judged_and_shown_but_has_no_cost)
{
    struct subject subject = sound_subject(1);
    struct workload workload = {.trace = random_trace(5, 3, 3000)};
    struct cell *cell = cells_new(1);

    ck_assert_ptr_nonnull(cell);
    cell->subject = &subject;
    cell->workload = &workload;
    cells_fill(cell, 1, WANT_COUNT | WANT_TIME, 0.1);

    ck_assert(!cell->trouble);
    ck_assert_int_eq(cell->verdict.wrong, WRONG_NOTHING);
    ck_assert(cell->verdict.peak_utilization > 0);
    ck_assert(!cell->count.counted);
    ck_assert(!cell->timing.timed);
    ck_assert_ptr_nonnull(strstr(cell->count.why, "threads"));
    cells_free(cell, 1);
    trace_free(workload.trace);
}
END_TEST

static void *allocate(void *argument)
{
    void **blocks = argument;

    for (int i = 0; i < 200; i++) {
        free(blocks[i % 20]);
        blocks[i % 20] = malloc((size_t)i * 7 + 1);
    }
    return NULL;
}

/* What this program does when it is recorded: a thread frees what another one
   has allocated. */
static int be_recorded(void)
{
    static void *blocks[3][20];
    pthread_t threads[3];

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3; i++) {
            if (pthread_create(&threads[i], NULL, allocate,
                               blocks[(i + round) % 3]) != 0)
                return 1;
        }
        for (int i = 0; i < 3; i++)
            pthread_join(threads[i], NULL);
    }
    return 0;
}

START_TEST(a_recorded_program_with_threads_replays_in_threads)
{
    char path[] = "/tmp/heaplab-threads-XXXXXX";
    char program[PATH_ROOM], self[PATH_ROOM];
    char said[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    const char *words[] = {program, "record", "-o",          path,
                           "--",    self,     "be-recorded", NULL};
    struct trace *trace;
    int file = mkstemp(path);

    ck_assert(length > 0 && file >= 0);
    close(file);
    self[length] = '\0';
    path_built(program, "heaplab");
    ck_assert_msg(capture(words, NULL, said, sizeof(said)) == 0, "%s", said);
    trace = read_trace(path);
    unlink(path);

    ck_assert_uint_ge(trace->threads, 4);
    for (int i = 0; i < SOUND; i++) {
        struct subject subject = sound_subject(i);
        assert_right(&subject, trace);
    }
    trace_free(trace);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("threads");
    TCase *tcase = tcase_create("threads");

    if (argc > 1 && strcmp(argv[1], "be-recorded") == 0)
        return be_recorded();
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase,
                        a_sound_allocator_is_right_however_threads_interleave,
                        0, SOUND);
    tcase_add_loop_test(tcase, blocks_are_handed_from_thread_to_thread, 0,
                        SOUND);
    tcase_add_test(tcase, as_many_threads_act_as_a_trace_may_have);
    tcase_add_test(tcase, a_lock_of_its_own_serves_as_well_as_the_kits);
    tcase_add_test(tcase, operations_on_an_identifier_keep_their_order);
    tcase_add_loop_test(
        tcase, what_is_wrong_in_threads_only_is_told_of_its_thread, 0, CASES);
    tcase_add_test(tcase,
                   what_waits_for_ever_is_told_and_what_waits_for_it_is_not);
    tcase_add_test(
        tcase, a_lock_that_is_never_given_back_is_told_where_it_is_missed);
    tcase_add_test(tcase, what_is_wrong_in_one_thread_too_is_told_as_ever);
    tcase_add_test(tcase, blocks_overlap_if_their_places_and_their_lives_do);
    tcase_add_test(tcase, stamps_that_cannot_be_are_no_log);
    tcase_add_test(tcase,
                   a_trace_with_threads_is_judged_and_shown_but_has_no_cost);
    if (!SANITIZED) /* the recorder and a sanitizer both replace malloc */
        tcase_add_test(tcase,
                       a_recorded_program_with_threads_replays_in_threads);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
