/*
 * rooms.h - the sandboxes that one submission is compiled and run in.
 */
#ifndef GRADER_GRADEBOOK_ROOMS_H
#define GRADER_GRADEBOOK_ROOMS_H

#include "grader/confine/sandbox.h"
#include "grader/subject.h"
#include "grader/walls.h"

/* The four layers, of which tests can leave out each: bits of a mask. */
enum layer {
    LAYER_COMPILE = 1 << 0, /* what the file is compiled in */
    LAYER_LOOK = 1 << 1,    /* the look at what it was compiled to */
    LAYER_CHILD = 1 << 2,   /* what it runs in */
    LAYER_PARENT = 1 << 3,  /* trace, patterns, meter and verdict are here */
};

struct rooms {
    char folder[PATH_ROOM]; /* where it is built; private */
    char counts[PATH_ROOM]; /* in it: the one that counted runs can write in,
                               or what is built would be theirs to change */
    struct sandbox *compile_box;
    struct sandbox *served_box;
    struct sandbox *counted_box;
    struct walls compile; /* the same, for those who start what is inside */
    struct walls served;
    struct walls counted;
};

/*
 * Makes a folder below parent and the sandboxes around it. off is a mask of
 * enum layer: those are left out. Returns false, with a line in error, if that
 * cannot be done. To be ended by rooms_close(), either way.
 */
bool rooms_open(struct rooms *rooms, const char *parent, unsigned off,
                char *error, size_t size);

/* Removes the folder with all that is in it. */
void rooms_close(struct rooms *rooms);

/*
 * The walls in which a stranger's archive is unpacked, for unpack(). They are
 * made around each child anew, for each has a folder of its own.
 */
extern const struct walls unpack_walls;

#endif
