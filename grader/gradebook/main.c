/*
 * main.c - build/gradebook: grades a class whose files nobody trusts.
 *
 * Every file is compiled, looked at, run and judged behind walls
 * (docs/untrusted.md). What comes of it is a gradebook a lab and a text a
 * submission.
 */
#include "grader/cell.h"
#include "grader/commands.h"
#include "grader/gradebook/class.h"
#include "grader/gradebook/rooms.h"
#include "grader/gradebook_csv.h"
#include "grader/roster.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the command line asks for. */
struct order {
    const char *submissions; /* folder */
    char *labs;         /* names with blanks or commas between; or NULL */
    const char *roster; /* file; or NULL */
    const char *secret; /* file; or NULL */
    const char *out;    /* folder for results */
    size_t jobs;
    bool unconfined; /* go on without walls that the kernel does not offer */
    bool sample;     /* the class is the kit's own sample: likewise */
    unsigned off;    /* mask of enum layer */
};

enum { KEY_UNCONFINED = 0x100, KEY_WITHOUT, KEY_SAMPLE };

static const struct argp_option options[] = {
    {"labs", 'l', "NAMES", 0, "Grade these labs only: 1-kr, or kr", 0},
    {"jobs", 'j', "N", 0, "Grade N submissions at a time (the processors)",
     0},
    {"roster", 'r', "FILE", 0, "Whose each submission is: a table, CSV", 0},
    {"secret", 's', "FILE", 0, "Vary the traces by the secret in FILE", 0},
    {"output", 'o', "FOLDER", 0, "Where the results go (build/grades)", 0},
    {"unconfined", KEY_UNCONFINED, NULL, 0,
     "Go on where the kernel does not offer all walls", 0},
    {"sample", KEY_SAMPLE, NULL, 0,
     "The class is the kit's sample, which may go without walls", 0},
    {"without", KEY_WITHOUT, "LAYER", 0,
     "Leave a layer out, to see what it keeps away: compile, look, child or "
     "parent",
     0},
    {0},
};

/* Reads the name of a layer; 0: there is none of that name. */
static unsigned layer_named(const char *name)
{
    static const struct {
        const char *name;
        unsigned layer;
    } layers[] = {{"compile", LAYER_COMPILE},
                  {"look", LAYER_LOOK},
                  {"child", LAYER_CHILD},
                  {"parent", LAYER_PARENT}};

    for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
        if (strcmp(layers[i].name, name) == 0)
            return layers[i].layer;
    }
    return 0;
}

static void parse_jobs(struct order *order, const char *argument,
                       struct argp_state *state)
{
    char *end;
    long jobs = strtol(argument, &end, 10);

    if (*end != '\0' || jobs < 1 || jobs > 256)
        argp_error(state, "--jobs wants a number from 1 to 256, not '%s'",
                   argument);
    order->jobs = (size_t)jobs;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct order *order = state->input;

