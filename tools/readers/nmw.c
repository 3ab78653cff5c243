/* SPDX-License-Identifier: MIT */
/* Our own containers: every entry as its unpacked int8 weights. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "source.h"

static int fill_quant(const struct nmaccel_weights *weights, uint32_t rows, struct tensor *t)
{
	const float *scales = nmaccel_weights_scales(weights);

	t->quant = (struct tensor_quant){.present = true, .count = rows};
	t->quant.scales = xcalloc(rows, sizeof(float));
	t->quant.zero_points = xcalloc(rows, sizeof(int32_t));
	memcpy(t->quant.scales, scales, rows * sizeof(float));
	return 0;
}

static int describe(const char *where, const struct nmaccel_weights *weights, struct tensor *t)
{
	struct nmaccel_weights_info info = {.size = sizeof(info)};
	enum nmaccel_status status = nmaccel_weights_query(weights, &info);
	bool linear = info.kernel_h == 1 && info.kernel_w == 1 && info.n_groups == 1;
	uint64_t shape[4] = {info.rows, info.channels, info.kernel_h, info.kernel_w};

	if (status != NMACCEL_OK)
		return fail_library(status, "%s", where);
	if (tensor_set_shape(t, DTYPE_S8, shape, linear ? 2 : 4, where) < 0)
		return -1;
	t->use = linear ? USE_LINEAR : USE_CONV;
	t->layout = linear ? NMACCEL_WEIGHTS_ROWS_K : NMACCEL_WEIGHTS_OIHW;
	t->n_groups = info.n_groups;
	t->lanes = info.lanes;
	t->block_rows = info.block_rows;
	t->use_from = FROM_FILE;
	return fill_quant(weights, info.rows, t);
}

static int nmw_open(struct tensor_source *src)
{
	struct nmaccel_nmw *nmw = NULL;
	enum nmaccel_status status =
		src->in.memory ? nmaccel_nmw_open_memory(src->in.memory, src->in.size, &nmw)
			       : nmaccel_nmw_open(src->in.path, &nmw);

	if (status != NMACCEL_OK)
		return fail_library(status, "%s", src->in.path);
	src->state = nmw;
	for (size_t i = 0; i < nmaccel_nmw_count(nmw); i++) {
		struct tensor *t = source_add(src, nmaccel_nmw_name(nmw, i));
		struct nmaccel_weights *weights;
		int ret;

		status = nmaccel_nmw_get(nmw, i, &weights);
		if (status != NMACCEL_OK)
			return fail_library(status, "%s: entry '%s'", src->in.path, t->name);
		ret = describe(src->in.path, weights, t);
		nmaccel_weights_unref(weights);
		if (ret < 0)
			return -1;
	}
	return 0;
}

static int unpack(const struct nmaccel_weights *weights, struct tensor *t)
{
	struct nmaccel_weight_view view;
	bool conv = t->layout == NMACCEL_WEIGHTS_OIHW;
	enum nmaccel_status status = nmaccel_weight_view_init(
		&view, t->layout, NMACCEL_TYPE_S8, t->data, (uint32_t)t->shape[0],
		(uint32_t)t->shape[1], conv ? (uint32_t)t->shape[2] : 1,
		conv ? (uint32_t)t->shape[3] : 1);

	if (status == NMACCEL_OK)
		status = nmaccel_weights_unpack(weights, &view);
	return status == NMACCEL_OK ? 0 : fail_library(status, "entry '%s'", t->name);
}

static int nmw_load(struct tensor_source *src, struct tensor *t)
{
	struct nmaccel_weights *weights;
	enum nmaccel_status status =
		nmaccel_nmw_get(src->state, (size_t)(t - src->tensors), &weights);
	int ret;

	if (status != NMACCEL_OK)
		return fail_library(status, "%s: entry '%s'", src->in.path, t->name);
	ret = unpack(weights, t);
	nmaccel_weights_unref(weights);
	return ret;
}

static void nmw_close(struct tensor_source *src)
{
	nmaccel_nmw_unref(src->state);
}

static bool nmw_probe(const unsigned char *head, size_t bytes)
{
	/* As libnmaccel writes it: docs/packed-format.md. */
	return bytes >= 4 && !memcmp(head, "\x89NMW", 4);
}

const struct tensor_format nmw_format = {
	.name = "nmw",
	.extension = ".nmw",
	.description = "packed weights of nmaccel pack",
	.probe = nmw_probe,
	.open = nmw_open,
	.load = nmw_load,
	.close = nmw_close,
};
