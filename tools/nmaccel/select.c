/* SPDX-License-Identifier: MIT */
#include "select.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

int select_hints(const struct select_config *select, struct layer_hints *hints)
{
	*hints = (struct layer_hints){.has_zero_point = select->zero_point.given,
				      .zero_point = select->zero_point.value,
				      .n_groups = select->groups};
	return select->layout ? layer_parse_layout(select->layout, &hints->layout) : 0;
}

static bool matches_any(const struct text_list *globs, const char *name)
{
	for (size_t i = 0; i < globs->count; i++) {
		if (!strcmp(globs->items[i], name) || !fnmatch(globs->items[i], name, 0))
			return true;
	}
	return false;
}

bool select_wants(const struct select_config *select, const char *name)
{
	if (select->layers.count && !matches_any(&select->layers, name))
		return false;
	return !matches_any(&select->skip, name);
}

static bool matches_tensor(const char *glob, const struct tensor_source *src)
{
	struct text_list one = {.items = &glob, .count = 1};

	for (size_t i = 0; i < src->count; i++) {
		if (matches_any(&one, src->tensors[i].name))
			return true;
	}
	return false;
}

static int no_such_layer(const char *glob, const struct tensor_source *src)
{
	const char **names = xcalloc(src->count, sizeof(*names));
	const char *nearest;

	for (size_t i = 0; i < src->count; i++)
		names[i] = src->tensors[i].name;
	nearest = nearest_word(glob, names, src->count);
	if (!nearest && src->count)
		nearest = names[0];
	free(names);
	return fail(FAIL_USAGE, "no tensor of %s matches '%s'%s%s%s", src->in.path, glob,
		    nearest ? "; there is '" : "", nearest ? nearest : "", nearest ? "'" : "");
}

int select_check(const struct select_config *select, const struct tensor_source *src)
{
	for (size_t i = 0; i < select->layers.count; i++) {
		if (!matches_tensor(select->layers.items[i], src))
			return no_such_layer(select->layers.items[i], src);
	}
	return 0;
}
