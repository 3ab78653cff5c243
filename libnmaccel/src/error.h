/* SPDX-License-Identifier: MIT */
/* Status codes with words: the cause and, where there is one, the cure. */
#ifndef NMACCEL_SRC_ERROR_H
#define NMACCEL_SRC_ERROR_H

#include "nmaccel.h"

/* Set this thread's nmaccel_last_error() and return status, so that callers write `return`. */
enum nmaccel_status nmaccel_error(enum nmaccel_status status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "<prefix>: <the last error's text>"; a prefix is such as the name of the layer that met it. */
enum nmaccel_status nmaccel_error_prefix(enum nmaccel_status status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* NMACCEL_SRC_ERROR_H */
