/*
 * recording.h - a recording that is being made: what record.c and
 * recording.c share.
 */
#ifndef TRACES_RECORDING_H
#define TRACES_RECORDING_H

#include "traces/convert.h"
#include "traces/rawfiles.h"
#include "traces/record.h"

#include <stddef.h>

struct recording {
    const struct record_config *config;
    char *const *argv; /* the program */
    struct record_result *result;
    struct trace_error *error;
    struct raw_files files;
};

/*
 * Returns the name of the trace number of a recording, to be freed; or NULL
 * if memory runs out: number 1 is path, 2 has ".2" before path's extension.
 */
char *recording_path(const char *path, size_t number);

/*
 * Each returns, as text to be freed, a part of the header of the trace number
 * of recording, which became what conversion says; or NULL if memory runs
 * out.
 */
char *recording_title(const struct recording *recording, size_t number);
char *recording_about(const struct recording *recording, size_t number,
                      const struct conversion *conversion);
char *recording_make(const struct recording *recording);

#endif
