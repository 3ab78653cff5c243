/* SPDX-License-Identifier: MIT */
#ifndef FASHION_SR_STE_H
#define FASHION_SR_STE_H

#include "net.h"

/*
 * SR-STE (Zhou et al., "Learning N:M fine-grained structured sparse neural networks from
 * scratch", ICLR 2021): the passes see the masked weights, their gradient goes straight through
 * to all weights, and the masked ones decay on top, which keeps the mask from flickering.
 */
#define SR_STE_DECAY 2e-4f

/* mask[param_count] = 1 for each parameter that the pattern of `net` keeps, else 0. */
void sr_ste_mask(const struct fashion_net *net, float *mask, int threads);

/* The gradient of one weight while masks still move. */
static inline float sr_ste_gradient(float gradient, float weight, float mask)
{
	return gradient + SR_STE_DECAY * (1.0f - mask) * weight;
}

#endif
