/*
 * class.c - a class of submissions, several graded at a time.
 */
#include "grader/gradebook/class.h"

#include "grader/class/gradebook_csv.h"
#include "grader/gradebook/desk.h"
#include "grader/gradebook/told.h"
#include "grader/show/roll.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the points of all steps add up to. */
#define POINTS_IN_ALL 100

/* How the note of whoever has no result begins. */
#define NO_RESULT "no result: "

/* A class under way. */
struct course {
    const struct intake *intake;
    size_t lab;
    const struct rubric *rubric;
    const struct terms *terms;
    struct result *results; /* shared with those who work */
    pid_t *workers;         /* by entry; 0: none yet, or it is done */
};

struct result *results_new(size_t count)
{
    struct result *results =
        mmap(NULL, (count + 1) * sizeof(*results), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return results != MAP_FAILED ? results : NULL;
}

void results_free(struct result *results, size_t count)
{
    if (results != NULL)
        munmap(results, (count + 1) * sizeof(*results));
}

/* Says whose text is to be written. */
static struct told told_of(const struct course *course, size_t i)
{
    return (struct told){.out = course->terms->out,
                         .rubric = course->rubric,
                         .entry = &course->intake->entries[i],
                         .lab = course->lab};
}

/* Enters the points into the result. */
static void take_points(struct result *result, const struct rubric *rubric,
                        const struct grade *grade)
{
    result->note[0] = '\0';
    result->total = grade->points;
    for (size_t i = 0; i < rubric->step_count; i++) {
        const struct step_grade *step = &grade->steps[i];
        bool exact = step->state != STEP_EMPTY && !step->provisional;
        result->points[i] = exact ? step->points : NO_POINTS;
        if (!exact)
            result->total = NO_POINTS;
        if (result->note[0] == '\0' && step->state != STEP_NEEDS)
            snprintf(result->note, sizeof(result->note), "%s", step->note);
    }
}

/* Prints the line of the roll into the result. */
static void take_line(struct result *result, const struct course *course,
                      const struct grade *grade, const char *name)
{
    FILE *line = fmemopen(result->line, sizeof(result->line) - 1, "w");

    if (line == NULL)
        return;
    roll_line(line, course->rubric, grade, name, course->terms->width);
    fclose(line);
}

/* Prints a line without steps into the result: points, if any, and a note. */
static void say(struct result *result, const struct course *course,
                const char *name, const char *points)
{
    int width = course->terms->width;
    FILE *line = fmemopen(result->line, sizeof(result->line) - 1, "w");

    if (line == NULL)
        return;
    roll_name_print(line, name, width);
    fprintf(line, "%4s", points);
    roll_note(line, result->note, 2 + width + 4);
    fclose(line);
}

/* Says why there is no result. */
static void no_result(struct result *result, const struct course *course,
                      const char *name, const char *why)
{
    result->state = RESULT_NONE;
    snprintf(result->note, sizeof(result->note), NO_RESULT "%.200s", why);
    say(result, course, name, "-");
}

/* Grades one submission, in a process of its own. */
static void work(const struct course *course, size_t i)
{
    const struct intake_entry *entry = &course->intake->entries[i];
    const struct intake_file *file = &entry->files[course->lab];
    struct result *result = &course->results[i];
    const struct errand errand = {
        .rubric = course->rubric,
        .copy = file->copy,
        .shown = file->path,
        .dealer = course->terms->dealers != NULL ? &course->terms->dealers[i]
                                                 : NULL,
        .folder = course->terms->folder,
        .off = course->terms->off,
    };
    const struct told told = told_of(course, i);
    struct grade *grade = calloc(1, sizeof(*grade));
    char error[512] = "there is no memory for it";

    if (grade == NULL || !desk_grade(grade, &errand, error, sizeof(error))) {
        no_result(result, course, entry->shown, error);
    } else if (grade->trouble) {
        for (size_t k = 0; k < course->rubric->step_count; k++) {
            if (grade->steps[k].state == STEP_EMPTY)
                snprintf(error, sizeof(error), "%s", grade->steps[k].note);
        }
        no_result(result, course, entry->shown, error);
    } else if (!told_grade(&told, grade)) {
        no_result(result, course, entry->shown, strerror(errno));
    } else {
        take_points(result, course->rubric, grade);
        memcpy(result->doubt, grade->doubt, sizeof(result->doubt));
        take_line(result, course, grade, entry->shown);
        if (!grade->compiled || grade->deceives)
            roll_why(grade, result->note, sizeof(result->note));
        result->state = RESULT_GRADED;
    }
    free(grade);
}

/* Starts on entry i, if it has a file for the lab. */
static bool start(const struct course *course, size_t i)
{
    const struct intake_entry *entry = &course->intake->entries[i];
    const struct intake_file *file = &entry->files[course->lab];
    struct result *result = &course->results[i];
    pid_t parent = getpid();
    pid_t pid;

    if (file->copy == NULL) {
        const char *why = file->error;
        if (why == NULL)
            return false;
        if (entry->trouble) {
            no_result(result, course, entry->shown, why);
            return false;
        }
        snprintf(result->note, sizeof(result->note), "%s", why);
        if (!file->unclear)
            result->state = RESULT_GRADED; /* 0 points, and why */
        say(result, course, entry->shown, file->unclear ? "-" : "0");
        return false;
    }
    no_result(result, course, entry->shown,
              "the work on it did not come to its end");
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            work(course, i);
        fflush(NULL);
        _exit(0);
    }
    course->workers[i] = pid > 0 ? pid : 0;
    return pid > 0;
}

