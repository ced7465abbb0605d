/*
 * pick.c - finds, in what somebody handed in, the file that a lab is about.
 */
#include "grader/class/pick.h"

#include "grader/class/ending.h"
#include "grader/class/printable.h"
#include "grader/class/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What one submission may hold. A whole kit, built, is well below. */
#define ITEMS_MAX      20000
#define READ_MAX       ((size_t)128 << 20) /* bytes of all .c files */
#define DEPTH_MAX      8
#define CANDIDATES_MAX 64 /* files that could be meant */
#define LISTED_MAX     4  /* of them, in a message */

/* A file that could be meant. */
struct candidate {
    char *path;
    char *text; /* NULL: it was not taken, and why says why */
    size_t size;
    const char *why;
    uint64_t named;   /* bit i: it has the name that lab i asks for */
    uint64_t defines; /* bit i: it defines the allocator of lab i */
};

struct search {
    const struct pick_lab *labs;
    size_t lab_count;
    bool links_count;
    struct candidate found[CANDIDATES_MAX];
    size_t count;
    size_t items;  /* met so far */
    size_t files;  /* of them, no folders */
    size_t read;   /* bytes */
    bool too_much; /* to look through */
    bool no_memory;
    char *passed; /* the first name of a .c file not taken, or NULL */
    const char *passed_why;
    char *archive; /* the first name of an archive, or NULL */
};

bool pick_passes_over(const char *name)
{
    size_t length = strlen(name);

    return name[0] == '.' || name[0] == '#' || name[length - 1] == '~' ||
           strcmp(name, "__MACOSX") == 0;
}

/* Keeps path in *first if it is bytewise before what stands there. */
static bool keep_first(struct search *search, char **first, const char *path)
{
    if (*first != NULL && strcmp(*first, path) <= 0)
        return false;
    free(*first);
    *first = strdup(path);
    search->no_memory = search->no_memory || *first == NULL;
    return true;
}

