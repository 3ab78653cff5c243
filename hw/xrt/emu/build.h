/* SPDX-License-Identifier: MIT */
/* What the BITSTREAM of an .xclbin for emulation says of the device that is to be. */
#ifndef EMU_BUILD_H
#define EMU_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nmaccel_engine.h"

struct emu_build {
	const struct nmaccel_engine_variant *variant;
	uint32_t units;
	uint64_t base;	 /* of the first unit's registers */
	uint64_t stride; /* from one unit to the next */
};

/* Both return false, and a reason, for a text that names no build which there is. */
bool emu_build_parse(struct emu_build *build, const char *text, size_t size, char *reason,
		     size_t room);
bool emu_build_read(struct emu_build *build, const char *path, char *reason, size_t room);

#endif /* EMU_BUILD_H */
