/*
 * test_source_model.c - random sequences of operations on a source, each
 * compared with the model in source_model.h after every step.
 */
#include "allocators/tests/source_model.h"

static const enum source_kind kinds[] = {SOURCE_PAGES, SOURCE_MEMFD};

#define SEEDS ((uint64_t)12)
#define STEPS 500

static uint64_t seeds(void)
{
    return under_valgrind() || SANITIZED ? 2 : SEEDS;
}

/* Writes into every page, so that the kernel must hold what the meter says. */
static void write_everywhere(struct model *m)
{
    for (size_t page = 0; page < MODEL_PAGES; page++) {
        if (!m->backed[page] || m->readonly[page])
            continue;
        m->mark[m->memory[page]] = page + 1;
        for (size_t i = 0; i < 3; i++)
            *model_word(m, page, i) = page + 1;
    }
}

static void run_sequence(enum source_kind kind, uint64_t seed)
{
    struct model m;
    model_open(&m, kind, seed);
    for (int step = 0; step < STEPS; step++) {
        model_step(&m);
        model_check(&m);
        if (step % 50 != 0)
            continue;
        write_everywhere(&m);
        model_check(&m);
    }

    source_reset(m.source);

    ck_assert_uint_eq(source_committed(m.source), 0);
    ck_assert_uint_eq(kernel_bytes(m.source), 0);
    source_close(m.source);
}

START_TEST(random_operations_do_what_the_model_does)
{
    for (uint64_t seed = 1; seed <= seeds(); seed++)
        run_sequence(kinds[_i], seed);
}
END_TEST

START_TEST(when_all_is_written_the_kernel_holds_what_the_meter_says)
{
    for (uint64_t seed = 100; seed < 100 + seeds(); seed++) {
        struct model m;
        model_open(&m, kinds[_i], seed);
        for (int step = 0; step < STEPS / 4; step++) {
            model_step(&m);
            for (size_t page = 0; page < MODEL_PAGES; page++) {
                if (!m.readonly[page])
                    continue;
                ck_assert(source_protect(m.source, model_page(&m, page),
                                         m.page_size, true));
                m.readonly[page] = false;
            }
            write_everywhere(&m);
            ck_assert_uint_eq(kernel_bytes(m.source),
                              source_committed(m.source));
        }
        source_close(m.source);
    }
}
END_TEST

/*
 * The same seed twice, once with requests refused at random: what is refused
 * changes nothing, which model_check() sees.
 */
START_TEST(refused_requests_leave_everything_as_it_was)
{
    for (uint64_t seed = 200; seed < 200 + seeds(); seed++) {
        struct model m;
        model_open(&m, kinds[_i], seed);
        m.system_fails = true;
        for (int step = 0; step < STEPS; step++) {
            source_fail(m.source, random_below(&m.random, 4),
                        random_below(&m.random, 2) == 0);
            model_step(&m);
            m.system_fails = false;
            model_check(&m);
            m.system_fails = true;
        }
        source_close(m.source);
    }
}
END_TEST

START_TEST(the_sequences_do_all_there_is_to_do)
{
    struct model m;
    model_open(&m, kinds[_i], 1);
    for (int step = 0; step < 4 * STEPS; step++)
        model_step(&m);
    for (size_t i = 0; i < 14; i++)
        ck_assert(m.done[i] >= 10 ||
                  (m.kind == SOURCE_PAGES && i == MODEL_ALIAS));
    source_close(m.source);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("source_model");
    for (int i = 0; i < 2; i++) {
        TCase *tcase = tcase_create(kind_name(kinds[i]));
        tcase_set_timeout(tcase, 120);
#define ADD(test) tcase_add_loop_test(tcase, test, i, i + 1)
        ADD(random_operations_do_what_the_model_does);
        ADD(when_all_is_written_the_kernel_holds_what_the_meter_says);
        ADD(refused_requests_leave_everything_as_it_was);
        ADD(the_sequences_do_all_there_is_to_do);
#undef ADD
        suite_add_tcase(suite, tcase);
    }
    return run_suite(suite);
}
