/* SPDX-License-Identifier: MIT */
/*
 * A program of a card: descriptors, cut into segments of what one submission may hold. A segment
 * has a buffer table of its own, with only the bindings that its descriptors use.
 */
#ifndef NMACCEL_SRC_DRM_PROGRAM_H
#define NMACCEL_SRC_DRM_PROGRAM_H

#include "backend.h"
#include "drm/node.h"

struct nmaccel_drm_segment {
	uint32_t first_desc, n_descs;
	uint32_t n_buffers;
	uint32_t *bindings; /* of the program, by index into the segment's table */
};

struct nmaccel_drm_program {
	struct nmaccel_hw_desc *descs; /* buffers numbered by their segments' tables */
	struct nmaccel_drm_segment *segments;
	uint32_t n_segments;
};

enum nmaccel_status nmaccel_drm_program_create(const struct nmaccel_drm_limits *limits,
					       const struct nmaccel_hw_desc *descs,
					       uint32_t n_descs, uint32_t n_bindings,
					       struct nmaccel_drm_program **program);
void nmaccel_drm_program_destroy(struct nmaccel_drm_program *program);

#endif /* NMACCEL_SRC_DRM_PROGRAM_H */
