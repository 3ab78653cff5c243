/* SPDX-License-Identifier: MIT */
/* What the user asks of the soft backend by environment variables. */
#ifndef NMACCEL_SRC_SOFT_SETTINGS_H
#define NMACCEL_SRC_SOFT_SETTINGS_H

#include "nmaccel.h"
#include "soft/kernels.h"

#define NMACCEL_SOFT_MAX_THREADS 256

struct nmaccel_soft_settings {
	enum nmaccel_soft_isa isa;
	uint32_t threads;
};

/* NMACCEL_ISA and NMACCEL_THREADS, or this machine's best; a wrong value is an error. */
enum nmaccel_status nmaccel_soft_settings_read(struct nmaccel_soft_settings *settings);

#endif /* NMACCEL_SRC_SOFT_SETTINGS_H */
