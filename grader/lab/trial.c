/*
 * trial.c - which mutants traces catch.
 *
 * Each mutant is compiled and replayed by a process of its own, so that all
 * processors have work.
 */
#include "grader/lab/trial.h"

#include "grader/lab/hints.h"
#include "grader/lab/starter.h"
#include "grader/property.h"
#include "grader/show/explain.h"
#include "grader/submission.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often check() is called along a trace, at the most. */
#define CHECKS_MAX 64

/* The allocator that a step runs. */
static const char *variant_of(const struct rubric *rubric,
                              const struct step *step)
{
    return step->allocator[0] != '\0' ? step->allocator : rubric->allocator;
}

/* Prepares a step's cells, a workload each. */
static void set_cells(struct cell *cells, const struct step *step,
                      const struct subject *subject,
                      const struct workload *workloads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cells[i] = (struct cell){.subject = subject,
                                 .workload = &workloads[i],
                                 .check = step->check,
                                 .properties = step->properties};
}

/* Is it not an answer that is wrong, but a property that is lacking? */
static bool lacks_property(const struct verdict *verdict)
{
    return verdict->wrong == WRONG_ROOM || verdict->wrong == WRONG_MOVED ||
           verdict->wrong == WRONG_FIT;
}

/* Enters in asked what the reference has; finds the first cell in which it is
   not right, and tells of it. */
static bool all_right(bool *asked, const struct cell *cells, size_t count,
                      char *error, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &cells[i];
        asked[i] = !cell->trouble && cell->verdict.wrong == WRONG_NOTHING;
        if (asked[i] || (!cell->trouble && lacks_property(&cell->verdict)))
            continue;
        snprintf(error, size, "%s: the reference fails it: %s",
                 cell->workload->path,
                 cell->trouble ? cell->message : cell->short_message);
        return false;
    }
    return true;
}

bool trial_sound(struct asked *asked, const struct rubric *rubric,
                 const struct workload *workloads, size_t count, char *error,
                 size_t size)
{
    struct cell *cells = cells_new(count);
    bool sound = cells != NULL;

    if (!sound)
        snprintf(error, size, "there is no memory for %zu traces", count);
    for (size_t s = 0; sound && s < rubric->step_count; s++) {
        const struct step *step = &rubric->steps[s];
        struct subject subject;
        if (step->measure != MEASURE_CORRECT)
            continue;
        sound = subject_kit(&subject, variant_of(rubric, step), error, size);
        if (!sound)
            break;
        set_cells(cells, step, &subject, workloads, count);
        cells_fill(cells, count, 0, 0);
        sound = all_right(asked->of[s], cells, count, error, size);
        submission_remove(&subject);
    }
    cells_free(cells, count);
    return sound;
}

/* Is anything wrong with the subject on a trace, as step asks? */
static enum catch judge_one(struct trial *trial, const struct step *step,
                            unsigned properties,
                            const struct subject *subject,
                            const struct workload *workload)
{
    const struct trace *trace = workload->trace;
    uint64_t every = step->check ? trace->op_count / CHECKS_MAX + 1 : 0;
    struct hearing hearing;
    enum catch caught = CATCH_NO;

    if (!hear(&hearing, subject, trace, workload->path, every, trial->error,
              sizeof(trial->error)))
        return CATCH_TROUBLE;
    if (hearing.verdict.wrong == WRONG_NOTHING && properties != 0)
        property_judge(properties, trace, hearing.outcome, &hearing.verdict);
    if (hearing.verdict.wrong != WRONG_NOTHING)
        caught = CATCH_YES;
    hearing_close(&hearing);
    return caught;
}

/* What all trials of a lab have in common. */
struct court {
    const struct rubric *rubric;
    const struct asked *asked;
    const struct workload *workloads;
    size_t workload_count;
    char folder[64]; /* of the mutants' files */
    char *reference; /* its text */
};

/* Makes a mutant and replays all traces on it. The last thing it sets is
   trouble, to false. */
