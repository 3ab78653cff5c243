/* SPDX-License-Identifier: MIT */
/*
 * The system below the drm backend: a table of the calls that reach a driver, which tests replace
 * by a kernel of their own, and the root directory that /sys and /dev are looked for in.
 */
#ifndef NMACCEL_SRC_DRM_SYS_H
#define NMACCEL_SRC_DRM_SYS_H

#include <stddef.h>
#include <stdint.h>

#include "nmaccel.h"

/* Each returns as the call of its name does, and sets errno. */
struct nmaccel_drm_sys {
	int (*open)(const char *path, int flags);
	int (*close)(int fd);
	int (*ioctl)(int fd, unsigned long request, void *arg); /* restarts after a signal */
	void *(*mmap)(size_t bytes, int fd, uint64_t offset);	/* shared, read and write */
	int (*munmap)(void *addr, size_t bytes);
};

/* libdrm's drmIoctl() and the C library, unless a test has put something else here. */
extern const struct nmaccel_drm_sys *nmaccel_drm_sys;

/* 0 or an errno. */
int nmaccel_drm_ioctl(int fd, unsigned long request, void *arg);

/* The directory that NMACCEL_SYSROOT names, for tests; else "", as for a privileged program. */
const char *nmaccel_drm_root(void);

/* Set the last error from an errno of the driver. what: "SUBMIT", or what was wanted in words. */
enum nmaccel_status nmaccel_drm_error(int err, const char *what);

#endif /* NMACCEL_SRC_DRM_SYS_H */
