/*
 * test_generate.c - are generated traces sound, the same every time, and what
 * their kind says? Are the shipped ones what their headers say?
 */
#include "traces/generate.h"

#include "traces/tests/generated.h"

#include <glob.h>
#include <inttypes.h>

/* Fails unless the settings are refused with this message. */
static void assert_refused(const char *kind, const char *first,
                           const char *second, const char *message)
{
    const char *settings[] = {first, second};
    struct trace_error error = {.message = ""};
    size_t count = (first != NULL) + (second != NULL);

    ck_assert_ptr_null(trace_generate(kind, settings, count, &error));
    ck_assert_str_eq(error.message, message);
}

/* The bytes that are live at the end. */
static size_t leaked_blocks(const struct trace *trace)
{
    struct trace_info info;

    ck_assert(trace_describe(trace, &info));
    return info.leaked_blocks;
}

/* --- every kind --- */

START_TEST(usual_parameters_make_a_sound_trace)
{
    struct trace *trace = generate(generators[_i].name, NULL);

    ck_assert_uint_gt(trace->op_count, 1000);
    ck_assert_uint_lt(trace->op_count, 20000);
    trace_free(trace);
}
END_TEST

START_TEST(the_least_parameters_make_a_sound_trace)
{
    const struct generator *generator = &generators[_i];
    char text[PARAMETERS_MAX][64];
    const char *settings[PARAMETERS_MAX];
    struct trace_error error = {.message = ""};
    size_t count = 0;

    for (; count < PARAMETERS_MAX && generator->parameters[count].name;
         count++) {
        const struct parameter *parameter = &generator->parameters[count];
        (void)snprintf(text[count], sizeof text[count], "%s=%" PRIu64,
                       parameter->name, parameter->least);
        settings[count] = text[count];
    }
    struct trace *trace =
        trace_generate(generator->name, settings, count, &error);

    ck_assert_msg(trace != NULL, "%s", error.message);
    ck_assert_msg(trace_check(trace, "t", &error), "%s", error.message);
    trace_free(trace);
}
END_TEST

START_TEST(one_seed_makes_one_trace_and_another_another)
{
    const struct generator *generator = &generators[_i];
    size_t length = 0;
    bool seeded = false;
    for (size_t i = 0; generator->parameters[i].name != NULL; i++)
        seeded |= strcmp(generator->parameters[i].name, "seed") == 0;
    struct trace *first = generate(generator->name, NULL);
    struct trace *second = generate(generator->name, NULL);
    char *one = written(first, &length);
    char *two = written(second, &length);

    ck_assert_str_eq(one, two);
    if (seeded) {
        struct trace *other = generate(generator->name, "seed=2", NULL);
        ck_assert(other->op_count != first->op_count ||
                  memcmp(other->ops, first->ops,
                         first->op_count * sizeof *first->ops) != 0);
        trace_free(other);
    }
    free(one);
    free(two);
    trace_free(first);
    trace_free(second);
}
END_TEST

/* What the usual trace of each kind is, as text: FNV-1a, 64 bits. */
static const struct {
    const char *kind;
    uint64_t hash;
} usual_traces[] = {
    {"buddy-worst", 0x686bbad678c2c749}, {"churn", 0x61e3fc13eb32b1db},
    {"comb", 0xa1ceab421f82187d},        {"handover", 0x8fddca8f4fdfbfb7},
    {"larson", 0xbe27a56a7600ccff},      {"leak", 0x01b9fa0b480ab19b},
    {"model", 0x549f5aa8b524c794},       {"pair", 0x4c7fbf021eaa8ec1},
    {"peak", 0x6b0425c00462d149},        {"phases", 0xd24d532c88674430},
    {"ping-pong", 0xdaaa8ed525e2e1da},   {"queue", 0xf5c347d877537a92},
    {"ramp", 0x9ed576cbb5b8a47a},        {"requests", 0x1256d5d16afe94cc},
    {"robson", 0x37bf4f9343c7068f},      {"rover", 0xa4bb9e2a37401f62},
    {"short-lived", 0xe664aee6c6c46429}, {"shuffle", 0x1145f5c4277dcfee},
    {"stack", 0xdcd268e66fdd7619},       {"tables", 0x43808c25744a96ef},
};

/* Fowler, Noll and Vo's hash of length bytes. */
static uint64_t hash_of(const char *text, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
    return hash;
}

START_TEST(a_kind_makes_the_same_bytes_on_every_machine)
{
    size_t length = 0;
    struct trace *trace = generate(generators[_i].name, NULL);
    char *text = written(trace, &length);

    ck_assert_uint_eq(sizeof usual_traces / sizeof usual_traces[0],
                      generator_count);
    ck_assert_str_eq(usual_traces[_i].kind, generators[_i].name);
    ck_assert_msg(hash_of(text, length) == usual_traces[_i].hash,
                  "%s: 0x%016" PRIx64, generators[_i].name,
                  hash_of(text, length));
    free(text);
    trace_free(trace);
}
END_TEST

