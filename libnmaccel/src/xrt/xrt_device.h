/* SPDX-License-Identifier: MIT */
/*
 * The xrt backend: Alveo cards under AMD's runtime, with the engine's .xclbin.
 *
 * NMACCEL_XCLBIN=FILE names the .xclbin, and so does a device's name ("xrt0,FILE"); else it is the
 * installed one. NMACCEL_XRT_TIMEOUT_MS says how long a run may make no progress.
 */
#ifndef NMACCEL_SRC_XRT_XRT_DEVICE_H
#define NMACCEL_SRC_XRT_XRT_DEVICE_H

#include "backend.h"

/* Of struct nmaccel_backend. Without XRT there is no device. */
enum nmaccel_status nmaccel_xrt_list(const struct nmaccel_backend *backend, size_t i,
				     struct nmaccel_device_info *info);
enum nmaccel_status nmaccel_xrt_open(const struct nmaccel_backend *backend, const char *name,
				     struct nmaccel_device_open *device);

#endif /* NMACCEL_SRC_XRT_XRT_DEVICE_H */
