/* SPDX-License-Identifier: MIT */
/* The CPU devices: one per backend whose `executor` is set. */
#ifndef NMACCEL_SRC_HOST_DEVICE_H
#define NMACCEL_SRC_HOST_DEVICE_H

#include "backend.h"

enum nmaccel_status nmaccel_host_list(const struct nmaccel_backend *backend, size_t i,
				      struct nmaccel_device_info *info);
enum nmaccel_status nmaccel_host_open(const struct nmaccel_backend *backend, const char *name,
				      struct nmaccel_device_open *device);

#endif /* NMACCEL_SRC_HOST_DEVICE_H */
