/*
 * test_sandbox_tools.c - compilers and callgrind work behind the walls as they
 * do outside, and hostile sources get a verdict instead of a file.
 */
#include "grader/confine/sandbox.h"

#include "grader/tests/behind.h"

static struct place place;
static char source[96];
static char object[96];

static void setup(void)
{
    place_make(&place);
    snprintf(source, sizeof(source), "%s/source.c", place.outside);
    snprintf(object, sizeof(object), "%s/source.o", place.folder);
}

static void teardown(void)
{
    place_remove(&place);
}

/* A compiler's walls, as a grader would have them. */
static struct sandbox_config walls(unsigned off)
{
    static const char *readable[2];
    struct sandbox_config config = sandbox_config(SANDBOX_COMPILE);

    readable[0] = source;
    config.readable = readable;
    config.writable = place.folder;
    config.off = off;
    return config;
}

/* Compiles text behind config's walls. Returns how the compiler ended. */
static int compile(const struct sandbox_config *config, const char *text)
{
    const char *words[] = {"/usr/bin/gcc", "-O2", "-g",   "-c",
                           source,         "-o",  object, NULL};

    write_text(source, text, 0644);
    return run_behind(config, &place, words);
}

/* Text with the secret's path in the place of %s. */
static const char *about_secret(const char *format)
{
    static char text[256];

    snprintf(text, sizeof(text), format, place.secret); /* NOLINT */
    return text;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Does the object hold the secret? */
static bool object_tells(void)
{
    const char *words[] = {"grep", "-q", SECRET, object, NULL};

    return capture(words, NULL, place.said, sizeof(place.said)) == 0;
}

static const char *const program =
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "int main(void)\n"
    "{\n"
    "    char *p = malloc(10);\n"
    "    free(p);\n"
    "    return puts(\"made behind walls\") < 0;\n"
    "}\n";

START_TEST(a_program_is_compiled_and_linked)
{
    struct sandbox_config config = walls(0);
    char executable[96];
    snprintf(executable, sizeof(executable), "%s/program", place.folder);
    const char *link[] = {"/usr/bin/gcc", object, "-o", executable, NULL};
    const char *run[] = {executable, NULL};
    if (!offered(SANDBOX_LIMITS))
        return;

    ck_assert_msg(compile(&config, program) == 0, "%s", place.said);
    ck_assert_msg(run_behind(&config, &place, link) == 0, "%s", place.said);

    /* The linker could not give it the mode. */
    ck_assert_int_eq(chmod(executable, 0755), 0);
    ck_assert_int_eq(capture(run, NULL, place.said, sizeof(place.said)), 0);
    ck_assert_str_eq(place.said, "made behind walls\n");
}
END_TEST

START_TEST(an_object_is_looked_at_and_changed)
{
    struct sandbox_config config = walls(0);
    char copy[96];
    char archive[96];
    snprintf(copy, sizeof(copy), "%s/copy.o", place.folder);
    snprintf(archive, sizeof(archive), "%s/archive.a", place.folder);
    const char *names[] = {"/usr/bin/nm", object, NULL};
    const char *localize[] = {"/usr/bin/objcopy", "--localize-symbol=main",
                              object, copy, NULL};
    const char *collect[] = {"/usr/bin/ar", "rcs", archive, object, NULL};
    if (!offered(SANDBOX_LIMITS))
        return;

    ck_assert_int_eq(compile(&config, program), 0);

    ck_assert_msg(run_behind(&config, &place, names) == 0, "%s", place.said);
    ck_assert_ptr_nonnull(strstr(place.said, " T main"));
    ck_assert_msg(run_behind(&config, &place, localize) == 0, "%s",
                  place.said);
    ck_assert(is_there(copy));
    ck_assert_msg(run_behind(&config, &place, collect) == 0, "%s",
                  place.said);
    ck_assert(is_there(archive));
}
END_TEST

START_TEST(a_file_is_not_included)
{
    struct sandbox_config config = walls(0);
    struct sandbox_config open = walls(SANDBOX_FILES);
    const char *text = about_secret("#include \"%s\"\n");
    if (!offered(SANDBOX_FILES))
        return;

    ck_assert_int_eq(compile(&config, text), 1);
    ck_assert_ptr_null(strstr(place.said, SECRET));
    ck_assert_ptr_nonnull(strstr(place.said, "source.c:1:"));

    ck_assert_int_eq(compile(&open, text), 1);
    ck_assert_ptr_nonnull(strstr(place.said, SECRET));
}
END_TEST

START_TEST(a_file_is_not_assembled_into_the_object)
{
    struct sandbox_config config = walls(0);
    struct sandbox_config open = walls(SANDBOX_FILES);
    const char *text = about_secret("__asm__(\".incbin \\\"%s\\\"\");\n");
    if (!offered(SANDBOX_FILES))
        return;

    ck_assert_int_eq(compile(&config, text), 1);
    ck_assert(!object_tells());

    ck_assert_msg(compile(&open, text) == 0, "%s", place.said);
    ck_assert(object_tells());
}
END_TEST

START_TEST(a_file_is_not_taken_as_a_plugin_or_a_specification)
{
    struct sandbox_config config = walls(0);
    char plugin[128];
    char specs[128];
    snprintf(plugin, sizeof(plugin), "-fplugin=%s", place.secret);
    snprintf(specs, sizeof(specs), "-specs=%s", place.secret);
    const char *with_plugin[] = {"/usr/bin/gcc", plugin, "-c", source,
                                 "-o",           object, NULL};
    const char *with_specs[] = {"/usr/bin/gcc", specs,  "-c", source,
                                "-o",           object, NULL};
    const char *at[] = {"/usr/bin/gcc", "-c", source, "-o", object, NULL};
    write_text(source, program, 0644);
    if (!offered(SANDBOX_FILES))
        return;

    ck_assert_int_eq(run_behind(&config, &place, at), 0);
    ck_assert_int_eq(run_behind(&config, &place, with_plugin), 1);
    ck_assert_ptr_null(strstr(place.said, SECRET));
    ck_assert_int_eq(run_behind(&config, &place, with_specs), 1);
    ck_assert_ptr_null(strstr(place.said, SECRET));
}
END_TEST

START_TEST(a_file_that_includes_itself_twice_runs_out_of_time)
{
    struct sandbox_config config = walls(0);
    config.cpu_seconds = 1;
    if (!offered(SANDBOX_LIMITS))
        return;

    int ended = compile(&config, "#include __FILE__\n#include __FILE__\n");

    ck_assert_int_ne(ended, 0);
    ck_assert_ptr_nonnull(strstr(place.said, "signal terminated program"));
}
END_TEST

/* Sixteen levels of sixteen: without a limit, this takes all there is. */
START_TEST(macros_without_end_run_out_of_memory)
{
    struct sandbox_config config = walls(0);
    char text[4096];
    size_t length = 0;
    config.address_space = (uint64_t)512 << 20;
    for (int i = 16; i >= 0; i--) {
        length += (size_t)snprintf(text + length, sizeof(text) - length,
                                   "#define A%d", i);
        for (int j = 0; j < 16; j++)
            length += (size_t)snprintf(text + length, sizeof(text) - length,
                                       " A%d", i - 1);
        length +=
            (size_t)snprintf(text + length, sizeof(text) - length, "\n");
    }
    snprintf(text + length, sizeof(text) - length, "A16\n");
    if (!offered(SANDBOX_LIMITS))
        return;

    int ended = compile(&config, text);

    ck_assert_int_ne(ended, 0);
    ck_assert_msg(strstr(place.said, "memory") != NULL, "%s", place.said);
    ck_assert(!is_there(object));
}
END_TEST

START_TEST(a_huge_object_runs_out_of_file)
{
    struct sandbox_config config = walls(0);
    struct sandbox_config off = walls(SANDBOX_LIMITS);
    const char *text = "char huge[80 << 20] = {1};\n";
    struct stat about;
    if (!offered(SANDBOX_LIMITS))
        return;

    ck_assert_int_ne(compile(&config, text), 0);
    ck_assert(stat(object, &about) != 0 ||
              about.st_size <= (off_t)config.file_size);

    ck_assert_int_eq(compile(&off, text), 0);
    ck_assert_int_eq(stat(object, &about), 0);
    ck_assert_int_gt(about.st_size, (off_t)config.file_size);
}
END_TEST

/* Returns the instructions that callgrind counted, as it wrote them. */
static const char *counted(char *line, size_t size, const char *path)
{
    FILE *in = fopen(path, "re");
    bool found = false;

    while (in != NULL && !found && fgets(line, (int)size, in) != NULL)
        found = strncmp(line, "totals:", strlen("totals:")) == 0;
    if (in != NULL)
        fclose(in);
    ck_assert_msg(found, "%s: %s", path, place.said);
    return line;
}

START_TEST(callgrind_counts_the_same_behind_walls)
{
    struct sandbox_config config = sandbox_config(SANDBOX_COUNTED);
    struct sandbox_config off = config;
    char path[96];
    char option[128];
    char inside[128];
    char outside[128];
    const char *readable[] = {place.attacker, NULL};
    snprintf(path, sizeof(path), "%s/out", place.folder);
    snprintf(option, sizeof(option), "--callgrind-out-file=%s", path);
    const char *words[] = {"/usr/bin/valgrind",
                           "-q",
                           "--tool=callgrind",
                           "--vgdb=no",
                           "--cache-sim=yes",
                           "--toggle-collect=work",
                           option,
                           place.attacker,
                           "work",
                           NULL};
    config.readable = off.readable = readable;
    config.writable = off.writable = place.folder;
    off.off = SANDBOX_LIMITS | SANDBOX_FILES | SANDBOX_CALLS;
    if (!offered(SANDBOX_LIMITS) || !is_there(words[0]))
        return;

    ck_assert_msg(run_behind(&config, &place, words) == 0, "%s", place.said);
    counted(inside, sizeof(inside), path);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_msg(run_behind(&off, &place, words) == 0, "%s", place.said);
    counted(outside, sizeof(outside), path);

    ck_assert_str_eq(inside, outside);
    ck_assert_int_gt(strtol(inside + strlen("totals:"), NULL, 10), 100000);
}
END_TEST

/* What a program under callgrind tries meets the walls as well. */
START_TEST(callgrind_keeps_its_guest_behind_the_walls)
{
    struct sandbox_config config = sandbox_config(SANDBOX_COUNTED);
    const char *readable[] = {place.attacker, NULL};
    const char *words[] = {"/usr/bin/valgrind",
                           "-q",
                           "--tool=callgrind",
                           "--vgdb=no",
                           "--callgrind-out-file=/dev/null",
                           place.attacker,
                           "read",
                           place.secret,
                           NULL};
    config.readable = readable;
    config.writable = place.folder;
    if (!is_there(words[0]) || !offered(SANDBOX_FILES | SANDBOX_CALLS))
        return;

    ck_assert_int_eq(run_behind(&config, &place, words), 1);
    words[6] = "kill";
    words[7] = place.victim;
    ck_assert_int_eq(run_behind(&config, &place, words), KILLED + SIGSYS);
    words[6] = "fork";
    ck_assert_int_eq(run_behind(&config, &place, words), KILLED + SIGSYS);
    words[6] = "nothing";
    ck_assert_msg(run_behind(&config, &place, words) == 0, "%s", place.said);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sandbox_tools");
    TCase *tcase = tcase_create("sandbox_tools");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, a_program_is_compiled_and_linked);
    tcase_add_test(tcase, an_object_is_looked_at_and_changed);
    tcase_add_test(tcase, a_file_is_not_included);
    tcase_add_test(tcase, a_file_is_not_assembled_into_the_object);
    tcase_add_test(tcase, a_file_is_not_taken_as_a_plugin_or_a_specification);
    tcase_add_test(tcase, a_file_that_includes_itself_twice_runs_out_of_time);
    tcase_add_test(tcase, macros_without_end_run_out_of_memory);
    tcase_add_test(tcase, a_huge_object_runs_out_of_file);
    tcase_add_test(tcase, callgrind_counts_the_same_behind_walls);
    tcase_add_test(tcase, callgrind_keeps_its_guest_behind_the_walls);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