/* Writes the text of whoever has none by a worker: no older text, under a name
   that is in the class, is left to be read as what came of it. */
static void tell_why(const struct course *course, size_t i)
{
    const struct intake_entry *entry = &course->intake->entries[i];
    const struct intake_file *file = &entry->files[course->lab];
    const struct told told = told_of(course, i);
    struct result *result = &course->results[i];
    bool well = true;

    if (file->unclear)
        well = told_why(&told, "not graded", file->error);
    else if (result->state == RESULT_NOTHING)
        well = told_nothing(&told, false);
    else if (result->state == RESULT_NONE)
        well = told_why(&told, "no result", result->note + strlen(NO_RESULT));
    else if (file->copy == NULL)
        well = told_why(&told, "0/100", file->error);
    if (!well)
        no_result(result, course, entry->shown, strerror(errno));
}

/* Waits until one of those who work is done. */
static void wait_for_one(const struct course *course)
{
    siginfo_t info = {.si_pid = 0};

    /* It is reaped last, so that its group's number stays its own. */
    if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) != 0)
        return;
    kill(-info.si_pid, SIGKILL); /* what it may have left */
    waitpid(info.si_pid, NULL, 0);
    for (size_t i = 0; i < course->intake->count; i++) {
        if (course->workers[i] == info.si_pid)
            course->workers[i] = 0;
    }
}

/* Tells on a terminal how far it is; count is 0 to take that away again. */
static void show_progress(size_t done, size_t count)
{
    if (!isatty(STDERR_FILENO))
        return;
    if (count > 0)
        fprintf(stderr, "\r  graded %zu of %zu ", done, count);
    else
        fprintf(stderr, "\r%*s\r", 40, "");
    fflush(stderr);
}

/* Prints the lines of those that are done, up to the first that is not. */
static size_t print_done(const struct course *course, size_t printed,
                         size_t started, size_t running)
{
    show_progress(0, 0);
    while (printed < started && course->workers[printed] == 0) {
        tell_why(course, printed);
        fputs(course->results[printed].line, stdout);
        printed++;
    }
    fflush(stdout);
    show_progress(started - running, course->intake->count);
    return printed;
}

/* Prints why a person should look at a submission, below a heading if it is
   the first; why may be NULL or empty. */
static void print_doubt(const struct course *course, size_t i,
                        const char *why, bool *headed)
{
    int width = course->terms->width;

    if (why == NULL || why[0] == '\0')
        return;
    if (!*headed)
        fputs("\n  to look at (NAME.txt says why):\n", stdout);
    *headed = true;
    roll_name_print(stdout, course->intake->entries[i].shown, width);
    roll_note(stdout, why, 2 + width);
}

/* Prints which submissions a person should look at. */
static void print_doubts(const struct course *course)
{
    bool headed = false;

    for (size_t i = 0; i < course->intake->count; i++) {
        const struct result *result = &course->results[i];
        const struct intake_file *file =
            &course->intake->entries[i].files[course->lab];
        if (result->state == RESULT_GRADED) {
            print_doubt(course, i, file->also, &headed);
            print_doubt(course, i, result->doubt, &headed);
        } else if (file->unclear) {
            print_doubt(course, i, file->error, &headed);
        }
    }
}

/* Prints how many have all points. */
static void print_foot(const struct course *course)
{
    const struct rubric *rubric = course->rubric;
    size_t full[STEPS_MAX] = {0};
    size_t full_in_all = 0;

    for (size_t i = 0; i < course->intake->count; i++) {
        const struct result *result = &course->results[i];
        if (result->state != RESULT_GRADED)
            continue;
        full_in_all += result->total == POINTS_IN_ALL;
        for (size_t k = 0; k < rubric->step_count; k++)
            full[k] += result->points[k] == rubric->steps[k].points;
    }
    roll_foot(stdout, rubric, full, full_in_all, course->terms->width);
    print_doubts(course);
}

/* Makes the folder for the reports. */
static bool make_folder(const struct course *course, char *error, size_t size)
{
    char path[PATH_ROOM];

    snprintf(path, sizeof(path), "%s/%s", course->terms->out,
             course->rubric->lab);
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    snprintf(error, size, "%.400s: %s", path, strerror(errno));
    return false;
}

bool class_grade(struct result *results, const struct intake *intake,
                 size_t lab, const struct rubric *rubric,
                 const struct terms *terms, char *error, size_t size)
{
    struct course course = {.intake = intake,
                            .lab = lab,
                            .rubric = rubric,
                            .terms = terms,
                            .results = results};
    size_t running = 0;
    size_t printed = 0;
    size_t started = 0;

    if (!make_folder(&course, error, size))
        return false;
    course.workers = calloc(intake->count + 1, sizeof(*course.workers));
    if (course.workers == NULL) {
        snprintf(error, size, "there is no memory for the class");
        return false;
    }
    cells_quietly();
    roll_head(stdout, rubric, terms->width);
    while (started < intake->count || running > 0) {
        if (started < intake->count && running < terms->jobs) {
            running += start(&course, started++);
        } else {
            wait_for_one(&course);
            running--;
        }
        printed = print_done(&course, printed, started, running);
    }
    show_progress(0, 0);
    print_foot(&course);
    free(course.workers);
    return true;
}
