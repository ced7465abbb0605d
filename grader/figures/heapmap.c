/*
 * heapmap.c - a heap over time, in text.
 */
#include "grader/figures/heapmap.h"

#include "grader/show/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What fifths of a cell look like: the first holds nothing live too. */
static const char shades[] = ".-=#@";

/* A live block, by identifier. start 0: none. */
struct span {
    uint64_t start;
    uint64_t end; /* one past the last byte asked for */
};

/* What is known while the replay is gone through. */
struct drawing {
    struct map *map;
    const struct trace *trace;
    const struct record *records;
    struct span *live;          /* by identifier */
    bool touched[MAP_COLUMNS];  /* has a block lain in the cell? */
    double filled[MAP_COLUMNS]; /* bytes live in the cell */
    uint64_t live_bytes;
};

/* --- segments ------------------------------------------------------------ */

static int by_start(const void *one, const void *other)
{
    uint64_t a = ((const struct span *)one)->start;
    uint64_t b = ((const struct span *)other)->start;

    return a < b ? -1 : a > b;
}

/* What operation i allocated; start 0: nothing. A block of size 0 has a byte
   of its own here. */
static struct span span_of(const struct trace *trace,
                           const struct record *records, uint64_t i)
{
    const struct op *op = &trace->ops[i];
    uint64_t start = op_has_size(op->kind) ? records[i].pointer : 0;

    return (struct span){start, start + (op->size > 0 ? op->size : 1)};
}

/* Splits the columns between two segments by their sizes; three in ten for
   each at least. */
static void share_columns(struct map *map)
{
    struct map_segment *low = &map->segments[0];
    struct map_segment *high = &map->segments[1];
    double share;

    if (map->segment_count < 2) {
        low->columns = MAP_COLUMNS;
        return;
    }
    share = (double)(low->end - low->start) /
            (double)(low->end - low->start + high->end - high->start);
    share = share < 0.3 ? 0.3 : share > 0.7 ? 0.7 : share;
    low->columns = (size_t)(share * (double)MAP_COLUMNS);
    high->columns = MAP_COLUMNS - low->columns;
}

/* Finds the segments in spans, sorted by their starts. */
static void find_segments(struct map *map, const struct span *spans,
                          size_t count)
{
    uint64_t end = 0, widest = 0, gap_start = 0, gap_end = 0;

    for (size_t i = 0; i < count; i++) {
        if (i > 0 && spans[i].start > end && spans[i].start - end > widest) {
            widest = spans[i].start - end;
            gap_start = end;
            gap_end = spans[i].start;
        }
        if (spans[i].end > end)
            end = spans[i].end;
    }
    if (count == 0)
        return;
    map->segments[0] = (struct map_segment){spans[0].start, end, 0};
    map->segment_count = 1;
    if (widest > end - spans[0].start - widest) {
        map->segments[0].end = gap_start;
        map->segments[1] = (struct map_segment){gap_end, end, 0};
        map->segment_count = 2;
    }
    share_columns(map);
}

static bool segment(struct map *map, const struct trace *trace,
                    const struct outcome *outcome, uint64_t count)
{
    struct span *spans = malloc((count + 1) * sizeof(*spans));
    size_t found = 0;

    if (spans == NULL)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        spans[found] = span_of(trace, outcome->records, i);
        found += spans[found].start != 0;
    }
    qsort(spans, found, sizeof(*spans), by_start);
    find_segments(map, spans, found);
    free(spans);
    return true;
}

/* --- cells ---------------------------------------------------------------- */

/* The address at which column c of the segment begins. */
static double edge(const struct map_segment *segment, size_t c)
{
    return (double)(segment->end - segment->start) * (double)c /
           (double)segment->columns;
}

/* Adds the part of span that lies in a segment to its cells; if mark, only
   notes that it lies there. */
static void add_to_segment(struct drawing *drawing,
                           const struct map_segment *segment, size_t first,
                           const struct span *span, bool mark)
{
    double width = edge(segment, 1);
    double from, to;

    if (span->end <= segment->start || span->start >= segment->end)
        return;
    from = span->start > segment->start
               ? (double)(span->start - segment->start)
               : 0;
    to = (double)(span->end - segment->start);
    for (size_t c = (size_t)(from / width);
         c < segment->columns && edge(segment, c) < to; c++) {
        double low = edge(segment, c), high = edge(segment, c + 1);
        double part = (to < high ? to : high) - (from > low ? from : low);
        if (part <= 0)
            continue;
        if (mark)
            drawing->touched[first + c] = true;
        else
            drawing->filled[first + c] += part;
    }
}

static void add_span(struct drawing *drawing, const struct span *span,
                     bool mark)
{
    const struct map *map = drawing->map;
    size_t first = 0;

    for (size_t s = 0; s < map->segment_count; s++) {
        add_to_segment(drawing, &map->segments[s], first, span, mark);
        first += map->segments[s].columns;
    }
}

/* Takes in operation i. */
static void take_in(struct drawing *drawing, uint64_t i)
{
    const struct op *op = &drawing->trace->ops[i];
    struct span *owned = &drawing->live[op->id];
    struct span span = span_of(drawing->trace, drawing->records, i);

    if (op->kind == OP_FREE || span.start != 0) {
        drawing->live_bytes -= owned->end - owned->start;
        *owned = (struct span){0, 0};
    }
    if (span.start == 0)
        return;
    add_span(drawing, &span, true);
    span.end = span.start + op->size;
    *owned = span;
    drawing->live_bytes += op->size;
}

