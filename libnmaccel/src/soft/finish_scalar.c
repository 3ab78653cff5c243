/* SPDX-License-Identifier: MIT */
/* From exact sums to output tensors, the definition. */
#include <math.h>
#include <string.h>

#include "soft/kernels.h"
#include "soft/round.h"

NMACCEL_SOFT_FINISH_FN(nmaccel_soft_finish_s8_scalar)
{
	int8_t *dst = out;
	uint32_t r, c;

	for (r = 0; r < rows; r++) {
		uint32_t bias = (uint32_t)finish->params[r].bias + (uint32_t)finish->comp[r];
		float scale;

		memcpy(&scale, &finish->params[r].scale, sizeof(scale));
		for (c = 0; c < NMACCEL_SOFT_COLUMNS; c++, acc++, dst++) {
			float f = (float)(int32_t)((uint32_t)*acc + bias) * scale;
			int32_t q = nmaccel_soft_round(f) + finish->out_zero;

			*dst = (int8_t)nmaccel_soft_clamp(q, finish->act_min, finish->act_max) &
			       (int8_t)finish->valid[c];
		}
	}
}

NMACCEL_SOFT_FINISH_FN(nmaccel_soft_finish_s32_scalar)
{
	int32_t *dst = out;
	uint32_t r, c;

	for (r = 0; r < rows; r++) {
		uint32_t bias = (uint32_t)finish->params[r].bias + (uint32_t)finish->comp[r];

		for (c = 0; c < NMACCEL_SOFT_COLUMNS; c++, acc++, dst++) {
			int32_t q = (int32_t)((uint32_t)*acc + bias);

			q = nmaccel_soft_clamp(q, finish->act_min, finish->act_max);
			*dst = finish->valid[c] ? q : 0;
		}
	}
}

NMACCEL_SOFT_ADD_FN(nmaccel_soft_add_scalar)
{
	size_t i;

	for (i = 0; i < bytes; i++) {
		float fa = (float)(a[i] - add->zero[0]) * add->scale[0];
		float fb = (float)(b[i] - add->zero[1]) * add->scale[1];
		int32_t q = nmaccel_soft_round(fa + fb) + add->out_zero;

		out[i] = (int8_t)nmaccel_soft_clamp(q, add->act_min, add->act_max);
	}
}

NMACCEL_SOFT_AVERAGE_FN(nmaccel_soft_average_scalar)
{
	uint32_t r, c;

	for (r = 0; r < rows; r++) {
		for (c = 0; c < NMACCEL_SOFT_COLUMNS; c++, sum++, out++) {
			float f = (float)(*sum - average->bias[c]) * average->scale[c];
			int32_t q = nmaccel_soft_round(f) + average->out_zero;

			*out = (int8_t)nmaccel_soft_clamp(q, average->act_min, average->act_max) &
			       (int8_t)average->valid[c];
		}
	}
}
