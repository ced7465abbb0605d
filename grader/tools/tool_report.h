/*
 * tool_report.h - reads what a memory checker wrote.
 */
#ifndef GRADER_TOOLS_TOOL_REPORT_H
#define GRADER_TOOLS_TOOL_REPORT_H

#include "grader/tools/tool.h"

/*
 * Reads the first report in text, what memcheck or a sanitizer wrote, into
 * *report. compiled_as is what the compiler called the submission: lines of
 * that file are the submission's. Messages that are no reports, such as how
 * the program ended, are passed over.
 */
void tool_report_read(struct tool_report *report, const char *text,
                      const char *compiled_as);

#endif
