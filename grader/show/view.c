/*
 * view.c - what of a heap a drawing shows.
 *
 * There are two sides to it that need not agree: the model, which knows who
 * owns what, and the heap's own walk, which knows headers and free pieces. A
 * row is made from each, and those that mean the same block are one row.
 *
 * The window is round the mark, as fine as the mark allows; and is widened to
 * the blocks that the scene is about, and to the whole heap, where that costs
 * little of the scale.
 */
#include "grader/show/view.h"

#include <stdlib.h>

/*
 * Bytes of a column: the least; and the most that a wider view may cost, of a
 * mark and of blocks.
 */
#define UNIT_LEAST  ((uint64_t)4)
#define UNIT_MARK   ((uint64_t)8)
#define UNIT_BLOCKS ((uint64_t)16)

/* Bytes to see on both sides, at the least. */
#define ROOM ((uint64_t)48)

struct span {
    uint64_t low;
    uint64_t high; /* one past; low == high: empty */
};

uint64_t block_extent(const struct trace *trace, uint64_t op)
{
    uint64_t size = trace->ops[op].size;

    return size > 0 ? size : 1;
}

static struct span join(struct span one, struct span other)
{
    if (one.low == one.high)
        return other;
    if (other.low == other.high)
        return one;
    return (struct span){one.low < other.low ? one.low : other.low,
                         one.high > other.high ? one.high : other.high};
}

static bool meet(struct span one, struct span other)
{
    return one.high > other.low && one.low < other.high;
}

static struct span span_of(const struct row *row)
{
    return (struct span){row->start, row->end};
}

/* --- the rows ---------------------------------------------------------------- */

/* Is a piece one that can be drawn? A corrupt heap may show any. */
static bool is_sound(const struct scene *scene, const struct log_piece *piece)
{
    uint64_t offset = piece->start - scene->base;

    return piece->size > 0 && offset < scene->limit &&
           piece->size <= scene->limit - offset &&
           piece->payload - piece->start <= piece->size;
}

/* Pieces of the walk that can be drawn: up to the first that cannot. */
static size_t sound_pieces(const struct scene *scene)
{
    size_t count = 0;

    while (scene->picture != NULL && count < PIECES_MAX &&
           count < scene->picture->walk_count &&
           is_sound(scene, &scene->picture->walk[count]))
        count++;
    return count;
}

/* Returns the operation whose block has its payload at address; or NO_OP. */
static uint64_t owner_of_payload(const struct scene *scene, uint64_t address)
{
    uint64_t op = model_at(scene->model, address);

    if (scene->focus != NO_OP && address == scene->focus_start)
        return scene->focus;
    if (op == NO_OP || model_block(scene->model, op)->freed_by != NO_OP ||
        model_block(scene->model, op)->start != address)
        return NO_OP;
    return op;
}

static int by_start(const void *one, const void *other)
{
    const struct row *a = one;
    const struct row *b = other;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->end < b->end ? -1 : a->end > b->end;
}

static void add_piece(struct view *view, const struct scene *scene,
                      const struct log_piece *piece)
{
    view->rows[view->count++] = (struct row){
        .start = piece->start,
        .end = piece->start + piece->size,
        .header = piece->payload - piece->start,
        .op = owner_of_payload(scene, piece->payload),
        .in_walk = true,
        .walk_live = piece->live != 0,
    };
}

static void add_block(struct view *view, const struct scene *scene,
                      uint64_t op, uint64_t start)
{
    view->rows[view->count++] = (struct row){
        .start = start,
        .end = start + block_extent(scene->trace, op),
        .op = op,
    };
}

/*
 * Adds the blocks that the model knows and the walk does not show: walked rows
 * are there from the walk, in address order, as both sides are.
 */
