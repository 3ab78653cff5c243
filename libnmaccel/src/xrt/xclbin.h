/* SPDX-License-Identifier: MIT */
/*
 * What an .xclbin says of the engine in it: its compute units, and the build, which v++ knows
 * nothing of and our own section tells (drm/nmaccel_xrt.h).
 */
#ifndef NMACCEL_SRC_XRT_XCLBIN_H
#define NMACCEL_SRC_XRT_XCLBIN_H

#include <stdint.h>

#include "nmaccel.h"
#include "drm/nmaccel_hw.h"
#include "xrt/library.h"

struct nmaccel_xclbin {
	unsigned char uuid[NMACCEL_XRT_UUID_BYTES];
	char platform[65];		     /* that it was linked for */
	char units[NMACCEL_MAX_ENGINES][80]; /* for xrtPLKernelOpen: "kernel:{unit}" */
	uint32_t n_units;
	uint64_t memory_bytes; /* of the banks that the units reach; 0 unknown */
	uint32_t contract_version;
	uint32_t lanes, block_rows, columns;
	uint32_t max_rows, max_descs, max_buffers;
	uint32_t clock_khz, caps;
	char board[16]; /* "u50" */
};

/* Read and check a file. Errors name it. */
enum nmaccel_status nmaccel_xclbin_read(const char *path, struct nmaccel_xclbin *xclbin);

/* The same for bytes in memory; name stands for the path in messages. */
enum nmaccel_status nmaccel_xclbin_parse(const char *name, const void *data, uint64_t bytes,
					 struct nmaccel_xclbin *xclbin);

#endif /* NMACCEL_SRC_XRT_XCLBIN_H */
