/*
 * tool_report.c - reads what a memory checker wrote.
 *
 * memcheck:
 *     ==7== Invalid write of size 8
 *     ==7==    at 0x401A2B: split (kr.c:190)
 *     ==7==    by 0x401B3C: take (kr.c:201)
 *     ==7==  Address 0x2000000430 is in a rw- anonymous segment
 *
 * AddressSanitizer:
 *     ==7==ERROR: AddressSanitizer: use-after-poison on address 0x200... at pc
 *     WRITE of size 8 at 0x200000000430 thread T0
 *         #0 0x401a2b in split kr.c:190
 *
 * UndefinedBehaviorSanitizer:
 *     kr.c:190:17: runtime error: store to misaligned address 0x2000 ...
 *         #0 0x401a2b in split kr.c:190
 */
#include "grader/tools/tool_report.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of a report, without the number of the process. */
struct row {
    const char *start;
    int length;
};

/* Cuts the next line off text. Returns false at its end. */
static bool next_row(const char **text, struct row *row)
{
    const char *at = *text;

    if (*at == '\0')
        return false;
    *text = at + strcspn(at, "\n");
    if (at[0] == '=' && at[1] == '=' && isdigit((unsigned char)at[2])) {
        at += 2 + strspn(at + 2, "0123456789");
        at += strspn(at, "=");
        at += *at == ' ';
    }
    *row = (struct row){at, (int)(*text - at)};
    *text += **text == '\n';
    return true;
}

/* Does a line begin with these words? */
static bool begins(const struct row *row, const char *words)
{
    return (size_t)row->length >= strlen(words) &&
           strncmp(row->start, words, strlen(words)) == 0;
}

/* Does it hold them? Returns where, or NULL. */
static const char *holds(const struct row *row, const char *words)
{
    return memmem(row->start, (size_t)row->length, words, strlen(words));
}

/* Is it the first line of a report? */
static bool is_headline(const struct row *row)
{
    static const char *const memcheck[] = {"Invalid ",
                                           "Conditional jump or move depends",
                                           "Use of uninitialised value",
                                           "Syscall param ",
                                           "Jump to the invalid address",
                                           "Source and destination overlap",
                                           "Argument ",
                                           NULL};

    for (size_t i = 0; memcheck[i] != NULL; i++) {
        if (begins(row, memcheck[i]))
            return true;
    }
    return begins(row, "ERROR: AddressSanitizer") ||
           holds(row, ": runtime error: ") != NULL;
}

/* Appends a line to a report's text. */
static void keep_row(struct tool_report *report, const struct row *row)
{
    size_t used = strlen(report->text);
    const char *cut = holds(row, " at pc "); /* and registers: of no use */
    int length = row->length;

    if (cut == NULL)
        cut = holds(row, " ../"); /* where the tool itself was built */
    if (cut != NULL)
        length = (int)(cut - row->start);

    if (used + (size_t)length + 2 < sizeof(report->text))
        snprintf(report->text + used, sizeof(report->text) - used, "%.*s\n",
                 length, row->start);
}

/* Reads what was done, and where, out of one line. */
static void read_access(struct tool_report *report, const struct row *row)
{
    static const struct {
        const char *words;
        enum deed_kind kind;
    } forms[] = {
        {"Invalid read of size ", DID_READ},
        {"Invalid write of size ", DID_WRITE},
        {"READ of size ", DID_READ},
        {"WRITE of size ", DID_WRITE},
        {"Conditional jump or move depends", DID_DECIDE},
        {"Use of uninitialised value", DID_DECIDE},
    };
    const char *at;

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (!begins(row, forms[i].words))
            continue;
        report->kind = forms[i].kind;
        if (report->kind != DID_DECIDE)
            report->count =
                strtoull(row->start + strlen(forms[i].words), NULL, 10);
    }
    at = holds(row, "Address 0x");
    if (at == NULL)
        at = holds(row, " on address 0x");
    if (at != NULL && report->address == NOT_TOLD)
        report->address = strtoull(strstr(at, "0x"), NULL, 16);
}

/*
 * Reads a line of a call stack: "at 0x401A2B: split (kr.c:190)" or "#0 0x401a2b
 * in split kr.c:190". Returns whether it is in the submission.
 */
static bool read_frame(struct tool_report *report, const struct row *row,
                       const char *compiled_as)
{
    size_t length = strlen(compiled_as);
    const char *at = holds(row, compiled_as);
    const char *name = holds(row, " in ");
    const char *end;

    if (at == NULL || at == row->start || at[length] != ':' ||
        strchr("(/ ", at[-1]) == NULL)
        return false;
    if (report->line != 0)
        return true;
    report->line = (unsigned)strtoul(at + length + 1, NULL, 10);
    if (name != NULL)
        name += strlen(" in ");
    else if ((name = holds(row, ": ")) != NULL)
        name += strlen(": ");
    if (name == NULL || name >= at)
        return true;
    end = name + strcspn(name, " (\n");
    snprintf(report->function, sizeof(report->function), "%.*s",
             (int)(end - name), name);
    return true;
}

/* Is it a line of a call stack? */
static bool is_frame(const struct row *row)
{
    const char *at = row->start + strspn(row->start, " ");

    return at < row->start + row->length &&
           (strncmp(at, "at 0x", 5) == 0 || strncmp(at, "by 0x", 5) == 0 ||
            *at == '#');
}

/* Is it a blank line? */
static bool is_blank(const struct row *row)
{
    return (int)strspn(row->start, " \t") >= row->length;
}

void tool_report_read(struct tool_report *report, const char *text,
                      const char *compiled_as)
{
    struct row row;
    bool own = false;  /* was the last line of the stack the submission's? */
    bool left = false; /* has the stack left the submission for the kit? */

    *report = (struct tool_report){.kind = DID_OTHER, .address = NOT_TOLD};
    while (next_row(&text, &row)) {
        if (!report->found && !is_headline(&row))
            continue;
        if (report->found && is_blank(&row))
            break;
        report->found = true;
        read_access(report, &row);
        if (is_frame(&row)) {
            bool now = read_frame(report, &row, compiled_as);
            left = left || (own && !now);
            own = now;
        }
        if (!is_frame(&row) || !left)
            keep_row(report, &row);
    }
}
