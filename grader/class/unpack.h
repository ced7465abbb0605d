/*
 * unpack.h - unpacks an archive that is not trusted.
 *
 * tar(1) or unzip(1) does it, in a child with limits of its own, whose folder
 * is looked at all the time: an archive that unfolds to more than is allowed
 * is stopped while it does.
 */
#ifndef GRADER_CLASS_UNPACK_H
#define GRADER_CLASS_UNPACK_H

#include "grader/walls.h"

#include <stddef.h>

/* What an archive may come to. */
struct unpack_limits {
    size_t packed;    /* bytes of the archive itself */
    size_t unpacked;  /* bytes of all files in it together */
    size_t files;     /* files, folders and links */
    unsigned depth;   /* folders one in the other: TREE_DEPTH at most */
    unsigned seconds; /* of CPU time, for each process; four times that on
                         the clock, for the machine may be busy */
};

/* What is enough for the whole kit, built, with its history. */
extern const struct unpack_limits unpack_limits;

enum unpack_end {
    UNPACK_DONE,
    UNPACK_REFUSED, /* it is the archive's fault */
    UNPACK_TROUBLE, /* it is this machine's: a program is not there */
};

/*
 * Unpacks the file FOLDER/archive into FOLDER/tree, which it makes. folder is
 * an absolute path, and nobody else's. The format is told by how the archive
 * begins. walls, which may be NULL, confines the child: it needs to read and
 * write in folder, and to execute tar, unzip and what unpacks for them (gzip,
 * bzip2, xz). Nothing that it started is left. Unless the end is
 * UNPACK_DONE, why says why in one line, fit to be shown.
 *
 * Modes in the tree are made such that its owner can read and remove it. It
 * may still hold anything: links, devices, names of all kinds.
 */
enum unpack_end unpack(const char *folder, const struct unpack_limits *limits,
                       const struct walls *walls, char *why, size_t size);

#endif