START_TEST(the_table_of_kinds_is_in_order)
{
    const struct generator *generator = &generators[_i];
    const struct parameter *parameter = generator->parameters;

    ck_assert_ptr_eq(generator_named(generator->name), generator);
    if (_i > 0)
        ck_assert_str_lt(generators[_i - 1].name, generator->name);
    ck_assert_uint_le(strlen(generator->meaning), 60);
    for (; parameter->name != NULL; parameter++) {
        ck_assert_uint_le(parameter->least, parameter->usual);
        ck_assert_uint_le(parameter->usual, parameter->most);
        ck_assert_uint_le(strlen(parameter->meaning), 60);
    }
}
END_TEST

START_TEST(only_the_leak_leaks)
{
    struct trace *trace = generate(generators[_i].name, NULL);

    bool leaks = strcmp(generators[_i].name, "leak") == 0;

    ck_assert_uint_eq(leaked_blocks(trace), leaks ? 500 : 0);
    trace_free(trace);
}
END_TEST

/* --- single kinds --- */

START_TEST(a_stack_frees_the_newest_block)
{
    struct trace *trace = generate("stack", "count=500", "depth=20", NULL);
    uint32_t live = 0;
    uint32_t deepest = 0;

    for (size_t i = 0; i < trace->op_count; i++) {
        if (trace->ops[i].kind == OP_FREE)
            live--;
        ck_assert_uint_eq(trace->ops[i].id, live);
        if (trace->ops[i].kind == OP_MALLOC)
            live++;
        deepest = live > deepest ? live : deepest;
    }
    ck_assert_uint_eq(deepest, 20);
    trace_free(trace);
}
END_TEST

START_TEST(a_queue_frees_the_oldest_block)
{
    struct trace *trace = generate("queue", "count=500", "length=20", NULL);
    uint32_t next[OP_KINDS] = {0};

    for (size_t i = 0; i < trace->op_count; i++) {
        const struct op *op = &trace->ops[i];
        ck_assert_uint_eq(op->id, next[op->kind]++ % 20);
    }
    ck_assert_uint_eq(next[OP_MALLOC], 500);
    ck_assert_uint_eq(next[OP_FREE], 500);
    trace_free(trace);
}
END_TEST

START_TEST(sizes_stay_between_least_and_most)
{
    struct trace *trace = generate("churn", "least=100", "most=1000", NULL);
    struct trace_info info;

    ck_assert(trace_describe(trace, &info));

    ck_assert_uint_ge(info.smallest, 100);
    ck_assert_uint_lt(info.smallest, 110);
    ck_assert_uint_gt(info.largest, 990);
    ck_assert_uint_le(info.largest, 1000);
    ck_assert_uint_lt(info.median, 450); /* small ones are common */
    trace_free(trace);
}
END_TEST

START_TEST(a_comb_wants_blocks_that_fit_no_hole)
{
    struct trace *trace = generate("comb", "count=9", "every=3", NULL);
    static const uint32_t ids[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, /* teeth */
                                   2, 5, 8, 2, 5, 8,          /* holes */
                                   0, 1, 2, 3, 4, 5, 6, 7, 8};

    ck_assert_uint_eq(trace->op_count, 24);
    for (size_t i = 0; i < 24; i++)
        ck_assert_uint_eq(trace->ops[i].id, ids[i]);
    for (size_t i = 12; i < 15; i++)
        ck_assert_uint_eq(trace->ops[i].size, 160);
    trace_free(trace);
}
END_TEST

/* --- settings --- */

START_TEST(the_make_line_makes_the_trace_again)
{
    struct trace *trace = generate("pair", "count=3", NULL);

    ck_assert_str_eq(trace->make, "heaplab trace generate pair count=3 "
                                  "size=64");
    trace_free(trace);
}
END_TEST

START_TEST(what_cannot_be_made_is_refused_with_what_can)
{
    assert_refused("combe", NULL, NULL,
                   "generate: no kind is called 'combe'; there are: "
                   "buddy-worst, churn, comb, handover, larson, leak, model, "
                   "pair, peak, phases, ping-pong, queue, ramp, requests, "
                   "robson, rover, short-lived, shuffle, stack, tables");
    assert_refused("pair", "colour=1", NULL,
                   "pair: expected PARAMETER=NUMBER, found 'colour=1'; the "
                   "parameters are: count, size");
    assert_refused("pair", "count", NULL,
                   "pair: expected PARAMETER=NUMBER, found 'count'; the "
                   "parameters are: count, size");
    assert_refused("pair", "count=0", NULL,
                   "pair: count: expected a number from 1 to 50000000, "
                   "found '0'");
    assert_refused("pair", "count=1e3", NULL,
                   "pair: count: expected a number from 1 to 50000000, "
                   "found '1e3' (not a decimal number)");
    assert_refused("pair", "count=1", "count=1",
                   "pair: count is set twice; set it once");
    assert_refused("queue", "least=9", "most=8",
                   "queue: least=9 is more than most=8; set both");
}
END_TEST

