/*
 * recording.c - what the header of a recorded trace says.
 */
#include "traces/recording.h"

#include "traces/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The most bytes that a command takes in a header's line. */
#define COMMAND_MAX ((size_t)3600)

/* What a shell reads as it stands. */
#define PLAIN                                                                \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"         \
    "_@%+=:,./-"

/* The part of path after its last slash. */
static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/*
 * Writes word as a shell has to be given it: as it stands, or 'in quotes', or
 * $'with escapes' if it has bytes in it that a header's line cannot have.
 */
static void put_word(FILE *out, const char *word)
{
    size_t length = strlen(word);

    if (length > 0 && word[strspn(word, PLAIN)] == '\0') {
        (void)fputs(word, out);
    } else if (trace_text_fault(word, length) == NULL) {
        (void)fputc('\'', out);
        for (; *word != '\0'; word++)
            (void)fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, out);
        (void)fputc('\'', out);
    } else {
        (void)fputs("$'", out);
        for (; *word != '\0'; word++) {
            unsigned char byte = (unsigned char)*word;
            if (byte == '\n')
                (void)fputs("\\n", out);
            else if (byte == '\t')
                (void)fputs("\\t", out);
            else if (byte < ' ' || byte >= 0x7f)
                (void)fprintf(out, "\\%03o", byte);
            else
                (void)fprintf(out, "%s%c",
                              byte == '\'' || byte == '\\' ? "\\" : "", byte);
        }
        (void)fputc('\'', out);
    }
}

/* Closes a stream made by open_memstream(). Returns its text, or NULL. */
static char *close_text(FILE *out, char **text)
{
    bool failed = ferror(out) != 0;

    if (fclose(out) != 0 || failed) {
        free(*text);
        return NULL;
    }
    return *text;
}

char *recording_path(const char *path, size_t number)
{
    const char *base = base_of(path);
    const char *dot = strrchr(base, '.');
    char *name = NULL;

    if (number == 1)
        return strdup(path);
    if (dot == NULL || dot == base)
        dot = path + strlen(path);
    if (asprintf(&name, "%.*s.%zu%s", (int)(dot - path), path, number, dot) <
        0)
        return NULL;
    return name;
}

/* Writes the name that process was called by. */
static void put_name(FILE *out, const struct raw_process *process)
{
    char name[sizeof process->header->command];

    memcpy(name, process->header->command, sizeof name);
    name[sizeof name - 1] = '\0';
    put_word(out, base_of(name));
}

char *recording_title(const struct recording *recording, size_t number)
{
    const struct raw_process *process =
        &recording->files.processes[number - 1];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    if (recording->config->title != NULL && number == 1) {
        (void)fputs(recording->config->title, out);
    } else {
        if (recording->config->title != NULL)
            (void)fprintf(out, "%s: ", recording->config->title);
        put_name(out, process);
        (void)fputs(recording->config->title != NULL ? "" : ", recorded",
                    out);
    }
    return close_text(out, &text);
}

/* Writes who the process is. */
static void put_process(FILE *out, const struct recording *recording,
                        size_t number)
{
    const struct raw_files *files = &recording->files;
    const struct raw_process *process = &files->processes[number - 1];
    char program[sizeof process->header->program];

    if (files->count == 1)
        (void)fputs("A recording of ", out);
    else
        (void)fprintf(out, "A recording of process %zu of %zu, ", number,
                      files->count);
    put_name(out, process);
    memcpy(program, process->header->program, sizeof program);
    program[sizeof program - 1] = '\0';
    if (program[0] != '\0') {
        (void)fputs(" (the program ", out);
        put_word(out, base_of(program));
        (void)fputs(")", out);
    }
    if (process->parent != NULL)
        (void)fprintf(out, ", forked from process %zu",
                      (size_t)(process->parent - files->processes) + 1);
    (void)fputs(".\n", out);
    if (number > 1) {
        char *path = recording_path(base_of(recording->config->out), number);
        (void)fputs("The command writes it to ", out);
        put_word(out, path != NULL ? path : "");
        (void)fputs(".\n", out);
        free(path);
    }
}

/* Writes what is not as the process had it. */
static void put_limits(FILE *out, const struct raw_process *process,
                       const struct conversion *conversion, bool skipped)
{
    uint64_t lost = atomic_load(&process->header->lost);
    size_t kept = conversion->op_count - conversion->inherited;

    if (conversion->inherited > 0)
        (void)fprintf(out,
                      "The first %zu operations allocate what was live when "
                      "it begins.\n",
                      conversion->inherited);
    if (process->header->forked != 0 &&
        (process->parent == NULL ||
         process->header->fork_stamp > process->parent->event_count))
        (void)fputs("What was live when it was forked is not known fully.\n",
                    out);
    if (kept < conversion->found)
        (void)fprintf(out, "Cut: %zu operations of the process's %zu%s.\n",
                      kept, conversion->found,
                      skipped ? ", after some were skipped" : "");
    if (lost > 0)
        (void)fprintf(out,
                      "Its file could not grow: the last %" PRIu64
                      " events are lost.\n",
                      lost);
    if (conversion->unseen > 0)
        (void)fprintf(out,
                      "%zu blocks were freed unseen; their free stands where "
                      "their address came again.\n",
                      conversion->unseen);
    if (conversion->raw_threads > conversion->threads)
        (void)fprintf(out,
                      "Of %zu threads, those from number %zu on act as "
                      "one.\n",
                      conversion->raw_threads, conversion->threads - 1);
}

char *recording_about(const struct recording *recording, size_t number,
                      const struct conversion *conversion)
{
    const struct raw_process *process =
        &recording->files.processes[number - 1];
    int signal = recording->result->signal;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    put_process(out, recording, number);
    put_limits(out, process, conversion, recording->config->skip > 0);
    if (number == 1 && signal != 0)
        (void)fprintf(out, "It was killed by signal %d (%s).\n", signal,
                      strsignal(signal));
    text = close_text(out, &text);
    if (text != NULL && text[0] != '\0')
        text[strlen(text) - 1] = '\0'; /* the last newline */
    return text;
}

/* Writes the command that records: its options, then the program. */
static void put_command(FILE *out, const struct recording *recording)
{
    const struct record_config *config = recording->config;

    (void)fputs("heaplab record -o ", out);
    put_word(out, base_of(config->out));
    if (config->title != NULL) {
        (void)fputs(" --title ", out);
        put_word(out, config->title);
    }
    if (config->skip > 0)
        (void)fprintf(out, " --skip %zu", config->skip);
    if (config->limit > 0)
        (void)fprintf(out, " --limit %zu", config->limit);
    (void)fputs(" --", out);
    for (char *const *word = recording->argv; *word != NULL; word++) {
        (void)fputc(' ', out);
        put_word(out, *word);
    }
}

char *recording_make(const struct recording *recording)
{
    const char *setup = recording->config->setup;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    if (setup != NULL && setup[0] != '\0')
        (void)fprintf(out, "%s%s", setup,
                      setup[strlen(setup) - 1] == '\n' ? "" : "\n");
    (void)fflush(out);
    size_t before = size;
    put_command(out, recording);
    text = close_text(out, &text);
    if (text != NULL && size - before > COMMAND_MAX)
        (void)snprintf(text + before, size - before,
                       "by hand: the command of %zu bytes is too long for "
                       "this line",
                       size - before);
    return text;
}
