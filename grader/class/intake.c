/*
 * intake.c - takes in a folder of submissions, none of which is trusted.
 */
#include "grader/class/intake.h"

#include "grader/class/ending.h"
#include "grader/class/printable.h"
#include "grader/spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An intake at work. */
struct work {
    struct intake *intake;
    const struct intake_request *request;
    const struct unpack_limits *limits;
    int folder; /* of submissions, open */
};

static bool out_of_memory(char *error, size_t size)
{
    snprintf(error, size, "no memory for the submissions");
    return false;
}

/* Gives an entry one line on why it has nothing. Returns false: no memory. */
static bool refuse(struct intake_entry *entry, const char *why)
{
    entry->error = strdup(why);
    return entry->error != NULL;
}

/* --- names ---------------------------------------------------------------- */

/* Is the file the one that is no submission? */
static bool is_except(const struct work *work, const char *name)
{
    struct stat what, except;

    return work->request->except != NULL &&
           fstatat(work->folder, name, &what, 0) == 0 &&
           stat(work->request->except, &except) == 0 &&
           what.st_dev == except.st_dev && what.st_ino == except.st_ino;
}

/* Adds an entry for the file called name. Returns false: no memory. */
static bool add_entry(struct work *work, const char *name, size_t *room)
{
    struct intake *intake = work->intake;
    struct intake_entry *entry;
    struct stat what;
    bool plain =
        fstatat(work->folder, name, &what, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISDIR(what.st_mode);
    size_t length = strlen(name) - (plain ? strlen(ending_of(name)) : 0);

    if (intake->count == *room) {
        size_t more = *room * 2 + 64;
        entry = realloc(intake->entries, more * sizeof(*entry));
        if (entry == NULL)
            return false;
        intake->entries = entry;
        *room = more;
    }
    entry = &intake->entries[intake->count++];
    *entry = (struct intake_entry){
        .file = strdup(name),
        .name = strndup(name, length),
        .files = calloc(intake->lab_count, sizeof(*entry->files))};
    return entry->file != NULL && entry->name != NULL && entry->files != NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct intake_entry *left = a;
    const struct intake_entry *right = b;
    int order = strcmp(left->name, right->name);

    return order != 0 ? order : strcmp(left->file, right->file);
}

/*
 * Sorts the entries. Those that have the same name without its ending keep
 * the ending; since that may be another's name in turn, it is done until no
 * two are the same. Returns false: no memory.
 */
static bool sort_entries(struct intake *intake)
{
    struct intake_entry *entries = intake->entries;
    bool again = intake->count > 0;

    while (again) {
        again = false;
        qsort(entries, intake->count, sizeof(*entries), by_name);
        for (size_t i = 0, next; i < intake->count; i = next) {
            for (next = i + 1;
                 next < intake->count &&
                 strcmp(entries[i].name, entries[next].name) == 0;
                 next++)
                continue;
            again = again || next - i > 1;
            for (size_t j = i; next - i > 1 && j < next; j++) {
                free(entries[j].name);
                entries[j].name = strdup(entries[j].file);
                if (entries[j].name == NULL)
                    return false;
            }
        }
    }
    for (size_t i = 0; i < intake->count; i++) {
        entries[i].shown = printable_copy(entries[i].name);
        if (entries[i].shown == NULL)
            return false;
    }
    return true;
}

/* Notes that a name was passed over. Returns false: no memory. */
static bool note_passed(struct intake *intake, const char *name)
{
    char **more;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return true;
    more = realloc((void *)intake->passed,
                   (intake->passed_count + 1) * sizeof(char *));
    if (more == NULL)
        return false;
    intake->passed = more;
    more[intake->passed_count] = printable_copy(name);
    return more[intake->passed_count++] != NULL;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Finds the entries of the folder. */
static bool find_entries(struct work *work, char *error, size_t size)
{
    int again = dup(work->folder);
    DIR *dir = again >= 0 ? fdopendir(again) : NULL;
    const struct dirent *found;
    size_t room = 0;
    bool good = true;

    if (dir == NULL) {
        snprintf(error, size, "%s: %s", work->request->folder,
                 strerror(errno));
        if (again >= 0)
            close(again);
        return false;
    }
    while (good && (found = readdir(dir)) != NULL) {
        if (is_except(work, found->d_name))
            continue;
        if (pick_passes_over(found->d_name)) {
            good = note_passed(work->intake, found->d_name) ||
                   out_of_memory(error, size);
            continue;
        }
        good = work->intake->count < INTAKE_MAX;
        if (!good)
            snprintf(error, size, "%s: more than %d submissions",
                     work->request->folder, INTAKE_MAX);
        else if (!add_entry(work, found->d_name, &room))
            good = out_of_memory(error, size);
    }
    closedir(dir);
    if (good && work->intake->passed_count > 0)
        qsort((void *)work->intake->passed, work->intake->passed_count,
              sizeof(char *), by_bytes);
    return good && (sort_entries(work->intake) || out_of_memory(error, size));
}

/* --- the private folder --------------------------------------------------- */

static bool make_private(struct intake *intake,
                         const struct intake_request *request, char *error,
                         size_t size)
{
    const char *temporary =
        request->parent != NULL ? request->parent : getenv("TMPDIR");
    mode_t mode = request->walls != NULL ? 0711 : 0700;

    if (temporary == NULL || temporary[0] != '/' ||
        strlen(temporary) > PATH_ROOM / 2 || access(temporary, W_OK) != 0)
        temporary = "/tmp";
    snprintf(intake->folder, sizeof(intake->folder),
             "%s/heaplab-intake-XXXXXX", temporary);
    if (mkdtemp(intake->folder) != NULL && chmod(intake->folder, mode) == 0)
        return true;
    snprintf(error, size, "%s: no folder can be made there: %s", temporary,
             strerror(errno));
    intake->folder[0] = '\0';
    return false;
}

static void remove_all(const char *path)
{
    const char *words[] = {"rm", "-rf", "--", path, NULL};
    char says[256];

    capture(words, NULL, says, sizeof(says));
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

/* Writes size bytes to a new file at path. */
static bool write_new(const char *path, const char *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write_all(fd, bytes, size);

    return fd >= 0 && close(fd) == 0 && good;
}

/* --- an entry ------------------------------------------------------------- */

/* Makes the private copy of what was picked for a lab. */
static bool keep_copy(struct work *work, size_t index, size_t lab,
                      struct picked *picked)
{
    struct intake_entry *entry = &work->intake->entries[index];
    struct intake_file *file = &entry->files[lab];
    char path[PATH_ROOM + 128];

    file->path = picked->path;
    file->error = picked->error;
    file->also = picked->also;
    file->unclear = picked->unclear;
    file->others = picked->others;
    picked->path = NULL;
    picked->also = NULL;
    picked->error = NULL;
    if (picked->text == NULL)
        return true;
    snprintf(path, sizeof(path), "%s/%05zu-%02zu", work->intake->folder,
             index, lab);
    if (mkdir(path, 0700) == 0) {
        size_t used = strlen(path);
        snprintf(path + used, sizeof(path) - used, "/%s.c",
                 work->request->labs[lab].allocator);
        if (write_new(path, picked->text, picked->size)) {
            file->copy = strdup(path);
            return file->copy != NULL;
        }
    }
    entry->trouble = true;
    return asprintf(&file->error, "no copy of it can be made: %s",
                    strerror(errno)) >= 0;
}

/* Picks the files of an entry: see pick(). Returns false: no memory. */
static bool pick_files(struct work *work, size_t index, int folder,
                       const char *only, bool links_count)
{
    struct intake_entry *entry = &work->intake->entries[index];
    struct picked picked[PICK_LABS_MAX];
    bool good = pick(folder, only, links_count, work->request->labs,
                     work->request->lab_count, picked, &entry->error);

    for (size_t i = 0; i < work->request->lab_count; i++) {
        good = good && keep_copy(work, index, i, &picked[i]);
        picked_free(&picked[i]);
    }
    return good;
}

/* Opens path in folder, which must be a folder and no link. */
static int open_folder(int folder, const char *path)
{
    return openat(folder, path,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Copies the archive, once, into the file at path. Returns why not, or NULL. */
static const char *copy_archive(struct work *work, const char *name,
                                const char *path)
{
    static char bytes[65536];
    const char *why = NULL;
    size_t copied = 0;
    ssize_t got = 0;
    int in =
        openat(work->folder, name,
               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    struct stat what;

    if (in < 0 || fstat(in, &what) != 0 || !S_ISREG(what.st_mode))
        why = "it cannot be read";
    while (why == NULL && (got = read(in, bytes, sizeof(bytes))) > 0) {
        copied += (size_t)got;
        if (copied > work->limits->packed)
            why = "the archive is too large";
        else if (out < 0 || !write_all(out, bytes, (size_t)got))
            why = "no copy of it can be made";
    }
    if (why == NULL && got < 0)
        why = "it cannot be read";
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return why;
}

/* Takes in an archive. Returns false: no memory. */
static bool take_archive(struct work *work, size_t index)
{
    struct intake_entry *entry = &work->intake->entries[index];
    char folder[PATH_ROOM + 16], archive[PATH_ROOM + 32];
    char why[512];
    const char *fault = "no folder can be made to unpack it";
    bool good = true;

    snprintf(folder, sizeof(folder), "%s/unpack", work->intake->folder);
    snprintf(archive, sizeof(archive), "%s/archive", folder);
    if (mkdir(folder, 0700) == 0)
        fault = copy_archive(work, entry->file, archive);
    if (fault == NULL) {
        enum unpack_end end = unpack(folder, work->limits,
                                     work->request->walls, why, sizeof(why));
        int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int tree = root >= 0 ? open_folder(root, "tree") : -1;
        entry->trouble = end == UNPACK_TROUBLE || tree < 0;
        if (end == UNPACK_DONE && tree >= 0)
            good = pick_files(work, index, tree, NULL, true);
        else
            good = refuse(entry, end != UNPACK_DONE
                                     ? why
                                     : "what it unpacked to cannot be read");
        if (tree >= 0)
            close(tree);
        if (root >= 0)
            close(root);
    } else {
        good = refuse(entry, fault);
    }
    remove_all(folder);
    return good;
}

/* Takes in one entry. Returns false: no memory. */
static bool take_entry(struct work *work, size_t index)
{
    struct intake_entry *entry = &work->intake->entries[index];
    const char *ending = ending_of(entry->file);
    struct stat what;
    int folder;
    bool good;

    if (fstatat(work->folder, entry->file, &what, AT_SYMLINK_NOFOLLOW) != 0)
        return refuse(entry, "it is gone");
    if (S_ISLNK(what.st_mode))
        return refuse(entry, "it is a symbolic link, which is not followed");
    entry->stray = S_ISREG(what.st_mode) && *ending == '\0';
    if (entry->stray)
        return refuse(entry, ending_is_text_of_source(entry->file)
                                 ? "it is no .c file: take .txt off its name"
                                 : "it is no folder, no archive and no .c "
                                   "file");
    if (S_ISREG(what.st_mode) && !ending_is_source(entry->file))
        return take_archive(work, index);
    if (S_ISREG(what.st_mode))
        return pick_files(work, index, work->folder, entry->file, false);
    if (!S_ISDIR(what.st_mode))
        return refuse(entry, "it is neither a file nor a folder");
    folder = open_folder(work->folder, entry->file);
    if (folder < 0)
        return refuse(entry, "the folder cannot be read");
    good = pick_files(work, index, folder, NULL, false);
    close(folder);
    return good;
}

bool intake_open(struct intake *intake, const struct intake_request *request,
                 char *error, size_t size)
{
    struct work work = {.intake = intake,
                        .request = request,
                        .limits = request->limits != NULL ? request->limits
                                                          : &unpack_limits};
    bool good;

    memset(intake, 0, sizeof(*intake));
    intake->lab_count = request->lab_count;
    work.folder = open(request->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (work.folder < 0) {
        snprintf(error, size, "%s: %s", request->folder,
                 errno == ENOTDIR ? "a folder of submissions was expected"
                                  : strerror(errno));
        return false;
    }
    good = find_entries(&work, error, size) &&
           make_private(intake, request, error, size);
    for (size_t i = 0; good && i < intake->count; i++)
        good = take_entry(&work, i) || out_of_memory(error, size);
    close(work.folder);
    return good;
}

void intake_close(struct intake *intake)
{
    for (size_t i = 0; i < intake->count; i++) {
        struct intake_entry *entry = &intake->entries[i];
        for (size_t lab = 0; entry->files != NULL && lab < intake->lab_count;
             lab++) {
            free(entry->files[lab].copy);
            free(entry->files[lab].path);
            free(entry->files[lab].error);
            free(entry->files[lab].also);
        }
        free(entry->files);
        free(entry->file);
        free(entry->name);
        free(entry->shown);
        free(entry->error);
    }
    free(intake->entries);
    for (size_t i = 0; i < intake->passed_count; i++)
        free(intake->passed[i]);
    free((void *)intake->passed);
    if (intake->folder[0] != '\0')
        remove_all(intake->folder);
    memset(intake, 0, sizeof(*intake));
}
