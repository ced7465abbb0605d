/*
 * watcher.h - sees which files processes really open, read and write
 * (fanotify(7)), for the tests of what the walls leave.
 *
 * A test goes into a copy of all mounts that is its own (unshare(2)), and
 * another process, the watcher, marks the mounts of this copy. So it hears of
 * what the test and its children do, and of nobody else: no other process is
 * held up. Who opens a file is held until the watcher has looked at it in
 * /proc, so that it knows for sure who that was.
 *
 * If the watcher dies, the kernel lets everybody go on; it ends itself after
 * a time limit.
 *
 * What it does not see: removing and renaming, which open nothing; devices,
 * of which some kernels tell nothing; and opens in /proc, where nobody can be
 * held, if the process that the file is about is gone when it looks. Who does
 * nothing but read in /proc or from what it inherited is not held either: it
 * is looked at then, or taken for what it was when it last opened something.
 */
#ifndef GRADER_TESTS_WATCHER_H
#define GRADER_TESTS_WATCHER_H

#include "grader/tests/help.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What was done with a file. */
#define SIGHT_OPEN  'o' /* opened, in whatever way; or run */
#define SIGHT_READ  'r' /* read from, whoever opened it */
#define SIGHT_WRITE 'w' /* written to, or closed by who might have written */

/* Something that a process did with a file or a folder. */
struct sight {
    pid_t pid;        /* the process */
    uint64_t keeper;  /* of who is behind walls: the process group of the
                         nearest ancestor that is not; else 0. It is a number
                         that no other group of the watch has */
    char what;        /* SIGHT_... */
    bool behind;      /* can it get no new privileges, as all behind walls? Or
                         is it gone, and nobody knows? */
    bool filtered;    /* are its system calls filtered? */
    const char *path; /* where the file is, all links followed */
};

/* A watch, under way or over. */
struct watch {
    pid_t pid;         /* the watcher */
    int stop;          /* is closed to end it */
    int mounts;        /* the mounts that the test had before */
    int folder;        /* the folder that it was in */
    int log;           /* what the watcher saw: a memory file */
    char *text;        /* the same when the watch is over: records, each
                          "pid keeper what behind filtered path" and a NUL */
    size_t length;     /* bytes of text */
    char trouble[256]; /* why there is no watch, or no whole one; or empty */
};

/* The most processes that a kernel has (PID_MAX_LIMIT). */
#define WATCH_PIDS ((size_t)1 << 22)

/* The watcher's exit status when it could not hear what there was: this, and
   the error number. */
#define WATCH_ERRNO 0x80

/* The longest path, with its NUL. */
#define WATCH_PATH 4096

/* What the watcher knows of a process. */
struct watched {
    uint64_t born;   /* when it started; 0: it was not there when the watcher
                      looked. Numbers of processes are used again */
    uint64_t keeper; /* see struct sight */
    pid_t parent;
    pid_t group;
    bool behind;
    bool filtered;
};

/* What the watcher works with. */
struct watch_post {
    int events;           /* the fanotify group */
    int stop;             /* nobody is at its other end: it is over */
    int proc;             /* /proc of the mounts before: opens there are no
                             events, or the watcher would wait for itself */
    FILE *log;            /* see struct watch */
    struct watched *pids; /* by process */
};

/* Returns a number of /proc/PID/status, or other if it is not there. */
static inline pid_t watch_field(const char *status, const char *name,
                                pid_t other)
{
    const char *at = strstr(status, name);

    return at != NULL ? (pid_t)strtol(at + strlen(name), NULL, 10) : other;
}

/* Reads a file of /proc/PID into text, size bytes; empty if it is gone. */
static inline void watch_read(const struct watch_post *post, pid_t pid,
                              const char *name, char *text, size_t size)
{
    char path[32];
    ssize_t length = 0;
    int file;

    snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
    file = openat(post->proc, path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        length = read(file, text, size - 1);
        close(file);
    }
    text[length > 0 ? length : 0] = '\0';
}