    switch (key) {
    case 'l':
        order->labs = argument;
        return 0;
    case 'j':
        parse_jobs(order, argument, state);
        return 0;
    case 'r':
        order->roster = argument;
        return 0;
    case 's':
        order->secret = argument;
        return 0;
    case 'o':
        order->out = argument;
        return 0;
    case KEY_UNCONFINED:
        order->unconfined = true;
        return 0;
    case KEY_SAMPLE:
        order->sample = true;
        return 0;
    case KEY_WITHOUT:
        order->off |= layer_named(argument);
        if (layer_named(argument) == 0)
            argp_error(state, "--without: there is no layer '%s'", argument);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one folder of submissions is wanted");
        order->submissions = argument;
        return 0;
    case ARGP_KEY_END:
        if (order->submissions == NULL)
            argp_error(state, "a folder of submissions is wanted");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    "FOLDER",
    "Grades every submission in FOLDER: a folder, an archive or a .c file "
    "each.\vNothing in them is trusted. Exits 0 when every submission has a "
    "result, whatever the marks; 2 for usage or bad input; 3 if there is "
    "none "
    "for some.",
    NULL,
    NULL,
    NULL};

/* The labs that are graded. */
struct labs {
    struct rubric *rubrics;
    struct pick_lab *picks;
    size_t count;
};

static void labs_close(struct labs *labs)
{
    free(labs->rubrics);
    free(labs->picks);
}

/* Is the lab of a rubric among the names? */
static bool is_wanted(const struct rubric *rubric, const char *names)
{
    const char *dash = strchr(rubric->lab, '-');
    const char *at = names;

    while (at != NULL && *at != '\0') {
        size_t length = strcspn(at, " ,");
        if (strlen(rubric->lab) == length &&
            strncmp(at, rubric->lab, length) == 0)
            return true;
        if (dash != NULL && strlen(dash + 1) == length &&
            strncmp(at, dash + 1, length) == 0)
            return true;
        at += length + (at[length] != '\0');
    }
    return names == NULL;
}

/* Reads the rubrics of all labs that are wanted. */
static bool labs_open(struct labs *labs, const char *names)
{
    glob_t found;
    char error[512];
    bool well = true;

    find_rubrics(&found);
    *labs = (struct labs){0};
    labs->rubrics = calloc(found.gl_pathc + 1, sizeof(*labs->rubrics));
    labs->picks = calloc(found.gl_pathc + 1, sizeof(*labs->picks));
    for (size_t i = 0; i < found.gl_pathc && well; i++) {
        struct rubric *rubric = &labs->rubrics[labs->count];
        well = labs->rubrics != NULL && labs->picks != NULL &&
               rubric_read(rubric, found.gl_pathv[i], error, sizeof(error));
        if (!well)
            fprintf(stderr, "gradebook: %s\n", error);
        if (!well || !is_wanted(rubric, names))
            continue;
        labs->picks[labs->count] =
            (struct pick_lab){rubric->lab, rubric->allocator};
        labs->count++;
    }
    globfree(&found);
    if (well && labs->count == 0) {
        fprintf(stderr, "gradebook: --labs %s: there is no such lab\n",
                names);
        well = false;
    }
    return well;
}

/* Tells which walls there are. Returns whether to go on. */
static bool tell_walls(const struct order *order)
{
    char lines[SANDBOX_LINES][SANDBOX_LINE];
    size_t count = 0;
    unsigned missing = sandbox_missing(lines, &count);

    for (size_t i = 0; i < count; i++)
        printf("walls: %s\n", lines[i]);
    if (order->off != 0)
        printf("walls: a layer is left out, as was asked: do not do this to "
               "a class\n");
    if (missing != 0 && !order->unconfined && !order->sample) {
        fflush(stdout);
        fprintf(stderr, "gradebook: a class is not graded without these "
                        "walls; UNCONFINED=yes (--unconfined) does it all "
                        "the same\n");
        return false;
    }
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

/* A run, from the command line to the gradebooks. */
struct run {
    const struct order *order;
    struct labs labs;
    struct intake intake;
    struct roster roster;
    bool has_roster;
    char folder[PATH_ROOM]; /* private, for what is being graded */
    size_t lab_count;       /* labs for which something was handed in */
    bool incomplete;        /* some have no result */
};

/* Fills in a row of the gradebook. */
static void fill_row(struct gradebook_row *row, const struct run *run,
                     size_t lab, const struct placement *placed,
                     const struct result *results, char *note, size_t size)
{
    static const char *const counts[] = {
        [COUNTS_NO] = "no", [COUNTS_YES] = "yes", [COUNTS_NOTHING] = ""};
    const struct intake_entry *entry = NULL;
    const struct result *result = NULL;

    if (placed->entry != NO_ENTRY) {
        entry = &run->intake.entries[placed->entry];
        result = &results[placed->entry];
    }
    *row = (struct gradebook_row){.submission = placed->name,
                                  .identity = placed->identity,
                                  .file = "",
                                  .submitted = placed->submitted,
                                  .counts = counts[placed->counts],
                                  .note = note};
    snprintf(note, size, "%s", placed->note);
    if (entry != NULL && entry->files[lab].path != NULL)
        row->file = entry->files[lab].path;
    if (entry != NULL && entry->error != NULL)
        snprintf(note, size, "%s%s%s", placed->note,
                 placed->note[0] != '\0' ? "; " : "", entry->error);
    if (result == NULL || result->state == RESULT_NOTHING)
        return;
    if (result->note[0] != '\0')
        snprintf(note, size, "%s%s%s", placed->note,
                 placed->note[0] != '\0' ? "; " : "", result->note);
    row->graded = result->state == RESULT_GRADED;
    memcpy(row->points, result->points, sizeof(row->points));
}

#define NOTE_ROOM 1280

/* Writes the gradebook of a lab. */
static bool write_book(const struct run *run, size_t lab,
                       const struct placement *placed, size_t count,
                       const struct result *results, char *error, size_t size)
{
    struct gradebook_row *rows = calloc(count + 1, sizeof(*rows));
    char(*notes)[NOTE_ROOM] = calloc(count + 1, sizeof(*notes));
    char path[PATH_ROOM];
    bool written = false;

    snprintf(error, size, "there is no memory for the gradebook");
    if (rows != NULL && notes != NULL) {
        for (size_t i = 0; i < count; i++)
            fill_row(&rows[i], run, lab, &placed[i], results, notes[i],
                     sizeof(notes[i]));
        written = gradebook_path(path, sizeof(path), run->order->out,
                                 run->lab_count > 1 ? run->labs.picks[lab].lab
                                                    : NULL) &&
                  gradebook_write(path, &run->labs.rubrics[lab], rows, count,
                                  error, size);
    }
    if (written)
        printf("%s: %zu row%s, and a text a submission in %s/%s\n", path,
               count, count == 1 ? "" : "s", run->order->out,
               run->labs.picks[lab].lab);
    free(rows);
    free(notes);
    return written;
}

/* What the entries have for a lab, as the roster asks. Returns them, to be
   freed; or NULL. */
static struct roster_entry *claims_of(const struct intake *intake, size_t lab)
{
    struct roster_entry *claims = calloc(intake->count + 1, sizeof(*claims));

    for (size_t i = 0; claims != NULL && i < intake->count; i++) {
        const struct intake_entry *entry = &intake->entries[i];
        const struct intake_file *file = &entry->files[lab];
        claims[i] =
            (struct roster_entry){entry->file, entry->shown, CLAIM_NOTHING};
        if (file->copy != NULL || file->error != NULL)
            claims[i].claim = CLAIM_LAB;
        else if (entry->error != NULL)
            claims[i].claim = CLAIM_UNKNOWN;
    }
    return claims;
}

/* Grades all on one lab, and writes its gradebook. */
static bool grade_lab(struct run *run, size_t lab, char *error, size_t size)
{
    const struct terms terms = {.out = run->order->out,
                                .folder = run->folder,
                                .jobs = run->order->jobs,
                                .off = run->order->off};
    struct result *results = results_new(run->intake.count);
    struct roster_entry *claims = claims_of(&run->intake, lab);
    struct placement *placed = NULL;
    size_t count = 0;
    bool well = false;

    snprintf(error, size, "there is no memory for the class");
    if (results != NULL && claims != NULL &&
        roster_place(run->has_roster ? &run->roster : NULL, claims,
                     run->intake.count, &placed, &count, error, size) &&
        class_grade(results, &run->intake, lab, &run->labs.rubrics[lab],
                    &terms, error, size))
        well = write_book(run, lab, placed, count, results, error, size);
    for (size_t i = 0; well && i < run->intake.count; i++)
        run->incomplete = run->incomplete || results[i].state == RESULT_NONE;
    free(placed);
    free(claims);
    results_free(results, run->intake.count);
    return well;
}

/* Takes the class in. Returns the exit status, STATUS_FULL to go on. */
static int take_in(struct run *run, char *error, size_t size)
{
    const struct order *order = run->order;
    struct walls walls;
    struct intake_request request = {.folder = order->submissions,
                                     .except = order->roster,
                                     .labs = run->labs.picks,
                                     .lab_count = run->labs.count};

    (void)walls;
    if (order->roster != NULL &&
        !roster_read(&run->roster, order->roster, error, size))
        return STATUS_USAGE;
    run->has_roster = order->roster != NULL;
    if (!make_folders(order->out)) {
        snprintf(error, size, "%.400s: %s", order->out, strerror(errno));
        return STATUS_USAGE;
    }
    if (!intake_open(&run->intake, &request, error, size))
        return STATUS_USAGE;
    for (size_t i = 0; i < run->labs.count; i++)
        run->lab_count += has_any(&run->intake, i);
    return STATUS_FULL;
}

/* Prints what was handed in for no lab. */
static void tell_rest(const struct run *run)
{
    for (size_t i = 0; i < run->intake.count; i++) {
        const struct intake_entry *entry = &run->intake.entries[i];
        if (entry->error != NULL)
            printf("  %-16.16s   0  %s\n", entry->shown, entry->error);
    }
}

static int grade_all(struct run *run)
{
    char error[1024] = "";
    int status = take_in(run, error, sizeof(error));

    for (size_t i = 0; i < run->labs.count && status == STATUS_FULL; i++) {
        if (run->lab_count > 0 && !has_any(&run->intake, i))
            continue;
        if (!grade_lab(run, i, error, sizeof(error)))
            status = STATUS_TROUBLE;
        if (run->lab_count == 0)
            break; /* one gradebook says that there is nothing */
    }
    if (status != STATUS_FULL)
        fprintf(stderr, "gradebook: %s\n", error);
    else
        tell_rest(run);
    if (status == STATUS_FULL && run->incomplete)
        status = STATUS_TROUBLE;
    return status;
}

int main(int argc, char **argv)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct order order = {.out = "build/grades",
                          .jobs = processors > 0 ? (size_t)processors : 1};
    struct run run = {.order = &order, .folder = "/tmp/heaplab-class-XXXXXX"};
    int status = STATUS_USAGE;

    argp_err_exit_status = STATUS_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &order);
    cells_side_by_side((size_t)processors > order.jobs
                           ? (size_t)processors / order.jobs
                           : 1);
    umask(077);
    if (labs_open(&run.labs, order.labs) && tell_walls(&order)) {
        status = STATUS_TROUBLE;
        if (mkdtemp(run.folder) == NULL || chmod(run.folder, 0711) != 0)
            perror(run.folder);
        else
            status = grade_all(&run);
        intake_close(&run.intake);
        rmdir(run.folder);
    }
    if (run.has_roster)
        roster_free(&run.roster);
    labs_close(&run.labs);
    if (fflush(stdout) != 0)
        status = STATUS_TROUBLE;
    return status;
}
