/*
 * Tests the commands as a user meets them: what is printed, and with which
 * exit status, for good input and for bad.
 */
#include "grader/clock.h"
#include "grader/spawn.h"
#include "grader/tests/help.h"

#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_ROOM 65536

static char text[TEXT_ROOM]; /* what the last command printed */
static char folder[] = "/tmp/heaplab-commands-XXXXXX";

/*
 * Runs "heaplab" with the words of format, separated by blanks, and returns
 * its exit status; what it prints goes to text.
 */
__attribute__((format(printf, 1, 2))) static int heaplab(const char *format,
                                                         ...)
{
    char program[PATH_ROOM];
    char line[2048];
    const char *words[32] = {program};
    size_t count = 1;
    char *rest = line;
    va_list arguments;

    path_built(program, "heaplab");
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    for (char *word = strtok_r(line, " ", &rest); word != NULL && count < 31;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    return capture(words, NULL, text, sizeof(text));
}

static void assert_says(const char *piece)
{
    ck_assert_msg(strstr(text, piece) != NULL, "no '%s' in:\n%s", piece,
                  text);
}

/* Writes a file in the test's folder; returns its path, until the next. */
static const char *write_file(const char *name, const char *contents)
{
    static char path[256];
    FILE *out;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    out = fopen(path, "we");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs(contents, out), 0);
    ck_assert_int_eq(fclose(out), 0);
    return path;
}

START_TEST(help_lists_every_command)
{
    int status = heaplab("--help");

    ck_assert_int_eq(status, 0);
    assert_says("replay");
    assert_says("compare");
    assert_says("calibrate");
    assert_says("Exit status");
}
END_TEST

START_TEST(an_unknown_command_gets_the_list)
{
    int status = heaplab("frobnicate");

    ck_assert_int_eq(status, 2);
    assert_says("no command is called 'frobnicate'");
    assert_says("replay");
}
END_TEST

START_TEST(list_shows_allocators_and_their_options)
{
    ck_assert_int_eq(heaplab("list"), 0);
    assert_says("kr-best");
    assert_says("glibc");
    ck_assert_int_eq(heaplab("list kr"), 0);
    assert_says("search=first|next|best");
    assert_says("F5   no two free blocks touch");
    ck_assert_int_eq(heaplab("list nobody"), 2);
    assert_says("no allocator is called 'nobody'");
}
END_TEST

START_TEST(unknown_names_get_the_list_of_what_there_is)
{
    ck_assert_int_eq(heaplab("replay nobody comb"), 2);
    assert_says("bump, kr, kr-next, kr-best");
    ck_assert_int_eq(heaplab("replay kr:search=worst comb"), 2);
    assert_says("search=first|next|best");
    ck_assert_int_eq(heaplab("replay kr:speed=9 comb"), 2);
    assert_says("'speed=9' is not an option of it");
    ck_assert_int_eq(heaplab("replay kr nothing"), 2);
    assert_says("teaching/comb");
    ck_assert_int_eq(heaplab("grade nolab allocators/kr.c"), 2);
    assert_says("1-kr");
    ck_assert_int_eq(heaplab("compare -t nothing kr"), 2);
    assert_says("no such file");
    ck_assert_int_eq(heaplab("scores nobody"), 2);
    assert_says("there is");
    ck_assert_int_eq(heaplab("trace generate nokind"), 2);
    assert_says("comb");
}
END_TEST

START_TEST(replay_tells_what_a_good_trace_was_like)
{
    ck_assert_int_eq(heaplab("replay kr-best:seed=3 teaching/comb"), 0);
    assert_says("ok, 12000 operations");
    assert_says("utilization");
    ck_assert_int_eq(heaplab("replay kr coalesce-both --at 6"), 0);
    assert_says("op 6 of 10");
    assert_says("free list");
    ck_assert_int_eq(heaplab("replay glibc first"), 0);
    ck_assert_int_eq(heaplab("replay kr first --at 77"), 2);
    assert_says("the trace has 2 operations");
    ck_assert_int_eq(heaplab("replay kr first --at x"), 2);
}
END_TEST

START_TEST(a_malformed_trace_is_refused_by_file_and_line)
{
    const char *path = write_file("bad.trace", "heaplab trace 9\n");

    ck_assert_int_eq(heaplab("trace check %s", path), 2);
    assert_says("bad.trace:1: ");
    ck_assert_int_eq(heaplab("replay kr %s", path), 2);
    assert_says("bad.trace:1: ");
    ck_assert_int_eq(heaplab("trace check %s", folder), 2);
    ck_assert_int_eq(heaplab("compare -t %s kr", path), 2);
}
END_TEST

