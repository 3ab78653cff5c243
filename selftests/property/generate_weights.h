/* SPDX-License-Identifier: MIT */
/* Random pruned weights: every pattern, empty rows and blocks, extreme values and scales. */
#ifndef NMACCEL_SELFTESTS_GENERATE_WEIGHTS_H
#define NMACCEL_SELFTESTS_GENERATE_WEIGHTS_H

#include "generate.h"

/* Allocate and fill in weights whose shape is set; choose how they are packed. */
bool generate_weights(struct prng *p, struct ref_weights *weights, struct packing *packing);

#endif /* NMACCEL_SELFTESTS_GENERATE_WEIGHTS_H */
