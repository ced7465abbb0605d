/*
 * submission.c - makes a runner out of a file that somebody handed in.
 *
 * The file is compiled where it lies, so that the compiler's messages name it
 * as its owner does; but its name is mapped to SYMBOL.c in what is compiled,
 * so that the same code is the same bytes whatever the file is called. It
 * finds the kit's headers, and none of the kit's sources. The reference is
 * taken out of the archive: a file that does not define its allocator must
 * not be graded by the reference's.
 */
#include "grader/submission.h"

#include "allocators/registry.h"
#include "grader/class/printable.h"
#include "grader/copy.h"
#include "grader/inspect/inspect.h"
#include "grader/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS_MAX 64

/* Seconds on the clock that a compiler or linker may take, confined. */
#define PATIENCE 60

/* A command line under construction. */
struct words {
    const char *word[WORDS_MAX + 1];
    size_t count;
    char text[4096]; /* the words of compile.txt */
};

/* A build under way, and what its pieces are called. */
struct build {
    const struct recipe *recipe;
    const struct manner *manner; /* how the compiler is run */
    const char *file;
    char *says; /* COMPILER_SAYS bytes */
    char folder[PATH_ROOM];
    char object[PATH_ROOM + 80];
    char table[80]; /* "kr_allocator" */
    char map[PATH_ROOM + 80];
    char iquote[PATH_ROOM + 16];
    char member[80];
};

static void add(struct words *words, const char *word)
{
    if (words->count < WORDS_MAX)
        words->word[words->count++] = word;
    words->word[words->count] = NULL;
}

/* Adds words that end with NULL; or none. */
static void add_all(struct words *words, const char *const *more)
{
    while (more != NULL && *more != NULL)
        add(words, *more++);
}

/* Returns the path of what lies in the folder of the recipe's variant. */
static void path_variant(char *path, const struct recipe *recipe,
                         const char *name)
{
    char below[80];

    snprintf(below, sizeof(below), "../%.30s/%.40s",
             recipe->variant != NULL ? recipe->variant : "", name);
    path_built(path, recipe->variant != NULL ? below : name);
}

/* Begins a command with the compiler and flags that the kit is built with. */
static bool begin_with_compiler(struct words *words,
                                const struct build *build)
{
    char path[PATH_ROOM];
    FILE *in;
    size_t length;

    words->count = 0;
    path_variant(path, build->recipe, "compile.txt");
    in = fopen(path, "re");
    if (in == NULL) {
        snprintf(build->says, COMPILER_SAYS, "%s: not built yet; run make",
                 path);
        return false;
    }
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
    add_all(words, build->recipe->flags);
    return words->count > 0;
}

/* Makes a folder of its own for the build. */
static bool make_folder(char *folder)
{
    const char *temporary = getenv("TMPDIR");

    if (temporary == NULL || temporary[0] != '/' ||
        access(temporary, W_OK) != 0)
        temporary = "/tmp";
    return snprintf(folder, PATH_ROOM, "%s/heaplab-XXXXXX", temporary) <
               PATH_ROOM &&
           mkdtemp(folder) != NULL;
}

static bool name_pieces(struct build *build, const char *symbol)
{
    const struct confinement *confined = build->recipe->confined;
    char headers[PATH_ROOM];

    if (confined != NULL)
        snprintf(build->folder, sizeof(build->folder), "%s",
                 confined->folder);
    else if (!make_folder(build->folder))
        return false;
    path_built(headers, "include");
    snprintf(build->object, sizeof(build->object), "%s/%s.o", build->folder,
             symbol);
    snprintf(build->map, sizeof(build->map), "-ffile-prefix-map=%s=%s.c",
             build->file, symbol);
    snprintf(build->iquote, sizeof(build->iquote), "-iquote%s", headers);
    snprintf(build->member, sizeof(build->member), "%s.o", symbol);
    snprintf(build->table, sizeof(build->table), "%s_allocator", symbol);
    return true;
}

