/*
 * submission.c - makes a runner out of a file that somebody handed in.
 *
 * The file is compiled where it lies, so that the compiler's messages name it
 * as its owner does; but its name is mapped to SYMBOL.c in what is compiled,
 * so that the same code is the same bytes whatever the file is called. The
 * reference is taken out of the archive first: a file that does not define
 * its allocator must not be graded by the reference's.
 */
#include "grader/submission.h"

#include "allocators/registry.h"
#include "grader/spawn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 64

/* A command line under construction. */
struct words {
    const char *word[WORDS_MAX + 1];
    size_t count;
    char text[4096]; /* the words of compile.txt */
};

/* What the pieces are called. */
struct build {
    char folder[PATH_ROOM];
    char object[PATH_ROOM + 16];
    char archive[PATH_ROOM + 16];
    char runner[PATH_ROOM + 16];
    char map[PATH_ROOM + 64];
    char iquote[PATH_ROOM + 16];
    char kit_archive[PATH_ROOM];
    char member[80];
};

static void add(struct words *words, const char *word)
{
    if (words->count < WORDS_MAX)
        words->word[words->count++] = word;
    words->word[words->count] = NULL;
}

/* Begins a command with the compiler and flags that the kit is built with. */
static bool begin_with_compiler(struct words *words)
{
    char path[PATH_ROOM];
    FILE *in;
    size_t length;

    words->count = 0;
    path_built(path, "compile.txt");
    in = fopen(path, "re");
    if (in == NULL)
        return false;
    length = fread(words->text, 1, sizeof(words->text) - 1, in);
    fclose(in);
    words->text[length] = '\0';
    for (char *at = words->text; *at != '\0';) {
        char *end = at + strcspn(at, "\n");
        bool last = *end == '\0';
        *end = '\0';
        if (end > at)
            add(words, at);
        at = last ? end : end + 1;
    }
    return words->count > 0;
}

static bool name_pieces(struct build *build, const char *symbol,
                        const char *file)
{
    const char *temporary = getenv("TMPDIR");
    char root[PATH_ROOM];

    if (temporary == NULL || temporary[0] != '/' ||
        access(temporary, W_OK) != 0)
        temporary = "/tmp";
    if (snprintf(build->folder, sizeof(build->folder), "%s/heaplab-XXXXXX",
                 temporary) >= (int)sizeof(build->folder) ||
        mkdtemp(build->folder) == NULL)
        return false;
    path_kit(root, "");
    path_built(build->kit_archive, "runner.a");
    snprintf(build->object, sizeof(build->object), "%s/%s.o", build->folder,
             symbol);
    snprintf(build->archive, sizeof(build->archive), "%s/kit.a",
             build->folder);
    snprintf(build->runner, sizeof(build->runner), "%s/runner",
             build->folder);
    snprintf(build->map, sizeof(build->map), "-ffile-prefix-map=%s=%s.c",
             file, symbol);
    snprintf(build->iquote, sizeof(build->iquote), "-iquote%s", root);
    snprintf(build->member, sizeof(build->member), "%s.o", symbol);
    return true;
}

static void remove_pieces(const struct build *build)
{
    unlink(build->object);
    unlink(build->archive);
    unlink(build->runner);
    rmdir(build->folder);
}

/* Runs the three commands that make the runner; false when one fails. */
static bool compile_and_link(const struct build *build, const char *file,
                             char *says)
{
    struct words words;
    const char *copy[] = {"cp", build->kit_archive, build->archive, NULL};
    const char *take_out[] = {"ar", "d", build->archive, build->member, NULL};
    char linker[COMPILER_SAYS];

    if (!begin_with_compiler(&words)) {
        snprintf(says, COMPILER_SAYS, "build/: not built yet; run make");
        return false;
    }
    add(&words, build->iquote);
    add(&words, build->map);
    add(&words, "-fdiagnostics-color=never");
    add(&words, "-c");
    add(&words, file);
    add(&words, "-o");
    add(&words, build->object);
    if (capture(words.word, NULL, says, COMPILER_SAYS) != 0)
        return false;
    begin_with_compiler(&words);
    add(&words, "-no-pie");
    add(&words, "-Wl,-z,now");
    add(&words, build->object);
    add(&words, build->archive);
    add(&words, "-o");
    add(&words, build->runner);
    if (capture(copy, NULL, linker, sizeof(linker)) != 0 ||
        capture(take_out, NULL, linker, sizeof(linker)) != 0 ||
        capture(words.word, NULL, linker, sizeof(linker)) != 0) {
        snprintf(says, COMPILER_SAYS, "%s", linker);
        return false;
    }
    return true;
}

bool submission_build(struct subject *subject, const char *name,
                      const char *file, char *says)
{
    struct registry_error error;
    struct options options;
    struct build build;
    const struct entry *entry = registry_find(name, &options, &error);

    memset(subject, 0, sizeof(*subject));
    says[0] = '\0';
    if (entry == NULL) {
        snprintf(says, COMPILER_SAYS, "%s", error.message);
        return false;
    }
    if (access(file, R_OK) != 0 || strlen(file) >= PATH_ROOM) {
        snprintf(says, COMPILER_SAYS, "%s: %s", file, strerror(errno));
        return false;
    }
    if (!name_pieces(&build, entry->symbol, file)) {
        subject->trouble = true;
        snprintf(says, COMPILER_SAYS, "no folder for the build: %s",
                 strerror(errno));
        return false;
    }
    snprintf(subject->name, sizeof(subject->name), "%s", name);
    snprintf(subject->file, sizeof(subject->file), "%s", file);
    snprintf(subject->compiled_as, sizeof(subject->compiled_as), "%s.c",
             entry->symbol);
    if (!compile_and_link(&build, file, says) ||
        snprintf(subject->runner, sizeof(subject->runner), "%s",
                 build.runner) >= (int)sizeof(subject->runner)) {
        remove_pieces(&build);
        return false;
    }
    unlink(build.object);
    unlink(build.archive);
    return true;
}

void submission_remove(struct subject *subject)
{
    char *slash = strrchr(subject->runner, '/');

    if (subject->file[0] == '\0' || slash == NULL)
        return;
    unlink(subject->runner);
    *slash = '\0';
    rmdir(subject->runner);
    subject->runner[0] = '\0';
}
