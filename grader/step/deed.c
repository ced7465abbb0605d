/*
 * deed.c - what an operation did to a heap.
 *
 * Allocators do not tell what they do. It is seen from where blocks and free
 * blocks lay before and lie now; so nothing is said of what cannot be seen,
 * such as how many blocks a search has looked at.
 */
#include "grader/step/deed.h"

#include "grader/show/words.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* The most pieces that a split or a merge lists. */
#define PIECES_TOLD 6

static uint64_t offset_of(const struct deed *deed, uint64_t address)
{
    return address - deed->after->outcome->log->source_base;
}

static uint64_t end_of(const struct part *part)
{
    return part->start + part->size;
}

/* Returns the part whose payload begins at address, or NULL: a header, if
   there is one, lies right before it. */
static const struct part *block_at(const struct snapshot *snapshot,
                                   uint64_t address)
{
    return address != 0 ? snapshot_part(snapshot, address) : NULL;
}

/* Prints "#2 of 5 on the list", or that it is on none. */
static void print_place(FILE *out, const struct snapshot *snapshot,
                        const struct part *part)
{
    if (part->list != 0)
        fprintf(out, "#%zu of %zu on the list", part->list,
                snapshot->list_count);
    else
        fprintf(out, "on no free list");
}

/* Prints the sizes of a snapshot's parts from one address up to another:
   "48 + 336". Returns how many there are. */
static size_t print_pieces(FILE *out, const struct snapshot *snapshot,
                           uint64_t from, uint64_t to)
{
    size_t count = 0;

    for (size_t i = 0; i < snapshot->part_count; i++) {
        const struct part *part = &snapshot->parts[i];
        if (part->start < from || end_of(part) > to)
            continue;
        if (count < PIECES_TOLD)
            fprintf(out, "%s%" PRIu64, count > 0 ? " + " : "", part->size);
        else if (count == PIECES_TOLD)
            fprintf(out, " + ...");
        count++;
    }
    return count;
}

/* --- a block that was allocated ---------------------------------------- */

/* Tells why no free block was taken. */
static void print_no_fit(FILE *out, const struct deed *deed, uint64_t size)
{
    const struct snapshot *before = deed->before;
    uint64_t largest = 0;

    for (size_t i = 0; i < before->list_count; i++) {
        const struct part *part = &before->list[i];
        if (part->size >= size) {
            fprintf(out, ", though #%zu has %" PRIu64, i + 1, part->size);
            return;
        }
        largest = part->size > largest ? part->size : largest;
    }
    if (largest > 0)
        fprintf(out,
                ": no free block has %" PRIu64 ", the largest has %" PRIu64,
                size, largest);
}

/* Does the walk end far below what the source has given? Then it is broken,
   and how much was given cannot be told to the byte. */
