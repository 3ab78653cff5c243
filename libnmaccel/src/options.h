/* SPDX-License-Identifier: MIT */
/*
 * Public structs that begin with `size`: the caller's version of the struct may be older (shorter)
 * or newer (longer) than the library's.
 */
#ifndef NMACCEL_SRC_OPTIONS_H
#define NMACCEL_SRC_OPTIONS_H

#include <string.h>

#include "error.h"

/* A size beyond this is a field that was never set, not a struct of the future. */
#define NMACCEL_OPTIONS_MAX_BYTES 4096

/* Check the size field of a struct, before the call does anything. what names it. */
static inline enum nmaccel_status nmaccel_options_check_size(const void *user, const char *what)
{
	size_t size;

	memcpy(&size, user, sizeof(size));
	if (size < sizeof(size) || size > NMACCEL_OPTIONS_MAX_BYTES)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s: size is %zu; set it to sizeof the struct", what, size);
	return NMACCEL_OK;
}

/*
 * Copy the caller's struct: fields that it does not have become zero, fields that we do not know
 * must be zero. The copy's size is options_bytes.
 */
static inline enum nmaccel_status nmaccel_options_read(void *options, size_t options_bytes,
						       const void *user, const char *what)
{
	enum nmaccel_status status = nmaccel_options_check_size(user, what);
	const unsigned char *bytes = (const unsigned char *)user;
	size_t size, i;

	if (status)
		return status;
	memcpy(&size, user, sizeof(size));
	for (i = options_bytes; i < size; i++)
		if (bytes[i])
			return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
					     "%s: byte %zu is set, a field that library %s does "
					     "not know; leave it zero or install a newer library",
					     what, i, nmaccel_version());
	memset(options, 0, options_bytes);
	memcpy(options, user, size < options_bytes ? size : options_bytes);
	memcpy(options, &options_bytes, sizeof(options_bytes));
	return NMACCEL_OK;
}

/*
 * Write a result to the caller's struct, as much as it has room for; fields that we do not know
 * become zero, its size stays. nmaccel_options_check_size() has passed.
 */
static inline void nmaccel_options_write(void *user, const void *result, size_t result_bytes)
{
	size_t size, known;

	memcpy(&size, user, sizeof(size));
	known = size < result_bytes ? size : result_bytes;
	memcpy((char *)user + sizeof(size), (const char *)result + sizeof(size),
	       known - sizeof(size));
	memset((char *)user + known, 0, size - known);
}

#endif /* NMACCEL_SRC_OPTIONS_H */
