// SPDX-License-Identifier: MIT
/* The sample of test images by the scalar reference, compared bit for bit. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "demo.h"
#include "../../selftests/reference/plan.h"

#define MAX_THREADS 16

/* Images of the sample that one thread takes, in one run of the reference. */
struct share {
	pthread_t thread;
	const struct ref_network *net;
	uint8_t *images;
	float *scores;
	size_t count;
	bool ok;
	char error[256];
};

static void *run_share(void *arg)
{
	struct share *share = arg;
	const void *inputs[] = {share->images};
	void *outputs[] = {share->scores};
	const size_t bytes[] = {share->count * FASHION_CLASSES * sizeof(float)};

	share->ok = ref_plan_run(share->net, share->count, inputs, outputs, bytes, share->error,
				 sizeof(share->error));
	return NULL;
}

static bool run_shares(struct share *shares, size_t count)
{
	size_t started = 0;

	while (started < count &&
	       !pthread_create(&shares[started].thread, NULL, run_share, &shares[started]))
		started++;
	for (size_t i = 0; i < started; i++)
		pthread_join(shares[i].thread, NULL);
	if (started < count)
		snprintf(shares[0].error, sizeof(shares[0].error), "no thread can be started");
	return started == count;
}

static size_t thread_count(size_t sample)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t count = cpus < 1 ? 1 : cpus > MAX_THREADS ? MAX_THREADS : (size_t)cpus;

	return count > sample ? sample : count;
}

static bool run_reference(const struct ref_network *net, uint8_t *images, float *scores,
			  size_t sample, const char *path)
{
	struct share shares[MAX_THREADS] = {0};
	size_t count = thread_count(sample), first = 0;
	bool ok;

	for (size_t i = 0; i < count; i++) {
		size_t end = sample * (i + 1) / count;

		shares[i].net = net;
		shares[i].images = images + first * FASHION_PIXELS;
		shares[i].scores = scores + first * FASHION_CLASSES;
		shares[i].count = end - first;
		first = end;
	}
	ok = run_shares(shares, count);
	if (!ok)
		return demo_complain(path, shares[0].error);
	for (size_t i = 0; i < count; i++)
		if (!shares[i].ok)
			return demo_complain(path, shares[i].error);
	return true;
}

static void compare(struct demo_model *model, const float *scores, size_t sample)
{
	model->result.sample = sample;
	model->result.wrong = 0;
	for (size_t i = 0; i < sample; i++)
		model->result.wrong +=
			memcmp(scores + i * FASHION_CLASSES,
			       model->scores + i * DEMO_SAMPLE_STEP * FASHION_CLASSES,
			       FASHION_CLASSES * sizeof(float)) != 0;
}

bool demo_reference_check(struct demo_model *model, const struct demo_set *set)
{
	size_t sample = (set->data.count + DEMO_SAMPLE_STEP - 1) / DEMO_SAMPLE_STEP;
	uint8_t *images = malloc(sample * FASHION_PIXELS);
	float *scores = malloc(sample * FASHION_CLASSES * sizeof(float));
	struct ref_network net = {0};
	char error[300];
	bool ok = false;

	demo_progress("%s %s: %zu images by the reference", model->result.network,
		      model->result.pattern, sample);
	if (!images || !scores) {
		demo_complain(model->path, "out of memory");
		goto out;
	}
	for (size_t i = 0; i < sample; i++)
		memcpy(images + i * FASHION_PIXELS,
		       set->images + i * DEMO_SAMPLE_STEP * FASHION_PIXELS, FASHION_PIXELS);
	if (!ref_plan_load(model->path, &net, error, sizeof(error))) {
		demo_complain(model->path, error);
		goto out;
	}
	ok = run_reference(&net, images, scores, sample, model->path);
	if (ok)
		compare(model, scores, sample);
out:
	ref_network_free(&net);
	free(images);
	free(scores);
	return ok;
}