/* Returns when a process started, in ticks of the machine; 0: it is gone. */
static inline uint64_t watch_born(const struct watch_post *post, pid_t pid)
{
    char text[1024];
    char *at;

    watch_read(post, pid, "stat", text, sizeof(text));
    at = strrchr(text, ')'); /* the program's name may have anything */
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at != NULL ? strtoull(at, NULL, 10) : 0;
}

/* Looks at a process. */
static inline struct watched watch_look(const struct watch_post *post,
                                        pid_t pid)
{
    char text[4096];

    watch_read(post, pid, "status", text, sizeof(text));
    return (struct watched){
        .born = watch_born(post, pid),
        .parent = watch_field(text, "\nPPid:\t", 0),
        .group = watch_field(text, "\nNSpgid:\t", 0),
        .behind = watch_field(text, "\nNoNewPrivs:\t", 1) != 0,
        .filtered = watch_field(text, "\nSeccomp:\t", 0) == 2,
    };
}

/*
 * Finds out who a process is, and remembers it. The leader of a group knows
 * its keeper best: it opened its program while its parent waited for it.
 */
static inline void watch_meet(const struct watch_post *post, pid_t pid)
{
    struct watched self = watch_look(post, pid);
    struct watched above = self;
    const struct watched *leader = &post->pids[self.group];

    if (self.behind && self.group != pid && leader->keeper != 0)
        self.keeper = leader->keeper;
    while (self.behind && self.keeper == 0 && above.parent > 0) {
        above = watch_look(post, above.parent);
        if (!above.behind)
            self.keeper = watch_born(post, above.group) * WATCH_PIDS +
                          (uint64_t)above.group;
    }
    post->pids[pid] = self;
}

/* Does the watcher not know a process, but one that had its number before? */
static inline bool watch_is_strange(const struct watch_post *post, pid_t pid)
{
    uint64_t born = watch_born(post, pid);

    return post->pids[pid].born == 0 ||
           (born != 0 && born != post->pids[pid].born);
}

/* Writes down what a process did. */
static inline void watch_note(const struct watch_post *post, char what,
                              pid_t pid, int file)
{
    const struct watched *who = &post->pids[pid];
    char path[32];
    char found[WATCH_PATH];
    ssize_t length;

    snprintf(path, sizeof(path), "self/fd/%d", file);
    length = readlinkat(post->proc, path, found, sizeof(found) - 1);
    found[length > 0 ? length : 0] = '\0';
    fprintf(post->log, "%d %" PRIu64 " %c %d %d %s%c", (int)pid, who->keeper,
            what, who->behind, who->filtered, found, '\0');
}

/* Writes an event down, and lets go on who is held for it. */
static inline void watch_hear(const struct watch_post *post,
                              const struct fanotify_event_metadata *event)
{
    const struct fanotify_response go_on = {.fd = event->fd,
                                            .response = FAN_ALLOW};
    const bool held = (event->mask & FAN_OPEN_PERM) != 0;
    const pid_t pid = event->pid;

    if (held || watch_is_strange(post, pid))
        watch_meet(post, pid);
    if (event->mask & (FAN_OPEN_PERM | FAN_OPEN))
        watch_note(post, SIGHT_OPEN, pid, event->fd);
    if (event->mask & FAN_ACCESS)
        watch_note(post, SIGHT_READ, pid, event->fd);
    if (event->mask & (FAN_MODIFY | FAN_CLOSE_WRITE))
        watch_note(post, SIGHT_WRITE, pid, event->fd);
    if (held && write(post->events, &go_on, sizeof(go_on)) < 0)
        _exit(3);
    close(event->fd);
}

/* Hears what there is now. Returns false if that was nothing. An event of a
   file in /proc is lost when its process is gone: ESRCH. */
static inline bool watch_hear_all(const struct watch_post *post)
{
    static struct fanotify_event_metadata events[256];
    ssize_t length = read(post->events, events, sizeof(events));
    const struct fanotify_event_metadata *event = events;

    if (length < 0 && errno == EAGAIN)
        return false;
    if (length < 0 && errno != ESRCH && errno != EINTR)
        _exit(WATCH_ERRNO | errno);
    while (length > 0 && FAN_EVENT_OK(event, length)) {
        if (event->fd < 0) /* the queue was full: there is a gap */
            _exit(5);
        watch_hear(post, event);
        event = FAN_EVENT_NEXT(event, length);
    }
    return true;
}

