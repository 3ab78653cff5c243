/* SPDX-License-Identifier: MIT */
/* A random network through the public API: packed weights, a plan, a .plan file. */
#ifndef NMACCEL_SELFTESTS_BUILD_H
#define NMACCEL_SELFTESTS_BUILD_H

#include "generate.h"

/* Pack each layer's weights; layers without any get NULL. Unref them even after a failure. */
enum nmaccel_status build_weights(struct prng *p, const struct random_network *random,
				  struct nmaccel_weights *packed[GENERATE_MAX_LAYERS]);
void build_unref_weights(struct nmaccel_weights *packed[GENERATE_MAX_LAYERS]);

/* A compiled plan of the network for that device. *layer is the one that a failure is about. */
enum nmaccel_status build_plan(struct nmaccel_device *dev, const struct random_network *random,
			       struct nmaccel_weights *const packed[GENERATE_MAX_LAYERS],
			       uint32_t max_in_flight, struct nmaccel_plan **plan, size_t *layer);

/* Write DIR/net.plan and DIR/net.nmw; biases go as int32. False if the files cannot be written. */
bool build_files(const char *dir, const struct random_network *random,
		 struct nmaccel_weights *const packed[GENERATE_MAX_LAYERS]);

#endif /* NMACCEL_SELFTESTS_BUILD_H */
