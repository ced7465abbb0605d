/*
 * order.h - what the command line of gradebook asks for.
 */
#ifndef GRADER_GRADEBOOK_ORDER_H
#define GRADER_GRADEBOOK_ORDER_H

#include <stdbool.h>
#include <stddef.h>

struct order {
    const char *submissions; /* folder */
    const char *labs;        /* names with blanks or commas between; or NULL:
                                those for which something was handed in */
    const char *roster;      /* file; or NULL */
    const char *secret;      /* file; or NULL */
    const char *out;         /* folder for results */
    size_t jobs;             /* submissions graded at a time, 1 to 256 */
    bool unconfined; /* go on without walls that the kernel does not offer */
    bool sample;     /* the class is the kit's own sample: likewise */
    unsigned off;    /* mask of enum layer (rooms.h) */
};

/*
 * Reads the command line. Ends the program with one line on standard error,
 * and STATUS_USAGE, if it is not as it should be. jobs is as many as there are
 * processors unless it is said. *order points into argv.
 */
void order_read(struct order *order, int argc, char **argv);

#endif
