/* SPDX-License-Identifier: MIT */
/*
 * The container format of .xclbin files ("axlf"), as far as we read it: names and layout are those
 * of XRT's detail/xclbin.h, which hw/xrt/tests/prototypes.c compares them with. All values are
 * little endian.
 */
#ifndef NMACCEL_SRC_XRT_XCLBIN_FORMAT_H
#define NMACCEL_SRC_XRT_XCLBIN_FORMAT_H

#include <stdint.h>

#include "drm/nmaccel_hw.h"

#define NMACCEL_AXLF_MAGIC "xclbin2" /* its NUL is part of it */

enum nmaccel_axlf_kind {
	NMACCEL_AXLF_MEM_TOPOLOGY = 6,
	NMACCEL_AXLF_CONNECTIVITY = 7,
	NMACCEL_AXLF_IP_LAYOUT = 8,
	NMACCEL_AXLF_USER_METADATA = 16,
};

struct nmaccel_axlf {
	char magic[8];
	int32_t signature_length;
	uint8_t reserved[28];
	uint8_t key_block[256];
	uint64_t unique_id;

	uint64_t length; /* of the file */
	uint64_t time_stamp;
	uint64_t feature_rom_time_stamp;
	uint16_t version_patch;
	uint8_t version_major, version_minor;
	uint16_t mode;
	uint16_t action_mask;
	uint8_t interface_uuid[16];
	char platform[64];
	uint8_t uuid[16];
	char debug_bin[16];
	uint32_t n_sections;
};

NMACCEL_ASSERT_SIZE(nmaccel_axlf, 456);

struct nmaccel_axlf_section {
	uint32_t kind;
	char name[16];
	uint64_t offset; /* in the file */
	uint64_t size;
};

NMACCEL_ASSERT_SIZE(nmaccel_axlf_section, 40);

/* These three begin with an int32_t that counts their elements, padded to their alignment. */
struct nmaccel_axlf_memory {
	uint8_t type;
	uint8_t used;
	uint8_t padding[6];
	uint64_t size_kb;
	uint64_t base;
	char tag[16];
};

NMACCEL_ASSERT_SIZE(nmaccel_axlf_memory, 40);

struct nmaccel_axlf_connection {
	int32_t arg;
	int32_t ip;	/* index into IP_LAYOUT */
	int32_t memory; /* index into MEM_TOPOLOGY */
};

NMACCEL_ASSERT_SIZE(nmaccel_axlf_connection, 12);

#define NMACCEL_AXLF_IP_KERNEL 1

struct nmaccel_axlf_ip {
	uint32_t type;
	uint32_t properties;
	uint64_t base;
	char name[64]; /* "kernel:unit" */
};

NMACCEL_ASSERT_SIZE(nmaccel_axlf_ip, 80);

#endif /* NMACCEL_SRC_XRT_XCLBIN_FORMAT_H */
