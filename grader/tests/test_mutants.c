/*
 * test_mutants.c - the mutants of the labs: references with one mistake in
 * them, as students make it. A mutant that survives is a bug of the grader.
 *
 * labs/LAB/mutants/NAME.patch says in its first line what is wrong, and is a
 * unified diff of at most three lines behind that. NAME.expect says the step
 * at which it must be refused, and in its second line a piece of the words.
 * Line numbers are not looked at: what a patch takes out must be there, once.
 */
#include "grader/tests/labs.h"

#define LABS_MAX    16
#define MUTANTS_MAX 512
#define LINES_MOST  3

struct mutant {
    char patch[PATH_ROOM]; /* path */
    char step[WORD_ROOM];
    char words[128];
    unsigned added, removed; /* lines */
    const char *problem;     /* why it could not be made; NULL: it was */
    struct paper *paper;
};

static struct rubric rubrics[LABS_MAX];
static struct mutant mutants[MUTANTS_MAX];
static size_t mutant_count;
static struct paper *papers;
static char folder[] = "/tmp/heaplab-mutants-XXXXXX";

/* A piece of a patch: what is there, and what is to be there. */
struct hunk {
    char old[8192];
    char new[8192];
};

/* Adds a line of a hunk to one of its sides, or both. */
static void take_line(struct mutant *mutant, struct hunk *hunk,
                      const char *line)
{
    const char *text = *line == '\n' ? line : line + 1;

    mutant->added += *line == '+';
    mutant->removed += *line == '-';
    if (*line != '+')
        strncat(hunk->old, text, sizeof(hunk->old) - strlen(hunk->old) - 1);
    if (*line != '-')
        strncat(hunk->new, text, sizeof(hunk->new) - strlen(hunk->new) - 1);
}

/* Puts the new side of a hunk in the place of the old one, which is there
   once. Returns the new text, and frees the old one; or NULL. */
static char *apply_hunk(char *text, const struct hunk *hunk)
{
    char *at = strstr(text, hunk->old);
    char *changed = NULL;

    if (at != NULL && hunk->old[0] != '\0' &&
        strstr(at + 1, hunk->old) == NULL &&
        asprintf(&changed, "%.*s%s%s", (int)(at - text), text, hunk->new,
                 at + strlen(hunk->old)) < 0)
        changed = NULL;
    free(text);
    return changed;
}

/* Applies a patch to text, which it frees. Returns the new one, or NULL. */
static char *apply(struct mutant *mutant, char *text, FILE *patch)
{
    struct hunk hunk = {.old = ""};
    char line[512];
    bool inside = false;

    while (text != NULL && fgets(line, sizeof(line), patch) != NULL) {
        if (strncmp(line, "@@", 2) == 0) {
            if (inside)
                text = apply_hunk(text, &hunk);
            hunk = (struct hunk){.old = ""};
            inside = true;
        } else if (inside) {
            take_line(mutant, &hunk, line);
        }
    }
    return text != NULL && inside ? apply_hunk(text, &hunk) : text;
}

/* Reads what is expected of a mutant. */
static bool read_expected(struct mutant *mutant)
{
    char path[PATH_ROOM + 8];
    FILE *in;
    bool read;

    snprintf(path, sizeof(path), "%.*s.expect",
             (int)(strlen(mutant->patch) - strlen(".patch")), mutant->patch);
    in = fopen(path, "re");
    read = in != NULL && fgets(mutant->step, WORD_ROOM, in) != NULL &&
           fgets(mutant->words, sizeof(mutant->words), in) != NULL;
    if (in != NULL)
        fclose(in);
    mutant->step[strcspn(mutant->step, "\n")] = '\0';
    mutant->words[strcspn(mutant->words, "\n")] = '\0';
    return read && mutant->words[0] != '\0';
}