/* The character of a cell of a segment. */
static char shade_of(const struct drawing *drawing,
                     const struct map_segment *segment, size_t cell)
{
    double share = drawing->filled[cell] / edge(segment, 1);
    size_t fifth = (size_t)(share * 5 + 1e-9);

    if (!drawing->touched[cell])
        return ' ';
    return shades[fifth < 4 ? fifth : 4];
}

/* Draws the row of the moment after count operations. */
static void draw_row(struct drawing *drawing, uint64_t count)
{
    struct map *map = drawing->map;
    struct map_row *row = &map->rows[map->row_count++];
    uint64_t committed = drawing->records[count - 1].committed;
    size_t cell = 0, at = 0;

    memset(drawing->filled, 0, sizeof(drawing->filled));
    for (size_t id = 0; id < drawing->trace->id_count; id++) {
        if (drawing->live[id].start != 0)
            add_span(drawing, &drawing->live[id], false);
    }
    for (size_t s = 0; s < map->segment_count; s++) {
        if (s > 0)
            row->cells[at++] = '|';
        for (size_t c = 0; c < map->segments[s].columns; c++, cell++)
            row->cells[at++] = shade_of(drawing, &map->segments[s], cell);
    }
    row->cells[at] = '\0';
    row->count = count;
    row->live =
        committed > 0 ? (double)drawing->live_bytes / (double)committed : -1;
}

bool map_fill(struct map *map, const struct trace *trace,
              const struct outcome *outcome, uint64_t count, size_t rows)
{
    struct drawing drawing = {
        .map = map, .trace = trace, .records = outcome->records};
    struct span *live = calloc(trace->id_count, sizeof(*live));
    uint64_t next = 1;

    *map = (struct map){.row_count = 0};
    drawing.live = live;
    if (live == NULL)
        return false;
    if (!segment(map, trace, outcome, count)) {
        free(live);
        return false;
    }
    rows = rows < MAP_ROWS_MAX ? rows : MAP_ROWS_MAX;
    if (rows > count)
        rows = (size_t)count;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t committed = outcome->records[i].committed;
        take_in(&drawing, i);
        if (committed > map->peak_committed)
            map->peak_committed = committed;
        if (i + 1 == count * next / rows) {
            draw_row(&drawing, i + 1);
            next++;
        }
    }
    free(live);
    return true;
}

/* --- print ---------------------------------------------------------------- */

/* Puts what an end of a segment is called into text: "0", "912 KiB", "top",
   "top - 64 KiB". */
static void name_address(char *text, size_t size, uint64_t offset,
                         uint64_t limit)
{
    bool high = offset > limit / 2;
    uint64_t distance = high ? limit - offset : offset;
    FILE *out = fmemopen(text, size, "w");

    text[0] = '\0';
    if (out == NULL)
        return;
    if (high)
        fputs(distance > 0 ? "top - " : "top", out);
    if (distance > 0)
        print_size(out, distance);
    else if (!high)
        fputc('0', out);
    fclose(out);
}

/* Prints both ends of a segment below its columns. */
static void print_ends(FILE *out, const struct map_segment *segment,
                       uint64_t base, uint64_t limit)
{
    char first[40] = "", last[40] = "";
    size_t page = 4096;
    size_t used;

    /* To whole pages: the heap's own headers are not drawn. */
    name_address(first, sizeof(first), (segment->start - base) / page * page,
                 limit);
    name_address(last, sizeof(last),
                 (segment->end - base + page - 1) / page * page, limit);
    used = strlen(first);
    fprintf(out, "%s%*s", first, (int)(segment->columns - used), last);
}

void map_title(FILE *out, const struct map *map, const char *allocator,
               const struct workload *workload)
{
    char text[256] = "";
    FILE *line = fmemopen(text, sizeof(text) - 1, "w");

    if (line == NULL)
        return;
    fprintf(line, "%s on %s: %zu operations, at most ", allocator,
            workload->name, workload->trace->op_count);
    print_size(line, map->peak_committed);
    fputs(" committed", line);
    fclose(line);
    fprintf(out, "%-73s live\n", text);
}

void map_print(FILE *out, const struct map *map, uint64_t base,
               uint64_t limit)
{
    for (size_t r = 0; r < map->row_count; r++) {
        const struct map_row *row = &map->rows[r];
        fprintf(out, "%9" PRIu64 " |%-*s|", row->count, (int)MAP_COLUMNS,
                row->cells);
        if (row->live < 0)
            fputs("     -\n", out);
        else
            fprintf(out, " %3.0f %%\n", 100 * row->live);
    }
    fprintf(out, "%11s", "");
    for (size_t s = 0; s < map->segment_count; s++) {
        if (s > 0)
            fputc(' ', out);
        print_ends(out, &map->segments[s], base, limit);
    }
    fputc('\n', out);
}

void map_legend(FILE *out)
{
    fputs(
        "  .-=#@ how much of a cell is live, in fifths; blank: no block has "
        "lain there\n"
        "  on the left, operations done; on the right, live bytes over "
        "committed\n",
        out);
}
