/* SPDX-License-Identifier: MIT */
/*
 * How a function of the tool fails: it calls fail() with the cause and the cure in words and
 * returns its -1. main() prints the text and turns the kind into the exit code.
 */
#ifndef NMACCEL_TOOLS_FAIL_H
#define NMACCEL_TOOLS_FAIL_H

#include <stddef.h>

#include "nmaccel.h"

/* The values are the exit codes, documented in nmaccel(1). */
enum fail_kind {
	FAIL_NONE = 0,
	FAIL_SYSTEM = 1,    /* the system refused: a file, memory, the device's run */
	FAIL_USAGE = 2,	    /* the command line asks for something that cannot be */
	FAIL_CHECK = 3,	    /* weights break the pattern that was demanded */
	FAIL_INPUT = 4,	    /* an input file is malformed, or of a kind that is not read */
	FAIL_NO_DEVICE = 5, /* no such device, or one that cannot be used */
};

/* Always returns -1. */
int fail(enum fail_kind kind, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same from a call of libnmaccel: the kind follows from the status, the text from the library.
 */
int fail_library(enum nmaccel_status status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Put "text: " in front of the last failure. Always returns -1. */
int fail_prefix(const char *format, ...) __attribute__((format(printf, 1, 2)));

enum fail_kind fail_last_kind(void);
const char *fail_last_text(void);

/* Small allocations, which a program of this size cannot live without: they end it with a message.
 */
void *xcalloc(size_t count, size_t size);
void *xrealloc_array(void *old, size_t count, size_t size);
char *xstrdup(const char *text);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* NMACCEL_TOOLS_FAIL_H */
