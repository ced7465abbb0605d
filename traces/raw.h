/*
 * raw.h - what the recorder writes and the converter reads: one raw file for
 * each process that a recorded program consists of.
 *
 * A raw file is a header, then an array of events in chunks. An event's place
 * in the array is its stamp: places are given out by one atomic counter, so
 * that the array is the order of events over all threads. An allocation takes
 * its place after it returned, a free before it is made; a resize takes two.
 * Hence a block's address is never given to a new block before the place
 * where the old one was given up.
 *
 * Both sides run on one machine and come from one build: numbers are in its
 * byte order, and there is no version to tell apart.
 */
#ifndef TRACES_RAW_H
#define TRACES_RAW_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* The environment variable that names the directory of the raw files. */
#define RAW_VARIABLE "HEAPLAB_RECORD"

#define RAW_MAGIC "heaplab raw file"

/* Sizes in the file, multiples of every page size in use. */
#define RAW_HEADER_SIZE ((size_t)64 << 10)
#define RAW_CHUNK_SIZE  (sizeof(struct raw_event) * RAW_CHUNK_EVENTS)

#define RAW_CHUNK_EVENTS ((size_t)32 << 10)
#define RAW_CHUNKS_MAX   ((size_t)8 << 10)

/* Bytes for a raw file's name, "PID.COUNT", with its end. */
#define RAW_NAME_MAX 48

enum raw_kind {
    RAW_NONE,    /* a place that was taken, but never filled: no event */
    RAW_MALLOC,  /* address is a new block of size bytes */
    RAW_CALLOC,  /* the same, zeroed */
    RAW_ALIGNED, /* the same, aligned to 2^order */
    RAW_FREE,    /* address is about to be freed */
    RAW_RESIZE,  /* address is about to be resized by this thread */
    RAW_RESIZED, /* what this thread resized is now at address, size bytes */
    RAW_KEPT     /* what this thread wanted to resize stays as it was */
};

struct raw_event {
    uint64_t address;
    uint64_t size;         /* bytes asked for */
    uint32_t thread;       /* who, counted from 0 in order of first events */
    uint16_t order;        /* RAW_ALIGNED: log2 of the alignment */
    _Atomic(uint8_t) kind; /* enum raw_kind; written last */
    uint8_t unused;
};

static_assert(sizeof(struct raw_event) == 24,
              "events have no padding, and chunks are whole pages");

struct raw_header {
    char magic[sizeof RAW_MAGIC];
    char parent[RAW_NAME_MAX]; /* raw file of the process that this one was
                                  forked from and began as; empty if it began
                                  with an exec, or the parent has no file */
    char command[256];         /* its argv[0], cut to fit */
    char program[256];         /* path of its executable, cut to fit */
    uint64_t started;          /* CLOCK_MONOTONIC at its start, nanoseconds */
    uint64_t pid;              /* process that wrote it */
    uint64_t forked;           /* 1 if it began with a fork, else 0 */
    uint64_t fork_stamp;       /* events that parent had at that moment */
    _Atomic(uint64_t) lost;    /* events after the last that could be kept */
};

static_assert(sizeof(struct raw_header) <= RAW_HEADER_SIZE,
              "the header fits its place");

#endif
