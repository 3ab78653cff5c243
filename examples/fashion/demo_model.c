// SPDX-License-Identifier: MIT
/* One network of the demo: load its plan, classify all images, measure how fast. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "demo.h"

/* A timed pass takes these batches, or fewer where they would take longer than that. */
#define TIMED_BATCHES 4
#define PASS_SECONDS  1.0
#define MAX_REPEATS   9
#define MIN_REPEATS   3

/* After that many seconds a model's measurement has repeats enough. */
#define ENOUGH_SECONDS 2.0

#define NS_PER_S 1e9

/* ---- images ---------------------------------------------------------------------------------- */

bool demo_set_load(struct demo_set *set, const char *dir, uint32_t images)
{
	size_t bytes;

	memset(set, 0, sizeof(*set));
	if (fashion_data_load(&set->data, dir, "t10k"))
		return false;
	set->available = set->data.count;
	if (images && images < set->data.count)
		set->data.count = images;
	set->batches = (set->data.count + DEMO_BATCH - 1) / DEMO_BATCH;
	bytes = (size_t)set->batches * DEMO_BATCH * FASHION_PIXELS;
	set->images = calloc(bytes, 1);
	if (!set->images)
		return demo_complain("images", "out of memory");
	memcpy(set->images, set->data.images, (size_t)set->data.count * FASHION_PIXELS);
	return true;
}

void demo_set_free(struct demo_set *set)
{
	fashion_data_free(&set->data);
	free(set->images);
}

/* ---- loading --------------------------------------------------------------------------------- */

/* "8:128" is "8of128" in a file's name, where a colon would be awkward. */
static bool make_path(struct demo_model *model, const char *dir, const char *suffix, char *path,
		      size_t len)
{
	const char *colon = strchr(model->result.pattern, ':');
	int before =
		colon ? (int)(colon - model->result.pattern) : (int)strlen(model->result.pattern);

	return snprintf(path, len, "%s/%s-%.*s%s%s.%s", dir, model->result.network, before,
			model->result.pattern, colon ? "of" : "", colon ? colon + 1 : "",
			suffix) < (int)len;
}

static bool check_shapes(const struct demo_model *model)
{
	struct nmaccel_plan_info info = {.size = sizeof(info)};
	struct nmaccel_tensor in, out;

	if (nmaccel_plan_query(model->plan, &info) || info.n_inputs != 1 || info.n_outputs != 1 ||
	    nmaccel_plan_input_tensor(model->plan, 0, &in) ||
	    nmaccel_plan_output_tensor(model->plan, 0, &out) || in.type != NMACCEL_TYPE_U8 ||
	    nmaccel_tensor_bytes(&in) != DEMO_BATCH * FASHION_PIXELS ||
	    out.type != NMACCEL_TYPE_F32 ||
	    nmaccel_tensor_bytes(&out) != DEMO_BATCH * FASHION_CLASSES * sizeof(float))
		return demo_complain(model->path, "the network does not turn a 28 x 28 image of "
						  "bytes into 10 scores");
	return true;
}

/* Zeros of all layers, from the container. */
static bool count_zeros(struct demo_model *model, const char *dir)
{
	struct nmaccel_weights_info info = {.size = sizeof(info)};
	uint64_t nonzeros = 0, elements = 0;
	struct nmaccel_nmw *nmw;
	bool ok = true;
	char path[sizeof(model->path)];

	if (!make_path(model, dir, "nmw", path, sizeof(path)))
		return demo_complain(dir, "the directory's name is too long");
	if (nmaccel_nmw_open(path, &nmw))
		return demo_complain("models (see --models)", nmaccel_last_error());
	for (size_t i = 0; i < nmaccel_nmw_count(nmw) && ok; i++) {
		struct nmaccel_weights *weights = NULL;

		ok = !nmaccel_nmw_get(nmw, i, &weights) && !nmaccel_weights_query(weights, &info);
		nmaccel_weights_unref(weights);
		nonzeros += info.nonzeros;
		elements += info.dense_bytes;
	}
	nmaccel_nmw_unref(nmw);
	if (!ok)
		return demo_complain(path, nmaccel_last_error());
	model->result.zeros =
		elements ? 100.0 * (double)(elements - nonzeros) / (double)elements : 0.0;
	return true;
}

static void query_costs(struct demo_model *model)
{
	struct nmaccel_plan_info info = {.size = sizeof(info)};

	if (nmaccel_plan_query(model->plan, &info))
		return;
	model->result.bytes = info.weight_bytes;
	model->result.steps = (double)info.steps / DEMO_BATCH;
}

bool demo_model_load(struct demo_model *model, struct nmaccel_device *dev, const char *dir,
		     const char *network, const char *pattern)
{
	memset(model, 0, sizeof(*model));
	model->result.network = network;
	model->result.pattern = pattern;
	if (!make_path(model, dir, "plan", model->path, sizeof(model->path)))
		return demo_complain(dir, "the directory's name is too long");
	if (nmaccel_plan_load(dev, model->path, DEMO_BATCH, &model->plan))
		return demo_complain("models (see --models)", nmaccel_last_error());
	if (!check_shapes(model) || !count_zeros(model, dir))
		return false;
	query_costs(model);
	return true;
}

void demo_model_free(struct demo_model *model)
{
	nmaccel_plan_unref(model->plan);
	free(model->scores);
	free(model->classes);
	memset(model, 0, sizeof(*model));
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / NS_PER_S;
}

/* ---- running --------------------------------------------------------------------------------- */

