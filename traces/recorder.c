/*
 * recorder.c - the shared object that, preloaded into a program, writes down
 * its allocations. It stands in front of libc's malloc and passes every call
 * on; what it writes is described in raw.h.
 *
 * It lives in other people's programs, so it keeps out of their way: it calls
 * no malloc and no stdio, holds no descriptor, catches no signal, is no point
 * of cancellation, and keeps errno. If its file cannot grow, it counts what
 * it can no longer keep, and the program runs on.
 *
 * Whose memory an event belongs to decides which file it goes to. After a
 * fork, parent and child have a heap each; so what must not be shared is in
 * pages that the kernel clears in the child (MADV_WIPEONFORK), and the child
 * starts a file of its own with its first event. A child of vfork allocates
 * from its parent's heap, shares those pages too, and writes to its parent's
 * file, which is right. After an exec everything begins again.
 *
 * Cost of an event: an atomic addition and 24 bytes written. Every 32768
 * events the file grows, for some 0.2 ms.
 */
#include "traces/raw.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gnu/lib-names.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DIRECTORY_MAX ((size_t)4096)
#define EXECS_MAX     100000

/*
 * glibc's own names for the real functions. The linker finds them, where
 * dlsym() would call calloc() before it has found calloc().
 */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp):
 * the names are glibc's */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *ptr, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *ptr);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* What a process does not share with forked children: it is zero there. */
struct state {
    _Atomic(uint32_t) generation; /* 0 until this process has begun */
    _Atomic(uint32_t) threads;    /* that made events so far */
    atomic_flag busy;             /* taken by whoever changes what follows */
    atomic_bool full;             /* the file could not grow */
    _Atomic(struct raw_header *) header; /* or NULL, if there is no file */
    _Atomic(struct raw_event *) chunks[RAW_CHUNKS_MAX]; /* or NULL, so far */
};

/*
 * What a forked child finds as it was at the fork. That stamp is in here
 * makes it the number of events whose effect the child's copy of the heap can
 * show.
 */
static struct {
    _Atomic(struct state *) state; /* NULL before the first event */
    _Atomic(uint64_t) stamp;       /* of the next event */
    atomic_bool off;               /* not to record, or not able to */
    uint32_t generations;          /* starts so far, of its parents too */
    size_t directory_length;       /* bytes of path that are the directory */
    char name[RAW_NAME_MAX];       /* of the raw file, empty if none */
    char path[DIRECTORY_MAX + RAW_NAME_MAX]; /* of the raw file */
} recorder;

/* A thread's number holds in the process that gave it, not in its child. */
static _Thread_local struct {
    uint32_t generation; /* of the process that gave the number; 0: none */
    uint32_t number;
    bool silent; /* what it allocates is the recorder's own doing */
} me;

/* What find_usable_size() found; NULL if it was not called yet. */
static size_t (*_Atomic libc_usable_size)(void *block);

static int open_file(const char *path, int flags)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

static void close_file(int fd)
{
    syscall(SYS_close, fd);
}

/* Appends the digits of number and a zero byte; returns where that stands. */
static char *put_number(char *to, uint64_t number)
{
    char digits[24];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0)
        *to++ = digits[--count];
    *to = '\0';
    return to;
}

/* Takes the lock, with signals off: their handlers may allocate as well. */
static void lock(struct state *state, sigset_t *before)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, before);
    while (
        atomic_flag_test_and_set_explicit(&state->busy, memory_order_acquire))
        sched_yield();
}

static void unlock(struct state *state, const sigset_t *before)
{
    atomic_flag_clear_explicit(&state->busy, memory_order_release);
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/*
 * Makes the bytes [offset, offset + size) of the file exist, by writing
 * zeros: a hole could turn into SIGBUS later, when the disk is full.
 */
static bool fill_file(int fd, size_t offset, size_t size)
{
    static const char zeros[16 << 10];
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
        limit.rlim_cur < offset + size)
        return false;
    while (size > 0) {
        size_t part = size < sizeof zeros ? size : sizeof zeros;
        long n = syscall(SYS_pwrite64, fd, zeros, part, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        offset += (size_t)n;
        size -= (size_t)n;
    }
    return true;
}

/*
 * Maps a part of the file, new and zero, to write to. Children get no copy of
 * the mapping: they have no business in it. Returns NULL if that fails.
 */
static void *map_part(int fd, size_t offset, size_t size)
{
    void *part;

    if (!fill_file(fd, offset, size))
        return NULL;
    part = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                (off_t)offset);
    if (part == MAP_FAILED)
        return NULL;
    madvise(part, size, MADV_DONTFORK);
    return part;
}

