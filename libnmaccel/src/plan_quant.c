// SPDX-License-Identifier: MIT
/*
 * Quantisation maths of plans. fp32 expressions are evaluated in exactly the order that nmaccel.h
 * and drm/nmaccel_hw.h give, as results must be the same bits everywhere.
 */
#include "plan_quant.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

enum nmaccel_status nmaccel_quant_check(enum nmaccel_type type, const struct nmaccel_quant *quant,
					const char *what)
{
	int32_t min = type == NMACCEL_TYPE_U8 ? 0 : INT8_MIN;
	int32_t max = type == NMACCEL_TYPE_U8 ? UINT8_MAX : INT8_MAX;

	if (!isfinite(quant->scale) || quant->scale <= 0)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s: scale is %g; it must be finite and above 0", what,
				     (double)quant->scale);
	if (quant->zero_point < min || quant->zero_point > max)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s: zero_point is %" PRIi32
				     ", outside its type's range %" PRIi32 " .. %" PRIi32,
				     what, quant->zero_point, min, max);
	return NMACCEL_OK;
}

int32_t nmaccel_quant_zero(const struct nmaccel_tensor *tensor)
{
	return tensor->quant.zero_point - (tensor->type == NMACCEL_TYPE_U8 ? 128 : 0);
}

uint32_t nmaccel_fp32_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static bool is_8_bit(enum nmaccel_type type)
{
	return type == NMACCEL_TYPE_S8 || type == NMACCEL_TYPE_U8;
}

static enum nmaccel_status check_clamp(const struct nmaccel_epilogue *epilogue)
{
	if (isnan(epilogue->clamp_min) || isnan(epilogue->clamp_max) ||
	    epilogue->clamp_min > epilogue->clamp_max)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "epilogue: clamp_min %g and clamp_max %g are no range",
				     (double)epilogue->clamp_min, (double)epilogue->clamp_max);
	if (epilogue->type == NMACCEL_TYPE_S32)
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
				     "epilogue: a clamp to real values does not apply to s32 sums; "
				     "make the output f32");
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_epilogue_check(const struct nmaccel_epilogue *epilogue)
{
	enum nmaccel_status status;

	switch (epilogue->type) {
	case NMACCEL_TYPE_S8:
	case NMACCEL_TYPE_U8:
		status = nmaccel_quant_check(epilogue->type, &epilogue->quant, "epilogue");
		if (status)
			return status;
		break;
	case NMACCEL_TYPE_S32:
	case NMACCEL_TYPE_F32:
		break;
	default:
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "epilogue: type %d is not one of enum nmaccel_type",
				     (int)epilogue->type);
	}
	switch (epilogue->activation) {
	case NMACCEL_ACT_NONE:
	case NMACCEL_ACT_RELU:
		return NMACCEL_OK;
	case NMACCEL_ACT_CLAMP:
		return check_clamp(epilogue);
	default:
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "epilogue: activation %d is not one of enum "
				     "nmaccel_activation",
				     (int)epilogue->activation);
	}
}

/* round(bound / scale) + zero, saturated to a signed byte. */
static int32_t quantize_bound(float bound, float scale, int32_t zero)
{
	float q = rintf(bound / scale);

	/* Far outside the byte: keep the sum within int32_t. */
	if (q < -1024.0f)
		q = -1024.0f;
	if (q > 1024.0f)
		q = 1024.0f;
	zero += (int32_t)q;
	return zero < INT8_MIN ? INT8_MIN : zero > INT8_MAX ? INT8_MAX : zero;
}

static void apply_8_bit(const struct nmaccel_epilogue *epilogue, struct nmaccel_hw_desc *desc)
{
	int32_t zero = epilogue->quant.zero_point - (epilogue->type == NMACCEL_TYPE_U8 ? 128 : 0);

	desc->out_zero = zero;
	desc->act_min = INT8_MIN;
	desc->act_max = INT8_MAX;
	if (epilogue->activation == NMACCEL_ACT_RELU) {
		desc->act_min = zero;
	} else if (epilogue->activation == NMACCEL_ACT_CLAMP) {
		desc->act_min = quantize_bound(epilogue->clamp_min, epilogue->quant.scale, zero);
		desc->act_max = quantize_bound(epilogue->clamp_max, epilogue->quant.scale, zero);
	}
}

