/*
 * orders.c - draws the two orders of a heap, kept apart.
 *
 *     heap   0x1010                                                0x1490
 *     order  |  80  |p7|p13 |p14 |  80  |p4|*p15*|    336    | p11  | 160 |
 *               #4                 #2                 #1              #3
 *     list
 *     order  head -> #1 0x11c0 336 > #2 0x1110 80 > #3 0x13f0 160 > ...
 *
 * Cells are as wide as their labels, and share what is left of the line by
 * the square roots of their sizes: so a large part looks larger, and yet
 * leaves room for others.
 */
#include "grader/step/orders.h"

#include "grader/show/colour.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Before the cells: "order  ". */
#define MARGIN 7
#define ROOM   (PAGE_COLUMNS - 1 - MARGIN)

/* What stands for parts, and list entries, that are left out. */
#define LEFT_OUT "..."

/* The most free blocks whose heap order is written out. */
#define ORDER_MOST 16

/* A part as it is drawn. */
struct slot {
    char label[32]; /* "p7", "*p15*", "336" */
    char place[24]; /* on the free list: "#2", or empty */
    int width;      /* columns between its bars */
};

struct page {
    FILE *out;
    const struct snapshot *snapshot;
    const struct trace *trace;
    bool colour;
    const struct part *marked; /* NULL: none */
    size_t first, last;        /* parts that are drawn */
    struct slot *slots;        /* of all parts */
    uint64_t base;             /* what offsets are counted from */
};

static void make_slot(const struct page *page, const struct part *part,
                      struct slot *slot)
{
    const char *star = part == page->marked ? "*" : "";
    size_t label, place;

    if (part->op != NO_OP)
        snprintf(slot->label, sizeof(slot->label), "%sp%" PRIu32 "%s", star,
                 page->trace->ops[part->op].id, star);
    else if (part->live)
        snprintf(slot->label, sizeof(slot->label), "%s-%s", star, star);
    else
        snprintf(slot->label, sizeof(slot->label), "%s%" PRIu64 "%s", star,
                 part->size, star);
    if (part->list != 0)
        snprintf(slot->place, sizeof(slot->place), "#%zu", part->list);
    label = strlen(slot->label);
    place = strlen(slot->place);
    slot->width = (int)(label > place ? label : place);
}

/* Columns for the marks that parts are left out on either side. */
static int left_out(const struct page *page, size_t first, size_t last)
{
    int mark = (int)strlen(LEFT_OUT);

    return (first > 0 ? mark : 0) +
           (last + 1 < page->snapshot->part_count ? mark : 0);
}

/* Chooses as many parts round the centre as a line holds. Returns how many
   columns are left. */
static int choose_parts(struct page *page, size_t centre)
{
    size_t count = page->snapshot->part_count;
    int used = 2 + page->slots[centre].width;
    bool wider = true;

    page->first = page->last = centre;
    while (wider) {
        wider = false;
        if (page->last + 1 < count &&
            used + page->slots[page->last + 1].width + 1 +
                    left_out(page, page->first, page->last + 1) <=
                ROOM) {
            used += page->slots[++page->last].width + 1;
            wider = true;
        }
        if (page->first > 0 &&
            used + page->slots[page->first - 1].width + 1 +
                    left_out(page, page->first - 1, page->last) <=
                ROOM) {
            used += page->slots[--page->first].width + 1;
            wider = true;
        }
    }
    return ROOM - used - left_out(page, page->first, page->last);
}

static uint64_t root_of(uint64_t number)
{
    uint64_t root = 0;

    for (uint64_t bit = (uint64_t)1 << 31; bit != 0; bit /= 2) {
        if ((root + bit) * (root + bit) <= number)
            root += bit;
    }
    return root;
}

/* Shares spare columns among the cells. */
static void widen(struct page *page, int spare)
{
    uint64_t total = 0;
    int given = 0;
    size_t largest = page->first;

    for (size_t i = page->first; i <= page->last; i++) {
        total += root_of(page->snapshot->parts[i].size);
        if (page->snapshot->parts[i].size >
            page->snapshot->parts[largest].size)
            largest = i;
    }
    for (size_t i = page->first; i <= page->last && total > 0; i++) {
        uint64_t share = root_of(page->snapshot->parts[i].size);
        int more = (int)((uint64_t)spare * share / total);
        page->slots[i].width += more;
        given += more;
    }
    page->slots[largest].width += spare - given;
}

