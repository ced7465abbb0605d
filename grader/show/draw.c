/*
 * draw.c - a neighbourhood of a heap, drawn with characters.
 *
 * view.c chooses what is shown; here it is only put on paper: a ruler of
 * offsets, a bar for each row at its place, the mark under them, what there is
 * to say of each row, and the free list in its own order.
 */
#include "grader/show/draw.h"

#include "grader/show/view.h"
#include "grader/show/words.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_COLUMNS 80
#define NAME_COLUMNS (PAGE_COLUMNS - 1 - BAR_COLUMNS) /* before the bars */
#define TICK_COLUMNS 16
#define TICKS        4 /* on the ruler above the bars */

/* The columns of the table, as wide as what stands in them. */
struct columns {
    int offset;
    int size;
    int state;
    int name;
};

struct drawing {
    const struct scene *scene;
    FILE *out;
    struct view view;
};

static void put(FILE *out, int count, char character)
{
    while (count-- > 0)
        fputc(character, out);
}

static uint64_t offset_in(const struct drawing *drawing, uint64_t address)
{
    return address - drawing->scene->base;
}

/* The column of an address in the window. */
static int column_of(const struct drawing *drawing, uint64_t address)
{
    return (int)((address - drawing->view.low) / drawing->view.unit);
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

static bool is_focus(const struct drawing *drawing, const struct row *row)
{
    return row->op != NO_OP && row->op == drawing->scene->focus;
}

static const char *state_of(const struct drawing *drawing,
                            const struct row *row)
{
    if (is_focus(drawing, row))
        return drawing->scene->state;
    if (row->op != NO_OP)
        return "live";
    return row->walk_live ? "used" : "free";
}

/* --- the bars --------------------------------------------------------------- */

/* Begins the line below the offsets: ". = 16 bytes", in NAME_COLUMNS. */
static void draw_scale(const struct drawing *drawing)
{
    char scale[32] = "";
    FILE *memory = fmemopen(scale, sizeof(scale), "w");

    if (memory == NULL)
        return;
    fprintf(memory, ". = ");
    print_size(memory, drawing->view.unit);
    fclose(memory);
    fprintf(drawing->out, "\n  %-*s", NAME_COLUMNS - 2, scale);
}

/* Prints the offsets above the bars, and the scale. */
static void draw_ruler(const struct drawing *drawing)
{
    FILE *out = drawing->out;
    uint64_t offset = offset_in(drawing, drawing->view.low);

    fprintf(out, "\n  %-*s", NAME_COLUMNS - 2, "address order");
    for (int tick = 0; tick < TICKS;
         tick++, offset += TICK_COLUMNS * drawing->view.unit)
        fprintf(out, "0x%-*" PRIx64, tick < TICKS - 1 ? TICK_COLUMNS - 2 : 0,
                offset);
    draw_scale(drawing);
    for (int tick = 0; tick < TICKS; tick++)
        fprintf(out, "%-*s", tick < TICKS - 1 ? TICK_COLUMNS : 0, "|");
    fputc('\n', out);
}

/* Fills width characters at bar: "[H16 asked 24....]". */
static void fill_bar(char *bar, int width, const char *text, bool open_left,
                     bool open_right)
{
    int lead = open_left ? 3 : 1;

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
    memcpy(bar + lead, text, strlen(text));
}

/* Writes what a row says of itself into text: the most that room holds. */
static void row_text(const struct drawing *drawing, const struct row *row,
                     int room, char *text, size_t size)
{
    uint64_t bytes = row->op != NO_OP
                         ? drawing->scene->trace->ops[row->op].size
                         : row->end - row->start;
    const char *before = row->op != NO_OP ? "asked " : "";
    const char *after = row->op != NO_OP ? "" : " bytes";
    char header[32] = "";

    if (row->in_walk && row->header != 0)
        snprintf(header, sizeof(header), "H%" PRIu64 " ", row->header);
    if (snprintf(text, size, "%s%s%" PRIu64 "%s", header, before, bytes,
                 after) <= room)
        return;
    if (snprintf(text, size, "%s%" PRIu64, header, bytes) <= room)
        return;
    if (snprintf(text, size, "%" PRIu64, bytes) > room)
        text[0] = '\0';
}

static void draw_bar(const struct drawing *drawing, const struct row *row)
{
    const struct view *view = &drawing->view;
    char bar[BAR_COLUMNS + 1];
    char text[64];
    bool open_left = row->start < view->low;
    bool open_right = row->end > view->high;
    int from = column_of(drawing, open_left ? view->low : row->start);
    int to = column_of(drawing,
                       (open_right ? view->high : row->end) + view->unit - 1);
    int width = to > from ? to - from : 1;

    row_text(drawing, row, width - 2 - 2 * open_left, text, sizeof(text));
    fill_bar(bar, width, text, open_left, open_right);
    fprintf(drawing->out, "%*s%s", from, "", bar);
}

/* Prints a bar, or an arrow to where it would be. */
static void draw_row(const struct drawing *drawing, const struct row *row)
{
    const struct view *view = &drawing->view;
    char name[24];

    if (row->skipped > 0)
        fprintf(drawing->out, "  %7s  (%zu more)\n", "...", row->skipped);
    name_row(drawing, row, name, sizeof(name));
    fprintf(drawing->out, "  %c%6s  %-8s", is_focus(drawing, row) ? '>' : ' ',
            name, state_of(drawing, row));
    if (row->end <= view->low)
        fprintf(drawing->out, "<- at 0x%" PRIx64,
                offset_in(drawing, row->start));
    else if (row->start >= view->high)
        fprintf(drawing->out, "%*s at 0x%-6" PRIx64 " ->", BAR_COLUMNS - 15,
                "", offset_in(drawing, row->start));
    else
        draw_bar(drawing, row);
    fputc('\n', drawing->out);
}

/* Returns the row whose header lies in the marked bytes, or NULL. */
static const struct row *header_in_mark(const struct drawing *drawing)
{
    const struct scene *scene = drawing->scene;

    for (size_t i = 0; scene->damage && i < drawing->view.count; i++) {
        const struct row *row = &drawing->view.rows[i];
        if (row->in_walk && row->op != scene->other &&
            row->start < scene->to && row->start + row->header > scene->from)
            return row;
    }
    return NULL;
}

/* Prints the mark under the bars, and words beside it where they fit. */
static void draw_mark(const struct drawing *drawing)
{
    const struct scene *scene = drawing->scene;
    const struct view *view = &drawing->view;
    const struct row *culprit = header_in_mark(drawing);
    uint64_t start = scene->from > view->low ? scene->from : view->low;
    uint64_t end = scene->to < view->high ? scene->to : view->high;
    char words[96] = "";
    int from, width, length;

    if (scene->from == scene->to || start >= end)
        return;
    if (culprit != NULL) {
        name_row(drawing, culprit, words, sizeof(words));
        length = (int)strlen(words);
        snprintf(words + length, sizeof(words) - (size_t)length,
                 "'s header lies in p%" PRIu32 "'s bytes",
                 scene->trace->ops[scene->other].id);
    } else {
        snprintf(words, sizeof(words), "%s", scene->mark);
    }
    length = (int)strlen(words);
    from = column_of(drawing, start);
    width = column_of(drawing, end + view->unit - 1) - from;
    if (from + width + 1 + length <= BAR_COLUMNS || from <= length) {
        put(drawing->out, NAME_COLUMNS + from, ' ');
        put(drawing->out, width, '^');
        if (from + width + 1 + length > BAR_COLUMNS)
            fprintf(drawing->out, "\n%*s", PAGE_COLUMNS - 2 - length, "");
        fprintf(drawing->out, " %s", words);
    } else {
        fprintf(drawing->out, "%*s%s ", NAME_COLUMNS + from - length - 1, "",
                words);
        put(drawing->out, width, '^');
    }
    fputc('\n', drawing->out);
}

/* --- the table and the list ---------------------------------------------------- */

/* Returns the piece of the heap's walk in which a row lies, or NULL. */
static const struct row *piece_around(const struct drawing *drawing,
                                      const struct row *row)
{
    for (size_t i = 0; i < drawing->view.count; i++) {
        const struct row *piece = &drawing->view.rows[i];
        if (piece->in_walk && piece != row && piece->start <= row->start &&
            piece->end >= row->end)
            return piece;
    }
    return NULL;
}

/* What is in the table's column of sizes. */
static void size_text(const struct drawing *drawing, const struct row *row,
                      char *text, size_t size)
{
    const struct log *picture = drawing->scene->picture;
    const struct row *piece = piece_around(drawing, row);
    char name[24];

    if (row->in_walk) {
        snprintf(text, size, "size %" PRIu64, row->end - row->start);
    } else if (piece != NULL) {
        name_row(drawing, piece, name, sizeof(name));
        if (strcmp(name, "-") == 0)
            snprintf(name, sizeof(name), "0x%" PRIx64,
                     offset_in(drawing, piece->start));
        snprintf(text, size, "in %s", name);
    } else if (picture != NULL && picture->walk_count > 0) {
        snprintf(text, size, "no header");
    } else {
        snprintf(text, size, "-");
    }
}

/* Prints how the block came to be, and what the heap has to say against it. */
static void print_origin(FILE *out, const struct drawing *drawing,
                         const struct row *row, bool brief)
{
    const struct scene *scene = drawing->scene;
    const struct op *op = &scene->trace->ops[row->op];

    if (brief)
        fprintf(out, "asked %" PRIu64, op->size);
    else
        print_call(out, op);
    if (row->op == scene->op)
        fprintf(out, ", this op");
    else
        fprintf(out, ", op %" PRIu64, row->op + 1);
    if (row->in_walk && !row->walk_live && row->list != 0)
        fprintf(out, "; free list #%zu", row->list);
    else if (row->in_walk && !row->walk_live)
        fprintf(out, "; free to the heap");
}

/* Prints what there is to say of a row, in the last column. */
static void print_note(FILE *out, const struct drawing *drawing,
                       const struct row *row, bool brief)
{
    const struct scene *scene = drawing->scene;
    uint64_t last;

    if (row->op != NO_OP) {
        print_origin(out, drawing, row, brief);
        return;
    }
    if (row->walk_live) {
        fprintf(out, "nobody's: no identifier owns it");
        return;
    }
    last = model_at(scene->model, row->start + row->header);
    if (last != NO_OP &&
        model_block(scene->model, last)->start == row->start + row->header)
        fprintf(out, "p%" PRIu32 "'s until op %" PRIu64,
                scene->trace->ops[last].id,
                model_block(scene->model, last)->freed_by + 1);
    if (row->list == 0 && scene->picture != NULL &&
        scene->picture->list_count > 0)
        fprintf(out, " on no free list");
}

static int widest(int width, const char *text)
{
    return (int)strlen(text) > width ? (int)strlen(text) : width;
}

static struct columns measure(const struct drawing *drawing)
{
    struct columns columns = {0};
    char text[40];

    for (size_t i = 0; i < drawing->view.count; i++) {
        const struct row *row = &drawing->view.rows[i];
        snprintf(text, sizeof(text), "0x%" PRIx64,
                 offset_in(drawing, row->start));
        columns.offset = widest(columns.offset, text);
        size_text(drawing, row, text, sizeof(text));
        columns.size = widest(columns.size, text);
        columns.state = widest(columns.state, state_of(drawing, row));
        name_row(drawing, row, text, sizeof(text));
        columns.name = widest(columns.name, text);
    }
    return columns;
}

static void describe_row(const struct drawing *drawing, const struct row *row,
                         const struct columns *columns, const char *lead)
{
    char line[160] = "";
    char name[24], size[40];
    FILE *memory;

    name_row(drawing, row, name, sizeof(name));
    size_text(drawing, row, size, sizeof(size));
    for (int brief = 0; brief <= 1; brief++) {
        memory = fmemopen(line, sizeof(line), "w");
        if (memory == NULL)
            return;
        fprintf(memory, "  %-17s0x%-*" PRIx64 "  %-*s  %-*s  %-*s  ", lead,
                columns->offset - 2, offset_in(drawing, row->start),
                columns->size, size, columns->state, state_of(drawing, row),
                columns->name, name);
        print_note(memory, drawing, row, brief != 0);
        fclose(memory);
        if (strlen(line) < PAGE_COLUMNS)
            break;
    }
    for (size_t end = strlen(line); end > 0 && line[end - 1] == ' ';)
        line[--end] = '\0';
    fprintf(drawing->out, "%s\n", line);
}

static void draw_table(const struct drawing *drawing)
{
    const struct view *view = &drawing->view;
    struct columns columns = measure(drawing);

    for (size_t i = 0; i < view->count; i++) {
        if (view->rows[i].skipped > 0 && i > 0)
            fprintf(drawing->out, "%*s...\n", NAME_COLUMNS, "");
        describe_row(drawing, &view->rows[i], &columns,
                     i == 0 ? "blocks" : "");
    }
    if (view->walk_stops != 0)
        fprintf(drawing->out,
                "  %-17sends at 0x%" PRIx64
                ", short of blocks that are live\n",
                "the heap's walk", offset_in(drawing, view->walk_stops));
}

/* Does the list come back at entry i to one that it has passed? */
static bool comes_back(const struct log *picture, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (picture->list[k].start == picture->list[i].start)
            return true;
    }
    return false;
}

