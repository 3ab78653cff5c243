/* SPDX-License-Identifier: MIT */
/*
 * Making a weights object, panel by panel, from wherever its rows come from. Beside the result it
 * takes one dense panel.
 */
#ifndef NMACCEL_SRC_BUILD_H
#define NMACCEL_SRC_BUILD_H

#include "nmaccel.h"
#include "weights.h"

/* Write a panel's rows to dense, a contiguous S8 view of just these rows. */
typedef enum nmaccel_status (*nmaccel_build_fill)(void *source, const struct nmaccel_panel *panel,
						  const struct nmaccel_weight_view *dense);

/* Weights under construction: what is const once they are done. */
struct nmaccel_build {
	struct nmaccel_weights *weights;
	float *scales; /* all rows', for the caller to fill in */
	int32_t *sums;
	int8_t *dense; /* the largest panel's */
};

/* The shape and pattern are legal. nmaccel_build_finish() must follow, also after a failure. */
enum nmaccel_status nmaccel_build_start(struct nmaccel_build *build,
					const struct nmaccel_weights_shape *shape,
					const struct nmaccel_pattern *pattern);

/* Pack all panels, which are asked for in row order. */
enum nmaccel_status nmaccel_build_panels(struct nmaccel_build *build, nmaccel_build_fill fill,
					 void *source);

/* Hand the weights over if status is NMACCEL_OK, else drop them; returns status. */
enum nmaccel_status nmaccel_build_finish(struct nmaccel_build *build, enum nmaccel_status status,
					 struct nmaccel_weights **weights);

/* Contiguous S8 memory of `rows` rows, as fill sees it. */
void nmaccel_build_dense_view(const struct nmaccel_weights_shape *shape, int8_t *dense,
			      uint32_t rows, struct nmaccel_weight_view *view);

/* Copy one row from an S8 view to another. */
void nmaccel_build_copy_row(const struct nmaccel_weight_view *src, uint32_t src_row,
			    const struct nmaccel_weight_view *dst, uint32_t dst_row);

#endif /* NMACCEL_SRC_BUILD_H */
