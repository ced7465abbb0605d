/*
 * test_debug.c - heaplab debug, with gdb's commands from a pipe, on copies of
 * kr.c with a mistake in them.
 *
 * What needs a gdb that may trace programs is left out where there is none,
 * which is said. Sanitizers do not work under a debugger.
 */
#include "grader/spawn.h"
#include "grader/tests/wrong_kr.h"
#include "grader/tools/debugger.h"

#include <unistd.h>

#define TEXT_ROOM 65536

/* A view that goes wrong: mistakes that only a debugger meets. */
static const struct mistake blind_walk = {
    "walk-does-not-return", "const char *at = (const char *)heap->first;",
    "const char *at = (const char *)heap->first;"
    "for (volatile int on = 1; on;) ;"};
static const struct mistake crashing_lists = {
    "lists-crashes", "const struct block *block = heap->head.next;\n\n",
    "const struct block *block = *(struct block **)8;\n\n"};
static const struct mistake trusting_lists = {
    "lists-trusts-links", "if (block < heap->first ||", "if (0 && block ||"};
static const struct mistake checker_misses_f5 = {
    "checker-misses-f5", "return after_free ? \"F5\" : NULL;",
    "return NULL;"};

/*
 * Runs heaplab debug on kr.c with a mistake (NULL: on the kit's own), with
 * these words and these lines, as printf(1) takes them, for gdb. Returns what
 * was printed; *status becomes the exit status.
 */
static const char *debug(const struct mistake *mistake, const char *words,
                         const char *lines, int *status)
{
    static char text[TEXT_ROOM];
    char heaplab[PATH_ROOM];
    char command[2 * PATH_ROOM];
    char file[256] = "";
    const char *shell[] = {"sh", "-c", command, NULL};

    if (mistake != NULL)
        write_wrong_kr(mistake, file);
    path_built(heaplab, "heaplab");
    snprintf(command, sizeof(command),
             "printf '%s' | HOME=/nonexistent timeout 100 %s debug %s %s %s",
             lines, heaplab, mistake != NULL ? "--file" : "", file, words);
    *status = capture(shell, NULL, text, sizeof(text));
    if (mistake != NULL)
        unlink(file);
    return text;
}

/* Runs a session that must end well. */
static const char *session(const struct mistake *mistake, const char *words,
                           const char *lines)
{
    int status;
    const char *text = debug(mistake, words, lines, &status);

    ck_assert_msg(status == 0, "status %d\n%s", status, text);
    return text;
}

static void must_say(const char *text, const char *words)
{
    ck_assert_msg(strstr(text, words) != NULL, "not said: %s\n--- of\n%s",
                  words, text);
}

static void must_not_say(const char *text, const char *words)
{
    ck_assert_msg(strstr(text, words) == NULL, "said: %s\n--- in\n%s", words,
                  text);
}

/* --- where it stops ---------------------------------------------------- */

START_TEST(it_stops_before_the_failing_call_and_step_goes_into_it)
{
    const char *text =
        session(mistake_named("crashes-in-free"), "kr split", "step\\n");

    must_say(text, "error: free(p0) crashed");
    must_say(text, "split.trace:15, op 3 of 8: free(p0)\n");
    must_say(text, "commands: heap, freelist, block p0, op 1 (goes there)");
    must_say(text, "stop_free (");
    must_say(text, "allocator->free(heap, block);");
    must_say(text, "(gdb) kr_free (heap=");
}
END_TEST

START_TEST(without_a_trace_it_goes_through_the_steps_of_the_lab)
{
    const char *text =
        session(mistake_named("never-merges-below"), "kr", "step\\n");

    must_say(text, "did not take the hole that the policy takes");
    must_say(text, "step 4, trace traces/teaching/coalesce-previous.trace");
    must_say(text, "op 6 of 8: p3 = malloc(900)");
    must_say(text, "(gdb) kr_malloc (heap=");
}
END_TEST

START_TEST(a_checker_is_stopped_before_it_sees_the_broken_heap)
{
    const char *text =
        session(&checker_misses_f5, "kr", "heap\\nstep\\nstep\\nbt\\n");

    must_say(text, "check() said true of a heap whose F5 was broken");
    must_say(text, "then the heap is broken by p3-8 = &p4-16");
    must_say(text, "free  #3    p4 is live here: malloc(100), op 5");
    must_say(text, "#0  kr_check (heap=");
}
END_TEST