/* Makes the file of a mutant, and prepares its paper. */
static const char *make_mutant(struct mutant *mutant,
                               const struct rubric *rubric)
{
    struct paper *paper = mutant->paper;
    char reference[PATH_ROOM];
    FILE *patch = fopen(mutant->patch, "re");
    char *text = NULL;
    FILE *out;

    paper->rubric = rubric;
    if (starter_reference(reference, rubric, paper->error,
                          sizeof(paper->error)))
        text = text_of(reference);
    if (text != NULL && patch != NULL)
        text = apply(mutant, text, patch);
    if (patch != NULL)
        fclose(patch);
    if (text == NULL)
        return "it does not apply: what it takes out is not there, once";
    snprintf(paper->file, sizeof(paper->file), "%s/%zu.c", folder,
             (size_t)(mutant - mutants));
    out = fopen(paper->file, "we");
    if (out != NULL)
        fputs(text, out);
    free(text);
    if (out == NULL || fclose(out) != 0)
        return "its file cannot be written";
    return read_expected(mutant) ? NULL : "two lines of .expect are wanted";
}

/* Under valgrind, where all is slow, a few must do. */
static bool is_left_out(size_t i)
{
    return under_valgrind() && i % 16 != 0;
}

static void add_lab(const char *path, const struct rubric *rubric)
{
    char pattern[PATH_ROOM];
    glob_t found;

    snprintf(pattern, sizeof(pattern), "%.*s/mutants/*.patch",
             (int)(strrchr(path, '/') - path), path);
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc && mutant_count < MUTANTS_MAX;
         i++) {
        struct mutant *mutant = &mutants[mutant_count];
        if (is_left_out(i))
            continue;
        mutant->paper = &papers[mutant_count++];
        snprintf(mutant->patch, sizeof(mutant->patch), "%s",
                 found.gl_pathv[i]);
        mutant->problem = make_mutant(mutant, rubric);
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
        add_lab(found.gl_pathv[i], &rubrics[i]);
    }
    globfree(&found);
    ck_assert_uint_gt(mutant_count, 0);
    /* A sanitizer sees some mistakes before the judge does. */
    if (!SANITIZED)
        papers_grade(papers, mutant_count);
}

static void teardown(void)
{
    for (size_t i = 0; i < mutant_count; i++)
        unlink(papers[i].file);
    rmdir(folder);
}

/* The name of a mutant, for messages. */
static const char *name_of(const struct mutant *mutant)
{
    return strrchr(mutant->patch, '/') + 1;
}

START_TEST(a_mutant_applies_and_is_small)
{
    for (size_t i = 0; i < mutant_count; i++) {
        const struct mutant *mutant = &mutants[i];
        ck_assert_msg(mutant->problem == NULL, "%s: %s", name_of(mutant),
                      mutant->problem);
        ck_assert_msg(mutant->added <= LINES_MOST &&
                          mutant->removed <= LINES_MOST &&
                          mutant->added + mutant->removed > 0,
                      "%s: at most %d lines", name_of(mutant), LINES_MOST);
    }
}
END_TEST

START_TEST(a_mutant_compiles_without_a_warning)
{
    for (size_t i = 0; i < mutant_count; i++) {
        const struct grade *grade = &mutants[i].paper->grade;
        ck_assert_msg(grade->compiled && grade->compiler_said[0] == '\0',
                      "%s: %s", name_of(&mutants[i]), grade->compiler_said);
    }
}
END_TEST

START_TEST(a_mutant_is_refused_at_its_step_with_its_words)
{
    for (size_t i = 0; i < mutant_count; i++) {
        const struct mutant *mutant = &mutants[i];
        const struct paper *paper = mutant->paper;
        size_t step = first_failure(paper);
        ck_assert_msg(paper->graded && !paper->grade.trouble, "%s: %s",
                      name_of(mutant), paper->grade.message);
        ck_assert_msg(step < paper->rubric->step_count,
                      "%s survives with %d points: a bug of the grader",
                      name_of(mutant), paper->grade.points);
        ck_assert_msg(strcmp(paper->rubric->steps[step].name, mutant->step) ==
                          0,
                      "%s is refused at step %s, not %s: %s", name_of(mutant),
                      paper->rubric->steps[step].name, mutant->step,
                      paper->grade.steps[step].note);
        ck_assert_msg(strstr(paper->grade.steps[step].note, mutant->words) !=
                          NULL,
                      "%s: the words are not '%s', but: %s", name_of(mutant),
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
