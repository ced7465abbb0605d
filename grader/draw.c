/*
 * draw.c - a neighbourhood of a heap, drawn with characters.
 *
 * What there is to draw comes from two sides that need not agree: the model,
 * which knows who owns what, and the heap's own walk, which knows headers and
 * free pieces. A row is made from each, and those that mean the same block are
 * one row. The window is the focus and the other block, and some room on both
 * sides; only what meets the window is drawn.
 */
#include "grader/draw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME_COLUMNS 19 /* before the bars */
#define BAR_COLUMNS  60
#define ROWS_MAX     9
#define TICK_COLUMNS 16
#define TICKS        4 /* on the ruler above the bars */

/* One line of the drawing. */
struct row {
    uint64_t start;  /* address of the first byte, header included */
    uint64_t end;    /* one past the last byte */
    uint64_t header; /* bytes before the payload; 0: not known */
    uint64_t op;     /* the operation that allocated it; NO_OP: none did */
    size_t list;     /* place on the free lists, counted from 1; 0: none */
    bool in_walk;    /* does the heap's own walk show it? */
    bool live;       /* does anybody own it? */
};

struct drawing {
    const struct scene *scene;
    FILE *out;
    struct row *rows; /* all that could be drawn, in address order */
    size_t count;
    uint64_t low;  /* address of the leftmost column */
    uint64_t high; /* one past the rightmost */
    uint64_t unit; /* bytes of a column */
};

static uint64_t extent(const struct trace *trace, uint64_t op)
{
    return trace->ops[op].size > 0 ? trace->ops[op].size : 1;
}

static int by_start(const void *one, const void *other)
{
    const struct row *a = one;
    const struct row *b = other;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->end < b->end ? -1 : a->end > b->end;
}

/* --- collecting the rows ----------------------------------------------------- */

/* Returns the operation whose live block has its payload at address. */
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

/* Returns the place of a piece on the free lists, counted from 1; or 0. */
static size_t list_place(const struct log *picture, uint64_t start)
{
    for (size_t i = 0; i < picture->list_count && i < PIECES_MAX; i++) {
        if (picture->list[i].start == start)
            return i + 1;
    }
    return 0;
}

static void add_piece(struct drawing *drawing, const struct log_piece *piece)
{
    const struct scene *scene = drawing->scene;
    uint64_t op =
        piece->live ? owner_of_payload(scene, piece->payload) : NO_OP;

    drawing->rows[drawing->count++] = (struct row){
        .start = piece->start,
        .end = piece->start + piece->size,
        .header = piece->payload - piece->start,
        .op = op,
        .list = list_place(scene->picture, piece->start),
        .in_walk = true,
        .live = op != NO_OP,
    };
}

/* Adds a block that the model knows, unless a piece of the walk was it. */
static void add_block(struct drawing *drawing, uint64_t op, uint64_t start,
                      size_t walked)
{
    for (size_t i = 0; i < walked; i++) {
        if (drawing->rows[i].op == op)
            return;
    }
    drawing->rows[drawing->count++] = (struct row){
        .start = start,
        .end = start + extent(drawing->scene->trace, op),
        .op = op,
        .live = true,
    };
}

static bool meets_window(const struct drawing *drawing, uint64_t start,
                         uint64_t end)
{
    return end > drawing->low && start < drawing->high;
}

/* Collects what meets the window, from both sides, in address order. */
static bool collect(struct drawing *drawing)
{
    const struct scene *scene = drawing->scene;
    const struct log *picture = scene->picture;
    size_t pieces = picture != NULL ? picture->walk_count : 0;
    size_t walked;

    if (pieces > PIECES_MAX)
        pieces = PIECES_MAX;
    drawing->rows =
        calloc(pieces + scene->trace->id_count + 2, sizeof(*drawing->rows));
    if (drawing->rows == NULL)
        return false;
    for (size_t i = 0; i < pieces; i++) {
        const struct log_piece *piece = &picture->walk[i];
        if (meets_window(drawing, piece->start, piece->start + piece->size))
            add_piece(drawing, piece);
    }
    walked = drawing->count;
    for (uint64_t id = 0; id < scene->trace->id_count; id++) {
        uint64_t op = model_owner(scene->model, id);
        uint64_t start =
            op != NO_OP ? model_block(scene->model, op)->start : 0;
        if (op != NO_OP && op != scene->focus &&
            meets_window(drawing, start, start + extent(scene->trace, op)))
            add_block(drawing, op, start, walked);
    }
    if (scene->focus != NO_OP)
        add_block(drawing, scene->focus, scene->focus_start, walked);
    qsort(drawing->rows, drawing->count, sizeof(*drawing->rows), by_start);
    return true;
}

