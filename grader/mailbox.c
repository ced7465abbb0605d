/*
 * mailbox.c - the judge's end of the mailbox.
 *
 * The replay (runner/replay.c) runs here, over a target that is the served
 * runner. A letter is taken out of the mailbox once, whole, before it is looked
 * at, for the other side may write there at any time.
 */
#include "grader/mailbox.h"

#include "allocators/bits.h"
#include "allocators/source.h"
#include "grader/beside.h"
#include "grader/child.h"
#include "grader/runner/mailbox.h"
#include "grader/runner/place.h"
#include "grader/runner/replay.h"

#include <assert.h>
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* How often what it has beside its heap is looked at, in operations. */
#define BESIDE_EVERY 64

/* A served runner, and all that the judge keeps of it. */
struct served {
    struct child child;
    struct log *log; /* the outcome's */
    struct mailbox *mailbox;
    struct letter letter;  /* the last one, taken out */
    struct source *source; /* the books on the heap's memory, mapped here */
    int files[4];          /* mailbox, heap, stack, filter; -1: none */
    size_t file_count;
    enum ending ending; /* ENDED_DONE as long as it runs or ended by itself */
    bool over;          /* it has come to its end */
    bool crashed_here;  /* a look at a payload met no memory */
    struct beside beside;
    uint64_t heap; /* what open() returned */
};

/* The address on this side of an allocator's address; and the other way. */
static char *here(const struct served *served, uint64_t address)
{
    return source_base(served->source) + (address - PLACE_SOURCE);
}

static uint64_t there(const struct served *served, const void *at)
{
    return PLACE_SOURCE +
           (uint64_t)((const char *)at - source_base(served->source));
}

/* Are size bytes at an allocator's address its own, and maybe committed? */
static bool owns(const struct served *served, uint64_t address, uint64_t size,
                 bool committed)
{
    return address >= PLACE_SOURCE &&
           address - PLACE_SOURCE <= source_limit(served->source) &&
           (committed ? source_holds : source_owns)(
               served->source, here(served, address), size);
}

/* --- its wishes for memory ---------------------------------------------------- */

/* Fills in the answer to a wish whose pages are its own. */
static void give(struct served *served, struct letter *letter)
{
    struct source *source = served->source;
    uint64_t at = letter->words[0];
    uint64_t size = letter->words[1];
    void *got = source_base(source);

    switch (letter->kind) {
    case WANT_GROW:
        got = source_grow(source, size);
        break;
    case WANT_SHRINK:
        source_shrink(source, size);
        break;
    case WANT_TAKE:
        got = source_take(source, size, letter->words[2]);
        break;
    case WANT_RETURN:
        source_return(source, here(served, at), size);
        break;
    case WANT_RELEASE:
        letter->words[0] = source_release(source, here(served, at), size);
        letter->kind = GIVEN;
        return;
    case WANT_RECOMMIT:
        got = source_recommit(source, here(served, at), size) ? got : NULL;
        break;
    case WANT_METER:
        letter->words[0] = source_requests(source);
        letter->words[1] = source_refusals(source);
        letter->words[2] = source_committed(source);
        letter->words[3] = source_peak(source);
        letter->detail = source_refused_size(source);
        letter->kind = GIVEN;
        return;
    default: /* WANT_OWNED: it is */
        break;
    }
    letter->kind = got != NULL ? GIVEN : REFUSED;
    letter->words[0] = got != NULL ? there(served, got) : 0;
}

/* Has it asked for what it may ask for? */
static bool is_in_order(const struct served *served,
                        const struct letter *letter)
{
    uint64_t at = letter->words[0];
    uint64_t size = letter->words[1];

    switch (letter->kind) {
    case WANT_GROW:
    case WANT_METER:
        return true;
    case WANT_SHRINK:
        return size <= (uint64_t)((char *)source_grow(served->source, 0) -
                                  source_base(served->source));
    case WANT_TAKE:
        return size > 0 && is_power_of_two(letter->words[2]);
    case WANT_OWNED:
        return owns(served, at, size, letter->words[2] != 0);
    default:
        return owns(served, at, size, false);
    }
}

/* Answers a wish; the letter becomes the answer. */
static void answer(struct served *served)
{
    struct letter *letter = &served->letter;

    if (is_in_order(served, letter))
        give(served, letter);
    else
        letter->kind = MISTAKE;
}

/* --- letters -------------------------------------------------------------------- */

/* Notes that it has come to its end. */
static bool is_over(struct served *served, enum ending ending)
{
    served->over = true;
    served->ending = ending;
    return false;
}

/* May it go on, as far as the clock tells? */
static bool has_time(struct served *served)
{
    enum ending ending = child_overdue(&served->child, true);

    return ending == ENDED_DONE || is_over(served, ending);
}

/* Sleeps until a letter is there, and takes it out; false: it ended. */
static bool await(struct served *served)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    bool there = false;
    bool due;

    child_await(&served->child, true);
    while (!there) {
        there = mailbox_wait(served->mailbox, TURN_JUDGE, &look);
        due = child_await(&served->child, false);
        if (!there)
            child_listen(&served->child);
        if (!there && child_has_ended(&served->child))
            return is_over(served, ENDED_DONE);
        if (due && !has_time(served))
            return false;
    }
    memcpy(&served->letter, &served->mailbox->letter, sizeof(served->letter));
    return true;
}

