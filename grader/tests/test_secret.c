/*
 * test_secret.c - traces that a course keeps to itself: what is accepted, what
 * is refused, and who gets what. Here the rubric has no step that counts, so
 * that accepting takes seconds.
 */
#include "grader/grade.h"
#include "grader/lab/accept.h"
#include "grader/lab/secret.h"
#include "grader/tests/help.h"
#include "traces/vary.h"

#include <unistd.h>

static char folder[] = "/tmp/heaplab-secret-XXXXXX";
static struct rubric rubric;
static char error[2048];

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

/* Reads a rubric of two steps, for an allocator, whose second one has this
   target. */
static void read_rubric(const char *allocator, const char *full)
{
    char contents[1024];

    (void)snprintf(
        contents, sizeof(contents),
        "lab test\ntitle t\nallocator %s\n"
        "step right\n title t\n points 60\n properties first-fit room\n"
        " traces teaching/reuse.trace teaching/stack.trace\n"
        "step memory\n title t\n points 40\n needs right\n"
        " measure utilization\n"
        " traces teaching/queue.trace teaching/ping-pong.trace\n"
        " floor 0.3\n full %s\n",
        allocator, full);
    ck_assert_msg(rubric_read(&rubric, write_file("rubric", contents), error,
                              sizeof(error)),
                  "%s", error);
}

static bool open_secret(struct secret *secret, const char *words)
{
    return secret_open(secret, write_file("secret", words), &rubric, error,
                       sizeof(error));
}

/* Opens a secret of these words on the usual rubric. */
static struct secret usual(const char *words)
{
    struct secret secret;

    read_rubric("kr", "0.8");
    ck_assert_msg(open_secret(&secret, words), "%s", error);
    return secret;
}

/* Returns the trace that identity gets for a shipped one. */
static struct trace *dealt(const struct secret *secret, const char *identity,
                           const char *name)
{
    char path[PATH_ROOM];
    char below[128];

    (void)snprintf(below, sizeof(below), "traces/%s", name);
    path_kit(path, below);
    struct trace *trace = read_trace(path);
    ck_assert_msg(
        secret_trace(secret, identity, name, &trace, error, sizeof(error)),
        "%s", error);
    return trace;
}

/* Are the operations of two traces, which are freed, the same? */
static bool are_same(struct trace *one, struct trace *other)
{
    bool same =
        one->op_count == other->op_count &&
        memcmp(one->ops, other->ops, one->op_count * sizeof(*one->ops)) == 0;

    trace_free(one);
    trace_free(other);
    return same;
}

static const struct varied *varied_of(const struct secret *secret,
                                      const char *name)
{
    for (size_t i = 0; i < secret->count; i++) {
        if (strcmp(secret->traces[i].name, name) == 0)
            return &secret->traces[i];
    }
    ck_abort_msg("%s is not varied", name);
    return NULL;
}

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    unlink(write_file("rubric", ""));
    unlink(write_file("secret", ""));
    rmdir(folder);
}

/* --- what is accepted --- */

START_TEST(figures_agree_to_within_a_share_up_and_down)
{
    struct reach shipped = {.utilization = 0.8, .cost = 100};
    struct reach variant = {.utilization = 0.78, .cost = 109};

    ck_assert(reach_agrees(&shipped, &variant));
    variant = (struct reach){.utilization = 0.77, .cost = 100};
    ck_assert(!reach_agrees(&shipped, &variant));
    variant = (struct reach){.utilization = 0.83, .cost = 100};
    ck_assert(!reach_agrees(&shipped, &variant));
    variant = (struct reach){.utilization = 0.8, .cost = 111};
    ck_assert(!reach_agrees(&shipped, &variant));
    variant = (struct reach){.utilization = 0.8, .cost = 89};
    ck_assert(!reach_agrees(&shipped, &variant));
}
END_TEST

