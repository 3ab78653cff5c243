// SPDX-License-Identifier: MIT
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void die(const char *format, ...)
{
	va_list args;

	fputs("fasm2frames: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void *not_null(void *memory)
{
	if (!memory)
		die("out of memory");
	return memory;
}

void *zalloc(size_t count, size_t size)
{
	return not_null(calloc(count ? count : 1, size));
}

void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return array;
	*capacity = *capacity ? *capacity * 2 : 16;
	return not_null(realloc(array, *capacity * size));
}

char *copy_text(const char *text)
{
	return not_null(strdup(text));
}

char *make_text(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		die("out of memory");
	va_end(args);
	return text;
}

FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		die("cannot read %s: %s", path, strerror(errno));
	return file;
}
