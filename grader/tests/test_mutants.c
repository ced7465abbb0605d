/*
 * test_mutants.c - the mutants of the labs: references with one mistake in
 * them, as students make it. A mutant that survives is a bug of the grader.
 */
#include "grader/tests/labs.h"

#include "grader/lab/mutant.h"

#define LABS_MAX    16
#define MUTANTS_MAX 512
#define LINES_MOST  3

/* A mutant, and the grade it got. */
struct trial {
    struct mutant mutant;
    char problem[512]; /* why it could not be made; empty: it was */
    struct paper *paper;
};

static struct rubric rubrics[LABS_MAX];
static struct trial trials[MUTANTS_MAX];
static size_t trial_count;
static struct paper *papers;
static char folder[] = "/tmp/heaplab-mutants-XXXXXX";

/* Makes the file of a mutant, and prepares its paper. */
static void make_trial(struct trial *trial, const struct rubric *rubric,
                       const char *patch)
{
    struct paper *paper = trial->paper;
    char reference[PATH_ROOM];
    char *text = NULL;

    paper->rubric = rubric;
    snprintf(paper->file, sizeof(paper->file), "%s/%zu.c", folder,
             (size_t)(trial - trials));
    if (starter_reference(reference, rubric, trial->problem,
                          sizeof(trial->problem)))
        text = text_of(reference);
    if (text == NULL || !mutant_make(&trial->mutant, patch, text, paper->file,
                                     trial->problem, sizeof(trial->problem)))
        paper->file[0] = '\0';
    free(text);
}

/* Under valgrind, where all is slow, a few must do. */
static bool is_left_out(size_t i)
{
    return under_valgrind() && i % 16 != 0;
}

static void add_lab(const struct rubric *rubric)
{
    glob_t found;
    size_t count = mutants_find(&found, rubric);

    for (size_t i = 0; i < count && trial_count < MUTANTS_MAX; i++) {
        struct trial *trial = &trials[trial_count];
        if (is_left_out(i))
            continue;
        trial->paper = &papers[trial_count++];
        make_trial(trial, rubric, found.gl_pathv[i]);
    }
    globfree(&found);
}

/* Grades all mutants of all labs, once for all tests. */
static void setup(void)
{
    glob_t found;
    char error[512];

    papers = papers_new(MUTANTS_MAX);
    ck_assert_ptr_nonnull(papers);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    find_rubrics(&found);
    for (size_t i = 0; i < found.gl_pathc && i < LABS_MAX; i++) {
        ck_assert_msg(rubric_of_lab(&rubrics[i], found.gl_pathv[i], error,
                                    sizeof(error)),
                      "%s", error);
        add_lab(&rubrics[i]);
    }
    globfree(&found);
    ck_assert_uint_gt(trial_count, 0);
    /* A sanitizer sees some mistakes before the judge does. */
    if (!SANITIZED)
        papers_grade(papers, trial_count);
}

static void teardown(void)
{
    for (size_t i = 0; i < trial_count; i++)
        unlink(papers[i].file);
    rmdir(folder);
}

START_TEST(a_mutant_applies_and_is_small)
{
    for (size_t i = 0; i < trial_count; i++) {
        const struct mutant *mutant = &trials[i].mutant;
        ck_assert_msg(trials[i].problem[0] == '\0', "%s: %s", mutant->name,
                      trials[i].problem);
        ck_assert_msg(mutant->added <= LINES_MOST &&
                          mutant->removed <= LINES_MOST &&
                          mutant->added + mutant->removed > 0,
                      "%s: at most %d lines", mutant->name, LINES_MOST);
    }
}
END_TEST

START_TEST(a_mutant_compiles_without_a_warning)
{
    for (size_t i = 0; i < trial_count; i++) {
        const struct grade *grade = &trials[i].paper->grade;
        ck_assert_msg(grade->compiled && grade->compiler_said[0] == '\0',
                      "%s: %s", trials[i].mutant.name, grade->compiler_said);
    }
}
END_TEST

START_TEST(a_mutant_is_refused_at_its_step_with_its_words)
{
    for (size_t i = 0; i < trial_count; i++) {
        const struct mutant *mutant = &trials[i].mutant;
        const struct paper *paper = trials[i].paper;
        size_t step = first_failure(paper);
        ck_assert_msg(paper->graded && !paper->grade.trouble, "%s: %s",
                      mutant->name, paper->grade.message);
        ck_assert_msg(step < paper->rubric->step_count,
                      "%s survives with %d points: a bug of the grader",
                      mutant->name, paper->grade.points);
        ck_assert_msg(strcmp(paper->rubric->steps[step].name, mutant->step) ==
                          0,
                      "%s is refused at step %s, not %s: %s", mutant->name,
                      paper->rubric->steps[step].name, mutant->step,
                      paper->grade.steps[step].note);
        ck_assert_msg(strstr(paper->grade.steps[step].note, mutant->words) !=
                          NULL,
                      "%s: the words are not '%s', but: %s", mutant->name,
                      mutant->words, paper->grade.steps[step].note);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mutants");
    TCase *tcase = tcase_create("mutants");

    tcase_add_unchecked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_mutant_applies_and_is_small);
    if (!SANITIZED) {
        tcase_add_test(tcase, a_mutant_compiles_without_a_warning);
        tcase_add_test(tcase, a_mutant_is_refused_at_its_step_with_its_words);
    }
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