START_TEST(a_utf_16_file_is_refused_in_one_line)
{
    const char *path = write_file("kr.c", "\xff\xfe#");

    ck_assert_int_eq(heaplab("grade kr %s", path), 2);
    assert_says("kr.c is UTF-16: save it as UTF-8\n");
}
END_TEST

START_TEST(trace_info_and_check_read_what_generate_writes)
{
    char path[256];

    ck_assert_int_eq(heaplab("trace generate queue count=50"), 0);
    (void)snprintf(path, sizeof(path), "%s", write_file("q.trace", text));
    ck_assert_int_eq(heaplab("trace check %s", path), 0);
    assert_says("ok, ");
    ck_assert_int_eq(heaplab("trace info %s", path), 0);
    assert_says("operations");
    assert_says("heaplab trace generate queue count=50");
    ck_assert_int_eq(heaplab("trace generate"), 0);
    assert_says("ping-pong");
    ck_assert_int_eq(heaplab("trace"), 2);
    ck_assert_int_eq(heaplab("trace info"), 2);
    ck_assert_int_eq(heaplab("trace --help"), 0);
}
END_TEST

START_TEST(compare_sets_allocators_side_by_side)
{
    int status = heaplab("compare -t comb --json %s/c.json kr glibc", folder);

    ck_assert_int_eq(status, 0);
    assert_says("teaching/comb");
    assert_says("  kr ");
    assert_says("  glibc ");
    ck_assert_int_eq(heaplab("trace check %s/c.json", folder), 2);
    ck_assert_int_eq(heaplab("compare -t first --json /no/such/place kr"), 2);
    assert_says("/no/such/place");
}
END_TEST

START_TEST(scores_are_the_same_points_every_time)
{
    static char once[TEXT_ROOM];
    char *row;

    ck_assert_int_eq(heaplab("scores -t queue -t first kr bump"), 0);
    assert_says("2 traces judged, 1 of them scored");
    row = strstr(text, "\nkr ");
    ck_assert_ptr_nonnull(row);
    (void)snprintf(once, sizeof(once), "%.45s", row);
    ck_assert_int_eq(heaplab("scores -t queue --json %s/s.json kr", folder),
                     0);
    assert_says(once);
}
END_TEST

START_TEST(grade_gives_the_reference_full_marks)
{
    int status = heaplab("grade bump allocators/bump.c");

    assert_says("60/60");
#if !defined(VARIANT_ASAN) && !defined(VARIANT_TSAN) && defined(__OPTIMIZE__)
    ck_assert_int_eq(status, 0); /* a cost is that of optimized code */
    assert_says("100/100");
#endif
    ck_assert_int_le(status, 1);
    ck_assert_int_eq(heaplab("grade"), 2);
    ck_assert_int_eq(heaplab("grade --help"), 0);
    ck_assert_int_eq(heaplab("grade kr /no/such/file.c"), 2);
}
END_TEST

START_TEST(grade_tells_a_compile_error_by_the_files_own_name)
{
    const char *path =
        write_file("mine.c", "const struct allocator kr_allocator = 3;\n");

    ck_assert_int_eq(heaplab("grade kr %s", path), 1);
    assert_says("mine.c:1:");
    assert_says("0/100");
}
END_TEST

START_TEST(a_file_without_its_allocator_is_not_graded_by_the_reference)
{
    const char *path = write_file("mine.c", "int nothing;\n");

    ck_assert_int_eq(heaplab("grade kr %s", path), 1);
    assert_says("kr_allocator");
    assert_says("0/100");
}
END_TEST

START_TEST(class_prints_a_line_a_file)
{
    (void)write_file("mine.c", "int nothing;\n");
    (void)write_file("broken.c", "const struct allocator kr_allocator = 3;");

    ck_assert_int_eq(heaplab("class --json %s/g.json %s", folder, folder), 0);
    assert_says("  broken.c           0  does not compile: ");
    assert_says("mine.c: 0 points: it defines no allocator");
    ck_assert_int_eq(heaplab("class /no/such/folder"), 2);
    ck_assert_int_eq(heaplab("class Makefile"), 2);
    assert_says("a folder of .c files was expected");
}
END_TEST

START_TEST(class_grades_a_file_as_grade_does)
{
    const char *copy[] = {"cp", "allocators/bump.c", folder, NULL};

    ck_assert_int_eq(capture(copy, NULL, text, sizeof(text)), 0);
    ck_assert_int_eq(heaplab("class --json %s/g.json %s", folder, folder), 0);
    assert_says("0-bump: ");
    assert_says("  bump.c ");
    assert_says("   60 ");
    ck_assert_int_eq(heaplab("grade kr %s/bump.c", folder), 1);
    assert_says("kr_allocator");
}
END_TEST

