/*
 * tree.c - walks a folder that somebody else filled.
 */
#include "grader/class/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A folder that is being read. */
struct level {
    DIR *dir;
    size_t length; /* of its path, with the '/' behind it; 0: the first */
};

struct walk {
    struct level level[TREE_DEPTH + 1];
    unsigned depth; /* the last level in use */
    bool partly;
    char path[(TREE_DEPTH + 1) * (NAME_MAX + 1) + 1];
};

/* Opens the folder called name in folder, and never what it links to. */
static DIR *open_folder(int folder, const char *name)
{
    int fd =
        openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (dir == NULL && fd >= 0)
        close(fd);
    return dir;
}

/* Goes into the folder whose path stands in walk, length bytes. */
static void enter(struct walk *walk, int folder, const char *name,
                  size_t length)
{
    DIR *dir = walk->depth < TREE_DEPTH ? open_folder(folder, name) : NULL;

    if (dir == NULL) {
        walk->partly = true;
        return;
    }
    walk->path[length] = '/';
    walk->level[++walk->depth] =
        (struct level){.dir = dir, .length = length + 1};
}

/* Visits one name of the innermost folder. Returns what visit said. */
static enum tree_next visit_one(struct walk *walk, const char *name,
                                tree_visit *visit, void *context)
{
    const struct level *level = &walk->level[walk->depth];
    int folder = dirfd(level->dir);
    struct stat what;
    struct tree_item item = {.folder = folder,
                             .name = name,
                             .path = walk->path,
                             .depth = walk->depth,
                             .what = &what};
    size_t length = level->length + strlen(name);
    enum tree_next next;

    if (fstatat(folder, name, &what, AT_SYMLINK_NOFOLLOW) != 0)
        return TREE_PASS;
    memcpy(walk->path + level->length, name, strlen(name) + 1);
    next = visit(context, &item);
    if (next == TREE_ENTER && S_ISDIR(what.st_mode))
        enter(walk, folder, name, length);
    return next;
}

enum tree_end tree_walk(int folder, tree_visit *visit, void *context)
{
    struct walk walk = {.depth = 0, .partly = false};
    enum tree_next next = TREE_ENTER;
    bool open = true;

    walk.level[0].dir = open_folder(folder, ".");
    if (walk.level[0].dir == NULL)
        return TREE_PARTLY;
    while (open && next != TREE_STOP) {
        const struct dirent *entry = readdir(walk.level[walk.depth].dir);
        if (entry == NULL) {
            closedir(walk.level[walk.depth].dir);
            open = walk.depth > 0;
            walk.depth -= open;
        } else if (strcmp(entry->d_name, ".") != 0 &&
                   strcmp(entry->d_name, "..") != 0) {
            next = visit_one(&walk, entry->d_name, visit, context);
        }
    }
    if (!open)
        return walk.partly ? TREE_PARTLY : TREE_ALL;
    for (unsigned i = 0; i <= walk.depth; i++)
        closedir(walk.level[i].dir);
    return TREE_STOPPED;
}
