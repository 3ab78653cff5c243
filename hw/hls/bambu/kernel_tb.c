// SPDX-License-Identifier: MIT
/*
 * The kernel's test bench, which Bambu compiles and simulates the Verilog with; a program of its
 * own with the kernel in C. What Bambu says itself is no verdict, as it reports a wrong result as
 * well as a right one with "Testbench returned: 0".
 */
#include <stdio.h>

#include "expect.h"
#include "kernel.h"

#ifdef BAMBU_TB
#include <mdpi/mdpi_user.h>
#else
#define m_param_alloc(index, bytes)
#endif

#define ROWS 64

void nmaccel_kernel(const uint64_t *block, const uint8_t *counts, const uint64_t *values,
		    const uint64_t *indices, uint32_t rows, int32_t *sums);

static int8_t block[EXPECT_ROWS][EXPECT_COLUMNS];
static uint64_t packed[EXPECT_ROWS];
static uint8_t counts[KERNEL_MAX_ROWS];
static uint64_t values[KERNEL_MAX_STEPS];
static uint64_t indices[KERNEL_MAX_STEPS];
static int32_t expected[ROWS][EXPECT_COLUMNS];
static int32_t sums[KERNEL_MAX_ROWS * EXPECT_COLUMNS];

/* Rows of 0 to 8 steps. */
static int make_steps(uint64_t *random)
{
	struct expect_slots slots;
	int r, s, j, next = 0;

	for (r = 0; r < ROWS; r++) {
		counts[r] = (uint8_t)(expect_random(random) >> 32) % 9;
		for (s = 0; s < counts[r]; s++, next++) {
			expect_fill_slots(&slots, random);
			values[next] = expect_pack(slots.values);
			indices[next] = expect_pack(slots.indices);
			for (j = 0; j < EXPECT_COLUMNS; j++)
				expected[r][j] = expect_sum(expected[r][j], block, &slots, j);
		}
	}
	return next;
}

int main(void)
{
	uint64_t random = 1;
	int r, j, steps, wrong = 0;

	expect_fill_block(block, &random);
	for (r = 0; r < EXPECT_ROWS; r++)
		packed[r] = expect_pack(block[r]);
	steps = make_steps(&random);

	m_param_alloc(0, sizeof(packed));
	m_param_alloc(1, sizeof(counts));
	m_param_alloc(2, sizeof(values));
	m_param_alloc(3, sizeof(indices));
	m_param_alloc(5, sizeof(sums));
	nmaccel_kernel(packed, counts, values, indices, ROWS, sums);

	for (r = 0; r < ROWS; r++)
		for (j = 0; j < EXPECT_COLUMNS; j++)
			wrong += sums[r * EXPECT_COLUMNS + j] != expected[r][j];
	printf("%d rows of %d steps: mismatches %d of %d\n", ROWS, steps, wrong,
	       ROWS * EXPECT_COLUMNS);
	return wrong != 0;
}
