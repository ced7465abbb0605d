/*
 * clock.c - what a replay costs.
 *
 * The counted clock runs the same runner as the judged run does, under
 * callgrind. callgrind's own settings are kept out: no environment, a folder
 * of its own where no .valgrindrc lies. It writes a file for each of the two
 * windows that the runner opens (runner/counted.c).
 */
#include "grader/clock.h"

#include "grader/judge.h"
#include "grader/show/words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* CPU time that a counted run may take, in seconds: to begin with, and for an
   operation, which then has some 20 000 instructions. */
#define COUNTED_SECONDS    20.0
#define COUNTED_SECONDS_OP 0.002

/* The events of one window, in callgrind's order. */
enum event { IR, DR, DW, I1MR, D1MR, D1MW, ILMR, DLMR, DLMW, EVENTS };

/* Returns the path of valgrind as a shell would find it; NULL: not there. */
static const char *valgrind_path(void)
{
    static char path[PATH_ROOM];
    const char *folders = getenv("PATH");

    while (folders != NULL) {
        int length = (int)strcspn(folders, ":");
        snprintf(path, sizeof(path), "%.*s/valgrind", length, folders);
        if (path[0] == '/' && access(path, X_OK) == 0)
            return path;
        folders = folders[length] == ':' ? folders + length + 1 : NULL;
    }
    return NULL;
}

bool can_count(void)
{
#ifdef HAVE_VALGRIND
    return valgrind_path() != NULL;
#else
    return false;
#endif
}

/* Reads the totals of one window from the file that callgrind wrote. */
static bool read_window(const char *folder, int number,
                        long long totals[EVENTS])
{
    char path[PATH_ROOM + 16];
    char line[1024];
    bool found = false;
    FILE *in;

    snprintf(path, sizeof(path), "%s/out.%d", folder, number);
    in = fopen(path, "re");
    while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
        char *at = line + strlen("totals:");
        if (strncmp(line, "totals:", strlen("totals:")) != 0)
            continue;
        for (int i = 0; i < EVENTS; i++) /* zeroes at the end are left out */
            totals[i] = strtoll(at, &at, 10);
        found = true;
    }
    if (in != NULL)
        fclose(in);
    unlink(path);
    return found;
}

/* Fills in the differences between the two windows. */
static void subtract(struct count *count, const long long empty[EVENTS],
                     const long long real[EVENTS], size_t op_count)
{
    long long cost;

    count->instructions = real[IR] - empty[IR];
    count->l1_misses = real[I1MR] + real[D1MR] + real[D1MW] -
                       (empty[I1MR] + empty[D1MR] + empty[D1MW]);
    count->last_misses = real[ILMR] + real[DLMR] + real[DLMW] -
                         (empty[ILMR] + empty[DLMR] + empty[DLMW]);
    cost = count->instructions + COST_L1 * count->l1_misses +
           COST_LAST * count->last_misses;
    count->cost = (double)cost / (double)op_count;
    count->counted = true;
}

/* Runs the job under callgrind in folder. */
static struct outcome *run_counted_job(const struct subject *subject,
                                       const struct trace *trace,
                                       const char *folder)
{
    struct job job = job_for(JOB_COUNTED, subject->name, trace);
    char out[PATH_ROOM + 32];
    const char *prefix[] = {valgrind_path(),
                            "-q",
                            "--tool=callgrind",
                            "--vgdb=no",
                            "--instr-atstart=no",
                            "--cache-sim=yes",
                            "--I1=32768,8,64",
                            "--D1=32768,8,64",
                            "--LL=8388608,16,64",
                            out,
                            NULL};
    double seconds =
        COUNTED_SECONDS + COUNTED_SECONDS_OP * (double)trace->op_count;
    struct start start =
        subject_start(subject, JOB_COUNTED, seconds, seconds);

    start.prefix = prefix;
    start.directory = folder;
    snprintf(out, sizeof(out), "--callgrind-out-file=%s/out", folder);
    return run_job(&start, &job, trace->ops);
}