START_TEST(at_chooses_the_operation)
{
    const char *text = session(NULL, "kr split --at 5", "info locals\\n");

    must_say(text, "nothing goes wrong\n");
    must_say(text, "op 5 of 8: p3 = malloc(300)");
    must_say(text, "size=300)");
}
END_TEST

START_TEST(a_trace_on_which_nothing_fails_stops_at_its_last_operation)
{
    const char *text = session(NULL, "kr split", "op\\n");

    must_say(text, "nothing goes wrong; this is the last operation");
    must_say(text, "(gdb) in op 8 of 8: free(p1)");
}
END_TEST

START_TEST(a_lab_in_which_nothing_fails_opens_no_debugger)
{
    const char *text = session(NULL, "kr", "heap\\n");

    must_say(text, "nothing goes wrong in the lab's traces");
    must_say(text, "make gdb LAB=kr TRACE=comb AT=17\n");
    must_not_say(text, "(gdb)");
}
END_TEST

START_TEST(op_goes_back_and_forth)
{
    const char *text = session(NULL, "kr split --at 5",
                               "op 2\\nop\\nop 4\\nop\\ncontinue\\nop 1\\n"
                               "op\\nop 9\\nop x\\n");

    must_say(text, "(gdb) in op 2 of 8: p1 = malloc(16)");
    must_say(text, "(gdb) in op 4 of 8: p2 = malloc(300)");
    must_say(text, "the replay ends here, after op 8 of 8: free(p1)");
    must_say(text, "(gdb) in op 1 of 8: p0 = malloc(1000)");
    must_say(text, "(gdb) op wants a number from 1 to 8\n"
                   "(gdb) op wants a number from 1 to 8\n");
}
END_TEST

START_TEST(locals_of_the_file_can_be_seen)
{
    const char *text = session(NULL, "kr split --at 5",
                               "step\\nnext\\nnext\\ninfo locals\\n");

    must_say(text, "need = 320");
    must_not_say(text, "optimized out");
}
END_TEST

/* --- heap, freelist, block --------------------------------------------- */

START_TEST(heap_tells_every_block_in_address_order)
{
    const char *text = session(NULL, "kr split --at 5", "heap\\n");

    must_say(text, "heap order, in op 5 of 8: p3 = malloc(300)\n"
                   "  0x40      size 320     live  p2    malloc(300), op 4\n"
                   "  0x180     size 704     free  #1\n"
                   "  0x440     size 32      live  p1    malloc(16), op 2\n"
                   "  0x460     size 15328   free  #2\n");
}
END_TEST

START_TEST(freelist_tells_the_order_of_the_list)
{
    const char *text =
        session(mistake_named("forgets-the-order"), "kr", "freelist\\n");

    must_say(text, "  #1    0x480     size 15296\n"
                   "  #2    0x250     size 528\n"
                   "  #3    0x40      size 528\n"
                   "  (not in heap order)\n");
    text = session(NULL, "kr split --at 5", "freelist\\n");
    must_say(text, "list order, in op 5 of 8: p3 = malloc(300)\n"
                   "  #1    0x180     size 704\n"
                   "  #2    0x460     size 15328\n"
                   "  (the same as heap order)\n");
}
END_TEST

START_TEST(block_tells_all_about_one_by_name_place_offset_or_expression)
{
    const char *text =
        session(NULL, "kr split --at 5",
                "block p1\\nblock #1\\nblock 0x184\\nblock heap->head.next\\n"
                "block p3\\nblock #3\\nblock 0x999999\\nblock x y\\n");

    must_say(text, "(gdb) p1, in op 5 of 8: p3 = malloc(300)\n"
                   "  block     0x440 to 0x460, size 32, live\n"
                   "  header    0x440 to 0x450\n"
                   "  asked     malloc(16), op 2\n"
                   "  payload   0x450 to 0x460, intact\n");
    must_say(text, "(gdb) #1, in op 5 of 8: p3 = malloc(300)\n"
                   "  block     0x180 to 0x440, size 704, free\n"
                   "  header    0x180 to 0x190\n"
                   "  list      #1 of 2\n"
                   "(gdb) #1, in op 5 of 8: p3 = malloc(300)\n");
    must_say(text, "  list      #1 of 2\n(gdb) p3 is not live\n"
                   "(gdb) the list has no #3: it has 2 blocks\n"
                   "(gdb) 0x999999 is in no block\n"
                   "(gdb) No symbol \"x\" in current context.\n");
}
END_TEST

