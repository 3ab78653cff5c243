/* SPDX-License-Identifier: MIT */
/* The ONNX reader: what it makes of a graph, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Before cmocka.h, which makes a macro of the name fail. */
#include "fail.h"
#include "reader_checks.h"

#include <cmocka.h>

static void onnx_uses(void **state)
{
	struct bytes file = {0};
	struct tensor_source *src;
	const struct tensor *t;

	(void)state;
	make_onnx(&file);
	src = open_sound(&file);
	assert_string_equal(src->format->name, "onnx");
	t = find_loaded(src, "conv.w");
	assert_int_equal(t->use, USE_CONV);
	assert_int_equal(t->layout, NMACCEL_WEIGHTS_OIHW);
	assert_int_equal(t->n_groups, 1);
	assert_string_equal(t->consumer, "Conv 'conv'");
	assert_int_equal(find_loaded(src, "conv.b")->use, USE_BIAS);
	assert_int_equal(find_loaded(src, "fc.s")->use, USE_QUANT);
	assert_int_equal(find_loaded(src, "table")->use, USE_EMBEDDING);
	assert_int_equal(find_loaded(src, "dw.w")->n_groups, 8);
	t = find_loaded(src, "mm.w");
	assert_int_equal(t->layout, NMACCEL_WEIGHTS_K_ROWS);
	assert_true(dtype_get(t->dtype, t->data, 1) == 1.5);
	t = find_loaded(src, "fc.q");
	assert_int_equal(t->layout, NMACCEL_WEIGHTS_ROWS_K);
	assert_int_equal(t->quant.count, 6);
	assert_int_equal(t->quant.axis, 0);
	assert_true(t->quant.scales[5] == 5.5f);
	source_close(src);
	bytes_free(&file);
}

/* An initialiser of ONNX type `type` whose typed field is `field`, packed as protobuf packs it. */
static void make_typed(struct bytes *out, int type, unsigned int field, const void *data,
		       size_t size)
{
	static const int64_t dims[] = {1, 2};
	struct bytes graph = {0}, tensor = {0};

	onnx_tensor(&tensor, "w", type, dims, 2, NULL, 0);
	pb_bytes(&tensor, field, data, size);
	pb_message(&graph, 5, &tensor);
	onnx_model(out, &graph);
}

