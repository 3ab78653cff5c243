/* SPDX-License-Identifier: MIT */
#ifndef NMACCEL_SRC_DEVICE_H
#define NMACCEL_SRC_DEVICE_H

#include "backend.h"
#include "refs.h"

struct nmaccel_device {
	struct nmaccel_refs refs;
	const struct nmaccel_device_ops *ops;
	void *priv;
	struct nmaccel_device_info info;
};

/* Open a device of one backend, which need not be in the table of backends. name as for open(). */
enum nmaccel_status nmaccel_device_open_backend(const struct nmaccel_backend *backend,
						const char *name, struct nmaccel_device **dev);

#endif /* NMACCEL_SRC_DEVICE_H */
