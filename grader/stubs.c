#include "grader/commands.h"
int run_grade(int argc, char **argv){(void)argc;(void)argv;return 0;}
int run_class(int argc, char **argv){(void)argc;(void)argv;return 0;}
int run_calibrate(int argc, char **argv){(void)argc;(void)argv;return 0;}
