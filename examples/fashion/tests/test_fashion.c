// SPDX-License-Identifier: MIT
/* Unit tests of the trainer's parts, against plain definitions on random input. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "checkpoint.h"
#include "data.h"
#include "gemm.h"
#include "gemm_kernel.h"
#include "int8.h"
#include "pass.h"
#include "pattern.h"
#include "quantize.h"
#include "select.h"
#include "sr_ste.h"
#include "train.h"

static void fill(struct prng *prng, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = prng_signed_unit(prng);
}

static float *random_floats(struct prng *prng, size_t n)
{
	float *x = malloc(n * sizeof(*x));

	assert_non_null(x);
	fill(prng, x, n);
	return x;
}

/* Random images and labels; a label can be told from its image. */
static struct fashion_data random_data(struct prng *prng, uint32_t count)
{
	struct fashion_data data = {
		.count = count,
		.images = malloc((size_t)count * FASHION_PIXELS),
		.labels = malloc(count),
	};

	assert_true(data.images && data.labels);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *image = data.images + (size_t)i * FASHION_PIXELS;

		data.labels[i] = (uint8_t)prng_below(prng, FASHION_CLASSES);
		for (int p = 0; p < FASHION_PIXELS; p++)
			image[p] = (uint8_t)prng_below(prng, p / 70 == data.labels[i] ? 256 : 100);
	}
	return data;
}

/* ---- gemm ------------------------------------------------------------------------------------ */

static void test_kernels_agree(void **state)
{
	struct prng prng = {1};

	(void)state;
	if (!gemm_kernel_avx2_usable())
		skip();
	for (size_t depth = 0; depth < 70; depth++) {
		_Alignas(64) float a[70 * GEMM_MR], b[70 * GEMM_NR];
		_Alignas(64) float tiles[2][GEMM_MR * GEMM_NR];

		fill(&prng, a, 70 * GEMM_MR);
		fill(&prng, b, 70 * GEMM_NR);
		gemm_kernel_c(depth, a, b, tiles[0]);
		gemm_kernel_avx2(depth, a, b, tiles[1]);
		for (int i = 0; i < GEMM_MR * GEMM_NR; i++)
			assert_float_equal(tiles[0][i], tiles[1][i], 1e-5f * (float)(depth + 1));
	}
}

static double product(size_t k, struct gemm_operand a, struct gemm_operand b, size_t i, size_t j)
{
	double sum = 0;

	for (size_t at = 0; at < k; at++)
		sum += (double)a.data[i * a.row_stride + at * a.col_stride] *
		       (double)b.data[at * b.row_stride + j * b.col_stride];
	return sum;
}

static void check_gemm(struct prng *prng, struct gemm_scratch *scratch)
{
	const size_t m = 1 + prng_below(prng, 200), n = 1 + prng_below(prng, 300);
	const size_t k = 1 + prng_below(prng, 600), ldc = n + prng_below(prng, 3);
	const bool accumulate = prng_below(prng, 2);
	float *a = random_floats(prng, m * k), *b = random_floats(prng, k * n);
	float *c = random_floats(prng, m * ldc), *before = malloc(m * ldc * sizeof(*before));
	const struct gemm_operand a_view = prng_below(prng, 2) ? (struct gemm_operand){a, k, 1}
							       : (struct gemm_operand){a, 1, m};
	const struct gemm_operand b_view = prng_below(prng, 2) ? (struct gemm_operand){b, n, 1}
							       : (struct gemm_operand){b, 1, k};

	assert_non_null(before);
	memcpy(before, c, m * ldc * sizeof(*before));
	gemm(m, n, k, a_view, b_view, c, ldc, accumulate, scratch);
	for (size_t i = 0; i < m; i++) {
		for (size_t j = 0; j < ldc; j++) {
			const double old = (double)before[i * ldc + j];
			double want = old;

			if (j < n)
				want = product(k, a_view, b_view, i, j) + (accumulate ? old : 0);
			assert_true(fabs((double)c[i * ldc + j] - want) < 1e-3);
		}
	}
	free(before);
	free(c);
	free(b);
	free(a);
}