static void add_blocks(struct view *view, const struct scene *scene)
{
    size_t walked = view->count;
    bool *shown = calloc(scene->trace->op_count, sizeof(*shown));

    if (shown == NULL)
        return;
    for (size_t i = 0; i < walked; i++) {
        if (view->rows[i].op != NO_OP)
            shown[view->rows[i].op] = true;
    }
    for (uint64_t id = 0; id < scene->trace->id_count; id++) {
        uint64_t op = model_owner(scene->model, id);
        if (op != NO_OP && op != scene->focus && !shown[op])
            add_block(view, scene, op, model_block(scene->model, op)->start);
    }
    if (scene->focus != NO_OP && !shown[scene->focus])
        add_block(view, scene, scene->focus, scene->focus_start);
    free(shown);
}

/* Notes the place of each row on the free lists. */
static void number_rows(struct view *view, const struct scene *scene)
{
    const struct log *picture = scene->picture;

    for (size_t i = 0;
         picture != NULL && i < picture->list_count && i < PIECES_MAX; i++) {
        struct row key = {.start = picture->list[i].start};
        size_t low = 0, high = view->count;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (view->rows[middle].start < key.start)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < view->count && view->rows[low].start == key.start; low++)
            if (view->rows[low].in_walk && view->rows[low].list == 0)
                view->rows[low].list = i + 1;
    }
}

/* Collects all that there is, from both sides, in address order. */
static bool collect(struct view *view, const struct scene *scene)
{
    size_t pieces = sound_pieces(scene);
    size_t walked;

    view->rows =
        calloc(pieces + scene->trace->id_count + 1, sizeof(*view->rows));
    if (view->rows == NULL)
        return false;
    for (size_t i = 0; i < pieces; i++)
        add_piece(view, scene, &scene->picture->walk[i]);
    walked = view->count;
    add_blocks(view, scene);
    for (size_t i = walked;
         pieces > 0 && pieces < PIECES_MAX && i < view->count; i++) {
        if (view->rows[i].start >= view->rows[walked - 1].end &&
            view->rows[i].op != scene->focus)
            view->walk_stops = view->rows[walked - 1].end;
    }
    qsort(view->rows, view->count, sizeof(*view->rows), by_start);
    number_rows(view, scene);
    return true;
}

/* --- the window -------------------------------------------------------------- */

/* The bytes of a column if all of span is to be seen. */
static uint64_t unit_for(struct span span)
{
    uint64_t unit = UNIT_LEAST;

    while (unit * (BAR_COLUMNS - 4) < span.high - span.low)
        unit *= 2;
    return unit;
}

static struct span with_room(const struct scene *scene, struct span span)
{
    uint64_t room = (span.high - span.low) / 4;

    room = room < ROOM ? ROOM : room;
    span.low = span.low - scene->base > room ? span.low - room : scene->base;
    span.high += room;
    return span;
}

/* Where the block of an operation lies: header and all, if it is known. */
static struct span place_of(const struct view *view, uint64_t op)
{
    for (size_t i = 0; op != NO_OP && i < view->count; i++) {
        if (view->rows[i].op == op)
            return span_of(&view->rows[i]);
    }
    return (struct span){0, 0};
}

/* From the first row to just behind the last block in use. */
static struct span whole_heap(const struct view *view)
{
    struct span all = {0, 0};

    for (size_t i = 0; i < view->count; i++) {
        const struct row *row = &view->rows[i];
        if (row->op != NO_OP || row->walk_live)
            all = join(all, span_of(row));
        else
            all = join(all, (struct span){row->start, row->start + ROOM});
    }
    return all;
}

/* Does one row alone fill the whole span? Then there is nothing to see. */
static bool is_filled(const struct view *view, struct span span)
{
    size_t met = 0;

    for (size_t i = 0; i < view->count; i++)
        met += meet(span_of(&view->rows[i]), span);
    return met <= 1;
}

