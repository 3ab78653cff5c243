/* SPDX-License-Identifier: MIT */
/* An accel node that is open and whose driver and card have been checked. */
#ifndef NMACCEL_SRC_DRM_NODE_H
#define NMACCEL_SRC_DRM_NODE_H

#include "drm/card.h"
#include "drm/nmaccel_hw.h"

/* What the card can do, as its driver says and the contract allows. */
struct nmaccel_drm_limits {
	uint32_t block_rows, caps;
	uint32_t max_descs, max_buffers; /* of one submission to the kernel */
	uint32_t max_rows, max_channels, max_pixels, max_kernel;
};

struct nmaccel_drm_node {
	int fd;
	struct nmaccel_drm_limits limits;
	struct nmaccel_device_info info;
};

/* Open the card's node; refuses, with the reason, what this library cannot work with. */
enum nmaccel_status nmaccel_drm_node_open(const struct nmaccel_card *card,
					  struct nmaccel_drm_node *node);
void nmaccel_drm_node_close(struct nmaccel_drm_node *node);

/* What can be told of a card that does not open: names, and the last error as its notice. */
void nmaccel_drm_describe_broken(const struct nmaccel_card *card, struct nmaccel_device_info *info);

#endif /* NMACCEL_SRC_DRM_NODE_H */