void nmaccel_epilogue_apply(const struct nmaccel_epilogue *epilogue, struct nmaccel_hw_desc *desc)
{
	if (is_8_bit(epilogue->type)) {
		apply_8_bit(epilogue, desc);
		return;
	}
	desc->flags |= NMACCEL_FLAG_OUT_S32;
	desc->out_zero = 0;
	desc->act_min = INT32_MIN;
	desc->act_max = INT32_MAX;
	/* Sums become real values, and are clamped, on the CPU; ReLU of sums is the engine's. */
	if (epilogue->type == NMACCEL_TYPE_S32 && epilogue->activation == NMACCEL_ACT_RELU)
		desc->act_min = 0;
}

/* The real value of one unit of a row's sums. */
static enum nmaccel_status sum_scale(const struct nmaccel_param_source *source, uint32_t row,
				     float *scale)
{
	float s = source->in->quant.scale * nmaccel_weights_scales(source->weights)[row];

	if (!isfinite(s))
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "row %" PRIu32 ": input scale %g times weight scale %g is "
				     "beyond fp32",
				     row, (double)source->in->quant.scale,
				     (double)nmaccel_weights_scales(source->weights)[row]);
	*scale = s;
	return NMACCEL_OK;
}

static enum nmaccel_status row_bias(const struct nmaccel_param_source *source, uint32_t row,
				    float scale, int32_t *bias)
{
	double b;

	if (source->bias_s32) {
		*bias = source->bias_s32[row];
		return NMACCEL_OK;
	}
	*bias = 0;
	if (!source->bias_f32)
		return NMACCEL_OK;
	b = rint((double)source->bias_f32[row] / (double)scale);
	/* Written so that a NaN, of an infinite bias or a scale of 0, is refused as well. */
	if (!(b >= INT32_MIN && b <= INT32_MAX))
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "bias_f32[%" PRIu32 "] = %g is %g units of the sums' scale "
				     "%g, which does not fit 32 bits",
				     row, (double)source->bias_f32[row], b, (double)scale);
	*bias = (int32_t)b;
	return NMACCEL_OK;
}

static enum nmaccel_status make_param(const struct nmaccel_param_source *source, uint32_t row,
				      struct nmaccel_hw_param *param)
{
	int32_t sum = nmaccel_weights_sums(source->weights)[row], bias = 0;
	uint32_t zero = (uint32_t)nmaccel_quant_zero(source->in);
	enum nmaccel_status status;
	float scale = 0, multiplier;

	status = sum_scale(source, row, &scale);
	if (!status)
		status = row_bias(source, row, scale, &bias);
	if (status)
		return status;
	/* Modulo 2^32, as the engine adds it. */
	param->bias = (int32_t)((uint32_t)bias - zero * (uint32_t)sum);
	param->scale = 0;
	if (!is_8_bit(source->epilogue->type))
		return NMACCEL_OK;
	multiplier = scale / source->epilogue->quant.scale;
	if (!isfinite(multiplier))
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "row %" PRIu32 ": the multiplier %g / %g is beyond fp32", row,
				     (double)scale, (double)source->epilogue->quant.scale);
	param->scale = nmaccel_fp32_bits(multiplier);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_params_make(const struct nmaccel_param_source *source,
					struct nmaccel_hw_param **params)
{
	enum nmaccel_status status;
	struct nmaccel_hw_param *p;
	uint32_t row;

	p = calloc(source->rows, sizeof(*p));
	if (!p)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "no memory for the parameters of %" PRIu32 " rows",
				     source->rows);
	for (row = 0; row < source->rows; row++) {
		status = make_param(source, row, &p[row]);
		if (status) {
			free(p);
			return status;
		}
	}
	*params = p;
	return NMACCEL_OK;
}

static void dequant_bounds(const struct nmaccel_epilogue *epilogue, struct nmaccel_dequant *dequant)
{
	dequant->min = -INFINITY;
	dequant->max = INFINITY;
	if (epilogue->activation == NMACCEL_ACT_RELU) {
		dequant->min = 0;
	} else if (epilogue->activation == NMACCEL_ACT_CLAMP) {
		dequant->min = epilogue->clamp_min;
		dequant->max = epilogue->clamp_max;
	}
}

enum nmaccel_status nmaccel_dequant_make(const struct nmaccel_param_source *source,
					 struct nmaccel_dequant *dequant)
{
	enum nmaccel_status status;
	uint32_t row;
	float *s;

	dequant->scales = NULL;
	if (source->epilogue->type != NMACCEL_TYPE_F32)
		return NMACCEL_OK;
	s = calloc(source->rows, sizeof(*s));
	if (!s)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "no memory for the scales of %" PRIu32 " rows", source->rows);
	for (row = 0; row < source->rows; row++) {
		status = sum_scale(source, row, &s[row]);
		if (status) {
			free(s);
			return status;
		}
	}
	dequant->scales = s;
	dequant_bounds(source->epilogue, dequant);
	return NMACCEL_OK;
}
