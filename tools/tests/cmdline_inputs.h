/* SPDX-License-Identifier: MIT */
/* The files that the command lines of test_cmdline work on, in the directory that is current. */
#ifndef NMACCEL_TOOLS_TESTS_CMDLINE_INPUTS_H
#define NMACCEL_TOOLS_TESTS_CMDLINE_INPUTS_H

#include <stddef.h>

void write_inputs(void);

/* A copy of a file without its last bytes. */
void write_cut(const char *path, const char *from, size_t less);

#endif /* NMACCEL_TOOLS_TESTS_CMDLINE_INPUTS_H */
