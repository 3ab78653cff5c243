/* SPDX-License-Identifier: MIT */
/* The bytes of an .xclbin, as v++ and xclbinutil would write it, for tests to break. */
#ifndef NMACCEL_TESTS_XCLBIN_FILE_H
#define NMACCEL_TESTS_XCLBIN_FILE_H

#include <stddef.h>

#include "xrt/xclbin_format.h"

/* What the engines of such a file reach: two banks. */
#define XCLBIN_FILE_MEMORY_BYTES (UINT64_C(3) << 30)

#define XCLBIN_FILE_PLATFORM "xilinx_u50_gen3x16_xdma_5_202210_1"

/* Of the smallest build of the engine, with nothing that may be missing. */
#define XCLBIN_FILE_METADATA                                                                       \
	"{\"nmaccel\":{\"contract\":\"1.0\",\"lanes\":4,\"block_rows\":128,\"columns\":16}}"

struct xclbin_file {
	uint8_t *data;
	size_t bytes;
};

/*
 * A good file with n_units engines in it, beside a kernel of somebody else, which reaches other
 * memory. metadata: NULL for none. To be freed.
 */
void xclbin_file_make(struct xclbin_file *file, uint32_t n_units, const char *metadata);
void xclbin_file_free(struct xclbin_file *file);

/* Parts of it, to be changed in place. The section must be there. */
struct nmaccel_axlf *xclbin_file_head(struct xclbin_file *file);
struct nmaccel_axlf_section *xclbin_file_section(struct xclbin_file *file,
						 enum nmaccel_axlf_kind kind);
void *xclbin_file_content(struct xclbin_file *file, enum nmaccel_axlf_kind kind);

void xclbin_file_write(const struct xclbin_file *file, const char *path);

#endif /* NMACCEL_TESTS_XCLBIN_FILE_H */