/* Marks the mount at path. In some of the kernel's own, such as /proc, nobody
   can be held: there, opens are only told. */
static inline bool watch_mark(int events, const char *path)
{
    const unsigned how = FAN_MARK_ADD | FAN_MARK_MOUNT;
    const uint64_t what =
        FAN_ACCESS | FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ONDIR;

    return fanotify_mark(events, how, what | FAN_OPEN_PERM, -1, path) == 0 ||
           (errno == EINVAL &&
            fanotify_mark(events, how, what | FAN_OPEN, -1, path) == 0);
}

/* Marks all mounts. Returns false, with the path that could not be. */
static inline bool watch_mark_all(const struct watch_post *post, char *path)
{
    int file = openat(post->proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
    FILE *mounts = file >= 0 ? fdopen(file, "r") : NULL;
    bool marked = true;
    char *line = NULL;
    size_t size = 0;

    snprintf(path, WATCH_PATH, "mountinfo");
    if (mounts == NULL)
        return false;
    while (marked && getline(&line, &size, mounts) > 0)
        marked = sscanf(line, "%*s %*s %*s %*s %4095s", path) == 1 &&
                 watch_mark(post->events, path);
    free(line);
    fclose(mounts);
    return marked;
}

/* Makes ready to watch. Returns false, and says why into report. */
static inline bool watch_open(struct watch_post *post, int report)
{
    char path[WATCH_PATH] = "fanotify_init";

    post->pids = calloc(WATCH_PIDS, sizeof(*post->pids));
    post->events = fanotify_init(
        FAN_CLASS_CONTENT | FAN_UNLIMITED_QUEUE | FAN_NONBLOCK | FAN_CLOEXEC,
        O_RDONLY | O_LARGEFILE | O_NONBLOCK | O_CLOEXEC);
    if (post->pids != NULL && post->events >= 0 && watch_mark_all(post, path))
        return true;
    dprintf(report, "%s: %s", path, strerror(errno));
    return false;
}

/* Is the watcher. */
static inline _Noreturn void watch_on(struct watch_post *post, int report,
                                      unsigned seconds)
{
    struct pollfd wait[] = {{.fd = -1, .events = POLLIN}, {.fd = post->stop}};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGALRM, SIG_DFL);
    alarm(seconds);
    if (!watch_open(post, report))
        _exit(2);
    close(report);
    wait[0].fd = post->events;
    while (wait[1].revents == 0) {
        if (poll(wait, 2, -1) < 0 && errno != EINTR)
            _exit(6);
        watch_hear_all(post);
    }
    while (watch_hear_all(post))
        ;
    _exit(fflush(post->log) == 0 ? 0 : 7);
}

/* Says what went wrong first. Returns false. */
static inline bool watch_spoil(struct watch *watch, const char *what)
{
    if (watch->trouble[0] == '\0')
        snprintf(watch->trouble, sizeof(watch->trouble), "%s: %s", what,
                 strerror(errno));
    return false;
}

/* Starts the watcher, and waits until it watches. Returns false, with the
   trouble, if it does not. */
