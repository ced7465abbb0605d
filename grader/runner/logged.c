/*
 * logged.c - what is known of an allocator, in the words of a log.
 */
#include "grader/runner/runner.h"

#include <string.h>

void functions_of(const struct allocator *allocator, uint64_t function[CALLS])
{
    function[CALL_MALLOC] = (uintptr_t)allocator->malloc;
    function[CALL_FREE] = (uintptr_t)allocator->free;
    function[CALL_CALLOC] = (uintptr_t)allocator->malloc;
    if (allocator->calloc != NULL)
        function[CALL_CALLOC] = (uintptr_t)allocator->calloc;
    function[CALL_REALLOC] = (uintptr_t)allocator->malloc;
    if (allocator->realloc != NULL)
        function[CALL_REALLOC] = (uintptr_t)allocator->realloc;
    function[CALL_ALIGNED] = (uintptr_t)allocator->aligned_alloc;
    function[CALL_CHECK] = (uintptr_t)allocator->check;
    function[CALL_TRIM] = (uintptr_t)allocator->trim;
    function[CALL_OPEN] = (uintptr_t)allocator->open;
}

/* Copies text, cut to size bytes with its NUL; no text is an empty one. */
static void copy_text(char *to, size_t size, const char *text)
{
    size_t length = text != NULL ? strnlen(text, size - 1) : 0;

    for (size_t i = 0; i < length; i++)
        to[i] = text[i];
    to[length] = '\0';
}

void log_fault(struct log *log, const struct allocator *allocator,
               const struct fault *fault)
{
    log->fault_at = (uintptr_t)fault->at;
    copy_text(log->fault_rule, sizeof(log->fault_rule), fault->rule);
    copy_text(log->fault_sentence, sizeof(log->fault_sentence),
              invariant_sentence(allocator, fault->rule));
}

struct log_piece log_piece_of(const struct piece *piece)
{
    return (struct log_piece){
        .start = (uintptr_t)piece->start,
        .size = piece->size,
        .payload = (uintptr_t)piece->payload,
        .live = piece->live,
    };
}
