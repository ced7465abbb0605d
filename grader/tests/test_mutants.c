/*
 * test_mutants.c - the mutants of the labs: references with one mistake in
 * them, as students make it. A mutant that survives is a bug of the grader.
 *
 * Each is graded twice: with all else of the reference, and with only the
 * steps solved up to the one that must refuse it. Who writes a mistake should
 * not have to write the next steps to be told.
 */
#include "grader/lab/labs.h"
#include "grader/tests/labs.h"

#include "grader/lab/mutant.h"

#define LABS_MAX    16
#define MUTANTS_MAX ((size_t)512)
#define LINES_MOST  3

/* The mistakes of a step that nothing can show before a later one is solved,
   and why. */
static const struct late {
    const char *mutant;
    const char *step; /* solved up to here, it is refused */
} late[] = {
    {"header-returned", "reuse"},     /* free is the first to go back to it */
    {"used-mark-forgotten", "reuse"}, /* free is the first to read the mark */
    {"takes-any-block", "reuse"}, /* before it, the list has none to take */
};

/* A mutant, and the grades it got. */
struct trial {
    struct mutant mutant;
    char problem[512]; /* why it could not be made; empty: it was */
    struct paper *paper;
    struct paper *early; /* solved up to its step only; without a file where
                            that has not the mistake yet */
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

/* Returns how many steps are solved in a mutant's early file. */
static size_t steps_of_early(const struct trial *trial)
{
    const struct rubric *rubric = trial->paper->rubric;
    const char *step = trial->mutant.step;
    size_t i = 0;

    for (size_t k = 0; k < sizeof(late) / sizeof(late[0]); k++) {
        if (strcmp(late[k].mutant, trial->mutant.name) == 0)
            step = late[k].step;
    }
    while (i < rubric->step_count && strcmp(rubric->steps[i].name, step) != 0)
        i++;
    return i + 1;
}

/* Writes the file at path to be, solved up to a step. Returns its text, to be
   freed; or NULL. */
static char *early_text(const char *to, const struct rubric *rubric,
                        const char *path, size_t solved)
{
    FILE *out = fopen(to, "we");
    char error[512];
    bool written = out != NULL && starter_write(out, rubric, path, solved,
                                                error, sizeof(error));

    if (out != NULL)
        written = fclose(out) == 0 && written;
    return written ? text_of(to) : NULL;
}

/* Makes the mutant's early file, if the mistake is in what is solved there. */
static void make_early(struct trial *trial)
{
    struct paper *early = trial->early;
    const struct rubric *rubric = trial->paper->rubric;
    size_t solved = steps_of_early(trial);
    char reference[PATH_ROOM], path[PATH_ROOM];
    char *right = NULL;
    char *wrong = NULL;

    early->rubric = rubric;
    snprintf(path, sizeof(path), "%s/%zu-early.c", folder,
             (size_t)(trial - trials));
    if (starter_reference(reference, rubric, trial->problem,
                          sizeof(trial->problem))) {
        right = early_text(path, rubric, reference, solved);
        wrong = early_text(path, rubric, trial->paper->file, solved);
    }
    if (right == NULL || wrong == NULL)
        snprintf(trial->problem, sizeof(trial->problem), "no early file");
    else if (strcmp(right, wrong) != 0)
        memcpy(early->file, path, sizeof(path));
    else
        unlink(path);
    free(right);
    free(wrong);
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
        trial->paper = &papers[2 * trial_count];
        trial->early = &papers[2 * trial_count + 1];
        trial_count++;
        make_trial(trial, rubric, found.gl_pathv[i]);
        if (trial->problem[0] == '\0')
            make_early(trial);
    }
    globfree(&found);
}

/* Grades all mutants of all labs, once for all tests. */
static void setup(void)
{
    glob_t found;
    char error[512];

    papers = papers_new(2 * MUTANTS_MAX);
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
        papers_grade(papers, 2 * trial_count);
}

static void teardown(void)
{
    for (size_t i = 0; i < 2 * trial_count; i++)
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

START_TEST(a_mutant_is_refused_when_no_later_step_is_solved)
{
    size_t seen = 0;

    for (size_t i = 0; i < trial_count; i++) {
        const struct trial *trial = &trials[i];
        const struct paper *early = trial->early;
        size_t solved = steps_of_early(trial);
        if (early->file[0] == '\0')
            continue;
        seen++;
        ck_assert_msg(early->graded && !early->grade.trouble, "%s: %s",
                      trial->mutant.name, early->grade.message);
        ck_assert_msg(first_failure(early) < solved,
                      "%s, solved up to step %zu, has its points",
                      trial->mutant.name, solved);
    }
    ck_assert_uint_gt(seen, 0);
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
        tcase_add_test(tcase,
                       a_mutant_is_refused_when_no_later_step_is_solved);
    }
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
