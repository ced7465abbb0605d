/*
 * test_labs.c - the law of the labs, for each in which something is to be
 * written: the stub has no points, each starter has those of the steps that
 * it has solved, the reference has all. (Mutants: test_mutants.c.)
 */
#include "grader/lab/labs.h"
#include "grader/tests/labs.h"

#define LABS_MAX 16

/* A lab, and the papers of its starters: 0 is the stub, the last one the
   reference. */
struct lab {
    struct rubric rubric;
    char stub[PATH_ROOM]; /* the file that lies in the lab */
    char reference[PATH_ROOM];
    struct paper *papers;
    size_t last;
};

static struct lab all[LABS_MAX];
static size_t lab_count;
static char folder[] = "/tmp/heaplab-labs-XXXXXX";

/* Writes starter number solved into the folder, and prepares its paper. */
static void prepare(struct lab *lab, size_t solved)
{
    struct paper *paper = &lab->papers[solved];
    FILE *out;

    paper->rubric = &lab->rubric;
    snprintf(paper->file, sizeof(paper->file), "%s/%s-%zu.c", folder,
             lab->rubric.lab, solved);
    out = fopen(paper->file, "we");
    if (out == NULL ||
        !starter_write(out, &lab->rubric, lab->reference, solved,
                       paper->error, sizeof(paper->error)))
        paper->file[0] = '\0';
    if (out != NULL)
        fclose(out);
}

static void add_lab(const char *path)
{
    struct lab *lab = &all[lab_count];
    char error[512];
    char stub[PATH_ROOM];

    ck_assert_uint_lt(lab_count, LABS_MAX);
    ck_assert_msg(rubric_of_lab(&lab->rubric, path, error, sizeof(error)) &&
                      starter_reference(lab->reference, &lab->rubric, error,
                                        sizeof(error)),
                  "%s", error);
    if (!is_to_be_written(&lab->rubric))
        return;
    snprintf(stub, sizeof(stub), "%.*s%s", (int)(strrchr(path, '/') - path),
             path, strrchr(lab->reference, '/'));
    memcpy(lab->stub, stub, sizeof(stub));
    lab->last = steps_to_solve(&lab->rubric);
    lab->papers = papers_new(lab->last + 1);
    ck_assert_ptr_nonnull(lab->papers);
    for (size_t solved = 0; solved <= lab->last; solved++)
        prepare(lab, solved);
    papers_grade(lab->papers, lab->last + 1);
    lab_count++;
}

/* Grades all starters of all labs, once for all tests. */
static void setup(void)
{
    glob_t found;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    find_rubrics(&found);
    for (size_t i = 0; i < found.gl_pathc; i++)
        add_lab(found.gl_pathv[i]);
    globfree(&found);
    ck_assert_uint_gt(lab_count, 0);
}

static void teardown(void)
{
    for (size_t i = 0; i < lab_count; i++) {
        for (size_t solved = 0; solved <= all[i].last; solved++)
            unlink(all[i].papers[solved].file);
    }
    rmdir(folder);
}

START_TEST(a_starter_compiles_without_a_warning)
{
    for (size_t i = 0; i < lab_count; i++) {
        for (size_t solved = 0; solved <= all[i].last; solved++) {
            const struct paper *paper = &all[i].papers[solved];
            ck_assert_msg(paper->graded, "%s, starter %zu: %s",
                          all[i].rubric.lab, solved, paper->error);
            ck_assert_msg(paper->grade.compiled, "%s", paper->file);
            ck_assert_str_eq(paper->grade.compiler_said, "");
            ck_assert_msg(!paper->grade.trouble, "%s", paper->grade.message);
        }
    }
}
END_TEST

START_TEST(a_starter_has_the_points_of_the_steps_it_has_solved)
{
    for (size_t i = 0; i < lab_count; i++) {
        int points = 0;
        for (size_t solved = 0; solved < all[i].last; solved++) {
            const struct paper *paper = &all[i].papers[solved];
            ck_assert_msg(paper->grade.points == points &&
                              first_failure(paper) == solved,
                          "%s, starter %zu: %d points, not %d: %s",
                          all[i].rubric.lab, solved, paper->grade.points,
                          points,
                          paper->grade.steps[first_failure(paper)].note);
            points += all[i].rubric.steps[solved].points;
        }
    }
}
END_TEST

