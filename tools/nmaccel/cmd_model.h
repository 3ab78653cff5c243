/* SPDX-License-Identifier: MIT */
/* The report of `nmaccel model`: its list, and the text made of it. */
#ifndef NMACCEL_TOOLS_CMD_MODEL_H
#define NMACCEL_TOOLS_CMD_MODEL_H

#include <stdio.h>

struct json_object;

void model_write_text(struct json_object *list, FILE *out);

#endif /* NMACCEL_TOOLS_CMD_MODEL_H */