static void try_mutant(struct trial *trial, const struct court *court,
                       const char *patch, size_t number)
{
    char file[128];
    char says[COMPILER_SAYS];
    struct subject subject;
    const struct step *step;
    size_t index;

    snprintf(file, sizeof(file), "%s/%zu.c", court->folder, number);
    if (!mutant_make(&trial->mutant, patch, court->reference, file,
                     trial->error, sizeof(trial->error)))
        return;
    index = hints_step(court->rubric, trial->mutant.step);
    if (index == court->rubric->step_count) {
        snprintf(trial->error, sizeof(trial->error),
                 "%s: the rubric has no step '%s'", patch,
                 trial->mutant.step);
        return;
    }
    step = &court->rubric->steps[index];
    if (!submission_build(&subject, variant_of(court->rubric, step), file,
                          says)) {
        snprintf(trial->error, sizeof(trial->error),
                 "%s: it cannot be built: %.200s", patch, says);
        return;
    }
    trial->trouble = false;
    for (size_t i = 0; i < court->workload_count; i++) {
        bool asked = court->asked->of[index][i];
        trial->of[i] = (unsigned char)judge_one(
            trial, step, asked ? step->properties : 0, &subject,
            &court->workloads[i]);
        trial->trouble = trial->trouble || trial->of[i] == CATCH_TROUBLE;
    }
    submission_remove(&subject);
}

/* Shows how far it is on a terminal. */
static void show_progress(size_t done, size_t count)
{
    if (!isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r  mutant %zu of %zu ", done, count);
    if (done == count)
        fprintf(stderr, "\r%*s\r", 40, "");
    fflush(stderr);
}

/* Tries all, as many at a time as there are processors. */
static void try_all(struct trial *trials, const struct court *court,
                    const glob_t *patches)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t at_once = processors > 0 ? (size_t)processors : 1;
    size_t started = 0;

    for (size_t done = 0; done < patches->gl_pathc; done++) {
        while (started < patches->gl_pathc && started < done + at_once) {
            struct trial *trial = &trials[started];
            const char *patch = patches->gl_pathv[started];
            trial->trouble = true; /* until it is known better */
            snprintf(trial->error, sizeof(trial->error),
                     "%s: the work on it did not come to its end", patch);
            fflush(NULL);
            if (fork() == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                try_mutant(trial, court, patch, started);
                _exit(0);
            }
            started++;
        }
        show_progress(done, patches->gl_pathc);
        wait(NULL);
    }
    show_progress(patches->gl_pathc, patches->gl_pathc);
    for (size_t i = 0; i < patches->gl_pathc; i++) {
        char file[128];
        snprintf(file, sizeof(file), "%s/%zu.c", court->folder, i);
        unlink(file);
    }
}

/* Reads the text of the lab's reference. */
static char *read_reference(const struct rubric *rubric, char *error,
                            size_t size)
{
    char path[PATH_ROOM];
    char *text = NULL;
    size_t room = 0;
    FILE *in;

    if (!starter_reference(path, rubric, error, size))
        return NULL;
    in = fopen(path, "re");
    if (in == NULL || getdelim(&text, &room, '\0', in) < 0) {
        snprintf(error, size, "%s: it cannot be read", path);
        free(text);
        text = NULL;
    }
    if (in != NULL)
        fclose(in);
    return text;
}

struct trial *trials_run(const struct rubric *rubric,
                         const struct asked *asked,
                         const struct workload *workloads,
                         size_t workload_count, size_t *count, char *error,
                         size_t size)
{
    struct court court = {.rubric = rubric,
                          .asked = asked,
                          .workloads = workloads,
                          .workload_count = workload_count,
                          .folder = "/tmp/heaplab-mutants-XXXXXX"};
    struct trial *trials = MAP_FAILED;
    glob_t patches;

    *count = mutants_find(&patches, rubric);
    court.reference = read_reference(rubric, error, size);
    if (*count == 0)
        snprintf(error, size, "heaplab: there is no mutant of lab %s",
                 rubric->lab);
    else if (court.reference != NULL && mkdtemp(court.folder) == NULL)
        snprintf(error, size, "%s: no such folder can be made", court.folder);
    else if (court.reference != NULL)
        trials = mmap(NULL, *count * sizeof(*trials), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (trials != MAP_FAILED) {
        try_all(trials, &court, &patches);
        rmdir(court.folder);
    }
    free(court.reference);
    globfree(&patches);
    return trials != MAP_FAILED ? trials : NULL;
}

void trials_free(struct trial *trials, size_t count)
{
    if (trials != NULL)
        munmap(trials, count * sizeof(*trials));
}
