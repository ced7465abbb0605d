/*
 * intake.h - takes in a folder of submissions, none of which is trusted.
 *
 * Each entry of the folder is one submission: a folder, an archive (.tar,
 * .tar.gz, .tgz, .tar.xz, .txz, .tar.bz2, .tbz2, .zip) or a single .c file.
 * For each lab the one file in it that the lab is about (pick.h) is copied
 * into a private folder, and nothing else is looked at from then on. Hidden
 * files and editors' backups are passed over, and listed.
 *
 * Whatever the names and files are, each entry has a result: files for labs,
 * or one line that says why there are none.
 */
#ifndef GRADER_CLASS_INTAKE_H
#define GRADER_CLASS_INTAKE_H

#include "grader/class/pick.h"
#include "grader/class/unpack.h"
#include "grader/subject.h"

#include <stdbool.h>
#include <stddef.h>

/* More entries than this are refused. */
#define INTAKE_MAX 10000

/* What an entry has for one lab. All NULL: nothing. */
struct intake_file {
    char *copy;   /* path of the private copy, called ALLOCATOR.c */
    char *path;   /* of the file in the entry, fit to be shown */
    char *error;  /* why there is no copy though there is something for this
                    lab, in one line fit to be shown */
    char *also;   /* that other files in the entry define the allocator too,
                    in one line fit to be shown; NULL: none do */
    bool unclear; /* error says that several files could be meant: a person
                     has to say which, and until then there is no figure */
    bool others;  /* there are other files in the entry */
};

struct intake_entry {
    char *file;   /* its name in the folder, byte for byte */
    char *name;   /* without its ending, if that still tells it from others */
    char *shown;  /* name, fit to be shown */
    char *error;  /* why there is nothing for any lab, in one line fit to be
                    shown; NULL: there is something */
    bool trouble; /* and it is this machine's fault */
    bool stray; /* it is no folder, no archive and no .c file: error says so.
                     It may lie there for another reason */
    struct intake_file *files; /* by lab, as in the request */
};

/* What is asked for. */
struct intake_request {
    const char *folder;          /* of submissions */
    const char *except;          /* path of a file in it that is none, such as
                                    the roster; NULL: no such */
    const struct pick_lab *labs; /* must stay as long as the intake */
    size_t lab_count;            /* 1 to PICK_LABS_MAX */
    const struct unpack_limits *limits; /* NULL: unpack_limits */
    const struct walls *walls; /* around what unpacks: unpack.h; NULL: none */
    const char *parent; /* absolute path: where the private folder is made;
                           NULL: in TMPDIR, or /tmp */
};

struct intake {
    struct intake_entry *entries; /* sorted by name, bytewise */
    size_t count;
    size_t lab_count;
    char **passed; /* names in the folder that were passed over, sorted, fit
                      to be shown */
    size_t passed_count;
    char folder[PATH_ROOM]; /* the private one: absolute. Mode 0700; with
                               walls 0711, for who unpacks may be another
                               user: what is in it is 0700 all the same */
};

/*
 * Takes in what request asks for. Returns false, with one line in error, if
 * the folder cannot be read, no private folder can be made, or memory runs
 * out. To be ended by intake_close(), either way.
 */
bool intake_open(struct intake *intake, const struct intake_request *request,
                 char *error, size_t size);

/* Removes the private folder and frees everything. */
void intake_close(struct intake *intake);

#endif
