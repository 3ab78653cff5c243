/* SPDX-License-Identifier: MIT */
/* Which tensors of a file a verb works on, and how it should look at them. */
#ifndef NMACCEL_TOOLS_SELECT_H
#define NMACCEL_TOOLS_SELECT_H

#include "layer.h"
#include "options.h"

struct select_config {
	struct text_list layers, skip;
	const char *layout;
	struct maybe_s32 zero_point;
	uint32_t groups;
};

#define SELECT_LAYOUTS "rows-k k-rows oihw ohwi hwio"

/* The names alone, for verbs whose files know their layouts. */
#define SELECT_NAME_OPTIONS(config)                                                                \
	{"layer",                                                                                  \
	 'l',                                                                                      \
	 OPTION_LIST,                                                                              \
	 "GLOB",                                                                                   \
	 "only tensors whose name matches; may be repeated",                                       \
	 offsetof(config, select.layers),                                                          \
	 NULL,                                                                                     \
	 NULL,                                                                                     \
	 0,                                                                                        \
	 0},                                                                                       \
	{                                                                                          \
		"skip", 's', OPTION_LIST, "GLOB",                                                  \
			"not tensors whose name matches; may be repeated",                         \
			offsetof(config, select.skip), NULL, NULL, 0, 0                            \
	}

#define SELECT_OPTIONS(config)                                                                     \
	SELECT_NAME_OPTIONS(config),                                                               \
		{"layout",                                                                         \
		 'L',                                                                              \
		 OPTION_TEXT,                                                                      \
		 "LAYOUT",                                                                         \
		 "rows-k, k-rows, oihw, ohwi or hwio, where the file does not tell",               \
		 offsetof(config, select.layout),                                                  \
		 SELECT_LAYOUTS,                                                                   \
		 NULL,                                                                             \
		 0,                                                                                \
		 0},                                                                               \
		{"zero-point",                                                                     \
		 'z',                                                                              \
		 OPTION_S32,                                                                       \
		 "Z",                                                                              \
		 "what stands for zero in 8-bit tensors without one",                              \
		 offsetof(config, select.zero_point),                                              \
		 NULL,                                                                             \
		 NULL,                                                                             \
		 0,                                                                                \
		 0},                                                                               \
	{                                                                                          \
		"groups", 'G', OPTION_U32, "COUNT",                                                \
			"convolution groups, where the file does not tell",                        \
			offsetof(config, select.groups), NULL, NULL, 1, 65536                      \
	}

int select_hints(const struct select_config *select, struct layer_hints *hints);
bool select_wants(const struct select_config *select, const char *name);

/* A --layer that matches no tensor is a mistake: fails, with the names that there are. */
int select_check(const struct select_config *select, const struct tensor_source *src);

#endif /* NMACCEL_TOOLS_SELECT_H */