static void onnx_typed_data(void **state)
{
	static const struct {
		int type;
		unsigned int field;
		unsigned char data[20];
		size_t size;
		double first, second;
	} cases[] = {
		{1, 4, {0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}, 8, 1, -2},
		{2, 5, {7, 0xff, 1}, 3, 7, 255},
		{3, 5, {0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 5}, 11, -128, 5},
		{10, 5, {0x80, 0x78, 0x80, 0x80, 3}, 5, 1, -2},
		{16, 5, {0x80, 0x7f, 0x80, 0x80, 3}, 5, 1, -2},
		{9, 5, {1, 0}, 2, 1, 0},
		{6, 5, {3, 4}, 2, 3, 4},
		{7, 7, {3, 4}, 2, 3, 4},
		{11, 10, {0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0}, 16, 1, -2},
		{12, 11, {3, 4}, 2, 3, 4},
		{13, 11, {3, 4}, 2, 3, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes file = {0};
		struct tensor_source *src;
		const struct tensor *t;

		make_typed(&file, cases[i].type, cases[i].field, cases[i].data, cases[i].size);
		src = open_sound(&file);
		t = load_only(src);
		assert_true(dtype_get(t->dtype, t->data, 0) == cases[i].first);
		assert_true(dtype_get(t->dtype, t->data, 1) == cases[i].second);
		source_close(src);
		bytes_free(&file);
	}
}

static void onnx_refusals(void **state)
{
	static const int64_t negative[] = {-4, 2}, huge[] = {INT64_MAX, 4}, two[] = {2};
	struct bytes file = {0}, graph = {0}, tensor = {0};
	float pair[2] = {0};

	(void)state;
	make_typed(&file, 2, 5, "\x07\x80\x02", 3);
	expect_refused(NULL, &file, "element 1 is 256");
	bytes_free(&file);
	make_typed(&file, 1, 4, pair, 4);
	expect_refused(NULL, &file, "float_data holds 1 elements");
	bytes_free(&file);
	onnx_tensor(&tensor, "w", 1, negative, 2, pair, 8);
	pb_message(&graph, 5, &tensor);
	onnx_model(&file, &graph);
	expect_refused(NULL, &file, "dimension 0 is negative");
	bytes_free(&file);
	onnx_tensor(&tensor, "w", 1, huge, 2, pair, 8);
	pb_message(&graph, 5, &tensor);
	onnx_model(&file, &graph);
	expect_refused(NULL, &file, "overflow");
	bytes_free(&file);
	onnx_tensor(&tensor, "w", 1, two, 1, pair, 4);
	pb_message(&graph, 5, &tensor);
	onnx_model(&file, &graph);
	expect_refused(NULL, &file, "raw_data has 4 bytes");
	bytes_free(&file);
	pb_varint(&file, 1, 8);
	expect_refused(NULL, &file, "no graph");
	bytes_free(&file);
	bytes_add_text(&file, "\x08\x08\x0b");
	expect_refused(NULL, &file, "unknown wire type");
	bytes_free(&file);
}

static void onnx_external(void **state, const char *location, const char *message)
{
	static const int64_t two[] = {2};
	struct bytes file = {0}, graph = {0}, tensor = {0}, entry = {0};

	(void)state;
	onnx_tensor(&tensor, "w", 1, two, 1, NULL, 0);
	pb_text(&entry, 1, "location");
	pb_text(&entry, 2, location);
	pb_message(&tensor, 13, &entry);
	pb_varint(&tensor, 14, 1);
	pb_message(&graph, 5, &tensor);
	onnx_model(&file, &graph);
	expect_refused(NULL, &file, message);
	bytes_free(&file);
}

static void onnx_external_stays_beside(void **state)
{
	onnx_external(state, "../w.bin", "own directory");
	onnx_external(state, "/etc/passwd", "own directory");
	onnx_external(state, "a/b", "own directory");
	onnx_external(state, "..", "own directory");
	onnx_external(state, "", "without a location");
	onnx_external(state, "w.bin", "in memory");
}

static void onnx_sparse_initializer_is_named(void **state)
{
	static const int64_t count[] = {2};
	struct bytes file = {0}, graph = {0}, sparse = {0}, values = {0};
	float pair[2] = {1, 2};
	struct tensor_source *src;

	(void)state;
	onnx_tensor(&values, "w", 1, count, 1, pair, sizeof(pair));
	pb_message(&sparse, 1, &values);
	pb_varint(&sparse, 3, 4);
	pb_varint(&sparse, 3, 8);
	pb_message(&graph, 15, &sparse);
	onnx_model(&file, &graph);
	src = open_sound(&file);
	assert_int_equal(src->count, 1);
	assert_string_equal(src->tensors[0].name, "w");
	assert_int_equal(src->tensors[0].shape[1], 8);
	assert_int_equal(source_load(src, 0), -1);
	assert_non_null(strstr(fail_last_text(), "sparse_initializer"));
	source_close(src);
	bytes_free(&file);
}

/* If nodes in If nodes, deeper than any stack should go. */
static void onnx_deep_nesting(void **state)
{
	struct bytes graph = {0}, file = {0};

	(void)state;
	pb_text(&graph, 2, "innermost");
	for (int depth = 0; depth < 2000; depth++) {
		struct bytes attribute = {0}, node = {0}, outer = {0};

		pb_text(&attribute, 1, "then_branch");
		pb_message(&attribute, 6, &graph);
		pb_text(&node, 4, "If");
		pb_message(&node, 5, &attribute);
		pb_message(&outer, 1, &node);
		graph = outer;
	}
	onnx_model(&file, &graph);
	expect_refused(NULL, &file, "nested too deeply");
	bytes_free(&file);
}

static void mutate_onnx(void **state)
{
	struct bytes file = {0};

	(void)state;
	make_onnx(&file);
	/* A protobuf message that ends between two fields is whole. */
	try_mutations(&onnx_format, &file, false);
	bytes_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(onnx_uses),
		cmocka_unit_test(onnx_typed_data),
		cmocka_unit_test(onnx_refusals),
		cmocka_unit_test(onnx_external_stays_beside),
		cmocka_unit_test(onnx_sparse_initializer_is_named),
		cmocka_unit_test(onnx_deep_nesting),
		cmocka_unit_test(mutate_onnx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