START_TEST(the_last_starter_is_the_reference_and_has_full_marks)
{
    for (size_t i = 0; i < lab_count; i++) {
        const struct rubric *rubric = &all[i].rubric;
        const struct paper *paper = &all[i].papers[all[i].last];
        char *starter = text_of(paper->file);
        char *reference = text_of(all[i].reference);
        ck_assert_str_eq(starter, reference);
        for (size_t step = 0; step < rubric->step_count; step++) {
            if (rubric->steps[step].measure == MEASURE_COST && !CALIBRATED)
                continue;
            ck_assert_msg(
                paper->grade.steps[step].points == rubric->steps[step].points,
                "%s, %s: %d points: %s", rubric->lab,
                rubric->steps[step].name, paper->grade.steps[step].points,
                paper->grade.steps[step].note);
        }
        free(starter);
        free(reference);
    }
}
END_TEST

START_TEST(the_stub_in_the_lab_is_made_from_the_reference)
{
    for (size_t i = 0; i < lab_count; i++) {
        char *made = text_of(all[i].papers[0].file);
        char *there = text_of(all[i].stub);
        ck_assert_msg(there != NULL && made != NULL && !strcmp(made, there),
                      "%s is not what this makes: build/heaplab starter %s "
                      "0 -o %s",
                      all[i].stub, all[i].rubric.lab, all[i].stub);
        free(made);
        free(there);
    }
}
END_TEST

/* Judges the traces of a step on the starter before it, each by itself. */
static void demand_failures(const struct lab *lab, size_t solved,
                            const struct subject *subject)
{
    const struct step *step = &lab->rubric.steps[solved];
    struct workload *workloads =
        calloc(step->trace_count, sizeof(*workloads));
    struct cell *cells = cells_new(step->trace_count);
    char error[512];

    ck_assert(workloads != NULL && cells != NULL);
    for (size_t i = 0; i < step->trace_count; i++) {
        char name[PATH_ROOM], path[PATH_ROOM];
        snprintf(name, sizeof(name), "traces/%s", step->traces[i]);
        path_kit(path, name);
        ck_assert_msg(
            workload_open(&workloads[i], path, error, sizeof(error)), "%s",
            error);
        cells[i] = (struct cell){.subject = subject,
                                 .workload = &workloads[i],
                                 .check = step->check,
                                 .properties = step->properties};
    }
    cells_fill(cells, step->trace_count, 0, 0);
    for (size_t i = 0; i < step->trace_count; i++) {
        ck_assert_msg(!cells[i].trouble, "%s", cells[i].message);
        ck_assert_msg(cells[i].verdict.wrong != WRONG_NOTHING,
                      "%s, step %s: nothing is wrong on %s before it",
                      lab->rubric.lab, step->name, step->traces[i]);
        workload_close(&workloads[i]);
    }
    cells_free(cells, step->trace_count);
    free(workloads);
}

START_TEST(each_trace_of_a_step_fails_on_the_starter_before_it)
{
    static char says[COMPILER_SAYS];

    for (size_t i = 0; i < lab_count; i++) {
        for (size_t solved = 0; solved < all[i].last; solved++) {
            const struct step *step = &all[i].rubric.steps[solved];
            const char *name = step->allocator[0] != '\0'
                                   ? step->allocator
                                   : all[i].rubric.allocator;
            struct subject subject;
            ck_assert_msg(submission_build(&subject, name,
                                           all[i].papers[solved].file, says),
                          "%s", says);
            demand_failures(&all[i], solved, &subject);
            submission_remove(&subject);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("labs");
    TCase *tcase = tcase_create("law");

    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_starter_compiles_without_a_warning);
    tcase_add_test(tcase,
                   a_starter_has_the_points_of_the_steps_it_has_solved);
    tcase_add_test(tcase,
                   the_last_starter_is_the_reference_and_has_full_marks);
    tcase_add_test(tcase, the_stub_in_the_lab_is_made_from_the_reference);
    tcase_add_test(tcase,
                   each_trace_of_a_step_fails_on_the_starter_before_it);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
