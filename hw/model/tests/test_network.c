/* SPDX-License-Identifier: MIT */
/* The tables of layers: totals that are known, and what a table must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cycles.h"

static struct cycles_network load(const char *name)
{
	struct cycles_network network;
	char error[CYCLES_ERROR_BYTES] = "";
	const char *text = cycles_network_builtin(name);

	assert_non_null(text);
	if (cycles_network_parse(text, name, &network, error) < 0)
		fail_msg("%s", error);
	return network;
}

struct totals {
	uint64_t layers, weights, prunable, macs;
};

static struct totals total(const struct cycles_network *network)
{
	struct totals t = {.layers = network->count};

	for (size_t i = 0; i < network->count; i++) {
		const struct cycles_layer *layer = &network->layers[i];

		t.weights += cycles_layer_weights(layer);
		t.prunable += layer->prune ? cycles_layer_weights(layer) : 0;
		t.macs += cycles_layer_weights(layer) * cycles_layer_columns(layer, 1);
	}
	return t;
}

/*
 * torchvision's resnet50 has 25,557,032 parameters: these, 53,120 of batch normalisation and 1,000
 * biases; and 4.089 G multiply-adds.
 */
static void resnet50(void **state)
{
	struct cycles_network network = load("resnet50");
	struct totals t = total(&network);
	uint32_t k3 = 0, k1 = 0;

	(void)state;
	assert_int_equal(t.layers, 53 + 1);
	assert_int_equal(t.weights, 25557032 - 53120 - 1000);
	assert_int_equal(t.macs, 4089184256);
	assert_int_equal(t.prunable, t.weights - 64 * 147);
	for (size_t i = 0; i + 1 < network.count; i++) {
		k3 += network.layers[i].kernel_h == 3;
		k1 += network.layers[i].kernel_h == 1;
	}
	assert_int_equal(k3, 16);
	assert_int_equal(k1, 36);
	cycles_network_free(&network);
}

/* torchvision's mobilenet_v2: 3,504,872 parameters, 34,112 and 1,000 of them as above. */
static void mobilenetv2(void **state)
{
	struct cycles_network network = load("mobilenetv2");
	struct totals t = total(&network);
	uint32_t depthwise = 0;

	(void)state;
	assert_int_equal(t.layers, 52 + 1);
	assert_int_equal(t.weights, 3504872 - 34112 - 1000);
	assert_int_equal(t.macs, 300774272);
	for (size_t i = 0; i < network.count; i++)
		depthwise += network.layers[i].depthwise;
	assert_int_equal(depthwise, 17);
	cycles_network_free(&network);
}

/* 12 encoders of 4 x 768 x 768 and 2 x 768 x 3072, and the pooler. */
static void bert_base(void **state)
{
	struct cycles_network network = load("bert-base");
	struct totals t = total(&network);

	(void)state;
	assert_int_equal(t.layers, 12 * 6 + 1);
	assert_int_equal(t.prunable, 84934656);
	assert_int_equal(t.weights, 84934656 + 768 * 768);
	assert_int_equal(t.macs, 84934656ull * 128 + 768 * 768);
	cycles_network_free(&network);
}

/* Each layer's input is the output of one before it, so no shape can be wrong by itself. */
static void shapes_follow(void **state)
{
	static const char *const names[] = {"resnet50", "mobilenetv2", "bert-base"};

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		struct cycles_network network = load(names[n]);

		for (size_t i = 1; i < network.count; i++) {
			const struct cycles_layer *to = &network.layers[i];
			bool found = false;

			for (size_t j = 0; j < i && !found; j++)
				found = network.layers[j].rows == to->channels;
			if (!found)
				fail_msg("%s: nothing makes %u channels", to->name, to->channels);
		}
		cycles_network_free(&network);
	}
	assert_null(cycles_network_builtin("resnet"));
}

static const char good[] = "# a comment\n\n"
			   "a 8 8 4 16 3x3 1 1 1 yes 2:4\n"
			   "b 8 8 16 16 3x3 2 1 16 no dense # another\r\n"
			   "c 1 100 16 8 1x1 1 0 1 yes 1:4";

static void fields(void **state)
{
	struct cycles_network network;
	char error[CYCLES_ERROR_BYTES];

	(void)state;
	assert_int_equal(cycles_network_parse(good, "dir/good.net", &network, error), 0);
	assert_string_equal(network.name, "good.net");
	assert_int_equal(network.count, 3);
	assert_false(network.layers[0].depthwise);
	assert_true(network.layers[1].depthwise);
	assert_int_equal(cycles_layer_out_h(&network.layers[1]), 4);
	assert_int_equal(cycles_layer_reduction(&network.layers[1]), 9);
	assert_int_equal(cycles_layer_columns(&network.layers[2], 3), 300);
	assert_int_equal(network.layers[2].mixed.n, 1);
	assert_int_equal(network.layers[2].mixed.m, 4);
	cycles_network_free(&network);
}

