/* SPDX-License-Identifier: MIT */
/* The readers: what they read of sound files, and that broken ones are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Before cmocka.h, which makes a macro of the name fail. */
#include "fail.h"
#include "files.h"
#include "source.h"
#include "writer.h"

#include <cmocka.h>

#define DICT(descr, order, shape)                                                                  \
	"{'descr': '" descr "', 'fortran_order': " order ", 'shape': " shape ", }"

static struct tensor_source *open_sound(const struct bytes *file)
{
	struct tensor_source *src = NULL;

	if (source_open_memory(NULL, "test", file->data, file->size, &src) < 0)
		fail_msg("refused: %s", fail_last_text());
	return src;
}

static const struct tensor *load_only(struct tensor_source *src)
{
	assert_int_equal(src->count, 1);
	if (source_load(src, 0) < 0)
		fail_msg("not loaded: %s", fail_last_text());
	return &src->tensors[0];
}

/* Either the list or one of the tensors is refused. */
static void expect_refused(const struct tensor_format *format, const struct bytes *file,
			   const char *message)
{
	struct tensor_source *src = NULL;
	int ret = source_open_memory(format, "test", file->data, file->size, &src);

	for (size_t i = 0; ret == 0 && i < src->count; i++)
		ret = source_load(src, i);
	source_close(src);
	assert_int_equal(ret, -1);
	assert_int_equal(fail_last_kind(), FAIL_INPUT);
	if (!strstr(fail_last_text(), message))
		fail_msg("'%s' lacks '%s'", fail_last_text(), message);
}

/* ---- npy ---- */

static void npy_versions(void **state)
{
	static const float data[6] = {1, 2, 3, 4, 5, -6};

	(void)state;
	for (unsigned int version = 1; version <= 3; version++) {
		struct bytes file = {0};
		struct tensor_source *src;
		const struct tensor *t;

		make_npy(&file, version, DICT("<f4", "False", "(2, 3)"), data, sizeof(data));
		src = open_sound(&file);
		t = load_only(src);
		assert_int_equal(t->dtype, DTYPE_F32);
		assert_int_equal(t->rank, 2);
		assert_int_equal(t->shape[1], 3);
		assert_memory_equal(t->data, data, sizeof(data));
		source_close(src);
		bytes_free(&file);
	}
}

struct npy_type {
	const char *descr;
	enum dtype dtype;
	unsigned char bytes[8];
	double value;
};

static const struct npy_type npy_types[] = {
	{"<f8", DTYPE_F64, {0, 0, 0, 0, 0, 0, 0xf8, 0xbf}, -1.5},
	{">f8", DTYPE_F64, {0xbf, 0xf8}, -1.5},
	{"<f4", DTYPE_F32, {0, 0, 0xc0, 0xbf}, -1.5},
	{">f4", DTYPE_F32, {0xbf, 0xc0, 0, 0}, -1.5},
	{"<f2", DTYPE_F16, {0, 0xbe}, -1.5},
	{">f2", DTYPE_F16, {0xbe, 0}, -1.5},
	{"<f2", DTYPE_F16, {1, 0}, 0x1p-24},
	{"|i1", DTYPE_S8, {0xfe}, -2},
	{"i1", DTYPE_S8, {0xfe}, -2},
	{"|u1", DTYPE_U8, {0xfe}, 254},
	{"<i2", DTYPE_S16, {0xfe, 0xff}, -2},
	{">i4", DTYPE_S32, {0xff, 0xff, 0xff, 0xfe}, -2},
	{"<i8", DTYPE_S64, {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, -2},
	{">u2", DTYPE_U16, {1, 0}, 256},
	{"<u4", DTYPE_U32, {0, 1, 0, 0}, 256},
	{"<u8", DTYPE_U64, {0, 1}, 256},
	{"|b1", DTYPE_BOOL, {1}, 1},
};

static void npy_every_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(npy_types) / sizeof(npy_types[0]); i++) {
		const struct npy_type *type = &npy_types[i];
		struct bytes file = {0};
		struct tensor_source *src;
		const struct tensor *t;
		char dict[128];

		snprintf(dict, sizeof(dict), DICT("%s", "False", "(1,)"), type->descr);
		make_npy(&file, 1, dict, type->bytes, dtype_bytes(type->dtype));
		src = open_sound(&file);
		t = load_only(src);
		assert_int_equal(t->dtype, type->dtype);
		assert_true(dtype_get(t->dtype, t->data, 0) == type->value);
		source_close(src);
		bytes_free(&file);
	}
}