/* Removes what matches pattern in a folder. */
static void remove_like(const char *folder, const char *pattern)
{
    char path[PATH_ROOM + 16];
    glob_t found = {.gl_pathc = 0};

    snprintf(path, sizeof(path), "%s/%s", folder, pattern);
    if (glob(path, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        unlink(found.gl_pathv[i]);
    globfree(&found);
}

static void remove_pieces(const struct build *build)
{
    if (build->recipe->confined != NULL)
        return; /* the folder is another's */
    remove_like(build->folder, "*.o");
    remove_like(build->folder, "*.a");
    remove_like(build->folder, "*.gc*"); /* of a compiler that counts */
    remove_like(build->folder, "runner");
    rmdir(build->folder);
}

/* Tells why a command of the build failed, if it said nothing itself. */
static void tell_failure(const struct build *build, int status,
                         const char *what)
{
    char *said = build->says;

    if (said[strspn(said, " \t\n")] == '\0')
        said[0] = '\0';
    if (status == CAPTURE_LATE)
        snprintf(build->says, COMPILER_SAYS, "the %s took more than %d s",
                 what, PATIENCE);
    else if (said[0] == '\0')
        snprintf(build->says, COMPILER_SAYS,
                 "the %s was stopped: it took too much time or memory, or "
                 "did what it may not",
                 what);
}

/*
 * Takes the folder's path out of what was said: it is another one each time.
 * What is in the folder is then called by its name alone. A line that did not
 * fit, and may have a piece of the path at its end, goes as a whole.
 */
static void hide_folder(const struct build *build)
{
    size_t length = strlen(build->folder);
    char *says = build->says;
    char *newline = strrchr(says, '\n');

    if (strlen(says) == COMPILER_SAYS - 1 && newline != NULL)
        newline[1] = '\0';
    for (char *at = says; (at = strstr(at, build->folder)) != NULL;) {
        char *rest = at + length;
        if (*rest == '/')
            rest++;
        else
            *at++ = '.';
        memmove(at, rest, strlen(rest) + 1);
    }
}

/* Makes what a compiler said of a stranger's file fit for a terminal: it has
   pieces of that file in it. */
static void make_printable(char *says)
{
    size_t length;
    bool fit;

    for (char *at = says; *at != '\0'; at += length) {
        length = printable_next(at, &fit);
        if (!fit && *at != '\n' && *at != '\t')
            memset(at, '?', length);
    }
}

/* Compiles the file to an object. The assembler gets its text by a pipe: the
   name of a temporary file, in what it says, would be another one each time. */
static bool compile(const struct build *build)
{
    struct words words;
    int status;

    if (!begin_with_compiler(&words, build))
        return false;
    add(&words, build->iquote);
    if (!build->recipe->own_name)
        add(&words, build->map);
    add(&words, "-fdiagnostics-color=never");
    add(&words, "-pipe");
    add(&words, "-Werror=date-time"); /* __TIME__: another one each time */
    add(&words, "-c");
    add(&words, build->file);
    add(&words, "-o");
    add(&words, build->object);
    status =
        capture_in(build->manner, words.word, build->says, COMPILER_SAYS);
    if (status != 0)
        tell_failure(build, status, "compiler");
    return status == 0;
}

/* Looks at the object before anything of it runs. */
static bool look(const struct build *build, struct subject *subject)
{
    struct inspection seen;
    char error[1200];

    if (!inspect_object(&seen, build->object, build->table, error,
                        sizeof(error)) ||
        (seen.refusal[0] == '\0' &&
         !inspect_localise(build->object, build->table, error,
                           sizeof(error)))) {
        subject->refused = true;
        snprintf(build->says, COMPILER_SAYS,
                 "%s:1: error: the file could not be looked at: %s",
                 subject->file, error);
        return false;
    }
    if (seen.refusal[0] != '\0') {
        subject->refused = true;
        snprintf(build->says, COMPILER_SAYS, "%s:%u: error: the file %s",
                 subject->file, seen.line.number > 0 ? seen.line.number : 1,
                 seen.refusal);
        return false;
    }
    return true;
}

/* The linker may not do this behind walls. */
static bool make_executable(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat what;
    bool well = file >= 0 && fstat(file, &what) == 0 &&
                S_ISREG(what.st_mode) && fchmod(file, 0755) == 0;

    if (file >= 0)
        close(file);
    return well;
}

/* Links the object with the kit's archive, its reference taken out, as
   FOLDER/name, which path becomes. */
static bool link_with(const struct build *build, const char *archive,
                      const char *name, char *path)
{
    char kit[PATH_ROOM];
    char own[PATH_ROOM + 80];
    const char *take_out[] = {"ar", "d", own, build->member, NULL};
    char said[COMPILER_SAYS];
    struct words words;
    int status = 0;

    path_variant(kit, build->recipe, archive);
    snprintf(own, sizeof(own), "%s/%s.a", build->folder, name);
    if (!begin_with_compiler(&words, build) ||
        snprintf(path, PATH_ROOM, "%s/%s", build->folder, name) >= PATH_ROOM)
        return false;
    add(&words, "-no-pie");
    add(&words, "-Wl,-z,now");
    add(&words, build->object);
    add(&words, own);
    add(&words, "-o");
    add(&words, path);
    if (!copy_file(kit, own)) {
        snprintf(build->says, COMPILER_SAYS, "%s: %s", own, strerror(errno));
        return false;
    }
    status = capture_in(build->manner, take_out, said, sizeof(said));
    if (status == 0)
        status = capture_in(build->manner, words.word, said, sizeof(said));
    if (status == 0 && make_executable(path))
        return true;
    snprintf(build->says, COMPILER_SAYS, "%s", said);
    tell_failure(build, status, "linker");
    return false;
}

/* Does all that there is to do, in the order of its cost. */
static bool build_all(const struct build *build, struct subject *subject)
{
    const struct recipe *recipe = build->recipe;
    const struct confinement *confined = recipe->confined;
    bool served = confined != NULL && !confined->in_runner;

    if (!compile(build))
        return false;
    if (recipe->variant == NULL && (confined == NULL || !confined->no_look) &&
        !look(build, subject))
        return false;
    if (!link_with(build,
                   recipe->archive != NULL ? recipe->archive : "runner.a",
                   "runner", subject->runner) ||
        (served && !link_with(build, "served.a", "served", subject->served)))
        return false;
    if (confined != NULL) {
        subject->scratch = confined->counts;
        subject->served_walls = confined->served;
        subject->walls = confined->counted;
    }
    return true;
}

/* Does it, makes what was said fit to be shown, and removes what nobody needs
   any more. */
static bool build_tidily(const struct build *build, struct subject *subject)
{
    bool built = build_all(build, subject);

    hide_folder(build);
    make_printable(build->says);
    if (!built) {
        remove_pieces(build);
    } else if (build->recipe->confined == NULL) {
        remove_like(build->folder, "*.o");
        remove_like(build->folder, "*.a");
    }
    return built;
}

bool submission_build(struct subject *subject, const char *name,
                      const char *file, char *says)
{
    const struct recipe plain = {.variant = NULL};

    return submission_build_as(subject, name, file, &plain, says);
}

bool submission_build_as(struct subject *subject, const char *name,
                         const char *file, const struct recipe *recipe,
                         char *says)
{
    const struct confinement *confined = recipe->confined;
    const struct manner manner = {
        .walls = confined != NULL ? confined->compile : NULL,
        .directory = confined != NULL ? confined->folder : NULL,
        .seconds = confined != NULL ? PATIENCE : 0};
    struct build build = {
        .recipe = recipe, .manner = &manner, .file = file, .says = says};
    struct registry_error error;
    struct options options;
    const struct entry *entry = registry_find(name, &options, &error);

    memset(subject, 0, sizeof(*subject));
    says[0] = '\0';
    if (entry == NULL) {
        snprintf(says, COMPILER_SAYS, "%s", error.message);
        return false;
    }
    if (strlen(file) >= PATH_ROOM ||
        (confined == NULL && access(file, R_OK) != 0)) {
        snprintf(says, COMPILER_SAYS, "%s: %s", file, strerror(errno));
        return false;
    }
    if (!name_pieces(&build, entry->symbol)) {
        subject->trouble = true;
        snprintf(says, COMPILER_SAYS, "no folder for the build: %s",
                 strerror(errno));
        return false;
    }
    snprintf(subject->name, sizeof(subject->name), "%s", name);
    snprintf(subject->file, sizeof(subject->file), "%s",
             confined != NULL ? confined->shown : file);
    snprintf(subject->compiled_as, sizeof(subject->compiled_as), "%s.c",
             entry->symbol);
    return build_tidily(&build, subject);
}

void submission_remove(struct subject *subject)
{
    char *slash = strrchr(subject->runner, '/');

    if (subject->file[0] == '\0' || slash == NULL || subject->scratch != NULL)
        return;
    unlink(subject->runner);
    *slash = '\0';
    remove_like(subject->runner, "*.gc*");
    rmdir(subject->runner);
    subject->runner[0] = '\0';
}
