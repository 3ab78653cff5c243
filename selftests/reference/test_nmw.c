// SPDX-License-Identifier: MIT
/* The reference's reader against the example that docs/packed-format.md writes out in bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nmw.h"

#define PAGE	   "docs/packed-format.md"
#define FILE_BYTES 576
#define LINE_BYTES 16
#define FIRST_LINE "00000000: 89 4e 4d 57"
#define ROWS	   3
#define K	   130

/* "00000010: 40 02 ..." */
static void parse_line(const char *line, uint8_t *bytes)
{
	const char *next = strchr(line, ':');

	assert_non_null(next);
	next++;
	for (size_t i = 0; i < LINE_BYTES; i++) {
		char *end;

		bytes[i] = (uint8_t)strtoul(next, &end, 16);
		assert_ptr_equal(end, next + 3);
		next = end;
	}
}

static void read_example(uint8_t bytes[FILE_BYTES])
{
	FILE *page = fopen(PAGE, "r");
	char line[512];
	size_t count = 0;

	if (!page)
		fail_msg("%s cannot be read; run this test from the top of the tree", PAGE);
	while (count < FILE_BYTES && fgets(line, sizeof(line), page)) {
		if (!count && strncmp(line, FIRST_LINE, strlen(FIRST_LINE)) != 0)
			continue;
		parse_line(line, bytes + count);
		count += LINE_BYTES;
	}
	fclose(page);
	assert_int_equal(count, FILE_BYTES);
}

static struct ref_nmw *load_bytes(const uint8_t *bytes, size_t count)
{
	char path[] = "/tmp/nmaccel-reference.XXXXXX", error[256] = "";
	int fd = mkstemp(path);
	struct ref_nmw *nmw;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, count), count);
	close(fd);
	nmw = ref_nmw_load(path, error, sizeof(error));
	unlink(path);
	assert_true(nmw || *error);
	return nmw;
}

static void test_example(void **state)
{
	static const struct {
		size_t row, k;
		int8_t value;
	} nonzeros[] = {
		{0, 0, 5}, {0, 3, -1}, {0, 127, 127}, {0, 128, -128}, {2, 1, 1},
		{2, 2, 2}, {2, 3, 3},  {2, 4, 4},     {2, 5, 5},      {2, 129, 9},
	};
	int8_t expected[ROWS * K] = {0};
	uint8_t bytes[FILE_BYTES];
	struct ref_weights weights = {0};
	struct ref_nmw *nmw;
	char error[256];

	(void)state;
	read_example(bytes);
	nmw = load_bytes(bytes, sizeof(bytes));
	assert_non_null(nmw);
	assert_true(ref_nmw_find(nmw, "fc", &weights, error, sizeof(error)));
	assert_int_equal(weights.rows, ROWS);
	assert_int_equal(weights.channels, K);
	assert_int_equal(weights.kernel_h, 1);
	assert_int_equal(weights.kernel_w, 1);
	assert_int_equal(weights.groups, 1);
	for (size_t i = 0; i < sizeof(nonzeros) / sizeof(nonzeros[0]); i++)
		expected[nonzeros[i].row * K + nonzeros[i].k] = nonzeros[i].value;
	assert_memory_equal(weights.w, expected, sizeof(expected));
	assert_true(weights.scale[0] == 0.5f && weights.scale[1] == 1.0f &&
		    weights.scale[2] == 0.25f);
	assert_false(ref_nmw_find(nmw, "fd", &weights, error, sizeof(error)));
	ref_weights_free(&weights);
	ref_nmw_free(nmw);
}

/* Each byte lies under a checksum: whichever is changed, or cut off, the file is refused. */
static void test_damage(void **state)
{
	uint8_t bytes[FILE_BYTES];
	size_t taken = 0;

	(void)state;
	read_example(bytes);
	for (size_t i = 0; i < FILE_BYTES; i++) {
		struct ref_weights weights = {0};
		struct ref_nmw *nmw;
		char error[256];

		bytes[i] ^= 0x41;
		nmw = load_bytes(bytes, sizeof(bytes));
		bytes[i] ^= 0x41;
		taken += nmw && ref_nmw_find(nmw, "fc", &weights, error, sizeof(error));
		ref_weights_free(&weights);
		ref_nmw_free(nmw);
		assert_null(load_bytes(bytes, i));
	}
	assert_int_equal(taken, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests_name("reference: .nmw", tests, NULL, NULL);
}
