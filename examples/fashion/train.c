// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "adam.h"
#include "parallel.h"
#include "pass.h"
#include "sr_ste.h"
#include "train.h"

/*
 * A batch is cut into chunks of fixed size, each with a gradient of its own, and these are added
 * in order: so the sums, and with them all bits, are the same for any number of threads.
 */
#define CHUNK  64
#define CHUNKS 2
#define BATCH  (CHUNK * CHUNKS)

/* Parameters that one work item of the update takes: small enough for the stack. */
#define SLICE 4096

/* Masks stand still for this last part of the steps, so that the kept weights can settle. */
#define FREEZE_FROM 0.7f

struct trainer {
	struct fashion_net *net;
	const struct fashion_data *data;
	const struct train_options *options;
	struct pass *passes[PARALLEL_MAX_THREADS];
	float *gradients[CHUNKS];
	float *masked; /* what the passes see: params * mask */
	float *mask;
	uint32_t *order;
	uint8_t labels[CHUNKS][CHUNK];
	struct adam adam;
	struct adam_step step;
	uint32_t batch_first;
	int frozen;
	double loss[CHUNKS];
	size_t right[CHUNKS];
};

static int trainer_init(struct trainer *t)
{
	const size_t count = t->net->param_count;

	for (int i = 0; i < t->options->threads; i++) {
		t->passes[i] = pass_create(t->net, CHUNK);
		if (!t->passes[i])
			return -1;
	}
	for (int i = 0; i < CHUNKS; i++) {
		t->gradients[i] = calloc(count, sizeof(float));
		if (!t->gradients[i])
			return -1;
	}
	t->masked = malloc(count * sizeof(float));
	t->mask = malloc(count * sizeof(float));
	t->order = malloc(t->data->count * sizeof(*t->order));
	if (!t->masked || !t->mask || !t->order)
		return -1;
	return adam_init(&t->adam, count);
}

static void trainer_fini(struct trainer *t)
{
	adam_fini(&t->adam);
	free(t->order);
	free(t->mask);
	free(t->masked);
	for (int i = 0; i < CHUNKS; i++)
		free(t->gradients[i]);
	for (int i = 0; i < t->options->threads; i++)
		pass_destroy(t->passes[i]);
}

static void run_chunk(void *context, int thread, int chunk)
{
	struct trainer *t = context;
	struct pass *pass = t->passes[thread];
	const uint32_t *order = t->order + t->batch_first + chunk * CHUNK;

	for (size_t i = 0; i < CHUNK; i++) {
		pass_set_image(pass, i, t->data->images + (size_t)order[i] * FASHION_PIXELS);
		t->labels[chunk][i] = t->data->labels[order[i]];
	}
	pass_forward(pass, t->masked, CHUNK);
	t->loss[chunk] += pass_loss(pass, t->labels[chunk], CHUNK, &t->right[chunk]);
	pass_backward(pass, t->masked, CHUNK, t->gradients[chunk]);
}

/* Adds up and clears the chunks' gradients of a slice, moves its weights and masks them. */
static void update_slice(void *context, int thread, int slice)
{
	struct trainer *t = context;
	const size_t first = (size_t)slice * SLICE;
	const size_t left = t->net->param_count - first, count = left < SLICE ? left : SLICE;
	float *params = t->net->params + first, *mask = t->mask + first;
	float sum[SLICE] = {0};

	(void)thread;
	for (int c = 0; c < CHUNKS; c++) {
		float *gradient = t->gradients[c] + first;

		for (size_t i = 0; i < count; i++)
			sum[i] += gradient[i];
		memset(gradient, 0, count * sizeof(*gradient));
	}
	for (size_t i = 0; i < count; i++)
		sum[i] *= 1.0f / BATCH;
	for (size_t i = 0; i < count; i++)
		sum[i] = t->frozen ? sum[i] * mask[i] : sr_ste_gradient(sum[i], params[i], mask[i]);
	adam_apply(&t->adam, t->step, first, count, sum, t->net->params);
}

