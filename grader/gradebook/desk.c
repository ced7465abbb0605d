/*
 * desk.c - one submission, graded on one lab behind walls.
 */
#include "grader/gradebook/desk.h"

#include "grader/copy.h"
#include "grader/gradebook/rooms.h"
#include "grader/spawn.h"
#include "grader/submission.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* Builds and grades what lies in the room as name. */
static bool grade_in(struct grade *grade, const struct errand *errand,
                     const struct rooms *rooms, const char *name, char *error,
                     size_t size)
{
    const struct confinement confined = {
        .folder = rooms->folder,
        .counts = rooms->counts,
        .shown = errand->shown,
        .compile = &rooms->compile,
        .served = &rooms->served,
        .counted = &rooms->counted,
        .no_look = (errand->off & LAYER_LOOK) != 0,
        .in_runner = (errand->off & LAYER_PARENT) != 0,
    };
    const struct recipe recipe = {.confined = &confined};
    struct subject subject;
    void *spent = mmap(NULL, sizeof(*subject.spent), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool graded;

    if (spent == MAP_FAILED) {
        snprintf(error, size, "there is no memory for it");
        return false;
    }
    grade->compiled =
        submission_build_as(&subject, errand->rubric->allocator, name,
                            &recipe, grade->compiler_said);
    grade->refused = subject.refused;
    if (!grade->compiled) {
        snprintf(error, size, "%.400s", grade->compiler_said);
        munmap(spent, sizeof(*subject.spent));
        return !subject.trouble;
    }
    subject.spent = spent;
    subject.dealer = errand->dealer;
    snprintf(subject.lab, sizeof(subject.lab), "%s", errand->rubric->lab);
    graded = grade_subject(grade, errand->rubric, &subject, error, size);
    munmap(spent, sizeof(*subject.spent));
    return graded;
}

bool desk_grade(struct grade *grade, const struct errand *errand, char *error,
                size_t size)
{
    struct rooms rooms;
    char path[PATH_ROOM + 80];
    char name[80];
    bool graded = false;

    snprintf(name, sizeof(name), "%.64s.c", errand->rubric->allocator);
    if (rooms_open(&rooms, errand->folder, errand->off, error, size)) {
        /* objcopy, objdump and addr2line read what it was compiled to. */
        capture_behind(&rooms.compile);
        snprintf(path, sizeof(path), "%s/%s", rooms.folder, name);
        if (copy_file(errand->copy, path))
            graded = grade_in(grade, errand, &rooms, name, error, size);
        else
            snprintf(error, size, "%s: %s", path, strerror(errno));
    }
    capture_behind(NULL);
    rooms_close(&rooms);
    return graded;
}