/* Prints the verdict about the pointers of a counted run. */
static void tell_wrong(struct count *count, const struct trace *trace,
                       const struct outcome *counted,
                       const struct verdict *verdict,
                       const struct model *model)
{
    FILE *out = fmemopen(count->why, sizeof(count->why) - 1, "w");

    if (out == NULL)
        return;
    fprintf(out, "wrong when counted, though not when judged: op %llu: ",
            (unsigned long long)verdict->op + 1);
    print_verdict(out, trace, counted, verdict, model, NO_OP);
    fclose(out);
}

/* Returns how many operations a counted run came through, at least: those up
   to the last that returned a pointer. */
static uint64_t came_through(const struct trace *trace,
                             const struct outcome *counted)
{
    uint64_t count = trace->op_count;

    while (count > 0 && counted->records[count - 1].pointer == 0)
        count--;
    return count;
}

/* Would the judged run have failed with the pointers that the first count
   operations of the counted run returned? */
static void look_for_wrong(struct count *count, const struct trace *trace,
                           uint64_t op_count, const struct outcome *counted)
{
    struct model *model = model_open(trace);
    struct verdict verdict = {.wrong = WRONG_KIT};

    if (model != NULL)
        verdict = judge_pointers(trace, op_count, counted, model);
    if (verdict.wrong != WRONG_NOTHING && verdict.wrong != WRONG_KIT) {
        count->deviation = DEVIATES_WRONG;
        tell_wrong(count, trace, counted, &verdict, model);
    }
    model_close(model);
}

/* Tells why there is no count. What the log of a run that nobody trusts says
   of where it was can only do it harm. */
static void take_ending(struct count *count, const struct trace *trace,
                        const struct outcome *counted)
{
    uint64_t phase =
        counted != NULL ? atomic_load(&counted->log->phase) : PHASE_START;
    bool inside = phase != PHASE_START && phase != PHASE_DONE;

    if (counted != NULL && counted->ending == ENDED_TIME)
        snprintf(count->why, sizeof(count->why),
                 "the counted run took too much time");
    else if (inside && counted->ending == ENDED_EXIT)
        snprintf(count->why, sizeof(count->why),
                 "ended the program when counted, though not when judged");
    else if (inside && counted->ending == ENDED_SIGNAL &&
             counted->status != SIGKILL)
        snprintf(count->why, sizeof(count->why),
                 "crashed when counted, though not when judged: %s",
                 strsignal(counted->status));
    else
        snprintf(count->why, sizeof(count->why),
                 "the counted run did not come to its end");
    if (!inside ||
        (counted->ending != ENDED_EXIT &&
         (counted->ending != ENDED_SIGNAL || counted->status == SIGKILL)))
        return;
    count->deviation = DEVIATES_ENDING;
    look_for_wrong(count, trace, came_through(trace, counted), counted);
}

/* Takes in what the counted run left. */
static void take_counts(struct count *count, const struct trace *trace,
                        const char *folder, const struct outcome *counted,
                        const struct outcome *judged)
{
    long long empty[EVENTS];
    long long real[EVENTS];
    bool read = read_window(folder, 1, empty) && read_window(folder, 2, real);
    uint64_t other;

    if (counted == NULL || counted->ending != ENDED_DONE || !read) {
        take_ending(count, trace, counted);
        return;
    }
    if (!counted->log->at_places) {
        snprintf(count->why, sizeof(count->why),
                 "the places of the replay were taken, so that a count would "
                 "not be exact");
        return;
    }
    subtract(count, empty, real, trace->op_count);
    other = other_pointer(trace, judged, counted);
    if (other == NO_OP)
        return;
    count->deviation = DEVIATES_POINTERS;
    snprintf(count->why, sizeof(count->why),
             "op %llu: another pointer when counted than when judged",
             (unsigned long long)other + 1);
    look_for_wrong(count, trace, trace->op_count, counted);
}

