// SPDX-License-Identifier: MIT
#include "parallel.h"
#include "sr_ste.h"

/* Each layer's output channels are shared out in this many parts. */
#define SLICES 8

struct mask_job {
	const struct fashion_net *net;
	float *mask;
};

static void mask_slice(void *context, int thread, int item)
{
	const struct mask_job *job = context;
	const struct fashion_layer *layer = &job->net->layers[item / SLICES];
	const size_t outs = (size_t)layer->out_channels, depth = fashion_layer_depth(layer);
	const size_t first = outs * (size_t)(item % SLICES) / SLICES;
	const size_t end = outs * (size_t)(item % SLICES + 1) / SLICES;
	const size_t at = layer->weight_at + first * depth;

	(void)thread;
	if (layer->prune)
		pattern_mask(job->net->pattern, job->net->params + at,
			     (end - first) * depth / (size_t)layer->in_channels,
			     (size_t)layer->in_channels, job->mask + at);
}

void sr_ste_mask(const struct fashion_net *net, float *mask, int threads)
{
	struct mask_job job = {net, mask};

	for (size_t i = 0; i < net->param_count; i++)
		mask[i] = 1.0f;
	parallel_for(threads, net->layer_count * SLICES, mask_slice, &job);
}