/* Prints text in the middle of width columns. */
static void print_centred(FILE *out, const char *text, int width)
{
    int length = (int)strlen(text);
    int before = (width - length) / 2;

    fprintf(out, "%*s%s%*s", before, "", text, width - length - before, "");
}

/* The column of part i's first byte, from the left margin. */
static int column_of(const struct page *page, size_t i)
{
    int column = page->first > 0 ? (int)strlen(LEFT_OUT) : 0;

    for (size_t k = page->first; k < i; k++)
        column += page->slots[k].width + 1;
    return column;
}

/* Prints where the first and the last cell begin and end, and the marked
   one, if there is room for it. */
static void draw_offsets(const struct page *page)
{
    const struct part *parts = page->snapshot->parts;
    const struct part *last = &parts[page->last];
    int end = column_of(page, page->last + 1) + 1;
    char right[24], text[24];
    int length = snprintf(right, sizeof(right), "0x%" PRIx64,
                          last->start + last->size - page->base);
    int column = column_of(page, page->first);

    column += fprintf(page->out, "heap   %*s0x%" PRIx64, column, "",
                      parts[page->first].start - page->base);
    column -= MARGIN + column_of(page, page->first);
    if (page->marked != NULL && page->marked != &parts[page->first]) {
        int at = column_of(page, (size_t)(page->marked - parts));
        int wide = snprintf(text, sizeof(text), "0x%" PRIx64,
                            page->marked->start - page->base);
        if (at > column + 1 && at + wide + 2 <= end - length)
            column += fprintf(page->out, "%*s%s", at - column, "", text);
    }
    if (end - length > column)
        fprintf(page->out, "%*s%s", end - length - column, "", right);
    fputc('\n', page->out);
}

static void draw_cells(const struct page *page)
{
    bool places = false;
    int column = 0;

    fprintf(page->out, "order  %s|", page->first > 0 ? LEFT_OUT : "");
    for (size_t i = page->first; i <= page->last; i++) {
        const struct part *part = &page->snapshot->parts[i];
        bool colour = page->colour && (part == page->marked || !part->live);
        colour_begin(page->out, colour,
                     part == page->marked ? COLOUR_STRONG : COLOUR_FREE);
        print_centred(page->out, page->slots[i].label, page->slots[i].width);
        colour_end(page->out, colour);
        fputc('|', page->out);
        places |= page->slots[i].place[0] != '\0';
    }
    if (page->last + 1 < page->snapshot->part_count)
        fprintf(page->out, "%s", LEFT_OUT);
    fputc('\n', page->out);
    if (!places)
        return;
    for (size_t i = page->first; i <= page->last; i++) {
        const struct slot *slot = &page->slots[i];
        int length = (int)strlen(slot->place);
        int at = MARGIN + column_of(page, i) + 1 + (slot->width - length) / 2;
        if (length == 0)
            continue;
        fprintf(page->out, "%*s%s", at - column, "", slot->place);
        column = at + length;
    }
    fputc('\n', page->out);
}

/* --- the list ---------------------------------------------------------- */

/* Is an entry of the list a block of the walk? */
static bool is_shown(const struct snapshot *snapshot,
                     const struct part *entry)
{
    const struct part *part = snapshot_part(snapshot, entry->start);

    return part != NULL && part->start == entry->start;
}

/* Writes entry i of the list; returns its length. */
static int entry_text(const struct page *page, size_t i, char *text,
                      size_t size)
{
    const struct part *entry = &page->snapshot->list[i];

    return snprintf(text, size, "#%zu %s0x%" PRIx64 " %" PRIu64, i + 1,
                    is_shown(page->snapshot, entry) ? "" : "?",
                    entry->start - page->base, entry->size);
}

/* Returns one past the last entry that a line holds which begins at first. */
static size_t entries_end(const struct page *page, size_t first)
{
    int used = (int)strlen("head -> ") + (first > 0 ? 6 : 0);
    size_t end = first;
    char text[64];

    while (end < page->snapshot->list_count) {
        bool last = end + 1 == page->snapshot->list_count;
        int length = entry_text(page, end, text, sizeof(text)) + 3;
        if (used + length + (last ? 3 : 15) > ROOM)
            break;
        used += length;
        end++;
    }
    return end > first ? end : first + 1;
}

