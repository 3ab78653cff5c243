/* SPDX-License-Identifier: MIT */
/*
 * Descriptors and result rows at random: what the accumulators hold, and what the engine in hw/hls
 * makes of the same operands.
 */
#ifndef EPILOGUE_ROWS_H
#define EPILOGUE_ROWS_H

#include <math.h>
#include <string.h>

#define NMACCEL_ENGINE_MODEL
#define NMACCEL_ENGINE_COLUMNS COLUMNS
/* A model is one source file; here only some of its functions are used. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-label"
#include "src/add.h"
#include "src/pool.h"
#pragma GCC diagnostic pop

#include "../requantize/number.h"
#include "rng.h"
#include "shim.h"

/* Bias and scale of a row of a convolution, for sums of about some size. */
struct param {
	uint32_t bias;
	uint32_t scale;
	uint32_t size;
};

/* A row's operands: for the accumulators, and for hw/hls, which keeps some of them elsewhere. */
struct row {
	int32_t acc[COLUMNS];
	int32_t hls_acc[COLUMNS];
	uint8_t stage[ENGINE_STAGE_BYTES];
};

static int32_t random_byte(void)
{
	return rng_one_in(4) ? (rng_one_in(2) ? -128 : 127) : (int32_t)(int8_t)rng_u64();
}

/* Of about the given size; sometimes of any. */
static int32_t random_sum(uint32_t size)
{
	const int32_t any = (int32_t)(uint32_t)rng_u64();

	return rng_one_in(16) ? any : any % (int32_t)size;
}

static uint32_t row_pitch(const struct epilogue_desc *desc)
{
	return desc->wide ? ENGINE_PITCH_S32 : ENGINE_PITCH_S8;
}

static void random_wide(struct epilogue_desc *desc)
{
	desc->wide = true;
	desc->out_zero = 0;
	desc->act_min = INT32_MIN;
	desc->act_max = INT32_MAX;
	if (rng_one_in(2)) {
		desc->act_min = (int32_t)rng_range(0, 2000) - 1000;
		desc->act_max = desc->act_min + (int32_t)rng_range(0, 1000000);
	}
}

/* A convolution may be wide: 0, 1, or -1 for either. */
static void random_desc(struct epilogue_desc *desc, uint8_t op, int wide)
{
	memset(desc, 0, sizeof(*desc));
	desc->op = op;
	desc->kernel_h = (uint8_t)(rng_one_in(20) ? 255 : rng_range(1, 4));
	desc->kernel_w = (uint8_t)(rng_one_in(20) ? 255 : rng_range(1, 4));
	desc->in_zero = (int8_t)random_byte();
	desc->out_zero = (int8_t)random_byte();
	desc->act_min = -128;
	desc->act_max = 127;
	if (rng_one_in(3)) {
		desc->act_min = random_byte();
		desc->act_max = (int32_t)rng_range((uint32_t)(desc->act_min + 128), 255) - 128;
	}
	if (op == NMACCEL_OP_CONV && (wide < 0 ? rng_one_in(3) : wide))
		random_wide(desc);
	if (op == NMACCEL_OP_ADD) {
		desc->in2_zero = (int8_t)random_byte();
		desc->scale = number_random(1.0f);
		desc->scale2 = number_random(rng_one_in(2) ? 1.0f : 0.0001f);
	}
	if (op == NMACCEL_OP_POOL_AVG) {
		desc->count_valid = rng_one_in(2);
		desc->scale = number_random(1.0f);
	}
}

static void hls_desc(const struct epilogue_desc *desc, struct nmaccel_hw_desc *hls)
{
	memset(hls, 0, sizeof(*hls));
	hls->op = desc->op;
	hls->flags = (desc->wide ? NMACCEL_FLAG_OUT_S32 : 0) |
		     (desc->count_valid ? NMACCEL_FLAG_COUNT_VALID : 0);
	hls->kernel_h = desc->kernel_h;
	hls->kernel_w = desc->kernel_w;
	hls->in_zero = desc->in_zero;
	hls->in2_zero = desc->in2_zero;
	hls->out_zero = desc->out_zero;
	hls->act_min = desc->act_min;
	hls->act_max = desc->act_max;
	hls->scale = desc->scale;
	hls->scale2 = desc->scale2;
}

