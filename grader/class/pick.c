/*
 * pick.c - finds, in what somebody handed in, the file that a lab is about.
 */
#include "grader/class/pick.h"

#include "grader/class/ending.h"
#include "grader/class/printable.h"
#include "grader/class/source_file.h"
#include "grader/class/tree.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    bool kits_own;    /* it is never taken, only told of */
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
    char *renamed; /* the first name like kr.c.txt, or NULL */
    bool hidden;   /* something was passed over by its name */
    bool deep;     /* there are folders that were not looked into */
    bool alone;    /* it is no folder, but one file */
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

/* Does it lie in the folder with the kit's own allocators in it? */
static bool is_kits_own(const struct tree_item *item)
{
    struct stat what;

    return item->depth > 0 && fstatat(item->folder, "allocators.def", &what,
                                      AT_SYMLINK_NOFOLLOW) == 0;
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
    struct candidate file = {
        .why = source_fault(item->what, search->links_count)};

    if (file.why == NULL) {
        file.text = source_read(item->folder, item->name, search->links_count,
                                &file.size, &file.why);
        search->no_memory =
            search->no_memory || (file.text == NULL && file.why == NULL);
        search->read += file.size;
    }
    file.kits_own = is_kits_own(item);
    tell_labs(search, item->name, &file);
    if (search->read > READ_MAX)
        search->too_much = true;
    if (file.kits_own && (file.named | file.defines) != 0)
        file.why = "lies among the kit's own files, and is not taken";
    if (file.why != NULL && (file.named == 0 || file.kits_own) &&
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

    if (pick_passes_over(item->name)) {
        search->hidden = true;
        return TREE_PASS;
    }
    search->files += !S_ISDIR(item->what->st_mode);
    if (++search->items > ITEMS_MAX)
        search->too_much = true;
    else if (S_ISDIR(item->what->st_mode) && item->depth >= DEPTH_MAX)
        search->deep = true;
    else if (S_ISDIR(item->what->st_mode))
        return is_kits_own(item) ? TREE_PASS : TREE_ENTER;
    else if (ending_is_source(item->name))
        look_at(search, item);
    else if (*ending_of(item->name) != '\0')
        keep_first(search, &search->archive, item->path);
    else if (ending_is_text_of_source(item->name))
        keep_first(search, &search->renamed, item->path);
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

/* Have both the same bytes? */
static bool is_same(const struct candidate *a, const struct candidate *b)
{
    return a->text != NULL && b->text != NULL && a->size == b->size &&
           memcmp(a->text, b->text, a->size) == 0;
}

/* Keeps only the first of those that have the same bytes. */
static void drop_copies(const struct search *search, struct choice *choice)
{
    struct choice kept = {.count = 0};

    for (size_t i = 0; i < choice->count; i++) {
        size_t k = 0;
        while (k < kept.count && !is_same(&search->found[kept.index[k]],
                                          &search->found[choice->index[i]]))
            k++;
        if (k == kept.count)
            kept.index[kept.count++] = choice->index[i];
    }
    *choice = kept;
}

/* The candidates of lab: those of its name, or else those that define its
   allocator; as few of them as can be told apart. */
static struct choice choose(const struct search *search, size_t lab)
{
    struct choice choice = {.count = 0};
    bool named = false;

    for (size_t i = 0; i < search->count; i++)
        named = named || (!search->found[i].kits_own &&
                          (search->found[i].named >> lab & 1) != 0);
    for (size_t i = 0; i < search->count; i++) {
        const struct candidate *file = &search->found[i];
        uint64_t of = named ? file->named : file->defines;
        if (!file->kits_own && (of >> lab & 1) != 0)
            choice.index[choice.count++] = i;
    }
    if (choice.count > 1)
        narrow(search, &choice, lab, NARROW_LABS_OWN);
    if (choice.count > 1)
        narrow(search, &choice, lab, NARROW_DEFINES);
    drop_copies(search, &choice);
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

/* Says which other files define the allocator of lab, if any do. */
static void tell_others(struct search *search, size_t lab,
                        const struct candidate *file, struct picked *picked)
{
    bool too = (file->defines >> lab & 1) != 0;
    const char *first = NULL;
    char shown[200], more[48] = "";
    size_t count = 0;

    for (size_t i = 0; i < search->count; i++) {
        const struct candidate *other = &search->found[i];
        if (other == file || (other->defines >> lab & 1) == 0 ||
            is_same(file, other))
            continue;
        first = first != NULL ? first : other->path;
        count++;
    }
    if (count == 0)
        return;
    printable(shown, sizeof(shown), first);
    if (count > 1)
        snprintf(more, sizeof(more), " and %zu more", count - 1);
    if (asprintf(&picked->also,
                 "graded %s; %s%s in it define%s %s_allocator%s",
                 picked->path, shown, more, count > 1 ? "" : "s",
                 search->labs[lab].allocator,
                 too ? " too" : ", which this does not") < 0) {
        picked->also = NULL;
        search->no_memory = true;
    }
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
        picked->unclear = true;
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
    if (picked->path != NULL)
        tell_others(search, lab, file, picked);
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

/* Puts what was there instead of a file for a lab into text; nothing: there is
   nothing to be said of it. */
static void tell_instead(const struct search *search, enum tree_end end,
                         char *text, size_t size)
{
    char shown[200];

    text[0] = '\0';
    if (search->passed != NULL) {
        printable(shown, sizeof(shown), search->passed);
        snprintf(text, size, "%s %s", shown, search->passed_why);
    } else if (search->renamed != NULL) {
        const char *name = strrchr(search->renamed, '/');
        char wanted[200];
        printable(shown, sizeof(shown), search->renamed);
        printable(wanted, sizeof(wanted),
                  name != NULL ? name + 1 : search->renamed);
        snprintf(text, size, "%s is not taken: rename it to %.*s", shown,
                 (int)strlen(wanted) - 4, wanted);
    } else if (search->archive != NULL) {
        printable(shown, sizeof(shown), search->archive);
        snprintf(text, size, "%s in it is not unpacked", shown);
    } else if (end == TREE_PARTLY) {
        snprintf(text, size, "not all of its folders can be read");
    }
}

/* Says that there is nothing, and what was there instead. */
static char *nothing(const struct search *search, enum tree_end end)
{
    char wanted[512] = "";
    char instead[512];
    char *text = NULL;
    int length;

    tell_instead(search, end, instead, sizeof(instead));
    list_wanted(search, wanted, sizeof(wanted));
    if (search->alone && search->passed != NULL)
        length = asprintf(&text, "it %s", search->passed_why);
    else if (search->files == 0 && !search->deep && instead[0] == '\0')
        length = asprintf(&text, "it is empty%s",
                          search->hidden ? ", but for hidden files" : "");
    else
        length = asprintf(&text, "nothing in it defines %s%s%s", wanted,
                          instead[0] != '\0' ? ": " : "", instead);
    return length >= 0 ? text : NULL;
}

/* Looks at one file, as if it were alone in a folder. */
static void meet_only(struct search *search, int folder, const char *name)
{
    struct stat what;
    struct tree_item item = {
        .folder = folder, .name = name, .path = name, .what = &what};

    search->alone = true;
    search->files = 1;
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
    free(search->renamed);
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
    free(picked->also);
    memset(picked, 0, sizeof(*picked));
}