static inline bool watch_start(struct watch *watch, int proc,
                               unsigned seconds)
{
    struct watch_post post = {.proc = proc};
    int stop[2];
    int report[2];

    if (pipe2(stop, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0)
        return watch_spoil(watch, "pipe");
    fflush(NULL);
    watch->pid = fork();
    if (watch->pid == 0) {
        close(stop[1]);
        post.stop = stop[0];
        post.log = fdopen(watch->log, "w");
        watch_on(&post, report[1], seconds);
    }
    close(stop[0]);
    close(report[1]);
    watch->stop = stop[1];
    if (watch->pid < 0 ||
        read(report[0], watch->trouble, sizeof(watch->trouble) - 1) < 0)
        watch_spoil(watch, "the watcher");
    close(report[0]);
    return watch->trouble[0] == '\0';
}

/* Goes back to the mounts and the folder from before. */
static inline bool watch_go_back(const struct watch *watch)
{
    return setns(watch->mounts, CLONE_NEWNS) == 0 &&
           fchdir(watch->folder) == 0;
}

/* Takes over what the watcher wrote down. */
static inline bool watch_take(struct watch *watch)
{
    struct stat about;

    if (fstat(watch->log, &about) != 0)
        return false;
    watch->length = (size_t)about.st_size;
    watch->text = calloc(1, watch->length + 1);
    return watch->text != NULL &&
           pread(watch->log, watch->text, watch->length, 0) == about.st_size;
}

/*
 * Ends a watch: what is done from here on is not watched. Returns whether all
 * was seen; otherwise says in watch->trouble what happened. watch_free() is
 * due in either case.
 */
static inline bool watch_end(struct watch *watch)
{
    int status = 0;

    if (!watch_go_back(watch))
        watch_spoil(watch, "setns");
    close(watch->stop);
    if (waitpid(watch->pid, &status, 0) != watch->pid || !watch_take(watch))
        watch_spoil(watch, "the watcher");
    close(watch->log);
    close(watch->mounts);
    close(watch->folder);
    errno = WEXITSTATUS(status) & ~WATCH_ERRNO;
    if (WIFEXITED(status) && (WEXITSTATUS(status) & WATCH_ERRNO) != 0)
        watch_spoil(watch, "the watcher heard nothing");
    else if (status != 0 && watch->trouble[0] == '\0')
        snprintf(watch->trouble, sizeof(watch->trouble),
                 "the watcher ended with status %#x", (unsigned)status);
    return watch->trouble[0] == '\0';
}

static inline void watch_free(struct watch *watch)
{
    free(watch->text);
}

/*
 * Begins to watch the calling process, which must have one thread, and all
 * that it starts, for at most so many seconds. Takes CAP_SYS_ADMIN and
 * CAP_SYS_CHROOT. Returns false with watch->trouble, nothing left behind, if
 * that cannot be had; otherwise watch_end() is due.
 */
static inline bool watch_begin(struct watch *watch, unsigned seconds)
{
    int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool begun = false;

    *watch = (struct watch){
        .log = memfd_create("sights", MFD_CLOEXEC),
        .folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC),
        .mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC),
    };
    if (unshare(CLONE_NEWNS) == 0)
        begun = watch_start(watch, proc, seconds);
    else
        watch_spoil(watch, "unshare");
    close(proc);
    if (begun)
        return true;
    if (watch->pid > 0) {
        watch_end(watch);
        watch_free(watch);
    } else {
        (void)watch_go_back(watch);
        close(watch->log);
        close(watch->mounts);
        close(watch->folder);
    }
    return false;
}

/* Takes the next sight of a watch that is over from *at, 0 at first. Returns
   false if there is none. */
static inline bool watch_next(const struct watch *watch, size_t *at,
                              struct sight *sight)
{
    char *rest = watch->text + *at;

    if (*at >= watch->length)
        return false;
    *at += strlen(rest) + 1;
    sight->pid = (pid_t)strtol(rest, &rest, 10);
    sight->keeper = strtoull(rest, &rest, 10);
    sight->what = rest[1];
    sight->behind = strtol(rest + 2, &rest, 10) != 0;
    sight->filtered = strtol(rest, &rest, 10) != 0;
    sight->path = rest + 1;
    return true;
}

/*
 * Returns NULL if processes can be watched here; otherwise why they cannot,
 * as the end of a sentence.
 */
static inline const char *watch_missing(void)
{
    static struct watch watch;

    if (SANITIZED)
        return "a sanitizer opens files of its own";
    if (COUNTS_COVERAGE)
        return "processes of a coverage build write their counts";
    if (getenv("UNDER_VALGRIND") != NULL)
        return "valgrind opens files of its own";
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
        return "nobody here can get new privileges: who is behind walls "
               "cannot be told from others";
    if (!watch_begin(&watch, 10))
        return watch.trouble;
    watch_end(&watch);
    watch_free(&watch);
    return watch.trouble[0] != '\0' ? watch.trouble : NULL;
}

#endif