/* Each line breaks one thing of a layer that is right. */
static void wrong_lines(void **state)
{
	static const struct {
		const char *line, *message;
	} rows[] = {
		{"", "no layer in this file"},
		{"# nothing", "no layer in this file"},
		{"a 8 8 4 16 3x3 1 1 1 yes", "too few words"},
		{"a 8 8 4 16 3x3 1 1 1 yes 2:4 more", "too many words"},
		{"a 0 8 4 16 3x3 1 1 1 yes 2:4", "in_h is a number from 1 to 8192, not '0'"},
		{"a 8 x 4 16 3x3 1 1 1 yes 2:4", "in_w is a number"},
		{"a 8 8 -4 16 3x3 1 1 1 yes 2:4", "channels is a number"},
		{"a 8 8 4 65537 3x3 1 1 1 yes 2:4", "rows is a number"},
		{"a 8 8 4 16 3 1 1 1 yes 2:4", "kernel is written 3x3"},
		{"a 8 8 4 16 3x3x3 1 1 1 yes 2:4", "kernel is written 3x3"},
		{"a 8 8 4 16 0x3 1 1 1 yes 2:4", "kernel is written 3x3"},
		{"a 8 8 4 16 3x256 1 1 1 yes 2:4", "kernel is written 3x3"},
		{"a 8 8 4 16 3x3 0 1 1 yes 2:4", "stride is a number"},
		{"a 8 8 4 16 3x3 1 256 1 yes 2:4", "pad is a number"},
		{"a 8 8 4 16 3x3 1 3 1 yes 2:4", "pad must be less than the kernel"},
		{"a 8 8 4 16 11x11 1 1 1 yes 2:4", "larger than the padded image"},
		{"a 8 8 4 16 3x3 1 1 2 yes 2:4", "groups is 1, or as many"},
		{"a 8 8 4 16 3x3 1 1 4 yes 2:4", "groups is 1, or as many"},
		{"a 8 8 4 16 3x3 1 1 0 yes 2:4", "groups is a number"},
		{"a 8 8 4 16 3x3 1 1 1 maybe 2:4", "prune is yes or no, not 'maybe'"},
		{"a 8 8 4 16 3x3 1 1 1 yes 2:5", "mixed is dense or n:m, not '2:5'"},
		{"a 8 8 4 16 3x3 1 1 1 yes 5:4", "mixed is dense or n:m"},
		{"a 8 8 4 16 3x3 1 1 1 yes 0:4", "mixed is dense or n:m"},
		{"a 8 8 4 16 3x3 1 1 1 yes 2:512", "mixed is dense or n:m"},
		{"a 8 8 4 16 3x3 1 1 1 yes 2:4:", "mixed is dense or n:m"},
		{"a 300 300 4 16 255x255 1 1 1 yes 2:4", "more than 131071 weights a row"},
		{"a 1 1 1 1 1x1 1 0 1 no dense\na 1 1 1 1 1x1 1 0 1 no dense",
		 "line 2: a second layer 'a'"},
		{"an_unreasonably_long_name_of_a_layer_that_nobody_would_ever_want_to_read 8 8 4 "
		 "16 "
		 "3x3 1 1 1 yes 2:4",
		 "a name has at most 63 characters"},
	};
	struct cycles_network network;
	char error[CYCLES_ERROR_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(cycles_network_parse(rows[i].line, "x", &network, error), -1);
		if (!strstr(error, rows[i].message) || strncmp(error, "x: line ", 8))
			fail_msg("'%s': %s", rows[i].line, error);
		assert_null(network.layers);
	}
}

static void long_line(void **state)
{
	struct cycles_network network;
	char error[CYCLES_ERROR_BYTES], text[400];

	(void)state;
	memset(text, ' ', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(cycles_network_parse(text, "x", &network, error), -1);
	assert_non_null(strstr(error, "line 1: longer than 255 characters"));
}

static void non_zeros(void **state)
{
	static const struct {
		struct cycles_pattern pattern;
		uint32_t channels, nonzeros;
	} rows[] = {
		{{1, 1}, 3, 3},	     {{2, 4}, 3, 2},	   {{1, 2}, 3, 2},	{{8, 128}, 64, 8},
		{{8, 128}, 3, 3},    {{8, 128}, 192, 16},  {{8, 128}, 130, 10}, {{8, 256}, 512, 16},
		{{32, 128}, 64, 32}, {{16, 128}, 128, 16}, {{1, 4}, 1024, 256},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cycles_layer layer = {
			.channels = rows[i].channels, .rows = 7, .kernel_h = 3, .kernel_w = 2};

		assert_int_equal(cycles_layer_nonzeros(&layer, rows[i].pattern),
				 rows[i].nonzeros * 7 * 6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resnet50),  cmocka_unit_test(mobilenetv2),
		cmocka_unit_test(bert_base), cmocka_unit_test(shapes_follow),
		cmocka_unit_test(fields),    cmocka_unit_test(wrong_lines),
		cmocka_unit_test(long_line), cmocka_unit_test(non_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
