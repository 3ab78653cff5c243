/* SPDX-License-Identifier: MIT */
#include "cmdline_inputs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka.h, which makes a macro of the name fail. */
#include "fail.h"
#include "files.h"

#include <cmocka.h>

static void write_npy(const char *path, const char *descr, const char *shape, const void *data,
		      size_t size)
{
	struct bytes file = {0};
	char *dict =
		xasprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape);

	make_npy(&file, 1, dict, data, size);
	write_file(path, &file);
	bytes_free(&file);
	free(dict);
}

void write_cut(const char *path, const char *from, size_t less)
{
	struct bytes file = {0};
	FILE *in = fopen(from, "rb");
	int byte;

	assert_non_null(in);
	while ((byte = fgetc(in)) != EOF) {
		unsigned char one = (unsigned char)byte;

		bytes_add(&file, &one, 1);
	}
	fclose(in);
	file.size -= less;
	write_file(path, &file);
	bytes_free(&file);
}

static void write_matrices(void)
{
	static float lin[8 * 128], turned[128 * 8], dense[8 * 128];
	static unsigned char u8[8 * 128];
	float vector[4] = {1, 2, 3, 4}, nan_matrix[4] = {1, 0, 0, 1};
	uint32_t nan_bits = 0x7fc00000;

	fill_pattern(lin, 8, 128, 2, 4);
	for (int r = 0; r < 8; r++) {
		for (int c = 0; c < 128; c++) {
			turned[c * 8 + r] = lin[r * 128 + c];
			dense[r * 128 + c] = (float)(1 + (r * 31 + c * 17) % 100);
			u8[r * 128 + c] =
				(unsigned char)(128 + lin[r * 128 + c] * (c % 3 ? 2 : -2));
		}
	}
	memcpy(&nan_matrix[1], &nan_bits, sizeof(nan_bits));
	write_npy("lin.npy", "<f4", "(8, 128)", lin, sizeof(lin));
	write_npy("lin_t.npy", "<f4", "(128, 8)", turned, sizeof(turned));
	write_npy("dense.npy", "<f4", "(8, 128)", dense, sizeof(dense));
	write_npy("u8.npy", "|u1", "(8, 128)", u8, sizeof(u8));
	write_npy("vector.npy", "<f4", "(4,)", vector, sizeof(vector));
	write_npy("nan.npy", "<f4", "(2, 2)", nan_matrix, sizeof(nan_matrix));
	write_cut("cut.npy", "lin.npy", 1);
}

static void write_convs(void)
{
	static float lines[8 * 9 * 16], conv[8 * 16 * 9], depth[8 * 9];

	/* lines is 2:4 along channels in each tap; conv turns it into OIHW. */
	fill_pattern(lines, 8 * 9, 16, 2, 4);
	for (int r = 0; r < 8; r++) {
		for (int c = 0; c < 16; c++) {
			for (int tap = 0; tap < 9; tap++)
				conv[(r * 16 + c) * 9 + tap] = lines[(r * 9 + tap) * 16 + c];
		}
	}
	for (int i = 0; i < 8 * 9; i++)
		depth[i] = (float)(i + 1);
	write_npy("conv.npy", "<f4", "(8, 16, 3, 3)", conv, sizeof(conv));
	write_npy("depth.npy", "<f4", "(8, 1, 3, 3)", depth, sizeof(depth));
	/* The mistake that check is there for: groups of 4 of the flattened row. */
	fill_pattern(conv, 8, 144, 2, 4);
	write_npy("flat.npy", "<f4", "(8, 16, 3, 3)", conv, sizeof(conv));
}

static void write_two(void)
{
	static const char two[] =
		"{\"first\":{\"dtype\":\"F32\",\"shape\":[4,8],\"data_offsets\":[0,128]},"
		"\"second\":{\"dtype\":\"F32\",\"shape\":[4,8],\"data_offsets\":[128,256]}}";
	struct bytes file = {0};
	float data[2 * 4 * 8];

	fill_pattern(data, 8, 8, 2, 4);
	make_safetensors(&file, two, data, sizeof(data));
	write_file("two.safetensors", &file);
	bytes_free(&file);
}