START_TEST(block_tells_who_had_a_free_block_last)
{
    const char *text = session(NULL, "kr split --at 4", "block #1\\n");

    must_say(text, "  was       p0: malloc(1000), op 1; ended by op 3: "
                   "free(p0)\n");
}
END_TEST

START_TEST(block_tells_which_bytes_were_overwritten)
{
    const char *text =
        session(mistake_named("rest-begins-16-too-low"), "kr", "block p0\\n");

    must_say(text, "op 9 of 11: p8 = malloc(40000)");
    must_say(text, "  payload   0x50 to 0x60, bytes 0-15 were overwritten\n");
}
END_TEST

START_TEST(block_tells_what_a_block_overlaps)
{
    const char *text = session(mistake_named("rest-is-16-too-large"), "kr",
                               "continue\\nblock p27\\nheap\\n");

    must_say(text, "the replay ends here, after op 28 of 12000");
    must_say(text, "  block     the walk shows none that begins there\n");
    must_say(text, "  overlaps  p25: 0x3a60 to 0x4146, malloc(1766), op 26");
    must_say(text, "malloc(1766), op 26; p27 begins inside\n");
}
END_TEST

/* --- heaps that are not sound ------------------------------------------ */

START_TEST(a_heap_can_be_looked_at_after_a_crash)
{
    const char *text =
        session(mistake_named("crashes-in-free"), "kr split",
                "continue\\nheap\\nfreelist\\nblock p0\\nbt\\n");

    must_say(text, "received signal SIGSEGV");
    must_say(text, "(gdb) heap order, in op 3 of 8: free(p0)\n"
                   "  0x40      size 1024    live  p0    malloc(1000), op 1");
    must_say(text, "(gdb) list order, in op 3 of 8: free(p0)\n"
                   "  #1    0x460     size 15328\n");
    must_say(text, "  payload   0x50 to 0x438, intact\n");
    must_say(text, "(gdb) #0  ");
    must_say(text, "kr_free (heap=");
    must_not_say(text, "call_logged"); /* the kit's frames are left out */
}
END_TEST

START_TEST(a_list_that_does_not_end_is_told)
{
    const char *text = session(mistake_named("makes-a-ring"), "kr",
                               "freelist\\nheap\\nstep\\n");

    must_say(text, "free(p1) did not return: an endless loop");
    must_say(text, "(then #1 again: the list does not end)\n");
    must_say(text, "free  -     not on the list\n");
    must_say(text, "(gdb) kr_free (heap=");
}
END_TEST

START_TEST(a_walk_that_does_not_return_is_given_up)
{
    const char *text = session(&blind_walk, "kr split --at 5",
                               "break kr_walk\\nheap\\nblock p1\\nstep\\n");

    must_say(text, "(walk() did not return; it had shown 0 blocks)\n");
    must_say(text, "  payload   0x450 to 0x460, intact\n");
    must_not_say(text, "SIGVTALRM");
    must_say(text, "(gdb) kr_malloc (heap=");
}
END_TEST

START_TEST(lists_that_crashes_is_told_and_survived)
{
    const char *text =
        session(&crashing_lists, "kr split --at 5",
                "break kr_lists\\nfreelist\\ninfo signals SIGSEGV\\nstep\\n");

    must_say(text, "(lists() crashed: SIGSEGV; it had shown 0 blocks)\n");
    must_not_say(text, "received signal");
    must_say(text, "SIGSEGV       Yes\tYes\tYes");
    must_say(text, "(gdb) kr_malloc (heap=");
}
END_TEST

