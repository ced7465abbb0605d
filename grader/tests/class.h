/*
 * class.h - a folder of submissions for a test, and what was taken of it.
 */
#ifndef GRADER_TESTS_CLASS_H
#define GRADER_TESTS_CLASS_H

#include "grader/class/intake.h"
#include "grader/spawn.h"
#include "grader/tests/archive.h"
#include "grader/tests/help.h"

#include <sys/stat.h>
#include <unistd.h>

#define KR   "const struct allocator kr_allocator = {0};\n"
#define BUMP "const struct allocator bump_allocator = {0};\n"
#define NONE "nothing in it defines bump_allocator or kr_allocator"

static const struct pick_lab asked[] = {{"0-bump", "bump"}, {"1-kr", "kr"}};

static char root[64]; /* a folder for the test; current while it runs */
static struct intake intake;
static struct intake_request request;
static char error[512];

static inline void setup(void)
{
    snprintf(root, sizeof(root), "/tmp/heaplab-test-intake-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    ck_assert_int_eq(chdir(root), 0);
    ck_assert_int_eq(mkdir("class", 0700), 0);
    ck_assert_int_eq(mkdir("tmp", 0700), 0);
    setenv("TMPDIR", "/nonexistent", 1);
    request = (struct intake_request){
        .folder = "class", .labs = asked, .lab_count = 2};
    memset(&intake, 0, sizeof(intake));
}

static inline void teardown(void)
{
    const char *words[] = {"rm", "-rf", root, NULL};
    char says[64];

    intake_close(&intake);
    ck_assert_int_eq(chdir("/"), 0);
    capture(words, NULL, says, sizeof(says));
}

static inline void make_folder(const char *path)
{
    ck_assert_msg(mkdir(path, 0700) == 0, "%s", path);
}

static inline void make_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "we");

    ck_assert_msg(out != NULL, "%s", path);
    fputs(text, out);
    ck_assert_int_eq(fclose(out), 0);
}

/* Begins a tar archive in the class. */
static inline FILE *begin_tar(const char *path)
{
    FILE *out = fopen(path, "we");

    ck_assert_ptr_nonnull(out);
    return out;
}

/* Takes the class in. */
static inline void take_in(void)
{
    ck_assert_msg(intake_open(&intake, &request, error, sizeof(error)), "%s",
                  error);
}

/* Takes the class in, which has one entry, and returns it. */
static inline const struct intake_entry *take_one(void)
{
    take_in();
    ck_assert_uint_eq(intake.count, 1);
    return &intake.entries[0];
}

/* What the copy of a file holds. */
static inline const char *text_of(const struct intake_file *file)
{
    static char text[4096];
    FILE *in;
    size_t length;

    ck_assert_msg(file->copy != NULL, "no copy: %s",
                  file->error != NULL ? file->error : "nothing");
    in = fopen(file->copy, "re");
    ck_assert_ptr_nonnull(in);
    length = fread(text, 1, sizeof(text) - 1, in);
    text[length] = '\0';
    fclose(in);
    return text;
}

/* Is nothing taken of the entry, and is that why? */
static inline void check_refused(const struct intake_entry *entry,
                                 const char *why)
{
    ck_assert_ptr_nonnull(entry->error);
    ck_assert_str_eq(entry->error, why);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_ptr_null(entry->files[i].copy);
        ck_assert_ptr_null(entry->files[i].error);
    }
}

/* Makes class/ada.tar with a file in it. */
static inline void make_tar(void)
{
    FILE *out = begin_tar("class/ada.tar");

    tar_file(out, "kr/src/kr.c", KR);
    tar_end(out);
}

#define ADD(test) tcase_add_test(tcase, test)

/* Begins a test case, each test of which has a folder of its own. */
static inline TCase *begin_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    suite_add_tcase(suite, tcase);
    return tcase;
}

#endif
