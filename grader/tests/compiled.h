/*
 * compiled.h - small files compiled as submissions are, for tests of what is
 * looked for in objects.
 */
#ifndef GRADER_TESTS_COMPILED_H
#define GRADER_TESTS_COMPILED_H

#include "grader/tests/help.h"

#include "grader/inspect/inspect.h"
#include "grader/spawn.h"

#include <unistd.h>

/* Do compilers add constructors, symbols and data of their own? */
#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN) ||                        \
    defined(VARIANT_COVERAGE)
#define INSTRUMENTED true
#else
#define INSTRUMENTED false
#endif

/* What every file needs at least. */
#define TABLE "const struct allocator kr_allocator = {.title = \"t\"};\n"

/* A function work() of a pointer p and a size n, with body in it. */
#define HEAP_FUNCTION(body)                                                  \
    "void *work(void *p, size_t n);\nvoid *work(void *p, size_t "            \
    "n)\n{\n" body "\nreturn (char *)p + n;\n}\n"

/* Where files and objects are made; the objects' name. */
static char compiled_folder[] = "/tmp/heaplab-inspect-XXXXXX";
static char compiled_object[64];

/* For a test case's fixture, before and after each test. */
static inline void compiled_setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(compiled_folder));
    snprintf(compiled_object, sizeof(compiled_object), "%s/o.o",
             compiled_folder);
}

static inline void compiled_teardown(void)
{
    const char *words[] = {"rm", "-rf", compiled_folder, NULL};
    char text[64];

    capture(words, NULL, text, sizeof(text));
}

/*
 * Runs the compiler with the flags that submissions get, and rest behind
 * them, as a shell understands it; or another compiler, if that is not NULL.
 */
static inline void run_compiler(const char *compiler, const char *rest)
{
    char path[PATH_ROOM];
    char root[PATH_ROOM];
    char command[8192];
    char says[4096];
    const char *words[] = {"sh", "-c", command, NULL};

    path_built(path, "compile.txt");
    path_kit(root, "");
    snprintf(command, sizeof(command),
             "set -f; IFS='\n'; set -- $(cat '%s'); IFS=' '; "
             "[ -z '%s' ] || { shift; set -- '%s' \"$@\"; }; "
             "\"$@\" -iquote'%s' -w %s",
             path, compiler != NULL ? compiler : "",
             compiler != NULL ? compiler : "", root, rest);
    ck_assert_msg(capture(words, NULL, says, sizeof(says)) == 0, "%s: %s",
                  command, says);
}

/* Compiles a file into compiled_object so, with more flags behind. */
static inline void compile_file(const char *file, const char *compiler,
                                const char *more)
{
    char rest[PATH_ROOM + 512];

    snprintf(rest, sizeof(rest), "-c '%s' -o '%s' %s", file, compiled_object,
             more);
    run_compiler(compiler, rest);
}

/* Compiles code, behind the kit's headers, into compiled_object. */
static inline void compile_text(const char *code, const char *more)
{
    char file[80];
    FILE *out;

    snprintf(file, sizeof(file), "%s/kr.c", compiled_folder);
    out = fopen(file, "we");
    ck_assert_ptr_nonnull(out);
    fprintf(out, "#include \"allocators/malloc.h\"\n#line 1\n%s", code);
    ck_assert_int_eq(fclose(out), 0);
    compile_file(file, NULL, more);
}

/* Inspects what was compiled; no trouble is expected. */
static inline struct inspection inspect_compiled(void)
{
    struct inspection inspection;
    char error[256] = "";

    ck_assert_msg(inspect_object(&inspection, compiled_object, "kr_allocator",
                                 error, sizeof(error)),
                  "%s", error);
    return inspection;
}

/* Compiles code and the table behind it; inspects that. */
static inline struct inspection inspect_text(const char *code)
{
    char text[8192];

    snprintf(text, sizeof(text), "%s\n%s", code, TABLE);
    compile_text(text, "");
    return inspect_compiled();
}

/* Fails the test unless code is refused with these words among others. */
static inline void expect_refused(const char *code, const char *words)
{
    struct inspection inspection = inspect_text(code);

    ck_assert_msg(strstr(inspection.refusal, words) != NULL,
                  "not '%s', but '%s':\n%s", words, inspection.refusal, code);
}

static inline void expect_fine(const char *code)
{
    struct inspection inspection = inspect_text(code);

    ck_assert_msg(inspection.refusal[0] == '\0', "%s:\n%s",
                  inspection.refusal, code);
}

#endif