static bool ends_short(const struct deed *deed)
{
    const struct outcome *outcome = deed->after->outcome;
    uint64_t committed = outcome->records[deed->op].committed;
    uint64_t shown = snapshot_end(deed->after) - outcome->log->source_base;

    return committed > shown + (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Tells how much the heap has grown, and why. */
static void print_growth(FILE *out, const struct deed *deed,
                         const struct part *block, const struct part *hole)
{
    uint64_t begin = snapshot_end(deed->before);
    uint64_t end = snapshot_end(deed->after);

    if (begin == 0)
        begin = deed->after->parts[0].start;
    fprintf(out, "took ");
    if (!ends_short(deed))
        fprintf(out, "%" PRIu64 " bytes of ", end - begin);
    fprintf(out, "new memory");
    print_no_fit(out, deed, block->size);
    if (hole != NULL)
        fprintf(out, "; joined them to the %" PRIu64 " free ones below",
                hole->size);
    if (end > end_of(block)) {
        uint64_t start = hole != NULL ? hole->start : begin;
        fprintf(out, "; split %" PRIu64 ": ", end - start);
        print_pieces(out, deed->after, start, end);
    }
}

/* Tells which free block was taken, and what was left of it. */
static void print_hole(FILE *out, const struct deed *deed,
                       const struct part *block, const struct part *hole)
{
    const struct snapshot *before = deed->before;
    bool first = true;

    for (size_t i = 0; i + 1 < hole->list; i++)
        first = first && before->list[i].size < block->size;
    if (hole->list != 0)
        fprintf(out, "took #%zu of %zu free block%s%s", hole->list,
                before->list_count, before->list_count == 1 ? "" : "s",
                before->list_count == 1 ? ""
                : first                 ? ", the first that fits"
                                        : ", not the first that fits");
    else
        fprintf(out, "took the free block at 0x%" PRIx64,
                offset_of(deed, hole->start));
    if (hole->size > block->size) {
        fprintf(out, "; split %" PRIu64 ": ", hole->size);
        print_pieces(out, deed->after, hole->start, end_of(hole));
    } else {
        fprintf(out, ", all %" PRIu64 " bytes", hole->size);
    }
}

/* Tells where a new block comes from. */
static void print_source(FILE *out, const struct deed *deed)
{
    const struct part *block = block_at(deed->after, deed->pointer);
    const struct part *hole;

    if (block == NULL) {
        fprintf(out, "returned 0x%" PRIx64, offset_of(deed, deed->pointer));
        if (deed->after->part_count > 0)
            fprintf(out, ", where the heap's walk shows nothing");
        return;
    }
    hole = snapshot_part(deed->before, block->start);
    if (hole == NULL || (!hole->live && end_of(block) > end_of(hole)))
        print_growth(out, deed, block, hole);
    else if (!hole->live)
        print_hole(out, deed, block, hole);
    else
        fprintf(out, "returned 0x%" PRIx64 ", which is not in a free block",
                offset_of(deed, deed->pointer));
}

/* --- a block that was freed -------------------------------------------- */

/* Tells of free blocks that touch and are two. */
static void print_unmerged(FILE *out, const struct deed *deed,
                           const struct part *now)
{
    const struct snapshot *after = deed->after;
    size_t i = (size_t)(now - after->parts);

    if (i > 0 && !after->parts[i - 1].live && now[-1].list != 0)
        fprintf(out, "; not merged with #%zu below", now[-1].list);
    if (i + 1 < after->part_count && !now[1].live && now[1].list != 0)
        fprintf(out, "; not merged with #%zu above", now[1].list);
}

/* Tells what became of the block that was given back. */
static void print_given(FILE *out, const struct deed *deed)
{
    const struct part *block = block_at(deed->before, deed->old);
    const struct part *now;

    if (block == NULL)
        return;
    now = snapshot_part(deed->after, block->start);
    if (now == NULL && block->start >= snapshot_end(deed->after)) {
        fprintf(out, "its memory went back to the source");
        return;
    }
    if (now == NULL || now->live) {
        fprintf(out, "its %" PRIu64 " bytes do not become free", block->size);
        return;
    }
    if (now->start == block->start && now->size == block->size) {
        fprintf(out, "its %" PRIu64 " bytes are ", block->size);
        print_place(out, deed->after, now);
        print_unmerged(out, deed, now);
        return;
    }
    fprintf(out, "merged ");
    print_pieces(out, deed->before, now->start, end_of(now));
    fprintf(out, ": %" PRIu64 ", ", now->size);
    print_place(out, deed->after, now);
    print_unmerged(out, deed, now);
}

/* --- a block that was resized, and the whole --------------------------- */

/* Tells what became of the end of a block that was made smaller. */
static void print_shrunk(FILE *out, const struct deed *deed,
                         const struct part *old, const struct part *new)
{
    const struct part *rest = snapshot_part(deed->after, end_of(new));

    fprintf(out, "; split %" PRIu64 ": ", old->size);
    if (rest == NULL || end_of(rest) <= end_of(old)) {
        print_pieces(out, deed->after, new->start, end_of(old));
        return;
    }
    fprintf(out, "%" PRIu64 " + %" PRIu64, new->size, old->size - new->size);
    fprintf(out, "; merged %" PRIu64 " + %" PRIu64 ": %" PRIu64,
            old->size - new->size, end_of(rest) - end_of(old), rest->size);
}

static void print_resized(FILE *out, const struct deed *deed)
{
    const struct part *old = block_at(deed->before, deed->old);
    const struct part *new = block_at(deed->after, deed->pointer);

    if (deed->pointer != deed->old) {
        fprintf(out, "moved: ");
        print_source(out, deed);
        fprintf(out, "; of the old block, ");
        print_given(out, deed);
        return;
    }
    fprintf(out, "stays where it is");
    if (old == NULL || new == NULL || old->start != new->start)
        return;
    if (new->size == old->size) {
        fprintf(out, ", in its block of %" PRIu64 " bytes", new->size);
    } else if (new->size > old->size) {
        fprintf(out, ", and grows from %" PRIu64 " to %" PRIu64 " bytes",
                old->size, new->size);
    } else {
        print_shrunk(out, deed, old, new);
    }
}

static void print_trim(FILE *out, const struct deed *deed)
{
    uint64_t before = snapshot_end(deed->before);
    uint64_t after = snapshot_end(deed->after);

    if (after == 0 && before != 0)
        after = deed->before->parts[0].start;
    if (after < before)
        fprintf(out, "gave %" PRIu64 " bytes back to the source",
                before - after);
    else
        fprintf(out, "gave nothing back");
}

void print_deed(FILE *out, const struct deed *deed)
{
    enum op_kind kind = deed->trace->ops[deed->op].kind;

    if (!deed->returned)
        fprintf(out, "did not come back");
    else if (deed->after->outcome->log->source_base == 0)
        return; /* nothing can be seen of it */
    else if (op_has_size(kind) && deed->pointer == 0)
        fprintf(out, "returned NULL");
    else if (kind == OP_FREE)
        print_given(out, deed);
    else if (kind == OP_TRIM)
        print_trim(out, deed);
    else if (kind == OP_REALLOC)
        print_resized(out, deed);
    else
        print_source(out, deed);
}
