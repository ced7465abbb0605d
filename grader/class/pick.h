/*
 * pick.h - finds, in what somebody handed in, the file that a lab is about.
 *
 * For the lab whose allocator is kr, it is the file called kr.c. If there are
 * several, the one in the lab's own folder (labs/1-kr/kr.c: a whole kit was
 * handed in); if there is still more than one, the one that defines struct
 * allocator kr_allocator. If no file is called kr.c it is the one that defines
 * that. Of files with the same bytes the first by path counts. The kit's own
 * files, in a folder with an allocators.def, are never taken. The choice is
 * told of if another file defines the allocator as well (picked.also).
 *
 * Nothing that is met is trusted: links are not followed, only plain files are
 * opened, each is read once, and what it is taken for is what was read.
 */
#ifndef GRADER_CLASS_PICK_H
#define GRADER_CLASS_PICK_H

#include <stdbool.h>
#include <stddef.h>

/* How many labs can be asked for at once. */
#define PICK_LABS_MAX 64

/* What a lab asks for. */
struct pick_lab {
    const char *lab;       /* 1-kr */
    const char *allocator; /* kr */
};

/* What was found for a lab. */
struct picked {
    char *text;   /* of the file; NULL: none was taken */
    size_t size;  /* of text, bytes */
    char *path;   /* of the file in what was handed in, fit to be shown */
    char *error;  /* why none was taken though there is something for the lab,
                    in one line fit to be shown; NULL: there is nothing */
    char *also;   /* that other files define the allocator, in one line fit to
                    be shown; NULL: none do */
    bool unclear; /* error says that several files could be meant */
    bool others;  /* it is not the only file that was handed in */
};

/*
 * Finds the files of count labs in folder, an open descriptor that stays the
 * caller's; or, if only is not NULL, the one file of that name in folder.
 * links_count says that a file with several names (a hard link) is refused.
 * Fills picked[count], to be ended by picked_free() each, either way. If there
 * is nothing for any lab, or the folder is too large to look through, *error
 * becomes a line that says so, fit to be shown, to be freed; otherwise NULL.
 * Returns false if memory runs out.
 */
bool pick(int folder, const char *only, bool links_count,
          const struct pick_lab *labs, size_t count, struct picked *picked,
          char **error);

void picked_free(struct picked *picked);

/*
 * Does the C source of size bytes, ended by a NUL, define the table called
 * SYMBOL_allocator: the words struct allocator SYMBOL_allocator, and = behind
 * them, outside comments and strings?
 */
bool source_defines(const char *text, size_t size, const char *symbol);

/* Is a file of that name passed over: hidden, an editor's backup, or what an
   archiver left? */
bool pick_passes_over(const char *name);

#endif
