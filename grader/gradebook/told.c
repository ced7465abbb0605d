/*
 * told.c - the text that a person reads of a submission: OUT/LAB/NAME.txt.
 */
#include "grader/gradebook/told.h"

#include "grader/lab/sha256.h"
#include "grader/show/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_MOST 100 /* bytes of a name that are kept */
#define NAME_ROOM (NAME_MOST + 32)
#define MARK_SIZE 8 /* bytes of the hash that tell names apart */

/* A text being written. */
struct text {
    FILE *out;
    char path[PATH_ROOM];
    char temporary[PATH_ROOM + 8]; /* what it is called until it is whole */
};

/* Is it a letter or digit of ASCII, or one of the marks that are kept? */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

/* Puts what tells the name from others behind what is kept of it. */
static void add_mark(char *to, const char *name)
{
    uint8_t digest[SHA256_SIZE];
    struct sha256 hash;

    sha256_begin(&hash);
    sha256_add(&hash, name, strlen(name));
    sha256_end(&hash, digest);
    *to++ = '+';
    for (size_t i = 0; i < MARK_SIZE; i++)
        snprintf(to + 2 * i, 3, "%02x", digest[i]);
}

/* Puts the path of the text into path. Returns false if it is too long. */
static bool find_path(char *path, const struct told *told)
{
    const char *from = told->entry->name;
    bool plain = from[0] != '.' && strlen(from) < NAME_MOST;
    char name[NAME_ROOM];
    size_t length = 0;

    for (; from[length] != '\0' && length < NAME_MOST; length++) {
        bool kept = is_plain(from[length]);
        plain = plain && kept;
        name[length] = (char)(kept ? from[length] : '_');
    }
    name[length] = '\0';
    if (!plain)
        add_mark(name + length, from);
    errno = ENAMETOOLONG;
    return snprintf(path, PATH_ROOM, "%s/%s/%s.txt", told->out,
                    told->rubric->lab, name) < PATH_ROOM;
}

/* Opens a text, which takes its place when close_text() says so. */
static bool open_text(struct text *text, const struct told *told)
{
    if (!find_path(text->path, told))
        return false;
    snprintf(text->temporary, sizeof(text->temporary), "%s.new", text->path);
    text->out = fopen(text->temporary, "we");
    return text->out != NULL;
}

static bool close_text(struct text *text)
{
    bool well = fflush(text->out) == 0 && !ferror(text->out);

    return fclose(text->out) == 0 && well &&
           rename(text->temporary, text->path) == 0;
}

/* Has the file what it needs in files of its own? They are not there when it
   is compiled: the compiler says only that there is no such file. */
static bool may_want_others(const struct intake_file *file,
                            const struct grade *grade)
{
    return !grade->compiled &&
           (file->others ||
            strstr(grade->compiler_said, "No such file") != NULL);
}

bool told_grade(const struct told *told, const struct grade *grade)
{
    const struct intake_entry *entry = told->entry;
    const struct intake_file *file = &entry->files[told->lab];
    struct text text;

    if (!open_text(&text, told))
        return false;
    fprintf(text.out, "%s, %s\n\n", entry->shown, file->path);
    if (file->also != NULL)
        fprintf(text.out, "%s\n\n", file->also);
    report_print(text.out, told->rubric, grade, file->path);
    if (may_want_others(file, grade))
        fprintf(text.out,
                "\nOnly %s is compiled, alone, with the kit's headers. It "
                "cannot use\nother files that were handed in with it.\n",
                file->path);
    return close_text(&text);
}

bool told_why(const struct told *told, const char *verdict, const char *why)
{
    const char *also = told->entry->files[told->lab].also;
    struct text text;

    if (!open_text(&text, told))
        return false;
    fprintf(text.out, "%s\n\n%s: %s: %s\n", told->entry->shown,
            told->rubric->lab, verdict, why);
    if (also != NULL)
        fprintf(text.out, "\n%s\n", also);
    return close_text(&text);
}

bool told_nothing(const struct told *told, bool only_old)
{
    const struct intake_entry *entry = told->entry;
    const char *why = entry->error;
    char path[PATH_ROOM];

    if (!find_path(path, told))
        return false;
    if ((only_old || why == NULL) && access(path, F_OK) != 0)
        return true;
    return told_why(told, entry->trouble ? "no result" : "not graded",
                    why != NULL ? why : "nothing in it is for this lab");
}