/* Puts the letter into the mailbox. */
static void post(struct served *served)
{
    memcpy(&served->mailbox->letter, &served->letter, sizeof(served->letter));
    mailbox_pass(served->mailbox, TURN_SERVED);
}

/* Copies text that the other side wrote, so that it can be printed. */
static void copy_clean(char *to, const char *from, size_t size)
{
    memcpy(to, from, size);
    to[size - 1] = '\0';
    for (char *at = to; *at != '\0'; at++) {
        if (!isprint((unsigned char)*at))
            *at = '?';
    }
}

/* Takes in a piece of a picture. */
static void take_piece(struct log *log, struct letter *letter)
{
    bool list = letter->detail != 0;
    uint64_t *count = list ? &log->list_count : &log->walk_count;
    struct log_piece *pieces = list ? log->list : log->walk;

    if (*count == PIECES_MAX) {
        letter->kind = REFUSED;
        return;
    }
    memcpy(&pieces[(*count)++], letter->words, sizeof(*pieces));
    letter->kind = GO_ON;
}

static_assert(sizeof(struct log_piece) ==
                  sizeof(((struct letter *)NULL)->words),
              "a letter has room for a piece");

/* A runner of the kit's would not write that. */
static bool answers_as_it_may_not(struct served *served)
{
    snprintf(served->log->message, sizeof(served->log->message),
             "wrote into the memory in which the kit talks to it");
    return is_over(served, ENDED_EXIT);
}

/*
 * Answers what comes until that is SAY_RETURNED. Returns false if it came to
 * its end, or gave up.
 */
static bool attend(struct served *served)
{
    struct letter *letter = &served->letter;
    struct log *log = served->log;

    while (await(served)) {
        if (letter->kind == SAY_RETURNED)
            return true;
        if (letter->kind >= WANT_GROW && letter->kind <= WANT_METER)
            answer(served);
        else if (letter->kind == SAY_PIECE &&
                 atomic_load(&log->phase) == PHASE_VIEW)
            take_piece(log, letter);
        else
            return answers_as_it_may_not(served);
        post(served);
    }
    return false;
}

/* Asks for something, and waits until it is done. */
static bool ask(struct served *served, const struct letter *letter)
{
    if (served->over)
        return false;
    served->letter = *letter;
    post(served);
    return attend(served);
}

/* --- the target ------------------------------------------------------------------- */

static bool served_call(void *context, const struct op *op, uint64_t block,
                        struct reply *reply)
{
    struct served *served = context;
    size_t refusals = source_refusals(served->source);

    if (!ask(served, &(struct letter){.kind = ASK_CALL,
                                      .words = {op->kind, block, op->size,
                                                op->alignment_order}}))
        return false;
    if (op_has_size(op->kind))
        reply->pointer = served->letter.words[0];
    if (source_refusals(served->source) > refusals) {
        reply->refused = true;
        reply->refused_size = source_refused_size(served->source);
    }
    return true;
}

static void *served_view(void *context, uint64_t address, size_t size)
{
    struct served *served = context;
    uint64_t page = source_page_size();
    uint64_t at = address;

    if (owns(served, address, size, true))
        return here(served, address);
    /* As if this side were that side: the first byte without memory. */
    while (at - address < size && owns(served, at, 1, true))
        at = round_down(at, page) + page;
    served->crashed_here = true;
    served->log->crash = (struct crash){.signal = SIGSEGV, .address = at};
    is_over(served, ENDED_SIGNAL);
    return NULL;
}

static uint64_t served_committed(void *context, uint64_t op, uint64_t count)
{
    struct served *served = context;
    uint64_t given = source_committed(served->source);
    struct log *log = served->log;

    if (op % BESIDE_EVERY == 0 || op + 1 == count) {
        uint64_t beside = beside_now(&served->beside, given);
        log->beside = beside > log->beside ? beside : log->beside;
    }
    return given;
}

static bool served_check(void *context, bool *sound, struct log *log)
{
    struct served *served = context;
    const struct letter *letter = &served->letter;

    if (!ask(served, &(struct letter){.kind = ASK_CHECK}))
        return false;
    *sound = letter->words[0] != 0;
    if (!*sound) {
        log->fault_at = letter->words[1];
        copy_clean(log->fault_rule, letter->rule, sizeof(log->fault_rule));
        copy_clean(log->fault_sentence, letter->text,
                   sizeof(log->fault_sentence));
    }
    return true;
}

static bool served_show(void *context, struct log *log)
{
    (void)log; /* where the pieces go as they come */
    return ask(context, &(struct letter){.kind = ASK_SHOW});
}

static void served_protect(void *context)
{
    struct served *served = context;
    uint64_t end = there(served, source_grow(served->source, 0));
    uint64_t size = round_up(end, source_page_size()) - PLACE_SOURCE;

    (void)ask(served, &(struct letter){.kind = ASK_PROTECT,
                                       .words = {PLACE_SOURCE, size}});
}

