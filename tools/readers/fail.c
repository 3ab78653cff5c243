/* SPDX-License-Identifier: MIT */
#include "fail.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	enum fail_kind kind;
	char text[2048];
} last;

int fail(enum fail_kind kind, const char *format, ...)
{
	va_list args;

	last.kind = kind;
	va_start(args, format);
	vsnprintf(last.text, sizeof(last.text), format, args);
	va_end(args);
	return -1;
}

static enum fail_kind kind_of_status(enum nmaccel_status status)
{
	switch (status) {
	case NMACCEL_ERR_PATTERN:
		return FAIL_CHECK;
	case NMACCEL_ERR_FORMAT:
	case NMACCEL_ERR_VERSION:
	case NMACCEL_ERR_CHECKSUM:
	case NMACCEL_ERR_INVALID:
	case NMACCEL_ERR_OVERFLOW:
	case NMACCEL_ERR_UNSUPPORTED:
		return FAIL_INPUT;
	case NMACCEL_ERR_NO_DEVICE:
	case NMACCEL_ERR_PERMISSION:
		return FAIL_NO_DEVICE;
	default:
		return FAIL_SYSTEM;
	}
}

int fail_library(enum nmaccel_status status, const char *format, ...)
{
	char context[512];
	va_list args;

	va_start(args, format);
	vsnprintf(context, sizeof(context), format, args);
	va_end(args);
	return fail(kind_of_status(status), "%s: %s", context, nmaccel_last_error());
}

int fail_prefix(const char *format, ...)
{
	char *old = xstrdup(last.text);
	char prefix[512];
	va_list args;

	va_start(args, format);
	vsnprintf(prefix, sizeof(prefix), format, args);
	va_end(args);
	fail(last.kind, "%s: %s", prefix, old);
	free(old);
	return -1;
}

enum fail_kind fail_last_kind(void)
{
	return last.kind;
}

const char *fail_last_text(void)
{
	return last.text;
}

static void *need(void *memory)
{
	if (!memory) {
		fputs("nmaccel: out of memory\n", stderr);
		exit(FAIL_SYSTEM);
	}
	return memory;
}

void *xcalloc(size_t count, size_t size)
{
	return need(calloc(count ? count : 1, size));
}

void *xrealloc_array(void *old, size_t count, size_t size)
{
	return need(reallocarray(old, count ? count : 1, size));
}

char *xstrdup(const char *text)
{
	return need(strdup(text));
}

char *xasprintf(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	return need(len < 0 ? NULL : text);
}
