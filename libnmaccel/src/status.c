// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

#define TEXT(x)		 #x
#define VERSION(a, b, c) TEXT(a) "." TEXT(b) "." TEXT(c)

/* Room for a path and a sentence; longer texts are cut. */
#define ERROR_BYTES 1024

static _Thread_local char last_error[ERROR_BYTES];

const char *nmaccel_status_name(enum nmaccel_status status)
{
	static const char *const names[] = {
		[NMACCEL_OK] = "NMACCEL_OK",
		[NMACCEL_ERR_INVALID] = "NMACCEL_ERR_INVALID",
		[NMACCEL_ERR_NO_MEMORY] = "NMACCEL_ERR_NO_MEMORY",
		[NMACCEL_ERR_OVERFLOW] = "NMACCEL_ERR_OVERFLOW",
		[NMACCEL_ERR_UNSUPPORTED] = "NMACCEL_ERR_UNSUPPORTED",
		[NMACCEL_ERR_PATTERN] = "NMACCEL_ERR_PATTERN",
		[NMACCEL_ERR_FORMAT] = "NMACCEL_ERR_FORMAT",
		[NMACCEL_ERR_VERSION] = "NMACCEL_ERR_VERSION",
		[NMACCEL_ERR_CHECKSUM] = "NMACCEL_ERR_CHECKSUM",
		[NMACCEL_ERR_IO] = "NMACCEL_ERR_IO",
		[NMACCEL_ERR_NO_DEVICE] = "NMACCEL_ERR_NO_DEVICE",
		[NMACCEL_ERR_PERMISSION] = "NMACCEL_ERR_PERMISSION",
		[NMACCEL_ERR_TIMEOUT] = "NMACCEL_ERR_TIMEOUT",
		[NMACCEL_ERR_BUSY] = "NMACCEL_ERR_BUSY",
		[NMACCEL_ERR_FAULT] = "NMACCEL_ERR_FAULT",
		[NMACCEL_ERR_DEVICE_LOST] = "NMACCEL_ERR_DEVICE_LOST",
		[NMACCEL_ERR_INTERNAL] = "NMACCEL_ERR_INTERNAL",
	};
	unsigned int i = (unsigned int)status;

	if (i >= sizeof(names) / sizeof(names[0]))
		return "NMACCEL_ERR_UNKNOWN";
	return names[i];
}

const char *nmaccel_last_error(void)
{
	return last_error;
}

const char *nmaccel_version(void)
{
	return VERSION(NMACCEL_VERSION_MAJOR, NMACCEL_VERSION_MINOR, NMACCEL_VERSION_PATCH);
}

/* Arguments may point into the old text, so the new one is made beside it. */
enum nmaccel_status nmaccel_error(enum nmaccel_status status, const char *format, ...)
{
	char text[ERROR_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	memcpy(last_error, text, sizeof(text));
	return status;
}

enum nmaccel_status nmaccel_error_prefix(enum nmaccel_status status, const char *format, ...)
{
	char text[2 * ERROR_BYTES];
	va_list args;
	size_t length;

	va_start(args, format);
	vsnprintf(text, ERROR_BYTES, format, args);
	va_end(args);
	length = strlen(text);
	snprintf(text + length, sizeof(text) - length, ": %s", last_error);
	text[ERROR_BYTES - 1] = '\0';
	memcpy(last_error, text, ERROR_BYTES);
	return status;
}
