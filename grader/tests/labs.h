/*
 * labs.h - what the tests of the labs share: many files graded at a time.
 */
#ifndef GRADER_TESTS_LABS_H
#define GRADER_TESTS_LABS_H

#include "grader/tests/help.h"

#include "grader/grade.h"
#include "grader/lab/starter.h"

#include <sys/wait.h>
#include <unistd.h>

/* Do figures mean what the rubrics were calibrated for? Not in a build whose
   submissions are compiled in another way. */
#if defined(VARIANT_COVERAGE)
#define CALIBRATED false
#else
#define CALIBRATED (!SANITIZED && can_count())
#endif

static inline bool under_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");

    return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

/* A file, and the grade it got. */
struct paper {
    const struct rubric *rubric;
    char file[PATH_ROOM];
    struct grade grade;
    bool graded; /* false: error tells why not */
    char error[512];
};

/* Returns count empty papers, which all processes share, for ever. */
static inline struct paper *papers_new(size_t count)
{
    struct paper *papers =
        mmap(NULL, count * sizeof(*papers), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return papers != MAP_FAILED ? papers : NULL;
}

/* Grades papers whose rubric and file are set, as many at a time as there are
   processors. One without a file is left as it is. */
static inline void papers_grade(struct paper *papers, size_t count)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    long working = 0;

    fflush(NULL);
    for (size_t i = 0; i < count; i++) {
        struct paper *paper = &papers[i];
        if (paper->file[0] == '\0')
            continue;
        if (working == processors && wait(NULL) > 0)
            working--;
        if (fork() == 0) {
            paper->graded =
                grade_file(&paper->grade, paper->rubric, paper->file,
                           paper->error, sizeof(paper->error));
            _exit(0);
        }
        working++;
    }
    while (wait(NULL) > 0)
        ;
}

/* Returns the first step of a paper without all its points; or their number:
   there is none. */
static inline size_t first_failure(const struct paper *paper)
{
    size_t i = 0;

    while (i < paper->rubric->step_count &&
           paper->grade.steps[i].points == paper->rubric->steps[i].points)
        i++;
    return i;
}

/* Returns the number of correctness steps, which come first. */
static inline size_t steps_to_solve(const struct rubric *rubric)
{
    size_t i = 0;

    while (i < rubric->step_count &&
           rubric->steps[i].measure == MEASURE_CORRECT)
        i++;
    return i;
}

/* Does a lab ask for anything to be written? */
static inline bool is_to_be_written(const struct rubric *rubric)
{
    return rubric->step_count > 0 && rubric->steps[0].blank_count > 0;
}

/* Returns the whole text of a file, to be freed; or NULL. */
static inline char *text_of(const char *path)
{
    FILE *in = fopen(path, "re");
    char *text = calloc(1, 1 << 18);

    if (in != NULL && text != NULL &&
        fread(text, 1, (1 << 18) - 1, in) < (1 << 18) - 1) {
        fclose(in);
        return text;
    }
    if (in != NULL)
        fclose(in);
    free(text);
    return NULL;
}

#endif
