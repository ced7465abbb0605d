/*
 * main.c - build/gradebook: grades a class whose files nobody trusts.
 *
 * Every file is compiled, looked at, run and judged behind walls
 * (docs/untrusted.md). What comes of it is a gradebook a lab and a text a
 * submission.
 */
#include "grader/cell.h"
#include "grader/class/gradebook_csv.h"
#include "grader/commands/commands.h"
#include "grader/gradebook/book.h"
#include "grader/gradebook/janitor.h"
#include "grader/gradebook/order.h"
#include "grader/gradebook/ready.h"
#include "grader/gradebook/rooms.h"
#include "grader/gradebook/told.h"
#include "grader/lab/labs.h"
#include "grader/show/roll.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the names that are passed over, so many are told. */
#define PASSED_LISTED 8

/* The labs that are graded. */
struct labs {
    struct rubric *rubrics;
    struct pick_lab *picks;
    size_t count;
};

/* A run, from the command line to the gradebooks. */
struct run {
    const struct order *order;
    struct labs labs;
    struct intake intake;
    struct roster roster;
    bool has_roster;
    size_t lab_count; /* labs for which something was handed in */
    struct sum sum;
};

static void labs_close(struct labs *labs)
{
    free(labs->rubrics);
    free(labs->picks);
}

/* Does a name of length bytes mean the lab of a rubric? */
static bool is_named(const struct rubric *rubric, const char *name,
                     size_t length)
{
    const char *dash = strchr(rubric->lab, '-');

    if (strlen(rubric->lab) == length &&
        strncmp(rubric->lab, name, length) == 0)
        return true;
    return dash != NULL && strlen(dash + 1) == length &&
           strncmp(dash + 1, name, length) == 0;
}

/* The name that begins at *at, of the length returned, 0: there is no more. */
static size_t next_name(const char **at)
{
    *at += strspn(*at, " ,");
    return strcspn(*at, " ,");
}

/* Is the lab of a rubric among the names? */
static bool is_wanted(const struct rubric *rubric, const char *names)
{
    const char *at = names;
    size_t length;

    while (at != NULL && (length = next_name(&at)) > 0) {
        if (is_named(rubric, at, length))
            return true;
        at += length;
    }
    return names == NULL;
}

/* Is each of the names that of a lab? Otherwise prints what there is. */
static bool are_labs(const struct labs *all, const char *names)
{
    const char *at = names;
    size_t length;

    if (next_name(&at) == 0) {
        fprintf(stderr, "gradebook: --labs names no lab\n");
        return false;
    }
    while ((length = next_name(&at)) > 0) {
        size_t i = 0;
        while (i < all->count && !is_named(&all->rubrics[i], at, length))
            i++;
        if (i == all->count) {
            fprintf(stderr, "gradebook: no lab is called '%.*s'; there is:",
                    (int)length, at);
            for (i = 0; i < all->count; i++)
                fprintf(stderr, " %s", all->rubrics[i].lab);
            fputc('\n', stderr);
            return false;
        }
        at += length;
    }
    return true;
}

/* Reads the rubrics of all labs, and keeps those that are wanted. */
static bool labs_open(struct labs *labs, const char *names)
{
    glob_t found;
    char error[512];
    bool well = true;
    size_t kept = 0;

    find_rubrics(&found);
    *labs = (struct labs){0};
    labs->rubrics = calloc(found.gl_pathc + 1, sizeof(*labs->rubrics));
    labs->picks = calloc(found.gl_pathc + 1, sizeof(*labs->picks));
    for (size_t i = 0; i < found.gl_pathc && well; i++) {
        snprintf(error, sizeof(error), "there is no memory for the labs");
        well = labs->rubrics != NULL && labs->picks != NULL &&
               rubric_read(&labs->rubrics[i], found.gl_pathv[i], error,
                           sizeof(error));
        labs->count += well;
    }
    globfree(&found);
    if (!well)
        fprintf(stderr, "gradebook: %s\n", error);
    if (!well || (names != NULL && !are_labs(labs, names)))
        return false;
    for (size_t i = 0; i < labs->count; i++) {
        if (!is_wanted(&labs->rubrics[i], names))
            continue;
        labs->rubrics[kept] = labs->rubrics[i];
        labs->picks[kept] = (struct pick_lab){labs->rubrics[kept].lab,
                                              labs->rubrics[kept].allocator};
        kept++;
    }
    labs->count = kept;
    return true;
}

