/* SPDX-License-Identifier: MIT */
/* The drm backend: cards by their accel nodes. */
#ifndef NMACCEL_SRC_DRM_DRM_DEVICE_H
#define NMACCEL_SRC_DRM_DRM_DEVICE_H

#include "backend.h"

/* Of struct nmaccel_backend. A card that cannot be used is listed as well, with a notice. */
enum nmaccel_status nmaccel_drm_list(const struct nmaccel_backend *backend, size_t i,
				     struct nmaccel_device_info *info);
enum nmaccel_status nmaccel_drm_open(const struct nmaccel_backend *backend, const char *name,
				     struct nmaccel_device_open *device);

#endif /* NMACCEL_SRC_DRM_DRM_DEVICE_H */
