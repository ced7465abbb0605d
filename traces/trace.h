/*
 * trace.h - traces: scripts of malloc and free calls, read strictly and
 * written plainly. The format is described in traces/README.md.
 *
 * A struct trace in memory is always sound: whoever has one need not check
 * that identifiers are in range, that a freed identifier was live, or that the
 * counts fit. trace_check() proves it, and every reader ends with it.
 */
#ifndef TRACES_TRACE_H
#define TRACES_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum op_kind {
    OP_MALLOC,  /* a ID SIZE */
    OP_CALLOC,  /* z ID SIZE */
    OP_ALIGNED, /* m ID ALIGNMENT SIZE */
    OP_REALLOC, /* r ID SIZE */
    OP_FREE,    /* f ID */
    OP_TRIM,    /* t */
    OP_KINDS    /* how many kinds there are */
};

/*
 * One operation. 16 bytes, without pointers: an array of them is handed to
 * another process as it is.
 */
struct op {
    uint8_t kind;            /* one of enum op_kind */
    uint8_t alignment_order; /* OP_ALIGNED: log2 of the alignment, 0 to 20 */
    uint16_t thread;         /* who acts: 0 to threads - 1 */
    uint32_t id;             /* 0 to id_count - 1; 0 for OP_TRIM */
    uint64_t size;           /* bytes asked for; 0 for OP_FREE, OP_TRIM */
};

/* What the format allows at the most. */
#define TRACE_OPS_MAX     ((size_t)100000000)
#define TRACE_IDS_MAX     ((size_t)20000000)
#define TRACE_SIZE_MAX    ((uint64_t)1 << 40)
#define TRACE_ALIGN_MAX   ((uint64_t)1 << 20)
#define TRACE_THREADS_MAX ((size_t)64)
#define TRACE_LINE_MAX    ((size_t)4096)
#define TRACE_NOTES_MAX   ((size_t)20)

struct trace {
    char *title;     /* one line, not empty */
    char *about;     /* what it shows; lines separated by '\n', or empty */
    char *make;      /* how to make it again; lines separated by '\n' */
    struct op *ops;  /* op_count operations */
    uint32_t *lines; /* the line of the file each op stands on, counted from
                        1; NULL if the trace was not read from a file */
    size_t op_count; /* 1 to TRACE_OPS_MAX */
    size_t id_count; /* 1 to TRACE_IDS_MAX */
    size_t threads;  /* 1 to TRACE_THREADS_MAX */
    uint64_t live_peak; /* most bytes live at once, as asked for */
};

/* Why a trace was refused: "FILE:LINE: what was expected", one line. */
struct trace_error {
    char message[512];
};

/*
 * Reads the trace in the file at path, "-" for standard input. Returns it, to
 * be freed by trace_free(); or NULL, with *error filled, if the file cannot be
 * read or any part of it is not as traces/README.md says.
 */
struct trace *trace_read(const char *path, struct trace_error *error);

/*
 * Reads a trace from an open stream to its end; name stands for the file in
 * messages. Otherwise as trace_read().
 */
struct trace *trace_read_stream(FILE *in, const char *name,
                                struct trace_error *error);

/*
 * Writes trace to out in the format that trace_read() reads. Returns false if
 * out could not take all of it, errno telling why. Reading back what was
 * written gives an equal trace.
 */
bool trace_write(const struct trace *trace, FILE *out);

/*
 * Writes trace to a new file that takes the place of path only when it is
 * complete. Returns false, leaving what was at path, and fills *error
 * ("PATH: why").
 */
bool trace_save(const struct trace *trace, const char *path,
                struct trace_error *error);

/*
 * Returns true if trace is sound: all numbers in range, no identifier
 * allocated while live, none freed or resized while not, id_count, live_peak
 * and threads as the operations have them. Otherwise fills *error, naming it
 * by name and, where lines are known, by line. Cost: linear in the
 * operations.
 */
bool trace_check(const struct trace *trace, const char *name,
                 struct trace_error *error);

/*
 * Fills in id_count, live_peak and threads of a trace whose operations were
 * just made. The operations must be sound otherwise. Returns false if memory
 * runs out.
 */
bool trace_recount(struct trace *trace);

/* Frees trace and all that hangs on it. NULL does nothing. */
void trace_free(struct trace *trace);

/* Totals that describe a trace to people. */
struct trace_info {
    size_t count[OP_KINDS]; /* operations of each kind */
    uint64_t bytes;         /* asked for by all operations together */
    uint64_t smallest;      /* smallest size asked for */
    uint64_t median;        /* median size asked for */
    uint64_t largest;       /* largest size asked for */
    size_t live_blocks;     /* most blocks live at once */
    size_t leaked_blocks;   /* live at the end */
    uint64_t leaked_bytes;  /* live at the end, as asked for */
};

/*
 * Fills *info from trace. Returns false if memory runs out. Cost: linear in
 * the operations, and a sort.
 */
bool trace_describe(const struct trace *trace, struct trace_info *info);

/* Returns true if operations of this kind ask for a size. */
static inline bool op_has_size(enum op_kind kind)
{
    return kind <= OP_REALLOC;
}

#endif