static void npy_fortran_order(void **state)
{
	/* Element (i, j, k) is 100 i + 10 j + k; the first index runs fastest in the file. */
	int16_t data[2 * 3 * 4], *to = data;
	struct bytes file = {0};
	struct tensor_source *src;
	const struct tensor *t;

	(void)state;
	for (int k = 0; k < 4; k++) {
		for (int j = 0; j < 3; j++) {
			for (int i = 0; i < 2; i++)
				*to++ = (int16_t)(100 * i + 10 * j + k);
		}
	}
	make_npy(&file, 1, DICT("<i2", "True", "(2, 3, 4)"), data, sizeof(data));
	src = open_sound(&file);
	t = load_only(src);
	for (int n = 0; n < 24; n++)
		assert_true(dtype_get(t->dtype, t->data, (uint64_t)n) ==
			    100 * (n / 12) + 10 * (n / 4 % 3) + n % 4);
	source_close(src);
	bytes_free(&file);
}

static void npy_refusals(void **state)
{
	static const struct {
		const char *dict, *message;
	} cases[] = {
		{"{'descr': '<f4', 'fortran_order': False}", "missing"},
		{DICT("<c8", "False", "(1,)"), "'<c8' are not read"},
		{DICT("<f4", "Maybe", "(1,)"), "True or False"},
		{DICT("<f4", "False", "(1.5,)"), "',' or ')'"},
		{DICT("<f4", "False", "(-1,)"), "not a whole number"},
		{DICT("<f4", "False", "(99999999999999999999,)"), "too large"},
		{DICT("<f4", "False", "(4294967296, 4294967296, 4)"), "overflow"},
		{DICT("<f4", "False", "(4611686018427387904,)"), "do not fit"},
		{DICT("<f4", "False", "(1,1,1,1,1,1,1,1,1)"), "8 dimensions"},
		{DICT("<f4", "False", "(3,)"), "promises 12 bytes"},
		{DICT("<f4", "False", "(1"), "not a whole number"},
		{"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "records"},
		{"{'what': 1}", "unknown key"},
		{"{'descr': '<f4", "does not end"},
		{"[]", "does not begin"},
		{DICT("<f4", "False", "(1,)") " x", "after the header"},
		{"", "does not begin"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes file = {0};

		make_npy(&file, 1, cases[i].dict, "\0\0\0\0", 4);
		expect_refused(NULL, &file, cases[i].message);
		bytes_free(&file);
	}
}

static void npy_bad_version(void **state)
{
	struct bytes file = {0};

	(void)state;
	make_npy(&file, 1, DICT("<f4", "False", "(1,)"), "\0\0\0\0", 4);
	file.data[6] = 4;
	expect_refused(NULL, &file, "version 4.0");
	file.data[6] = 2; /* the header's length is now nonsense */
	expect_refused(NULL, &file, "at most");
	bytes_free(&file);
}

/* ---- safetensors ---- */

static void safetensors_types(void **state)
{
	static const char header[] =
		"{\"__metadata__\":{\"format\":\"pt\"},"
		"\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
		"\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[8,12]},"
		"\"c\":{\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[12,13]},"
		"\"d\":{\"dtype\":\"F8_E4M3\",\"shape\":[3],\"data_offsets\":[13,16]}}   ";
	static const unsigned char data[16] = {0,    0,	   0x80, 0x3f, 0,    0, 0, 0x40,
					       0xc0, 0x3f, 0,	 0xc0, 0x85, 1, 2, 3};
	struct bytes file = {0};
	struct tensor_source *src;

	(void)state;
	make_safetensors(&file, header, data, sizeof(data));
	src = open_sound(&file);
	assert_string_equal(src->format->name, "safetensors");
	assert_int_equal(src->count, 4);
	assert_non_null(src->metadata);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(source_load(src, i), 0);
	assert_true(dtype_get(DTYPE_F32, src->tensors[0].data, 1) == 2.0);
	assert_true(dtype_get(DTYPE_BF16, src->tensors[1].data, 0) == 1.5);
	assert_true(dtype_get(DTYPE_S8, src->tensors[2].data, 0) == -123);
	assert_int_equal(source_load(src, 3), -1);
	assert_non_null(strstr(fail_last_text(), "F8_E4M3"));
	source_close(src);
	bytes_free(&file);
}

static void safetensors_refusals(void **state)
{
	static const struct {
		const char *header, *message;
	} cases[] = {
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", "span 8"},
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "hole"},
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
		 "after the last"},
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
		 "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
		 "overlap"},
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", "outside"},
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "outside"},
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}}", "whole"},
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", "not a list"},
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", "[begin, end]"},
		{"{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}", "not a string"},
		{"{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", "not a string"},
		{"{\"a\":7}", "not an object"},
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,2],"
		 "\"data_offsets\":[0,8]}}",
		 "overflow"},
		{"{\"a\"", "not a JSON object"},
		{"{} x", "not a JSON object"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes file = {0};

		make_safetensors(&file, cases[i].header, "\0\0\0\0\0\0\0\0", 8);
		expect_refused(&safetensors_format, &file, cases[i].message);
		bytes_free(&file);
	}
}