/* Tells which walls there are, and whose traces. Returns whether to go on. */
static bool tell_head(const struct order *order)
{
    char lines[SANDBOX_LINES][SANDBOX_LINE];
    size_t count = 0;
    unsigned missing = sandbox_missing(lines, &count);

    printf("walls: limits%s%s, %s\n",
           missing & SANDBOX_FILES ? "" : ", landlock (files)",
           missing & SANDBOX_CALLS ? "" : ", seccomp (system calls)",
           geteuid() == 0 ? "the user nobody" : "your own user");
    for (size_t i = 0; i < count; i++)
        printf("walls: missing: %s\n", lines[i]);
    if (order->secret != NULL)
        printf("traces: varied by the secret in %s\n", order->secret);
    else
        printf("traces: the public ones\n");
    if (order->off != 0)
        printf("walls: a layer is left out, as was asked: do not do this to "
               "a class\n");
    fflush(stdout);
    if (missing != 0 && !order->unconfined && !order->sample) {
        fprintf(stderr, "gradebook: a class is not graded without these "
                        "walls; UNCONFINED=yes (--unconfined) does it all "
                        "the same\n");
        return false;
    }
    putchar('\n');
    return true;
}

/* Makes a folder and those above it that are missing. */
static bool make_folders(const char *path)
{
    char part[PATH_ROOM];

    for (size_t i = 1; path[i - 1] != '\0' && i < sizeof(part); i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        snprintf(part, sizeof(part), "%.*s", (int)i, path);
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return false;
    }
    return true;
}

/* Has the intake something for lab, right or wrong? */
static bool has_any(const struct intake *intake, size_t lab)
{
    for (size_t i = 0; i < intake->count; i++) {
        const struct intake_file *file = &intake->entries[i].files[lab];
        if (file->copy != NULL || file->error != NULL)
            return true;
    }
    return false;
}

/* Is there anything that may be a submission? */
static bool has_submissions(const struct intake *intake)
{
    for (size_t i = 0; i < intake->count; i++) {
        if (!intake->entries[i].stray)
            return true;
    }
    return false;
}

/* Takes the class in. Returns a status: STATUS_FULL to go on. */
static int take_in(struct run *run, const char *folder, char *error,
                   size_t size)
{
    const struct order *order = run->order;
    const struct intake_request request = {.folder = order->submissions,
                                           .except = order->roster,
                                           .labs = run->labs.picks,
                                           .lab_count = run->labs.count,
                                           .walls = &unpack_walls,
                                           .parent = folder};

    if (order->roster != NULL &&
        !roster_read(&run->roster, order->roster, error, size)) {
        ready_say_which(error, size, "the roster", order->roster);
        return STATUS_USAGE;
    }
    run->has_roster = order->roster != NULL;
    if (!ready_kit(error, size))
        return STATUS_USAGE;
    if (!intake_open(&run->intake, &request, error, size)) {
        ready_say_which(error, size, "the submissions", order->submissions);
        return STATUS_USAGE;
    }
    if (!has_submissions(&run->intake)) {
        snprintf(error, size,
                 "%.400s: nothing to grade: no folder, archive or .c file "
                 "in it",
                 order->submissions);
        return STATUS_USAGE;
    }
    if (!make_folders(order->out)) {
        snprintf(error, size, "%.400s: %s", order->out, strerror(errno));
        return STATUS_USAGE;
    }
    for (size_t i = 0; i < run->labs.count; i++) {
        if (!ready_results(order->out, run->labs.picks[i].lab, error, size))
            return STATUS_USAGE;
        run->lab_count += has_any(&run->intake, i);
    }
    return STATUS_FULL;
}

/* Is there a gradebook for this lab? One says that there is nothing at all. */
static bool is_graded(const struct run *run, size_t lab)
{
    return has_any(&run->intake, lab) || (run->lab_count == 0 && lab == 0);
}

static bool path_of_book(const struct run *run, size_t lab, char *path)
{
    return gradebook_path(path, PATH_ROOM, run->order->out,
                          run->lab_count > 1 ? run->labs.picks[lab].lab
                                             : NULL);
}

/* Grades all on one lab. */
static int grade_lab(struct run *run, size_t lab, const struct terms *terms,
                     char *error, size_t size)
{
    char path[PATH_ROOM];
    const struct book book = {.intake = &run->intake,
                              .lab = lab,
                              .rubric = &run->labs.rubrics[lab],
                              .roster = run->has_roster ? &run->roster : NULL,
                              .secret = run->order->secret,
                              .path = path,
                              .terms = terms};

    if (path_of_book(run, lab, path))
        return book_make(&book, &run->sum, error, size);
    snprintf(error, size, "%.400s: too long a name", run->order->out);
    return STATUS_USAGE;
}

