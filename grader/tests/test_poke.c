/*
 * test_poke.c - the line of a rubric that breaks a heap.
 */
#include "grader/lab/poke.h"

#include "grader/tests/help.h"

static struct broken broken;

/* Reads a line with one poke, which must be good, and returns that. */
static struct poke poke_of(const char *text)
{
    char line[256];

    snprintf(line, sizeof(line), "F1 %s : why", text);
    ck_assert_ptr_null(broken_read(&broken, line));
    ck_assert_uint_eq(broken.poke_count, 1);
    ck_assert_str_eq(broken.text, text);
    return broken.pokes[0];
}

START_TEST(a_place_is_a_block_or_the_heap_and_bytes)
{
    ck_assert_uint_eq(poke_of("p12 = 1").at.id, 12);
    ck_assert_int_eq(poke_of("p12 = 1").at.offset, 0);
    ck_assert_int_eq(poke_of("p0-16 = 1").at.offset, -16);
    ck_assert_uint_eq(poke_of("heap+8 = 1").at.id, PLACE_HEAP);
    ck_assert_int_eq(poke_of("heap+8 = 1").at.offset, 8);
}
END_TEST

START_TEST(a_word_is_set_or_added_to_or_pointed)
{
    struct poke poke = poke_of("p1 = 18446744073709551615");
    ck_assert(poke.kind == POKE_SET && poke.number == UINT64_MAX);
    poke = poke_of("p1 += 8");
    ck_assert(poke.kind == POKE_ADD && poke.number == 8);
    poke = poke_of("p1 -= 8");
    ck_assert(poke.kind == POKE_ADD && poke.number == (uint64_t)-8);
    poke = poke_of("p1 = &p5-16");
    ck_assert(poke.kind == POKE_POINT && poke.point.id == 5);
    ck_assert_int_eq(poke.point.offset, -16);
    poke = poke_of("p1 = &heap");
    ck_assert(poke.kind == POKE_POINT && poke.point.id == PLACE_HEAP);
}
END_TEST

START_TEST(a_line_has_labels_pokes_and_words)
{
    ck_assert_ptr_null(
        broken_read(&broken, "F4|F10  p1 = 0; p2=1 ;p3 += 2 :  it: is so"));
    ck_assert_uint_eq(broken.poke_count, 3);
    ck_assert_uint_eq(broken.pokes[2].at.id, 3);
    ck_assert_str_eq(broken.text, "p1 = 0; p2=1 ;p3 += 2");
    ck_assert_str_eq(broken.words, "it: is so");
    ck_assert(broken_is(&broken, "F4") && broken_is(&broken, "F10"));
    ck_assert(!broken_is(&broken, "F1") && !broken_is(&broken, ""));
    ck_assert(!broken_is(&broken, "F4|F10"));
}
END_TEST

START_TEST(what_is_not_a_line_is_told)
{
    static const char *const bad[] = {
        "",
        ": why",
        "F1",
        "F1 : why",
        "F1 p1 = 1",
        "F1 p1 = 1 :",
        "F1 p1 = 1 : ",
        "F1 p = 1 : why",
        "F1 p4294967295 = 1 : why",
        "F1 p1-9999999999 = 1 : why",
        "F1 p1 += &p2 : why",
        "F1 p1 = &8 : why",
        "F1 p1 = 18446744073709551616 : why",
        "F1 p1 == 1 : why",
        "F1 p1 = 1; : why",
        "F1 p1=1;p1=1;p1=1;p1=1;p1=1;p1=1;p1=1 : why",
        "F1F1F1F1F1F1F1F1F1F1F1F1F1F1F1F1F1 p1 = 1 : why",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(broken_read(&broken, bad[i]) != NULL, "'%s' was taken",
                      bad[i]);
}
END_TEST

START_TEST(a_line_without_labels_is_of_a_sound_heap)
{
    ck_assert_ptr_null(sound_read(&broken, "heap+16 = &p3-16 : it is so"));
    ck_assert(broken_is_sound(&broken));
    ck_assert_uint_eq(broken.poke_count, 1);
    ck_assert_str_eq(broken.text, "heap+16 = &p3-16");
    ck_assert_str_eq(broken.words, "it is so");
    ck_assert_ptr_null(broken_read(&broken, "F1 p1 = 1 : it is so"));
    ck_assert(!broken_is_sound(&broken));
}
END_TEST

START_TEST(a_label_has_no_place_in_a_line_of_a_sound_heap)
{
    ck_assert_str_eq(sound_read(&broken, "F1 p1 = 1 : why"),
                     "a place and what becomes of it");
    ck_assert_str_eq(sound_read(&broken, "p1 = 1"), "words behind a ':'");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("poke");
    TCase *tcase = tcase_create("read");

    tcase_add_test(tcase, a_place_is_a_block_or_the_heap_and_bytes);
    tcase_add_test(tcase, a_word_is_set_or_added_to_or_pointed);
    tcase_add_test(tcase, a_line_has_labels_pokes_and_words);
    tcase_add_test(tcase, what_is_not_a_line_is_told);
    tcase_add_test(tcase, a_line_without_labels_is_of_a_sound_heap);
    tcase_add_test(tcase, a_label_has_no_place_in_a_line_of_a_sound_heap);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
