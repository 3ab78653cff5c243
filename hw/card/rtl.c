// SPDX-License-Identifier: MIT
#include "rtl.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The directory of this program, with a slash; false if the system does not tell. */
static bool own_directory(char *path, size_t size)
{
	const ssize_t length = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (length <= 0)
		return false;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	slash[1] = '\0';
	return true;
}

const struct nmaccel_engine_variant *card_rtl_open(uint32_t lanes, uint32_t block_rows,
						   uint32_t columns, void **handle,
						   const char **reason)
{
	static char text[PATH_MAX + 300];
	const struct nmaccel_engine_variant *variant;
	char path[PATH_MAX];
	size_t length;

	*reason = text;
	if (!own_directory(path, sizeof(path) - 64)) {
		snprintf(text, sizeof(text), "cannot tell where this program lies: no /proc");
		return NULL;
	}
	length = strlen(path);
	snprintf(path + length, sizeof(path) - length, "engine-rtl-%u_%u_%u.so", lanes, block_rows,
		 columns);
	*handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!*handle) {
		snprintf(text, sizeof(text),
			 "no SystemVerilog engine with these lanes, block rows and columns (%s); "
			 "'make -C hw card-rtl' builds what there is, and needs verilator",
			 dlerror());
		return NULL;
	}
	variant = dlsym(*handle, "nmaccel_engine_rtl");
	if (variant && variant->lanes == lanes && variant->block_rows == block_rows &&
	    variant->columns == columns)
		return variant;
	snprintf(text, sizeof(text), "%s is not the engine that its name says; build it anew",
		 path);
	dlclose(*handle);
	*handle = NULL;
	return NULL;
}

void card_rtl_close(void *handle)
{
	if (handle)
		dlclose(handle);
}
