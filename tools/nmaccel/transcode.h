/* SPDX-License-Identifier: MIT */
/* Tensors of one file written to another, changed on the way. */
#ifndef NMACCEL_TOOLS_TRANSCODE_H
#define NMACCEL_TOOLS_TRANSCODE_H

#include "select.h"
#include "source.h"

struct json_object;

struct transcode {
	struct tensor_source *src;
	const struct select_config *select; /* of these names */
	const char *out;
	bool force;
	bool to_float; /* quantised tensors as real f32 values, without their scales */

	/* May change the loaded data of a tensor; NULL: nothing to change. */
	int (*transform)(void *context, struct tensor *t);
	void *context;

	struct json_object *tensors; /* what was written is appended: name, dtype, shape, bytes */
	struct json_object *skipped; /* what could not be: name, dtype */
};

int transcode_run(struct transcode *transcode);

#endif /* NMACCEL_TOOLS_TRANSCODE_H */
