/*
 * janitor.h - sees to it that nothing is left of a run, however it ends.
 */
#ifndef GRADER_GRADEBOOK_JANITOR_H
#define GRADER_GRADEBOOK_JANITOR_H

/*
 * Makes a private folder, in TMPDIR if everybody may search that and this
 * process write to it, otherwise in /tmp; calls work, in a process of its own,
 * with its absolute path; waits for the end of that. Then kills every process
 * that is left of it and removes the folder. SIGINT, SIGTERM and SIGHUP end
 * the work in the same way, and after that this process. Returns what work
 * returned; STATUS_TROUBLE, with a line on standard error, if there can be no
 * such folder or process, or the work was killed.
 */
int janitor_run(int (*work)(void *context, const char *folder),
                void *context);

#endif