START_TEST(a_smashed_list_is_shown_as_far_as_it_goes)
{
    const char *text =
        session(&trusting_lists, "kr split --at 5",
                "set var heap->head.next->next = (struct block *)0x10\\n"
                "freelist\\nheap\\nstep\\n");

    must_say(text, "  #1    0x180     size 704\n"
                   "  (lists() crashed: SIGSEGV; it had shown 1 block)\n");
    must_say(text, "  0x460     size 15328   free  -     not on the list\n");
    must_say(text, "(gdb) kr_malloc (heap=");
}
END_TEST

/* --- what is refused --------------------------------------------------- */

START_TEST(what_is_not_there_is_refused_with_status_2)
{
    int status;

    must_say(debug(NULL, "nobody split", "", &status), "no allocator");
    ck_assert_int_eq(status, 2);
    must_say(debug(NULL, "kr no-such-trace", "", &status), "no such file");
    ck_assert_int_eq(status, 2);
    must_say(debug(NULL, "kr split --at 9", "", &status), "8 operations");
    ck_assert_int_eq(status, 2);
    must_say(debug(NULL, "kr --at 9", "", &status), "--at wants a trace");
    ck_assert_int_eq(status, 2);
}
END_TEST

START_TEST(a_file_that_does_not_compile_is_told_with_status_1)
{
    int status;

    debug(NULL, "--file traces/README.md kr split", "", &status);

    ck_assert_int_eq(status, 1);
}
END_TEST

START_TEST(without_gdb_it_says_what_to_install_with_status_3)
{
    int status;

    setenv("GDB", "no-such-gdb", 1);
    must_say(debug(NULL, "kr split", "", &status),
             "no-such-gdb is not there; to get it: sudo apt-get install gdb");
    ck_assert_int_eq(status, 3);
}
END_TEST

static void add_sessions(TCase *tcase)
{
    tcase_add_test(tcase,
                   it_stops_before_the_failing_call_and_step_goes_into_it);
    tcase_add_test(tcase,
                   without_a_trace_it_goes_through_the_steps_of_the_lab);
    tcase_add_test(tcase,
                   a_checker_is_stopped_before_it_sees_the_broken_heap);
    tcase_add_test(tcase, at_chooses_the_operation);
    tcase_add_test(
        tcase, a_trace_on_which_nothing_fails_stops_at_its_last_operation);
    tcase_add_test(tcase, a_lab_in_which_nothing_fails_opens_no_debugger);
    tcase_add_test(tcase, op_goes_back_and_forth);
    tcase_add_test(tcase, locals_of_the_file_can_be_seen);
    tcase_add_test(tcase, heap_tells_every_block_in_address_order);
    tcase_add_test(tcase, freelist_tells_the_order_of_the_list);
    tcase_add_test(
        tcase, block_tells_all_about_one_by_name_place_offset_or_expression);
    tcase_add_test(tcase, block_tells_who_had_a_free_block_last);
    tcase_add_test(tcase, block_tells_which_bytes_were_overwritten);
    tcase_add_test(tcase, block_tells_what_a_block_overlaps);
    tcase_add_test(tcase, a_heap_can_be_looked_at_after_a_crash);
    tcase_add_test(tcase, a_list_that_does_not_end_is_told);
    tcase_add_test(tcase, a_walk_that_does_not_return_is_given_up);
    tcase_add_test(tcase, lists_that_crashes_is_told_and_survived);
    tcase_add_test(tcase, a_smashed_list_is_shown_as_far_as_it_goes);
    tcase_add_test(tcase, what_is_not_there_is_refused_with_status_2);
    tcase_add_test(tcase, a_file_that_does_not_compile_is_told_with_status_1);
}

static Suite *debug_suite(void)
{
    Suite *suite = suite_create("debug");
    TCase *refusals = tcase_create("refusals");
    char why[256] = "sanitizers do not work under a debugger";

    tcase_add_test(refusals,
                   without_gdb_it_says_what_to_install_with_status_3);
    suite_add_tcase(suite, refusals);
    if (!SANITIZED && debugger_ready(why, sizeof(why))) {
        TCase *sessions = tcase_create("sessions");
        tcase_set_timeout(sessions, 120);
        add_sessions(sessions);
        suite_add_tcase(suite, sessions);
    } else {
        fprintf(stderr, "note: sessions are left out: %s\n", why);
    }
    return suite;
}

int main(void)
{
    return run_suite(debug_suite());
}
