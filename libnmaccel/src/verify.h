/* SPDX-License-Identifier: MIT */
/* What a panel's stream says of itself: sums, totals, and whether the pattern holds. */
#ifndef NMACCEL_SRC_VERIFY_H
#define NMACCEL_SRC_VERIFY_H

#include "stream.h"
#include "weights.h"

/* The stream's shape of panel i. */
void nmaccel_weights_stream_shape(const struct nmaccel_weights *weights, uint32_t i,
				  struct nmaccel_stream_shape *shape);

/*
 * Read panel i's stream, which need not be trusted. NMACCEL_ERR_FORMAT if it is malformed,
 * NMACCEL_ERR_PATTERN if it breaks the weights' pattern.
 *
 * @param sums    out: the panel's rows' sums
 * @param totals  out
 */
enum nmaccel_status nmaccel_weights_verify_panel(const struct nmaccel_weights *weights, uint32_t i,
						 int32_t *sums,
						 struct nmaccel_stream_totals *totals);

#endif /* NMACCEL_SRC_VERIFY_H */
