/*
 * sandbox.c - walls around a child that handles what a stranger wrote.
 *
 * Everything that allocates, opens or may fail for want of something is done
 * before fork. The order inside the child matters: root's powers go before
 * the limits that do not bind root, and the filter of system calls comes last,
 * for it forbids what the layers before it are made with.
 */
#include "grader/confine/sandbox.h"

#include "grader/confine/calls.h"
#include "grader/confine/files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)

struct sandbox {
    struct sandbox_config config; /* its paths are not looked at any more */
    unsigned layers;              /* mask of those that are entered */
    rlim_t processes;             /* RLIMIT_NPROC; RLIM_INFINITY: unchanged */
    struct files files;
    struct sock_fprog outer;
    int inner; /* descriptor of the second filter, or -1 */
};

struct sandbox_config sandbox_config(enum sandbox_profile profile)
{
    struct sandbox_config config = {
        .profile = profile,
        .cpu_seconds = 600,
        .address_space = SANDBOX_NO_LIMIT,
        .descriptors = 64,
        .user = SANDBOX_NOBODY,
        .group = SANDBOX_NOBODY,
        .shared_file = -1,
    };

    switch (profile) {
    case SANDBOX_UNPACK: /* unpack.c has limits of its own beside these */
        config.file_size = SANDBOX_NO_LIMIT;
        config.processes = 8;
        break;
    case SANDBOX_COMPILE:
        config.cpu_seconds = 20;
        config.address_space = 2048 * MIB;
        config.file_size = 64 * MIB;
        config.processes = 32;
        break;
    case SANDBOX_COUNTED:
        config.file_size = MIB;
        break;
    case SANDBOX_SERVED:
        break;
    }
    return config;
}

unsigned sandbox_missing(char lines[][SANDBOX_LINE], size_t *count)
{
    unsigned missing = 0;

    *count = 0;
    if (files_version() == 0) {
        missing |= SANDBOX_FILES;
        snprintf(lines[(*count)++], SANDBOX_LINE,
                 "no landlock (Linux 5.13 and later, if enabled): a "
                 "submission may read what its user may");
    }
    if (calls_missing() != NULL) {
        missing |= SANDBOX_CALLS;
        snprintf(lines[(*count)++], SANDBOX_LINE, "%s", calls_missing());
    }
    return missing;
}

/*
 * Returns how many threads user runs, which is what RLIMIT_NPROC looks at: a
 * task folder has a link for each, and two of its own.
 */
static rlim_t threads_of(uid_t user)
{
    DIR *all = opendir("/proc");
    struct dirent *entry;
    rlim_t threads = 0;

    while (all != NULL && (entry = readdir(all)) != NULL) {
        char path[sizeof(entry->d_name) + 16];
        struct stat about;
        snprintf(path, sizeof(path), "/proc/%s/task", entry->d_name);
        if (isdigit((unsigned char)entry->d_name[0]) &&
            stat(path, &about) == 0 && about.st_uid == user)
            threads += about.st_nlink - 2;
    }
    if (all != NULL)
        closedir(all);
    return threads;
}

/* The number for RLIMIT_NPROC: no more than this process, or room for some. */
static rlim_t process_limit(const struct sandbox_config *config, bool drops)
{
    if (config->processes == SANDBOX_NO_LIMIT)
        return RLIM_INFINITY;
    if (config->processes == 0)
        return 1;
    return threads_of(drops ? config->user : getuid()) + 1 +
           config->processes;
}

/* Reads the outer filter out of its file. */
static bool read_program(struct sock_fprog *program, int file)
{
    struct stat about;
    size_t size;

    if (file < 0 || fstat(file, &about) != 0)
        return false;
    size = (size_t)about.st_size;
    program->filter = malloc(size);
    program->len = (unsigned short)(size / sizeof(*program->filter));
    return program->filter != NULL && size > 0 &&
           pread(file, program->filter, size, 0) == (ssize_t)size;
}

static bool prepare_calls(struct sandbox *sandbox)
{
    enum sandbox_profile profile = sandbox->config.profile;
    int outer = calls_filter_here(profile, CALLS_OUTER, -1);
    bool ready = read_program(&sandbox->outer, outer);

    if (outer >= 0)
        close(outer);
    if (ready && profile == SANDBOX_SERVED) {
        sandbox->inner = calls_filter_here(profile, CALLS_INNER,
                                           sandbox->config.shared_file);
        ready = sandbox->inner >= 0;
    }
    return ready;
}