/* Is it the folder with the kit's own allocators in it? */
static bool is_kits_own(const struct tree_item *item)
{
    char path[NAME_MAX + 32];
    struct stat what;

    snprintf(path, sizeof(path), "%s/allocators.def", item->name);
    return fstatat(item->folder, path, &what, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Says why a file cannot be taken by what it is; NULL if it can. */
static const char *fault_of(const struct search *search,
                            const struct stat *what)
{
    if (S_ISLNK(what->st_mode))
        return "is a symbolic link, which is not followed";
    if (!S_ISREG(what->st_mode))
        return "is no plain file";
    if (what->st_nlink > 1 && search->links_count)
        return "is a hard link, which is not taken";
    if ((uintmax_t)what->st_size > SOURCE_MAX)
        return "has more than 1 MiB, and is not taken";
    return NULL;
}

/* Reads up to size bytes, to the end if it comes first. Returns how many; -1
   if it cannot be read. */
static ssize_t read_up_to(int fd, char *text, size_t size)
{
    size_t length = 0;

    while (length < size) {
        ssize_t got = read(fd, text + length, size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

/* Reads the file once. Sets text, or why. */
static void read_once(struct search *search, const struct tree_item *item,
                      struct candidate *file)
{
    int fd =
        openat(item->folder, item->name,
               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat what;
    ssize_t got = -1;

    file->why = "cannot be read";
    if (fd < 0)
        return;
    if (fstat(fd, &what) == 0) {
        const char *fault = fault_of(search, &what);
        if (fault != NULL) {
            file->why = fault;
            close(fd);
            return;
        }
        file->text = malloc((size_t)what.st_size + 2);
        search->no_memory = search->no_memory || file->text == NULL;
        if (file->text != NULL)
            got = read_up_to(fd, file->text, (size_t)what.st_size + 1);
    }
    close(fd);
    if (got < 0 || (size_t)got > (size_t)what.st_size) {
        if (got >= 0)
            file->why = "changed while it was read";
        free(file->text);
        file->text = NULL;
        return;
    }
    file->why = NULL;
    file->size = (size_t)got;
    file->text[got] = '\0';
    search->read += file->size;
}

/* Which labs is the file for, by its name and by its text? */
static void tell_labs(const struct search *search, const char *name,
                      struct candidate *file)
{
    for (size_t i = 0; i < search->lab_count; i++) {
        const char *symbol = search->labs[i].allocator;
        size_t length = strlen(symbol);
        if (strncmp(name, symbol, length) == 0 &&
            strcmp(name + length, ".c") == 0)
            file->named |= (uint64_t)1 << i;
        if (file->text != NULL &&
            source_defines(file->text, file->size, symbol))
            file->defines |= (uint64_t)1 << i;
    }
}

/* Looks at a .c file, and keeps it if it could be meant. */
static void look_at(struct search *search, const struct tree_item *item)
{
    struct candidate file = {.why = fault_of(search, item->what)};

    if (file.why == NULL)
        read_once(search, item, &file);
    tell_labs(search, item->name, &file);
    if (search->read > READ_MAX)
        search->too_much = true;
    if (file.named == 0 && file.text == NULL &&
        keep_first(search, &search->passed, item->path))
        search->passed_why = file.why;
    if ((file.named | file.defines) == 0) {
        free(file.text);
        return;
    }
    if (search->count == CANDIDATES_MAX) {
        search->too_much = true;
        free(file.text);
        return;
    }
    file.path = strdup(item->path);
    search->no_memory = search->no_memory || file.path == NULL;
    search->found[search->count++] = file;
}

static enum tree_next meet(void *context, const struct tree_item *item)
{
    struct search *search = context;

    if (pick_passes_over(item->name))
        return TREE_PASS;
    search->files += !S_ISDIR(item->what->st_mode);
    if (++search->items > ITEMS_MAX)
        search->too_much = true;
    else if (S_ISDIR(item->what->st_mode))
        return item->depth >= DEPTH_MAX || is_kits_own(item) ? TREE_PASS
                                                             : TREE_ENTER;
    else if (ending_is_source(item->name))
        look_at(search, item);
    else if (*ending_of(item->name) != '\0')
        keep_first(search, &search->archive, item->path);
    return search->too_much || search->no_memory ? TREE_STOP : TREE_PASS;
}

/* Does the path end in labs/LAB/NAME, as in the kit? */
static bool is_labs_own(const char *path, const struct pick_lab *lab)
{
    char end[512];
    size_t length = strlen(path);
    size_t wanted = (size_t)snprintf(end, sizeof(end), "labs/%s/%s.c",
                                     lab->lab, lab->allocator);

    return length >= wanted && strcmp(path + length - wanted, end) == 0 &&
           (length == wanted || path[length - wanted - 1] == '/');
}

static int by_path(const void *a, const void *b)
{
    const struct candidate *left = a;
    const struct candidate *right = b;

    return strcmp(left->path, right->path);
}

/* The candidates of a lab, as indexes. */
struct choice {
    size_t index[CANDIDATES_MAX];
    size_t count;
};

/* What narrows a choice. */
enum narrow { NARROW_LABS_OWN, NARROW_DEFINES };

/* Keeps only those that are so, if there are any. */
static void narrow(const struct search *search, struct choice *choice,
                   size_t lab, enum narrow how)
{
    struct choice kept = {.count = 0};

    for (size_t i = 0; i < choice->count; i++) {
        const struct candidate *file = &search->found[choice->index[i]];
        if (how == NARROW_DEFINES
                ? (file->defines >> lab & 1) != 0
                : is_labs_own(file->path, &search->labs[lab]))
            kept.index[kept.count++] = choice->index[i];
    }
    if (kept.count > 0)
        *choice = kept;
}

/* The candidates of lab: those of its name, or else those that define its
   allocator; as few of them as can be told apart. */
static struct choice choose(const struct search *search, size_t lab)
{
    struct choice choice = {.count = 0};
    bool named = false;

    for (size_t i = 0; i < search->count; i++)
        named = named || (search->found[i].named >> lab & 1) != 0;
    for (size_t i = 0; i < search->count; i++) {
        const struct candidate *file = &search->found[i];
        if ((named ? file->named : file->defines) >> lab & 1)
            choice.index[choice.count++] = i;
    }
    if (choice.count > 1)
        narrow(search, &choice, lab, NARROW_LABS_OWN);
    if (choice.count > 1)
        narrow(search, &choice, lab, NARROW_DEFINES);
    return choice;
}

/* Says which of several files could be meant. Returns NULL: no memory. */
static char *list(const struct search *search, const struct choice *choice)
{
    char text[LISTED_MAX * 128 + 128];
    size_t used = (size_t)snprintf(
        text, sizeof(text), "%zu files in it could be meant:", choice->count);

    for (size_t i = 0; i < choice->count && i < LISTED_MAX; i++) {
        char path[120];
        printable(path, sizeof(path), search->found[choice->index[i]].path);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %s",
                                 i > 0 ? "," : "", path);
    }
    if (choice->count > LISTED_MAX)
        snprintf(text + used, sizeof(text) - used, ", ...");
    return strdup(text);
}

/* Fills *picked for one lab. */
static void take(struct search *search, size_t lab, struct picked *picked)
{
    struct choice choice = choose(search, lab);
    struct candidate *file;

    if (choice.count == 0)
        return;
    if (choice.count > 1) {
        picked->error = list(search, &choice);
        search->no_memory = search->no_memory || picked->error == NULL;
        return;
    }
    file = &search->found[choice.index[0]];
    picked->others = search->files > 1;
    picked->path = printable_copy(file->path);
    if (picked->path == NULL) {
        search->no_memory = true;
    } else if (file->why != NULL) {
        char shown[400];
        printable(shown, sizeof(shown), file->path);
        if (asprintf(&picked->error, "%s %s", shown, file->why) < 0)
            search->no_memory = true;
    } else {
        picked->text = malloc(file->size + 1);
        search->no_memory = search->no_memory || picked->text == NULL;
        if (picked->text != NULL)
            memcpy(picked->text, file->text, file->size + 1);
        picked->size = file->size;
    }
}

/* Puts the names of the tables that are asked for into text: "a_allocator,
   b_allocator or c_allocator". */
static void list_wanted(const struct search *search, char *text, size_t size)
{
    size_t count =
        search->lab_count < LISTED_MAX ? search->lab_count : LISTED_MAX;
    bool all = count == search->lab_count;
    size_t used = 0;

    for (size_t i = 0; i < count && used < size; i++) {
        const char *before = i == 0                  ? ""
                             : all && i == count - 1 ? " or "
                                                     : ", ";
        used += (size_t)snprintf(text + used, size - used, "%s%s_allocator",
                                 before, search->labs[i].allocator);
    }
    if (!all && used < size)
        snprintf(text + used, size - used, ", ...");
}

/* Says that there is nothing, and what was there instead. */
static char *nothing(const struct search *search, enum tree_end end)
{
    char wanted[512] = "";
    char shown[200] = "";
    const char *why = "";
    char *text = NULL;

    if (search->passed != NULL) {
        printable(shown, sizeof(shown), search->passed);
        why = search->passed_why;
    } else if (search->archive != NULL) {
        printable(shown, sizeof(shown), search->archive);
        why = "in it is not unpacked";
    } else if (end == TREE_PARTLY) {
        snprintf(shown, sizeof(shown), "not all of its folders");
        why = "can be read";
    }
    list_wanted(search, wanted, sizeof(wanted));
    if (asprintf(&text, "nothing in it defines %s%s%s%s%s", wanted,
                 shown[0] != '\0' ? ": " : "", shown,
                 shown[0] != '\0' ? " " : "", why) < 0)
        return NULL;
    return text;
}

/* Looks at one file, as if it were alone in a folder. */
static void meet_only(struct search *search, int folder, const char *name)
{
    struct stat what;
    struct tree_item item = {
        .folder = folder, .name = name, .path = name, .what = &what};

    if (fstatat(folder, name, &what, AT_SYMLINK_NOFOLLOW) == 0)
        look_at(search, &item);
}

static void end_search(struct search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        free(search->found[i].path);
        free(search->found[i].text);
    }
    free(search->passed);
    free(search->archive);
}

bool pick(int folder, const char *only, bool links_count,
          const struct pick_lab *labs, size_t count, struct picked *picked,
          char **error)
{
    struct search search = {
        .labs = labs, .lab_count = count, .links_count = links_count};
    enum tree_end end = TREE_ALL;
    bool any = false;

    memset(picked, 0, count * sizeof(*picked));
    *error = NULL;
    if (only != NULL)
        meet_only(&search, folder, only);
    else
        end = tree_walk(folder, meet, &search);
    if (!search.too_much && !search.no_memory) {
        qsort(search.found, search.count, sizeof(search.found[0]), by_path);
        for (size_t i = 0; i < count; i++) {
            take(&search, i, &picked[i]);
            any = any || picked[i].text != NULL || picked[i].error != NULL;
        }
        if (!any) {
            *error = nothing(&search, end);
            search.no_memory = search.no_memory || *error == NULL;
        }
    } else if (!search.no_memory &&
               (*error =
                    strdup("it holds too much to look through: more than "
                           "20000 files, 128 MiB of C, or 64 files that "
                           "could be meant")) == NULL) {
        search.no_memory = true;
    }
    end_search(&search);
    return !search.no_memory;
}

void picked_free(struct picked *picked)
{
    free(picked->text);
    free(picked->path);
    free(picked->error);
    memset(picked, 0, sizeof(*picked));
}
