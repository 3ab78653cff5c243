/* SPDX-License-Identifier: GPL-2.0-only */
/* An open device node. Its jobs may outlive it, so it is counted. */
#ifndef __NMACCEL_FILE_H__
#define __NMACCEL_FILE_H__

#include <linux/kref.h>
#include <linux/xarray.h>

#include <drm/drm_file.h>

#include "nmaccel_device.h"

struct nmaccel_file {
	struct kref ref;
	struct nmaccel_device *ndev;
	struct nmaccel_user *user;
	struct xarray contexts;
	atomic64_t run_ns;	/* of all engines */
};

static inline struct nmaccel_file *to_nmaccel_file(struct drm_file *file)
{
	return file->driver_priv;
}

int nmaccel_file_open(struct drm_device *drm, struct drm_file *file);
void nmaccel_file_postclose(struct drm_device *drm, struct drm_file *file);
void nmaccel_file_put(struct nmaccel_file *nfile);

#endif /* __NMACCEL_FILE_H__ */
