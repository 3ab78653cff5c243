/* SPDX-License-Identifier: MIT */
#ifndef FASHION_QUANTIZE_H
#define FASHION_QUANTIZE_H

#include "data.h"
#include "net.h"

/* The images that set the activations' scales, and the share of activations that must fit. */
#define QUANTIZE_IMAGES	    2000
#define QUANTIZE_PERCENTILE 0.9999

/*
 * Fills in the int8 side of all layers from the float parameters: weights symmetric per output
 * channel in [-127, 127], activations u8 per tensor, biases int32. Returns 0, or -1 if memory
 * runs out.
 */
int quantize(struct fashion_net *net, const struct fashion_data *train_set);

#endif
