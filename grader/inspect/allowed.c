/*
 * allowed.c - what a submission may call.
 *
 * The list is short on purpose: what is not on it is refused. So the lists of
 * what is refused need not be complete; they are there for the words.
 *
 * abort() and exit() are allowed. They end the process, and the judge sees
 * that as the operation that did not return: nothing is gained by either,
 * and an honest file has them in its asserts and its debugging.
 */
#include "grader/inspect/allowed.h"

#include <stdbool.h>
#include <string.h>

/* Names, and what using any of them amounts to. */
struct group {
    const char *names; /* with a space before and behind each; one that ends
                          in a star stands for all that begin so */
    enum permission permission;
    const char *why; /* REFUSED only */
};

static const struct group groups[] = {
    /* general.h and source.h; what bits.h and malloc.h have is inline. */
    {" heap_calloc heap_realloc heap_trim heap_check heap_stats "
     "invariant_sentence caller_error source_grow source_shrink source_take "
     "source_return source_release source_recommit source_alias "
     "source_protect source_requests source_refusals source_refused_size "
     "source_base source_limit source_committed source_peak "
     "source_page_size source_descriptor source_owns source_holds ",
     ALLOWED, NULL},
    {" source_open source_close source_reset source_fail ", REFUSED,
     ", which is the grader's: a heap lives in the source that open() is "
     "given"},

    /* Bytes and text; assert; the ways to end. */
    {" memcpy memmove memset memcmp memchr strlen strnlen strcmp strncmp "
     "strchr strrchr strcpy strncpy snprintf vsnprintf __errno_location "
     "__assert_fail abort exit _exit _Exit ",
     ALLOWED, NULL},

    /* What compilers make of other code: of loops, of a popcount, of
       atomics, of thread-local variables, of hardening options. */
    {" bcmp mempcpy rawmemchr stpcpy strcat __memcpy_chk __memmove_chk "
     "__memset_chk __mempcpy_chk __strcpy_chk __strncpy_chk __stpcpy_chk "
     "__strcat_chk __snprintf_chk __vsnprintf_chk __chk_fail "
     "__stack_chk_fail __stack_chk_guard _GLOBAL_OFFSET_TABLE_ "
     "__tls_get_addr __popcountdi2 __popcountti2 __paritydi2 __clzdi2 "
     "__clzti2 __ctzdi2 __ctzti2 __ffsdi2 __ffsti2 __bswapdi2 __multi3 "
     "__muloti4 __mulodi4 __divti3 __udivti3 __modti3 __umodti3 "
     "__aarch64_cas* __aarch64_swp* __aarch64_ld* ",
     ALLOWED, NULL},

    {" printf fprintf vprintf vfprintf puts putchar putc fputs fputc fwrite "
     "_IO_putc perror strerror fflush stdout stderr __printf_chk "
     "__fprintf_chk __vprintf_chk __vfprintf_chk ",
     ALLOWED_PRINTS, NULL},

#ifdef VARIANT_ASAN
    {" __asan_* __ubsan_* ___asan_* __odr_asan* __start_asan_globals "
     "__stop_asan_globals ",
     ALLOWED, NULL},
#endif
#ifdef VARIANT_TSAN
    {" __tsan_* ", ALLOWED, NULL},
#endif
#ifdef VARIANT_COVERAGE
    {" __gcov_* llvm_gcov_* llvm_gcda_* ", ALLOWED, NULL},
#endif

    {" malloc calloc realloc free reallocarray aligned_alloc memalign "
     "posix_memalign valloc pvalloc strdup strndup asprintf __libc_malloc "
     "__libc_calloc __libc_realloc __libc_free __libc_memalign sbrk __sbrk "
     "brk mmap mmap64 munmap mremap madvise mprotect shm_open shmat "
     "memfd_create ",
     REFUSED,
     " of the C library: memory must come from the source, by source_grow() "
     "or source_take()"},
    {" dlsym dlvsym dlopen dlmopen dl_iterate_phdr _dl_* __libc_dl* "
     "getauxval ",
     REFUSED, ", which finds code that the file was not linked with"},
    {" fork vfork _Fork clone __clone execv execve execvp execl execlp "
     "fexecve system popen posix_spawn* wait waitpid ",
     REFUSED, ", which is about processes: a submission has one"},
    {" pthread_* thrd_* mtx_* cnd_* call_once sem_* ", REFUSED,
     ", which is for threads: a submission is replayed in one"},
    {" write dprintf ", REFUSED,
     ", which writes to any file: print with fprintf(stderr, ...), and name "
     "a "
     "caller's mistake with caller_error()"},
    {" open open64 openat openat64 creat fopen fopen64 fdopen freopen read "
     "pread close dup dup2 fcntl ioctl pwrite lseek unlink remove rename "
     "socket connect send sendto recv ",
     REFUSED, ", which is about files: a submission has none"},
    {" stdin getchar getchar_unlocked getc fgetc _IO_getc fgets scanf fscanf "
     "__isoc99_scanf __isoc99_fscanf __isoc23_scanf __isoc23_fscanf fread "
     "getline getdelim __getdelim __uflow ",
     REFUSED,
     ", which is for reading input (getchar and the like): an allocator "
     "reads nothing"},
    {" signal sigaction sigaltstack sigprocmask raise kill tgkill alarm "
     "setitimer timer_create setjmp _setjmp __sigsetjmp sigsetjmp longjmp "
     "_longjmp siglongjmp __longjmp_chk setcontext swapcontext ",
     REFUSED,
     ", though a call must return to its caller, and be ended by nobody "
     "else"},
    {" atexit on_exit at_quick_exit __cxa_atexit ", REFUSED,
     ", though code runs only when a function of the table is called"},
    {" time clock clock_gettime gettimeofday times ", REFUSED,
     ", though what an allocator does must not depend on the time"},
    {" nanosleep usleep sleep clock_nanosleep ", REFUSED,
     ", though an allocator waits for nothing"},
    {" rand srand random srandom rand_r drand48 lrand48 getrandom "
     "getentropy arc4random* ",
     REFUSED,
     " of the C library, though an allocator must do the same in every run"},
    {" getenv secure_getenv environ __environ ", REFUSED,
     ", though what an allocator does must not depend on the environment"},
    {" syscall prctl ptrace ", REFUSED,
     ", though the system is the source's to call"},
};

/* Is a name one of those that the length bytes at word stand for? */
static bool matches(const char *word, size_t length, const char *name)
{
    if (word[length - 1] == '*')
        return strncmp(name, word, length - 1) == 0;
    return strlen(name) == length && memcmp(name, word, length) == 0;
}

static bool contains(const char *names, const char *name)
{
    const char *at = names + strspn(names, " ");

    while (*at != '\0') {
        size_t length = strcspn(at, " ");
        if (matches(at, length, name))
            return true;
        at += length;
        at += strspn(at, " ");
    }
    return false;
}

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name);

    return length >= strlen(end) &&
           strcmp(name + length - strlen(end), end) == 0;
}

enum permission allowed_name(const char *name, const char **why)
{
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (contains(groups[i].names, name)) {
            *why = groups[i].why;
            return groups[i].permission;
        }
    }
    *why =
        ends_in(name, "_allocator")
            ? ", which is another allocator: a submission stands on its own"
            : ", which is neither in the file nor among what it may call: "
              "what the kit's headers have, memcpy, memmove, memset, memcmp, "
              "strlen, assert, printf and a few more like them";
    return REFUSED;
}