START_TEST(accepted_variants_keep_the_peak_and_the_figures)
{
    struct secret secret = usual("an ordinary secret");

    ck_assert_uint_eq(secret.count, 3);
    for (size_t i = 0; i < secret.count; i++) {
        const struct varied *varied = &secret.traces[i];
        for (size_t k = 0; k < SECRET_VARIANTS; k++) {
            const struct variant *variant = &varied->variants[k];
            ck_assert_uint_ge(variant->window, 1);
            ck_assert(reach_agrees(&varied->reach, &variant->reach));
        }
    }
    for (int who = 'a'; who <= 'p'; who++) {
        const char *name = "teaching/ping-pong.trace";
        struct trace *trace = dealt(&secret, (char[]){(char)who, '\0'}, name);
        struct trace shipped = {.live_peak = 526900};
        ck_assert(trace_peaks_agree(&shipped, trace));
        trace_free(trace);
    }
    secret_close(&secret);
}
END_TEST

/* The lesson of ping-pong is in the order of neighbours; queue has none. */
START_TEST(a_window_in_which_the_reference_does_worse_is_refused)
{
    struct secret secret = usual("an ordinary secret");
    const struct varied *varied =
        varied_of(&secret, "teaching/ping-pong.trace");

    ck_assert_uint_gt(varied->failed, 0);
    ck_assert_uint_gt(varied->moved, 0);
    ck_assert_uint_lt(varied->variants[0].window, VARY_WINDOW_MAX);
    varied = varied_of(&secret, "teaching/queue.trace");
    ck_assert_uint_eq(varied->failed, 0);
    ck_assert_uint_eq(varied->variants[0].window, VARY_WINDOW_MAX);
    secret_close(&secret);
}
END_TEST

START_TEST(a_property_that_the_reference_lacks_ends_it)
{
    struct secret secret;

    read_rubric("bump", "0.8");
    ck_assert(!open_secret(&secret, "an ordinary secret"));
    ck_assert_msg(strstr(error, "the reference fails: teaching/stack") !=
                      NULL,
                  "%s", error);
}
END_TEST

START_TEST(a_target_that_some_variants_may_miss_ends_it)
{
    struct secret secret;

    read_rubric("kr", "0.915");
    ck_assert(!open_secret(&secret, "an ordinary secret"));
    ck_assert_msg(strstr(error, "lose points in step memory") != NULL, "%s",
                  error);
}
END_TEST

/* --- who gets what --- */

START_TEST(the_same_secret_and_identity_get_the_same_trace)
{
    struct secret one = usual("an ordinary secret");
    struct secret other = usual("an ordinary secret\n");
    const char *name = "teaching/stack.trace";

    ck_assert(are_same(dealt(&one, "ada", name), dealt(&other, "ada", name)));
    ck_assert(other.remembered);
    secret_close(&one);
    secret_close(&other);
}
END_TEST

START_TEST(another_secret_makes_other_traces)
{
    struct secret one = usual("an ordinary secret");
    struct secret other = usual("an unusual secret");
    const char *name = "teaching/stack.trace";

    for (size_t k = 0; k < SECRET_VARIANTS; k++)
        ck_assert_uint_ne(secret_seed(&one, name, k, 0),
                          secret_seed(&other, name, k, 0));
    ck_assert(
        !are_same(dealt(&one, "ada", name), dealt(&other, "ada", name)));
    secret_close(&one);
    secret_close(&other);
}
END_TEST

START_TEST(a_class_gets_every_variant)
{
    struct secret secret = usual("an ordinary secret");
    uint64_t peaks[SECRET_VARIANTS];
    size_t count = 0;

    for (int i = 0; i < 100; i++) {
        char who[32];
        (void)snprintf(who, sizeof(who), "student%d", i);
        struct trace *trace = dealt(&secret, who, "teaching/stack.trace");
        size_t k = 0;
        while (k < count && peaks[k] != trace->live_peak)
            k++;
        ck_assert_uint_lt(k, SECRET_VARIANTS);
        if (k == count)
            peaks[count++] = trace->live_peak;
        trace_free(trace);
    }
    ck_assert_uint_eq(count, SECRET_VARIANTS);
    secret_close(&secret);
}
END_TEST

