/*
 * attacked.h - a class of attacks for the tests of gradebook: made of the
 * patches in grader/tests/attacks, graded, and read back.
 *
 * NAME.patch says in its first line what the attack is, and changes the
 * reference of lab 1 as a mutant's does (mutant.h). NAME.expect has three
 * lines: the step that refuses it, or "refused" or "compile"; a piece of what
 * is said; and the points, or "at most" so many. In a patch these words stand
 * for what only the test knows: VICTIM (a folder with what an attack is
 * after), KIT, and JOB_SIZE, JOB_COUNT and LOG_SIZE (runner/job.h).
 */
#ifndef GRADER_TESTS_ATTACKED_H
#define GRADER_TESTS_ATTACKED_H

#include "grader/class/csv.h"
#include "grader/clock.h"
#include "grader/lab/mutant.h"
#include "grader/runner/job.h"
#include "grader/spawn.h"
#include "grader/tests/help.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is in the file that nobody may read. */
#define SECRET "squeamish_ossifrage"

/* An ordinary user, for what root may do and others not. */
#define OTHER_USER 65534

/* The folder of a test; what is in it is made by the functions below. */
static char place[64];

/* Puts a path below the place into path; returns that. */
static inline const char *below(char *path, const char *name)
{
    snprintf(path, PATH_ROOM, "%s/%s", place, name);
    return path;
}

/* Returns the whole of a file, to be freed; an empty text if there is none. */
static inline char *text_of(const char *path)
{
    char *text = calloc(1, (size_t)1 << 20);
    FILE *in = fopen(path, "re");

    ck_assert_ptr_nonnull(text);
    if (in != NULL) {
        ck_assert_int_ge(fread(text, 1, ((size_t)1 << 20) - 1, in), 0);
        fclose(in);
    }
    return text;
}

static inline void put_text(const char *path, const char *text, mode_t mode)
{
    FILE *out = fopen(path, "we");

    ck_assert_msg(out != NULL, "%s", path);
    ck_assert_int_ge(fputs(text, out), 0);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}

/* Returns text with each word replaced, and frees it. */
static inline char *replaced(char *text, const char *word, const char *with)
{
    char *at;

    while ((at = strstr(text, word)) != NULL) {
        char *changed = NULL;
        ck_assert_int_ge(asprintf(&changed, "%.*s%s%s", (int)(at - text),
                                  text, with, at + strlen(word)),
                         0);
        free(text);
        text = changed;
    }
    return text;
}

/* Returns text with each word replaced by a number, and frees it. */
static inline char *numbered(char *text, const char *word, size_t number)
{
    char digits[32];

    snprintf(digits, sizeof(digits), "%zu", number);
    return replaced(text, word, digits);
}

/* Makes a folder of the class for name, and returns its file's path. */
static inline const char *submission_path(char *path, const char *class,
                                          const char *name)
{
    char inside[256];

    snprintf(inside, sizeof(inside), "%s/%s", class, name);
    ck_assert_int_eq(mkdir(below(path, inside), 0755), 0);
    snprintf(inside, sizeof(inside), "%s/%s/kr.c", class, name);
    return below(path, inside);
}

/* Makes the file of an attack. */
static inline void make_attack(const char *class, const char *name)
{
    char patch[PATH_ROOM];
    char path[PATH_ROOM];
    char file[PATH_ROOM];
    char kit[PATH_ROOM];
    char error[512];
    struct mutant mutant;
    char *reference;
    char *hidden;
    char *text;

    path_kit(path, "allocators/kr.c");
    reference = text_of(path);
    path_kit(path, "grader/tests/attacks/hidden.h");
    hidden = text_of(path);
    snprintf(error, sizeof(error), "grader/tests/attacks/%s.patch", name);
    path_kit(patch, error);
    submission_path(file, class, name);
    ck_assert_msg(
        mutant_make(&mutant, patch, reference, file, error, sizeof(error)),
        "%s", error);
    text = text_of(file);
    path_kit(kit, "");
    text = replaced(text, "#include \"grader/tests/attacks/hidden.h\"\n",
                    hidden);
    text = replaced(text, "VICTIM", place);
    text = replaced(text, "KIT/", kit);
    text = numbered(text, "JOB_SIZE", sizeof(struct job));
    text = numbered(text, "JOB_COUNT", offsetof(struct job, op_count));
    text = numbered(text, "LOG_SIZE", sizeof(struct log));
    put_text(file, text, 0644);
    free(text);
    free(hidden);
    free(reference);
}

/* Makes the file of somebody honest, with the steps up to solved solved. */
static inline void make_honest(const char *class, const char *name,
                               const char *solved)
{
    char file[PATH_ROOM];
    char heaplab[PATH_ROOM];
    char kr[PATH_ROOM];
    char says[1024];

    submission_path(file, class, name);
    path_built(heaplab, "heaplab");
    path_kit(kr, "allocators/kr.c");
    const char *starter[] = {heaplab, "starter", "kr", solved,
                             "-o",    file,      NULL};
    const char *copy[] = {"cp", kr, file, NULL};
    ck_assert_msg(capture(solved != NULL ? starter : copy, NULL, says,
                          sizeof(says)) == 0,
                  "%s", says);
}

