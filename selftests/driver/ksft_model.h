/* SPDX-License-Identifier: MIT */
/* What a descriptor has to compute, by drm/nmaccel_hw.h, in the plainest way. */
#ifndef KSFT_MODEL_H
#define KSFT_MODEL_H

#include <stdint.h>

#include "ksft_nmaccel.h"

/* The byte of column pixel of a channel of the tensor, from the start of its buffer. */
uint64_t tensor_at(const struct drm_nmaccel_dev_info *info, const struct nmaccel_hw_tensor *tensor,
		   uint32_t element, uint32_t channel, uint32_t pixel);

/* The end of what a descriptor uses of the tensor. */
uint64_t tensor_end(const struct drm_nmaccel_dev_info *info, const struct nmaccel_hw_tensor *tensor,
		    uint32_t element, uint32_t pixels);

/*
 * Run the descriptor on images of its buffers. Its stream is not read: weights are the same, as
 * struct panel has them.
 */
void model_run(const struct drm_nmaccel_dev_info *info, const struct nmaccel_hw_desc *desc,
	       const int8_t *weights, uint8_t *const *buffers);

#endif