/* The place where the dict ends up: two rows of 8, rows keep (0, 2, 5, 6) and (1, 3, 4, 7). */
static const char sparse_header[] =
	"{\"w.compressed\":{\"dtype\":\"F16\",\"shape\":[2,4],\"data_offsets\":[16,32]},"
	"\"w.bitmask\":{\"dtype\":\"U8\",\"shape\":[2,1],\"data_offsets\":[32,34]},"
	"\"w.shape\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]}}";

static void make_sparse24(struct bytes *file, unsigned char mask0, unsigned char mask1)
{
	/* 1.0 to 8.0 as half floats */
	static const uint16_t values[8] = {0x3c00, 0x4000, 0x4200, 0x4400,
					   0x4500, 0x4600, 0x4700, 0x4800};
	static const int64_t shape[2] = {2, 8};
	struct bytes data = {0};

	bytes_add(&data, shape, sizeof(shape));
	bytes_add(&data, values, sizeof(values));
	bytes_add(&data, &mask0, 1);
	bytes_add(&data, &mask1, 1);
	make_safetensors(file, sparse_header, data.data, data.size);
	bytes_free(&data);
}

static void sparse24_expands(void **state)
{
	static const double expected[16] = {1, 0, 2, 0, 0, 3, 4, 0, 0, 5, 0, 6, 7, 0, 0, 8};
	struct bytes file = {0};
	struct tensor_source *src;
	struct tensor *t;

	(void)state;
	make_sparse24(&file, 0x65, 0x9a);
	src = open_sound(&file);
	t = source_find(src, "w");
	assert_non_null(t);
	assert_int_equal(t->rank, 2);
	assert_int_equal(source_load(src, (size_t)(t - src->tensors)), 0);
	for (uint64_t i = 0; i < 16; i++)
		assert_true(dtype_get(t->dtype, t->data, i) == expected[i]);
	source_close(src);
	bytes_free(&file);
}

static void sparse24_refusals(void **state)
{
	struct bytes file = {0};

	(void)state;
	make_sparse24(&file, 0x65, 0x9b);
	expect_refused(NULL, &file, "row 1, group 0");
	bytes_free(&file);
	make_sparse24(&file, 0x15, 0x9a);
	expect_refused(NULL, &file, "row 0, group 1");
	bytes_free(&file);
	make_sparse24(&file, 0x65, 0x9a);
	file.data[8 + strlen(sparse_header)] = 3;
	expect_refused(NULL, &file, "sizes that '.shape' [3, 8]");
	bytes_free(&file);
}

/* ---- onnx ---- */

static const struct tensor *find_loaded(struct tensor_source *src, const char *name)
{
	struct tensor *t = source_find(src, name);

	if (!t)
		fail_msg("no tensor '%s'", name);
	assert_int_equal(source_load(src, (size_t)(t - src->tensors)), 0);
	return t;
}

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

/* ---- npz: made by our writer, which numpy's own files resemble ---- */

static const float npz_data[2][6] = {{1, 2, 3, 4, 5, 6}, {-1, 0, 0, 0, 0, 7}};

static int give_npz(void *context, size_t i, const void **data)
{
	(void)context;
	*data = npz_data[i];
	return 0;
}

static void make_npz(struct bytes *out)
{
	struct out_tensor items[2] = {{.name = (char *)"first",
				       .dtype = DTYPE_F32,
				       .rank = 2,
				       .shape = {2, 3},
				       .bytes = 24},
				      {.name = (char *)"second",
				       .dtype = DTYPE_F32,
				       .rank = 1,
				       .shape = {6},
				       .bytes = 24}};
	struct out_tensors tensors = {.items = items, .count = 2, .fill = give_npz};
	char path[] = "/tmp/nmaccel-test-XXXXXX.npz";
	int fd = mkstemps(path, 4);
	unsigned char buffer[4096];
	size_t got;
	FILE *file;

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(writer_save(writer_find(path), path, true, &tensors), 0);
	file = fopen(path, "rb");
	assert_non_null(file);
	while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
		bytes_add(out, buffer, got);
	fclose(file);
	unlink(path);
}

