/*
 * main.c - the served runner: a process with an allocator in it that nobody
 * trusts, which answers the judge's letters one at a time (mailbox.h).
 *
 * It knows no trace, keeps no log and gives no verdict: what code it runs can
 * change nothing but the pointers that it answers with.
 */
#include "grader/served/served.h"

#include "allocators/general.h"
#include "allocators/registry.h"
#include "grader/runner/place.h"
#include "grader/runner/runner.h"
#include "grader/runner/shut.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <wchar.h>

static struct runner the_runner; /* log, job, ops and records are not there */
static struct mailbox *the_mailbox;

void post(struct letter *letter)
{
    the_mailbox->letter = *letter;
    mailbox_pass(the_mailbox, TURN_JUDGE);
    while (!mailbox_wait(the_mailbox, TURN_SERVED, NULL))
        ;
    *letter = the_mailbox->letter;
}

/* Tells why it cannot go on, and whose trouble that is, and ends. */
static _Noreturn void fail(const char *why, bool own_trouble)
{
    struct letter letter = {.kind = SAY_FAILED, .detail = own_trouble};

    for (size_t i = 0; i < sizeof(letter.text) - 1 && why[i] != '\0'; i++)
        letter.text[i] = why[i];
    post(&letter);
    _exit(EXIT_FAILURE);
}

/* The heap's clock: see options in malloc.h. */
static uint64_t served_clock(void *context)
{
    return ((const struct runner *)context)->time;
}

/* Finds the allocator; the judge hears where its functions are. */
static void prepare(struct runner *runner)
{
    struct registry_error error;
    char name[NAME_ROOM];
    const struct entry *entry;

    memcpy(name, the_mailbox->allocator, sizeof(name));
    name[sizeof(name) - 1] = '\0';
    entry = registry_find(name, &runner->options, &error);
    if (entry == NULL)
        fail(error.message, false);
    runner->allocator = entry->allocator;
    runner->options.clock = served_clock;
    runner->options.clock_context = runner;
    runner->source = remote_source(the_mailbox->limit);
    if (runner->source == NULL)
        fail("there is no memory for a source", true);
    functions_of(runner->allocator, the_mailbox->function);
}

static uint64_t open_served(struct runner *runner)
{
    runner->heap = runner->allocator->open(runner->source, &runner->options);
    if (runner->heap == NULL)
        fail(OPEN_RETURNED_NULL, false);
    return (uintptr_t)runner->heap;
}

static uint64_t call_served(struct runner *runner,
                            const struct letter *letter)
{
    struct op op = {.kind = (enum op_kind)letter->words[0],
                    .size = letter->words[2],
                    .alignment_order = (uint8_t)letter->words[3]};

    runner->time += TIME_STEP;
    return (uintptr_t)call_for(runner, &op,
                               (void *)(uintptr_t)letter->words[1]);
}

/* Asks check(); what it said goes back with the answer. */
static uint64_t check_served(const struct runner *runner,
                             struct letter *letter)
{
    static struct log log; /* for its words only */
    struct fault fault = {0};

    if (heap_check(runner->allocator, runner->heap, &fault))
        return true;
    log_fault(&log, runner->allocator, &fault);
    letter->words[1] = log.fault_at;
    memcpy(letter->rule, log.fault_rule, sizeof(letter->rule));
    memcpy(letter->text, log.fault_sentence, sizeof(letter->text));
    return false;
}

/* Sends one piece; detail tells of which view. */
static bool send_piece(void *context, const struct piece *piece)
{
    struct log_piece sent = log_piece_of(piece);
    struct letter letter = {
        .kind = SAY_PIECE,
        .detail = *(const uint64_t *)context,
        .words = {sent.start, sent.size, sent.payload, sent.live}};

    post(&letter);
    return letter.kind == GO_ON;
}

static void show_served(const struct runner *runner)
{
    const struct allocator *allocator = runner->allocator;
    uint64_t walk = 0;
    uint64_t lists = 1;

    if (allocator->walk != NULL)
        allocator->walk(runner->heap, send_piece, &walk);
    if (allocator->lists != NULL)
        allocator->lists(runner->heap, send_piece, &lists);
}

/* Answers letters until it is killed. */
static void serve(void)
{
    struct runner *runner = &the_runner;
    struct letter letter = {.kind = SAY_RETURNED};

    if (fcntl(FILTER_FD, F_GETFD) >= 0 && shut_calls(FILTER_FD) != 0)
        fail("the filter of system calls was refused", true);
    for (;;) {
        uint64_t result = true;
        struct letter answer = {.kind = SAY_RETURNED};
        post(&letter);
        switch (letter.kind) {
        case ASK_OPEN:
            result = open_served(runner);
            break;
        case ASK_CALL:
            result = call_served(runner, &letter);
            break;
        case ASK_CHECK:
            result = check_served(runner, &answer);
            break;
        case ASK_SHOW:
            show_served(runner);
            break;
        case ASK_PROTECT:
            mprotect((void *)(uintptr_t)letter.words[0], letter.words[1],
                     PROT_READ);
            break;
        default:
            fail("a letter that is none", true);
        }
        letter = answer;
        letter.words[0] = result;
    }
}

/*
 * Calls serve() on a stack whose memory the judge sees. Sanitizers do not
 * follow a change of stacks: there it is called as it is.
 */
static void serve_in_place(void)
{
#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN)
    serve();
#else
    static ucontext_t here, there;
    void *stack = mmap((void *)PLACE_STACK, STACK_SIZE,
                       PROT_READ | PROT_WRITE, MAP_SHARED, STACK_FD, 0);

    if (stack == MAP_FAILED)
        fail("there is no memory for a stack", true);
    mprotect(stack, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE);
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = STACK_SIZE;
    there.uc_link = &here;
    makecontext(&there, serve, 0);
    swapcontext(&here, &there);
#endif
}

/*
 * Has libc make ready what it needs for the words of an assert: later it would
 * ask the system for chance, and be killed for it.
 */
static void wake_libc(void)
{
    void *volatile word = malloc(1);

    free(word);
}

int main(void)
{
    void *at = mmap(NULL, sizeof(struct mailbox), PROT_READ | PROT_WRITE,
                    MAP_SHARED, MAILBOX_FD, 0);

    if (at == MAP_FAILED)
        return EXIT_FAILURE;
    the_mailbox = at;
    if (the_mailbox->magic != JOB_MAGIC)
        fail("the job is of another version", true);
    setvbuf(stdout, NULL, _IONBF, 0); /* printing must not ask for memory, */
    fwide(stdout, -1);                /* nor what kind of file it is for */
    fwide(stderr, -1);
    wake_libc();
    guard_signals(&the_mailbox->crash, false);
    prepare(&the_runner);
    close(MAILBOX_FD);
    close(HEAP_FD);
    serve_in_place();
    return EXIT_SUCCESS;
}
