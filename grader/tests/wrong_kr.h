/*
 * wrong_kr.h - copies of kr.c with a mistake in them, as a student might make
 * it: one piece of its text replaced by another.
 */
#ifndef GRADER_TESTS_WRONG_KR_H
#define GRADER_TESTS_WRONG_KR_H

#include "grader/tests/help.h"

#include <unistd.h>

struct mistake {
    const char *name;
    const char *right; /* stands once or more in kr.c */
    const char *wrong; /* takes the place of the first */
};

static const struct mistake mistakes[] = {
    {"merges-what-does-not-touch", "block_above(low) != high",
     "high == &heap->head"},
    {"forgets-the-order", "before->next < block)", "before->next > block)"},
    {"rest-is-16-too-large", "rest->size = block->size - size;",
     "rest->size = block->size - size + 16;"},
    {"rest-begins-16-too-low", "*rest = block_at(block, size);",
     "*rest = block_at(block, size - 16);"},
    {"forgets-to-mark-used", "block->next = USED;", ""},
    {"never-merges-below", "merge(heap, before, block);", ""},
    {"makes-a-ring", "low->next = high->next;", "low->next = low;"},
    {"copies-half", "block->size - sizeof(*block));",
     "(block->size - sizeof(*block)) / 2);"},
    {"grows-into-too-little", "block->size + above->size < size",
     "block->size + above->size + 64 < size"},
    {"crashes-in-free", "insert(heap, block_of(ptr));",
     "insert(heap, *(struct block **)8);"},
};

#define MISTAKES (sizeof(mistakes) / sizeof(mistakes[0]))

/*
 * Writes the copy of kr.c with a mistake to path, 256 bytes, a new file that
 * is to be unlinked.
 */
static inline void write_wrong_kr(const struct mistake *mistake,
                                  char path[256])
{
    static char text[65536];
    FILE *in = fopen("allocators/kr.c", "re");
    const char *at;
    FILE *out;

    ck_assert_ptr_nonnull(in);
    text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
    fclose(in);
    at = strstr(text, mistake->right);
    ck_assert_msg(at != NULL, "kr.c has no '%s'", mistake->right);
    snprintf(path, 256, "/tmp/heaplab-%ld-%s.c", (long)getpid(),
             mistake->name);
    out = fopen(path, "we");
    ck_assert_ptr_nonnull(out);
    fprintf(out, "%.*s%s%s", (int)(at - text), text, mistake->wrong,
            at + strlen(mistake->right));
    fclose(out);
}

/* Returns the mistake called name. */
static inline const struct mistake *mistake_named(const char *name)
{
    for (size_t i = 0; i < MISTAKES; i++) {
        if (strcmp(mistakes[i].name, name) == 0)
            return &mistakes[i];
    }
    ck_abort_msg("no mistake is called %s", name);
}

#endif