/* How many taps of each column lie inside the image: few different numbers. */
static void random_inside(const struct epilogue_desc *desc, uint16_t inside[COLUMNS])
{
	const uint32_t taps = (uint32_t)desc->kernel_h * desc->kernel_w;
	uint32_t j;

	for (j = 0; j < COLUMNS; j++) {
		if (j && !rng_one_in(4))
			inside[j] = inside[j - 1];
		else
			inside[j] = (uint16_t)(rng_one_in(6) ? 0 : rng_range(0, taps));
	}
}

static void random_param(struct param *param)
{
	param->size = 1u << rng_range(4, 30);
	param->bias = (uint32_t)random_sum(param->size);
	param->scale = number_random(200.0f / (float)param->size);
}

static void conv_row(const struct param *param, struct row *row)
{
	uint32_t j;

	for (j = 0; j < COLUMNS; j++)
		row->acc[j] = row->hls_acc[j] = random_sum(param->size);
}

static void add_row(struct row *row)
{
	uint32_t j;

	for (j = 0; j < COLUMNS; j++) {
		const int32_t a = random_byte(), b = random_byte();

		row->stage[j] = (uint8_t)a;
		row->stage[ENGINE_ADD_HALF + j] = (uint8_t)b;
		row->acc[j] = 256 * a + b;
	}
}

/* A window that is wholly outside leaves the least byte, and in hw/hls the least result. */
static void max_row(const struct epilogue_desc *desc, struct row *row)
{
	uint32_t j;

	for (j = 0; j < COLUMNS; j++) {
		row->acc[j] = random_byte();
		row->hls_acc[j] = row->acc[j] > desc->act_min ? row->acc[j] : desc->act_min;
	}
}

/* Taps outside the image count as in_zero. */
static void average_row(const struct epilogue_desc *desc, const uint16_t inside[COLUMNS],
			struct row *row)
{
	const int32_t taps = desc->kernel_h * desc->kernel_w;
	uint32_t j;

	for (j = 0; j < COLUMNS; j++) {
		const int32_t most = 255 * inside[j];
		const int32_t least = rng_one_in(8) ? most : -most;

		row->hls_acc[j] = (int32_t)rng_range(0, (uint32_t)(most - least)) + least;
		row->acc[j] = row->hls_acc[j] + desc->in_zero * taps;
	}
}

/* The accumulators of one row, and its bytes, row_pitch() of them. */
static void random_row(const struct epilogue_desc *desc, const struct param *param,
		       const uint16_t inside[COLUMNS], uint32_t columns, struct row *row,
		       uint8_t *bytes)
{
	uint32_t counts[COLUMNS], j;
	struct nmaccel_hw_desc hls;

	hls_desc(desc, &hls);
	for (j = 0; j < COLUMNS; j++)
		counts[j] = inside[j];
	if (desc->op == NMACCEL_OP_CONV) {
		conv_row(param, row);
		if (desc->wide)
			engine_epilogue_s32(row->hls_acc, (int32_t)param->bias, &hls, columns,
					    row->stage, 0);
		else
			engine_epilogue_s8(row->hls_acc, (int32_t)param->bias, param->scale, &hls,
					   columns, row->stage, 0);
	} else if (desc->op == NMACCEL_OP_ADD) {
		add_row(row);
		engine_add_row(&hls, columns, row->stage, 0);
	} else {
		if (desc->op == NMACCEL_OP_POOL_MAX)
			max_row(desc, row);
		else
			average_row(desc, inside, row);
		engine_pool_row(&hls, row->hls_acc, counts, columns, row->stage, 0);
	}
	memcpy(bytes, row->stage, row_pitch(desc));
}

#endif /* EPILOGUE_ROWS_H */
