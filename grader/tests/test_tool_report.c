/*
 * test_tool_report.c - that what memcheck and the sanitizers write is
 * understood.
 */
#include "grader/tests/help.h"

#include "grader/tools/tool_report.h"

static struct tool_report report;

START_TEST(memchecks_report_is_read)
{
    tool_report_read(&report,
                     "==7== Invalid write of size 8\n"
                     "==7==    at 0x4047D8: copy_up (plain.c:25)\n"
                     "==7==    by 0x401AD7: split (kr.c:184)\n"
                     "==7==    by 0x401AE0: take (kr.c:196)\n"
                     "==7==    by 0x402000: direct_call (judged.c:40)\n"
                     "==7==  Address 0x2000003a60 is in a rw- segment\n"
                     "==7== \n"
                     "==7== Exit program on first error\n",
                     "kr.c");

    ck_assert(report.found);
    ck_assert_int_eq(report.kind, DID_WRITE);
    ck_assert_uint_eq(report.count, 8);
    ck_assert_uint_eq(report.address, 0x2000003a60);
    ck_assert_str_eq(report.function, "split");
    ck_assert_uint_eq(report.line, 184);
    ck_assert_str_eq(report.text,
                     "Invalid write of size 8\n"
                     "   at 0x4047D8: copy_up (plain.c:25)\n"
                     "   by 0x401AD7: split (kr.c:184)\n"
                     "   by 0x401AE0: take (kr.c:196)\n"
                     " Address 0x2000003a60 is in a rw- segment\n");
}
END_TEST

START_TEST(asans_report_is_read)
{
    tool_report_read(
        &report,
        "=================\n"
        "==7==ERROR: AddressSanitizer: use-after-poison on address "
        "0x200000000450 at pc 0x1 bp 0x2 sp 0x3\n"
        "READ of size 3000 at 0x200000000450 thread T0\n"
        "    #0 0x7f1 in __interceptor_memcpy ../../../../src/x.inc:8\n"
        "    #1 0x404 in kr_realloc kr.c:331\n"
        "    #2 0x405 in direct_call grader/runner/judged.c:31\n"
        "\n"
        "SUMMARY: AddressSanitizer: use-after-poison\n",
        "kr.c");

    ck_assert(report.found);
    ck_assert_int_eq(report.kind, DID_READ);
    ck_assert_uint_eq(report.count, 3000);
    ck_assert_uint_eq(report.address, 0x200000000450);
    ck_assert_str_eq(report.function, "kr_realloc");
    ck_assert_uint_eq(report.line, 331);
    ck_assert_ptr_null(strstr(report.text, "../"));
    ck_assert_ptr_null(strstr(report.text, "judged.c"));
}
END_TEST

START_TEST(undefined_behaviour_is_read)
{
    tool_report_read(&report,
                     "kr.c:298:31: runtime error: signed integer overflow\n"
                     "    #0 0x402 in kr_free kr.c:298\n",
                     "kr.c");

    ck_assert(report.found);
    ck_assert_int_eq(report.kind, DID_OTHER);
    ck_assert_uint_eq(report.address, NOT_TOLD);
    ck_assert_uint_eq(report.line, 298);
    ck_assert_str_eq(report.function, "kr_free");
}
END_TEST

START_TEST(a_decision_by_stale_bytes_is_read)
{
    tool_report_read(
        &report,
        "==7== Conditional jump or move depends on uninitialised "
        "value(s)\n"
        "==7==    at 0x401: kr_free (kr.c:300)\n",
        "kr.c");

    ck_assert(report.found);
    ck_assert_int_eq(report.kind, DID_DECIDE);
    ck_assert_uint_eq(report.line, 300);
}
END_TEST

START_TEST(how_the_program_ended_is_no_report)
{
    tool_report_read(
        &report,
        "==7== \n"
        "==7== Process terminating with default action of signal 6\n"
        "==7==    at 0x401: raise (raise.c:26)\n",
        "kr.c");

    ck_assert(!report.found);
}
END_TEST

START_TEST(a_file_whose_name_ends_alike_is_another_one)
{
    tool_report_read(&report,
                     "==7== Invalid read of size 4\n"
                     "==7==    at 0x401: look (not_kr.c:26)\n"
                     "==7==    by 0x402: find (kr.c:27)\n",
                     "kr.c");

    ck_assert_uint_eq(report.line, 27);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tool_report");
    TCase *tcase = tcase_create("reports");

    tcase_add_test(tcase, memchecks_report_is_read);
    tcase_add_test(tcase, asans_report_is_read);
    tcase_add_test(tcase, undefined_behaviour_is_read);
    tcase_add_test(tcase, a_decision_by_stale_bytes_is_read);
    tcase_add_test(tcase, how_the_program_ended_is_no_report);
    tcase_add_test(tcase, a_file_whose_name_ends_alike_is_another_one);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