struct sandbox *sandbox_prepare(const struct sandbox_config *config,
                                char *error, size_t size)
{
    char lines[SANDBOX_LINES][SANDBOX_LINE];
    size_t count;
    struct sandbox *sandbox = calloc(1, sizeof(*sandbox));

    if (sandbox == NULL) {
        snprintf(error, size, "no memory for a sandbox");
        return NULL;
    }
    sandbox->config = *config;
    sandbox->inner = -1;
    sandbox->layers =
        ~(config->off | sandbox_missing(lines, &count)) &
        (SANDBOX_USER | SANDBOX_LIMITS | SANDBOX_FILES | SANDBOX_CALLS);
    if (geteuid() != 0)
        sandbox->layers &= ~SANDBOX_USER;
    sandbox->processes =
        process_limit(config, (sandbox->layers & SANDBOX_USER) != 0);
    if ((sandbox->layers & SANDBOX_FILES) &&
        !files_collect(&sandbox->files, config, error, size)) {
        sandbox_free(sandbox);
        return NULL;
    }
    if ((sandbox->layers & SANDBOX_CALLS) && !prepare_calls(sandbox)) {
        snprintf(error, size, "no filter of system calls: %s",
                 strerror(errno));
        sandbox_free(sandbox);
        return NULL;
    }
    return sandbox;
}

void sandbox_free(struct sandbox *sandbox)
{
    if (sandbox == NULL)
        return;
    files_free(&sandbox->files);
    if (sandbox->inner >= 0)
        close(sandbox->inner);
    free(sandbox->outer.filter);
    free(sandbox);
}

int sandbox_filter(const struct sandbox *sandbox)
{
    return sandbox->inner;
}

static bool become(uid_t user, gid_t group)
{
    return setgroups(0, NULL) == 0 && setresgid(group, group, group) == 0 &&
           setresuid(user, user, user) == 0;
}

/* Lowers a limit to value, with extra above it for the hard one. */
static bool lower(__rlimit_resource_t what, uint64_t value, rlim_t extra)
{
    struct rlimit now;
    struct rlimit lower = {.rlim_cur = value, .rlim_max = value + extra};

    if (value == SANDBOX_NO_LIMIT)
        return true;
    if (getrlimit(what, &now) != 0)
        return false;
    if (lower.rlim_max > now.rlim_max)
        lower.rlim_max = now.rlim_max;
    if (lower.rlim_cur > lower.rlim_max)
        lower.rlim_cur = lower.rlim_max;
    return setrlimit(what, &lower) == 0;
}

/* SIGXCPU comes at the soft limit, what nobody can catch a second later. */
static bool enter_limits(const struct sandbox *sandbox)
{
    const struct sandbox_config *config = &sandbox->config;

    return lower(RLIMIT_CORE, 0, 0) &&
           lower(RLIMIT_CPU, config->cpu_seconds, 1) &&
           lower(RLIMIT_AS, config->address_space, 0) &&
           lower(RLIMIT_FSIZE, config->file_size, 0) &&
           lower(RLIMIT_NOFILE, config->descriptors, 0) &&
           lower(RLIMIT_NPROC, sandbox->processes, 0);
}

const char *sandbox_enter(const struct sandbox *sandbox)
{
    const struct sandbox_config *config = &sandbox->config;

    if ((sandbox->layers & SANDBOX_USER) &&
        !become(config->user, config->group))
        return "user";
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return "prctl";
    if ((sandbox->layers & SANDBOX_FILES) &&
        files_enter(&sandbox->files) != 0)
        return "landlock";
    if ((sandbox->layers & SANDBOX_LIMITS) && !enter_limits(sandbox))
        return "limits";
    if ((sandbox->layers & SANDBOX_CALLS) &&
        calls_install(&sandbox->outer) != 0)
        return "seccomp";
    return NULL;
}

bool sandbox_folder_make(const struct sandbox_config *config, char *path)
{
    int trouble;

    if (mkdtemp(path) == NULL)
        return false;
    if (geteuid() != 0 || (config->off & SANDBOX_USER) ||
        chown(path, config->user, config->group) == 0)
        return true;
    trouble = errno;
    rmdir(path);
    errno = trouble;
    return false;
}
