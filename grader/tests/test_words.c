/*
 * test_words.c - operations, sizes and the shorter messages in words. The
 * longer ones are tested as whole screens (test_screens.c).
 */
#include "grader/show/words.h"

#include "grader/spawn.h"
#include "grader/tests/help.h"

#include <signal.h>

/* Takes in what is printed to page. */
static char said[1024];
static FILE *page;

static void begin(void)
{
    memset(said, 0, sizeof(said));
    page = fmemopen(said, sizeof(said) - 1, "w");
    ck_assert_ptr_nonnull(page);
}

static const char *end(void)
{
    fclose(page);
    return said;
}

START_TEST(each_kind_of_operation_is_a_statement)
{
    static const struct {
        struct op op;
        const char *statement, *call_for;
    } cases[] = {
        {{.kind = OP_MALLOC, .id = 9, .size = 48},
         "p9 = malloc(48)",
         "malloc(48) for p9"},
        {{.kind = OP_CALLOC, .id = 0, .size = 7},
         "p0 = calloc(1, 7)",
         "calloc(1, 7) for p0"},
        {{.kind = OP_ALIGNED, .id = 2, .size = 5, .alignment_order = 12},
         "p2 = aligned_alloc(4096, 5)",
         "aligned_alloc(4096, 5) for p2"},
        {{.kind = OP_REALLOC, .id = 3, .size = 0},
         "p3 = realloc(p3, 0)",
         "realloc(p3, 0)"},
        {{.kind = OP_FREE, .id = 4}, "free(p4)", "free(p4)"},
        {{.kind = OP_TRIM}, "trim()", "trim()"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        print_statement(page, &cases[i].op);
        ck_assert_str_eq(end(), cases[i].statement);
        begin();
        print_call_for(page, &cases[i].op);
        ck_assert_str_eq(end(), cases[i].call_for);
    }
}
END_TEST

START_TEST(a_size_has_the_largest_unit_that_fits)
{
    static const struct {
        uint64_t bytes;
        const char *words;
    } cases[] = {
        {0, "0 bytes"},
        {1, "1 byte"},
        {1023, "1023 bytes"},
        {1024, "1 KiB"},
        {1536, "1.5 KiB"},
        {10240, "10 KiB"},
        {(1 << 20) - 1, "1024 KiB"},
        {1 << 20, "1 MiB"},
        {(uint64_t)4 << 30, "4 GiB"},
        {(uint64_t)3 << 40, "3 TiB"},
        {(uint64_t)3 << 50, "3072 TiB"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        print_size(page, cases[i].bytes);
        ck_assert_str_eq(end(), cases[i].words);
    }
}
END_TEST

START_TEST(one_byte_is_no_range)
{
    begin();
    print_bytes(page, 7, 1);
    ck_assert_str_eq(end(), "byte 7");
    begin();
    print_bytes(page, 16, 8);
    ck_assert_str_eq(end(), "bytes 16-23");
}
END_TEST

START_TEST(a_word_is_one_word_to_a_shell)
{
    static const char *const words[] = {"plain-1.c",  "a b",      "kim's.c",
                                        "$HOME",      "",         "a;b|c>d",
                                        "kr:x=1,y=2", "new\nline"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char command[1100];
        char answer[64];
        const char *shell[] = {"sh", "-c", command, NULL};
        begin();
        print_word(page, words[i]);
        snprintf(command, sizeof(command), "printf %%s %s", end());
        ck_assert_int_eq(capture(shell, NULL, answer, sizeof(answer)), 0);
        ck_assert_str_eq(answer, words[i]);
    }
}
END_TEST

START_TEST(a_word_without_need_is_not_quoted)
{
    begin();
    print_word(page, "labs/1-kr/kr.c");
    ck_assert_str_eq(end(), "labs/1-kr/kr.c");
}
END_TEST

START_TEST(what_a_program_wrote_cannot_command_the_terminal)
{
    static const char text[] = "a\033[2Jb\r\t\x80\0c~";

    begin();
    print_clean(page, text, sizeof(text) - 1);
    ck_assert_str_eq(end(), "a?[2Jb????c~");
}
END_TEST

/* --- verdicts ------------------------------------------------------------------ */

static const struct op two_blocks[] = {
    {.kind = OP_MALLOC, .id = 0, .size = 24},
    {.kind = OP_MALLOC, .id = 1, .size = 48},
    {.kind = OP_FREE, .id = 0},
};

static struct trace *trace;
static struct outcome *outcome;

static void setup(void)
{
    trace = make_trace(two_blocks, 3);
    outcome = make_outcome(trace);
}

static void teardown(void)
{
    outcome_free(outcome);
    trace_free(trace);
}

/* Judges what setup() and the test made up, and puts it in one sentence. */
static const char *sentence(uint64_t culprit)
{
    struct model *model = model_open(trace);
    struct verdict verdict = judge(trace, outcome, model);

    begin();
    print_verdict(page, trace, outcome, &verdict, model, culprit);
    model_close(model);
    return end();
}

/* Makes the replay end while operation i is under way. */
static void stop_in(size_t i, enum phase phase, enum ending ending,
                    int status)
{
    atomic_store(&outcome->log->started, i + 1);
    atomic_store(&outcome->log->phase, phase);
    if (phase == PHASE_CALL)
        log_records(outcome->log)[i].flags = 0;
    outcome->ending = ending;
    outcome->status = status;
}

START_TEST(nothing_wrong_is_said_too)
{
    ck_assert_str_eq(sentence(NO_OP), "every operation was right");
}
END_TEST

START_TEST(damage_without_a_culprit_accuses_nobody)
{
    struct record *record = &log_records(outcome->log)[2];
    *record = (struct record){
        .flags = RECORD_DAMAGED, .damage_at = 16, .damage_count = 8};

    ck_assert_str_eq(sentence(NO_OP), "bytes 16-23 of live block p0 had been "
                                      "overwritten before free(p0)");
    ck_assert_str_eq(sentence(1),
                     "malloc(48) for p1 overwrote bytes 16-23 of "
                     "live block p0");
}
END_TEST

START_TEST(damage_may_only_show_at_the_end)
{
    outcome->log->final_op = 1;
    outcome->log->final_at = 47;
    outcome->log->final_count = 1;

    ck_assert_str_eq(sentence(NO_OP), "byte 47 of live block p1 had been "
                                      "overwritten at the end of the trace");
    ck_assert_str_eq(sentence(2), "free(p0) overwrote byte 47 of live block "
                                  "p1");
}
END_TEST

START_TEST(a_block_may_lose_its_memory)
{
    stop_in(2, PHASE_LOOK, ENDED_SIGNAL, SIGSEGV);
    log_records(outcome->log)[2].flags = 0;
    ck_assert_str_eq(sentence(NO_OP),
                     "live block p0 had lost its memory before free(p0)");
    ck_assert_str_eq(sentence(1),
                     "malloc(48) for p1 gave back the memory of live block "
                     "p0");

    log_records(outcome->log)[2].flags = RECORD_RETURNED;
    outcome->log->final_op = 1;
    ck_assert_str_eq(sentence(NO_OP), "live block p1 had lost its memory at "
                                      "the end of the trace");
}
END_TEST

START_TEST(a_new_block_may_have_no_memory_from_some_byte_on)
{
    stop_in(1, PHASE_LOOK, ENDED_SIGNAL, SIGSEGV);
    outcome->log->crash.signal = SIGSEGV;
    outcome->log->crash.address = outcome->records[1].pointer + 16;

    ck_assert_str_eq(sentence(NO_OP),
                     "malloc(48) for p1 returned 0x20, of which byte 16 "
                     "cannot be written: no memory was taken from the source "
                     "there");
}
END_TEST

START_TEST(memory_that_ran_out_is_no_mistake_of_the_call)
{
    struct record *record = &log_records(outcome->log)[1];
    record->pointer = 0;
    record->flags |= RECORD_REFUSED;

    ck_assert_str_eq(
        sentence(NO_OP),
        "malloc(48) for p1 returned NULL: the source's 1 MiB are "
        "used up, though at most 24 bytes were live at once");
}
END_TEST

START_TEST(a_signal_without_an_address_tells_none)
{
    stop_in(1, PHASE_CALL, ENDED_SIGNAL, SIGFPE);
    outcome->log->crash.signal = SIGFPE;
    outcome->log->crash.address = NOT_TOLD;

    ck_assert_str_eq(sentence(NO_OP), "malloc(48) for p1 crashed: Floating "
                                      "point exception");
}
END_TEST

START_TEST(a_trace_that_takes_too_long_is_not_called_endless)
{
    stop_in(1, PHASE_CALL, ENDED_TIME, SIGKILL);
    ck_assert_str_eq(sentence(NO_OP), "malloc(48) for p1 is how far it came "
                                      "in the time for the whole trace");
}
END_TEST

START_TEST(an_abort_quotes_the_last_line)
{
    stop_in(2, PHASE_CALL, ENDED_SIGNAL, SIGABRT);
    strcpy(outcome->output, "first\nkr: \"rule\"\tbroken\n\n");
    outcome->output_size = strlen(outcome->output);
    ck_assert_str_eq(sentence(NO_OP),
                     "free(p0) aborted, saying \"kr: \"rule\"?broken\"");

    outcome->output_size = 0;
    ck_assert_str_eq(sentence(NO_OP), "free(p0) aborted");
}
END_TEST

START_TEST(a_failed_assert_is_quoted_without_the_name_of_the_runner)
{
    stop_in(2, PHASE_CALL, ENDED_SIGNAL, SIGABRT);
    strcpy(outcome->output, "served: kr.c:320: kr_free: Assertion `p: 0' "
                            "failed.\n");
    outcome->output_size = strlen(outcome->output);
    ck_assert_str_eq(sentence(NO_OP),
                     "free(p0) aborted, saying \"kr.c:320: kr_free: "
                     "Assertion `p: 0' failed.\"");

    strcpy(outcome->output, "kr.c:320: Assertion `p' is mine");
    outcome->output_size = strlen(outcome->output);
    ck_assert_str_eq(sentence(NO_OP),
                     "free(p0) aborted, saying \"kr.c:320: Assertion `p' is "
                     "mine\"");
}
END_TEST

START_TEST(an_exit_tells_its_status)
{
    stop_in(0, PHASE_CALL, ENDED_EXIT, 3);
    ck_assert_str_eq(sentence(NO_OP),
                     "malloc(24) for p0 ended the program: exit(3)");
}
END_TEST

START_TEST(check_is_named_when_it_is_at_fault)
{
    stop_in(2, PHASE_CHECK, ENDED_LOOP, SIGKILL);
    ck_assert_str_eq(sentence(NO_OP),
                     "check() after free(p0) did not return: "
                     "an endless loop");
}
END_TEST

START_TEST(before_the_first_operation_open_or_the_start_is_named)
{
    atomic_store(&outcome->log->started, 0);
    atomic_store(&outcome->log->phase, PHASE_OPEN);
    outcome->ending = ENDED_EXIT;
    ck_assert_str_eq(sentence(NO_OP), "open() ended the program: exit(0)");

    atomic_store(&outcome->log->phase, PHASE_START);
    outcome->ending = ENDED_LOOP;
    ck_assert_str_eq(sentence(NO_OP),
                     "the program's start did not return: an "
                     "endless loop");
}
END_TEST

START_TEST(a_check_that_names_no_rule_is_what_may_be_wrong)
{
    outcome->log->fault_op = 1;
    ck_assert_str_eq(sentence(NO_OP),
                     "check() after malloc(48) for p1 says no, but not which "
                     "rule: perhaps it is not written yet");

    outcome->threaded = true;
    ck_assert_str_eq(sentence(NO_OP),
                     "check() after malloc(48) for p1 says no, but not which "
                     "rule: perhaps it is not written yet");
}
END_TEST

START_TEST(a_broken_invariant_is_named_and_placed)
{
    outcome->log->fault_op = 1;
    strcpy(outcome->log->fault_rule, "X1");
    outcome->log->fault_at = MADE_BASE + 32;
    ck_assert_str_eq(sentence(NO_OP),
                     "malloc(48) for p1 broke invariant X1 at 0x20");
}
END_TEST

START_TEST(every_verdict_has_one_word)
{
    for (int wrong = WRONG_NOTHING; wrong <= WRONG_KIT; wrong++)
        ck_assert_uint_le(strlen(verdict_word((enum wrong)wrong)), 10);
}
END_TEST

static Suite *words_suite(void)
{
    Suite *suite = suite_create("words");
    TCase *tcase = tcase_create("pieces");

    tcase_add_test(tcase, each_kind_of_operation_is_a_statement);
    tcase_add_test(tcase, a_size_has_the_largest_unit_that_fits);
    tcase_add_test(tcase, one_byte_is_no_range);
    tcase_add_test(tcase, a_word_is_one_word_to_a_shell);
    tcase_add_test(tcase, a_word_without_need_is_not_quoted);
    tcase_add_test(tcase, what_a_program_wrote_cannot_command_the_terminal);
    tcase_add_test(tcase, every_verdict_has_one_word);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("verdicts");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, nothing_wrong_is_said_too);
    tcase_add_test(tcase, damage_without_a_culprit_accuses_nobody);
    tcase_add_test(tcase, damage_may_only_show_at_the_end);
    tcase_add_test(tcase, a_block_may_lose_its_memory);
    tcase_add_test(tcase, a_new_block_may_have_no_memory_from_some_byte_on);
    tcase_add_test(tcase, memory_that_ran_out_is_no_mistake_of_the_call);
    tcase_add_test(tcase, a_signal_without_an_address_tells_none);
    tcase_add_test(tcase, a_trace_that_takes_too_long_is_not_called_endless);
    tcase_add_test(tcase, an_abort_quotes_the_last_line);
    tcase_add_test(tcase,
                   a_failed_assert_is_quoted_without_the_name_of_the_runner);
    tcase_add_test(tcase, an_exit_tells_its_status);
    tcase_add_test(tcase, check_is_named_when_it_is_at_fault);
    tcase_add_test(tcase,
                   before_the_first_operation_open_or_the_start_is_named);
    tcase_add_test(tcase, a_check_that_names_no_rule_is_what_may_be_wrong);
    tcase_add_test(tcase, a_broken_invariant_is_named_and_placed);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(words_suite());
}