static void test_gemm(void **state)
{
	struct gemm_scratch *scratch = gemm_scratch_create();
	struct prng prng = {2};

	(void)state;
	assert_non_null(scratch);
	for (int i = 0; i < 12; i++)
		check_gemm(&prng, scratch);
	gemm_scratch_destroy(scratch);
}

/* ---- patterns -------------------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void test_select(void **state)
{
	struct prng prng = {3};

	(void)state;
	for (int round = 0; round < 500; round++) {
		const size_t n = 1 + prng_below(&prng, 60);
		const uint32_t values = 1 + prng_below(&prng, 80); /* few: many equal keys */
		uint32_t keys[60], sorted[60];
		const size_t k = prng_below(&prng, (uint32_t)n);

		for (size_t i = 0; i < n; i++)
			sorted[i] = keys[i] = select_key((float)prng_below(&prng, values) - 20.0f);
		qsort(sorted, n, sizeof(*sorted), compare_keys);
		assert_int_equal(select_kth(keys, n, k), sorted[k]);
		assert_true(select_key(select_value(sorted[k])) == sorted[k]);
	}
}

static void test_pattern_names(void **state)
{
	static const char *const wrong[] = {"",	    "2:",    ":4",     "2:3",	 "5:4",	 "0:4",
					    "2:4 ", "2:4:8", "16:512", "dense4", "-1:4", "2:2"};
	struct pattern pattern;
	char name[PATTERN_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(pattern_parse(wrong[i], &pattern));
	assert_true(pattern_parse("16:256", &pattern));
	pattern_print(pattern, name);
	assert_string_equal(name, "16:256");
	pattern_print_file(pattern, name);
	assert_string_equal(name, "16of256");
	assert_true(pattern_parse("dense", &pattern));
	pattern_print(pattern, name);
	assert_string_equal(name, "dense");
}

/* True if weight i of the group is among the `keep` that go first: larger, or equal and earlier. */
static bool is_kept(const float *group, size_t size, size_t keep, size_t i)
{
	size_t ahead = 0;

	for (size_t j = 0; j < size; j++)
		ahead += fabsf(group[j]) > fabsf(group[i]) ||
			 (fabsf(group[j]) == fabsf(group[i]) && j < i);
	return ahead < keep;
}

static void check_mask(struct prng *prng, struct pattern pattern, size_t length)
{
	const size_t runs = 3, m = (size_t)pattern.m;
	float *weights = random_floats(prng, runs * length);
	float *mask = random_floats(prng, runs * length);

	for (size_t i = 0; i < runs * length; i++) /* coarse: many ties */
		weights[i] = rintf(weights[i] * 20.0f);
	pattern_mask(pattern, weights, runs, length, mask);
	for (size_t i = 0; i < runs * length; i++) {
		const size_t in_run = i % length, first = i - in_run % m;
		const size_t left = length - (in_run - in_run % m), size = left < m ? left : m;
		const bool kept = is_kept(weights + first, size, (size_t)pattern.n, i - first);

		assert_true(mask[i] == (kept ? 1.0f : 0.0f));
	}
	free(mask);
	free(weights);
}

static void test_masks(void **state)
{
	static const struct pattern patterns[] = {{2, 4},    {1, 4},	 {16, 128}, {8, 128},
						  {16, 256}, {256, 256}, {1, 256}};
	struct prng prng = {4};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		for (int round = 0; round < 20; round++)
			check_mask(&prng, patterns[i], 1 + prng_below(&prng, 600));
	}
}

/* ---- gradients ------------------------------------------------------------------------------- */

static double loss_at(struct pass *pass, const float *params, const struct fashion_data *data)
{
	size_t right = 0;

	pass_forward(pass, params, data->count);
	return pass_loss(pass, data->labels, data->count, &right);
}