/* Removes the folder and what callgrind may have left there. */
static void remove_folder(const char *folder)
{
    static const char *const names[] = {"out", "out.1", "out.2"};
    char path[PATH_ROOM + 16];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* Makes a folder for what callgrind writes, that those may write in who run
   behind the subject's walls. */
static bool make_folder(const struct subject *subject, char *folder)
{
    struct stat owner;

    snprintf(folder, PATH_ROOM, "%.900s/heaplab-count-XXXXXX",
             subject->scratch != NULL ? subject->scratch : "/tmp");
    if (mkdtemp(folder) == NULL)
        return false;
    if (subject->scratch == NULL)
        return true;
    return stat(subject->scratch, &owner) == 0 &&
           chown(folder, owner.st_uid, owner.st_gid) == 0;
}

void count_cost(struct count *count, const struct subject *subject,
                const struct trace *trace, const struct outcome *judged)
{
    char folder[PATH_ROOM];
    struct outcome *counted;

    *count = (struct count){0};
    if (!can_count()) {
        snprintf(count->why, sizeof(count->why), "there is no valgrind");
        return;
    }
    if (!make_folder(subject, folder)) {
        snprintf(count->why, sizeof(count->why), "there is no folder for it");
        return;
    }
    counted = run_counted_job(subject, trace, folder);
    take_counts(count, trace, folder, counted, judged);
    outcome_free(counted);
    remove_folder(folder);
}

static int by_value(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;

    return a < b ? -1 : a > b;
}

/*
 * Returns how many of n sorted samples may be left out at each end so that
 * those between still hold the median with 95 % confidence: the largest k with
 * 2 * P(Binomial(n, 1/2) < k) <= 5 %. No assumption on how times spread.
 */
static size_t leave_out(size_t n)
{
    double term = 1; /* C(n, k) / 2^n */
    double below = 0;
    size_t k = 0;

    for (size_t i = 0; i < n; i++)
        term /= 2;
    while (k < n / 2 && 2 * (below + term) <= 0.05) {
        below += term;
        k++;
        term = term * (double)(n - k + 1) / (double)k;
    }
    return k;
}

static double median(const double *sorted, size_t n)
{
    return n % 2 == 1 ? sorted[n / 2]
                      : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Fills in the figures of the pairs that a timed run left. */
static void take_times(struct timing *timing, const struct trace *trace,
                       const struct log *log)
{
    size_t n = log->time_count <= TIMES_MAX ? log->time_count : 0;
    double ratios[TIMES_MAX];
    double times[TIMES_MAX];
    size_t out;

    for (size_t i = 0; i < n; i++) {
        if (log->time_floor[i] == 0 || log->time_replay[i] == 0)
            return;
        times[i] = (double)log->time_replay[i];
        ratios[i] = times[i] / (double)log->time_floor[i];
    }
    if (n == 0)
        return;
    qsort(ratios, n, sizeof(ratios[0]), by_value);
    qsort(times, n, sizeof(times[0]), by_value);
    out = leave_out(n);
    out = out > 0 ? out - 1 : 0;
    timing->timed = true;
    timing->pairs = n;
    timing->ratio = median(ratios, n);
    timing->low = ratios[out];
    timing->high = ratios[n - 1 - out];
    timing->per_second = (double)trace->op_count * 1e9 / median(times, n);
}

void time_replays(struct timing *timing, const struct subject *subject,
                  const struct trace *trace, double budget)
{
    struct job job = job_for(JOB_TIMED, subject->name, trace);
    struct start start = subject_start(subject, JOB_TIMED, 120, 120);
    struct outcome *outcome;

    *timing = (struct timing){0};
    if (trace->op_count < TIMED_OPS_MIN)
        return;
    job.budget_ns = (uint64_t)(budget * 1e9);
    outcome = run_job(&start, &job, trace->ops);
    if (outcome != NULL && outcome->ending == ENDED_DONE)
        take_times(timing, trace, outcome->log);
    outcome_free(outcome);
}