/* Derives what the passes see from the moved weights. */
static void mask_params(struct trainer *t)
{
	const size_t count = t->net->param_count;

	if (!t->frozen)
		sr_ste_mask(t->net, t->mask, t->options->threads);
	for (size_t i = 0; i < count; i++)
		t->masked[i] = t->net->params[i] * t->mask[i];
}

static void train_step(struct trainer *t, int at, int steps)
{
	const int threads = t->options->threads;
	const int slices = (int)((t->net->param_count + SLICE - 1) / SLICE);

	t->frozen = at > 0 && (float)at >= FREEZE_FROM * (float)steps;
	mask_params(t);
	parallel_for(threads, CHUNKS, run_chunk, t);
	t->step = adam_next(&t->adam, one_cycle_rate(t->options->peak_rate, at, steps));
	parallel_for(threads, slices, update_slice, t);
}

struct evaluation {
	struct trainer *trainer;
	const struct fashion_data *data;
	size_t right[PARALLEL_MAX_THREADS];
};

static void evaluate_chunk(void *context, int thread, int chunk)
{
	struct evaluation *e = context;
	struct pass *pass = e->trainer->passes[thread];
	const size_t first = (size_t)chunk * CHUNK, left = e->data->count - first;
	const size_t images = left < CHUNK ? left : CHUNK;

	for (size_t i = 0; i < images; i++)
		pass_set_image(pass, i, e->data->images + (first + i) * FASHION_PIXELS);
	pass_forward(pass, e->trainer->masked, images);
	pass_loss(pass, e->data->labels + first, images, &e->right[thread]);
}

/* Right answers in %, with the masked weights. */
static float evaluate(struct trainer *t, const struct fashion_data *data)
{
	struct evaluation e = {.trainer = t, .data = data};
	size_t right = 0;

	mask_params(t);
	parallel_for(t->options->threads, (int)((data->count + CHUNK - 1) / CHUNK), evaluate_chunk,
		     &e);
	for (int i = 0; i < PARALLEL_MAX_THREADS; i++)
		right += e.right[i];
	return 100.0f * (float)right / (float)data->count;
}

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void print_epoch(const struct trainer *t, int epoch, int images, double took)
{
	char pattern[PATTERN_NAME_MAX];
	double loss = 0;
	size_t right = 0;

	for (int c = 0; c < CHUNKS; c++) {
		loss += t->loss[c];
		right += t->right[c];
	}
	pattern_print(t->net->pattern, pattern);
	printf("%s %-6s  epoch %d/%d  loss %.4f  train %.2f %%  test %.2f %%  %.1f s\n",
	       t->net->name, pattern, epoch + 1, t->options->epochs, loss / images,
	       100.0 * (double)right / images, (double)t->net->float_accuracy, took);
	fflush(stdout);
}

static void train_epochs(struct trainer *t, const struct fashion_data *test_set, struct prng *prng)
{
	const int epochs = t->options->epochs, steps = (int)(t->data->count / BATCH);

	for (int epoch = 0; epoch < epochs; epoch++) {
		const double start = seconds(CLOCK_MONOTONIC);

		memset(t->loss, 0, sizeof(t->loss));
		memset(t->right, 0, sizeof(t->right));
		prng_shuffle(prng, t->order, t->data->count);
		for (int i = 0; i < steps; i++) {
			t->batch_first = (uint32_t)(i * BATCH);
			train_step(t, epoch * steps + i, epochs * steps);
		}
		t->net->float_accuracy = evaluate(t, test_set);
		print_epoch(t, epoch, steps * BATCH, seconds(CLOCK_MONOTONIC) - start);
	}
	memcpy(t->net->params, t->masked, t->net->param_count * sizeof(float));
}

int train(struct fashion_net *net, const struct fashion_data *train_set,
	  const struct fashion_data *test_set, struct prng prng,
	  const struct train_options *options)
{
	const double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct trainer *t = calloc(1, sizeof(*t));
	int status;

	if (!t)
		return -1;
	t->net = net;
	t->data = train_set;
	t->options = options;
	status = trainer_init(t);
	if (!status)
		train_epochs(t, test_set, &prng);
	trainer_fini(t);
	free(t);
	net->seconds = (float)(seconds(CLOCK_PROCESS_CPUTIME_ID) - start);
	return status;
}
