/*
 * janitor.c - sees to it that nothing is left of a run, however it ends.
 *
 * The janitor does nothing but wait, so that there is always somebody to clean
 * up. Whoever loses its parent down there becomes the janitor's own child
 * (PR_SET_CHILD_SUBREAPER), and so is found, whatever group or session it has
 * gone to.
 */
#include "grader/gradebook/janitor.h"

#include "grader/commands/commands.h"
#include "grader/spawn.h"
#include "grader/subject.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* May everybody go through each folder of path? Who is behind walls of a
   grader that runs as root is somebody else. */
static bool is_open_to_all(const char *path)
{
    char part[PATH_ROOM];
    struct stat what;

    for (size_t i = 1; i < sizeof(part); i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        snprintf(part, sizeof(part), "%.*s", (int)i, path);
        if (stat(part, &what) != 0 || !S_ISDIR(what.st_mode) ||
            (what.st_mode & S_IXOTH) == 0)
            return false;
        if (path[i] == '\0')
            return true;
    }
    return false;
}

/* Makes the private folder. Its names are nobody's business. */
static bool make_folder(char *folder)
{
    const char *temporary = getenv("TMPDIR");

    if (temporary == NULL || temporary[0] != '/' ||
        strlen(temporary) > PATH_ROOM / 4 || access(temporary, W_OK) != 0 ||
        !is_open_to_all(temporary))
        temporary = "/tmp";
    snprintf(folder, PATH_ROOM, "%s/heaplab-class-XXXXXX", temporary);
    if (mkdtemp(folder) != NULL && chmod(folder, 0711) == 0)
        return true;
    fprintf(stderr, "gradebook: %s: %s\n", folder, strerror(errno));
    return false;
}

/* An archive may have left folders that their owner may not search. */
static void remove_folder(const char *folder)
{
    const char *open_up[] = {"chmod", "-R", "u+rwX", folder, NULL};
    const char *clear[] = {"rm", "-rf", "--", folder, NULL};
    char says[256];

    capture(open_up, NULL, says, sizeof(says));
    if (capture(clear, NULL, says, sizeof(says)) != 0)
        fprintf(stderr, "gradebook: %s is left: %s\n", folder, says);
}

/* Returns the parent of a process; 0 if there is no such process. */
static pid_t parent_of(const char *pid)
{
    char path[300];
    char line[512] = "";
    const char *behind;
    FILE *in;
    int parent = 0;

    snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    in = fopen(path, "re");
    if (in == NULL)
        return 0;
    if (fgets(line, sizeof(line), in) == NULL)
        line[0] = '\0';
    fclose(in);
    behind = strrchr(line, ')'); /* the program's name may have anything */
    if (behind == NULL || strlen(behind) < 4)
        return 0;
    parent = (int)strtol(behind + 4, NULL, 10); /* ") S 123 ..." */
    return parent;
}

/* Kills the children that there are now. */
static void kill_children(void)
{
    DIR *all = opendir("/proc");
    const struct dirent *entry;

    while (all != NULL && (entry = readdir(all)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0]) &&
            parent_of(entry->d_name) == getpid())
            kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
    }
    if (all != NULL)
        closedir(all);
}

/* Kills and reaps until there is no child: the children of those that are
   killed come here in their turn. */
static void clear_up(void)
{
    pid_t gone = 0;

    while (gone >= 0 || errno == EINTR) {
        kill_children();
        gone = waitpid(-1, NULL, WNOHANG);
        if (gone == 0)
            usleep(1000);
    }
}

/* Waits until the worker ends, or a signal is for us, which is returned; else
   0, and *status is that of waitpid(). */
static int wait_for(pid_t worker, const sigset_t *signals, int *status)
{
    for (;;) {
        int number = sigwaitinfo(signals, NULL);
        pid_t gone;
        if (number > 0 && number != SIGCHLD)
            return number;
        while ((gone = waitpid(-1, status, WNOHANG)) > 0) {
            if (gone == worker)
                return 0;
        }
    }
}

/* Ends this process by the signal that came for it. */
static void end_by(int number, const sigset_t *signals)
{
    fprintf(stderr, "\ngradebook: stopped (%s): nothing is left running\n",
            strsignal(number));
    signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_UNBLOCK, signals, NULL);
}

int janitor_run(int (*work)(void *context, const char *folder), void *context)
{
    char folder[PATH_ROOM];
    sigset_t signals, before;
    int status = 0, number;
    pid_t worker, parent = getpid();

    if (!make_folder(folder))
        return STATUS_TROUBLE;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, &before);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    fflush(NULL);
    worker = fork();
    if (worker == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        exit(getppid() == parent ? work(context, folder) : STATUS_TROUBLE);
    }
    if (worker < 0) {
        perror("gradebook: fork");
        remove_folder(folder);
        return STATUS_TROUBLE;
    }
    number = wait_for(worker, &signals, &status);
    clear_up();
    remove_folder(folder);
    if (number == 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
        number = SIGINT; /* the worker's came first */
    if (number > 0)
        end_by(number, &signals);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    fprintf(stderr, "gradebook: it was ended by a signal: %s\n",
            strsignal(WTERMSIG(status)));
    return STATUS_TROUBLE;
}
