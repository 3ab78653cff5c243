// SPDX-License-Identifier: MIT
#include "log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static bool off;

void emu_log_off(void)
{
	off = true;
}

void emu_log(const char *format, ...)
{
	char line[512];
	va_list args;

	if (off)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	fprintf(stderr, "nmaccel emulation: %s\n", line);
}