/* Sets the window round the blocks that the scene is about. */
static void set_window(struct drawing *drawing)
{
    const struct scene *scene = drawing->scene;
    uint64_t low = scene->focus_start;
    uint64_t high = low;
    uint64_t room;

    if (scene->focus != NO_OP)
        high = low + extent(scene->trace, scene->focus);
    if (scene->other != NO_OP) {
        uint64_t start = model_block(scene->model, scene->other)->start;
        uint64_t end = start + extent(scene->trace, scene->other);
        if (scene->focus == NO_OP || start < low)
            low = start;
        if (scene->focus == NO_OP || end > high)
            high = end;
    }
    room = (high - low) / 4 < 48 ? 48 : (high - low) / 4;
    low = low - scene->base > room ? low - room : scene->base;
    high += room;
    drawing->unit = 4;
    while (drawing->unit * BAR_COLUMNS < high - low + drawing->unit * 16)
        drawing->unit *= 2;
    drawing->low = low - (low - scene->base) % (16 * drawing->unit / 4);
    drawing->high = drawing->low + BAR_COLUMNS * drawing->unit;
}

/* --- the bars --------------------------------------------------------------- */

static void put(FILE *out, int count, char character)
{
    while (count-- > 0)
        fputc(character, out);
}

static uint64_t offset_in(const struct drawing *drawing, uint64_t address)
{
    return address - drawing->scene->base;
}

/* The name of a row: whose block it is, or its place on the free list. */
static void name_row(const struct drawing *drawing, const struct row *row,
                     char *name, size_t size)
{
    if (row->op != NO_OP)
        snprintf(name, size, "p%" PRIu32,
                 drawing->scene->trace->ops[row->op].id);
    else if (row->list != 0)
        snprintf(name, size, "#%zu", row->list);
    else
        snprintf(name, size, "-");
}

static const char *state_of(const struct drawing *drawing,
                            const struct row *row)
{
    if (row->op != NO_OP && row->op == drawing->scene->focus)
        return "new";
    if (row->live)
        return "live";
    return row->list != 0 ? "free" : "not live";
}

/* Prints the offsets above the bars. */
static void draw_ruler(const struct drawing *drawing)
{
    FILE *out = drawing->out;
    uint64_t offset = offset_in(drawing, drawing->low);

    fprintf(out, "\n  %-*s", NAME_COLUMNS - 2, "address order");
    for (int tick = 0; tick < TICKS;
         tick++, offset += TICK_COLUMNS * drawing->unit)
        fprintf(out, "0x%-*" PRIx64, tick < TICKS - 1 ? TICK_COLUMNS - 2 : 0,
                offset);
    fprintf(out, "\n%*s", NAME_COLUMNS, "");
    for (int tick = 0; tick < TICKS; tick++)
        fprintf(out, "%-*s", tick < TICKS - 1 ? TICK_COLUMNS : 0, "|");
    fputc('\n', out);
}

/* Fills width characters at bar: "[H16 asked 24....]", as much as fits. */
static void fill_bar(char *bar, int width, const char *text, bool open_left,
                     bool open_right)
{
    int length = (int)strlen(text);
    int inner = width - 2;

    memset(bar, '.', (size_t)width);
    bar[width] = '\0';
    if (width == 1) {
        bar[0] = '#';
        return;
    }
    if (!open_left)
        bar[0] = '[';
    if (!open_right)
        bar[width - 1] = ']';
    if (length > inner)
        return;
    memcpy(
        bar + 1 + (open_left ? 2 : 0), text,
        (size_t)(length + (open_left ? 2 : 0) > inner ? inner - 2 : length));
}

static void row_text(const struct drawing *drawing, const struct row *row,
                     char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    if (row->in_walk && row->header != 0)
        used = (size_t)snprintf(text, size, "H%" PRIu64 " ", row->header);
    if (row->op != NO_OP)
        snprintf(text + used, size - used, "asked %" PRIu64,
                 drawing->scene->trace->ops[row->op].size);
    else
        snprintf(text + used, size - used, "%" PRIu64 " bytes",
                 row->end - row->start);
}

static void draw_row(const struct drawing *drawing, const struct row *row)
{
    char bar[BAR_COLUMNS + 1];
    char name[24];
    char text[64];
    bool open_left = row->start < drawing->low;
    bool open_right = row->end > drawing->high;
    uint64_t start = open_left ? drawing->low : row->start;
    uint64_t end = open_right ? drawing->high : row->end;
    int from = (int)((start - drawing->low) / drawing->unit);
    int to = (int)((end - drawing->low + drawing->unit - 1) / drawing->unit);

    name_row(drawing, row, name, sizeof(name));
    row_text(drawing, row, text, sizeof(text));
    fill_bar(bar, to > from ? to - from : 1, text, open_left, open_right);
    fprintf(drawing->out, "  %c%6s  %-8s%*s%s\n",
            row->op != NO_OP && row->op == drawing->scene->focus ? '>' : ' ',
            name, state_of(drawing, row), from, "", bar);
}

