/* SPDX-License-Identifier: MIT */
/*
 * Random operands of the step, and the sums that they have to give. Nothing of the engine's source
 * is used for it.
 */
#ifndef BAMBU_EXPECT_H
#define BAMBU_EXPECT_H

#include <stdint.h>

#define EXPECT_SLOTS   8
#define EXPECT_COLUMNS 8
#define EXPECT_ROWS    256

struct expect_slots {
	int8_t values[EXPECT_SLOTS];
	uint8_t indices[EXPECT_SLOTS];
};

/* xorshift64; the state is not zero. */
static uint64_t expect_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Often one of the ends, for the largest sums. */
static int8_t expect_byte(uint64_t *state)
{
	const uint64_t random = expect_random(state) >> 32;

	switch (random % 8) {
	case 0:
		return -128;
	case 1:
		return 127;
	default:
		return (int8_t)(random >> 8);
	}
}

static void expect_fill_block(int8_t block[EXPECT_ROWS][EXPECT_COLUMNS], uint64_t *state)
{
	int r, j;

	for (r = 0; r < EXPECT_ROWS; r++)
		for (j = 0; j < EXPECT_COLUMNS; j++)
			block[r][j] = expect_byte(state);
}

static void expect_fill_slots(struct expect_slots *slots, uint64_t *state)
{
	int i;

	for (i = 0; i < EXPECT_SLOTS; i++) {
		slots->values[i] = expect_byte(state);
		slots->indices[i] = (uint8_t)(expect_random(state) >> 40);
	}
}

/* The sum of one column, added to what there is. */
static int32_t expect_sum(int32_t sum, int8_t block[EXPECT_ROWS][EXPECT_COLUMNS],
			  const struct expect_slots *slots, int column)
{
	int i;

	for (i = 0; i < EXPECT_SLOTS; i++)
		sum += slots->values[i] * block[slots->indices[i]][column];
	return sum;
}

/* Eight bytes as a word, the first in its low bits. */
static uint64_t expect_pack(const void *bytes)
{
	const uint8_t *from = bytes;
	uint64_t word = 0;
	int i;

	for (i = 7; i >= 0; i--)
		word = word << 8 | from[i];
	return word;
}

#endif /* BAMBU_EXPECT_H */
