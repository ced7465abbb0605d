/*
 * annotate.c - a judged replay that tells a memory checker who owns what.
 *
 * A checker knows what libc's malloc handed out. Of a heap in a source it
 * knows nothing: to it, all of the heap is memory that anybody may touch. So
 * it is told, round every call:
 *
 *     a live block's bytes, as many as were asked for
 *                     closed while the allocator's code runs; open while the
 *                     kit writes or looks at them
 *     the block that is given to realloc
 *                     open during that call
 *     the block that is given to free
 *                     from then on the allocator's; what its owner left in it
 *                     means nothing
 *     all else that the source gave
 *                     the allocator's: headers, rounding, free blocks
 *     what the source has not given, or was given back
 *                     closed, by the source itself (allocators/source.c)
 *
 * A block that lies where nothing may be touched is closed already: over
 * another one, or beyond the break. It is left as it is, so that the kit's
 * first look at it is what the checker reports.
 */
#include "grader/runner/annotate.h"

#include "allocators/source.h"
#include "grader/runner/place.h"

#include <assert.h>

#if ANNOTATED

/* Bytes that are known to be a live block's. */
struct range {
    uint64_t start; /* address; 0: none */
    uint64_t size;  /* bytes */
};

/* The one annotated target of this process, and what it has told. */
static struct {
    struct target outer;
    const struct target *inner;
    uint64_t base; /* of the source */
    uint64_t limit;
    struct range *known; /* by identifier: live blocks that are closed */
    struct range viewed; /* what the kit is looking at: open */
    uint64_t unusable;   /* address of the last block that was left alone */
} the;

static void close_range(struct range range)
{
    if (range.start != 0)
        annotate_closed((const void *)(uintptr_t)range.start, range.size);
}

static void open_range(struct range range)
{
    if (range.start != 0)
        annotate_open((const void *)(uintptr_t)range.start, range.size);
}

/* The kit looks no more. */
static void end_view(void)
{
    close_range(the.viewed);
    the.viewed = (struct range){0};
}

/* Does all of a block lie where the allocator may put one? */
static bool is_usable(uint64_t start, uint64_t size)
{
    uint64_t at = start - the.base;

    return at < the.limit && size <= the.limit - at &&
           annotate_first_closed((const void *)(uintptr_t)start, size) ==
               NULL;
}

static bool annotated_call(void *context, const struct op *op, uint64_t block,
                           struct reply *reply)
{
    struct range *known = &the.known[op->id];
    bool returned;

    end_view();
    if (op->kind == OP_FREE && known->start != 0)
        annotate_stale((const void *)(uintptr_t)known->start, known->size);
    if (op->kind == OP_REALLOC)
        open_range(*known);
    returned = the.inner->call(context, op, block, reply);
    if (!returned || op->kind == OP_TRIM)
        return returned;
    if (op->kind == OP_REALLOC && reply->pointer == 0)
        close_range(*known); /* it stands as it was */
    else
        *known = (struct range){0};
    if (reply->pointer == 0)
        return true;
    if (is_usable(reply->pointer, op->size)) {
        *known = (struct range){reply->pointer, op->size};
        close_range(*known);
    } else {
        the.unusable = reply->pointer;
    }
    return true;
}

static void *annotated_view(void *context, uint64_t address, size_t size)
{
    end_view();
    if (address != the.unusable) {
        the.viewed = (struct range){address, size};
        open_range(the.viewed);
    }
    return the.inner->view(context, address, size);
}

static bool annotated_check(void *context, bool *sound, struct log *log)
{
    end_view();
    return the.inner->check(context, sound, log);
}

static bool annotated_show(void *context, struct log *log)
{
    end_view();
    return the.inner->show(context, log);
}

const struct target *annotate(struct runner *runner,
                              const struct target *target)
{
    const struct job *job = runner->job;

    if (!job->annotate || runner->source == NULL || job->poke_count > 0)
        return target;
    the.inner = target;
    the.outer = *target;
    the.outer.call = annotated_call;
    the.outer.view = annotated_view;
    the.outer.check = annotated_check;
    the.outer.show = annotated_show;
    the.base = (uintptr_t)source_base(runner->source);
    the.limit = source_limit(runner->source);
    the.known =
        map_at(runner, PLACE_KNOWN, job->id_count * sizeof(*the.known), -1);
    return &the.outer;
}

#else
/* Without a checker there is nothing to do, and not even an object file's
   place in a runner, whose counted cost depends on where its code lies. */
static_assert(!ANNOTATED, "see annotate.h");
#endif
