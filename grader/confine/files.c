/*
 * files.c - which files a sandbox leaves: rules of landlock.
 *
 * The rules are collected by the parent and handed to the kernel by the child
 * itself: /proc/self is another folder for each, and so no descriptor has to
 * survive what a child does to those that it inherits.
 */
#include "grader/confine/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of some systems that run on a newer kernel. */
#define ACCESS_REFER     ((uint64_t)1 << 13) /* version 2 */
#define ACCESS_TRUNCATE  ((uint64_t)1 << 14) /* version 3 */
#define ACCESS_IOCTL_DEV ((uint64_t)1 << 15) /* version 5 */
#define ACCESS_TCP       ((uint64_t)3)       /* version 4: bind, connect */
#define SCOPE_ALL        ((uint64_t)3)       /* version 6: sockets, signals */

/* struct landlock_ruleset_attr as it is since version 6. */
struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scoped;
};

/* What may be done with a file, and not only with a folder. */
#define ACCESS_FILE                                                          \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |             \
     LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE)

#define ACCESS_READ                                                          \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

#define ACCESS_RUN (ACCESS_READ | LANDLOCK_ACCESS_FS_EXECUTE)

/* Everything but running, sockets, pipes and devices. */
#define ACCESS_WRITE                                                         \
    (ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE |         \
     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |        \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |             \
     LANDLOCK_ACCESS_FS_MAKE_SYM | ACCESS_REFER)

/* A path of the system. */
struct system_path {
    const char *path;
    uint64_t access;
};

/* What programs need to be loaded, and compilers to find their parts. */
static const struct system_path system_paths[] = {
    {"/usr", ACCESS_RUN},
    {"/lib", ACCESS_RUN},
    {"/lib64", ACCESS_RUN},
    {"/bin", ACCESS_RUN},
    {"/etc/ld.so.cache", LANDLOCK_ACCESS_FS_READ_FILE},
    {"/dev/null",
     LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE},
};

int files_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);

    return version > 0 ? (int)version : 0;
}

/* Adds a rule. Returns false if there is no room, or no such path. */
static bool add(struct files *files, const char *path, uint64_t access)
{
    struct file_rule *rule = &files->rules[files->count];
    struct stat about;

    if (files->count == FILES_MAX) {
        errno = E2BIG;
        return false;
    }
    rule->path = realpath(path, NULL);
    if (rule->path == NULL)
        return false;
    files->count++;
    if (stat(rule->path, &about) != 0)
        return false;
    rule->access = S_ISDIR(about.st_mode) ? access : access & ACCESS_FILE;
    return true;
}

static bool add_all(struct files *files, const struct sandbox_config *config,
                    char *error, size_t size)
{
    const char *const *path = config->readable;
    const char *at = config->writable;

    for (size_t i = 0; i < sizeof(system_paths) / sizeof(*system_paths); i++)
        if (!add(files, system_paths[i].path, system_paths[i].access) &&
            errno != ENOENT)
            at = system_paths[i].path;
    if (at != config->writable ||
        (at != NULL && !add(files, at, ACCESS_WRITE))) {
        snprintf(error, size, "%s: %s", at, strerror(errno));
        return false;
    }
    for (; path != NULL && *path != NULL; path++)
        if (!add(files, *path, ACCESS_RUN)) {
            snprintf(
                error, size,
                "%s: %s; the user that submissions run as must get there",
                *path, strerror(errno));
            return false;
        }
    return true;
}

/*
 * The paths are looked up with the eyes of the child's user: root gets
 * everywhere.
 */
bool files_collect(struct files *files, const struct sandbox_config *config,
                   char *error, size_t size)
{
    bool other = geteuid() == 0 && (config->off & SANDBOX_USER) == 0;
    uid_t user = geteuid();
    gid_t group = getegid();
    bool opened;

    files->count = 0;
    files->own_proc = config->profile == SANDBOX_COUNTED;
    if (other) {
        setfsgid(config->group);
        setfsuid(config->user);
    }
    opened = add_all(files, config, error, size);
    if (other) {
        setfsuid(user);
        setfsgid(group);
    }
    return opened;
}

void files_free(struct files *files)
{
    while (files->count > 0)
        free(files->rules[--files->count].path);
}

/* The access rights to files that a version of landlock knows. */
static uint64_t known(int version)
{
    uint64_t access = ACCESS_REFER - 1;

    if (version >= 2)
        access |= ACCESS_REFER;
    if (version >= 3)
        access |= ACCESS_TRUNCATE;
    if (version >= 5)
        access |= ACCESS_IOCTL_DEV;
    return access;
}

/* Adds a rule to a ruleset of the kernel's. */
static bool allow(int ruleset, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr rule = {
        .allowed_access = access,
        .parent_fd = open(path, O_PATH | O_CLOEXEC),
    };
    bool allowed = rule.parent_fd >= 0 &&
                   syscall(SYS_landlock_add_rule, ruleset,
                           LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;

    if (rule.parent_fd >= 0)
        close(rule.parent_fd);
    return allowed;
}

int files_enter(const struct files *files)
{
    int version = files_version();
    struct ruleset all = {
        .files = known(version),
        .network = version >= 4 ? ACCESS_TCP : 0,
        .scoped = version >= 6 ? SCOPE_ALL : 0,
    };
    int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
    bool allowed = ruleset >= 0;
    int trouble;

    for (size_t i = 0; allowed && i < files->count; i++)
        allowed = allow(ruleset, files->rules[i].path,
                        files->rules[i].access & all.files);
    if (allowed && files->own_proc)
        allowed = allow(ruleset, "/proc/self", ACCESS_READ);
    if (allowed)
        allowed = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    trouble = errno;
    if (ruleset >= 0)
        close(ruleset);
    errno = trouble;
    return allowed ? 0 : -1;
}
