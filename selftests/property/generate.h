/* SPDX-License-Identifier: MIT */
/* Random networks for the reference, with what the public API needs to be told about them. */
#ifndef NMACCEL_SELFTESTS_GENERATE_H
#define NMACCEL_SELFTESTS_GENERATE_H

#include "nmaccel.h"
#include "prng.h"
#include "../reference/network.h"

#define GENERATE_MAX_INPUTS 2
#define GENERATE_MAX_LAYERS 14 /* room for a last layer on each input that nothing reads */

/* How a layer's weights are handed to the packer; the values do not depend on it. */
struct packing {
	struct nmaccel_pattern pattern;
	enum nmaccel_weight_layout layout;
	uint32_t extra_stride; /* elements between rows that are not the tensor's */
	uint32_t lanes, block_rows, panel_rows;
	float *bias_f32; /* instead of the layer's int32 bias, which is this one rounded; owned */
};

struct random_network {
	struct ref_network net;
	size_t batch;
	struct packing packing[GENERATE_MAX_LAYERS];
	/* Shapes of the inputs, then of the layers' outputs, for this batch; no values. */
	struct ref_tensor shapes[GENERATE_MAX_INPUTS + GENERATE_MAX_LAYERS];
	void *inputs[GENERATE_MAX_INPUTS]; /* memory in each input's layout */
};

/*
 * Make a network of 1 .. max_layers layers that takes about max_macs multiply-adds at most, and one
 * layer more for each input that would go unread. False if memory runs out. The result is to be
 * freed even then.
 */
bool generate_network(struct prng *p, size_t max_layers, size_t max_macs,
		      struct random_network *random);
void generate_free(struct random_network *random);

/* One line about a layer, for a failure's report. */
void generate_describe(const struct random_network *random, size_t layer, char *text, size_t len);

#endif /* NMACCEL_SELFTESTS_GENERATE_H */