static void draw_mark(const struct drawing *drawing)
{
    const struct scene *scene = drawing->scene;
    int length = scene->mark != NULL ? (int)strlen(scene->mark) : 0;
    uint64_t start = scene->from > drawing->low ? scene->from : drawing->low;
    uint64_t end = scene->to < drawing->high ? scene->to : drawing->high;
    int from, width;

    if (scene->from == scene->to || start >= end)
        return;
    from = (int)((start - drawing->low) / drawing->unit);
    width = (int)((end - drawing->low + drawing->unit - 1) / drawing->unit) -
            from;
    if (from + width + 1 + length > BAR_COLUMNS && from > length) {
        fprintf(drawing->out, "%*s%s ", NAME_COLUMNS + from - length - 1, "",
                scene->mark);
        put(drawing->out, width, '^');
    } else {
        put(drawing->out, NAME_COLUMNS + from, ' ');
        put(drawing->out, width, '^');
        fprintf(drawing->out, " %s", scene->mark != NULL ? scene->mark : "");
    }
    fputc('\n', drawing->out);
}

/* --- headers and lists -------------------------------------------------------- */

static void describe_row(const struct drawing *drawing, const struct row *row,
                         const char *lead)
{
    const struct trace *trace = drawing->scene->trace;
    char name[24];

    name_row(drawing, row, name, sizeof(name));
    fprintf(drawing->out, "  %-17s0x%-6" PRIx64 " size %-7" PRIu64 " %-8s %s",
            lead, offset_in(drawing, row->start), row->end - row->start,
            state_of(drawing, row), name);
    if (row->op != NO_OP)
        fprintf(drawing->out, "  (asked %" PRIu64 " in op %" PRIu64 ")",
                trace->ops[row->op].size, row->op + 1);
    fputc('\n', drawing->out);
}

/* Prints the free list around the pieces that are drawn, in its order. */
static void draw_list(const struct drawing *drawing)
{
    const struct log *picture = drawing->scene->picture;
    size_t count = picture->list_count;
    size_t first = count;
    size_t last;

    for (size_t i = 0; i < drawing->count; i++) {
        if (drawing->rows[i].list != 0 && drawing->rows[i].list - 1 < first)
            first = drawing->rows[i].list - 1;
    }
    first = first == count || first < 1 ? 0 : first - 1;
    last = first + 4 < count ? first + 4 : count;
    fprintf(drawing->out, "  %-17shead", "free list");
    if (first > 0)
        fprintf(drawing->out, " -> ...");
    for (size_t i = first; i < last; i++)
        fprintf(drawing->out, " -> 0x%" PRIx64 " (#%zu)",
                offset_in(drawing, picture->list[i].start), i + 1);
    fprintf(drawing->out, last < count ? " -> ...\n" : "\n");
}

/* Keeps ROWS_MAX rows at the most: those from just below the scene's own. */
static void keep_rows(struct drawing *drawing)
{
    const struct scene *scene = drawing->scene;
    size_t first = 0;

    while (first < drawing->count &&
           drawing->rows[first].op != scene->other &&
           drawing->rows[first].op != scene->focus)
        first++;
    if (drawing->count <= ROWS_MAX)
        return;
    first = first > 2 ? first - 2 : 0;
    if (first > drawing->count - ROWS_MAX)
        first = drawing->count - ROWS_MAX;
    memmove(drawing->rows, drawing->rows + first,
            ROWS_MAX * sizeof(*drawing->rows));
    drawing->count = ROWS_MAX;
}

bool draw(FILE *out, const struct scene *scene)
{
    struct drawing drawing = {.scene = scene, .out = out};
    const char *lead = "blocks";

    set_window(&drawing);
    if (!collect(&drawing))
        return false;
    keep_rows(&drawing);
    draw_ruler(&drawing);
    for (size_t i = 0; i < drawing.count; i++)
        draw_row(&drawing, &drawing.rows[i]);
    draw_mark(&drawing);
    fputc('\n', out);
    for (size_t i = 0; i < drawing.count; i++, lead = "")
        describe_row(&drawing, &drawing.rows[i], lead);
    if (scene->picture != NULL && scene->picture->list_count > 0)
        draw_list(&drawing);
    free(drawing.rows);
    return true;
}