/* The slope of the loss along the gradient of one layer, by differences. */
static void check_layer_gradient(struct pass *pass, float *params, const struct fashion_data *data,
				 const float *gradient, const struct fashion_layer *layer)
{
	const size_t count = fashion_layer_weights(layer) + (size_t)layer->out_channels;
	float *at = params + layer->weight_at;
	double square = 0, ahead, behind, step;
	float *kept = malloc(count * sizeof(*kept));

	assert_non_null(kept);
	memcpy(kept, at, count * sizeof(*kept));
	for (size_t i = 0; i < count; i++)
		square += (double)gradient[layer->weight_at + i] *
			  (double)gradient[layer->weight_at + i];
	assert_true(square > 0);
	step = 1e-3 / sqrt(square);
	for (size_t i = 0; i < count; i++)
		at[i] = kept[i] + (float)step * gradient[layer->weight_at + i];
	ahead = loss_at(pass, params, data);
	for (size_t i = 0; i < count; i++)
		at[i] = kept[i] - (float)step * gradient[layer->weight_at + i];
	behind = loss_at(pass, params, data);
	memcpy(at, kept, count * sizeof(*kept));
	free(kept);

	const double slope = (ahead - behind) / (2 * step);

	if (fabs(slope / square - 1.0) > 0.02)
		fail_msg("%s: slope %g, gradient says %g", layer->name, slope, square);
}

static void check_gradients(const char *name)
{
	struct prng prng = {5};
	struct fashion_data data = random_data(&prng, 9);
	struct fashion_net *net = fashion_net_create(name);
	struct pass *pass;
	float *gradient;

	assert_non_null(net);
	fashion_net_init(net, &prng);
	pass = pass_create(net, 9);
	gradient = calloc(net->param_count, sizeof(*gradient));
	assert_true(pass && gradient);
	for (size_t i = 0; i < data.count; i++)
		pass_set_image(pass, i, data.images + i * FASHION_PIXELS);
	loss_at(pass, net->params, &data);
	pass_backward(pass, net->params, data.count, gradient);
	for (int i = 0; i < net->layer_count; i++) {
		if (fashion_layer_has_weights(&net->layers[i]))
			check_layer_gradient(pass, net->params, &data, gradient, &net->layers[i]);
	}
	free(gradient);
	pass_destroy(pass);
	fashion_net_destroy(net);
	fashion_data_free(&data);
}

static void test_gradients(void **state)
{
	(void)state;
	check_gradients("mlp");
	check_gradients("cnn");
}

/* ---- training and quantisation --------------------------------------------------------------- */

static struct fashion_net *train_small(const char *name, const struct fashion_data *data,
				       const char *pattern, int threads)
{
	const struct train_options options = {.epochs = 1, .peak_rate = 1e-3f, .threads = threads};
	struct fashion_net *net = fashion_net_create(name);
	struct prng prng = {6};

	assert_non_null(net);
	assert_true(pattern_parse(pattern, &net->pattern));
	fashion_net_init(net, &prng);
	assert_int_equal(train(net, data, data, prng, &options), 0);
	return net;
}

static void check_training(const char *name, const char *pattern)
{
	struct prng prng = {7};
	struct fashion_data data = random_data(&prng, 600);
	struct fashion_net *one = train_small(name, &data, pattern, 1);
	struct fashion_net *three = train_small(name, &data, pattern, 3);
	float *mask = malloc(one->param_count * sizeof(*mask));

	assert_non_null(mask);
	assert_memory_equal(one->params, three->params, one->param_count * sizeof(*mask));
	sr_ste_mask(one, mask, 2);
	for (size_t i = 0; i < one->param_count; i++)
		assert_true(mask[i] == 1.0f || one->params[i] == 0.0f);
	free(mask);
	fashion_net_destroy(three);
	fashion_net_destroy(one);
	fashion_data_free(&data);
}

static void test_training(void **state)
{
	(void)state;
	check_training("mlp", "8:128");
	check_training("cnn", "2:4");
}

