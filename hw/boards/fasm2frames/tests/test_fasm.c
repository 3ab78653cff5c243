// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../fasm.h"

static enum fasm_result parse(const char *text, struct fasm_line *line, const char **reason)
{
	static char copy[2000];

	assert_true(snprintf(copy, sizeof(copy), "%s", text) < (int)sizeof(copy));
	return fasm_parse(copy, line, reason);
}

static void expect(const char *text, const char *tile, const char *feature, uint32_t low,
		   uint32_t bits, uint64_t value)
{
	struct fasm_line line;
	const char *reason;
	uint32_t i;

	assert_int_equal(parse(text, &line, &reason), FASM_FEATURE);
	assert_string_equal(line.tile, tile);
	assert_string_equal(line.feature, feature);
	assert_int_equal(line.low, low);
	assert_int_equal(line.bits, bits);
	for (i = 0; i < FASM_MAX_BITS; i++)
		assert_int_equal(fasm_bit(&line, i), i < 64 && value >> i & 1);
}

static void test_forms(void **state)
{
	(void)state;
	expect("A_X1Y2.B.C\n", "A_X1Y2", "B.C", 0, 1, 1);
	expect("  A.B  # note = 7\n", "A", "B", 0, 1, 1);
	expect("A.B[5]\n", "A", "B", 5, 1, 1);
	expect("A.B[5] = 0\n", "A", "B", 5, 1, 0);
	expect("A.B = 1", "A", "B", 0, 1, 1);
	expect("A.B = 1'b0", "A", "B", 0, 1, 0);
	expect("A.B[3:0] = 4'b0101", "A", "B", 0, 4, 5);
	expect("A.B[11:4] = 8'hA5", "A", "B", 4, 8, 0xa5);
	expect("A.B[39:0] = 40'hde_adbe_ef01", "A", "B", 0, 40, 0xdeadbeef01);
	expect("A.B[63:0] = 64'd18446744073709551615", "A", "B", 0, 64, UINT64_MAX);
	expect("A.B[63:0]=12345678901234567890", "A", "B", 0, 64, 12345678901234567890u);
}

static void test_wide_value(void **state)
{
	char text[600] = "T.INIT[255:0] = 256'b";
	struct fasm_line line;
	const char *reason;
	uint32_t i;

	(void)state;
	for (i = 0; i < 256; i++)
		text[21 + i] = i % 3 == 0 ? '1' : '0';
	assert_int_equal(parse(text, &line, &reason), FASM_FEATURE);
	for (i = 0; i < 256; i++)
		assert_int_equal(fasm_bit(&line, 255 - i), i % 3 == 0);
}

static void test_empty(void **state)
{
	static const char *const texts[] = {"", "\n", "   \t\n", "# A.B\n", "  #\n"};
	struct fasm_line line;
	const char *reason;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(parse(texts[i], &line, &reason), FASM_EMPTY);
}

static void test_errors(void **state)
{
	static const char *const texts[] = {
		"A",
		"A.",
		".B",
		"A.B C",
		"A.B {x=\"1\"}",
		"A.B[",
		"A.B[]",
		"A.B[1",
		"A.B[x]",
		"A.B[1:2]",
		"A.B[1:]",
		"A.B[:1]",
		"A.B[99999999]",
		"A.B[2000:0]",
		"A.B[1]C",
		"A.B =",
		"A.B = x",
		"A.B = 2",
		"A.B[3:0] = 16",
		"A.B[3:0] = 4'b2",
		"A.B[3:0] = 4'x",
		"A.B[3:0] = 4'",
		"A.B[3:0] = 'b1",
		"A.B[3:0] = 4'h1g",
		"A.B[3:0] = 4'_",
		"A.B[3:0] = 2'h4",
		"A.B[3:0] = -1",
		"A.B[3:0] = 9999'h1",
	};
	struct fasm_line line;
	const char *reason = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (parse(texts[i], &line, &reason) != FASM_ERROR)
			fail_msg("'%s' was accepted", texts[i]);
		assert_non_null(reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_wide_value),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
