/* SPDX-License-Identifier: MIT */
/* NumPy's array files: format of https://numpy.org/doc/stable/reference/generated/numpy.lib.format
 */
#ifndef NMACCEL_TOOLS_NPY_H
#define NMACCEL_TOOLS_NPY_H

#include "tensor.h"

/* Magic, version and the header's length: with these the header's size is known. */
#define NPY_PREFIX_BYTES 12
#define NPY_MAX_HEADER	 (1u << 20)

struct npy_layout {
	uint64_t data_offset;
	bool big_endian;
	bool fortran_order;
};

/* How many bytes come before the data? `prefix` holds NPY_PREFIX_BYTES bytes. */
int npy_header_bytes(const unsigned char *prefix, const char *where, uint32_t *bytes);

/* Read a whole header into the tensor's type and shape. */
int npy_parse_header(const unsigned char *header, uint32_t bytes, const char *where,
		     struct tensor *t, struct npy_layout *layout);

/* Bring data as it lies in the file to C order and little endian, in place. */
int npy_normalise(struct tensor *t, const struct npy_layout *layout);

#endif /* NMACCEL_TOOLS_NPY_H */