START_TEST(starter_writes_what_a_step_begins_with)
{
    ck_assert_int_eq(heaplab("starter kr 3 -o %s/kr.c", folder), 0);
    ck_assert_int_eq(heaplab("starter kr 0"), 0);
    assert_says("/* Step 1, carve: yours to write. */");
    ck_assert_int_eq(heaplab("starter nolab 1"), 2);
    assert_says("1-kr");
    ck_assert_int_eq(heaplab("starter kr x"), 2);
    ck_assert_int_eq(heaplab("starter"), 2);
    ck_assert_int_ne(heaplab("starter kr 1 -o /no/such/folder/kr.c"), 0);
}
END_TEST

START_TEST(shrink_leaves_little_of_a_failing_trace)
{
    ck_assert_int_eq(heaplab("starter kr 3 -o %s/kr.c", folder), 0);
    ck_assert_int_eq(heaplab("trace shrink --file %s/kr.c --property room,"
                             "first-fit -o %s/s.trace kr coalesce-both",
                             folder, folder),
                     0);
    assert_says("shrunk to ");
    ck_assert_int_eq(heaplab("trace check %s/s.trace", folder), 0);
    ck_assert_int_eq(heaplab("trace shrink kr comb"), 2);
    ck_assert_int_eq(heaplab("trace shrink"), 2);
}
END_TEST

START_TEST(record_passes_on_the_programs_status)
{
#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN)
    return; /* the recorder's malloc and a sanitizer's are in each other's way */
#endif
    ck_assert_int_eq(
        heaplab("record -o %s/ls.trace -- ls %s", folder, folder), 0);
    assert_says("operations; 1 trace in all");
    ck_assert_int_eq(heaplab("replay kr %s/ls.trace", folder), 0);
    ck_assert_int_eq(
        heaplab("record --limit 20 -o %s/l.trace -- ls /no/such", folder), 2);
    ck_assert_int_eq(heaplab("record -- ls"), 2);
    assert_says("a file after -o");
    ck_assert_int_eq(heaplab("record -o %s/n.trace -- /no/such", folder), 2);
}
END_TEST

START_TEST(calibrate_shows_room_for_other_compilers)
{
    if (!can_count() || getenv("UNDER_VALGRIND") != NULL)
        return; /* it is counted figures that it shows */
#if !defined(VARIANT_ASAN) && !defined(VARIANT_TSAN)
    int status = heaplab("calibrate");
    assert_says("1-kr: the reference has ");
#ifdef __OPTIMIZE__
    ck_assert_int_eq(status, 0);
    assert_says("1-kr: the reference has 100 of 100 points");
    ck_assert_ptr_null(strstr(text, "too tight"));
#endif
    ck_assert_int_le(status, 1);
#endif
}
END_TEST

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    const char *words[] = {"rm", "-rf", folder, NULL};

    (void)capture(words, NULL, text, sizeof(text));
}

static Suite *commands_suite(void)
{
    Suite *suite = suite_create("commands");
    TCase *tcase = tcase_create("commands");

    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, help_lists_every_command);
    tcase_add_test(tcase, an_unknown_command_gets_the_list);
    tcase_add_test(tcase, list_shows_allocators_and_their_options);
    tcase_add_test(tcase, unknown_names_get_the_list_of_what_there_is);
    tcase_add_test(tcase, replay_tells_what_a_good_trace_was_like);
    tcase_add_test(tcase, a_malformed_trace_is_refused_by_file_and_line);
    tcase_add_test(tcase, a_utf_16_file_is_refused_in_one_line);
    tcase_add_test(tcase, trace_info_and_check_read_what_generate_writes);
    tcase_add_test(tcase, compare_sets_allocators_side_by_side);
    tcase_add_test(tcase, scores_are_the_same_points_every_time);
    tcase_add_test(tcase, grade_gives_the_reference_full_marks);
    tcase_add_test(tcase, grade_tells_a_compile_error_by_the_files_own_name);
    tcase_add_test(
        tcase, a_file_without_its_allocator_is_not_graded_by_the_reference);
    tcase_add_test(tcase, class_prints_a_line_a_file);
    tcase_add_test(tcase, class_grades_a_file_as_grade_does);
    tcase_add_test(tcase, starter_writes_what_a_step_begins_with);
    tcase_add_test(tcase, shrink_leaves_little_of_a_failing_trace);
    tcase_add_test(tcase, record_passes_on_the_programs_status);
    tcase_add_test(tcase, calibrate_shows_room_for_other_compilers);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(commands_suite());
}