/* Are the entries in the order of their addresses? */
static bool in_heap_order(const struct snapshot *snapshot)
{
    for (size_t i = 1; i < snapshot->list_count; i++) {
        if (snapshot->list[i].start < snapshot->list[i - 1].start)
            return false;
    }
    return true;
}

/* Notes what in the list, or in the trace, the walk does not reach. */
static void print_unreached(const struct page *page)
{
    const struct snapshot *snapshot = page->snapshot;
    uint64_t end = snapshot_end(snapshot);

    for (size_t i = 0; i < snapshot->list_count; i++) {
        if (is_shown(snapshot, &snapshot->list[i]))
            continue;
        fprintf(page->out, "%*s(? is no block that the heap's walk shows)\n",
                MARGIN, "");
        break;
    }
    for (uint64_t id = 0; id < page->trace->id_count; id++) {
        uint64_t op = model_owner(snapshot->model, id);
        if (op == NO_OP || model_block(snapshot->model, op)->start < end)
            continue;
        fprintf(page->out,
                "%*s(the heap's walk ends at 0x%" PRIx64
                ", short of p%" PRIu64 ")\n",
                MARGIN, "", end - page->base, id);
        break;
    }
}

static void print_heap_order(const struct page *page)
{
    const struct snapshot *snapshot = page->snapshot;

    if (snapshot->list_count < 2)
        return;
    fprintf(page->out, "%*s(", MARGIN, "");
    if (in_heap_order(snapshot)) {
        fprintf(page->out, "the same as heap order");
    } else if (snapshot->list_count > ORDER_MOST) {
        fprintf(page->out, "not in heap order");
    } else {
        fprintf(page->out, "heap order would be");
        for (size_t i = 0; i < snapshot->part_count; i++) {
            if (snapshot->parts[i].list != 0)
                fprintf(page->out, " %zu", snapshot->parts[i].list);
        }
    }
    fprintf(page->out, ")\n");
}

/* Prints the list, from its head or from just before entry centre. */
static void draw_list(const struct page *page, size_t centre)
{
    const struct snapshot *snapshot = page->snapshot;
    size_t first = 0;
    size_t end = entries_end(page, 0);
    char text[64];

    if (centre >= end) {
        first = centre - 1;
        end = entries_end(page, first);
    }
    fprintf(page->out, "list\norder  head -> %s",
            first > 0 ? LEFT_OUT " > " : "");
    for (size_t i = first; i < end && i < snapshot->list_count; i++) {
        entry_text(page, i, text, sizeof(text));
        fprintf(page->out, "%s > ", text);
    }
    if (end < snapshot->list_count)
        fprintf(page->out, LEFT_OUT " %zu more\n",
                snapshot->list_count - end);
    else
        fprintf(page->out, "%s\n", snapshot->list_again ? "again" : "end");
    print_heap_order(page);
}

void draw_orders(FILE *out, const struct snapshot *snapshot,
                 const struct trace *trace, uint64_t focus, bool mark,
                 bool colour)
{
    struct page page = {.out = out,
                        .snapshot = snapshot,
                        .trace = trace,
                        .colour = colour,
                        .base = snapshot->outcome->log->source_base};
    const struct part *centre = snapshot_part(snapshot, focus);

    if (snapshot->part_count == 0 || snapshot->parts == NULL)
        return;
    page.slots = calloc(snapshot->part_count, sizeof(*page.slots));
    if (page.slots == NULL)
        return;
    page.marked = mark ? centre : NULL;
    if (centre == NULL)
        centre = &snapshot->parts[snapshot->part_count - 1];
    for (size_t i = 0; i < snapshot->part_count; i++)
        make_slot(&page, &snapshot->parts[i], &page.slots[i]);
    widen(&page, choose_parts(&page, (size_t)(centre - snapshot->parts)));
    draw_offsets(&page);
    draw_cells(&page);
    if (centre->list == 0 &&
        centre + 1 < snapshot->parts + snapshot->part_count)
        centre++; /* perhaps what a split has left */
    if (snapshot->outcome->log->list_count > 0)
        draw_list(&page, centre->list > 0 ? centre->list - 1 : 0);
    print_unreached(&page);
    free(page.slots);
}
