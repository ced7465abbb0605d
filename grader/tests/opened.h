/*
 * opened.h - the rules for what a gradebook's processes may do with files, and
 * whether what a watcher saw is within them.
 *
 * They are written from docs/sandbox.md and docs/untrusted.md, without the
 * lists that the walls themselves are made of.
 */
#ifndef GRADER_TESTS_OPENED_H
#define GRADER_TESTS_OPENED_H

#include "grader/tests/watcher.h"

/* The most submissions of a class that is watched. */
#define ROOMS_MOST 256

/* A submission's private folder, and those who work on it. */
struct seen_room {
    char name[64];   /* of the folder, in that of the class */
    uint64_t keeper; /* of struct sight */
    bool is_written;
};

/* The rules, and what came of them. */
struct opened {
    /* The rules; paths without links, to be set before. */
    pid_t test;          /* the test itself, whose files nobody minds */
    char results[256];   /* where the results are to be written */
    char temporary[256]; /* TMPDIR: the folder of the class is made there */

    /* What was seen. */
    char class[256]; /* the folder of the class; empty: none */
    struct seen_room rooms[ROOMS_MOST];
    size_t room_count;
    size_t behind;  /* sights of processes behind walls */
    size_t outside; /* and of others */

    /* The first that was against a rule, or empty. */
    char strayed[1024];    /* behind the walls: a file that is not its own */
    char unfiltered[1024]; /* behind the walls: without the one of calls */
    char littered[1024];   /* outside: written where no results are */
};

/* Is path this folder, or below it? */
static inline bool lies_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    return length > 0 && strncmp(path, folder, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

/* Is it a part of the system or of the kit's build that may be read? */
static inline bool is_given(const char *path)
{
    static const char *const system[] = {"/usr", "/lib", "/lib64", "/bin",
                                         "/etc/ld.so.cache"};
    static const char *const built[] = {"include/allocators", "runner.a",
                                        "served.a"};
    char kit[PATH_ROOM];

    for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++) {
        if (lies_in(path, system[i]))
            return true;
    }
    for (size_t i = 0; i < sizeof(built) / sizeof(built[0]); i++) {
        path_built(kit, built[i]);
        if (lies_in(path, kit))
            return true;
    }
    return false;
}

/* Is it what the kernel tells a process of itself? */
static inline bool is_of_itself(const struct sight *sight)
{
    char own[32];

    snprintf(own, sizeof(own), "/proc/%d", (int)sight->pid);
    return lies_in(sight->path, own);
}

/* Is path in the folder of the class? The first that is named so is it. */
static inline bool is_of_class(struct opened *opened, const char *path)
{
    static const char begin[] = "/heaplab-class-";
    size_t above = strlen(opened->temporary);

    if (opened->class[0] == '\0' && lies_in(path, opened->temporary) &&
        strncmp(path + above, begin, strlen(begin)) == 0)
        snprintf(opened->class, sizeof(opened->class), "%.*s",
                 (int)(above + 1 + strcspn(path + above + 1, "/")), path);
    return lies_in(path, opened->class);
}

/*
 * Is the path in the room of the keeper's submission? A room has one keeper,
 * and a keeper one room, from the first time that they are seen together.
 */
static inline bool is_own_room(struct opened *opened,
                               const struct sight *sight)
{
    const char *name = sight->path + strlen(opened->class) + 1;
    size_t length = strcspn(name, "/");
    struct seen_room *room = opened->rooms;
    struct seen_room *end = room + opened->room_count;

    if (strncmp(name, "room-", 5) != 0 || length >= sizeof(room->name))
        return false;
    while (room < end && room->keeper != sight->keeper &&
           (strncmp(room->name, name, length) != 0 ||
            room->name[length] != '\0'))
        room++;
    if (room == end) {
        ck_assert_uint_lt(opened->room_count, ROOMS_MOST);
        opened->room_count++;
        memcpy(room->name, name, length);
        room->keeper = sight->keeper;
    }
    room->is_written |= sight->what == SIGHT_WRITE;
    return room->keeper == sight->keeper &&
           strncmp(room->name, name, length) == 0 &&
           room->name[length] == '\0';
}

/* May somebody behind the walls do this? */
static inline bool is_allowed(struct opened *opened,
                              const struct sight *sight)
{
    if (strcmp(sight->path, "/dev/null") == 0)
        return true;
    if (is_of_class(opened, sight->path))
        return is_own_room(opened, sight);
    return sight->what != SIGHT_WRITE &&
           (is_given(sight->path) || is_of_itself(sight));
}

/* Keeps the first of several. */
static inline void opened_blame(char *first, size_t size,
                                const struct sight *sight)
{
    if (first[0] == '\0')
        snprintf(first, size, "process %d of %d: %c %.900s", (int)sight->pid,
                 (int)(sight->keeper % WATCH_PIDS), sight->what, sight->path);
}

/* Is it what the kit does before the walls: a process says of itself that it
   is to be ended first when memory runs out? */
static inline bool is_to_be_ended(const struct sight *sight)
{
    static const char name[] = "/oom_score_adj";
    size_t length = strlen(sight->path);

    return length > strlen(name) && is_of_itself(sight) &&
           strcmp(sight->path + length - strlen(name), name) == 0;
}

/* Holds a sight against the rules. */
static inline void opened_judge_one(struct opened *opened,
                                    const struct sight *sight)
{
    if (sight->pid == opened->test || is_to_be_ended(sight))
        return;
    if (!sight->behind) {
        opened->outside++;
        if (sight->what == SIGHT_WRITE &&
            strcmp(sight->path, "/dev/null") != 0 &&
            !is_of_class(opened, sight->path) &&
            !lies_in(sight->path, opened->results))
            opened_blame(opened->littered, sizeof(opened->littered), sight);
        return;
    }
    opened->behind++;
    if (!is_allowed(opened, sight))
        opened_blame(opened->strayed, sizeof(opened->strayed), sight);
    if (!sight->filtered)
        opened_blame(opened->unfiltered, sizeof(opened->unfiltered), sight);
}

/* Holds all that was seen in a watch against the rules. */
static inline void opened_judge(struct opened *opened,
                                const struct watch *watch)
{
    struct sight sight;
    size_t at = 0;

    while (watch_next(watch, &at, &sight))
        opened_judge_one(opened, &sight);
}

/* Begins with the rules for a gradebook that the calling process starts. Its
   TMPDIR is tmp, and its results go to results, in a folder that exists. */
static inline void opened_begin(struct opened *opened, const char *folder,
                                const char *results)
{
    char whole[PATH_ROOM];

    *opened = (struct opened){.test = getpid()};
    ck_assert_ptr_nonnull(realpath(folder, whole));
    snprintf(opened->results, sizeof(opened->results), "%.128s/%.64s", whole,
             results);
    snprintf(opened->temporary, sizeof(opened->temporary), "%.128s/tmp",
             whole);
}

#endif
