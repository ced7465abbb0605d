/*
 * test_machine_code.c - instructions that no allocator has.
 */
#include "grader/inspect/machine_code.h"

#include "grader/tests/compiled.h"

#include <elf.h>

/* Compiles a function with these lines of assembler in it. */
static struct inspection inspect_code(const char *lines)
{
    char code[1024];

    snprintf(code, sizeof(code),
             "void work(void);\nvoid work(void)\n{\n"
             "__asm__ volatile(\"%s\");\n}\n",
             lines);
    return inspect_text(code);
}

#ifdef __x86_64__
START_TEST(a_system_call_is_refused_with_its_line)
{
    static const char *const calls[] = {
        "syscall", "sysenter", "int $0x80", "rex.w syscall",
        "movl $1, %eax\\nsyscall\\nmovl $2, %eax"};

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct inspection inspection = inspect_code(calls[i]);
        ck_assert_msg(strstr(inspection.refusal, "makes a system call") !=
                          NULL,
                      "%s: %s", calls[i], inspection.refusal);
        ck_assert_uint_eq(inspection.line.number, 4);
    }
}
END_TEST

START_TEST(numbers_that_look_like_a_system_call_are_fine)
{
    static const char *const numbers[] = {"movl $0x050f, %eax",
                                          "cmpl $0x340f, %eax",
                                          "movl $0x80cd, %eax",
                                          "addq $0x050f050f, %rax",
                                          "int3",
                                          "rdtsc",
                                          "movl 0x050f(%rax), %eax"};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        ck_assert_str_eq(inspect_code(numbers[i]).refusal, "");
}
END_TEST

START_TEST(a_function_that_is_called_syscall_is_no_system_call)
{
    struct inspection inspection =
        inspect_text("__attribute__((noinline)) static int syscall(int x)\n"
                     "{\n__asm__ volatile(\"\");\nreturn x;\n}\n"
                     "int work(int x);\nint work(int x)\n"
                     "{\nreturn syscall(x) + syscall(0x050f);\n}\n");

    ck_assert_str_eq(inspection.refusal, "");
}
END_TEST

START_TEST(a_request_to_valgrind_is_refused)
{
    struct inspection inspection =
        inspect_code("rolq $3, %rdi\\nrolq $13, %rdi\\nrolq $61, %rdi\\n"
                     "rolq $51, %rdi\\nxchgq %rbx, %rbx");

    ck_assert_ptr_nonnull(strstr(inspection.refusal, "speak to valgrind"));
    ck_assert_uint_eq(inspection.line.number, 4);
    ck_assert_str_eq(inspect_code("rolq $3, %rdi\\nrolq $13, %rdi").refusal,
                     "");
}
END_TEST

START_TEST(too_much_code_is_refused)
{
    ck_assert_ptr_nonnull(strstr(
        inspect_code(".rept 300000\\nnop\\n.endr").refusal, "bytes of code"));
}
END_TEST

START_TEST(a_listing_of_jumps_to_long_names_is_read_to_its_end)
{
    char code[1024];
    char name[251];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    snprintf(code, sizeof(code),
             ".globl %s\\n%s: .rept 50000\\n jmp .+2\\n.endr\\nsyscall", name,
             name);

    ck_assert_ptr_nonnull(
        strstr(inspect_code(code).refusal, "makes a system call"));
}
END_TEST

START_TEST(a_listing_of_many_long_labels_is_read_to_its_end)
{
    char code[1024];
    char name[241];
    memset(name, 'y', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    snprintf(code, sizeof(code),
             "movl $0x050f, %%eax\\n.macro one\\n%s\\\\@: nop\\n.endm\\n"
             ".rept 20000\\none\\n.endr\\n%s",
             name, _i == 0 ? "" : "syscall");

    if (_i == 0)
        ck_assert_str_eq(inspect_code(code).refusal, "");
    else
        ck_assert_ptr_nonnull(
            strstr(inspect_code(code).refusal, "makes a system call"));
}
END_TEST

START_TEST(a_listing_that_has_no_end_is_refused)
{
    char code[1024];
    char name[251];
    memset(name, 1, sizeof(name) - 1); /* objdump writes two for each */
    name[sizeof(name) - 1] = '\0';
    snprintf(code, sizeof(code),
             "nop\\n.globl \\\"%s\\\"\\n\\\"%s\\\": .rept 50000\\n"
             " jmp .+2\\n.endr\\nmovl $0x050f, %%eax",
             name, name);

    ck_assert_str_eq(inspect_code(code).refusal,
                     "has so many and so long names in its code that the "
                     "listing of it cannot be read: leave labels out");
}
END_TEST
#endif

/* Makes an object that says it is for arm64, with these words of code. The
   compiler's own code is not understood there, and does not matter. */
static struct inspection inspect_arm64(const char *code)
{
    static const uint16_t arm64 = EM_AARCH64;
    char text[1024];
    FILE *object;

    snprintf(text, sizeof(text),
             "__asm__(\".section .text.own,\\\"ax\\\"\\n"
             ".balign 4\\n.long %s\\n.text\");" TABLE,
             code);
    compile_text(text, "-g0");
    object = fopen(compiled_object, "r+e");
    ck_assert_ptr_nonnull(object);
    ck_assert_int_eq(fseek(object, offsetof(Elf64_Ehdr, e_machine), 0), 0);
    ck_assert_uint_eq(fwrite(&arm64, sizeof(arm64), 1, object), 1);
    ck_assert_int_eq(fclose(object), 0);
    return inspect_compiled();
}

START_TEST(a_system_call_of_arm64_is_refused)
{
    static const char *const calls[] = {"0xd503201f, 0xd4000001",
                                        "0xd4001001", "0xd41fffe1",
                                        "0xd4000002", "0xd4000003"};

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        ck_assert_ptr_nonnull(
            strstr(inspect_arm64(calls[i]).refusal, "makes a system call"));
    /* nop, brk, udf, ret */
    ck_assert_str_eq(
        inspect_arm64("0xd503201f, 0xd4200000, 0, 0xd65f03c0").refusal, "");
}
END_TEST

START_TEST(a_request_to_valgrind_on_arm64_is_refused)
{
    /* ror x12, x12, #3, #13, #51, #61 */
    ck_assert_ptr_nonnull(
        strstr(inspect_arm64("0x93cc0d8c, 0x93cc358c, 0x93cccd8c, "
                             "0x93ccf58c, 0xaa0a014a")
                   .refusal,
               "speak to valgrind"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("machine_code");
    TCase *tcase = tcase_create("machine_code");

    tcase_add_checked_fixture(tcase, compiled_setup, compiled_teardown);
    tcase_set_timeout(tcase, 60);
#ifdef __x86_64__
    tcase_add_test(tcase, a_system_call_is_refused_with_its_line);
    tcase_add_test(tcase, numbers_that_look_like_a_system_call_are_fine);
    tcase_add_test(tcase,
                   a_function_that_is_called_syscall_is_no_system_call);
    tcase_add_test(tcase, a_request_to_valgrind_is_refused);
    tcase_add_test(tcase, too_much_code_is_refused);
    tcase_add_test(tcase,
                   a_listing_of_jumps_to_long_names_is_read_to_its_end);
    tcase_add_loop_test(
        tcase, a_listing_of_many_long_labels_is_read_to_its_end, 0, 2);
    tcase_add_test(tcase, a_listing_that_has_no_end_is_refused);
#endif
    tcase_add_test(tcase, a_system_call_of_arm64_is_refused);
    tcase_add_test(tcase, a_request_to_valgrind_on_arm64_is_refused);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
