/*
 * tree.h - walks a folder that somebody else filled.
 *
 * No symbolic link is followed, neither for a file nor for a folder, whatever
 * is changed meanwhile. At most TREE_DEPTH folders are entered one in the
 * other. The order is the file system's.
 */
#ifndef GRADER_CLASS_TREE_H
#define GRADER_CLASS_TREE_H

#include <sys/stat.h>

#define TREE_DEPTH 64

/* What is met. All of it is gone when the visit returns. */
struct tree_item {
    int folder;              /* the open folder it lies in */
    const char *name;        /* in that folder */
    const char *path;        /* from where the walk began */
    unsigned depth;          /* folders between it and there: 0 or more */
    const struct stat *what; /* of itself, not of what it links to */
};

/* How the walk goes on. */
enum tree_next {
    TREE_ENTER, /* into it, if it is a folder; else to the next */
    TREE_PASS,  /* to the next */
    TREE_STOP,  /* not at all */
};

typedef enum tree_next tree_visit(void *context,
                                  const struct tree_item *item);

/* How it ended. */
enum tree_end {
    TREE_ALL,     /* everything was met that visit asked for */
    TREE_PARTLY,  /* but a folder could not be read, or lies too deep */
    TREE_STOPPED, /* visit said so */
};

/*
 * Calls visit with context for everything in folder, an open descriptor that
 * stays the caller's, and in what lies below. What vanishes meanwhile is
 * passed over.
 */
enum tree_end tree_walk(int folder, tree_visit *visit, void *context);

#endif
