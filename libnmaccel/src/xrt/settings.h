/* SPDX-License-Identifier: MIT */
/* What names and the environment say of the xrt backend. */
#ifndef NMACCEL_SRC_XRT_SETTINGS_H
#define NMACCEL_SRC_XRT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "nmaccel.h"

struct nmaccel_xrt_settings {
	uint32_t index;	      /* of the device, as xrtDeviceOpen() counts */
	const char *xclbin;   /* path; part of the name, the environment, or static */
	bool named;	      /* the name has that path in it */
	uint32_t patience_ms; /* for a run without progress */
};

/* name: NULL, "xrt", "xrt1", "xrt,FILE", "xrt1,FILE"; NMACCEL_ERR_NO_DEVICE for any other. */
enum nmaccel_status nmaccel_xrt_settings_read(const char *name,
					      struct nmaccel_xrt_settings *settings);

#endif /* NMACCEL_SRC_XRT_SETTINGS_H */