/* --- beginning and end -------------------------------------------------------------- */

/* Keeps a file at its length: this side would crash on one that was cut. */
static bool seal(int file)
{
    return fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0;
}

/* Opens the memory that both sides share. */
static bool open_shared(struct served *served, const struct start *start,
                        const struct job *job)
{
    const struct source_config config = {.kind = SOURCE_MEMFD,
                                         .limit = job->source_limit};
    int mailbox = memfd_create("mailbox", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int stack = memfd_create("stack", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    void *at = MAP_FAILED;

    served->source = source_open(&config);
    served->files[0] = mailbox;
    served->files[1] =
        served->source != NULL ? source_descriptor(served->source) : -1;
    served->files[2] = stack;
    served->files[3] = start->walls != NULL ? start->walls->filter : -1;
    served->file_count = served->files[3] > 0 ? 4 : 3;
    if (mailbox >= 0 && ftruncate(mailbox, sizeof(struct mailbox)) == 0)
        at = mmap(NULL, sizeof(struct mailbox), PROT_READ | PROT_WRITE,
                  MAP_SHARED, mailbox, 0);
    served->mailbox = at != MAP_FAILED ? at : NULL;
    return served->mailbox != NULL && served->source != NULL && stack >= 0 &&
           ftruncate(stack, STACK_SIZE) == 0 && seal(mailbox) &&
           seal(stack) && seal(served->files[1]);
}

static void close_shared(struct served *served)
{
    if (served->mailbox != NULL)
        munmap(served->mailbox, sizeof(*served->mailbox));
    if (served->files[0] >= 0)
        close(served->files[0]);
    if (served->files[2] >= 0)
        close(served->files[2]);
    source_close(served->source);
}

/* Waits until it is ready. If it cannot be, its own words are kept: none of the
   allocator's code has run. */
static bool get_ready(struct served *served, struct log *log)
{
    const struct letter *letter = &served->letter;

    atomic_store(&log->phase, PHASE_START);
    if (attend(served)) {
        beside_open(&served->beside, served->child.pid, served->files[1],
                    served->files[2]);
        memcpy(log->function, served->mailbox->function,
               sizeof(log->function));
        return true;
    }
    if (letter->kind == SAY_FAILED) {
        copy_clean(log->message, letter->text, sizeof(letter->text));
        served->ending = ENDED_FAILED;
        if (letter->detail == 0)
            atomic_store(&log->phase, PHASE_OPEN);
    }
    return false;
}

/* Has the heap opened. */
static bool open_heap(struct served *served, struct log *log)
{
    atomic_store(&log->phase, PHASE_OPEN);
    if (ask(served, &(struct letter){.kind = ASK_OPEN})) {
        served->heap = served->letter.words[0];
        return true;
    }
    if (served->letter.kind == SAY_FAILED) {
        snprintf(log->message, sizeof(log->message), OPEN_RETURNED_NULL);
        served->ending = ENDED_FAILED;
    }
    return false;
}

/* Puts the way it ended into the outcome. */
static void end(struct served *served, struct outcome *outcome)
{
    struct log *log = served->log;
    bool done = atomic_load(&log->phase) == PHASE_DONE;

    child_end(&served->child, served->ending);
    if (done)
        outcome->ending = ENDED_DONE;
    else if (served->crashed_here)
        outcome->status = SIGSEGV;
    else
        memcpy(&log->crash, &served->mailbox->crash, sizeof(log->crash));
}

bool run_served(const struct start *start, const struct job *job,
                const struct op *ops, struct outcome *outcome)
{
    struct served served = {.log = outcome->log, .beside = {.own = -1}};
    const struct target target = {.context = &served,
                                  .call = served_call,
                                  .view = served_view,
                                  .committed = served_committed,
                                  .check = served_check,
                                  .show = served_show,
                                  .protect = served_protect};
    struct replay replay = {
        .job = job,
        .ops = ops,
        .log = outcome->log,
        .records = log_records(outcome->log),
        .owned = calloc(job->id_count, sizeof(struct owned)),
        .target = &target,
    };
    bool ready = open_shared(&served, start, job) && replay.owned != NULL;

    if (ready) {
        served.mailbox->turn = TURN_SERVED;
        served.mailbox->magic = JOB_MAGIC;
        served.mailbox->limit = source_limit(served.source);
        memcpy(served.mailbox->allocator, job->allocator, NAME_ROOM);
        outcome->log->at_places = 1;
        outcome->log->source_base = PLACE_SOURCE;
        outcome->log->source_limit = source_limit(served.source);
        ready = child_start(&served.child, start, outcome, served.files,
                            served.file_count);
    }
    if (ready) {
        if (get_ready(&served, outcome->log) &&
            open_heap(&served, outcome->log)) {
            replay.heap = served.heap;
            replay_run(&replay);
        }
        end(&served, outcome);
    }
    beside_close(&served.beside);
    close_shared(&served);
    free(replay.owned);
    return ready;
}