/* Creates a file with a name that is not taken. Returns it, or -1. */
static int create_file(void)
{
    char *base = recorder.path + recorder.directory_length;

    for (uint64_t execs = 0; execs < EXECS_MAX; execs++) {
        char *end = put_number(base, (uint64_t)getpid());
        *end++ = '.';
        put_number(end, execs);
        int fd = open_file(recorder.path, O_RDWR | O_CREAT | O_EXCL);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* Copies the first string of /proc/self/cmdline, argv[0]. */
static void read_command(char *to, size_t size)
{
    int fd = open_file("/proc/self/cmdline", O_RDONLY);

    if (fd < 0)
        return;
    long n = syscall(SYS_read, fd, to, size - 1);
    to[n > 0 ? n : 0] = '\0';
    close_file(fd);
}

/* Begins this process's file. Called once a process, with the lock held. */
static void start(struct state *state)
{
    char parent[RAW_NAME_MAX];
    bool forked = recorder.generations > 0;
    uint64_t fork_stamp = atomic_exchange(&recorder.stamp, 0);
    struct raw_header *header = NULL;
    struct timespec now;

    memcpy(parent, recorder.name, sizeof parent);
    recorder.name[0] = '\0';
    int fd = create_file();
    if (fd >= 0) {
        header = map_part(fd, 0, RAW_HEADER_SIZE);
        close_file(fd);
    }
    if (header != NULL) {
        memcpy(recorder.name, recorder.path + recorder.directory_length,
               sizeof recorder.name);
        memcpy(header->magic, RAW_MAGIC, sizeof header->magic);
        memcpy(header->parent, parent, sizeof parent);
        read_command(header->command, sizeof header->command);
        if (readlink("/proc/self/exe", header->program,
                     sizeof header->program - 1) < 0)
            header->program[0] = '\0';
        clock_gettime(CLOCK_MONOTONIC, &now);
        header->started =
            (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
        header->pid = (uint64_t)getpid();
        header->forked = forked;
        header->fork_stamp = fork_stamp;
    }
    atomic_store(&state->header, header);
    atomic_store(&state->full, header == NULL);
    atomic_store(&state->generation, ++recorder.generations);
}

/* Maps a chunk that has no place yet. Returns NULL if it cannot. */
static struct raw_event *grow(struct state *state, size_t chunk)
{
    struct raw_event *events = NULL;
    int error = errno;
    sigset_t before;

    if (chunk >= RAW_CHUNKS_MAX || atomic_load(&state->full))
        return NULL;
    lock(state, &before);
    events = atomic_load(&state->chunks[chunk]);
    if (events == NULL && !atomic_load(&state->full)) {
        int fd = open_file(recorder.path, O_RDWR);
        if (fd >= 0) {
            events = map_part(fd, RAW_HEADER_SIZE + chunk * RAW_CHUNK_SIZE,
                              RAW_CHUNK_SIZE);
            close_file(fd);
        }
        atomic_store(&state->chunks[chunk], events);
        atomic_store(&state->full, events == NULL);
    }
    unlock(state, &before);
    errno = error;
    return events;
}

/* Finds the directory in the environment. Returns false if it cannot yet. */
static bool find_directory(void)
{
    if (environ == NULL) /* libc itself has not begun */
        return false;
    const char *directory = getenv(RAW_VARIABLE);
    size_t length = directory == NULL ? 0 : strlen(directory);
    if (length == 0 || length + 1 >= DIRECTORY_MAX) {
        atomic_store(&recorder.off, true);
        return false;
    }
    memcpy(recorder.path, directory, length);
    recorder.path[length] = '/';
    recorder.directory_length = length + 1;
    return true;
}

/* Makes the state, when the program has one thread. Returns NULL if not. */
static struct state *make_state(void)
{
    struct state *state;

    if (atomic_load(&recorder.off) || !find_directory())
        return NULL;
    state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (state == MAP_FAILED ||
        madvise(state, sizeof *state, MADV_WIPEONFORK) != 0) {
        atomic_store(&recorder.off, true);
        return NULL;
    }
    atomic_store(&recorder.state, state);
    return state;
}

/* Gives this thread a number in this process; begins that if need be. */
static struct state *join(void)
{
    struct state *state = atomic_load(&recorder.state);
    int error = errno;
    sigset_t before;

    if (state == NULL)
        state = make_state();
    if (state != NULL) {
        lock(state, &before);
        if (atomic_load(&state->generation) == 0)
            start(state);
        unlock(state, &before);
        me.generation = atomic_load(&state->generation);
        me.number = atomic_fetch_add(&state->threads, 1);
    }
    errno = error;
    return state;
}

/* Writes down an event. */
static void note(enum raw_kind kind, const void *block, size_t size,
                 size_t alignment)
{
    struct state *state =
        atomic_load_explicit(&recorder.state, memory_order_acquire);
    struct raw_event *event = NULL;

    if (me.silent)
        return;
    if (state == NULL || me.generation == 0 ||
        me.generation !=
            atomic_load_explicit(&state->generation, memory_order_acquire)) {
        state = join();
        if (state == NULL)
            return;
    }

    uint64_t stamp = atomic_fetch_add(&recorder.stamp, 1);
    size_t chunk = stamp / RAW_CHUNK_EVENTS;
    if (chunk < RAW_CHUNKS_MAX)
        event =
            atomic_load_explicit(&state->chunks[chunk], memory_order_acquire);
    if (event == NULL)
        event = grow(state, chunk);
    if (event == NULL) {
        struct raw_header *header = atomic_load(&state->header);
        if (header != NULL)
            atomic_fetch_add(&header->lost, 1);
        return;
    }
    event += stamp % RAW_CHUNK_EVENTS;
    event->address = (uintptr_t)block;
    event->size = size;
    event->thread = me.number;
    while (((size_t)1 << event->order) < alignment)
        event->order++;
    atomic_store_explicit(&event->kind, kind, memory_order_release);
}

static void *note_new(enum raw_kind kind, void *block, size_t size,
                      size_t alignment)
{
    if (block != NULL)
        note(kind, block, size, alignment);
    return block;
}

static void *align(size_t alignment, size_t size)
{
    return note_new(RAW_ALIGNED, __libc_memalign(alignment, size), size,
                    alignment);
}

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

void *malloc(size_t size)
{
    return note_new(RAW_MALLOC, __libc_malloc(size), size, 0);
}

void free(void *ptr)
{
    if (ptr == NULL)
        return;
    note(RAW_FREE, ptr, 0, 0);
    __libc_free(ptr);
}

void *calloc(size_t nmemb, size_t size)
{
    return note_new(RAW_CALLOC, __libc_calloc(nmemb, size), nmemb * size, 0);
}

void *realloc(void *ptr, size_t size)
{
    void *block;

    if (ptr == NULL)
        return note_new(RAW_MALLOC, __libc_malloc(size), size, 0);
    note(size == 0 ? RAW_FREE : RAW_RESIZE, ptr, 0, 0);
    block = __libc_realloc(ptr, size);
    if (size == 0)
        return note_new(RAW_MALLOC, block, 0, 0); /* glibc: NULL, freed */
    if (block == NULL)
        note(RAW_KEPT, ptr, 0, 0);
    else
        note(RAW_RESIZED, block, size, 0);
    return block;
}

void *reallocarray(void *ptr, size_t nmemb, size_t size)
{
    if (size != 0 && nmemb > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    /* NOLINTNEXTLINE(clang-analyzer-optin.portability.UnixAPI): as asked */
    return realloc(ptr, nmemb * size);
}

void *memalign(size_t alignment, size_t size)
{
    return align(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return align(alignment, size);
}

int posix_memalign(void **memptr, size_t alignment, size_t size)
{
    int error = errno;
    void *block;

    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    block = align(alignment, size);
    errno = error;
    if (block == NULL)
        return ENOMEM;
    *memptr = block;
    return 0;
}

void *valloc(size_t size)
{
    return align(page_size(), size);
}

void *pvalloc(size_t size)
{
    size_t page = page_size();

    if (size > SIZE_MAX - (page - 1)) {
        errno = ENOMEM;
        return NULL;
    }
    return align(page, (size + page - 1) / page * page);
}

/*
 * Finds libc's own malloc_usable_size(), which goes by no other name: one
 * that belongs to another malloc, which the program is linked with, would be
 * found before it.
 */
static void find_usable_size(void)
{
    size_t (*found)(void *block) = NULL;
    int error = errno;

    me.silent = true;
    void *libc = dlopen(LIBC_SO, RTLD_LAZY | RTLD_NOLOAD);
    void *symbol = libc != NULL ? dlsym(libc, "malloc_usable_size") : NULL;
    me.silent = false;
    errno = error;
    memcpy(&found, &symbol, sizeof found);
    atomic_store(&libc_usable_size, found);
}

/* Allocates nothing, but has to be asked of the malloc that did. */
size_t malloc_usable_size(void *ptr)
{
    if (atomic_load(&libc_usable_size) == NULL)
        find_usable_size();
    size_t (*real)(void *block) = atomic_load(&libc_usable_size);
    return ptr != NULL && real != NULL ? real(ptr) : 0;
}
