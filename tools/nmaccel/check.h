/* SPDX-License-Identifier: MIT */
/* The report of `nmaccel check`: its tree, and the text made of it. */
#ifndef NMACCEL_TOOLS_CHECK_H
#define NMACCEL_TOOLS_CHECK_H

#include <stdio.h>

struct json_object;

void check_write_text(struct json_object *tree, FILE *out);

#endif /* NMACCEL_TOOLS_CHECK_H */