/* Submit batches [0, count) and wait for all; as many are in flight as the plan allows. */
static bool run_batches(struct demo_model *model, const struct demo_set *set, uint32_t count,
			const char *show)
{
	struct nmaccel_fence **fences = calloc(count, sizeof(struct nmaccel_fence *));
	enum nmaccel_status status = fences ? NMACCEL_OK : NMACCEL_ERR_NO_MEMORY;
	uint32_t started = 0;

	while (!status && started < count) {
		struct nmaccel_io in = {
			.data = set->images + (size_t)started * DEMO_BATCH * FASHION_PIXELS,
			.bytes = DEMO_BATCH * FASHION_PIXELS,
		};
		struct nmaccel_io out = {
			.data = model->scores + (size_t)started * DEMO_BATCH * FASHION_CLASSES,
			.bytes = DEMO_BATCH * FASHION_CLASSES * sizeof(float),
		};

		status = nmaccel_plan_submit(model->plan, &in, &out, &fences[started]);
		if (status)
			break;
		started++;
		if (show)
			demo_progress("%s %s: %u of %u images%s", model->result.network,
				      model->result.pattern, started * DEMO_BATCH,
				      count * DEMO_BATCH, show);
	}
	for (uint32_t i = 0; i < started; i++) {
		enum nmaccel_status run = nmaccel_fence_wait(fences[i], NMACCEL_WAIT_FOREVER);

		status = status ? status : run;
		nmaccel_fence_unref(fences[i]);
	}
	free(fences);
	return status ? demo_complain(model->path, nmaccel_last_error()) : true;
}

static uint8_t best_class(const float *scores)
{
	uint8_t best = 0;

	for (uint8_t c = 1; c < FASHION_CLASSES; c++)
		if (scores[c] > scores[best])
			best = c;
	return best;
}

bool demo_model_classify(struct demo_model *model, const struct demo_set *set)
{
	uint32_t right = 0;
	double start;

	model->scores = calloc((size_t)set->batches * DEMO_BATCH * FASHION_CLASSES, sizeof(float));
	model->classes = calloc(set->data.count, 1);
	if (!model->scores || !model->classes)
		return demo_complain(model->path, "out of memory");
	start = now();
	if (!run_batches(model, set, set->batches, ""))
		return false;
	model->batch_seconds = (now() - start) / set->batches;
	for (uint32_t i = 0; i < set->data.count; i++) {
		model->classes[i] = best_class(model->scores + (size_t)i * FASHION_CLASSES);
		right += model->classes[i] == set->data.labels[i];
	}
	model->result.accuracy = 100.0 * right / set->data.count;
	return true;
}

static void count_unlike(struct demo_model *model, const float *scores, const struct demo_set *set)
{
	const size_t one = FASHION_CLASSES;

	model->result.twins = set->data.count;
	model->result.unlike = 0;
	for (size_t i = 0; i < set->data.count; i++)
		model->result.unlike +=
			memcmp(scores + i * one, model->scores + i * one, one * sizeof(float)) != 0;
}

bool demo_model_compare(struct demo_model *model, struct nmaccel_device *dev,
			const struct demo_set *set)
{
	struct demo_model twin = {.result = model->result};
	bool ok = false;

	memcpy(twin.path, model->path, sizeof(twin.path));
	twin.scores = calloc((size_t)set->batches * DEMO_BATCH * FASHION_CLASSES, sizeof(float));
	if (!twin.scores)
		demo_complain(model->path, "out of memory");
	else if (nmaccel_plan_load(dev, twin.path, DEMO_BATCH, &twin.plan))
		demo_complain("models (see --models)", nmaccel_last_error());
	else
		ok = run_batches(&twin, set, set->batches, ", by the other device");
	if (ok)
		count_unlike(model, twin.scores, set);
	demo_model_free(&twin);
	return ok;
}

/* ---- measuring ------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare_doubles);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Images a second of one pass; 0 after a failure, which has been told. */
static double timed_pass(struct demo_model *model, const struct demo_set *set, uint32_t batches)
{
	double start = now();

	if (!run_batches(model, set, batches, NULL))
		return 0;
	return batches * (double)DEMO_BATCH / (now() - start);
}

static uint32_t pass_batches(const struct demo_model *sparse, const struct demo_model *dense,
			     const struct demo_set *set)
{
	const double fit = PASS_SECONDS / fmax(sparse->batch_seconds, dense->batch_seconds);
	const uint32_t most = set->batches < TIMED_BATCHES ? set->batches : TIMED_BATCHES;

	return fit >= most ? most : fit < 1 ? 1 : (uint32_t)fit;
}

bool demo_model_measure(struct demo_model *sparse, struct demo_model *dense,
			const struct demo_set *set)
{
	const uint32_t batches = pass_batches(sparse, dense, set);
	double rates[MAX_REPEATS], ratios[MAX_REPEATS], start = now();
	int count = 0;

	while (count < MAX_REPEATS && (count < MIN_REPEATS || now() - start < ENOUGH_SECONDS)) {
		double dense_rate = 1;

		demo_progress("%s %s: timing, pass %d", sparse->result.network,
			      sparse->result.pattern, count + 1);
		if (sparse != dense)
			dense_rate = timed_pass(dense, set, batches);
		rates[count] = timed_pass(sparse, set, batches);
		if (dense_rate <= 0 || rates[count] <= 0)
			return false;
		ratios[count] = rates[count] / dense_rate;
		count++;
	}
	sparse->result.images_per_s = median(rates, count);
	sparse->result.speedup = sparse == dense ? 1.0 : median(ratios, count);
	return true;
}
