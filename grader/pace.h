/*
 * pace.h - whether the counted cost of a file that nobody trusts is likely.
 *
 * Under callgrind the file and the counters share one address space, and a
 * file that writes over them is not seen there. But it cannot write over the
 * kernel's account of its CPU time. So the same replay is run without
 * callgrind, and beside it that of the kit's own allocator. Time is noise, and
 * what the replay and its page faults take is in both: this finds gross lies,
 * and is for a person to look at.
 */
#ifndef GRADER_PACE_H
#define GRADER_PACE_H

#include "grader/subject.h"

struct pace {
    /* CPU time of a process that replays several times, in seconds: the least
       of several. */
    double own;       /* of the subject */
    double reference; /* of the kit's own allocator of that name */

    bool strayed; /* the subject's did not come to an end, or returned other
                     pointers than the judged run; own says nothing then */
};

/*
 * Measures both on trace, in turn, and compares the subject's pointers with
 * those of judged. Cost: six runs, some milliseconds each.
 */
void pace_measure(struct pace *pace, const struct subject *subject,
                  const struct trace *trace, const struct outcome *judged);

/* How far time and count may be apart. */
#define PACE_MOST 3.0

/*
 * Took it longer than a counted cost allows that is share times the one which
 * full marks need? A lower cost than that is taken for that; 0 says that
 * nothing was counted, and then nothing is doubted.
 */
bool pace_is_doubtful(const struct pace *pace, double share);

#endif
