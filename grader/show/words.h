/*
 * words.h - operations, sizes and verdicts in words.
 */
#ifndef GRADER_SHOW_WORDS_H
#define GRADER_SHOW_WORDS_H

#include "grader/judge.h"

#include <stdio.h>

/* Prints the call of an operation: "malloc(48)", "realloc(p4, 100)". */
void print_call(FILE *out, const struct op *op);

/* Prints the operation as a statement: "p9 = malloc(48)", "free(p4)". */
void print_statement(FILE *out, const struct op *op);

/* Prints the call and, if it is not said by that, for whom: "malloc(48) for
   p9". */
void print_call_for(FILE *out, const struct op *op);

/* Prints "byte 7" or "bytes 16-23". */
void print_bytes(FILE *out, uint64_t first, uint64_t count);

/* Prints a size with the largest fitting unit: "48 bytes", "1.5 MiB". */
void print_size(FILE *out, uint64_t bytes);

/* Prints text as one word of a shell's command line, quoted if need be. */
void print_word(FILE *out, const char *text);

/* Prints length bytes of what a program wrote, fit for a terminal: what is no
   printable ASCII as '?'. */
void print_clean(FILE *out, const char *text, size_t length);

/* One word for a verdict, as tables show it: "ok", "overlap", "crash". */
const char *verdict_word(enum wrong wrong);

/*
 * Is check() itself what a verdict is about, and not the call before it? It
 * did not return, or it says no without naming a rule, as a stub does.
 */
bool is_about_check(const struct outcome *outcome,
                    const struct verdict *verdict);

/*
 * Prints what is wrong in one sentence, without a full stop. outcome is the
 * replay that was judged. culprit is the operation that did the damage, if a
 * search has found it; NO_OP: not known, and only what it did is told.
 */
void print_verdict(FILE *out, const struct trace *trace,
                   const struct outcome *outcome,
                   const struct verdict *verdict, const struct model *model,
                   uint64_t culprit);

#endif
