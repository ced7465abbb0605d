/*
 * kinds.c - the kinds of generated traces: what each is called, what it
 * shows, what can be set. What each does is in patterns.c and the files named
 * like it; a new kind is a function there and an entry here.
 */
#include "traces/generate.h"
#include "traces/patterns.h"

/* The most blocks that can be asked for, and the largest, in bytes. */
#define BLOCKS_MOST 10000000
#define SIZE_MOST   1073741824

const struct generator generators[] = {
    {
        .name = "buddy-worst",
        .meaning = "what buddies waste: half of each block, and room between",
        .title = "the worst for buddies",
        .about =
            "Every block is one byte larger than half a power of two, so\n"
            "that a buddy system gives it twice as much. And in each step\n"
            "most blocks are freed, but one stays in every stretch that a\n"
            "block of the next step would need. So nothing merges far\n"
            "enough, and the heap grows by half of what it held at first.\n"
            "docs/workloads.md has the bound.",
        .parameters = {{"pairs", 1, 4096, 8,
                        "half as many blocks in the last step"},
                       {"steps", 0, 10, 8, "doublings of the size"},
                       {"order", 5, 12, 6,
                        "the first blocks take 2 to this power bytes"}},
        .make = pattern_buddy_worst,
    },
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
        .name = "handover",
        .meaning = "producers allocate, consumers free: a bounded queue",
        .title = "one thread allocates, another frees",
        .about =
            "Producers put blocks into a queue that has so much room, and\n"
            "consumers take them out and free them. Each block is freed by\n"
            "a thread that did not allocate it. An allocator that gives\n"
            "each thread a cache of its own must carry the blocks back, or\n"
            "the producers' heaps grow while the consumers' fill up.",
        .parameters =
            {{"producers", 1, 32, 2, "threads that allocate"},
             {"consumers", 1, 32, 2, "threads that free"},
             {"count", 1, BLOCKS_MOST, 5000, "blocks"},
             {"length", 1, BLOCKS_MOST, 1000,
              "blocks that the queue has room for"},
             {"burst", 1, 1000, 16,
              "operations before another thread acts, at most"},
             {"least", 1, SIZE_MOST, 16, "bytes of the smallest block"},
             {"most", 1, SIZE_MOST, 2048, "bytes of the largest block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_handover,
    },
    {
        .name = "larson",
        .meaning = "threads replace blocks, then pass them on to others",
        .title = "threads that leave their blocks to others",
        .about =
            "After Larson and Krishnan, Memory Allocation for Long-Running\n"
            "Server Applications, ISMM 1998. Each thread has an array of\n"
            "blocks and replaces random ones. After a round the arrays\n"
            "change hands, as when a thread ends and a new one carries on\n"
            "with its work: what a thread frees then, others allocated.",
        .parameters =
            {{"threads", 1, 64, 4, "threads, and arrays"},
             {"slots", 1, BLOCKS_MOST, 250, "blocks in an array"},
             {"rounds", 1, 10000, 10, "times that the arrays change hands"},
             {"steps", 1, BLOCKS_MOST, 100,
              "blocks a thread replaces in a round"},
             {"burst", 1, 1000, 16,
              "of these before another thread acts, at most"},
             {"least", 1, SIZE_MOST, 8, "bytes of the smallest block"},
             {"most", 1, SIZE_MOST, 1000, "bytes of the largest block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_larson,
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
        .name = "model",
        .meaning = "sizes and lifetimes drawn as measured on a real program",
        .title = "drawn from what was measured on a program",
        .about =
            "After the models of Zorn and Grunwald, Evaluating Models of\n"
            "Memory Allocation, ACM TOMACS 4 (1994): sizes and lifetimes "
            "are\n"
            "drawn from what was measured on a program in traces/recorded,\n"
            "each by itself. The phases of the program are lost, and so is\n"
            "what its sizes have to do with its lifetimes. Compare with the\n"
            "recording: that much of a policy's result came from them.",
        .parameters = {{"program", 1, 4, 1,
                        "1 cc1, 2 perl, 3 python, 4 sqlite"},
                       {"count", 1, BLOCKS_MOST, 8000, "blocks"},
                       {"seed", 0, UINT64_MAX, 1,
                        "another seed, another trace"}},
        .make = pattern_model,
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
        .name = "requests",
        .meaning = "requests allocate many blocks and free them at their end",
        .title = "requests come, are served, and are forgotten",
        .about =
            "A server works on a few requests at a time. Each allocates its\n"
            "blocks as it goes and frees them all when it is answered. Now\n"
            "and then one block stays, as a session does. This is what a\n"
            "region is for: blocks that lie together go together. But each\n"
            "block that stays holds what lies around it.",
        .parameters =
            {{"requests", 1, BLOCKS_MOST, 20, "requests in all"},
             {"width", 1, 1000, 4, "requests served at a time"},
             {"blocks", 1, 1000000, 400,
              "blocks of a request, half less or more"},
             {"every", 1, BLOCKS_MOST, 4,
              "of this many requests, one leaves a block"},
             {"sessions", 1, BLOCKS_MOST, 16,
              "such blocks that are kept; the oldest goes"},
             {"least", 1, SIZE_MOST, 16, "bytes of the smallest block"},
             {"most", 1, SIZE_MOST, 1024, "bytes of the largest block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_requests,
    },
    {
        .name = "robson",
        .meaning = "holes that are always too small: bad for all policies",
        .title = "the worst for whoever does not move blocks",
        .about =
            "Small blocks fill the heap. Then, step by step, most are "
            "freed,\n"
            "but one stays in every stretch that a block of twice the size\n"
            "would need. What is free is in pieces that are all too small,\n"
            "and each step the heap grows by half of what it held at first.\n"
            "After J. M. Robson, Journal of the ACM 18 (1971), and Knuth, "
            "The\n"
            "Art of Computer Programming, volume 1, exercise 2.5-41. No\n"
            "allocator that leaves blocks where they are escapes for long.\n"
            "docs/workloads.md has the bound.",
        .parameters = {{"pairs", 1, 4096, 8,
                        "half as many blocks in the last step"},
                       {"steps", 0, 10, 8, "doublings of the size"},
                       {"unit", 32, 4096, 64,
                        "bytes of the first blocks, with their header"},
                       {"header", 0, 31,
                        16, "bytes that the allocator adds to a block"}},
        .make = pattern_robson,
    },
    {
        .name = "rover",
        .meaning =
            "small blocks that next fit puts into the large ones' holes",
        .title = "small blocks in large holes",
        .about =
            "A large and a small block are freed, then a small and a large\n"
            "one allocated. First fit and best fit find the hole that the\n"
            "small one left, and the large one keeps its own. Next fit goes\n"
            "on from where it was last, so the small block is cut from a\n"
            "large hole, and the large one must go elsewhere.",
        .parameters =
            {{"rounds", 0, BLOCKS_MOST, 2000,
              "times that one of each is replaced"},
             {"holes", 0, BLOCKS_MOST, 10,
              "of either size that are always free"},
             {"larges", 1, BLOCKS_MOST, 200, "large blocks live at once"},
             {"smalls", 1, BLOCKS_MOST, 800, "small blocks live at once"},
             {"large", 1, SIZE_MOST, 1008, "bytes of a large block"},
             {"small", 1, SIZE_MOST, 48, "bytes of a small block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_rover,
    },
    {
        .name = "short-lived",
        .meaning = "most bytes die young, few live long",
        .title = "most blocks die young",
        .about =
            "Barrett and Zorn, Using Lifetime Predictors to Improve Memory\n"
            "Allocation Performance, PLDI 1993, found of five programs that\n"
            "more than 90 % of all bytes are short-lived in each. Here 95 %\n"
            "of the blocks are freed before 32 KiB more are allocated. The\n"
            "others stay, until a later one takes their place.",
        .parameters =
            {{"count", 1, BLOCKS_MOST, 8000, "blocks"},
             {"share", 0, 100, 95, "percent of the blocks that die young"},
             {"window", 1, SIZE_MOST, 32768,
              "bytes allocated by which these are dead"},
             {"kept", 1, BLOCKS_MOST, 300,
              "others that are kept; a random one goes"},
             {"least", 1, SIZE_MOST, 16, "bytes of the smallest block"},
             {"most", 1, SIZE_MOST, 1024, "bytes of the largest block"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_short_lived,
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
    {
        .name = "tables",
        .meaning = "tables that are appended to, and grow by realloc",
        .title = "tables grow by realloc",
        .about =
            "Entries are appended to many tables in turns. When one is "
            "full,\n"
            "realloc makes it larger: twice as large, with percent=200 and\n"
            "step=0; half as large again, with percent=150; or by so many\n"
            "bytes, with percent=100 step=1024. By a factor, all copies\n"
            "together are about as long as the tables; by steps, far "
            "longer:\n"
            "Cormen, Leiserson, Rivest and Stein, Introduction to "
            "Algorithms,\n"
            "chapter Amortized Analysis, Dynamic tables.",
        .parameters =
            {{"count", 1, 100000, 150, "tables"},
             {"percent", 100, 1000, 200,
              "of its size, that a full table gets"},
             {"step", 0, SIZE_MOST, 0, "bytes that it gets on top of it"},
             {"entry", 1, SIZE_MOST, 16, "bytes appended at a time"},
             {"least", 1, SIZE_MOST, 32, "bytes that a table begins with"},
             {"most", 1, SIZE_MOST, 16384, "bytes that a table ends with"},
             {"seed", 0, UINT64_MAX, 1, "another seed, another trace"}},
        .make = pattern_tables,
    },
};

const size_t generator_count = sizeof generators / sizeof generators[0];