static void write_containers(void)
{
	static const char sparse[] =
		"{\"w.compressed\":{\"dtype\":\"F16\",\"shape\":[2,4],\"data_offsets\":[16,32]},"
		"\"w.bitmask\":{\"dtype\":\"U8\",\"shape\":[2,1],\"data_offsets\":[32,34]},"
		"\"w.shape\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]}}";
	static const unsigned char data[34] = {
		2,    0, 0,    0, 0,	0, 0,	 0, 8,	  0, 0,	   0, 0,    0, 0,    0,	   0,
		0x3c, 0, 0x3c, 0, 0x3c, 0, 0x3c, 0, 0x3c, 0, 0x3c, 0, 0x3c, 0, 0x3c, 0x65, 0x9a};
	static const char odd[] =
		"{\"f8\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]},"
		"\"b\":{\"dtype\":\"BF16\",\"shape\":[2,8],\"data_offsets\":[4,36]}}";
	static const unsigned char odd_data[36] = {[5] = 0x3f, [7] = 0x3f, [9] = 0x3f};
	struct bytes file = {0};

	write_two();
	make_safetensors(&file, sparse, data, sizeof(data));
	write_file("sparse.safetensors", &file);
	bytes_free(&file);
	make_safetensors(&file, odd, odd_data, sizeof(odd_data));
	write_file("odd.safetensors", &file);
	bytes_free(&file);
	write_cut("cut.safetensors", "sparse.safetensors", 1);
	make_onnx(&file);
	write_file("model.onnx", &file);
	bytes_free(&file);
	write_cut("cut.onnx", "model.onnx", 10);
	write_file("empty.npy", &file);
	bytes_add_text(&file, "This is no model.\n");
	write_file("text.txt", &file);
	bytes_free(&file);
}

static void write_network(void)
{
	static const char plan[] =
		"{\"format\": \"nmaccel-plan\", \"version\": 1, \"name\": \"net\","
		" \"weights\": \"lin.nmw\", \"inputs\": [{\"name\": \"x\", \"type\": \"u8\","
		" \"layout\": \"nhwc\", \"height\": 1, \"width\": 1, \"channels\": 128,"
		" \"scale\": 0.5, \"zero_point\": 3}], \"layers\": [{\"op\": \"linear\","
		" \"name\": \"y\", \"input\": \"x\", \"weights\": \"lin\","
		" \"output\": {\"type\": \"s32\"}}],"
		" \"outputs\": [{\"tensor\": \"y\", \"layout\": \"nhwc\"}]}";
	static unsigned char x[5 * 128];
	static float xf[5 * 128];
	struct bytes file = {0};

	for (int i = 0; i < 5 * 128; i++) {
		x[i] = (unsigned char)(i * 37 % 251);
		xf[i] = ((float)x[i] - 3) * 0.5f;
	}
	write_npy("x.npy", "|u1", "(5, 128)", x, sizeof(x));
	write_npy("xf.npy", "<f4", "(5, 128)", xf, sizeof(xf));
	bytes_add_text(&file, plan);
	write_file("net.plan", &file);
	bytes_free(&file);
}

static void write_tables(void)
{
	struct bytes file = {0};

	bytes_add_text(&file, "# a table\n"
			      "conv 8 8 4 16 3x3 2 1 1 yes 2:4\n"
			      "dw 4 4 16 16 3x3 1 1 16 no dense\n");
	write_file("small.net", &file);
	bytes_free(&file);
	bytes_add_text(&file, "\nconv 8 8 4 16 3 2 1 1 yes 2:4\n");
	write_file("wrong.net", &file);
	bytes_free(&file);
}

void write_inputs(void)
{
	write_matrices();
	write_convs();
	write_containers();
	write_network();
	write_tables();
}
