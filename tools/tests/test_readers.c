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
#include "reader_checks.h"
#include "writer.h"

#include <cmocka.h>

#define DICT(descr, order, shape)                                                                  \
	"{'descr': '" descr "', 'fortran_order': " order ", 'shape': " shape ", }"

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
		cmocka_unit_test(npy_versions),		cmocka_unit_test(npy_every_type),
		cmocka_unit_test(npy_fortran_order),	cmocka_unit_test(npy_refusals),
		cmocka_unit_test(npy_bad_version),	cmocka_unit_test(safetensors_types),
		cmocka_unit_test(safetensors_refusals), cmocka_unit_test(sparse24_expands),
		cmocka_unit_test(sparse24_refusals),	cmocka_unit_test(npz_reads),
		cmocka_unit_test(mutate_npy),		cmocka_unit_test(mutate_npz),
		cmocka_unit_test(mutate_safetensors),	cmocka_unit_test(unknown_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