/* Makes the place, with what the attacks are after. */
static inline void place_make(void)
{
    char path[PATH_ROOM];

    umask(022); /* others are to get into what is made here */
    snprintf(place, sizeof(place), "/tmp/attacks-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place));
    ck_assert_int_eq(chmod(place, 0777), 0);
    ck_assert_int_eq(mkdir(below(path, "tmp"), 0755), 0);
    ck_assert_int_eq(mkdir(below(path, "home"), 0755), 0);
    put_text(below(path, "secret"), SECRET " x;\n", 0666);
    put_text(below(path, "precious"), "precious\n", 0666);
}

static inline void place_remove(void)
{
    const char *words[] = {"rm", "-rf", place, NULL};
    char says[256];

    capture(words, NULL, says, sizeof(says));
}

/* What a run of gradebook came to. */
struct grading {
    int status;       /* its exit status */
    pid_t session;    /* all that it started is in */
    char said[65536]; /* what it printed */
};

/* Becomes gradebook. */
static inline _Noreturn void become_gradebook(const char *class,
                                              const char *out,
                                              const char *jobs,
                                              const char *without, uid_t user)
{
    char gradebook[PATH_ROOM];
    char folder[PATH_ROOM];
    char results[PATH_ROOM];
    char option[64];
    char path[PATH_ROOM];
    const char *words[] = {gradebook, "--labs", "kr",   "--jobs", jobs,
                           "-o",      results,  folder, option,   NULL};

    path_kit(gradebook, "build/release/gradebook");
    below(folder, class);
    below(results, out);
    snprintf(option, sizeof(option), "--without=%s",
             without != NULL ? without : "");
    if (without == NULL)
        words[8] = NULL;
    setenv("HOME", below(path, "home"), 1);
    setenv("TMPDIR", below(path, "tmp"), 1);
    setsid();
    if (user != getuid() &&
        (chown(path, user, user) != 0 || setresgid(user, user, user) != 0 ||
         setresuid(user, user, user) != 0))
        _exit(125);
    execv(gradebook, (char **)words);
    _exit(126);
}

/* Has gradebook grade a class as user; without a layer, or NULL. */
static inline void run_gradebook(struct grading *grading, const char *class,
                                 const char *out, const char *jobs,
                                 const char *without, uid_t user)
{
    int ends[2];
    size_t length = 0;
    ssize_t got;
    int status;

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    grading->session = fork();
    ck_assert_int_ge(grading->session, 0);
    if (grading->session == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        become_gradebook(class, out, jobs, without, user);
    }
    close(ends[1]);
    while (length < sizeof(grading->said) - 1 &&
           (got = read(ends[0], grading->said + length,
                       sizeof(grading->said) - 1 - length)) > 0)
        length += (size_t)got;
    grading->said[length] = '\0';
    ck_assert_int_eq(waitpid(grading->session, &status, 0), grading->session);
    close(ends[0]);
    grading->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What the gradebook has of somebody. */
struct row {
    char points[16]; /* of 100; "" for none that are exact */
    char note[512];
    char cells[4096]; /* all columns behind the names, as one text */
    char *report;     /* what a person reads, to be freed */
};

/* Finds the row of name. */
static inline void read_row(struct row *row, const char *out,
                            const char *name)
{
    char path[PATH_ROOM];
    char inside[256];
    char error[256];
    struct csv_table table;
    size_t at = 1;
    size_t used = 0;

    snprintf(inside, sizeof(inside), "%s/gradebook.csv", out);
    ck_assert_msg(csv_read(&table, below(path, inside), error, sizeof(error)),
                  "%s", error);
    while (at < table.rows && strcmp(csv_cell(&table, at, 0), name) != 0)
        at++;
    ck_assert_msg(at < table.rows, "%s has no row", name);
    snprintf(row->points, sizeof(row->points), "%s", csv_cell(&table, at, 5));
    snprintf(row->note, sizeof(row->note), "%s",
             csv_cell(&table, at, table.columns - 1));
    row->cells[0] = '\0';
    for (size_t i = 5; i < table.columns; i++)
        used += (size_t)snprintf(row->cells + used, sizeof(row->cells) - used,
                                 "%.200s,", csv_cell(&table, at, i));
    csv_free(&table);
    snprintf(inside, sizeof(inside), "%s/1-kr/%s.txt", out, name);
    row->report = text_of(below(path, inside));
}

/* Grades one attack alone, without a layer or with all. Returns false if there
   are no walls here. */
static inline bool grade_one(struct row *row, struct grading *grading,
                             const char *name, const char *without,
                             uid_t user)
{
    static unsigned number;
    char class[32];
    char out[32];
    char path[PATH_ROOM];

    snprintf(class, sizeof(class), "class-%d-%u", (int)getpid(), ++number);
    snprintf(out, sizeof(out), "out-%d-%u", (int)getpid(), number);
    ck_assert_int_eq(mkdir(below(path, class), 0755), 0);
    make_attack(class, name);
    run_gradebook(grading, class, out, "1", without, user);
    if (strstr(grading->said, "not graded without these walls") != NULL)
        return false;
    ck_assert_msg(grading->status == 0, "%.900s", grading->said);
    read_row(row, out, name);
    return true;
}

#endif
