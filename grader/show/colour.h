/*
 * colour.h - colour, which only adds: everything reads without it.
 */
#ifndef GRADER_SHOW_COLOUR_H
#define GRADER_SHOW_COLOUR_H

#include <stdbool.h>
#include <stdio.h>

enum colour {
    COLOUR_STRONG, /* what it is about */
    COLOUR_FREE,   /* free memory */
    COLOUR_WRONG,  /* what is wrong */
};

/*
 * Decides whether out gets colour. option is what --color was given:
 * "always", "never", or "auto" (also NULL, for no such option). That beats
 * NO_COLOR, which beats CLICOLOR_FORCE, which beats TERM=dumb, which beats
 * whether out is a terminal. An unknown option counts as "auto".
 */
bool colour_wanted(const char *option, FILE *out);

/* Begins and ends colour, if on. Nothing is written otherwise. */
void colour_begin(FILE *out, bool on, enum colour colour);
void colour_end(FILE *out, bool on);

#endif