/* The int8 network answers about as the float one does. */
static void check_quantized(const char *name)
{
	struct prng prng = {8};
	struct fashion_data data = random_data(&prng, QUANTIZE_IMAGES);
	struct fashion_net *net = train_small(name, &data, "dense", 2);
	struct pass *pass = pass_create(net, 50);
	float *logits = malloc(50 * FASHION_CLASSES * sizeof(*logits)), most = 0;

	assert_true(pass && logits);
	assert_int_equal(quantize(net, &data), 0);
	assert_int_equal(int8_forward(net, data.images, 50, 2, logits), 0);
	for (size_t i = 0; i < 50; i++)
		pass_set_image(pass, i, data.images + i * FASHION_PIXELS);
	pass_forward(pass, net->params, 50);
	for (size_t i = 0; i < 50 * FASHION_CLASSES; i++)
		most = fmaxf(most, fabsf(pass->values[net->layer_count][i]));
	for (size_t i = 0; i < 50 * FASHION_CLASSES; i++)
		assert_float_equal(logits[i], pass->values[net->layer_count][i], 0.08f * most);
	free(logits);
	pass_destroy(pass);
	fashion_net_destroy(net);
	fashion_data_free(&data);
}

static void test_quantized(void **state)
{
	(void)state;
	check_quantized("mlp");
	check_quantized("cnn");
}

/* ---- files ----------------------------------------------------------------------------------- */

static void write_file(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void test_checkpoint(void **state)
{
	char dir[] = "/tmp/fashion-test-XXXXXX", path[64];
	struct fashion_net *net = fashion_net_create("mlp"), *copy = fashion_net_create("mlp");
	struct prng prng = {9};

	(void)state;
	assert_true(net && copy && mkdtemp(dir));
	assert_int_equal(checkpoint_load(copy, dir), 1);
	fashion_net_init(net, &prng);
	net->seed = 77;
	assert_int_equal(checkpoint_save(net, dir), 0);
	assert_int_equal(checkpoint_load(copy, dir), 0);
	assert_int_equal(copy->seed, 77);
	assert_memory_equal(net->params, copy->params, net->param_count * sizeof(*net->params));

	snprintf(path, sizeof(path), "%s/mlp-dense.ckpt", dir);
	assert_int_equal(truncate(path, 1000), 0);
	assert_int_equal(checkpoint_load(copy, dir), -1);
	write_file(path, "rubbish", 7);
	assert_int_equal(checkpoint_load(copy, dir), -1);
	assert_int_equal(checkpoint_save(net, "/nonexistent"), -1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	fashion_net_destroy(copy);
	fashion_net_destroy(net);
}

/* zlib reads plain files as they are, so the tests need not compress. */
static void test_data_faults(void **state)
{
	static const uint8_t images[16 + FASHION_PIXELS] = {0, 0, 8, 3,	 0, 0, 0, 1,
							    0, 0, 0, 28, 0, 0, 0, 28};
	static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 1, 9},
			     bad[] = {0, 0, 8, 1, 0, 0, 0, 1, 10};
	char dir[] = "/tmp/fashion-test-XXXXXX", image_path[64], label_path[64];
	struct fashion_data data;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(image_path, sizeof(image_path), "%s/x-images-idx3-ubyte.gz", dir);
	snprintf(label_path, sizeof(label_path), "%s/x-labels-idx1-ubyte.gz", dir);
	assert_int_equal(fashion_data_load(&data, dir, "x"), -1);
	write_file(image_path, images, sizeof(images));
	write_file(label_path, labels, sizeof(labels));
	assert_int_equal(fashion_data_load(&data, dir, "x"), 0);
	assert_int_equal(data.labels[0], 9);
	fashion_data_free(&data);

	write_file(label_path, bad, sizeof(bad));
	assert_int_equal(fashion_data_load(&data, dir, "x"), -1);
	write_file(label_path, images, sizeof(labels));
	assert_int_equal(fashion_data_load(&data, dir, "x"), -1);
	write_file(label_path, labels, sizeof(labels));
	for (size_t size = 0; size < sizeof(images); size += size < 20 ? 1 : 100) {
		write_file(image_path, images, size);
		assert_int_equal(fashion_data_load(&data, dir, "x"), -1);
	}
	assert_int_equal(unlink(image_path) | unlink(label_path) | rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels_agree), cmocka_unit_test(test_gemm),
		cmocka_unit_test(test_select),	      cmocka_unit_test(test_pattern_names),
		cmocka_unit_test(test_masks),	      cmocka_unit_test(test_gradients),
		cmocka_unit_test(test_training),      cmocka_unit_test(test_quantized),
		cmocka_unit_test(test_checkpoint),    cmocka_unit_test(test_data_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
