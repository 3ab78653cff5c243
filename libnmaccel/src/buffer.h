/* SPDX-License-Identifier: MIT */
#ifndef NMACCEL_SRC_BUFFER_H
#define NMACCEL_SRC_BUFFER_H

#include "device.h"

struct nmaccel_buffer {
	struct nmaccel_refs refs;
	struct nmaccel_device *dev;
	struct nmaccel_memory *memory;
};

/* Overflow-safe: does [offset, offset + bytes) lie inside? */
bool nmaccel_buffer_holds(const struct nmaccel_buffer *buf, uint64_t offset, uint64_t bytes);

#endif /* NMACCEL_SRC_BUFFER_H */
