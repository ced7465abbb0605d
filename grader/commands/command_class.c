/*
 * command_class.c - heaplab class: grades many files, a line each.
 */
#include "grader/commands/commands.h"

#include "grader/commands/arguments.h"
#include "grader/figures/figures.h"
#include "grader/figures/json.h"
#include "grader/grade.h"
#include "grader/lab/labs.h"
#include "grader/show/roll.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct request {
    char *json;   /* file; NULL: none */
    char *folder; /* of submissions; NULL: the kit's own references, or in a
                     handout the student's files */
};

static const struct argp_option options[] = {
    {"json", 'j', "FILE", 0, "Write all grades to FILE as JSON", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct request *request = state->input;

    switch (key) {
    case 'j':
        request->json = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one folder of submissions is wanted");
        request->folder = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    "[FOLDER]",
    "Grades every .c file in FOLDER on the lab whose allocator it defines, a "
    "line a file.\vWithout FOLDER, grades the kit's own references, or in a "
    "handout the files in its labs. Exits 0 "
    "when every file has a result, whatever the marks.",
    NULL,
    NULL,
    NULL};

/* Is it a file, and one that can be read? Opening a fifo would wait for ever. */
static bool is_readable_file(const char *path)
{
    struct stat what;

    return stat(path, &what) == 0 && S_ISREG(what.st_mode) &&
           access(path, R_OK) == 0;
}

/* Does the file define the table of the allocator called symbol? */
static bool defines(const char *path, const char *symbol)
{
    char wanted[WORD_ROOM + 32];
    char line[1024];
    bool found = false;
    FILE *in = fopen(path, "re");

    snprintf(wanted, sizeof(wanted), "struct allocator %s_allocator", symbol);
    while (in != NULL && !found && fgets(line, sizeof(line), in) != NULL)
        found = strstr(line, wanted) != NULL;
    if (in != NULL)
        fclose(in);
    return found;
}

static void json_grade(struct json *json, const struct rubric *rubric,
                       const struct grade *grade, const char *file)
{
    json_open_object(json, NULL);
    json_string(json, "file", file);
    json_string(json, "lab", rubric->lab);
    json_bool(json, "compiled", grade->compiled);
    json_integer(json, "points", grade->points);
    json_bool(json, "provisional", grade->provisional);
    json_open_list(json, "steps");
    for (size_t i = 0; grade->compiled && i < rubric->step_count; i++) {
        const struct step_grade *result = &grade->steps[i];
        json_open_object(json, NULL);
        json_string(json, "step", rubric->steps[i].name);
        json_integer(json, "points", result->points);
        json_integer(json, "of", rubric->steps[i].points);
        if (result->value > 0)
            json_number(json, "value", result->value, 6);
        if (result->note[0] != '\0')
            json_string(json, "note", result->note);
        json_close_object(json);
    }
    json_close_list(json);
    if (!grade->compiled || grade->message[0] != '\0')
        json_string(json, "message",
                    grade->compiled ? grade->message : grade->compiler_said);
    json_close_object(json);
}

/* A class being graded. */
struct class
{
    glob_t files;
    glob_t rubrics;
    bool *graded;     /* by file: did a lab claim it? */
    struct json json; /* out is NULL if none is wanted */
    int status;
    bool provisional;
};

/* Grades the files that belong to one lab. */
static void grade_lab(struct class *class, const struct rubric *rubric)
{
    static struct grade grade;
    bool headed = false;
    char error[512];

    for (size_t i = 0; i < class->files.gl_pathc; i++) {
        const char *file = class->files.gl_pathv[i];
        if (!is_readable_file(file) || !defines(file, rubric->allocator))
            continue;
        class->graded[i] = true;
        if (!headed)
            roll_head(stdout, rubric, ROLL_NAME);
        headed = true;
        fflush(stdout);
        if (!grade_file(&grade, rubric, file, error, sizeof(error)) ||
            grade.trouble) {
            printf("  %-16.16s no result: %s\n", roll_name(file),
                   grade.trouble ? grade.message : error);
            class->status = STATUS_TROUBLE;
            continue;
        }
        roll_line(stdout, rubric, &grade, roll_name(file), ROLL_NAME);
        class->provisional = class->provisional || grade.provisional;
        if (class->json.out != NULL)
            json_grade(&class->json, rubric, &grade, file);
    }
    if (headed)
        putchar('\n');
}

/* Finds the files: those of the folder; or the references of all labs, and in
   a handout what was written in their places. */
static bool find_files(struct class *class, const char *folder)
{
    char pattern[PATH_ROOM];
    struct stat what;

    if (folder == NULL) {
        path_kit(pattern, "allocators/*.c");
        if (glob(pattern, 0, NULL, &class->files) != 0)
            return false;
        path_kit(pattern, "labs/*/*.c");
        return !kit_is_handout() ||
               glob(pattern, GLOB_APPEND, NULL, &class->files) == 0;
    }
    if (stat(folder, &what) != 0) {
        perror(folder);
        return false;
    }
    if (!S_ISDIR(what.st_mode)) {
        fprintf(stderr, "heaplab: %s: a folder of .c files was expected\n",
                folder);
        return false;
    }
    snprintf(pattern, sizeof(pattern), "%s/*.c", folder);
    if (glob(pattern, 0, NULL, &class->files) == 0)
        return true;
    fprintf(stderr, "heaplab: %s: no .c file in it\n", folder);
    return false;
}

static int grade_class(struct class *class, const char *folder)
{
    static struct rubric rubric;
    char error[512];

    find_rubrics(&class->rubrics);
    for (size_t i = 0; i < class->rubrics.gl_pathc; i++) {
        if (!rubric_of_lab(&rubric, class->rubrics.gl_pathv[i], error,
                           sizeof(error))) {
            fprintf(stderr, "%s\n", error);
            return STATUS_TROUBLE;
        }
        grade_lab(class, &rubric);
    }
    for (size_t i = 0; folder != NULL && i < class->files.gl_pathc; i++) {
        if (!class->graded[i])
            printf("%s: 0 points: %s\n", class->files.gl_pathv[i],
                   is_readable_file(class->files.gl_pathv[i])
                       ? "it defines no allocator that a lab asks for"
                       : "it is no file that can be read");
    }
    if (class->provisional)
        printf("* provisional: from measured time, for there is no valgrind "
               "to count with;\n  to get it: sudo apt-get install -y "
               "valgrind\n");
    return class->status;
}

int run_class(int argc, char **argv)
{
    struct request request = {0};
    struct class class = {.status = STATUS_FULL};
    int status;

    arguments_parse(&argp, "heaplab class", argc, argv, 0, &request);
    if (!find_files(&class, request.folder))
        return STATUS_USAGE;
    if (request.json != NULL) {
        class.json.out = json_file(request.json);
        if (class.json.out == NULL)
            return STATUS_USAGE;
        json_open_object(&class.json, NULL);
        json_provenance(&class.json, "heaplab class");
        json_open_list(&class.json, "grades");
    }
    class.graded = calloc(class.files.gl_pathc, sizeof(*class.graded));
    status = class.graded != NULL ? grade_class(&class, request.folder)
                                  : STATUS_TROUBLE;
    if (request.json != NULL) {
        json_close_list(&class.json);
        json_close_object(&class.json);
        if (!json_file_close(class.json.out, request.json))
            status = STATUS_TROUBLE;
    }
    free(class.graded);
    globfree(&class.files);
    globfree(&class.rubrics);
    return status;
}
