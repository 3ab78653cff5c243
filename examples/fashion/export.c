// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <nmaccel.h>

#include "export.h"

#define BASE_SIZE (FASHION_NAME_MAX + PATTERN_NAME_MAX)

static int complain(const char *path, const char *what)
{
	fprintf(stderr, "fashion-train: %s: %s\n", path, what);
	return -1;
}

/* ---- <network>-<pattern>.nmw ----------------------------------------------------------------- */

static enum nmaccel_status pack_layer(const struct fashion_net *net,
				      const struct fashion_layer *layer,
				      struct nmaccel_weights **weights)
{
	struct nmaccel_pack_options options = {
		.size = sizeof(options),
		.scales = layer->qscales,
	};
	struct nmaccel_weight_view view;
	const uint32_t side = (uint32_t)layer->kernel;
	enum nmaccel_status status;

	if (layer->prune && net->pattern.m) {
		options.pattern.kind = NMACCEL_PATTERN_NM;
		options.pattern.n = (uint32_t)net->pattern.n;
		options.pattern.m = (uint32_t)net->pattern.m;
		/* A promise about 256 positions costs the fewest steps in blocks of as many. */
		if (net->pattern.m == 256)
			options.block_rows = 256;
	}
	/* A linear layer is [rows][K], which is OHWI with a 1 x 1 kernel. */
	status = nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_S8,
					  layer->qweights, (uint32_t)layer->out_channels,
					  (uint32_t)layer->in_channels, side, side);
	return status ? status : nmaccel_weights_pack(&view, &options, weights);
}

static enum nmaccel_status save_weights(const struct fashion_net *net, const char *path)
{
	struct nmaccel_weights *weights[FASHION_MAX_LAYERS];
	const char *names[FASHION_MAX_LAYERS];
	enum nmaccel_status status = NMACCEL_OK;
	size_t count = 0;

	for (int i = 0; !status && i < net->layer_count; i++) {
		if (!fashion_layer_has_weights(&net->layers[i]))
			continue;
		status = pack_layer(net, &net->layers[i], &weights[count]);
		if (!status)
			names[count++] = net->layers[i].name;
	}
	if (!status)
		status = nmaccel_nmw_save(path, names,
					  (const struct nmaccel_weights *const *)weights, count);
	while (count > 0)
		nmaccel_weights_unref(weights[--count]);
	return status;
}

/* ---- <network>-<pattern>.plan ---------------------------------------------------------------- */

static const char *value_name(const struct fashion_net *net, int value)
{
	return value ? net->layers[value - 1].name : "image";
}

static void write_input(FILE *file, const struct fashion_net *net)
{
	const struct fashion_layer *first = &net->layers[0];

	fprintf(file,
		"    {\"name\": \"image\", \"type\": \"u8\", \"layout\": \"nhwc\", \"height\": %d, "
		"\"width\": %d, \"channels\": %d,\n     \"scale\": %.9g, \"zero_point\": 0}\n",
		first->in_side, first->in_side, first->in_channels, (double)FASHION_IMAGE_SCALE);
}

/* All in one line: the file is for machines first, and a line per layer reads best. */
static void write_product(FILE *file, const struct fashion_layer *layer)
{
	fprintf(file, ", \"weights\": \"%s\"", layer->name);
	if (layer->kind == FASHION_CONV)
		fprintf(file, ", \"stride\": [%d, %d], \"padding\": [%d, %d, %d, %d]",
			layer->stride, layer->stride, layer->pad, layer->pad, layer->pad,
			layer->pad);
	fprintf(file, ",\n     \"bias\": [");
	for (int row = 0; row < layer->out_channels; row++)
		fprintf(file, "%s%d", row ? ", " : "", (int)layer->qbiases[row]);
	fprintf(file, "]");
}

static void write_output(FILE *file, const struct fashion_layer *layer, bool last)
{
	if (last)
		fprintf(file, ",\n     \"output\": {\"type\": \"f32\"}");
	else
		fprintf(file,
			",\n     \"output\": {\"type\": \"u8\", \"scale\": %.9g, "
			"\"zero_point\": %d}",
			(double)layer->out_scale, layer->out_zero);
	if (layer->relu)
		fprintf(file, ", \"activation\": \"relu\"");
}

static void write_layer(FILE *file, const struct fashion_net *net, int at)
{
	static const char *const ops[] = {
		[FASHION_LINEAR] = "linear",
		[FASHION_CONV] = "conv2d",
		[FASHION_ADD] = "add",
		[FASHION_GLOBAL_AVERAGE] = "average_pool",
	};
	const struct fashion_layer *layer = &net->layers[at];
	const bool last = at + 1 == net->layer_count;

	fprintf(file, "    {\"op\": \"%s\", \"name\": \"%s\"", ops[layer->kind], layer->name);
	if (layer->kind == FASHION_ADD)
		fprintf(file, ", \"inputs\": [\"%s\", \"%s\"]", value_name(net, layer->in[0]),
			value_name(net, layer->in[1]));
	else
		fprintf(file, ", \"input\": \"%s\"", value_name(net, layer->in[0]));
	if (fashion_layer_has_weights(layer))
		write_product(file, layer);
	if (layer->kind == FASHION_GLOBAL_AVERAGE)
		fprintf(file, ", \"global\": true");
	write_output(file, layer, last);
	fprintf(file, "}%s\n", last ? "" : ",");
}

static void write_plan(FILE *file, const struct fashion_net *net, const char *base)
{
	fprintf(file,
		"{\n  \"format\": \"nmaccel-plan\",\n  \"version\": 1,\n  \"name\": \"%s\",\n"
		"  \"weights\": \"%s.nmw\",\n  \"inputs\": [\n",
		base, base);
	write_input(file, net);
	fprintf(file, "  ],\n  \"layers\": [\n");
	for (int i = 0; i < net->layer_count; i++)
		write_layer(file, net, i);
	fprintf(file, "  ],\n  \"outputs\": [{\"tensor\": \"%s\", \"layout\": \"nhwc\"}]\n}\n",
		net->layers[net->layer_count - 1].name);
}

static int save_plan(const struct fashion_net *net, const char *path, const char *base)
{
	FILE *file = fopen(path, "w");
	bool written;

	if (!file)
		return complain(path, strerror(errno));
	write_plan(file, net, base);
	written = !ferror(file);
	if (fclose(file) || !written)
		return complain(path, "writing failed; is the disk full?");
	return 0;
}

/* ---- both ------------------------------------------------------------------------------------ */

static void print_base(const struct fashion_net *net, char base[BASE_SIZE])
{
	char pattern[PATTERN_NAME_MAX];

	pattern_print_file(net->pattern, pattern);
	snprintf(base, BASE_SIZE, "%s-%s", net->name, pattern);
}

int export_path(const struct fashion_net *net, const char *dir, const char *suffix,
		char path[EXPORT_PATH_SIZE])
{
	char base[BASE_SIZE];

	print_base(net, base);
	if (snprintf(path, EXPORT_PATH_SIZE, "%s/%s.%s", dir, base, suffix) >= EXPORT_PATH_SIZE)
		return complain(dir, "the directory's name is too long");
	return 0;
}

int export_net(const struct fashion_net *net, const char *dir)
{
	char base[BASE_SIZE], nmw[EXPORT_PATH_SIZE], plan[EXPORT_PATH_SIZE];

	print_base(net, base);
	if (export_path(net, dir, "nmw", nmw) || export_path(net, dir, "plan", plan))
		return -1;
	if (save_weights(net, nmw))
		return complain(nmw, nmaccel_last_error());
	return save_plan(net, plan, base);
}
