/*
 * test_annotate.c - that memcheck and AddressSanitizer, told whose each byte
 * is, report seeded bugs at the line that did it. test_tour.c has that they
 * report nothing of what is right.
 */
#include "grader/tests/tools.h"

/* A mistake, the trace that brings it out, and what must be told. */
struct seeded {
    struct mistake mistake;
    const char *trace;
    const char *line;  /* the line of kr.c that must be named holds this */
    const char *words; /* in the first line of the message */
    bool check;        /* is check() called? */
    bool asan;         /* does AddressSanitizer see it as well? */
};

static const struct seeded all_seeded[] = {
    {{"header-forgotten",
      "return sizeof(struct block) + round_up(size + (size == 0), ALIGNMENT)",
      "return round_up(size + (size == 0), ALIGNMENT)"},
     "split",
     "if (before->next->size >= size)",
     "search_from() reads bytes 992-999 of live block p0",
     false,
     true},
    {{"realloc-copies-new-size", "block->size - sizeof(*block));", "size);"},
     "realloc-tail",
     "memcpy(moved, ptr, block->size - sizeof(*block));",
     "of live block p2",
     false,
     true},
    {{"grows-over-live-block", "heap->end || !is_free(above) ||",
      "heap->end ||"},
     "realloc-tail",
     "rest->size = block->size - size;",
     "split() writes bytes 6848-6855 of live block p1",
     false,
     true},
    {{"rest-begins-16-too-low", "*rest = block_at(block, size);",
      "*rest = block_at(block, size - 16);"},
     "split",
     "if (before->next->size >= size)",
     "search_from() reads bytes 992-999 of live block p0",
     false,
     true},
    {{"reads-above-the-break", "    heap->end += chunk;\n",
      "    heap->end += chunk; chunk += *(size_t *)heap->end;\n"},
     "first",
     "heap->end += chunk;",
     "grow() reads 0x4040, which the heap does not have",
     false,
     true},
    {{"reads-a-freed-block", "insert(heap, block_of(ptr));",
      "if (*(size_t *)ptr != 5) insert(heap, block_of(ptr));"},
     "first",
     "insert(heap, block_of(ptr));",
     "kr_free() goes by bytes that nobody has written",
     false,
     false},
    {{"check-reads-payloads", "after_free = is_free(block);",
      "after_free = is_free(block) | (*(size_t *)(block + 1) == 5);"},
     "islands",
     "after_free = is_free(block);",
     "kr_check() reads bytes 0-7 of live block p0",
     true,
     true},
    {{"crashes-in-free", "insert(heap, block_of(ptr));",
      "insert(heap, *(struct block **)8);"},
     "first",
     "insert(heap, block_of(ptr));",
     "kr_free() reads 0x8: a NULL pointer",
     false,
     false},
};

#define SEEDED (sizeof(all_seeded) / sizeof(all_seeded[0]))

/* Asserts that a tool tells of a seeded bug as it should. */
static void assert_told(enum tool tool, const struct seeded *seeded)
{
    static struct telling telling;
    char file[256];
    char first[512];

    tell_of_mistake(&telling, tool, &seeded->mistake, seeded->trace,
                    seeded->check, file);
    ck_assert_msg(telling.report.found, "%s: %s reports nothing: %s",
                  seeded->mistake.name, tool_name(tool), telling.text);
    snprintf(first, sizeof(first), "%s:%u:1: error: ", file,
             line_with(seeded->line));
    ck_assert_msg(strncmp(telling.text, first, strlen(first)) == 0,
                  "%s: %s does not begin with %s: %s", seeded->mistake.name,
                  tool_name(tool), first, telling.text);
    snprintf(first, sizeof(first), "%.*s", (int)strcspn(telling.text, "\n"),
             telling.text);
    ck_assert_msg(strstr(first, seeded->words) != NULL,
                  "%s: %s does not say '%s', but: %s", seeded->mistake.name,
                  tool_name(tool), seeded->words, telling.text);
}

START_TEST(memcheck_names_the_line_of_a_seeded_bug)
{
    assert_told(TOOL_MEMCHECK, &all_seeded[_i]);
}
END_TEST

START_TEST(asan_names_the_line_of_a_seeded_bug)
{
    if (all_seeded[_i].asan)
        assert_told(TOOL_ASAN, &all_seeded[_i]);
}
END_TEST

/* A block that begins where the break is: nobody gave those bytes. */
static const struct mistake beyond = {
    "beyond-the-break", "    return before != NULL ? payload_of(",
    "    if (size == 1000)\n        return heap->end;\n"
    "    return before != NULL ? payload_of("};

START_TEST(a_block_beyond_the_break_is_reported)
{
    static struct telling telling;
    char file[256];

    for (enum tool tool = TOOL_MEMCHECK; tool <= TOOL_ASAN; tool++) {
        if (!has_tool(tool))
            continue;
        tell_of_mistake(&telling, tool, &beyond, "split", false, file);
        ck_assert_msg(telling.report.found && telling.report.line == 0,
                      "%s: %s", tool_name(tool), telling.text);
        ck_assert_msg(strstr(telling.text, "the block that was returned "
                                           "cannot be used") != NULL,
                      "%s: %s", tool_name(tool), telling.text);
    }
}
END_TEST

START_TEST(an_overlap_is_told_in_the_words_of_the_judge)
{
    static const struct mistake mistake = {
        "same-block-twice", "    before->next = block->next;\n", ""};
    static struct telling telling;
    char file[256];

    tell_of_mistake(&telling, TOOL_ASAN, &mistake, "carve", false, file);

    ck_assert_msg(!telling.well && telling.verdict.wrong == WRONG_OVERLAP,
                  "%s", telling.text);
    ck_assert_msg(strstr(telling.text, "address order") != NULL, "%s",
                  telling.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("annotate");
    TCase *tcase = tcase_create("tools");

    tcase_set_timeout(tcase, 240);
    if (has_tool(TOOL_MEMCHECK)) {
        tcase_add_loop_test(tcase, memcheck_names_the_line_of_a_seeded_bug, 0,
                            (int)SEEDED);
    }
    tcase_add_loop_test(tcase, asan_names_the_line_of_a_seeded_bug, 0,
                        (int)SEEDED);
    tcase_add_test(tcase, a_block_beyond_the_break_is_reported);
    tcase_add_test(tcase, an_overlap_is_told_in_the_words_of_the_judge);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
