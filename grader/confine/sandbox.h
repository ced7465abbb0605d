/*
 * sandbox.h - walls around a child that handles what a stranger wrote.
 *
 * The parent prepares a sandbox; the child enters it between fork and exec.
 * There are four layers, and each holds without the others:
 *
 *   user    of a grader that runs as root, the child becomes an ordinary user
 *   limits  resource limits: CPU time, memory, file size, processes
 *   files   landlock: hardly any file can be opened, one folder written to
 *   calls   seccomp: a system call that is not on the profile's list kills
 *
 * The walls do not end a child that waits, nor one whose children each stay
 * below their limits: the parent has to watch the time and to kill the child's
 * process group. No profile lets a process leave its group.
 *
 * What the walls leave open: whether a file exists, and its size, can be found
 * out by stat() wherever folders may be searched.
 */
#ifndef GRADER_CONFINE_SANDBOX_H
#define GRADER_CONFINE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the child is going to do. */
enum sandbox_profile {
    SANDBOX_COMPILE, /* a compiler, an assembler, a linker: they fork, exec,
                        and write files in one folder */
    SANDBOX_SERVED,  /* a judged replay: while the program is loaded, it may
                        open and map files; once it has called shut_calls()
                        (grader/runner/shut.h), hardly anything */
    SANDBOX_COUNTED, /* a replay under callgrind */
    SANDBOX_UNPACK,  /* tar, unzip and what unpacks for them; owners, modes
                        and times of files stay as they are, and these calls
                        say that they did what was asked */
};

/* The layers: bits of a mask. */
#define SANDBOX_USER   1U
#define SANDBOX_LIMITS 2U
#define SANDBOX_FILES  4U
#define SANDBOX_CALLS  8U

/* In the place of a limit: it stays as it is. */
#define SANDBOX_NO_LIMIT UINT64_MAX

/* The user that a root's child becomes, unless another is said: nobody. */
#define SANDBOX_NOBODY 65534

struct sandbox_config {
    enum sandbox_profile profile;
    const char *writable;        /* the one folder to write in; NULL: none */
    const char *const *readable; /* paths to read and execute, ended by NULL;
                                    those of the system need not be said */

    uint64_t cpu_seconds;   /* of each process */
    uint64_t address_space; /* bytes, of each process */
    uint64_t file_size;     /* bytes, of each file that is written */
    uint64_t descriptors;   /* one more than the highest to be opened */
    uint64_t processes;     /* that the child may start; 0: none. Counted with
                               what the user runs when it is prepared */

    uid_t user;      /* what the child becomes; only looked at by root */
    gid_t group;     /* likewise; its only one */
    int shared_file; /* SERVED: the descriptor in the child of which pages may
                        still be mapped after shut_calls(); -1: none */
    unsigned off;    /* layers that are left out. For tests. */
};

/* Walls, ready to be entered. Its contents are private. */
struct sandbox;

/* The longest sentence of sandbox_missing(), with its NUL. */
#define SANDBOX_LINE 160

/* The most sentences of sandbox_missing(). */
#define SANDBOX_LINES 4

/*
 * Returns a configuration for profile: nothing writable, the limits that suit
 * it, no layer left out. The judged and the counted run get no time limit of
 * their own worth relying on: their callers know how long they may take.
 */
struct sandbox_config sandbox_config(enum sandbox_profile profile);

/*
 * Finds out which layers this kernel does not offer. Puts a sentence for each
 * into lines, room for SANDBOX_LINES, and their number into *count. Returns
 * the mask of these layers; sandbox_prepare() goes without them. Cost: a few
 * system calls.
 */
unsigned sandbox_missing(char lines[][SANDBOX_LINE], size_t *count);

/*
 * Makes the walls that config asks for. The paths in it must exist, and the
 * child's user must get to them; they are looked up here, and may be relative.
 * config is not needed afterwards. Returns the sandbox, to be freed by
 * sandbox_free(); any number of children may enter it, one after the other or
 * side by side. Returns NULL if it cannot be made, with a line that says why
 * in error, size bytes. Cost: about a millisecond.
 */
struct sandbox *sandbox_prepare(const struct sandbox_config *config,
                                char *error, size_t size);

/*
 * Puts the calling process behind the walls for ever, and everything that it
 * starts. To be called between fork and exec, by a process with one thread,
 * as the last thing before exec. It makes system calls only. The child dies
 * with its parent (PR_SET_PDEATHSIG), which a change of user would otherwise
 * have undone. Returns NULL; or the name of the layer that could not be
 * entered, with errno set: then the child must not go on.
 */
const char *sandbox_enter(const struct sandbox *sandbox);

/*
 * Returns the descriptor of the second, narrower filter of a SERVED sandbox,
 * which the child needs for shut_calls(); it stays the sandbox's. It can be read
 * only. Returns -1 for other profiles, and where that layer is left out.
 */
int sandbox_filter(const struct sandbox *sandbox);

/* Frees sandbox; children behind its walls stay there. NULL does nothing. */
void sandbox_free(struct sandbox *sandbox);

/*
 * Makes a folder that config's child, and nobody else but root, may use. path
 * ends in XXXXXX, which is replaced as mkdtemp() does. Returns false, with
 * errno set and nothing left behind, if it cannot be made.
 */
bool sandbox_folder_make(const struct sandbox_config *config, char *path);

#endif