/* --- what is shipped --- */

/* Makes the trace that command says, which trace_generate() wrote. */
static struct trace *obey(const char *command)
{
    static const char begin[] = "heaplab trace generate ";
    const char *settings[PARAMETERS_MAX];
    size_t count = 0;
    struct trace_error error = {.message = ""};

    ck_assert_int_eq(strncmp(command, begin, strlen(begin)), 0);
    char *words = strdup(command + strlen(begin));
    ck_assert_ptr_nonnull(words);
    char *rest = NULL;
    const char *kind = strtok_r(words, " ", &rest);
    for (const char *word = strtok_r(NULL, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        settings[count++] = word;
    struct trace *trace = trace_generate(kind, settings, count, &error);
    ck_assert_msg(trace != NULL, "%s", error.message);
    free(words);
    return trace;
}

/* Returns the text of the file at path, to be freed. */
static char *text_of(const char *path, size_t *length)
{
    char *text = NULL;
    size_t room = 0;
    FILE *in = fopen(path, "re");

    ck_assert_ptr_nonnull(in);
    ssize_t got = getdelim(&text, &room, '\0', in);
    (void)fclose(in);
    ck_assert_int_gt(got, 0);
    *length = (size_t)got;
    return text;
}

/* Fails unless the generated trace in the file at path can be made again. */
static void assert_made_again(const char *path, const struct trace *trace)
{
    size_t length = 0;
    size_t again_length = 0;
    char *text = text_of(path, &length);
    struct trace *made = obey(trace->make);
    char *again = written(made, &again_length);

    ck_assert_msg(length == again_length && memcmp(text, again, length) == 0,
                  "%s is not what its make line makes", path);
    ck_assert_uint_lt(length, 300000);
    free(again);
    trace_free(made);
    free(text);
}

START_TEST(teaching_traces_are_what_their_headers_say)
{
    struct trace_error error = {.message = ""};
    glob_t names;
    size_t by_hand = 0;

    ck_assert_int_eq(glob("traces/teaching/*.trace", 0, NULL, &names), 0);
    for (size_t i = 0; i < names.gl_pathc; i++) {
        struct trace *trace = trace_read(names.gl_pathv[i], &error);
        ck_assert_msg(trace != NULL, "%s", error.message);
        ck_assert_msg(*trace->about != '\0', "%s", names.gl_pathv[i]);
        if (strcmp(trace->make, "by hand") == 0)
            by_hand++;
        else
            assert_made_again(names.gl_pathv[i], trace);
        trace_free(trace);
    }
    ck_assert_uint_ge(by_hand, 10);
    ck_assert_uint_ge(names.gl_pathc - by_hand, 8);
    globfree(&names);
}
END_TEST

START_TEST(every_shipped_trace_can_be_read)
{
    struct trace_error error = {.message = ""};
    glob_t names;

    ck_assert_int_eq(glob("traces/*/*.trace", 0, NULL, &names), 0);
    for (size_t i = 0; i < names.gl_pathc; i++) {
        struct trace *trace = trace_read(names.gl_pathv[i], &error);
        ck_assert_msg(trace != NULL, "%s", error.message);
        trace_free(trace);
    }
    globfree(&names);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("generate");
    int kinds = (int)generator_count;

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, usual_parameters_make_a_sound_trace, 0, kinds);
    tcase_add_loop_test(tcase, the_least_parameters_make_a_sound_trace, 0,
                        kinds);
    tcase_add_loop_test(tcase, one_seed_makes_one_trace_and_another_another,
                        0, kinds);
    tcase_add_loop_test(tcase, a_kind_makes_the_same_bytes_on_every_machine,
                        0, kinds);
    tcase_add_loop_test(tcase, the_table_of_kinds_is_in_order, 0, kinds);
    tcase_add_loop_test(tcase, only_the_leak_leaks, 0, kinds);
    tcase_add_test(tcase, a_stack_frees_the_newest_block);
    tcase_add_test(tcase, a_queue_frees_the_oldest_block);
    tcase_add_test(tcase, sizes_stay_between_least_and_most);
    tcase_add_test(tcase, a_comb_wants_blocks_that_fit_no_hole);
    tcase_add_test(tcase, the_make_line_makes_the_trace_again);
    tcase_add_test(tcase, what_cannot_be_made_is_refused_with_what_can);
    tcase_add_test(tcase, teaching_traces_are_what_their_headers_say);
    tcase_add_test(tcase, every_shipped_trace_can_be_read);
    return run_case("generate", tcase);
}
