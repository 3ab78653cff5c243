/* SPDX-License-Identifier: MIT */
/* The networks of networks/, which the build turns into strings. */
#include <string.h>

#include "cycles.h"

static const struct {
	const char *name, *text;
} builtins[] = {
#include "networks.inc"
};

const char *cycles_network_builtin(const char *name)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		if (!strcmp(builtins[i].name, name))
			return builtins[i].text;
	return NULL;
}