static void npz_reads(void **state)
{
	struct bytes file = {0};
	struct tensor_source *src;

	(void)state;
	make_npz(&file);
	src = open_sound(&file);
	assert_string_equal(src->format->name, "npz");
	assert_int_equal(src->count, 2);
	assert_memory_equal(find_loaded(src, "first")->data, npz_data[0], 24);
	assert_memory_equal(find_loaded(src, "second")->data, npz_data[1], 24);
	source_close(src);
	bytes_free(&file);
}

/* ---- every truncation, every flipped byte ---- */

/* A whole file that is read must read as the original did where the mutation changes nothing. */
static int read_all(const struct tensor_format *format, const void *data, size_t size)
{
	struct tensor_source *src;
	int ret = source_open_memory(format, "test", data, size, &src);

	if (ret < 0)
		return -1;
	for (size_t i = 0; i < src->count && ret == 0; i++)
		ret = source_load(src, i);
	source_close(src);
	return ret;
}

static void try_mutations(const struct tensor_format *format, const struct bytes *file,
			  bool whole_counts)
{
	size_t refused = 0;

	for (size_t size = 0; size < file->size; size++) {
		/* Exactly so large, so that the sanitizer sees a read beyond the end. */
		unsigned char *copy = malloc(size ? size : 1);

		assert_non_null(copy);
		memcpy(copy, file->data, size);
		if (whole_counts)
			assert_int_equal(read_all(format, copy, size), -1);
		else
			refused += read_all(format, copy, size) < 0;
		free(copy);
	}
	for (size_t i = 0; i < file->size; i++) {
		for (unsigned int flip = 1; flip < 256; flip = flip == 1 ? 0x80 : flip + 0x7f) {
			file->data[i] ^= (unsigned char)flip;
			refused += read_all(format, file->data, file->size) < 0;
			file->data[i] ^= (unsigned char)flip;
		}
	}
	assert_int_equal(read_all(format, file->data, file->size), 0);
	assert_true(refused > 0);
}

static void mutate_npy(void **state)
{
	static const float data[6] = {1, 2, 3, 4, 5, 6};
	struct bytes file = {0};

	(void)state;
	make_npy(&file, 1, DICT("<f4", "True", "(2, 3)"), data, sizeof(data));
	try_mutations(&npy_format, &file, true);
	bytes_free(&file);
}

static void mutate_npz(void **state)
{
	struct bytes file = {0};

	(void)state;
	make_npz(&file);
	try_mutations(&npz_format, &file, true);
	bytes_free(&file);
}

static void mutate_safetensors(void **state)
{
	struct bytes file = {0};

	(void)state;
	make_sparse24(&file, 0x65, 0x9a);
	try_mutations(&safetensors_format, &file, true);
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

static void unknown_formats(void **state)
{
	struct bytes file = {0};

	(void)state;
	expect_refused(NULL, &file, "it is empty");
	bytes_add_text(&file, "GGUF");
	expect_refused(NULL, &file, "readable are");
	bytes_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(npy_versions),
		cmocka_unit_test(npy_every_type),
		cmocka_unit_test(npy_fortran_order),
		cmocka_unit_test(npy_refusals),
		cmocka_unit_test(npy_bad_version),
		cmocka_unit_test(safetensors_types),
		cmocka_unit_test(safetensors_refusals),
		cmocka_unit_test(sparse24_expands),
		cmocka_unit_test(sparse24_refusals),
		cmocka_unit_test(onnx_uses),
		cmocka_unit_test(onnx_typed_data),
		cmocka_unit_test(onnx_refusals),
		cmocka_unit_test(onnx_external_stays_beside),
		cmocka_unit_test(onnx_sparse_initializer_is_named),
		cmocka_unit_test(onnx_deep_nesting),
		cmocka_unit_test(npz_reads),
		cmocka_unit_test(mutate_npy),
		cmocka_unit_test(mutate_npz),
		cmocka_unit_test(mutate_safetensors),
		cmocka_unit_test(mutate_onnx),
		cmocka_unit_test(unknown_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