/* Writes entry i of the free list as it is printed; returns its length. */
static int entry_text(const struct drawing *drawing, size_t i, bool again,
                      char *text, size_t size)
{
    uint64_t offset =
        offset_in(drawing, drawing->scene->picture->list[i].start);

    if (again)
        return snprintf(text, size, " -> 0x%" PRIx64 " again", offset);
    return snprintf(text, size, " -> 0x%" PRIx64 " (#%zu)", offset, i + 1);
}

/* Returns the entry of the free list to begin with: one before those drawn. */
static size_t first_entry(const struct drawing *drawing)
{
    size_t first = SIZE_MAX;

    for (size_t i = 0; i < drawing->view.count; i++) {
        size_t list = drawing->view.rows[i].list;
        if (list != 0 && list - 1 < first)
            first = list - 1;
    }
    return first == SIZE_MAX || first < 1 ? 0 : first - 1;
}

/*
 * Prints the free list round the pieces that are drawn, in its order, as many
 * as a line holds. A list that is a ring is not followed round.
 */
static void draw_list(const struct drawing *drawing)
{
    const struct log *picture = drawing->scene->picture;
    size_t count =
        picture->list_count < PIECES_MAX ? picture->list_count : PIECES_MAX;
    size_t first = first_entry(drawing);
    int column = NAME_COLUMNS + 4;
    bool again = false;

    fprintf(drawing->out, "  %-17shead", "free list");
    if (first > 0)
        column += fprintf(drawing->out, " -> ...");
    for (size_t i = first; i < count && !again; i++) {
        int room = PAGE_COLUMNS - 1 - column - (i + 1 < count ? 7 : 0);
        char text[64];
        again = comes_back(picture, i);
        if (entry_text(drawing, i, again, text, sizeof(text)) > room) {
            fprintf(drawing->out, " -> ...");
            break;
        }
        column += fprintf(drawing->out, "%s", text);
    }
    fputc('\n', drawing->out);
}

bool draw(FILE *out, const struct scene *scene)
{
    struct drawing drawing = {.scene = scene, .out = out};

    if (!view_open(&drawing.view, scene))
        return false;
    if (drawing.view.count == 0) { /* nothing is there yet */
        view_close(&drawing.view);
        return true;
    }
    draw_ruler(&drawing);
    for (size_t i = 0; i < drawing.view.count; i++)
        draw_row(&drawing, &drawing.view.rows[i]);
    if (drawing.view.skipped > 0)
        fprintf(out, "  %7s  (%zu more)\n", "...", drawing.view.skipped);
    draw_mark(&drawing);
    fputc('\n', out);
    draw_table(&drawing);
    if (scene->picture != NULL && scene->picture->list_count > 0)
        draw_list(&drawing);
    view_close(&drawing.view);
    return true;
}