static struct span choose_span(const struct view *view,
                               const struct scene *scene)
{
    struct span mark = {scene->from, scene->to};
    struct span other = place_of(view, scene->other);
    struct span blocks = join(place_of(view, scene->focus), other);
    struct span all = whole_heap(view);
    struct span span = mark.low != mark.high ? mark : blocks;
    uint64_t wide = mark.low != mark.high ? UNIT_MARK : UNIT_BLOCKS;

    if (span.low == span.high)
        return all;
    span = with_room(scene, span);
    if (is_filled(view, span))
        span = with_room(scene, join(span, other));
    blocks = join(span, blocks);
    if (unit_for(blocks) <= wide)
        span = blocks;
    all = join(span, all);
    if (unit_for(all) <= wide || unit_for(all) == unit_for(span))
        span = all;
    return span;
}

static void set_window(struct view *view, const struct scene *scene)
{
    struct span span = choose_span(view, scene);

    view->unit = unit_for(span);
    view->low = span.low - (span.low - scene->base) % (4 * view->unit);
    view->high = view->low + BAR_COLUMNS * view->unit;
}

/* --- the choice of rows ------------------------------------------------------- */

/* Rows that are not drawn at all. */
#define NEVER UINT64_MAX

/* How much a row is wanted, 0 the most; centre is what the scene is about. */
static uint64_t rank_of(const struct view *view, const struct scene *scene,
                        const struct row *row, struct span centre)
{
    struct span place = span_of(row);

    if (row->op != NO_OP &&
        (row->op == scene->focus || row->op == scene->other))
        return 0;
    if (!meet(place, (struct span){view->low, view->high}))
        return NEVER;
    if (meet(place, (struct span){scene->from, scene->to}))
        return 1;
    if (centre.low == centre.high && row->list != 0)
        return 1 + row->list;
    if (centre.low == centre.high)
        return 2 + PIECES_MAX + (row->start - scene->base);
    if (meet(place, centre))
        return 2;
    return 3 + (place.low >= centre.high ? place.low - centre.high
                                         : centre.low - place.high);
}

static int by_rank(const void *one, const void *other)
{
    const struct row *a = one;
    const struct row *b = other;

    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

static int by_index(const void *one, const void *other)
{
    const struct row *a = one;
    const struct row *b = other;

    return a->index < b->index ? -1 : 1;
}

/* Makes a row that is alone in the window have its neighbours. */
static void want_neighbours(struct view *view)
{
    size_t wanted = 0;
    size_t last = 0;

    for (size_t i = 0; i < view->count; i++) {
        if (view->rows[i].rank == NEVER)
            continue;
        wanted++;
        last = i;
    }
    if (wanted != 1)
        return;
    if (last > 0)
        view->rows[last - 1].rank = 1;
    if (last + 1 < view->count)
        view->rows[last + 1].rank = 1;
}

/* Keeps the ROWS_MAX rows that are wanted most, in their order. */
static void keep_rows(struct view *view, const struct scene *scene)
{
    struct span centre = {scene->from, scene->to};
    size_t wanted = 0;

    if (centre.low == centre.high)
        centre =
            join(place_of(view, scene->focus), place_of(view, scene->other));
    for (size_t i = 0; i < view->count; i++)
        view->rows[i].rank = rank_of(view, scene, &view->rows[i], centre);
    want_neighbours(view);
    for (size_t i = 0; i < view->count; i++) {
        if (view->rows[i].rank != NEVER)
            view->rows[i].index = wanted++;
    }
    qsort(view->rows, view->count, sizeof(*view->rows), by_rank);
    view->count = wanted < ROWS_MAX ? wanted : ROWS_MAX;
    qsort(view->rows, view->count, sizeof(*view->rows), by_index);
    for (size_t i = 0, next = 0; i < view->count; i++) {
        view->rows[i].skipped = view->rows[i].index - next;
        next = view->rows[i].index + 1;
    }
    view->skipped =
        view->count > 0 ? wanted - 1 - view->rows[view->count - 1].index : 0;
}

bool view_open(struct view *view, const struct scene *scene)
{
    *view = (struct view){0};
    if (!collect(view, scene))
        return false;
    set_window(view, scene);
    keep_rows(view, scene);
    return true;
}

void view_close(struct view *view)
{
    free(view->rows);
    *view = (struct view){0};
}
