/*
 * rooms.c - the sandboxes that one submission is compiled and run in.
 */
#include "grader/gradebook/rooms.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Puts the calling child behind the walls of a sandbox. */
static bool enter(void *context)
{
    const char *missed = sandbox_enter(context);

    if (missed == NULL)
        return true;
    dprintf(STDERR_FILENO, "the walls could not be entered: %s: %s\n", missed,
            strerror(errno));
    return false;
}

/* Makes one sandbox, and what those see of it who start what is inside. */
static bool make_room(struct sandbox **box, struct walls *walls,
                      const struct sandbox_config *config, char *error,
                      size_t size)
{
    *box = sandbox_prepare(config, error, size);
    if (*box == NULL)
        return false;
    *walls = (struct walls){
        .enter = enter, .context = *box, .filter = sandbox_filter(*box)};
    return true;
}

/* The kit's part of what a submission is made from. */
struct kit_paths {
    char headers[PATH_ROOM];
    char runner[PATH_ROOM];
    char served[PATH_ROOM];
};

static bool open_compile(struct rooms *rooms, unsigned off, char *error,
                         size_t size)
{
    struct sandbox_config config = sandbox_config(SANDBOX_COMPILE);
    struct kit_paths kit;
    const char *readable[] = {kit.headers, kit.runner, kit.served, NULL};

    path_built(kit.headers, "include");
    path_built(kit.runner, "runner.a");
    path_built(kit.served, "served.a");
    config.writable = rooms->folder;
    config.readable = readable;
    if (off & LAYER_COMPILE)
        config.off = SANDBOX_LIMITS | SANDBOX_FILES | SANDBOX_CALLS;
    return make_room(&rooms->compile_box, &rooms->compile, &config, error,
                     size);
}

/* The walls are left out that a test leaves out. */
static struct sandbox_config config_of(enum sandbox_profile profile,
                                       unsigned off)
{
    struct sandbox_config config = sandbox_config(profile);

    if (off & LAYER_CHILD)
        config.off = SANDBOX_LIMITS | SANDBOX_FILES | SANDBOX_CALLS;
    return config;
}

static bool open_runs(struct rooms *rooms, unsigned off, char *error,
                      size_t size)
{
    const char *own[] = {rooms->folder, NULL};
    struct sandbox_config served = config_of(SANDBOX_SERVED, off);
    struct sandbox_config counted = config_of(SANDBOX_COUNTED, off);

    served.readable = own;
    counted.writable = rooms->counts;
    counted.readable = own;
    return make_room(&rooms->served_box, &rooms->served, &served, error,
                     size) &&
           make_room(&rooms->counted_box, &rooms->counted, &counted, error,
                     size);
}

bool rooms_open(struct rooms *rooms, const char *parent, unsigned off,
                char *error, size_t size)
{
    struct sandbox_config config = sandbox_config(SANDBOX_COMPILE);

    memset(rooms, 0, sizeof(*rooms));
    if (snprintf(rooms->folder, sizeof(rooms->folder), "%s/room-XXXXXX",
                 parent) >= (int)sizeof(rooms->folder) ||
        !sandbox_folder_make(&config, rooms->folder)) {
        snprintf(error, size, "no folder in %s: %s", parent, strerror(errno));
        rooms->folder[0] = '\0';
        return false;
    }
    if (snprintf(rooms->counts, sizeof(rooms->counts), "%s/counts-XXXXXX",
                 rooms->folder) >= (int)sizeof(rooms->counts) ||
        !sandbox_folder_make(&config, rooms->counts)) {
        snprintf(error, size, "no folder in %.400s: %s", rooms->folder,
                 strerror(errno));
        return false;
    }
    return open_compile(rooms, off, error, size) &&
           open_runs(rooms, off, error, size);
}

static int remove_one(const char *path, const struct stat *what, int type,
                      struct FTW *where)
{
    (void)what;
    (void)type;
    (void)where;
    (void)remove(path);
    return 0;
}

void rooms_close(struct rooms *rooms)
{
    sandbox_free(rooms->compile_box);
    sandbox_free(rooms->served_box);
    sandbox_free(rooms->counted_box);
    if (rooms->folder[0] != '\0')
        (void)nftw(rooms->folder, remove_one, 8,
                   FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Makes the folder, its tree and the archive in it the sandbox's user's. */
static bool hand_over(const struct sandbox_config *config)
{
    static const char *const paths[] = {"..", "../archive", "."};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (geteuid() == 0 && lchown(paths[i], config->user, config->group))
            return false;
    }
    return true;
}

/* Puts the calling child, which stands in the tree that it is going to fill,
   behind walls that leave it the folder above that. */
static bool enter_unpacking(void *context)
{
    struct sandbox_config config = sandbox_config(SANDBOX_UNPACK);
    struct sandbox *box = NULL;
    char error[256];

    (void)context;
    config.writable = "..";
    snprintf(error, sizeof(error), "its folder cannot be handed over");
    if (hand_over(&config))
        box = sandbox_prepare(&config, error, sizeof(error));
    if (box != NULL)
        return enter(box);
    dprintf(STDERR_FILENO, "%s\n", error);
    return false;
}

const struct walls unpack_walls = {.enter = enter_unpacking};
