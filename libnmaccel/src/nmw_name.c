// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "nmw_format.h"

/* Bytes of the UTF-8 character at p, of which `left` bytes are there; 0 if it is malformed. */
static size_t utf8_character(const unsigned char *p, size_t left)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length, i;
	uint32_t code;

	if (*p < 0x80)
		return 1;
	length = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	if (*p < 0xc2 || *p > 0xf4 || length > left)
		return 0;
	code = *p & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return length;
}

bool nmaccel_nmw_name_ok(const char *name, size_t bytes)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t at, length;

	if (!bytes || bytes > NMACCEL_NMW_MAX_NAME)
		return false;
	for (at = 0; at < bytes; at += length) {
		length = utf8_character(p + at, bytes - at);
		if (!length || p[at] < 0x20 || p[at] == 0x7f)
			return false;
	}
	return true;
}

int nmaccel_nmw_compare(const void *a, const void *b)
{
	const struct nmaccel_nmw_named *x = a, *y = b;

	return strcmp(x->name, y->name);
}

const char *nmaccel_nmw_sort(struct nmaccel_nmw_named *named, size_t count)
{
	size_t i;

	qsort(named, count, sizeof(*named), nmaccel_nmw_compare);
	for (i = 1; i < count; i++)
		if (!nmaccel_nmw_compare(&named[i - 1], &named[i]))
			return named[i].name;
	return NULL;
}