/* Where there is nothing for any lab, only one has a gradebook that says so.
   Under the others no old text stays either. */
static int renew_texts(const struct run *run, size_t lab, char *error,
                       size_t size)
{
    for (size_t i = 0; i < run->intake.count; i++) {
        const struct told told = {.out = run->order->out,
                                  .rubric = &run->labs.rubrics[lab],
                                  .entry = &run->intake.entries[i],
                                  .lab = lab};
        if (told_nothing(&told, true))
            continue;
        snprintf(error, size, "%.400s: %s: what %.100s is told: %s", told.out,
                 told.rubric->lab, told.entry->shown, strerror(errno));
        return STATUS_TROUBLE;
    }
    return STATUS_FULL;
}

/* Prints what was handed in for no lab. */
static void tell_rest(struct run *run, int width)
{
    for (size_t i = 0; i < run->intake.count; i++) {
        const struct intake_entry *entry = &run->intake.entries[i];
        if (entry->error == NULL)
            continue;
        run->sum.none += entry->trouble;
        roll_name_print(stdout, entry->shown, width);
        printf("%4s", "-");
        roll_note(stdout, entry->error, 2 + width + 4);
    }
}

/* Prints what of the folder was passed over. */
static void tell_passed(const struct intake *intake)
{
    for (size_t i = 0; i < intake->passed_count && i < PASSED_LISTED; i++)
        printf("%s%s", i == 0 ? "\npassed over, hidden or a backup: " : ", ",
               intake->passed[i]);
    if (intake->passed_count > PASSED_LISTED)
        printf(", and %zu more", intake->passed_count - PASSED_LISTED);
    if (intake->passed_count > 0)
        putchar('\n');
}

/* Prints what came of it, and where that is. */
static void tell_results(const struct run *run)
{
    char path[PATH_ROOM];

    printf("\ngraded %zu, %zu without result\n", run->sum.graded,
           run->sum.none);
    for (size_t i = 0; i < run->labs.count; i++) {
        if (is_graded(run, i) && path_of_book(run, i, path))
            printf("%s: the points; %s/%s/NAME.txt: what each is told\n",
                   path, run->order->out, run->labs.picks[i].lab);
    }
}

/* Grades all. Returns the exit status. */
static int grade_all(struct run *run, const char *folder)
{
    char error[1024] = "";
    struct terms terms = {.out = run->order->out,
                          .folder = folder,
                          .jobs = run->order->jobs,
                          .off = run->order->off,
                          .width = ROLL_NAME};
    int status = take_in(run, folder, error, sizeof(error));

    for (size_t i = 0; i < run->intake.count; i++)
        terms.width = roll_widen(terms.width, run->intake.entries[i].shown);
    for (size_t i = 0; i < run->labs.count && status == STATUS_FULL; i++) {
        if (is_graded(run, i))
            status = grade_lab(run, i, &terms, error, sizeof(error));
        else if (run->lab_count == 0)
            status = renew_texts(run, i, error, sizeof(error));
    }
    if (status != STATUS_FULL) {
        fflush(stdout);
        fprintf(stderr, "gradebook: %s\n", error);
        return status;
    }
    tell_rest(run, terms.width);
    tell_passed(&run->intake);
    tell_results(run);
    return run->sum.none > 0 ? STATUS_TROUBLE : STATUS_FULL;
}

/* Does what was ordered, in a process that may be killed. */
static int work(void *context, const char *folder)
{
    const struct order *order = context;
    size_t processors = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    struct run run = {.order = order};
    int status = STATUS_USAGE;

    cells_side_by_side(processors > order->jobs ? processors / order->jobs
                                                : 1);
    if (labs_open(&run.labs, order->labs)) {
        status = tell_head(order) ? grade_all(&run, folder) : STATUS_TROUBLE;
        intake_close(&run.intake);
    }
    if (run.has_roster)
        roster_free(&run.roster);
    labs_close(&run.labs);
    return fflush(stdout) == 0 ? status : STATUS_TROUBLE;
}

int main(int argc, char **argv)
{
    struct order order;

    order_read(&order, argc, argv);
    umask(077);
    return janitor_run(work, &order);
}