START_TEST(a_trace_made_by_hand_stays_as_it_is)
{
    struct secret secret = usual("an ordinary secret");
    struct trace *trace = dealt(&secret, "ada", "teaching/reuse.trace");

    ck_assert_ptr_nonnull(trace->lines);
    ck_assert_uint_eq(trace->ops[0].size, 100);
    trace_free(trace);
    secret_close(&secret);
}
END_TEST

START_TEST(what_is_no_secret_is_refused)
{
    struct secret secret;

    read_rubric("kr", "0.8");
    ck_assert(!open_secret(&secret, "fifteen letters      \n"));
    ck_assert_ptr_nonnull(strstr(error, "16 to 4096 bytes"));
    ck_assert(!secret_open(&secret, "/no/such/secret", &rubric, error,
                           sizeof(error)));
    ck_assert_str_eq(error, "/no/such/secret: No such file or directory");
}
END_TEST

/* --- a graded file --- */

START_TEST(the_reference_has_full_marks_on_what_is_dealt)
{
    struct secret secret = usual("an ordinary secret");
    struct secret_hand hand = {.secret = &secret, .identity = "ada"};
    struct dealer dealer = secret_dealer(&hand);
    struct grade *grade = calloc(1, sizeof(*grade));
    struct subject subject;

    ck_assert(subject_kit(&subject, "kr", error, sizeof(error)));
    subject.dealer = &dealer;
    ck_assert(grade_subject(grade, &rubric, &subject, error, sizeof(error)));
    ck_assert_int_eq(grade->points, 100);
    free(grade);
    secret_close(&secret);
}
END_TEST

START_TEST(a_failure_on_a_variant_says_that_it_is_one)
{
    struct secret secret = usual("an ordinary secret");
    struct secret_hand hand = {.secret = &secret, .identity = "ada"};
    struct dealer dealer = secret_dealer(&hand);
    struct grade *grade = calloc(1, sizeof(*grade));
    struct subject subject;

    memcpy(rubric.steps[0].traces[0], "teaching/stack.trace", 21);
    rubric.steps[0].trace_count = 1;
    ck_assert(subject_kit(&subject, "bump", error, sizeof(error)));
    subject.dealer = &dealer;
    ck_assert(grade_subject(grade, &rubric, &subject, error, sizeof(error)));
    ck_assert_int_eq(grade->points, 0);
    ck_assert_msg(
        strncmp(grade->steps[0].note, "teaching/stack, varied: op ", 27) == 0,
        "%s", grade->steps[0].note);
    ck_assert_ptr_nonnull(strstr(grade->message, "stack.trace, varied, op "));
    ck_assert_msg(
        strstr(
            grade->message,
            "  this trace is a variant, in other sizes and perhaps another "
            "order, of\n  traces/teaching/stack.trace; on that one all may "
            "go well\n\n  next:  ") != NULL,
        "%s", grade->message);
    ck_assert_msg(strstr(grade->message, "--at") == NULL, "%s",
                  grade->message);
    free(grade);
    secret_close(&secret);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secret");
    TCase *tcase = tcase_create("secret");

    tcase_add_unchecked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, figures_agree_to_within_a_share_up_and_down);
    tcase_add_test(tcase, accepted_variants_keep_the_peak_and_the_figures);
    tcase_add_test(tcase,
                   a_window_in_which_the_reference_does_worse_is_refused);
    tcase_add_test(tcase, a_property_that_the_reference_lacks_ends_it);
    tcase_add_test(tcase, a_target_that_some_variants_may_miss_ends_it);
    tcase_add_test(tcase, the_same_secret_and_identity_get_the_same_trace);
    tcase_add_test(tcase, another_secret_makes_other_traces);
    tcase_add_test(tcase, a_class_gets_every_variant);
    tcase_add_test(tcase, a_trace_made_by_hand_stays_as_it_is);
    tcase_add_test(tcase, what_is_no_secret_is_refused);
    tcase_add_test(tcase, the_reference_has_full_marks_on_what_is_dealt);
    tcase_add_test(tcase, a_failure_on_a_variant_says_that_it_is_one);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
