/*
 * kinds.c - the kinds of generated traces: what each is called, what it
 * shows, what can be set. What each does is in patterns.c; a new kind is a
 * function there and an entry here.
 */
#include "traces/generate.h"
#include "traces/patterns.h"

/* The most blocks that can be asked for, and the largest, in bytes. */
#define BLOCKS_MOST 10000000
#define SIZE_MOST   1073741824

const struct generator generators[] = {
    {
        .name = "churn",
        .meaning = "random slots are filled and emptied, all sizes mixed",
        .title = "random slots are filled and emptied",
        .about =
            "Each operation picks a slot at random: an empty one is\n"
            "filled, a full one emptied. Small sizes are common and large\n"
            "ones rare, but one moment is like the next. Real programs\n"
            "have phases; compare with the trace called phases.",
        .parameters =
            {{"count", 1, 50000000, 16000, "operations before the end"},
             {"slots", 1, BLOCKS_MOST, 2000, "slots, half of them full"},
             {"least", 1, SIZE_MOST, 16, "bytes of the smallest block"},
             {"most", 1, SIZE_MOST, 4096, "bytes of the largest block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_churn,
    },
    {
        .name = "comb",
        .meaning = "every k-th block is freed, then larger ones are wanted",
        .title = "a comb of holes, and nothing that fits them",
        .about =
            "Small blocks are allocated side by side, then every second\n"
            "one or so is freed. Much memory is free now, but in holes\n"
            "whose neighbours are in use: there is nothing to coalesce.\n"
            "The larger blocks that follow fit none of them, so the heap\n"
            "must grow. This is external fragmentation.",
        .parameters =
            {{"count", 1, BLOCKS_MOST, 4000, "small blocks"},
             {"every", 1, BLOCKS_MOST, 2, "of this many, one is freed"},
             {"least", 1, SIZE_MOST, 64, "bytes of the smallest of them"},
             {"most", 1, SIZE_MOST, 96, "bytes of the largest of them"},
             {"larger", 1, SIZE_MOST, 160, "bytes of a larger block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_comb,
    },
    {
        .name = "leak",
        .meaning = "short lives, but every k-th block is never freed",
        .title = "every few blocks one is forgotten",
        .about =
            "Blocks live for a short while and are freed, but every few\n"
            "blocks one is forgotten. What is live grows without end. The\n"
            "forgotten blocks also lie between the others and keep their\n"
            "holes apart. What is still live at the end is the leak.",
        .parameters =
            {{"count", 1, BLOCKS_MOST, 8000, "blocks"},
             {"every", 1, BLOCKS_MOST, 16, "of this many, one is forgotten"},
             {"window", 1, BLOCKS_MOST, 64, "allocations that others live"},
             {"least", 1, SIZE_MOST, 16, "bytes of the smallest block"},
             {"most", 1, SIZE_MOST, 4096, "bytes of the largest block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_leak,
    },
    {
        .name = "pair",
        .meaning = "a block is allocated and freed at once, again and again",
        .title = "one block comes and goes",
        .about =
            "One block is allocated and freed at once, again and again.\n"
            "Even a policy that searches a list does this in a few steps,\n"
            "because the block that fits is the one that was just freed.\n"
            "Compare with churn: a policy that is fast here can be\n"
            "hopeless there.",
        .parameters = {{"count", 1, 50000000, 2000,
                        "pairs of malloc and free"},
                       {"size", 0, SIZE_MOST, 64, "bytes of the block"}},
        .make = pattern_pair,
    },
    {
        .name = "peak",
        .meaning = "the live set grows, almost all is freed, little goes on",
        .title = "a peak, a fall, and a plateau far below it",
        .about =
            "Many blocks are allocated, then almost all of them are\n"
            "freed, and the few that stay lie scattered. After that the\n"
            "program goes on with little memory. How much does the heap\n"
            "still hold? An allocator that gives back what is free comes\n"
            "down from the peak; one that cannot stays up there for good.",
        .parameters =
            {{"count", 1, BLOCKS_MOST, 5000, "blocks live at the peak"},
             {"keep", 1, BLOCKS_MOST, 20, "of this many, one stays live"},
             {"plateau", 0, BLOCKS_MOST, 2000, "replacements afterwards"},
             {"least", 1, SIZE_MOST, 16, "bytes of the smallest block"},
             {"most", 1, SIZE_MOST, 1024, "bytes of the largest block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_peak,
    },
    {
        .name = "phases",
        .meaning = "growth, a plateau, a shift to larger sizes, a drop",
        .title = "a program that changes its ways",
        .about =
            "Real programs have phases. Here the live set grows, stays\n"
            "level while blocks are replaced, then the sizes shift: each\n"
            "block that is freed makes way for a larger one. The holes of\n"
            "the first phases are too small for the third, unless\n"
            "neighbours coalesce. At the end three quarters are freed,\n"
            "and the rest goes on.",
        .parameters =
            {{"count", 1, BLOCKS_MOST, 1500, "blocks of the plateau"},
             {"steps", 0, BLOCKS_MOST, 2500, "replacements in a phase"},
             {"factor", 1, 64, 4, "how many times larger sizes become"},
             {"least", 1, SIZE_MOST, 16, "bytes of the smallest block"},
             {"most", 1, SIZE_MOST, 1024, "bytes of the largest block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_phases,
    },
    {
        .name = "ping-pong",
        .meaning = "neighbours grow and shrink by realloc, in turns",
        .title = "neighbours grow and shrink in turns",
        .about =
            "In each round every block is resized: if it was small it\n"
            "becomes large, and its neighbours, which were large, small.\n"
            "A realloc that looks at the free space behind a block can\n"
            "grow it where it is; one that always moves copies it each\n"
            "time. The contents must stay, up to the smaller of the two\n"
            "sizes.",
        .parameters = {{"count", 1, BLOCKS_MOST, 500, "blocks"},
                       {"rounds", 1, 10000, 12, "times that each is resized"},
                       {"least", 1, SIZE_MOST, 100, "bytes of a small block"},
                       {"most", 1, SIZE_MOST, 2000,
                        "bytes of a large block"}},
        .make = pattern_ping_pong,
    },
    {
        .name = "queue",
        .meaning = "first in, first out: the oldest block is freed",
        .title = "first in, first out",
        .about =
            "Each new block takes the place of the oldest one, as in the\n"
            "buffers of a program that waits for a network. Blocks that\n"
            "are freed one after the other are neighbours, so that they\n"
            "coalesce to one hole that moves through the heap. An\n"
            "allocator that takes back only its newest block gets nothing\n"
            "back here.",
        .parameters =
            {{"count", 1, BLOCKS_MOST, 6000, "blocks"},
             {"length", 1, BLOCKS_MOST, 1000, "blocks live at once"},
             {"least", 1, SIZE_MOST, 16, "bytes of the smallest block"},
             {"most", 1, SIZE_MOST, 2048, "bytes of the largest block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_queue,
    },
    {
        .name = "ramp",
        .meaning =
            "each block is a little larger than the last, then smaller",
        .title = "sizes climb and come down again",
        .about =
            "Each block is a little larger than the one before, and only\n"
            "the latest few hundred are live. On the way up the hole that\n"
            "a block left is always a little too small for the next,\n"
            "unless neighbours coalesce. On the way down every hole is\n"
            "large enough, and it counts what splitting leaves over.",
        .parameters = {{"count", 2, BLOCKS_MOST, 5000, "blocks"},
                       {"window", 1, BLOCKS_MOST, 500, "blocks live at once"},
                       {"least", 1, SIZE_MOST, 16,
                        "bytes of the smallest block"},
                       {"most", 1, SIZE_MOST, 2000,
                        "bytes of the largest block"}},
        .make = pattern_ramp,
    },
    {
        .name = "shuffle",
        .meaning = "blocks are allocated in order and freed in a random one",
        .title = "allocated in order, freed in a random order",
        .about =
            "All blocks are allocated in order, then all are freed in a\n"
            "random order, and so again. At first each free leaves a lone\n"
            "hole; towards the end each one joins two holes, until the\n"
            "heap is one free block again. With every free a list in\n"
            "address order is searched a long way.",
        .parameters =
            {{"count", 1, BLOCKS_MOST, 1500, "blocks live at once"},
             {"rounds", 1, 10000, 4, "times that all come and go"},
             {"least", 1, SIZE_MOST, 16, "bytes of the smallest block"},
             {"most", 1, SIZE_MOST, 2048, "bytes of the largest block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_shuffle,
    },
    {
        .name = "stack",
        .meaning = "last in, first out: the newest block is freed",
        .title = "last in, first out",
        .about =
            "The newest block is always freed first, as in a recursive\n"
            "program that descends and returns. The free space lies in\n"
            "one piece behind the newest block, so this is the easiest\n"
            "work there is. Even an allocator that only moves a pointer\n"
            "up and down does it without losing a byte.",
        .parameters =
            {{"count", 1, BLOCKS_MOST, 6000, "blocks in all"},
             {"depth", 1, BLOCKS_MOST, 1000, "blocks live at the most"},
             {"least", 1, SIZE_MOST, 16, "bytes of the smallest block"},
             {"most", 1, SIZE_MOST, 2048, "bytes of the largest block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_stack,
    },
};

const size_t generator_count = sizeof generators / sizeof generators[0];
