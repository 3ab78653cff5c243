/* SPDX-License-Identifier: MIT */
/* The emulated device: its memory and compute units, and what XRT's shim may ask of them. */
#ifndef EMU_DEVICE_H
#define EMU_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "build.h"
#include "calls.h"
#include "drm/nmaccel_xrt.h"
#include "fault.h"
#include "memory.h"
#include "unit.h"
#include "wire.h"

struct emu_device {
	struct emu_memory memory;
	struct emu_faults faults;
	const char *broken; /* why no bitstream is loaded, or NULL */
	struct emu_build build;
	struct emu_unit units[NMACCEL_XRT_MAX_UNITS];
	uint32_t n_units;
};

void emu_device_init(struct emu_device *device);
void emu_device_destroy(struct emu_device *device);

enum emu_outcome {
	EMU_ANSWERED,
	EMU_CLOSED,  /* answered, and there will be no more calls */
	EMU_REFUSED, /* no call of the protocol: end the conversation; the reason is logged */
};

/* Carry out a call. What the device cannot do is answered as a failure. */
enum emu_outcome emu_device_call(struct emu_device *device, uint32_t call, const uint8_t *message,
				 size_t size, struct emu_writer *answer);

#endif /* EMU_DEVICE_H */
