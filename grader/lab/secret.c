/*
 * secret.c - a course's secret: what is drawn from it, and what is remembered.
 *
 * All that is drawn is a HMAC under the secret of a line that says what for.
 * What is remembered is how many seeds were tried before each variant, which
 * without the secret is worth nothing; so it may lie in build/.
 */
#include "grader/lab/secret.h"

#include "grader/lab/accept.h"
#include "traces/vary.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIGITS_ROOM (2 * SHA256_SIZE + 1)

/* Writes a digest as hexadecimal digits. */
static void write_digits(char *text, const uint8_t *digest)
{
    for (size_t i = 0; i < SHA256_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* Takes a text with the zero behind it into a hash, so that two are two. */
static void add_text(struct sha256 *hash, const char *text)
{
    sha256_add(hash, text, strlen(text) + 1);
}

/* Returns the number that the secret makes of a purpose and three texts. */
static uint64_t draw(const struct secret *secret, const char *purpose,
                     const char *name, const char *rest)
{
    uint8_t digest[SHA256_SIZE];
    struct sha256 hash;
    uint64_t number = 0;

    sha256_begin(&hash);
    add_text(&hash, purpose);
    add_text(&hash, secret->lab);
    add_text(&hash, name);
    add_text(&hash, rest);
    sha256_end(&hash, digest);
    hmac_sha256(secret->key, sizeof(secret->key), digest, sizeof(digest),
                digest);
    for (size_t i = 0; i < sizeof(number); i++)
        number = number << 8 | digest[i];
    return number;
}

uint64_t secret_seed(const struct secret *secret, const char *name, size_t k,
                     uint64_t counter)
{
    char rest[64];

    snprintf(rest, sizeof(rest), "%zu %" PRIu64, k, counter);
    return draw(secret, "seed", name, rest);
}

/* Reads the secret's text, and keeps what stands for it. */
static bool read_key(struct secret *secret, const char *file, char *error,
                     size_t size)
{
    char text[SECRET_MOST + 1];
    FILE *in = fopen(file, "re");
    size_t length = in != NULL ? fread(text, 1, sizeof(text), in) : 0;
    bool read = in != NULL && !ferror(in);
    int why = errno;
    struct sha256 hash;

    if (in != NULL)
        fclose(in);
    if (!read) {
        snprintf(error, size, "%.400s: %s", file, strerror(why));
        return false;
    }
    bool whole = length <= SECRET_MOST;
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    if (length < SECRET_LEAST || !whole) {
        snprintf(error, size,
                 "%.400s: a secret has %zu to %zu bytes; to make one: "
                 "head -c 24 /dev/urandom | base64 > FILE",
                 file, SECRET_LEAST, SECRET_MOST);
        return false;
    }
    sha256_begin(&hash);
    sha256_add(&hash, text, length);
    sha256_end(&hash, secret->key);
    return true;
}

/* --- the traces that it is about --------------------------------------- */

static bool is_known(const struct secret *secret, const char *name)
{
    for (size_t i = 0; i < secret->count; i++) {
        if (strcmp(secret->traces[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Opens one trace of a step, and notes it if it is measured or may vary. */
static bool note_trace(struct secret *secret, struct workload *shipped,
                       const struct rubric *rubric, const struct step *step,
                       const char *name, char *error, size_t size)
{
    struct workload *workload = &shipped[secret->count];
    char below[WORD_ROOM + 16];
    char path[PATH_ROOM];

    if (is_known(secret, name))
        return true;
    snprintf(below, sizeof(below), "traces/%s", name);
    path_kit(path, below);
    if (!workload_open(workload, path, error, size))
        return false;
    if (step->measure == MEASURE_CORRECT &&
        !may_vary(rubric, name, workload->trace)) {
        workload_close(workload);
        return true;
    }
    snprintf(secret->traces[secret->count++].name, WORD_ROOM, "%s", name);
    return true;
}

static bool note_step(struct secret *secret, struct workload *shipped,
                      const struct rubric *rubric, const struct step *step,
                      char *error, size_t size)
{
    for (size_t i = 0; i < step->trace_count; i++) {
        if (!note_trace(secret, shipped, rubric, step, step->traces[i], error,
                        size))
            return false;
    }
    return true;
}

/* Notes the traces of all steps; the measured ones first, since a small trace
   may stand in both kinds of steps. */
static bool note_traces(struct secret *secret, struct workload *shipped,
                        const struct rubric *rubric, char *error, size_t size)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < rubric->step_count; i++) {
            const struct step *step = &rubric->steps[i];
            if ((step->measure != MEASURE_CORRECT) == (pass == 0) &&
                !note_step(secret, shipped, rubric, step, error, size))
                return false;
        }
    }
    return true;
}

/* --- what is remembered ------------------------------------------------ */

/* Takes the contents of a file into a hash. */
static bool add_file(struct sha256 *hash, const char *path)
{
    FILE *in = fopen(path, "re");
    char piece[4096];
    size_t got;

    if (in == NULL)
        return false;
    while ((got = fread(piece, 1, sizeof(piece), in)) > 0)
        sha256_add(hash, piece, got);
    return fclose(in) == 0;
}

/*
 * Writes the path at which the secret's variants are remembered: it is made
 * from all that they depend on. Returns false if that cannot be told.
 */
static bool memory_path(char *path, const struct secret *secret,
                        const struct workload *shipped,
                        const struct rubric *rubric)
{
    uint8_t digest[SHA256_SIZE];
    char digits[DIGITS_ROOM];
    char line[512];
    struct sha256 hash;

    sha256_begin(&hash);
    snprintf(line, sizeof(line), "2 %zu %zu %d %d %g %g %s",
             sizeof(struct varied), SECRET_VARIANTS, (int)VARY_SIZE,
             (int)VARY_WINDOW_MAX, ACCEPT_UTILIZATION, ACCEPT_COST,
             rubric->allocator);
    add_text(&hash, line);
    for (size_t i = 0; i < rubric->step_count; i++) {
        const struct step *step = &rubric->steps[i];
        snprintf(line, sizeof(line), "%s %d %d %u %d %zu %.17g %.17g",
                 step->allocator, step->points, step->check, step->properties,
                 step->measure, step->broken_count, step->floor, step->full);
        add_text(&hash, line);
        for (size_t t = 0; t < step->trace_count; t++)
            add_text(&hash, step->traces[t]);
    }
    for (size_t i = 0; i < secret->count && shipped[i].trace != NULL; i++)
        sha256_add(&hash, shipped[i].trace->ops,
                   shipped[i].trace->op_count * sizeof(struct op));
    path_built(path, "runner");
    if (!add_file(&hash, path))
        return false;
    sha256_end(&hash, digest);
    write_digits(digits, digest);
    path_kit(path, "build/secret");
    size_t used = strlen(path);
    return snprintf(path + used, PATH_ROOM - used, "/%016" PRIx64,
                    draw(secret, "memory", digits, "")) <
           (int)(PATH_ROOM - used);
}

/* Is this what can be remembered of the trace called name? */
static bool is_sound(const struct varied *varied, const char *name)
{
    for (size_t k = 0; k < SECRET_VARIANTS; k++) {
        if (varied->variants[k].window > VARY_WINDOW_MAX)
            return false;
    }
    return strncmp(varied->name, name, sizeof(varied->name)) == 0;
}

/*
 * Reads what is remembered at path: the traces as they are in memory, written
 * by the same program. Returns false, and leaves them, if nothing is there, or
 * not all.
 */
static bool recall(struct secret *secret, const char *path)
{
    size_t count = secret->count;
    struct varied *traces = calloc(count + 1, sizeof(*traces));
    FILE *in = fopen(path, "re");
    bool good = in != NULL && traces != NULL &&
                fread(traces, sizeof(*traces), count + 1, in) == count;

    for (size_t i = 0; good && i < count; i++)
        good = is_sound(&traces[i], secret->traces[i].name);
    if (good)
        memcpy(secret->traces, traces, count * sizeof(*traces));
    if (in != NULL)
        fclose(in);
    free(traces);
    return good;
}

/* Remembers the variants. If that fails, the next run accepts them again. */
static void remember(const struct secret *secret, const char *path)
{
    char folder[PATH_ROOM];
    char fresh[PATH_ROOM + 32];
    FILE *out;

    path_kit(folder, "build/secret");
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return;
    snprintf(fresh, sizeof(fresh), "%s.new-%ld", path, (long)getpid());
    out = fopen(fresh, "we");
    if (out == NULL)
        return;
    bool good = fwrite(secret->traces, sizeof(*secret->traces), secret->count,
                       out) == secret->count;
    if (fclose(out) != 0 || !good || rename(fresh, path) != 0)
        unlink(fresh);
}

/* --- opening and dealing ----------------------------------------------- */

/* Does a step count what operations cost? */
static bool wants_count(const struct rubric *rubric)
{
    for (size_t i = 0; i < rubric->step_count; i++) {
        if (rubric->steps[i].measure == MEASURE_COST)
            return true;
    }
    return false;
}

/* Finds the secret's variants, whose traces are open in shipped. */
static bool find_variants(struct secret *secret,
                          const struct workload *shipped,
                          const struct rubric *rubric, char *error,
                          size_t size)
{
    char path[PATH_ROOM];
    bool may_remember = memory_path(path, secret, shipped, rubric);

    secret->remembered = may_remember && recall(secret, path);
    if (secret->remembered)
        return true;
    if (wants_count(rubric) && !can_count()) {
        snprintf(error, size,
                 "heaplab: a secret needs valgrind; to get it: "
                 "sudo apt-get install -y valgrind");
        return false;
    }
    if (!accept_variants(secret, shipped, rubric, error, size))
        return false;
    if (may_remember)
        remember(secret, path);
    return true;
}

bool secret_open(struct secret *secret, const char *file,
                 const struct rubric *rubric, char *error, size_t size)
{
    size_t room = rubric->step_count * TRACES_MAX;
    struct workload *shipped = calloc(room + 1, sizeof(*shipped));
    bool good;

    memset(secret, 0, sizeof(*secret));
    snprintf(secret->lab, sizeof(secret->lab), "%s", rubric->lab);
    secret->traces = calloc(room + 1, sizeof(*secret->traces));
    good = shipped != NULL && secret->traces != NULL;
    if (!good)
        snprintf(error, size, "there is no memory for the traces");
    good = good && read_key(secret, file, error, size) &&
           note_traces(secret, shipped, rubric, error, size) &&
           find_variants(secret, shipped, rubric, error, size);
    for (size_t i = 0; shipped != NULL && i < secret->count; i++)
        workload_close(&shipped[i]);
    free(shipped);
    if (!good)
        secret_close(secret);
    return good;
}

void secret_close(struct secret *secret)
{
    free(secret->traces);
    memset(secret, 0, sizeof(*secret));
}

bool secret_trace(const struct secret *secret, const char *identity,
                  const char *name, struct trace **trace, char *error,
                  size_t size)
{
    size_t k =
        (size_t)(draw(secret, "deal", name, identity) % SECRET_VARIANTS);
    struct trace_error why;

    for (size_t i = 0; i < secret->count; i++) {
        const struct variant *variant = &secret->traces[i].variants[k];
        if (strcmp(secret->traces[i].name, name) != 0 || variant->window == 0)
            continue;
        struct trace *varied =
            trace_vary(*trace, secret_seed(secret, name, k, variant->counter),
                       variant->window, &why);
        if (varied == NULL) {
            snprintf(error, size, "%s: %s", name, why.message);
            return false;
        }
        trace_free(*trace);
        *trace = varied;
    }
    return true;
}

static bool deal(const void *context, const char *name, struct trace **trace,
                 char *error, size_t size)
{
    const struct secret_hand *hand = context;

    return secret_trace(hand->secret, hand->identity, name, trace, error,
                        size);
}

struct dealer secret_dealer(const struct secret_hand *hand)
{
    return (struct dealer){.deal = deal, .context = hand};
}

/* Prints the least and the most of a figure, as shares of the trace's own. */
static void print_spread(FILE *out, const struct varied *varied, bool cost)
{
    double own = cost ? varied->reach.cost : varied->reach.utilization;
    double least = 0, most = 0;

    for (size_t k = 0; own > 0 && k < SECRET_VARIANTS; k++) {
        const struct reach *reach = &varied->variants[k].reach;
        double change = (cost ? reach->cost : reach->utilization) / own - 1;
        least = k == 0 || change < least ? change : least;
        most = k == 0 || change > most ? change : most;
    }
    if (own > 0)
        fprintf(out, " %+5.1f to %+5.1f %%", 100 * least, 100 * most);
    else
        fprintf(out, "%17s", "-");
}

void secret_print(FILE *out, const struct secret *secret)
{
    fprintf(out, "  %-20s%8s%9s%7s%17s%17s\n", "trace", "window", "refused",
            "moved", "utilization", "cost");
    for (size_t i = 0; i < secret->count; i++) {
        const struct varied *varied = &secret->traces[i];
        size_t window = varied->variants[SECRET_VARIANTS - 1].window;
        const char *end = strrchr(varied->name, '.');
        size_t length = strlen(end != NULL ? end : "");
        fprintf(out, "  %-20.*s", (int)(strlen(varied->name) - length),
                varied->name);
        if (window > 0)
            fprintf(out, "%8zu", window);
        else
            fprintf(out, "%8s", "none");
        fprintf(out, "%9zu%7zu", varied->failed, varied->moved);
        print_spread(out, varied, false);
        print_spread(out, varied, true);
        fputc('\n', out);
    }
}
